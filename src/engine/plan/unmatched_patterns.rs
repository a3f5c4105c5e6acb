//! Patterns of the operator's that match nothing on either side: probably misspelt, so that what they should protect, choose
//! or excuse goes its usual way. They are told with the nearest names.

use std::collections::BTreeSet;

use super::{
    Plan, Policy, Remark,
    policy::{Fallback, Filter},
    scope::own_name,
};
use crate::engine::{
    model::{
        Inventory, KindId,
        kind::Identity,
        pattern::{Pattern, Patterns},
    },
    plan::Adopt,
};

/// The setting that takes objects over.
const ADOPT: &str = "ADOPT";
/// The setting that excuses what is known.
const ACKNOWLEDGE: &str = "ACKNOWLEDGE";
/// The most names that are told.
const NEAREST: usize = 3;
/// The most names that are looked at for the nearest ones.
const LOOKED_AT: usize = 20_000;

/// Tells of patterns that match nothing. What lists do not show says nothing of them, so a kind whose list is in doubt or
/// was not read is passed over.
#[must_use]
pub fn unmatched(
    source: &Inventory,
    target: &Inventory,
    policy: &Policy,
    acknowledged: Option<&Patterns>,
    plan: &Plan,
) -> Vec<Remark> {
    let sides = Sides { source, target };
    let mut remarks = Vec::new();
    for (kind, filter) in &policy.filters {
        remarks.extend(of_filter(&sides, *kind, filter, policy));
    }
    if let Adopt::Listed(patterns) = &policy.adopt {
        remarks.extend(of_adoption(&sides, patterns, policy));
    }
    if let Some(patterns) = acknowledged {
        remarks.extend(of_acknowledgement(&sides, patterns, policy, plan));
    }
    let absent = policy.stand_ins.iter();
    remarks.extend(absent.filter_map(|fallback| of_fallback(target, fallback)));
    remarks
}

/// Both sides.
struct Sides<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
}

impl Sides<'_> {
    /// All of a kind was seen on both sides.
    fn know(&self, kind: KindId, policy: &Policy) -> bool {
        let sides = [self.source, self.target];
        let is_read =
            policy.replicates(self.source.kinds, kind) || sides.iter().any(|side| !side.kind(kind).is_empty());
        is_read && !sides.iter().any(|side| side.is_in_doubt(kind))
    }

    /// The names of a kind's objects.
    fn names(&self, kind: KindId, filter: &Filter) -> BTreeSet<String> {
        let both = [self.source, self.target];
        let all = both.into_iter().flat_map(|side| side.kind(kind));
        all.map(|it| own_name(it, filter)).collect()
    }

    /// The addresses of the objects of some kinds.
    fn addresses(&self, wanted: impl Fn(KindId) -> bool) -> BTreeSet<String> {
        let of = |side: &Inventory| {
            let found = side.ids().filter(|idx| wanted(side[*idx].kind));
            found.map(|idx| side.address(idx).path.to_string()).collect::<Vec<_>>()
        };
        of(self.source).into_iter().chain(of(self.target)).collect()
    }
}

fn of_filter(sides: &Sides<'_>, kind: KindId, filter: &Filter, policy: &Policy) -> Vec<Remark> {
    if !sides.know(kind, policy) {
        return Vec::new();
    }
    let names = sides.names(kind, filter);
    let [include, exclude] = filter.settings;
    let mut remarks = Vec::new();
    if let Some(patterns) = &filter.names.exclude {
        let is_idle = |it: &&Pattern| !names.iter().any(|name| filter.is_meant(it, name));
        let idle = patterns.iter().filter(is_idle);
        remarks.extend(idle.map(|pattern| warning(exclude, pattern, &names)));
    }
    if let Some(patterns) = &filter.names.include {
        let is_idle = |it: &&Pattern| !names.iter().any(|name| filter.is_included_by(it, name));
        let idle: Vec<&Pattern> = patterns.iter().filter(is_idle).collect();
        let is_in_vain = idle.len() == patterns.iter().count();
        remarks.extend(idle.into_iter().map(|pattern| {
            if is_in_vain { error(include, pattern, &names) } else { warning(include, pattern, &names) }
        }));
    }
    remarks
}

