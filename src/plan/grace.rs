//! Grace: things that people name are not deleted by the first run that misses them. That run notes the time on them and
//! suspends them, as far as they can be; a later one, past the grace, deletes; a reappearance clears the note.

use jiff::Timestamp;
use serde_json::Value;

use super::{Action, Cause, FieldChange, MetadataWrite, Missing, Update, build::Builder};
use crate::model::{Idx, document::METADATA, kind::Identity, mark::SOURCE_MISSING_SINCE};

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
            self.note_missing(target, grace.now);
        }
        self.in_grace.insert(target);
        Some(Cause::InGrace(instant(until)))
    }

    /// Whether a thing hangs on one that is kept for now: it would come back with it.
    pub(super) fn hangs_on_grace(&self, target: Idx) -> bool {
        let named = self.row(self.target[target].kind).identity == Identity::Named;
        let mut lineage = self.target.lineage(target);
        !named && lineage.any(|idx| self.in_grace.contains(&idx))
    }

    fn note_missing(&mut self, target: Idx, now: i64) {
        let resource = &self.target[target];
        let mut fields = vec![FieldChange {
            path: format!("/{METADATA}/{SOURCE_MISSING_SINCE}"),
            before: Value::Null,
            after: instant(now).into(),
        }];
        let mut after = resource.document.clone();
        if let Some((field, value)) = self.row(resource.kind).suspension {
            let before = resource.document.field(field);
            if before != value {
                after = after.with([(field.to_owned(), value.into())]);
                fields.push(FieldChange {
                    path: format!("/{field}"),
                    before,
                    after: value.into(),
                });
            }
        }
        let update = Update {
            target: Some(resource.handle.clone()),
            parent: None,
            before: resource.document.clone(),
            after,
            fields,
            metadata: Some(MetadataWrite {
                own: resource.document.metadata(),
                mark: resource.mark.clone(),
                missing: Missing::Since(now),
                ..MetadataWrite::default()
            }),
            package: None,
        };
        self.add(
            self.target.address(target),
            Action::Update(update),
            Vec::new(),
        );
    }
}

/// A time as it is noted and shown.
pub(super) fn instant(millis: i64) -> String {
    Timestamp::from_millisecond(millis)
        .unwrap_or_default()
        .to_string()
}
