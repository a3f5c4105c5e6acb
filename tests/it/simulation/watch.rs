//! Somebody who stands beside the target and judges each write at the moment it arrives.

mod allowance;
mod facts;
mod repeats;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use allowance::Terms;
use allowance::{Losses, defies_emptiness};
use apic_configsync::sandbox::{Cluster, api_connect::Outcome};
use bytes::Bytes;
use facts::{Fact, Facts, facts};
use repeats::Repeats;
use serde_json::Value;

/// Watches one run.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    terms: Terms,
    /// What was there when the run began.
    at_start: Facts,
    /// What the source had then.
    source_at_start: Facts,
    losses: Losses,
    /// The origin that the run was shown last of each object that it asked for by itself.
    shown: BTreeMap<String, Option<String>>,
    repeats: Repeats,
    /// What the run has made.
    made: BTreeSet<String>,
    pub(crate) violations: Vec<String>,
    /// Where a mark came up twice: never, unless the run was shown a list that hid the first.
    pub(crate) doubles: Vec<String>,
    /// Where a copy is gone of a kind that the source lacks: never, unless the run was shown a list that hid what would go
    /// along.
    pub(crate) defiances: Vec<String>,
    /// Where more is gone than the share allows: never, unless the run could not see all that the share is of.
    pub(crate) excesses: Vec<String>,
    pub(crate) requests: u64,
    pub(crate) writes: u64,
    pub(crate) deletions: u64,
}

impl Watch {
    pub(crate) fn new(source: &Cluster, target: &Cluster, terms: Terms) -> Self {
        Self {
            terms,
            at_start: facts(target),
            source_at_start: facts(source),
            ..Self::default()
        }
    }

    /// The source is read and nothing else.
    pub(crate) fn source_was_asked(&mut self, request: &::http::Request<Bytes>) {
        self.requests += 1;
        if is_write(request) {
            let (method, path) = (request.method(), request.uri().path());
            self.object(format!("the source was written: {method} {path}"));
        }
    }

    /// What is there just before a write.
    pub(crate) fn look(
        &mut self,
        request: &::http::Request<Bytes>,
        target: &Cluster,
    ) -> Option<Facts> {
        self.requests += 1;
        is_write(request).then(|| facts(target))
    }

    pub(crate) fn target_was_asked(
        &mut self,
        request: &::http::Request<Bytes>,
        outcome: &Outcome,
        before: Option<Facts>,
        target: &Cluster,
        source: &Cluster,
        late: bool,
    ) {
        if !late && self.repeats.note(request, outcome) {
            let (method, path) = (request.method(), request.uri().path());
            self.object(format!("{method} {path} was repeated without a look"));
        }
        let Some(before) = before else {
            return self.note_shown(request, outcome);
        };
        self.writes += 1;
        let after = facts(target);
        if before == after {
            return;
        }
        let new = after.keys().filter(|id| !before.contains_key(*id));
        self.made.extend(new.cloned());
        self.judge_duplicates(&before, &after);
        let origins = facts(source);
        self.judge_adoptions(&before, &after, &origins);
        let gone: Vec<(&String, &Fact)> = before
            .iter()
            .filter(|(id, _)| !after.contains_key(*id))
            .collect();
        if request.method() == ::http::Method::DELETE {
            let top = request.uri().path().rsplit('/').next().unwrap_or_default();
            self.judge_deletion(top, &gone, &before, &origins, late);
        } else {
            self.judge_loss(request, &gone);
        }
    }

    /// What the engine sees when it looks at one object. A list says nothing about this very moment.
    fn note_shown(&mut self, request: &::http::Request<Bytes>, outcome: &Outcome) {
        let Outcome::Answer(answer) = outcome else {
            return;
        };
        let segment = request.uri().path().rsplit('/').next().unwrap_or_default();
        if !answer.status().is_success() || !is_id(segment) {
            return;
        }
        if let Ok(object) = serde_json::from_slice::<Value>(answer.body())
            && object["id"] == segment
        {
            let origin = object["metadata"]["source_id"].as_str().map(str::to_owned);
            self.shown.insert(segment.to_owned(), origin);
        }
    }

    fn judge_deletion(
        &mut self,
        top: &str,
        gone: &[(&String, &Fact)],
        before: &Facts,
        origins: &Facts,
        late: bool,
    ) {
        for (id, fact) in gone {
            self.deletions += 1;
            if self.made.contains(*id) || fact.is_disposable {
                continue;
            }
            if !late && self.at_start.contains_key(*id) {
                self.judge_amount(fact, origins);
            }
            if id.as_str() == top {
                // What changed between the question and a late arrival nobody could know.
                if !late {
                    self.judge_top(id, fact, origins);
                }
            } else {
                self.judge_along(fact, self.at_start.get(*id).cloned(), origins, before);
            }
        }
    }

