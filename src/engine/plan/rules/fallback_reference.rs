//! Fallback references: a new object names somebody else in the place of something that cannot be on the target, until
//! it can. Creations ask for them, because the document of the new object depends on it.

use crate::engine::{
    model::{
        Address, Handle, Idx, Inventory, KindId, KindTable,
        address::decode,
        kind::{MadeWithParent, Reference},
    },
    plan::{
        context::Context,
        draft::Draft,
        pair::MatchedBy,
        policy::{Fallback, Policy},
        step::Cause,
    },
};

/// A fallback of the policy, looked up on the target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FallbackReference<'a> {
    rule: &'a Fallback,
    /// The reference that it is put into.
    reference: &'static Reference,
    /// Where it is; none where the target does not show it.
    at: Option<Idx>,
}

/// A fallback that a new object names.
#[derive(Debug, Clone)]
pub(crate) struct ChosenFallback {
    /// The reference that it is put into.
    pub(crate) field: &'static str,
    /// The target object that is named instead.
    pub(crate) by: Idx,
    /// The same, as documents in terms of the source name it.
    pub(crate) address: Address,
    /// A note for the operator.
    pub(crate) note: String,
}

/// The policy's fallbacks are looked up once.
pub(crate) fn fallback_references<'a>(target: &Inventory, policy: &'a Policy) -> Vec<FallbackReference<'a>> {
    let known = |rule: &'a Fallback| {
        let reference = reference(target.kinds, rule.kind, rule.field)?;
        Some(FallbackReference { rule, reference, at: look_up(target, reference.kind, &rule.address) })
    };
    policy.stand_ins.iter().filter_map(known).collect()
}

impl Context<'_> {
    /// A new object names a fallback where what it should name cannot be on the target.
    ///
    /// # Errors
    /// The reason why it names none, although the operator wished so.
    pub(crate) fn fallback_for(&self, idx: Idx) -> Result<Option<ChosenFallback>, Cause> {
        let kind = self.source[idx].kind;
        let found = self.fallbacks.iter().find_map(|it| {
            let named = self.named_without_home(idx, it.reference)?;
            (it.rule.kind == kind).then_some((it, named))
        });
        let Some((fallback, named)) = found else {
            return Ok(None);
        };
        let by = fallback.at.ok_or_else(|| self.missing_fallback(fallback, named))?;
        let partner = self.pairing.source(by);
        Ok(Some(ChosenFallback {
            field: fallback.rule.field,
            by,
            address: partner.map_or_else(|| self.target.address(by), |partner| self.source.address(partner)),
            note: self.fallback_note(fallback, named),
        }))
    }

    /// An object names something that has no home on the target.
    fn named_without_home(&self, idx: Idx, reference: &Reference) -> Option<Idx> {
        let named = *self.source.named(idx, reference).first()?;
        let home = self.source.parent(named)?;
        let is_missing = self.pairing.target(home).is_none() && !self.target.is_in_doubt(self.source[home].kind);
        is_missing.then_some(named)
    }

    fn fallback_note(&self, fallback: &FallbackReference<'_>, named: Idx) -> String {
        let Fallback { field, setting, .. } = fallback.rule;
        let by = fallback.at.map(|by| self.target.address(by));
        let by = by.map_or_else(|| fallback.rule.address.clone(), |by| by.to_string());
        format!("its {field} is {by} ({setting}) until {} can exist on the target", self.source.address(named))
    }

    fn missing_fallback(&self, fallback: &FallbackReference<'_>, named: Idx) -> Cause {
        let Fallback { setting, address, .. } = fallback.rule;
        let home = self.source.parent(named).map(|home| self.missing_on_target(home));
        let singular = self.row(fallback.reference.kind).singular;
        Cause::Missing(format!(
            "{}, and the {singular} {address} ({setting}) is not there either, or out of this login's sight: create it \
             there, or correct {setting}",
            home.unwrap_or_default()
        ))
    }

    /// A pair's reference is left as it is where a fallback holds the place, on this side or on the other.
    pub(crate) fn kept_for_fallback(&self, idx: Idx, field: &str) -> Option<Cause> {
        let target = self.pairing.target(idx)?;
        let kind = self.source[idx].kind;
        let fallback = self.fallbacks.iter().find(|it| it.rule.kind == kind && it.rule.field == field)?;
        let now = self.target.named(target, fallback.reference);
        if let Some(named) = self.named_without_home(idx, fallback.reference)
            && fallback.at.is_some()
            && now.first().copied() == fallback.at
        {
            return Some(Cause::Fallback(self.fallback_note(fallback, named)));
        }
        let wanted = *self.source.named(idx, fallback.reference).first()?;
        let address = self.source.address(wanted);
        let is_fallback = *address.path == *fallback.rule.address
            || fallback.at.is_some() && self.pairing.target(wanted) == fallback.at;
        (is_fallback && self.pairing.how(idx) == Some(MatchedBy::ReverseMark)).then(|| {
            Cause::Fallback(format!(
                "{address} ({}) only stands in on the {}: the original keeps its {field}",
                fallback.rule.setting, self.source.side
            ))
        })
    }

    /// The server made this object along with a parent, for the fallback that the parent names.
    pub(crate) fn is_of_fallback(&self, target: Idx) -> bool {
        let row = self.row(self.target[target].kind);
        let MadeWithParent::NamedByParent { field, child_field, .. } = row.birth else {
            return false;
        };
        let Some(reference) = reference(self.target.kinds, self.target[target].kind, child_field) else {
            return false;
        };
        let named = self.target.named(target, reference);
        let mut fallbacks = self.fallbacks.iter();
        fallbacks.any(|it| {
            Some(it.rule.kind) == row.parent && it.rule.field == field && it.at.is_some_and(|at| named.contains(&at))
        })
    }
}

pub(crate) fn reference(kinds: &KindTable, kind: KindId, field: &str) -> Option<&'static Reference> {
    let mut references = kinds.row(kind).references.iter();
    references.find(|reference| reference.field == field)
}

/// Where letters are the same person in either case, the operator may write them in either.
pub(crate) fn look_up(target: &Inventory, kind: KindId, address: &str) -> Option<Idx> {
    target.at(kind, address).or_else(|| {
        let (home, own) = address.rsplit_once('/')?;
        let folded = decode(own).to_lowercase();
        let is_same = |idx: &Idx| {
            let key = target[*idx].key.as_deref();
            let parent = target.parent(*idx);
            key.is_some_and(|key| decode(key) == folded)
                && parent.is_some_and(|parent| &*target.address(parent).path == home)
        };
        target.of_kind(kind).find(is_same)
    })
}

/// Fallbacks to which no source object answers must be found by the steps too.
pub(crate) fn fallback_places(context: &Context<'_>, draft: &Draft) -> Vec<(Address, Handle)> {
    let mut places: Vec<_> = draft
        .fallbacks
        .values()
        .filter(|it| context.pairing.source(it.by).is_none())
        .map(|it| (it.address.clone(), context.target[it.by].handle.clone()))
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}
