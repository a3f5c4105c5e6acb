//! Grace: things that people name are not deleted by the first run that misses them. That run notes the time on them and
//! suspends them, as far as they can be; a later one, past the grace, deletes; a reappearance clears the note.

use jiff::Timestamp;
use serde_json::Value;

use super::{Action, Cause, FieldChange, MetadataWrite, Missing, Update, build::Builder};
use crate::model::{
    Idx, Mark, Resource, document::METADATA, kind::Identity, mark::SOURCE_MISSING_SINCE,
};

impl Builder<'_> {
    /// Why a thing that is missing from the source is kept for now. Notes since when, where nobody has.
    pub(super) fn grace_for(&mut self, target: Idx) -> Option<Cause> {
        let grace = self.policy.grace?;
        let resource = &self.target[target];
        if self.row(resource.kind).identity != Identity::Named {
            return None;
        }
        let since = resource.missing_since.unwrap_or(grace.now);
        let until = since.saturating_add(grace.period);
        if until <= grace.now {
            return None;
        }
        if resource.missing_since.is_none() {
            let step = self.note_missing(target, grace.now);
            self.add(self.target.address(target), step, Vec::new());
        }
        self.in_grace.insert(target);
        Some(Cause::InGrace(instant(until)))
    }

    /// The thing kept for now on which another one hangs, that would come back with it.
    pub(super) fn kept_above(&self, target: Idx) -> Option<Idx> {
        if self.row(self.target[target].kind).identity == Identity::Named {
            return None;
        }
        let mut lineage = self.target.lineage(target);
        lineage.find(|idx| self.in_grace.contains(idx))
    }

    fn note_missing(&self, target: Idx, now: i64) -> Action {
        let resource = &self.target[target];
        let before = resource.document.clone();
        let suspension = self.suspension(resource);
        let suspended = suspension
            .iter()
            .map(|change| (change.field().to_owned(), change.after.clone()));
        let after = before.with(suspended);
        let mut fields = vec![since(Value::Null, instant(now).into())];
        fields.extend(suspension);
        Action::Update(Update {
            target: Some(resource.handle.clone()),
            parent: None,
            metadata: Some(MetadataWrite {
                own: before.metadata(),
                mark: resource.mark.as_ref().map(|mark| Mark {
                    id: mark.id.clone(),
                    catalog: Some(self.source.catalog.clone()),
                }),
                missing: Missing::Since {
                    at: now,
                    original: self.original(target),
                },
                not_taken: resource.not_taken.clone(),
                ..MetadataWrite::default()
            }),
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

/// The change of the note.
pub(super) fn since(before: Value, after: Value) -> FieldChange {
    FieldChange {
        path: format!("/{METADATA}/{SOURCE_MISSING_SINCE}"),
        before,
        after,
    }
}

/// A time as it is noted and shown.
pub(super) fn instant(millis: i64) -> String {
    Timestamp::from_millisecond(millis)
        .unwrap_or_default()
        .to_string()
}
