//! The sum of the pages of one reading. Each page costs as much as it has rows, however many came before it.

use std::{collections::HashSet, hash::Hash};

/// A page whose rows have been turned into what is kept of them. `K` is by what rows that come twice are known.
pub(crate) struct ParsedPage<K, T> {
    pub(crate) total: Option<u64>,
    pub(crate) rows: Vec<(K, T)>,
}

/// The pages so far.
pub(crate) struct PageTally<K, T> {
    /// The number of rows that came, those that came twice included.
    pub(crate) count: usize,
    pub(crate) pages: usize,
    /// The number of rows of the last page.
    pub(crate) last: usize,
    last_total: Option<u64>,
    /// The number of rows of the shortest page.
    least: usize,
    /// The first total that a page told, and whether all others told the same.
    total: Option<(u64, bool)>,
    /// True once some page told none.
    untold: bool,
    /// True as long as every page told its own length.
    own_lengths: bool,
    /// The rows of the first page.
    first: Vec<K>,
    seen: HashSet<K>,
    objects: Vec<T>,
}

impl<K: Hash + Eq + Clone, T> PageTally<K, T> {
    pub(crate) fn new() -> Self {
        Self {
            count: 0,
            pages: 0,
            last: 0,
            last_total: None,
            least: usize::MAX,
            total: None,
            untold: false,
            own_lengths: true,
            first: Vec::new(),
            seen: HashSet::new(),
            objects: Vec::new(),
        }
    }

    /// Adds a page. A row that came before is counted and not kept.
    pub(crate) fn take(&mut self, page: ParsedPage<K, T>) {
        let rows = page.rows.len();
        if self.pages == 0 {
            self.first = page.rows.iter().map(|(key, _)| key.clone()).collect();
        }
        self.count += rows;
        self.pages += 1;
        self.last = rows;
        self.least = self.least.min(rows);
        self.take_total(page.total, rows);
        for (key, row) in page.rows {
            if self.seen.insert(key) {
                self.objects.push(row);
            }
        }
    }

    fn take_total(&mut self, total: Option<u64>, rows: usize) {
        self.last_total = total;
        self.untold |= total.is_none();
        self.own_lengths &= total == u64::try_from(rows).ok();
        self.total = match (self.total, total) {
            (known, None) => known,
            (None, Some(total)) => Some((total, true)),
            (Some((first, alike)), Some(total)) => Some((first, alike && first == total)),
        };
    }

    /// The total that the last page told.
    pub(crate) fn last_total(&self) -> Option<usize> {
        self.last_total.and_then(|total| usize::try_from(total).ok())
    }

    /// Tells whether a page is the first one once more.
    pub(crate) fn is_first_again(&self, page: &ParsedPage<K, T>) -> bool {
        page.rows.iter().map(|(key, _)| key).eq(&self.first)
    }

    /// Tells whether all rows of a page came before. A server that does not heed `offset` would send its first page
    /// for ever.
    pub(crate) fn has_all_of(&self, page: &ParsedPage<K, T>) -> bool {
        !page.rows.is_empty() && page.rows.iter().all(|(key, _)| self.seen.contains(key))
    }

    /// Tells whether every page has told the number of all rows, which is not just how many rows it had itself.
    pub(crate) fn adds_up(&self) -> bool {
        let told = !self.untold && self.total == u64::try_from(self.count).ok().map(|count| (count, true));
        told && self.least < self.count
    }

    /// Why it cannot be taken for the whole list.
    pub(crate) fn doubt(&self) -> Option<String> {
        let twice = self.count - self.objects.len();
        if twice > 0 {
            return Some(format!("{twice} of {} rows came twice", self.count));
        }
        self.doubtful_total()
    }

    /// A total that is always the page's own length says nothing; any other must be the same on every page and true.
    fn doubtful_total(&self) -> Option<String> {
        let (first, alike) = self.total.filter(|_| !self.own_lengths)?;
        if !alike {
            return Some("the total changed from page to page".into());
        }
        let count = self.count;
        (usize::try_from(first).ok() != Some(count))
            .then(|| format!("{count} rows came, the server says there are {first}"))
    }

    pub(crate) fn into_objects(self) -> Vec<T> {
        self.objects
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        hash::{Hash, Hasher},
    };

    use super::*;

    thread_local! {
        static WORK: Cell<usize> = const { Cell::new(0) };
    }

    /// A key that counts how often it is looked at.
    #[derive(Clone, PartialEq, Eq)]
    struct Counted(usize);

    impl Hash for Counted {
        fn hash<H: Hasher>(&self, state: &mut H) {
            WORK.with(|work| work.set(work.get() + 1));
            self.0.hash(state);
        }
    }

    /// The cost of reading that many rows, 100 a page, where totals say nothing.
    fn work(rows: usize) -> usize {
        WORK.with(|work| work.set(0));
        let mut tally = PageTally::new();
        for from in (0..rows).step_by(100) {
            let rows = (from..from + 100).map(|row| (Counted(row), row)).collect();
            let page = ParsedPage { total: Some(100), rows };
            assert!(!tally.has_all_of(&page) && !tally.adds_up());
            tally.take(page);
        }
        assert_eq!(tally.doubt(), None);
        assert_eq!(tally.into_objects().len(), rows);
        WORK.with(Cell::get)
    }

    #[test]
    fn twice_the_rows_cost_twice_the_work() {
        let (once, twice) = (work(10_000), work(20_000));
        assert!(twice <= once * 5 / 2, "{once} {twice}");
        assert!(once <= 10_000 * 5, "{once}");
    }
}
