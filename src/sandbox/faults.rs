//! What goes wrong, as a property of the world: which request it hits, how often, and what happens then.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::world::Cluster;

/// Decides about a request by looking at it.
type Predicate = Arc<dyn Fn(&::http::Request<Bytes>) -> bool + Send + Sync>;
/// Does something to the world, as another writer would.
type Hook = Arc<dyn Fn(&mut Cluster) + Send + Sync>;
/// Makes another answer of one, as who stands before the server may.
type Alteration =
    Arc<dyn Fn(&::http::Request<Bytes>, ::http::Response<Bytes>) -> ::http::Response<Bytes> + Send + Sync>;
/// Decides about a row of a list.
type RowFilter = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// Changes a row of a list.
type RowEdit = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// One thing that goes wrong: `Fault::on("POST", "/apps", Effect::LoseAnswer).nth(3)`.
#[derive(Clone)]
pub struct Fault {
    method: Option<::http::Method>,
    path: String,
    predicate: Option<Predicate>,
    skip: u32,
    times: Option<u32>,
    effect: Effect,
}

impl Fault {
    /// Hits requests with this method (`*` for any) whose path and query contain the text; by itself for ever.
    #[must_use]
    pub fn on(method: &str, path: &str, effect: Effect) -> Self {
        let method = method.parse().ok().filter(|_| method != "*");
        Self { method, path: path.to_owned(), predicate: None, skip: 0, times: None, effect }
    }

    /// Lets this many matching requests pass first.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Stops after this many hits.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Hits the next matching request only.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Hits the `n`th matching request only, counted from 1.
    #[must_use]
    pub fn nth(self, n: u32) -> Self {
        self.after(n.saturating_sub(1)).once()
    }

    /// Hits only requests for which this holds too.
    #[must_use]
    pub fn when(mut self, predicate: impl Fn(&::http::Request<Bytes>) -> bool + Send + Sync + 'static) -> Self {
        self.predicate = Some(Arc::new(predicate));
        self
    }

    fn matches(&self, request: &::http::Request<Bytes>) -> bool {
        let target = request.uri().path_and_query().map_or("", |it| it.as_str());
        self.method.as_ref().is_none_or(|method| method == request.method())
            && target.contains(&self.path)
            && self.predicate.as_ref().is_none_or(|holds| holds(request))
    }

    fn strike(&mut self, request: &::http::Request<Bytes>) -> Option<Effect> {
        if self.times == Some(0) || !self.matches(request) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.times = self.times.map(|left| left - 1);
        Some(self.effect.clone())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} (skip {}, times {:?}): {:?}", self.method, self.path, self.skip, self.times, self.effect)
    }
}

/// What happens to a request that a fault hits.
#[derive(Clone)]
pub enum Effect {
    /// The request is not looked at; this is the answer.
    Answer {
        /// The status of the answer.
        status: u16,
        /// Its body.
        body: FaultBody,
        /// Its `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// The request is not looked at; the answer has this status and repeats the request's login and body.
    Echo {
        /// The status of the answer.
        status: u16,
        /// How they are repeated; nothing is repeated as `Empty`.
        body: FaultBody,
    },
    /// No connection can be made.
    RefuseConnection,
    /// The connection breaks before the request took effect.
    Reset,
    /// The connection breaks after the request took effect: the answer is lost.
    LoseAnswer,
    /// The answer breaks off in the middle of its body.
    Truncate,
    /// The answer has the right status and this JSON instead of its own.
    Replace(Value),
    /// Status 200 with an HTML page.
    HtmlPage,
    /// All tokens expire just before the request is looked at.
    ExpireTokens,
    /// The page lacks the row at this index.
    DropRow(usize),
    /// The page has the row at this index twice.
    RepeatRow(usize),
    /// `total_results` is this.
    WrongTotal(u64),
    /// The list is empty and says that this is all.
    EmptyList,
    /// The list shows only rows for which this holds, and counts no others, as for a login that may not see them.
    Filter(RowFilter),
    /// The same, but the rows that are not shown are counted.
    Hide(RowFilter),
    /// The answer's `Date` is so many seconds ahead of what it would be; behind, if negative.
    ShiftDate(i64),
    /// Every row of the list is changed so before it is shown.
    Edit(RowEdit),
    /// The answer, whatever it is, becomes another one: compressed, grown, or with other headers.
    Alter(Alteration),
    /// The answer takes so long.
    Delay(Duration),
    /// Something happens just before the request is looked at: another writer, or the end of the run under test.
    Call(Hook),
}

impl Effect {
    /// A JSON error with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer { status, body: FaultBody::Json, retry_after: None }
    }

