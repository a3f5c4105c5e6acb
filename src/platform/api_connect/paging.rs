//! Reading lists: page by page, by a rule that survives a capped `limit`, a missing total and a total that means the
//! page's own length (api-connect-rest.md section 1, "Lists"), and with proof that the list is whole.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::{TryStreamExt, stream::FuturesOrdered};

use super::wire::{Object, Page};
use crate::{
    catalog::{CatalogError, Listing, Unusable},
    http::{Client, HttpError},
    model::Resource,
};

/// How often a list that does not add up is read before it is taken for incomplete.
const READINGS: usize = 3;

/// More pages than any ceiling lets through at once: the pace is the client's business.
const IN_FLIGHT: usize = 64;

/// How many rows are asked for at once, and what this server's totals have turned out to mean.
#[derive(Debug)]
pub(super) struct PageSize {
    rows: usize,
    /// Whether a list has added up to a total that was not just its page's own length. Until then a short page may be one
    /// that the server cut, and only an empty one after it is the end.
    tells_totals: AtomicBool,
}

impl PageSize {
    pub(super) fn of(rows: usize) -> Self {
        Self {
            rows,
            tells_totals: AtomicBool::new(false),
        }
    }

    fn tells_totals(&self) -> bool {
        self.tells_totals.load(Ordering::Relaxed)
    }

    fn note_true_total(&self) {
        self.tells_totals.store(true, Ordering::Relaxed);
    }
}

/// A list, and why it cannot be taken for complete.
#[derive(Debug)]
pub(super) struct Pages<T = Object> {
    pub(super) objects: Vec<T>,
    pub(super) doubt: Option<String>,
    /// Rows that lack what their kind needs.
    pub(super) unusable: Vec<Unusable>,
}

impl From<Pages<Resource>> for Listing {
    fn from(pages: Pages<Resource>) -> Self {
        Self {
            resources: pages.objects,
            doubt: pages.doubt,
            unusable: pages.unusable,
            ..Self::default()
        }
    }
}

/// Reads a whole list as resources. Each page is turned as it comes: a list of raw objects takes ten times the memory,
/// and turning it at the end would hold up all other requests. A row that cannot be turned is one unknown thing, and no
/// reason to distrust the others.
pub(super) async fn each<T: Send>(
    client: &Client,
    path: &str,
    query: &[(&str, &str)],
    size: &PageSize,
    turn: impl Fn(&Object) -> Result<T, CatalogError> + Send + Sync,
) -> Result<Pages<T>, CatalogError> {
    let turn = |object: Object| turn(&object).map_err(|error| unusable(&object, &error));
    let turned = read(client, path, query, size, turn).await?;
    let mut pages = Pages {
        objects: Vec::with_capacity(turned.objects.len()),
        doubt: turned.doubt,
        unusable: Vec::new(),
    };
    for row in turned.objects {
        match row {
            Ok(thing) => pages.objects.push(thing),
            Err(row) => pages.unusable.push(row),
        }
    }
    Ok(pages)
}

/// Enters what a row turned out to be, or that it lacks something.
pub(super) fn enter(
    listing: &mut Listing,
    row: &Object,
    turned: Result<impl IntoIterator<Item = Resource>, CatalogError>,
) {
    match turned {
        Ok(resources) => listing.resources.extend(resources),
        Err(error) => listing.unusable.push(unusable(row, &error)),
    }
}

/// What is known of a row that lacks something.
pub(super) fn unusable(row: &Object, error: &CatalogError) -> Unusable {
    Unusable {
        under: row
            .points_at("app_url", 2)
            .or_else(|| row.points_at("consumer_org_url", 1)),
        id: row.id().ok().map(str::to_owned),
        mark: row.mark(),
        lack: error.to_string(),
    }
}

/// Reads a whole list.
pub(super) async fn all(
    client: &Client,
    path: &str,
    query: &[(&str, &str)],
    size: &PageSize,
) -> Result<Pages, HttpError> {
    read(client, path, query, size, std::convert::identity).await
}

/// A list that shifts while it is read is read again.
async fn read<T: Send>(
    client: &Client,
    path: &str,
    query: &[(&str, &str)],
    size: &PageSize,
    turn: impl Fn(Object) -> T + Send + Sync,
) -> Result<Pages<T>, HttpError> {
    let mut last = Pages {
        objects: Vec::new(),
        doubt: None,
        unusable: Vec::new(),
    };
    for reading in 1..=READINGS {
        last = Reading {
            client,
            path,
            query,
            size,
            turn: &turn,
            pages: Vec::new(),
        }
        .read()
        .await?;
        match &last.doubt {
            None => break,
            Some(doubt) => tracing::debug!(path, reading, doubt, "the list does not add up"),
        }
    }
    Ok(last)
}

/// One reading of a list.
struct Reading<'a, T, F> {
    client: &'a Client,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    size: &'a PageSize,
    turn: &'a F,
    pages: Vec<Turned<T>>,
}

/// A page whose objects have been turned into what is kept of them.
struct Turned<T> {
    total: Option<u64>,
    /// By which rows that come twice are known.
    ids: Vec<Box<str>>,
    rows: Vec<T>,
}

