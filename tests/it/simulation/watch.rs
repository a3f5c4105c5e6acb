//! Somebody who stands beside the target and judges each write at the moment it arrives.

mod allowance;
mod claims;
pub(crate) mod facts;
mod patience;
mod repeats;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use allowance::Terms;
use allowance::{Losses, defies_emptiness};
use apic_configsync::sandbox::{Cluster, api_connect::Outcome};
use bytes::Bytes;
use facts::{Fact, Facts, facts};
use repeats::Repeats;
use serde_json::Value;

use super::ledger::{SharedLedger, Syncer};

/// Watches one run.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    terms: Terms,
    /// Whose run it is.
    syncer: Syncer,
    /// Whose the target's things are.
    ledger: SharedLedger,
    /// The catalogs whose marks are the source's: its own, and what it was before.
    source_catalogs: BTreeSet<String>,
    catalogs_before: BTreeSet<String>,
    target_catalog: String,
    /// The facts of the target at its last revision, which cost much to gather.
    latest: Option<(u64, Facts)>,
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
    /// What was made only to be removed. Of two runs at once one may use it, just when the other removes it.
    disposable: BTreeSet<String>,
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
    /// Watches a run of one of those who sync into the target.
    pub(crate) fn of(syncer: Syncer, source: &Cluster, target: &Cluster, terms: Terms, ledger: SharedLedger) -> Self {
        let source_at_start = facts(source);
        if syncer == Syncer::Ours {
            let mut ledger = ledger.lock().unwrap();
            ledger.note_hidden_anew(&source_at_start);
            ledger.note_missed(&source_at_start, terms.now);
        }
        Self {
            terms,
            syncer,
            ledger,
            at_start: facts(target),
            source_at_start,
            source_catalogs: BTreeSet::from([source.home.to_string()]),
            target_catalog: target.home.to_string(),
            ..Self::default()
        }
    }

    /// The source had these ids before, and its marks count all the same.
    pub(crate) fn catalogs_before(&mut self, ids: &[String]) {
        self.catalogs_before.extend(ids.iter().cloned());
        self.source_catalogs.extend(ids.iter().cloned());
    }

    /// A consumer has written the metadata of something, on either side.
    pub(crate) fn note_forged(&mut self, id: &str) {
        self.ledger.lock().unwrap().note_forged(id);
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
    pub(crate) fn look(&mut self, request: &::http::Request<Bytes>, target: &Cluster) -> Option<Facts> {
        self.requests += 1;
        is_write(request).then(|| self.facts_of(target))
    }

    fn facts_of(&mut self, target: &Cluster) -> Facts {
        let latest = self.latest.take();
        let known = latest.filter(|(revision, _)| *revision == target.revision());
        let facts = known.map_or_else(|| facts(target), |(_, facts)| facts);
        let disposable = facts.iter().filter(|(_, fact)| fact.is_disposable);
        self.disposable.extend(disposable.map(|(id, _)| id.clone()));
        facts
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
        let origins = facts(source);
        self.judge_duplicates(&before, &after, &origins);
        self.ledger.lock().unwrap().note_hidden(&origins);
        let is_publication = request.uri().path().ends_with("/publish");
        self.judge_claims(&before, &after, &origins, is_publication);
        let gone: Vec<(&String, &Fact)> = before.iter().filter(|(id, _)| !after.contains_key(*id)).collect();
        if request.method() == ::http::Method::DELETE {
            let top = request.uri().path().rsplit('/').next().unwrap_or_default();
            self.judge_deletion(top, &gone, &before, &origins, late);
        } else {
            self.judge_loss(request, &gone);
        }
        self.latest = Some((target.revision(), after));
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

    fn judge_deletion(&mut self, top: &str, gone: &[(&String, &Fact)], before: &Facts, origins: &Facts, late: bool) {
        for (id, fact) in gone {
            self.deletions += 1;
            if self.made.contains(*id) || self.disposable.contains(*id) || fact.is_disposable {
                continue;
            }
            if !late && self.at_start.contains_key(*id) {
                self.judge_amount(fact, origins);
            }
            if id.as_str() == top {
                // What changed between the question and a late arrival nobody could know.
                if !late {
                    self.judge_top(id, fact, before, origins);
                    self.judge_patience(id, fact, before);
                }
            } else {
                let at_start = self.at_start.get(*id).cloned();
                self.judge_along(top, fact, at_start, origins, before);
            }
        }
    }

    /// What the operator's limits say to a loss.
    fn judge_amount(&mut self, gone: &Fact, source: &Facts) {
        let exceeded = self.losses.note(gone, &self.at_start, self.terms);
        self.excesses.extend(exceeded);
        if defies_emptiness(gone, &self.source_at_start, source, self.terms) {
            self.defiances.push(format!("{gone:?} is gone, but the source has nothing of its kind at all"));
        }
    }

    /// The object that a deletion names: judged by what the run saw of it last, since no request can be made to depend
    /// on what has changed since.
    fn judge_top(&mut self, id: &str, fact: &Fact, before: &Facts, origins: &Facts) {
        let catalog = fact.catalog.as_ref();
        if catalog.is_some_and(|it| self.catalogs_before.contains(it)) && !self.is_forged(id) {
            self.object(format!("{fact:?} was deleted, and it is from before the source was built anew"));
        }
        match self.shown.get(id).cloned() {
            None => self.object(format!("{fact:?} was deleted without being looked at again")),
            Some(None) if !self.may_go_unmarked(fact, before) => {
                self.object(format!("{fact:?} bore no mark and was deleted"));
            }
            Some(Some(origin))
                if origins.contains_key(&origin)
                    && !self.is_out_of_sight(id, &origin)
                    && !self.is_left_behind(&origin, fact, before, origins)
                    && !self.is_below_forged(fact, before) =>
            {
                let original = &origins[&origin];
                self.object(format!("{fact:?} was deleted, but the source has {original:?}"));
            }
            Some(_) if self.has_original(id, fact, origins) => {
                self.object(format!("{fact:?} was deleted, but the source has its original"));
            }
            Some(_) => {}
        }
    }

    /// Whether what a thing stands in has become the copy of a namesake (behaviour.md, "re-mark") while its own original was out
    /// of sight with what that stands in: then the thing has no place there any more.
    fn is_left_behind(&self, origin: &str, fact: &Fact, before: &Facts, origins: &Facts) -> bool {
        self.ledger.lock().unwrap().is_hidden(origin) && fact.is_elsewhere(before, origins)
    }

    /// Whether a consumer has written the mark of what a thing stands in: his own things are asked for where that leads.
    fn is_below_forged(&self, fact: &Fact, before: &Facts) -> bool {
        let above =
            std::iter::successors(Some(fact.parent.as_str()), |place| before.get(*place).map(|it| it.parent.as_str()));
        let ledger = self.ledger.lock().unwrap();
        above.into_iter().any(|place| ledger.is_forged(place))
    }

    /// Whether what bears no mark may be removed: where the operator says so, a credential or a subscription of which the
    /// server tells that the tool made it, and a member who may have come with his organization, by the times of both.
    fn may_go_unmarked(&self, fact: &Fact, before: &Facts) -> bool {
        let parent = before.get(&fact.parent);
        let was_born_with = |parent: &Fact| fact.created_at - parent.created_at <= SAME_MOMENT;
        let is_of_own = self.ledger.lock().unwrap().owner(&fact.parent) == Some(self.syncer);
        if fact.kind == "member" && (is_of_own || !self.terms.makers_shown[1]) && parent.is_some_and(was_born_with) {
            return true;
        }
        let is_told = self.terms.makers_shown[1] && matches!(fact.kind, "credential" | "subscription");
        is_told || self.terms.unmarked_children_go && !fact.is_named()
    }

    /// What a deletion takes along. An API goes with the last Product that carries it, whatever the source has; and what
    /// stands in another place on the source is made there.
    fn judge_along(&mut self, top: &str, fact: &Fact, at_start: Option<Fact>, origins: &Facts, before: &Facts) {
        let origin = fact.origin.as_ref().and_then(|origin| origins.get(origin));
        let origin = origin.filter(|_| fact.kind != "api" && !fact.is_elsewhere(before, origins));
        // What it went along with may have been out of sight for too long.
        let is_hidden = |origin: &String| self.is_out_of_sight(top, origin);
        let origin = origin.filter(|_| !fact.origin.as_ref().is_some_and(is_hidden));
        if let Some(original) = origin {
            self.object(format!("{fact:?} went along, but the source has {original:?}"));
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

    fn judge_duplicates(&mut self, before: &Facts, after: &Facts, source: &Facts) {
        let ledger = self.ledger.lock().unwrap();
        // A mark that a consumer has written makes no copy, nor does one without support that the operator has let the run
        // take for something else: it is replaced in the same run.
        let is_doubted = |id: &str, fact: &Fact| {
            let origin = fact.origin.as_deref().unwrap_or_default();
            let original = self.original(origin, source);
            let lacks_seal = self.terms.has_key && self.terms.requires_seal && !fact.is_sealed;
            let is_supported = |original| !lacks_seal && self.is_like(id, fact, origin, original);
            fact.kind == "org" && self.terms.adopts && original.is_some_and(|it| !is_supported(it))
        };
        let by_origin = |facts| by_origin(facts, |id, it| !ledger.is_forged(id) && !is_doubted(id, it));
        let (had, has) = (by_origin(before), by_origin(after));
        for (origin, number) in has {
            if number > 1 && number > had.get(&origin).copied().unwrap_or(0) {
                self.doubles.push(format!("{number} objects bear one mark: {origin:?}"));
            }
        }
    }

    fn is_forged(&self, id: &str) -> bool {
        self.ledger.lock().unwrap().is_forged(id)
    }

    fn object(&mut self, violation: String) {
        self.violations.push(violation);
    }
}

/// Within so many seconds a server makes what comes along with something.
const SAME_MOMENT: i64 = 5;

fn is_id(segment: &str) -> bool {
    segment.len() == 36
}

fn is_write(request: &::http::Request<Bytes>) -> bool {
    let path = request.uri().path();
    request.method() != ::http::Method::GET && !path.ends_with("/token") && !path.ends_with("/search")
}

/// What is marked twice: kind, parent and origin.
type Marked<'a> = (&'static str, &'a str, &'a str);

fn by_origin(facts: &Facts, counts_it: impl Fn(&str, &Fact) -> bool) -> BTreeMap<Marked<'_>, usize> {
    let mut counts = BTreeMap::new();
    for (id, fact) in facts {
        if let Some(origin) = fact.origin.as_ref().filter(|_| counts_it(id, fact)) {
            let marked = (fact.kind, fact.parent.as_str(), origin.as_str());
            *counts.entry(marked).or_default() += 1;
        }
    }
    counts
}
