//! Gaps: what of a catalog could not be read.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Deref,
};

use super::{Handle, KindId, Mark, Side};

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
    /// The one row that cannot be used, where all else of the list is known; none where the list itself is in doubt.
    pub row: Option<Row>,
}

/// A row of a list that lacks what its kind needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its server's name for it, where it has an id.
    pub handle: Option<Handle>,
    /// Which source object it was made from, if it says so.
    pub mark: Option<Mark>,
}

impl Gap {
    /// A list that is in doubt, or a branch of one. What the branch is called is found out when the inventory is made.
    #[must_use]
    pub fn of_list(side: Side, kind: KindId, under: Option<Handle>, reason: impl Into<String>) -> Self {
        Self { side, kind, under, at: String::new(), reason: reason.into(), row: None }
    }

    /// Whether a whole list is in doubt, not only a branch or a row of it.
    #[must_use]
    pub fn is_of_whole_list(&self) -> bool {
        self.under.is_none() && self.is_of_list()
    }

    /// Whether the list itself is in doubt, and not only one of its rows.
    #[must_use]
    pub fn is_of_list(&self) -> bool {
        self.row.is_none()
    }

    /// What people call a row that cannot be used: the branch, and its id.
    #[must_use]
    pub fn row_address(&self) -> Option<String> {
        let row = self.row.as_ref()?;
        let id = row.handle.as_ref().map_or("(no id)", Handle::id);
        Some(if self.at.is_empty() { id.to_owned() } else { format!("{}/{id}", self.at) })
    }
}

/// The gaps of a catalog, in the order in which they were found. There may be one for each of many thousand branches and
/// rows, and every object asks for those of its kind, so what is asked for often is looked up.
#[derive(Debug, Clone, Default)]
pub struct GapList {
    all: Vec<Gap>,
    /// The lists and branches in doubt.
    lists: HashSet<(KindId, Option<Handle>)>,
    listed_kinds: BTreeSet<KindId>,
    whole_kinds: BTreeSet<KindId>,
    rows: HashMap<KindId, RowIds>,
}

/// What is known of the rows of one kind that cannot be used.
#[derive(Debug, Clone, Default)]
struct RowIds {
    ids: HashSet<Box<str>>,
    has_one_without_id: bool,
}

impl GapList {
    /// Adds one.
    pub fn push(&mut self, gap: Gap) {
        match &gap.row {
            Some(row) => self.note_row(gap.kind, row),
            None => self.note_list(gap.kind, gap.under.clone()),
        }
        self.all.push(gap);
    }

    fn note_row(&mut self, kind: KindId, row: &Row) {
        let rows = self.rows.entry(kind).or_default();
        match &row.handle {
            Some(handle) => {
                rows.ids.insert(handle.id().into());
            }
            None => rows.has_one_without_id = true,
        }
    }

    fn note_list(&mut self, kind: KindId, under: Option<Handle>) {
        self.listed_kinds.insert(kind);
        if under.is_none() {
            self.whole_kinds.insert(kind);
        }
        self.lists.insert((kind, under));
    }

    /// Whether a list, or this branch of it, is in doubt.
    #[must_use]
    pub fn has_list(&self, kind: KindId, under: Option<Handle>) -> bool {
        self.lists.contains(&(kind, under))
    }

    /// The kinds of which a list is in doubt, in any branch.
    #[must_use]
    pub fn listed_kinds(&self) -> &BTreeSet<KindId> {
        &self.listed_kinds
    }

    /// The kinds of which everything is in doubt.
    #[must_use]
    pub fn whole_kinds(&self) -> &BTreeSet<KindId> {
        &self.whole_kinds
    }

    /// The kinds of which anything is in doubt, lists and rows.
    pub fn kinds(&self) -> impl Iterator<Item = KindId> {
        let rows = self.rows.keys().copied();
        self.listed_kinds.iter().copied().chain(rows)
    }

    /// Whether a row of a kind cannot be used.
    #[must_use]
    pub fn has_row_of(&self, kind: KindId) -> bool {
        self.rows.contains_key(&kind)
    }

    /// Whether a row that cannot be used may be the thing with this id.
    #[must_use]
    pub fn may_be_row(&self, kind: KindId, id: &str) -> bool {
        let rows = self.rows.get(&kind);
        rows.is_some_and(|rows| rows.has_one_without_id || rows.ids.contains(id))
    }

    /// Forgets those of some kinds.
    pub fn forget(&mut self, kinds: &[KindId]) {
        let kept = std::mem::take(&mut self.all).into_iter();
        *self = kept.filter(|gap| !kinds.contains(&gap.kind)).collect();
    }

    /// Calls branches what `name` calls them, where they have no name yet.
    pub(super) fn name(&mut self, name: impl Fn(&Gap) -> String) {
        for gap in self.all.iter_mut().filter(|gap| gap.at.is_empty()) {
            gap.at = name(gap);
        }
    }
}

impl Deref for GapList {
    type Target = [Gap];

    fn deref(&self) -> &[Gap] {
        &self.all
    }
}

impl Extend<Gap> for GapList {
    fn extend<T: IntoIterator<Item = Gap>>(&mut self, gaps: T) {
        gaps.into_iter().for_each(|gap| self.push(gap));
    }
}

impl FromIterator<Gap> for GapList {
    fn from_iter<T: IntoIterator<Item = Gap>>(gaps: T) -> Self {
        let mut all = Self::default();
        all.extend(gaps);
        all
    }
}

impl From<Vec<Gap>> for GapList {
    fn from(gaps: Vec<Gap>) -> Self {
        gaps.into_iter().collect()
    }
}