fn of_adoption(sides: &Sides<'_>, patterns: &Patterns, policy: &Policy) -> Vec<Remark> {
    let kinds = sides.source.kinds;
    let is_named = |kind: KindId| kinds.row(kind).identity == Identity::Named;
    if kinds.ids().any(|kind| is_named(kind) && !sides.know(kind, policy)) {
        return Vec::new();
    }
    let addresses = sides.addresses(is_named);
    let is_idle = |pattern: &&Pattern| !addresses.iter().any(|it| pattern.covers(it));
    let idle = patterns.iter().filter(is_idle);
    idle.map(|pattern| warning(ADOPT, pattern, &addresses)).collect()
}

/// Anything may be acknowledged. What this run does not read may be meant too, so there the first part decides.
fn of_acknowledgement(sides: &Sides<'_>, patterns: &Patterns, policy: &Policy, plan: &Plan) -> Vec<Remark> {
    let kinds = sides.source.kinds;
    let is_in_doubt = |side: &Inventory| side.gaps.iter().any(|gap| gap.under.is_none());
    if is_in_doubt(sides.source) || is_in_doubt(sides.target) {
        return Vec::new();
    }
    let mut addresses = sides.addresses(|kind| kinds.reported().any(|it| it == kind));
    let withheld = plan.withheld.iter().map(|it| &it.address);
    let steps = plan.steps.iter().map(|it| &it.address);
    addresses.extend(withheld.chain(steps).map(|it| it.path.to_string()));
    addresses.extend(plan.gaps.iter().map(|gap| gap.at.clone()));
    let is_idle = |pattern: &&Pattern| {
        !addresses.iter().any(|it| pattern.matches(it))
            && (policy.excluded.is_empty() || !begins_like_any(pattern, &addresses))
    };
    let idle = patterns.iter().filter(is_idle);
    idle.map(|pattern| warning(ACKNOWLEDGE, pattern, &addresses)).collect()
}

fn begins_like_any(pattern: &Pattern, addresses: &BTreeSet<String>) -> bool {
    let text = pattern.to_string();
    let first: Option<Patterns> = text.split('/').next().and_then(|first| first.parse().ok());
    let matches = |address: &String| {
        let begin = address.split('/').next().unwrap_or_default();
        first.as_ref().is_some_and(|first| first.matches(begin))
    };
    addresses.iter().any(matches)
}

/// Where nothing of the kind can be seen, nothing is said.
fn of_fallback(target: &Inventory, fallback: &Fallback) -> Option<Remark> {
    let mut references = target.kinds.row(fallback.kind).references.iter();
    let kind = references.find(|it| it.field == fallback.field)?.kind;
    let is_unknown = target.is_in_doubt(kind) || target.kind(kind).is_empty();
    if is_unknown || super::rules::fallback_reference::look_up(target, kind, &fallback.address).is_some() {
        return None;
    }
    let addresses = target.of_kind(kind).map(|idx| target.address(idx));
    let addresses = addresses.map(|address| address.path.to_string()).collect();
    let pattern: Patterns = fallback.address.parse().ok()?;
    let pattern = pattern.iter().next()?;
    Some(warning(fallback.setting, pattern, &addresses))
}

fn warning(setting: &'static str, pattern: &Pattern, names: &BTreeSet<String>) -> Remark {
    Remark::warning(
        setting,
        message(setting, pattern, names),
        format!("correct the pattern in {setting}, or take it out"),
    )
}

fn error(setting: &'static str, pattern: &Pattern, names: &BTreeSet<String>) -> Remark {
    Remark::error(
        setting,
        format!(
            "{}; no pattern of {setting} matches anything, so nothing would be in scope",
            message(setting, pattern, names)
        ),
        format!("correct {setting}, or take it out to have all in scope"),
    )
}

fn message(setting: &str, pattern: &Pattern, names: &BTreeSet<String>) -> String {
    let mut nearest: Vec<(usize, &String)> =
        names.iter().take(LOOKED_AT).map(|name| (pattern.distance(name), name)).collect();
    nearest.sort();
    let least = nearest.first().map_or(0, |(distance, _)| *distance);
    // Names that are twice as far are not near.
    let near = nearest.iter().take_while(|(distance, _)| *distance <= 2 * least);
    let near: Vec<&str> = near.take(NEAREST).map(|(_, name)| name.as_str()).collect();
    let near = match near.as_slice() {
        [] => String::new(),
        [one] => format!("; the nearest name is {one}"),
        more => format!("; the nearest names are {}", more.join(", ")),
    };
    format!("`{pattern}` of {setting} matches nothing on either side{near}")
}