    /// 429 with `Retry-After`.
    #[must_use]
    pub fn throttle(seconds: u64) -> Self {
        Self::Answer { status: 429, body: FaultBody::Json, retry_after: Some(seconds) }
    }

    /// The HTML page with which an ingress answers in place of the server (section 2.4).
    #[must_use]
    pub fn ingress(status: u16) -> Self {
        Self::Answer { status, body: FaultBody::Html, retry_after: None }
    }

    /// Does something to the world just before the request is looked at.
    #[must_use]
    pub fn call(hook: impl Fn(&mut Cluster) + Send + Sync + 'static) -> Self {
        Self::Call(Arc::new(hook))
    }

    /// Makes another answer of the server's, or of the one that another fault gives.
    #[must_use]
    pub fn alter(
        change: impl Fn(&::http::Request<Bytes>, ::http::Response<Bytes>) -> ::http::Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self::Alter(Arc::new(change))
    }

    /// What it is called where effects are counted.
    fn kind(&self) -> String {
        match self {
            Self::Delay(_) => "Delay".to_owned(),
            other => format!("{other:?}"),
        }
    }

    /// Shows only some rows, and counts no others.
    #[must_use]
    pub fn filter(shown: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        Self::Filter(Arc::new(shown))
    }

    /// Changes the rows of a list as they are shown.
    #[must_use]
    pub fn edit(row: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(row))
    }

    /// Shows only some rows, and counts all.
    #[must_use]
    pub fn hide(shown: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        Self::Hide(Arc::new(shown))
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Answer { status, .. } => return write!(f, "Answer({status})"),
            Self::Echo { status, .. } => return write!(f, "Echo({status})"),
            Self::Delay(time) => return write!(f, "Delay({time:?})"),
            Self::RefuseConnection => "RefuseConnection",
            Self::Reset => "Reset",
            Self::LoseAnswer => "LoseAnswer",
            Self::Truncate => "Truncate",
            Self::Replace(_) => "Replace",
            Self::HtmlPage => "HtmlPage",
            Self::ExpireTokens => "ExpireTokens",
            Self::DropRow(_) => "DropRow",
            Self::RepeatRow(_) => "RepeatRow",
            Self::WrongTotal(_) => "WrongTotal",
            Self::EmptyList => "EmptyList",
            Self::Filter(_) => "Filter",
            Self::Hide(_) => "Hide",
            Self::ShiftDate(_) => "ShiftDate",
            Self::Edit(_) => "Edit",
            Self::Call(_) => "Call",
            Self::Alter(_) => "Alter",
        };
        f.write_str(name)
    }
}

/// The body of an error that a fault answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultBody {
    /// The server's own error form.
    Json,
    /// A page of the ingress.
    Html,
    /// Nothing.
    Empty,
}

/// All that goes wrong. The first fault that hits a request is the only one for it, but for delays, calls
/// and alterations, which add up with others.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    list: Vec<Fault>,
    struck: BTreeMap<String, u64>,
}

impl Faults {
    /// Adds one.
    pub fn add(&mut self, fault: Fault) {
        self.list.push(fault);
    }

    /// From now on nothing goes wrong.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// How often something went wrong so far, by what it was.
    #[must_use]
    pub fn struck(&self) -> &BTreeMap<String, u64> {
        &self.struck
    }

    /// What happens to this request.
    pub(crate) fn strike(&mut self, request: &::http::Request<Bytes>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for fault in &mut self.list {
            if let Some(effect) = fault.strike(request) {
                let last = !matches!(effect, Effect::Delay(_) | Effect::Call(_) | Effect::Alter(_));
                *self.struck.entry(effect.kind()).or_default() += 1;
                effects.push(effect);
                if last {
                    break;
                }
            }
        }
        effects
    }
}

/// A request that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path as sent, with `/api`.
    pub path: String,
    /// The query as sent, without `?`.
    pub query: String,
    /// The status that was answered; 0 when none was.
    pub status: u16,
    /// Whether the world was changed by it.
    pub changed: bool,
}

impl RequestRecord {
    /// Whether it is more than reading and logging in.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.method != "GET" && !self.path.ends_with("/token") && !self.path.ends_with("/search")
    }
}
