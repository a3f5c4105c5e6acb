//! Marks and hints: what is noted on a target object about the source object that it answers to.

use serde_json::{Map, Value};

use super::{FieldChange, MetadataWrite, Missing, build::Builder, grace::instant, pair::How};
use crate::model::{
    Idx, Mark, Resource,
    document::METADATA,
    kind::{Identity, Marking, Removal},
    mark::{SOURCE_HINT, SOURCE_ID, SOURCE_MISSING_SINCE},
    resource::joined_states,
};

impl Builder<'_> {
    /// A mark is written at once where it replaces a wrong one or makes an adopted thing ours; a missing one alone is
    /// no reason to write, or a server that stores none would be written for ever.
    pub(super) fn add_mark_changes(
        &self,
        idx: Idx,
        target: Idx,
        how: How,
        fields: &mut Vec<FieldChange>,
    ) {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let present = partner.mark.as_ref().map(|mark| &*mark.id);
        let due = match how {
            How::Adopted | How::ReMark => true,
            How::NaturalKey => present.is_some(),
            How::ReverseMark => self.is_to_be_managed(partner),
            How::Mark => false,
        };
        if due && present != Some(source.handle.id()) {
            fields.push(metadata_change(SOURCE_ID, present, source.handle.id()));
        }
        if let Some(since) = partner.missing_since {
            fields.push(FieldChange {
                path: format!("/{METADATA}/{SOURCE_MISSING_SINCE}"),
                before: instant(since).into(),
                after: Value::Null,
            });
        }
        if let (Some(hint), Some(state)) = (partner.hint.as_deref(), source.state.as_deref())
            && how.is_marked()
            && self.is_compared_whole(idx, target)
            && !source.is_as_noted_on(partner)
        {
            let noted = partner
                .state
                .as_deref()
                .map_or_else(|| state.to_owned(), |own| joined_states(state, own));
            fields.push(metadata_change(SOURCE_HINT, Some(hint), &noted));
        }
    }

    /// The metadata that a pair's target object shall have. `sent` says that its documents are written too.
    pub(super) fn metadata(
        &self,
        idx: Idx,
        target: Idx,
        how: How,
        fields: &[FieldChange],
        sent: bool,
    ) -> Option<MetadataWrite> {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let mark = self.mark_due(source, partner, how);
        let changes = fields.iter().any(|change| change.field() == METADATA);
        // What others carry is read when their hints say so.
        let hinted =
            source.state.is_some() && how.is_marked() && !self.source.kinds.is_carried(source.kind);
        if !changes && mark == partner.mark && !hinted {
            return None;
        }
        let mut own: Map<String, Value> = partner.document.metadata();
        own.extend(source.document.metadata());
        let (state, own_state) = if !hinted {
            (None, None)
        } else if sent || self.is_compared_whole(idx, target) {
            (source.state.clone(), partner.state.clone())
        } else {
            // What was noted before still says as much as is known.
            (partner.hint.clone(), None)
        };
        Some(MetadataWrite {
            own,
            mark,
            state,
            own_state,
            missing: if partner.missing_since.is_some() {
                Missing::Found
            } else {
                Missing::Unsaid
            },
        })
    }

    /// Whether all that hints vouch for was read on both sides: the pair's own documents, and those of what it carries.
    fn is_compared_whole(&self, idx: Idx, target: Idx) -> bool {
        let is_read = |idx: Idx, target: Option<Idx>| {
            let partner = target.is_none_or(|target| !self.target[target].unread);
            partner && !self.source[idx].unread
        };
        let carried = self.source.carried(idx);
        is_read(idx, Some(target))
            && carried
                .into_iter()
                .all(|load| is_read(load, self.pairing.target(load)))
    }

    /// Whether an original on the target shall bear the mark of its copy on the source, so that a deletion there reaches
    /// it. Where nothing shows that the server stores marks on the kind, it would be written for ever.
    fn is_to_be_managed(&self, original: &Resource) -> bool {
        let row = self.row(original.kind);
        let stores_marks = row.identity == Identity::Named || self.bears_marks(original.kind);
        self.policy.manage_originals && row.removal == Removal::Explicit && stores_marks
    }

    /// The mark that a partner shall bear once it is written.
    fn mark_due(&self, source: &Resource, partner: &Resource, how: How) -> Option<Mark> {
        let created_only = self.row(source.kind).marking == Marking::Created;
        match how {
            How::ReverseMark if !self.is_to_be_managed(partner) => partner.mark.clone(),
            How::NaturalKey if created_only && partner.mark.is_none() => None,
            _ => Some(self.mark_of(source)),
        }
    }

    pub(super) fn mark_of(&self, source: &Resource) -> Mark {
        Mark {
            id: source.handle.id().into(),
            catalog: Some(self.source.catalog.clone()),
        }
    }
}

fn metadata_change(key: &str, before: Option<&str>, after: &str) -> FieldChange {
    FieldChange {
        path: format!("/{METADATA}/{key}"),
        before: before.map_or(Value::Null, Value::from),
        after: after.into(),
    }
}
