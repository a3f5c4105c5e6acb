//! Grace: things that people name are not deleted by the first run that misses them. That run notes the time on them and
//! suspends them, as far as they can be; a later one, past the grace, deletes; a reappearance clears the note. What hangs
//! on such a thing, or lives by it, waits with it: only what is missing while all of that is there has no grace.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::Value;

use super::{Action, Cause, Verb, build::Builder, policy::Grace};
use crate::engine::{
    change::{Change, FieldChange, MetadataWrite, Missing},
    model::{Idx, Mark, Resource, document::METADATA, kind::ReferenceKind, mark::SOURCE_MISSING_SINCE},
};

/// What the grace makes of the things that people name and that the source no longer has.
#[derive(Default)]
pub(super) struct Graces {
    /// Kept for now.
    kept: HashSet<Idx>,
    /// Missing for long enough.
    over: HashSet<Idx>,
}

impl Builder<'_> {
    /// Decides, before anything is deleted, which of the missing things that people name are kept for now. Notes since
    /// when, where nobody has.
    pub(super) fn plan_graces(&mut self) {
        let Some(grace) = self.policy.grace else {
            return;
        };
        for target in self.target.ids() {
            let is_due = self.row(self.target[target].kind).grace && self.is_missed(target);
            if !is_due || self.is_below_distrusted(target) {
                continue;
            }
            if self.objection(target).is_some() || self.has_what_stays(target) {
                // It says why when the deletions are planned.
            } else if let Some(until) = end(&grace, self.target[target].missing_since) {
                let cause = self.keep(target, &grace, until);
                self.withhold(self.target.address(target), Verb::Delete, Vec::new(), cause);
                self.graces.kept.insert(target);
            } else if let Some(until) = self.end_of_foundation(target, &grace) {
                let cause = Cause::InGrace(instant(until));
                self.withhold(self.target.address(target), Verb::Delete, Vec::new(), cause);
                self.graces.kept.insert(target);
            } else {
                self.graces.over.insert(target);
            }
        }
    }

    /// Whether the source no longer has a thing. What has become another thing in place is there to be seen.
    fn is_missed(&self, target: Idx) -> bool {
        self.is_candidate(target) && !self.pairing.outdated.contains_key(&target)
    }

    /// Whether something lives by a thing that the source still has, or never had.
    fn has_what_stays(&self, target: Idx) -> bool {
        let is_missed = |idx: Idx| self.target.lineage(idx).any(|idx| self.is_candidate(idx));
        let mut living = self.living_on_target(target).into_iter();
        living.any(|idx| self.has_reason_to_stay(idx) && !is_missed(idx))
    }

    /// Whether a missing thing is kept by its own grace, or with what it hangs on or lives by.
    pub(super) fn is_waiting(&self, target: Idx) -> bool {
        self.graces.kept.contains(&target) || self.kept_with(target).is_some()
    }

    /// Why a thing is kept for now that people do not name: it may come back with something else. Notes since when it is
    /// missing, where nobody has.
    pub(super) fn grace_of_its_own(&mut self, target: Idx) -> Option<Cause> {
        let grace = self.policy.grace.filter(|_| self.may_come_back(target))?;
        let until = end(&grace, self.target[target].missing_since)?;
        Some(self.keep(target, &grace, until))
    }

    /// Whether something that a missing thing hangs on or lives by is missing too and stays for another reason than its
    /// own grace, so that the thing has one of its own. Where no note can be kept there is none.
    fn may_come_back(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        if self.row(resource.kind).grace || resource.mark.is_none() || !self.is_missed(target) {
            return false;
        }
        self.foundations(target).into_iter().any(|it| {
            self.pairing.source(it).is_none()
                && !self.pairing.outdated.contains_key(&it)
                && !self.graces.over.contains(&it)
                && !self.going.contains_key(&it)
        })
    }

    /// Until when a thing past its own grace waits with what it hangs on, which is missed since later.
    fn end_of_foundation(&self, target: Idx, grace: &Grace) -> Option<i64> {
        let foundation = self.kept_foundation(target)?;
        end(grace, self.target[foundation].missing_since)
    }

    /// The thing kept for now that another one hangs on or lives by, and that it would come back with.
    pub(super) fn kept_with(&self, target: Idx) -> Option<Idx> {
        let has_own = self.row(self.target[target].kind).grace;
        self.kept_foundation(target).filter(|_| !has_own)
    }

    fn kept_foundation(&self, target: Idx) -> Option<Idx> {
        if self.graces.kept.is_empty() {
            return None;
        }
        let mut foundations = self.foundations(target).into_iter();
        foundations.find(|idx| self.graces.kept.contains(idx))
    }

    /// All that a thing hangs on, and what it lives by.
    fn foundations(&self, target: Idx) -> Vec<Idx> {
        let references = self.row(self.target[target].kind).references.iter();
        let lived_by = references.filter(|it| it.bond == ReferenceKind::LivesBy);
        let lived_by = lived_by.flat_map(|it| self.target.named(target, it));
        self.target.lineage(target).skip(1).chain(lived_by).collect()
    }

    /// Keeps a thing, and notes since when it is missing where nobody has. A note of times to come counts as none.
    fn keep(&mut self, target: Idx, grace: &Grace, until: i64) -> Cause {
        let noted = self.target[target].missing_since;
        if noted.is_none_or(|since| since > grace.now) {
            let step = self.note_missing(target, grace.now);
            self.add(self.target.address(target), step, Vec::new());
        }
        Cause::InGrace(instant(until))
    }

    fn note_missing(&self, target: Idx, now: i64) -> Action {
        let resource = &self.target[target];
        let before = resource.document.clone();
        let suspension = self.suspension(resource);
        let suspended = suspension.iter().map(|change| (change.field().to_owned(), change.after.clone()));
        let after = before.with(suspended);
        let noted = resource.missing_since.map_or(Value::Null, |it| instant(it).into());
        let mut fields = vec![since(noted, instant(now).into())];
        fields.extend(suspension);
        Action::Update(Change {
            target: Some(resource.handle.clone()),
            parent: None,
            metadata: Some(MetadataWrite {
                own: before.metadata(),
                key: resource.key().into(),
                mark: resource
                    .mark
                    .as_ref()
                    .map(|mark| Mark { id: mark.id.clone(), catalog: Some(self.source.catalog.clone()) }),
                // What was noted before still says as much as is known.
                state: resource.hint.clone(),
                missing: Missing::Since { at: now, original: self.original(target) },
                not_taken: resource.not_taken.clone(),
                ..MetadataWrite::default()
            }),
            beside_note: None,
            before,
            seen: Some(Box::new(self.seen(target))),
            after,
            fields,
            package: None,
        })
    }

    /// What suspends a thing, where that can be done and is not so already.
    fn suspension(&self, resource: &Resource) -> Option<FieldChange> {
        let row = self.row(resource.kind);
        let (field, value) = row.suspension?;
        let before = resource.document.field(field);
        let awaits_approval = resource.pending && row.approved.contains(&field);
        (before != value && !awaits_approval).then(|| FieldChange {
            path: format!("/{field}"),
            before,
            after: value.into(),
        })
    }
}

/// Until when a thing is kept that is missing, none when that is over.
fn end(grace: &Grace, noted: Option<i64>) -> Option<i64> {
    let since = noted.map_or(grace.now, |since| since.min(grace.now));
    let until = since.saturating_add(grace.period);
    (until > grace.now).then_some(until)
}

/// The change of the note.
pub(super) fn since(before: Value, after: Value) -> FieldChange {
    FieldChange { path: format!("/{METADATA}/{SOURCE_MISSING_SINCE}"), before, after }
}

/// A time as it is noted and shown.
pub(super) fn instant(millis: i64) -> String {
    Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}
