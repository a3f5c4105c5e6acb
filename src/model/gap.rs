//! Gaps: what of a catalog could not be read.

use std::{
    collections::{BTreeSet, HashSet},
    ops::Deref,
};

use super::{Handle, KindId, Side};

/// A part of a catalog that could not be read, or not be proven to be read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The side.
    pub side: Side,
    /// The kind whose list it is.
    pub kind: KindId,
    /// The branch; all of the kind where there is none.
    pub under: Option<Handle>,
    /// What the branch is called, where that is known.
    pub at: String,
    /// What went wrong, for people.
    pub reason: String,
}

/// The gaps of a catalog, in the order in which they were found. There may be one for each of many thousand branches, and
/// every object asks for those of its kind, so what is asked for often is looked up.
#[derive(Debug, Clone, Default)]
pub struct Gaps {
    all: Vec<Gap>,
    places: HashSet<(KindId, Option<Handle>)>,
    kinds: BTreeSet<KindId>,
    whole_kinds: BTreeSet<KindId>,
}

impl Gaps {
    /// Adds one.
    pub fn push(&mut self, gap: Gap) {
        self.kinds.insert(gap.kind);
        if gap.under.is_none() {
            self.whole_kinds.insert(gap.kind);
        }
        self.places.insert((gap.kind, gap.under.clone()));
        self.all.push(gap);
    }

    /// Whether there is one of this kind in this branch.
    #[must_use]
    pub fn contains(&self, kind: KindId, under: Option<Handle>) -> bool {
        self.places.contains(&(kind, under))
    }

    /// The kinds of which anything is in doubt.
    #[must_use]
    pub fn kinds(&self) -> &BTreeSet<KindId> {
        &self.kinds
    }

    /// The kinds of which everything is in doubt.
    #[must_use]
    pub fn whole_kinds(&self) -> &BTreeSet<KindId> {
        &self.whole_kinds
    }

    /// Calls branches what `name` calls them, where they have no name yet.
    pub(super) fn name(&mut self, name: impl Fn(&Gap) -> String) {
        for gap in self.all.iter_mut().filter(|gap| gap.at.is_empty()) {
            gap.at = name(gap);
        }
    }
}

impl Deref for Gaps {
    type Target = [Gap];

    fn deref(&self) -> &[Gap] {
        &self.all
    }
}

impl Extend<Gap> for Gaps {
    fn extend<T: IntoIterator<Item = Gap>>(&mut self, gaps: T) {
        gaps.into_iter().for_each(|gap| self.push(gap));
    }
}

impl From<Vec<Gap>> for Gaps {
    fn from(all: Vec<Gap>) -> Self {
        let mut gaps = Self::default();
        gaps.extend(all);
        gaps
    }
}
