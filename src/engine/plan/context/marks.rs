//! Marks and hints: notes on a target object about the source object that it answers to.

use serde_json::Value;

use crate::engine::{
    change::{FieldChange, shown::NOT_SHOWN},
    model::{
        Idx, Mark, MarkOrigin, Resource, Seal,
        document::METADATA,
        kind::{Identity, Marking, RemovalRule},
        mark::{SOURCE_CATALOG, SOURCE_HINT, SOURCE_ID, SOURCE_SEAL},
        resource::joined_states,
        seal::is_bound_by_id,
    },
    plan::{
        context::Context,
        pair::{MatchedBy, Partners},
        rules::grace::{self, instant},
    },
};

impl Context<'_> {
    /// A mark is written at once where it replaces a wrong one or makes an adopted object ours; a missing one alone is
    /// no reason to write, or a server that stores none would be written for ever.
    pub(crate) fn add_mark_changes(&self, pair: Partners, fields: &mut Vec<FieldChange>) {
        let (source, partner) = (&self.source[pair.source], &self.target[pair.target]);
        let present = partner.mark.as_ref().map(|mark| &*mark.id);
        let due = match pair.how {
            MatchedBy::Adopted | MatchedBy::ReMark | MatchedBy::Child => true,
            MatchedBy::NaturalKey => present.is_some() && !self.is_original_of(partner, source),
            MatchedBy::ReverseMark => self.is_marked_at_once(pair.target),
            MatchedBy::Mark => false,
        };
        if due && present != Some(source.handle.id()) {
            fields.push(metadata_change(SOURCE_ID, present, source.handle.id()));
        } else if let Some(mark) = &partner.mark
            && pair.how != MatchedBy::ReverseMark
            && self.mark_due(pair) == Some(self.mark_of(source))
            && self.policy.origin(mark, &self.source.catalog) == MarkOrigin::Before
        {
            let before = mark.catalog.as_deref();
            fields.push(metadata_change(SOURCE_CATALOG, before, &self.source.catalog));
        }
        if let Some(since) = partner.missing_since {
            fields.push(grace::since(instant(since).into(), Value::Null));
        }
        if partner.hint.is_some() {
            fields.extend(self.hint_change(pair));
        }
        // Whatever else is written into the metadata brings the seal along.
        if !fields.iter().any(|change| change.field() == METADATA) {
            fields.extend(self.seal_change(pair));
        }
    }

    /// The mark that a partner shall bear once it is written.
    pub(crate) fn mark_due(&self, pair: Partners) -> Option<Mark> {
        let (source, partner) = (&self.source[pair.source], &self.target[pair.target]);
        let created_only = self.row(source.kind).marking == Marking::Created;
        match pair.how {
            MatchedBy::ReverseMark if !self.is_to_be_managed(partner) => partner.mark.clone(),
            MatchedBy::NaturalKey if created_only && partner.mark.is_none() => None,
            MatchedBy::NaturalKey if self.is_original_of(partner, source) => partner.mark.clone(),
            _ => Some(self.mark_of(source)),
        }
    }

    pub(crate) fn mark_of(&self, source: &Resource) -> Mark {
        Mark { id: source.handle.id().into(), catalog: Some(self.source.catalog.clone()) }
    }

    /// The hint that a pair lacks which is equal, and was read to find that out. What was copied right after a change of its
    /// original got none: it had to wait. Where the mark is not there either, the server may store neither.
    pub(crate) fn missing_hint(&self, pair: Partners) -> Option<FieldChange> {
        let (source, partner) = (&self.source[pair.source], &self.target[pair.target]);
        let is_due = partner.hint.is_none()
            && self.row(partner.kind).dated
            && pair.how == MatchedBy::Mark
            && partner.mark == Some(self.mark_of(source));
        is_due.then(|| self.hint_change(pair)).flatten()
    }

    /// The hint is written anew where it would say something else than before.
    fn hint_change(&self, pair: Partners) -> Option<FieldChange> {
        let (source, partner) = (&self.source[pair.source], &self.target[pair.target]);
        let state = source.state.as_deref()?;
        let is_due = self.bears_hints(pair) && self.is_compared_whole(pair) && !source.is_as_noted_on(partner);
        let own = partner.state.as_deref();
        let noted = || own.map_or_else(|| state.to_owned(), |own| joined_states(state, own));
        is_due.then(|| metadata_change(SOURCE_HINT, partner.hint.as_deref(), &noted()))
    }

    /// Notes on a pair's target object are this sync's where it bears no mark but this one's, once it is written.
    pub(crate) fn may_hold_notes(&self, pair: Partners) -> bool {
        let source = &self.source[pair.source];
        let mark = self.mark_due(pair);
        mark.is_none_or(|mark| mark == self.mark_of(source))
    }

    /// Notes of what the target object of a pair did not take count only where they are this sync's.
    pub(crate) fn notes_on(&self, pair: Partners) -> Option<&str> {
        let noted = self.target[pair.target].not_taken.as_deref()?;
        self.may_hold_notes(pair).then_some(noted)
    }

    pub(crate) fn is_hinted(&self, pair: Partners) -> bool {
        self.source[pair.source].state.is_some() && self.bears_hints(pair)
    }

    /// A hint vouches for the pair's own documents and for those of what it carries, so all of them must have been read
    /// on both sides.
    pub(crate) fn is_compared_whole(&self, pair: Partners) -> bool {
        let is_read = |idx: Idx, target: Option<Idx>| {
            let partner = target.is_none_or(|target| !self.target[target].unread);
            partner && !self.source[idx].unread
        };
        let carried = self.source.carried(pair.source);
        is_read(pair.source, Some(pair.target))
            && carried.into_iter().all(|part| is_read(part, self.pairing.target(part)))
    }

    /// The target object of a pair notes what its source object was like. Of two that bear each other's marks neither
    /// does: a note on one is a change of the other's original, and runs in turn would write for ever.
    fn bears_hints(&self, pair: Partners) -> bool {
        let (source, partner) = (&self.source[pair.source], &self.target[pair.target]);
        let points_back = self.is_original_of(partner, source);
        // Parts are read when the hints of their carriers say so.
        pair.how.is_marked() && !points_back && !self.source.kinds.is_carried(source.kind)
    }

    /// A source object names its original where it was itself copied from there.
    fn is_original_of(&self, partner: &Resource, source: &Resource) -> bool {
        source.mark.as_ref().is_some_and(|mark| mark.is_of(&self.target.catalog) && *mark.id == *partner.handle.id())
    }

    /// An original on the target bears the mark of its copy on the source, where the operator wishes so, so that a
    /// deletion there reaches it. Another sync's object is that sync's.
    pub(crate) fn is_to_be_managed(&self, original: &Resource) -> bool {
        self.policy.manage_originals
            && self.row(original.kind).removal == RemovalRule::Explicit
            && original
                .mark
                .as_ref()
                .is_none_or(|mark| self.policy.origin(mark, &self.source.catalog) != MarkOrigin::Other)
    }

    /// Where nothing shows that the server stores marks on a kind, marking an original is tried but once, in the run
    /// that marks what it hangs on: otherwise it would be written for ever.
    fn is_marked_at_once(&self, target: Idx) -> bool {
        let original = &self.target[target];
        self.is_to_be_managed(original)
            && (self.row(original.kind).identity == Identity::Named
                || self.target_stores_metadata(original.kind)
                || self.run_makes_any(original.kind)
                || match self.target.parent(target) {
                    Some(parent) => self.becomes_managed(parent),
                    None => self.begins_to_manage(),
                })
    }

    /// This run marks an original that people name.
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

    /// A target object is paired with a copy of itself, and stays an original.
    pub(crate) fn is_unmanaged_original(&self, target: Idx) -> bool {
        let is_paired = self.pairing.source(target).is_some();
        is_paired && !self.is_ours(target) && !self.becomes_ours(target)
    }

    /// The seal that an organization gets at once: without one of its own its mark is as good as anybody's. One that was made
    /// with the key before, and any on other kinds, is replaced when there is another reason to write.
    fn seal_change(&self, pair: Partners) -> Option<FieldChange> {
        let partner = &self.target[pair.target];
        let is_sealed = matches!(partner.seal, Seal::Right | Seal::Previous);
        let is_due = is_bound_by_id(self.row(partner.kind)) && !is_sealed;
        (is_due && self.gets_seal(pair)).then(|| FieldChange {
            path: format!("/{METADATA}/{SOURCE_SEAL}"),
            before: match partner.seal {
                Seal::Absent => Value::Null,
                _ => NOT_SHOWN.into(),
            },
            after: NOT_SHOWN.into(),
        })
    }

    /// A partner gets a seal together with a mark of this sync.
    pub(crate) fn gets_seal(&self, pair: Partners) -> bool {
        let mark = self.mark_due(pair);
        self.policy.mark_keys.is_some() && mark == Some(self.mark_of(&self.source[pair.source]))
    }
}

pub(crate) fn metadata_change(key: &str, before: Option<&str>, after: &str) -> FieldChange {
    FieldChange {
        path: format!("/{METADATA}/{key}"),
        before: before.map_or(Value::Null, Value::from),
        after: after.into(),
    }
}
