//! Deletions: the objects that are gone from the source, and the reasons to keep them on the target all the same.

use crate::engine::{
    model::{
        Idx, Inventory,
        kind::{ReferenceKind, RemovalRule},
    },
    plan::{
        context::Context,
        rules::{delete_policy, unlisted_places::places},
        step::Cause,
    },
};

impl Context<'_> {
    /// A target object that was made from something of the source, or by this tool, is gone from the source where
    /// nothing there answers to it any more.
    pub(crate) fn is_gone_from_source(&self, target: Idx) -> bool {
        let kind = self.target[target].kind;
        self.scope.target(target)
            && self.pairing.source(target).is_none()
            && self.is_replicated(kind)
            && self.row(kind).removal == RemovalRule::Explicit
            && (self.pairing.orphans.contains(&target)
                || self.pairing.outdated.contains_key(&target)
                || self.is_ours_without_mark(target))
            && !self.target.lineage(target).any(|idx| {
                self.is_contested(idx) || self.pairing.foreign.contains(&idx) || self.is_copy_of_unusable_row(idx)
            })
    }

    /// The original of such a target object is there: it only lacks something that its kind needs.
    fn is_copy_of_unusable_row(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        let mark = resource.mark.as_ref();
        mark.is_some_and(|mark| self.source.is_row(resource.kind, &mark.id))
    }

    /// An object that the source no longer has stays as long as anything speaks against its deletion, whatever lives by it
    /// aside.
    pub(crate) fn reason_to_keep(&self, target: Idx) -> Option<Cause> {
        self.doubt_about_lists(target)
            .or_else(|| self.doubt_about_parts(target))
            .or_else(|| delete_policy::reason_to_keep(self.policy))
            .or_else(|| self.reason_to_distrust(target))
            .or_else(|| self.doubt_about_parent(target))
            .or_else(|| self.holds_targets_own(target))
    }

    fn doubt_about_lists(&self, target: Idx) -> Option<Cause> {
        let reason = self
            .gaps
            .around_target(target)
            .or_else(|| self.gaps.inside_target(target))
            .or_else(|| self.doubt_about_place(target))
            .or_else(|| self.gaps.around_living(self.target[target].kind))?;
        Some(Cause::Gap(reason))
    }

    /// The server would remove along what was born on the target, which only an operator may do.
    fn holds_targets_own(&self, target: Idx) -> Option<Cause> {
        let below = self.target.below(target).into_iter();
        let own = below.filter(|idx| self.is_targets_own(*idx));
        let own: Vec<String> = own.map(|idx| self.target.address(idx).path.to_string()).collect();
        (!own.is_empty()).then(|| holds_own(&own))
    }

    /// A mark tells an object's own id alone. Where what it stands in bears none, there is nothing to ask the source for, and
    /// no deletion goes unconfirmed.
    fn doubt_about_parent(&self, target: Idx) -> Option<Cause> {
        let parent = self.target.parent(target)?;
        let is_outdated = self.pairing.outdated.contains_key(&target);
        let is_marked = self.target[target].mark.is_some();
        if is_outdated || !is_marked || self.original_handle(target).is_some() {
            return None;
        }
        let (singular, address) = (self.row(self.target[parent].kind).singular, self.target.address(parent));
        Some(Cause::Gap(format!(
            "the {singular} {address} that it is in bears no mark, so the source cannot be asked whether it is really gone: \
             delete it on the target yourself"
        )))
    }

    /// A part goes along with its last carrier, so the lists of parts must be known on both sides.
    fn doubt_about_parts(&self, target: Idx) -> Option<Cause> {
        let references = self.row(self.target[target].kind).references.iter();
        let mut carried = references.filter(|reference| reference.bond == ReferenceKind::Carries);
        let in_doubt = |side: &Inventory, kind| side.has_gap(kind) || side.has_row_gap(kind);
        let doubtful = carried.find(|it| in_doubt(self.source, it.kind) || in_doubt(self.target, it.kind))?;
        let name = self.row(doubtful.kind).name;
        Some(Cause::Gap(format!("the list of {name} is incomplete, and some of them would go along")))
    }

    /// An object cannot be taken to be gone that is in an unlisted place, or lives by something that is.
    fn doubt_about_place(&self, target: Idx) -> Option<String> {
        if self.unlisted_places.0.is_empty() {
            return None;
        }
        let places = places(self.target, target).into_iter();
        places.filter_map(|place| self.unlisted_places.0.get(&place).cloned()).min()
    }

    /// An object must stay while something lives by it that the source still has, or never had.
    pub(crate) fn has_dependent_that_stays(&self, target: Idx) -> bool {
        let is_missed = |idx: Idx| self.target.lineage(idx).any(|idx| self.is_gone_from_source(idx));
        let mut dependent = self.dependents_on_target(target).into_iter();
        dependent.any(|idx| self.has_reason_to_stay(idx) && !is_missed(idx))
    }

    /// Everything that an object hangs on, and what it lives by.
    pub(crate) fn foundations(&self, target: Idx) -> Vec<Idx> {
        let references = self.row(self.target[target].kind).references.iter();
        let lived_by = references.filter(|it| it.bond == ReferenceKind::LivesBy);
        let lived_by = lived_by.flat_map(|it| self.target.named(target, it));
        self.target.lineage(target).skip(1).chain(lived_by).collect()
    }

    /// The source misses an object that it no longer has. One that has become another in place is there to be seen.
    pub(crate) fn is_missing(&self, target: Idx) -> bool {
        self.is_gone_from_source(target) && !self.pairing.outdated.contains_key(&target)
    }
}

/// The reason to keep an object that would take these along.
pub(crate) fn holds_own(own: &[String]) -> Cause {
    let shown = own.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if own.len() > 3 { format!(" and {} more", own.len() - 3) } else { String::new() };
    Cause::HoldsOwn(format!(
        "the source has deleted it, but under it the target has what the source never had: {shown}{more}; \
         delete it on the target yourself, or sync back first (where the target stores no marks: DELETE_UNMARKED_CHILDREN=true)"
    ))
}