impl<T: Send, F: Fn(Object) -> T + Send + Sync> Reading<'_, T, F> {
    async fn read(mut self) -> Result<Pages<T>, HttpError> {
        let first = self.page(0).await?;
        self.pages.push(first);
        let ahead = self.read_ahead().await?;
        self.pages.extend(ahead);
        while !self.is_at_end() {
            let next = self.page(self.count()).await?;
            if self.brings_nothing_new(&next) {
                break;
            }
            self.pages.push(next);
        }
        Ok(self.close())
    }

    /// Where the first page tells a total, the pages up to it are read beside each other. They count as far as each
    /// holds what the arithmetic expects, and no further ones are asked for: a total may be any number.
    async fn read_ahead(&self) -> Result<Vec<Turned<T>>, HttpError> {
        let mut pages = Vec::new();
        let step = self.count();
        let total = self.total().unwrap_or(0);
        if step == 0 || total <= step {
            return Ok(pages);
        }
        let past_end = if step == self.size.rows && total.is_multiple_of(step) {
            total.saturating_add(1)
        } else {
            total
        };
        let mut offsets = (step..past_end).step_by(step);
        let first = offsets.by_ref().take(IN_FLIGHT);
        let mut ahead: FuturesOrdered<_> = first.map(|offset| self.page(offset)).collect();
        let mut left = total - step;
        while let Some(page) = ahead.try_next().await? {
            // A server that does not heed `offset` would send its first page as often as its total allows.
            let is_first_again = page.ids == self.pages[0].ids;
            let as_expected = page.rows.len() == step.min(left) && !is_first_again;
            left = left.saturating_sub(step);
            pages.push(page);
            if !as_expected {
                break;
            }
            ahead.extend(offsets.next().map(|offset| self.page(offset)));
        }
        Ok(pages)
    }

    async fn page(&self, offset: usize) -> Result<Turned<T>, HttpError> {
        let (limit, offset) = (self.size.rows.to_string(), offset.to_string());
        let mut query = self.query.to_vec();
        query.extend([("limit", limit.as_str()), ("offset", offset.as_str())]);
        let page: Page = self.client.get_json(self.path, &query).await?;
        Ok(Turned {
            total: page.total_results,
            ids: page
                .results
                .iter()
                .map(|object| object.key().into())
                .collect(),
            rows: page.results.into_iter().map(self.turn).collect(),
        })
    }

    fn count(&self) -> usize {
        self.pages.iter().map(|page| page.rows.len()).sum()
    }

    fn total(&self) -> Option<usize> {
        self.pages
            .last()
            .and_then(|page| page.total)
            .and_then(|total| usize::try_from(total).ok())
    }

    fn is_at_end(&self) -> bool {
        let last = self.pages.last().map_or(0, |page| page.rows.len());
        // More rows than were asked for: the server does not page at all.
        let unpaged = self.pages.len() == 1 && last > self.size.rows;
        // Without a total that says something a short page may be one that the server cut short.
        let is_all = self.total().is_some_and(|total| self.count() >= total);
        let is_proven = self.adds_up() || is_all && self.size.tells_totals();
        last == 0 || unpaged || (last < self.size.rows && is_proven)
    }

    /// Whether every page has told the number of all rows, which is not just how many rows it had itself.
    fn adds_up(&self) -> bool {
        let count = self.count();
        let is_count = |page: &Turned<T>| page.total == u64::try_from(count).ok();
        self.pages.iter().all(is_count) && self.pages.iter().any(|page| page.rows.len() < count)
    }

    /// A server that does not heed `offset` would send its first page for ever.
    fn brings_nothing_new(&self, next: &Turned<T>) -> bool {
        let known: HashSet<&str> = self
            .pages
            .iter()
            .flat_map(|page| &page.ids)
            .map(AsRef::as_ref)
            .collect();
        !next.ids.is_empty() && next.ids.iter().all(|id| known.contains(&**id))
    }

    fn close(self) -> Pages<T> {
        let mut doubt = self.doubtful_total();
        let adds_up = self.adds_up();
        let size = self.size;
        let mut seen = HashSet::new();
        let mut objects = Vec::with_capacity(self.count());
        let listed = self.count();
        for (id, row) in self
            .pages
            .into_iter()
            .flat_map(|page| page.ids.into_iter().zip(page.rows))
        {
            if seen.insert(id) {
                objects.push(row);
            }
        }
        if objects.len() < listed {
            doubt = Some(format!(
                "{} of {listed} rows came twice",
                listed - objects.len()
            ));
        }
        if adds_up && doubt.is_none() {
            size.note_true_total();
        }
        Pages {
            objects,
            doubt,
            unusable: Vec::new(),
        }
    }

    /// A total that is always the page's own length says nothing; any other must be the same on every page and true.
    fn doubtful_total(&self) -> Option<String> {
        let is_own_length = |page: &Turned<T>| page.total == u64::try_from(page.rows.len()).ok();
        let totals: Vec<u64> = self.pages.iter().filter_map(|page| page.total).collect();
        if self.pages.iter().all(is_own_length) || totals.is_empty() {
            return None;
        }
        let count = self.count();
        let first = totals[0];
        if totals.iter().any(|total| *total != first) {
            return Some("the total changed from page to page".into());
        }
        (usize::try_from(first).ok() != Some(count))
            .then(|| format!("{count} rows came, the server says there are {first}"))
    }
}
