//! Reading lists: page by page, by a rule that survives a capped `limit`, a missing total and a total that means the
//! page's own length (api-connect-rest.md section 1, "Lists"), and with proof that the list is whole.

mod tally;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{TryStreamExt, stream::FuturesOrdered};

use self::tally::{PageTally, ParsedPage};
use crate::{
    engine::{
        catalog::{CatalogError, Listing, UnusableRow},
        model::Resource,
    },
    http::{Client, HttpError},
    platform::api_connect::wire::object::{Object, Page},
};

/// A list that does not add up is read so often before it is taken for incomplete.
const READINGS: usize = 3;

/// More pages than any ceiling lets through at once: the pace is the client's business.
const IN_FLIGHT: usize = 64;

/// No list of a catalog has more rows, and none as many pages: a server that sends more has lost its way.
const MOST_ROWS: usize = if cfg!(test) { 10_000 } else { 1_000_000 };
const MOST_PAGES: usize = if cfg!(test) { 500 } else { 50_000 };

/// The number of rows that are asked for at once, and what this server's totals have turned out to mean.
#[derive(Debug)]
pub(crate) struct PageSize {
    rows: usize,
    /// True once a list has added up to a total that was not just its page's own length. Until then a short page may
    /// be one that the server cut, and only an empty one after it is the end.
    tells_totals: AtomicBool,
}

impl PageSize {
    pub(crate) fn of(rows: usize) -> Self {
        Self { rows, tells_totals: AtomicBool::new(false) }
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
pub(crate) struct Pages<T = Object> {
    pub(crate) objects: Vec<T>,
    pub(crate) doubt: Option<String>,
    /// Rows that lack what their kind needs.
    pub(crate) unusable: Vec<UnusableRow>,
}

impl From<Pages<Resource>> for Listing {
    fn from(pages: Pages<Resource>) -> Self {
        Self { resources: pages.objects, doubt: pages.doubt, unusable: pages.unusable, ..Self::default() }
    }
}

/// Reads a whole list as resources. Each page is parsed as it comes: a list of raw objects takes ten times the memory,
/// and parsing it at the end would hold up all other requests. A row that cannot be parsed is one unknown thing, and no
/// reason to distrust the others.
pub(crate) async fn read_parsed<T: Send>(
    client: &Client,
    path: &str,
    query: &[(&str, &str)],
    size: &PageSize,
    parse: impl Fn(&Object) -> Result<T, CatalogError> + Send + Sync,
) -> Result<Pages<T>, CatalogError> {
    let parse = |object: Object| parse(&object).map_err(|error| unusable(&object, &error));
    let parsed = read(client, path, query, size, parse).await?;
    let mut pages =
        Pages { objects: Vec::with_capacity(parsed.objects.len()), doubt: parsed.doubt, unusable: Vec::new() };
    for row in parsed.objects {
        match row {
            Ok(thing) => pages.objects.push(thing),
            Err(row) => pages.unusable.push(row),
        }
    }
    Ok(pages)
}

/// Adds what a row turned out to be, or that it lacks something.
pub(crate) fn add_row(
    listing: &mut Listing,
    row: &Object,
    parsed: Result<impl IntoIterator<Item = Resource>, CatalogError>,
) {
    match parsed {
        Ok(resources) => listing.resources.extend(resources),
        Err(error) => listing.unusable.push(unusable(row, &error)),
    }
}

/// Tells texts that may be an id. Of rows that make no sense nobody knows how long their texts are, and an id is told
/// several times.
fn is_short(id: &&str) -> bool {
    id.len() <= 256
}

/// The little that is known of a row which lacks something.
pub(crate) fn unusable(row: &Object, error: &CatalogError) -> UnusableRow {
    UnusableRow {
        under: row.points_at("app_url", 2).or_else(|| row.points_at("consumer_org_url", 1)),
        id: row.id().ok().filter(is_short).map(str::to_owned),
        mark: row.mark().filter(|mark| is_short(&&*mark.id)),
        lack: error.to_string(),
    }
}

/// Reads a whole list.
pub(crate) async fn read_all(
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
    parse: impl Fn(Object) -> T + Send + Sync,
) -> Result<Pages<T>, HttpError> {
    let reading = ListReading { client, path, query, size, parse: &parse };
    let mut last = Pages { objects: Vec::new(), doubt: None, unusable: Vec::new() };
    for number in 1..=READINGS {
        let tally = reading.read().await?;
        if tally.is_endless() {
            return Ok(endless(&tally));
        }
        if tally.adds_up() && tally.doubt().is_none() {
            size.note_true_total();
        }
        last = Pages { doubt: tally.doubt(), objects: tally.into_objects(), unusable: Vec::new() };
        match &last.doubt {
            None => break,
            Some(doubt) => {
                tracing::debug!(path, reading = number, doubt, "the list does not add up");
            }
        }
    }
    Ok(last)
}

/// Nothing is kept of a list that does not end: what is known of it is no better than nothing, and takes the memory.
fn endless<T>(tally: &RowTally<T>) -> Pages<T> {
    Pages {
        objects: Vec::new(),
        doubt: Some(format!(
            "it does not end: {} rows came on {} pages; see to the server, or to what stands before it",
            tally.count, tally.pages
        )),
        unusable: Vec::new(),
    }
}

type RowKey = Box<str>;
type RowTally<T> = PageTally<RowKey, T>;

impl<T> RowTally<T> {
    fn is_endless(&self) -> bool {
        self.count > MOST_ROWS || self.pages > MOST_PAGES
    }
}

/// One reading of a list.
struct ListReading<'a, F> {
    client: &'a Client,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    size: &'a PageSize,
    parse: &'a F,
}

impl<F> ListReading<'_, F> {
    async fn read<T: Send>(&self) -> Result<RowTally<T>, HttpError>
    where
        F: Fn(Object) -> T + Send + Sync,
    {
        let mut tally = RowTally::new();
        tally.take(self.page(0).await?);
        self.read_ahead(&mut tally).await?;
        while !self.is_at_end(&tally) && !tally.is_endless() {
            let next = self.page(tally.count).await?;
            if tally.has_all_of(&next) {
                break;
            }
            tally.take(next);
        }
        Ok(tally)
    }