    /// What the operator's limits say to a loss.
    fn judge_amount(&mut self, gone: &Fact, source: &Facts) {
        let exceeded = self.losses.note(gone, &self.at_start, self.terms);
        self.excesses.extend(exceeded);
        if defies_emptiness(gone, &self.source_at_start, source, self.terms) {
            self.defiances.push(format!(
                "{gone:?} is gone, but the source has nothing of its kind at all"
            ));
        }
    }

    /// The object that a deletion names: judged by what the run saw of it last, since no request can be made to depend
    /// on what has changed since.
    fn judge_top(&mut self, id: &str, fact: &Fact, origins: &Facts) {
        match self.shown.get(id).cloned() {
            None => self.object(format!(
                "{fact:?} was deleted without being looked at again"
            )),
            Some(None) if !self.terms.unmarked_children_go || fact.is_named() => {
                self.object(format!("{fact:?} bore no mark and was deleted"));
            }
            Some(Some(origin)) if origins.contains_key(&origin) => {
                let original = &origins[&origin];
                self.object(format!(
                    "{fact:?} was deleted, but the source has {original:?}"
                ));
            }
            Some(_) => {}
        }
    }

    /// What a deletion takes along. An API goes with the last Product that carries it, whatever the source has; and what
    /// stands in another place on the source is made there.
    fn judge_along(
        &mut self,
        fact: &Fact,
        at_start: Option<Fact>,
        origins: &Facts,
        before: &Facts,
    ) {
        let origin = fact.origin.as_ref().and_then(|origin| origins.get(origin));
        let origin = origin.filter(|_| fact.kind != "api" && !fact.is_elsewhere(before, origins));
        if let Some(original) = origin {
            self.object(format!(
                "{fact:?} went along, but the source has {original:?}"
            ));
        }
        // What somebody made or unmarked while the run went on, it could not know.
        if at_start.is_some_and(|fact| fact.is_named() && fact.origin.is_none()) {
            self.object(format!("{fact:?} bears no mark and went along"));
        }
    }

    /// What is no deletion may take subscriptions along with a state, and APIs and Products with a publication.
    fn judge_loss(&mut self, request: &::http::Request<Bytes>, gone: &[(&String, &Fact)]) {
        for (_, fact) in gone {
            if !matches!(fact.kind, "subscription" | "api" | "product") {
                let (method, path) = (request.method(), request.uri().path());
                self.object(format!("{fact:?} is gone after {method} {path}"));
            }
        }
    }

    fn judge_duplicates(&mut self, before: &Facts, after: &Facts) {
        let (had, has) = (by_origin(before), by_origin(after));
        for (origin, number) in has {
            if number > 1 && number > had.get(&origin).copied().unwrap_or(0) {
                self.doubles
                    .push(format!("{number} objects bear one mark: {origin:?}"));
            }
        }
    }

    /// What people name and nobody has marked belongs to somebody else, whatever it is called: it is neither marked nor
    /// filled.
    fn judge_adoptions(&mut self, before: &Facts, after: &Facts, source: &Facts) {
        let is_foreign = |id: &str| {
            let had = before.get(id);
            let at_start = self.at_start.get(id);
            had.is_some_and(|fact| fact.is_named() && fact.origin.is_none())
                && at_start.is_none_or(|fact| fact.origin.is_none())
                && !self.made.contains(id)
        };
        let touched = after.iter().find_map(|(id, fact)| {
            let is_marked = is_foreign(id) && fact.origin.is_some();
            // An app is known by a key in it that bears a mark, although somebody has taken its own (behaviour.md, rule 5).
            let is_marked = is_marked && !fact.is_known_by_child(id, before, source);
            let is_filled = !before.contains_key(id) && is_foreign(&fact.parent);
            let how = if is_marked {
                "marked"
            } else {
                "made within something foreign"
            };
            (is_marked || is_filled)
                .then(|| format!("{fact:?} was {how}, and nobody has allowed it"))
        });
        self.violations
            .extend(touched.filter(|_| !self.terms.adopts));
    }

    fn object(&mut self, violation: String) {
        self.violations.push(violation);
    }
}

fn is_id(segment: &str) -> bool {
    segment.len() == 36
}

fn is_write(request: &::http::Request<Bytes>) -> bool {
    let path = request.uri().path();
    request.method() != ::http::Method::GET
        && !path.ends_with("/token")
        && !path.ends_with("/search")
}

/// What is marked twice: kind, parent and origin.
type Marked<'a> = (&'static str, &'a str, &'a str);

fn by_origin(facts: &Facts) -> BTreeMap<Marked<'_>, usize> {
    let mut counts = BTreeMap::new();
    for fact in facts.values() {
        if let Some(origin) = &fact.origin {
            let marked = (fact.kind, fact.parent.as_str(), origin.as_str());
            *counts.entry(marked).or_default() += 1;
        }
    }
    counts
}
