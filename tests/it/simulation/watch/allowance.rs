//! How much a run may take away: the limits that the operator set, counted beside the target.

use std::collections::BTreeMap;

use super::facts::{Fact, Facts};

/// What the operator allows, and what of marks the servers and he let a run judge.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting, or something that a server shows or does not")]
pub(crate) struct Terms {
    /// Whether what bears no mark may be deleted under a marked parent.
    pub(crate) unmarked_children_go: bool,
    /// Whether an equal name means the same thing.
    pub(crate) adopts: bool,
    /// The largest share of a kind's managed objects that may be deleted, in percent.
    pub(crate) delete_percent: usize,
    /// Whether the source may have nothing of a kind of which the target has copies.
    pub(crate) source_may_be_empty: bool,
    /// Whether what only the vendor's tool can have made may be deleted.
    pub(crate) vendor_marked_go: bool,
    /// For how many seconds things that people name must have been missed before they are deleted.
    pub(crate) grace: i64,
    /// When the run began, by its own clock.
    pub(crate) now: i64,
    /// Whether seals can be judged.
    pub(crate) has_key: bool,
    /// Whether a mark without a seal is no mark.
    pub(crate) requires_seal: bool,
    /// Whether source and target show who made organizations.
    pub(crate) makers_shown: [bool; 2],
    /// Whether the target does so of apps too.
    pub(crate) app_makers_shown: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            unmarked_children_go: false,
            adopts: false,
            delete_percent: 100,
            source_may_be_empty: true,
            vendor_marked_go: false,
            grace: 0,
            now: 0,
            has_key: false,
            requires_seal: false,
            makers_shown: [false; 2],
            app_makers_shown: false,
        }
    }
}

/// Below so many managed objects of a kind a share says nothing (interface.md, `MAX_DELETE_PERCENT`).
const FEWEST_FOR_A_SHARE: usize = 10;

/// What a run has taken away so far.
#[derive(Debug, Default)]
pub(super) struct Losses {
    of_kind: BTreeMap<&'static str, usize>,
}

impl Losses {
    /// Counts what is gone, and tells the limit that is exceeded by it. Not every object of a kind is managed, but surely
    /// no more than all: the share is taken of all, so that nobody is accused wrongly.
    pub(super) fn note(&mut self, gone: &Fact, at_start: &Facts, terms: Terms) -> Option<String> {
        let lost = self.of_kind.entry(gone.kind).or_default();
        *lost += 1;
        let of_kind = || at_start.values().filter(|fact| fact.kind == gone.kind);
        let marked = of_kind().filter(|fact| fact.origin.is_some()).count();
        let all = of_kind().count();
        let exceeded = marked >= FEWEST_FOR_A_SHARE && *lost * 100 > all * terms.delete_percent;
        exceeded.then(|| format!("{lost} of {all} {} are gone, {} % are allowed", gone.kind, terms.delete_percent))
    }
}

/// Whether a copy is gone although its kind is missing on the source altogether, from the beginning of the run to now.
pub(super) fn defies_emptiness(gone: &Fact, had: &Facts, has: &Facts, terms: Terms) -> bool {
    let lacks = |facts: &Facts| facts.values().all(|fact| fact.kind != gone.kind);
    let is_copy = gone.origin.is_some() && gone.kind != "api";
    is_copy && !terms.source_may_be_empty && lacks(had) && lacks(has)
}
