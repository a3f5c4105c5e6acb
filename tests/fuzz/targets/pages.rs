//! Lists: whatever a server makes of limits, offsets and totals, a list is complete or in doubt, and reading it ends.

use std::collections::BTreeSet;

use apic_configsync::{platform::api_connect::CONSUMER_ORGS, sandbox::seed};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use super::{
    detour::{Road, answer, finish},
    tape::Tape,
};

/// More than this many requests for a list of some dozen rows are a loop.
const PATIENCE: usize = 1_000;

/// Answers as they come, or a server by its habits.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    match tape.roll(2) {
        0 => check_answers(tape),
        _ => check_habits(tape),
    }
}

/// Lines, each the answer to one request, and nothing on all further pages.
fn check_answers(mut tape: Tape) {
    let mut answers = Vec::new();
    while !tape.is_over() {
        answers.push(Bytes::copy_from_slice(tape.line()));
    }
    let mut answers = answers.into_iter();
    let listed = listed(move |_| answers.next().unwrap_or_else(|| Bytes::from_static(b"{\"results\":[]}")));
    if let Ok(Listed { ids, .. }) = listed {
        let each: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(each.len(), ids.len(), "a row came twice");
    }
}

/// How a server pages whose rows do not change meanwhile.
struct Habits {
    rows: usize,
    /// Rows on a page at most, whatever was asked for.
    cap: usize,
    totals: Totals,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Totals {
    None,
    True,
    OfPage,
    Always(u64),
    Dwindling,
}

fn check_habits(mut tape: Tape) {
    let rows = tape.roll(40);
    let cap = 1 + tape.roll(12);
    let totals = match tape.roll(5) {
        0 => Totals::None,
        1 => Totals::True,
        2 => Totals::OfPage,
        3 => Totals::Always(huge(tape)),
        _ => Totals::Dwindling,
    };
    let habits = Habits { rows, cap, totals };
    let undetectable = habits.looks_shorter();
    let listed = listed(move |request| habits.answer(request)).unwrap();
    if listed.doubt.is_none() && !undetectable {
        assert_eq!(listed.ids.len(), rows, "{totals:?} with pages of {cap}");
    }
    if matches!(totals, Totals::None | Totals::True) {
        assert_eq!(listed.doubt, None, "{totals:?} with pages of {cap}");
    }
}

fn huge(mut tape: Tape) -> u64 {
    let exponent = tape.roll(64);
    (1_u64 << exponent) + u64::from(tape.byte()) - 1
}

impl Habits {
    /// A server that shortens pages and tells the length of each as the total looks like one that has no more, and so
    /// does one whose total is too small.
    fn looks_shorter(&self) -> bool {
        match self.totals {
            Totals::OfPage => self.cap < 3,
            Totals::Always(total) => total < self.rows as u64,
            _ => false,
        }
    }

    fn answer(&self, request: &Request<Bytes>) -> Bytes {
        let asked = |name: &str| {
            let query = request.uri().query().unwrap_or_default();
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(name));
            pair.map_or(0, |number| number.parse::<usize>().unwrap())
        };
        let offset = asked("offset=");
        let results = self.page(offset, asked("limit="));
        let on_page = results.as_array().map_or(0, Vec::len) as u64;
        let total = match self.totals {
            Totals::None => None,
            Totals::True => Some(self.rows as u64),
            Totals::OfPage => Some(on_page),
            Totals::Always(total) => Some(total),
            Totals::Dwindling => Some((self.rows as u64).saturating_sub(offset as u64)),
        };
        let mut page = json!({"results": results});
        if let Some(total) = total {
            page["total_results"] = total.into();
        }
        page.to_string().into()
    }

    fn page(&self, offset: usize, limit: usize) -> Value {
        let numbers = (offset..self.rows).take(limit.min(self.cap));
        let org = |number: usize| json!({"id": format!("id{number}"), "name": format!("org{number}")});
        numbers.map(org).collect()
    }
}

struct Listed {
    ids: Vec<String>,
    doubt: Option<String>,
}

/// The consumer organizations as they are read from a server that answers so.
fn listed(mut page: impl FnMut(&Request<Bytes>) -> Bytes + Send + 'static) -> Result<Listed, ()> {
    let road = Road::between(seed::pair());
    finish(async {
        let (source, _) = road.connect().await;
        let mut left = PATIENCE;
        road.source.answer_by(move |request| -> Option<Response<Bytes>> {
            left = left.checked_sub(1).expect("reading the list goes on and on");
            Some(answer(page(request)))
        });
        let listing = source.list(CONSUMER_ORGS, None).await.map_err(drop)?;
        let ids = listing.resources.iter();
        Ok(Listed { ids: ids.map(|row| row.handle.id().to_owned()).collect(), doubt: listing.doubt })
    })
}
