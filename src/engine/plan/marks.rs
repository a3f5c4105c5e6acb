//! Marks and hints: what is noted on a target object about the source object that it answers to.

use serde_json::{Map, Value};

use super::{
    build::Builder,
    grace::{self, instant},
    pair::MatchedBy,
};
use crate::engine::{
    change::{FieldChange, MetadataWrite, Missing},
    model::{
        Idx, Mark, MarkOrigin, Resource,
        document::METADATA,
        kind::{Identity, Marking, RemovalRule},
        mark::{SOURCE_CATALOG, SOURCE_HINT, SOURCE_ID},
        resource::joined_states,
    },
};

impl Builder<'_> {
    /// A mark is written at once where it replaces a wrong one or makes an adopted thing ours; a missing one alone is
    /// no reason to write, or a server that stores none would be written for ever.
    pub(super) fn add_mark_changes(&self, idx: Idx, target: Idx, how: MatchedBy, fields: &mut Vec<FieldChange>) {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let present = partner.mark.as_ref().map(|mark| &*mark.id);
        let due = match how {
            MatchedBy::Adopted | MatchedBy::ReMark | MatchedBy::Child => true,
            MatchedBy::NaturalKey => present.is_some() && !self.is_original_of(partner, source),
            MatchedBy::ReverseMark => self.is_marked_at_once(target),
            MatchedBy::Mark => false,
        };
        if due && present != Some(source.handle.id()) {
            fields.push(metadata_change(SOURCE_ID, present, source.handle.id()));
        } else if let Some(mark) = &partner.mark
            && how != MatchedBy::ReverseMark
            && self.mark_due(source, partner, how) == Some(self.mark_of(source))
            && self.policy.origin(mark, &self.source.catalog) == MarkOrigin::Before
        {
            let before = mark.catalog.as_deref();
            fields.push(metadata_change(SOURCE_CATALOG, before, &self.source.catalog));
        }
        if let Some(since) = partner.missing_since {
            fields.push(grace::since(instant(since).into(), Value::Null));
        }
        if partner.hint.is_some() {
            fields.extend(self.hint_change(idx, target, how));
        }
        // Whatever else is written into the metadata brings the seal along.
        if !fields.iter().any(|change| change.field() == METADATA) {
            fields.extend(self.sealing(idx, target, how));
        }
    }

    /// The hint that a pair lacks which is equal, and was read to find that out. What was copied right after a change of its
    /// original got none: it had to wait. Where the mark is not there either, the server may store neither.
    pub(super) fn missing_hint(&self, idx: Idx, target: Idx, how: MatchedBy) -> Option<FieldChange> {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let is_due = partner.hint.is_none()
            && self.row(partner.kind).dated
            && how == MatchedBy::Mark
            && partner.mark == Some(self.mark_of(source));
        is_due.then(|| self.hint_change(idx, target, how)).flatten()
    }

    /// What is noted of a source object, where that says something else than what is noted already.
    fn hint_change(&self, idx: Idx, target: Idx, how: MatchedBy) -> Option<FieldChange> {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let state = source.state.as_deref()?;
        let is_due = self.bears_hints(source, partner, how)
            && self.is_compared_whole(idx, target)
            && !source.is_as_noted_on(partner);
        let own = partner.state.as_deref();
        let noted = || own.map_or_else(|| state.to_owned(), |own| joined_states(state, own));
        is_due.then(|| metadata_change(SOURCE_HINT, partner.hint.as_deref(), &noted()))
    }

    /// The metadata that a pair's target object shall have. `sent` says that its documents are written too.
    pub(super) fn metadata(
        &self,
        idx: Idx,
        target: Idx,
        how: MatchedBy,
        fields: &[FieldChange],
        sent: bool,
    ) -> Option<MetadataWrite> {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let changes = fields.iter().any(|change| change.field() == METADATA);
        let mark = self.mark_due(source, partner, how);
        // What is made of documents may come out as another object, which bears no mark.
        let is_made_anew = sent && mark.is_some();
        let is_due = changes
            || is_made_anew
            || mark != partner.mark
            || self.is_hinted(idx, target, how)
            || self.needs_seal(idx, target, how);
        is_due.then(|| self.whole_metadata(idx, target, how, sent))
    }

    /// What is written with a note of what the target does not take of a pair; none where the notes on the target object
    /// are not this sync's.
    pub(super) fn beside_note(&self, idx: Idx, target: Idx, how: MatchedBy, sent: bool) -> Option<Box<MetadataWrite>> {
        self.may_note(idx, target, how)
            .then(|| Box::new(MetadataWrite { leaves_notes: false, ..self.whole_metadata(idx, target, how, sent) }))
    }

    /// Whether what is noted on a pair's target object is this sync's: it bears no mark but this one's, once it is written.
    pub(super) fn may_note(&self, idx: Idx, target: Idx, how: MatchedBy) -> bool {
        let source = &self.source[idx];
        let mark = self.mark_due(source, &self.target[target], how);
        mark.is_none_or(|mark| mark == self.mark_of(source))
    }

    fn is_hinted(&self, idx: Idx, target: Idx, how: MatchedBy) -> bool {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        source.state.is_some() && self.bears_hints(source, partner, how)
    }

    fn whole_metadata(&self, idx: Idx, target: Idx, how: MatchedBy, sent: bool) -> MetadataWrite {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let mut own: Map<String, Value> = partner.document.metadata();
        own.extend(self.metadata_to_send(idx, target));
        let (state, own_state) = if !self.is_hinted(idx, target, how) {
            (None, None)
        } else if sent || self.is_compared_whole(idx, target) {
            (source.state.clone(), partner.state.clone())
        } else {
            // What was noted before still says as much as is known.
            (partner.hint.clone(), None)
        };
        MetadataWrite {
            own,
            mark: self.mark_due(source, partner, how),
            state,
            own_state,
            missing: if partner.missing_since.is_some() { Missing::Found } else { Missing::Unsaid },
            // A note of the time since when the original was missing is this sync's own, as is one of what was not taken
            // beside no mark.
            leaves_notes: how == MatchedBy::ReverseMark
                && !self.is_to_be_managed(partner)
                && partner.missing_since.is_none()
                && self.noted(idx, target).is_none(),
            key: self.key_due(idx, target),
            not_taken: self.notes_left(idx, target),
        }
    }

    /// Whether all that hints vouch for was read on both sides: the pair's own documents, and those of what it carries.
    fn is_compared_whole(&self, idx: Idx, target: Idx) -> bool {
        let is_read = |idx: Idx, target: Option<Idx>| {
            let partner = target.is_none_or(|target| !self.target[target].unread);
            partner && !self.source[idx].unread
        };
        let carried = self.source.carried(idx);
        is_read(idx, Some(target)) && carried.into_iter().all(|load| is_read(load, self.pairing.target(load)))
    }

    /// Whether the target object of a pair notes what its source object was like. Of two that bear each other's marks
    /// neither does: a note on one is a change of the other's original, and runs in turn would write for ever.
    fn bears_hints(&self, source: &Resource, partner: &Resource, how: MatchedBy) -> bool {
        let points_back = self.is_original_of(partner, source);
        // What others carry is read when their hints say so.
        how.is_marked() && !points_back && !self.source.kinds.is_carried(source.kind)
    }

    /// Whether a source object says that it was made from this target object.
    fn is_original_of(&self, partner: &Resource, source: &Resource) -> bool {
        source.mark.as_ref().is_some_and(|mark| mark.is_of(&self.target.catalog) && *mark.id == *partner.handle.id())
    }

    /// Whether an original on the target shall bear the mark of its copy on the source, so that a deletion there reaches
    /// it. What another sync made is that sync's.
    fn is_to_be_managed(&self, original: &Resource) -> bool {
        self.policy.manage_originals
            && self.row(original.kind).removal == RemovalRule::Explicit
            && original
                .mark
                .as_ref()
                .is_none_or(|mark| self.policy.origin(mark, &self.source.catalog) != MarkOrigin::Other)
    }

    /// Whether an original that is to be managed is written for that alone. Where nothing shows that the server stores
    /// marks on the kind that is tried but once, in the run that marks what the original hangs on: otherwise it would be
    /// written for ever.
    fn is_marked_at_once(&self, target: Idx) -> bool {
        let original = &self.target[target];
        self.is_to_be_managed(original)
            && (self.row(original.kind).identity == Identity::Named
                || self.stores_metadata(original.kind)
                || self.makes_any(original.kind)
                || match self.target.parent(target) {
                    Some(parent) => self.becomes_managed(parent),
                    None => self.begins_to_manage(),
                })
    }

    /// Whether this run marks an original that people name.
    fn becomes_managed(&self, target: Idx) -> bool {
        let original = &self.target[target];
        let copy = self.pairing.source(target);
        let bears = original.mark.as_ref().map(|mark| &*mark.id);
        self.row(original.kind).identity == Identity::Named
            && self.is_to_be_managed(original)
            && copy.is_some_and(|copy| {
                self.pairing.how(copy) == Some(MatchedBy::ReverseMark) && bears != Some(self.source[copy].handle.id())
            })
    }

    fn begins_to_manage(&self) -> bool {
        let begins = || self.target.ids().any(|idx| self.becomes_managed(idx));
        *self.begins_to_manage.get_or_init(begins)
    }

    /// What came with its parent and was not completed is known by the parent's mark, which no metadata has told.
    pub(super) fn bears_own_mark(&self, target: Idx) -> bool {
        let mark = self.target[target].mark.as_ref();
        let parent = self.target.parent(target);
        let inherited = parent.and_then(|parent| self.target[parent].mark.as_ref());
        mark.is_some_and(|mark| inherited.is_none_or(|inherited| inherited.id != mark.id))
    }

    /// The mark that a partner shall bear once it is written.
    pub(super) fn mark_due(&self, source: &Resource, partner: &Resource, how: MatchedBy) -> Option<Mark> {
        let created_only = self.row(source.kind).marking == Marking::Created;
        match how {
            MatchedBy::ReverseMark if !self.is_to_be_managed(partner) => partner.mark.clone(),
            MatchedBy::NaturalKey if created_only && partner.mark.is_none() => None,
            MatchedBy::NaturalKey if self.is_original_of(partner, source) => partner.mark.clone(),
            _ => Some(self.mark_of(source)),
        }
    }

    pub(super) fn mark_of(&self, source: &Resource) -> Mark {
        Mark { id: source.handle.id().into(), catalog: Some(self.source.catalog.clone()) }
    }
}

pub(super) fn metadata_change(key: &str, before: Option<&str>, after: &str) -> FieldChange {
    FieldChange {
        path: format!("/{METADATA}/{key}"),
        before: before.map_or(Value::Null, Value::from),
        after: after.into(),
    }
}