    /// Where the first page tells a total, the pages up to it are read beside each other. They count as far as each
    /// holds what the arithmetic expects, and no further ones are asked for: a total may be any number.
    async fn read_ahead<T: Send>(&self, tally: &mut RowTally<T>) -> Result<(), HttpError>
    where
        F: Fn(Object) -> T + Send + Sync,
    {
        let step = tally.count;
        let total = tally.last_total().unwrap_or(0);
        if step == 0 || total <= step {
            return Ok(());
        }
        let past_end =
            if step == self.size.rows && total.is_multiple_of(step) { total.saturating_add(1) } else { total };
        let mut offsets = (step..past_end).step_by(step);
        let first = offsets.by_ref().take(IN_FLIGHT);
        let mut ahead: FuturesOrdered<_> = first.map(|offset| self.page(offset)).collect();
        let mut left = total - step;
        while let Some(page) = ahead.try_next().await? {
            // A server that does not heed `offset` would send its first page as often as its total allows.
            let as_expected = page.rows.len() == step.min(left) && !tally.is_first_again(&page);
            left = left.saturating_sub(step);
            tally.take(page);
            if !as_expected || tally.is_endless() {
                break;
            }
            ahead.extend(offsets.next().map(|offset| self.page(offset)));
        }
        Ok(())
    }

    async fn page<T>(&self, offset: usize) -> Result<ParsedPage<RowKey, T>, HttpError>
    where
        F: Fn(Object) -> T,
    {
        let (limit, offset) = (self.size.rows.to_string(), offset.to_string());
        let mut query = self.query.to_vec();
        query.extend([("limit", limit.as_str()), ("offset", offset.as_str())]);
        let page: Page = self.client.get_json(self.path, &query).await?;
        let parsed = page.results.into_iter().map(|object| {
            let key = object.key().into();
            (key, (self.parse)(object))
        });
        Ok(ParsedPage { total: page.total_results, rows: parsed.collect() })
    }

    fn is_at_end<T>(&self, tally: &RowTally<T>) -> bool {
        let last = tally.last;
        // More rows than were asked for: the server does not page at all.
        let unpaged = tally.pages == 1 && last > self.size.rows;
        // Without a total that says something a short page may be one that the server cut short.
        let is_all = tally.last_total().is_some_and(|total| tally.count >= total);
        let is_proven = tally.adds_up() || is_all && self.size.tells_totals();
        last == 0 || unpaged || (last < self.size.rows && is_proven)
    }
}
