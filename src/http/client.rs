//! The two clients: one that can only read, and one that can write as well.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::answer::Answer;
use super::auth::{Auth, LoginMethod};
use super::cause::Cause;
use super::error::HttpError;
use super::exchange::{AttemptResult, Exchange, Request};
use super::pace::Lane;
use super::payload::Payload;
use super::retry::{RetryPolicy, Retryable};
use super::server_state::ServerState;
use super::transport::Transport;
use crate::engine::catalog::Requests;

/// What a client is made from.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether a message of a refusal says that something of that name or key is there already.
    pub says_duplicate: fn(&str) -> bool,
    /// `source` or `target`: the first word of every message about this server.
    pub side: &'static str,
    /// Where all paths start, such as `https://host/api`.
    pub base: Url,
    /// The longest one exchange may take, from connecting to the last byte.
    pub timeout: Duration,
    /// Most reads in flight; at least one is always allowed.
    pub reads: usize,
    /// Most writes in flight; at least one is always allowed.
    pub writes: usize,
    /// When a failed request is sent again.
    pub retry: RetryPolicy,
}

/// Reads from one server. It has no way to write. Clones share everything.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    server: ServerState,
    auth: Auth,
}

impl Client {
    /// A client for the server at `options.base`. Nothing is sent before the first request.
    pub fn new(options: Options, transport: Arc<dyn Transport>, login: Arc<dyn LoginMethod>) -> Self {
        let shared = Shared { server: ServerState::new(options, transport, login.headers()), auth: Auth::new(login) };
        Self { shared: Arc::new(shared) }
    }

    /// Reads what is at `path`, which is percent-encoded already and begins below the base.
    /// Any 2xx is an answer; every other status is an error.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, HttpError> {
        self.read(path, query, Ok).await
    }

    /// Reads the JSON at `path`. A 200 that carries a proxy's HTML page, half a document or
    /// nothing is taken for a passing fault and asked for again; JSON of another shape is not.
    pub async fn get_json<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, HttpError> {
        self.read(path, query, |answer| answer.decode()).await
    }

    /// Reads the JSON at `path` and gives it as it came, byte by byte: no number is rounded, no key is moved.
    pub async fn get_json_bytes(&self, path: &str, query: &[(&str, &str)]) -> Result<Bytes, HttpError> {
        let whole = |answer: Answer| answer.decode::<AnyJson>().map(|_| answer.body);
        self.read(path, query, whole).await
    }

    /// Asks for JSON that is of use but not needed. Whatever comes instead is nothing, and a refusal of the token costs no
    /// new login: a place that is not for this login may say so in the words of a token that has run out.
    pub async fn glance(&self, path: &str) -> Option<serde_json::Value> {
        let server = &self.shared.server;
        let request = Request {
            method: ::http::Method::GET,
            url: server.url(&::http::Method::GET, path, &[]).ok()?,
            body: None,
            repeat: Retryable::Safe,
            timeout: server.options.timeout,
            lane: Lane::Read,
            lengthy: false,
        };
        let auth = &self.shared.auth;
        let mut exchange = Exchange::new(server, request, None);
        loop {
            let admission = exchange.admission().await.ok()?;
            let bearer = auth.bearer(server, None, auth.failures()).await.ok()?;
            let accept = |answer: Answer| answer.decode();
            match exchange.attempt(admission, Some(&bearer.header), accept).await {
                AttemptResult::Accepted(value) => return Some(value),
                AttemptResult::TryAgain => {}
                AttemptResult::Unauthorized(_) | AttemptResult::GivenUp(_) => return None,
            }
        }
    }

    /// Logs in now. With a token that still lives, nothing is sent.
    pub async fn login(&self) -> Result<(), HttpError> {
        self.shared.auth.bearer(&self.shared.server, None, self.shared.auth.failures()).await.map(drop)
    }

    /// Lets `look` see the token without handing it out; `None` when there is none yet.
    pub async fn inspect_token<T>(&self, look: impl FnOnce(&str) -> T) -> Option<T> {
        self.shared.auth.inspect(look).await
    }

    /// The server's own time when it was first asked, if it tells the time. A single odd answer changes nothing.
    #[must_use]
    pub fn earliest_time(&self) -> Option<Timestamp> {
        self.shared.server.earliest_time()
    }

    /// The path that all others are below, without a slash at its end.
    #[must_use]
    pub fn base_path(&self) -> &str {
        self.shared.server.options.base.path().trim_end_matches('/')
    }

    /// Once `stop` is cancelled, requests under way are finished, but none waits any more to be sent, or sent again.
    pub fn give_up_on(&self, stop: &CancellationToken) {
        self.shared.server.give_up_on(stop);
    }

    /// Requests under way are finished then, but none waits any more to be sent, or sent again, beyond that moment.
    pub fn give_up_at(&self, deadline: Instant) {
        self.shared.server.give_up_at(deadline);
    }

    /// What was sent so far, by all clones together.
    #[must_use]
    pub fn counts(&self) -> Requests {
        self.shared.server.counts()
    }

    async fn read<T>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        accept: impl Fn(Answer) -> Result<T, Cause>,
    ) -> Result<T, HttpError> {
        let server = &self.shared.server;
        let request = Request {
            method: ::http::Method::GET,
            url: server.url(&::http::Method::GET, path, query)?,
            body: None,
            repeat: Retryable::Safe,
            timeout: server.options.timeout,
            lane: Lane::Read,
            lengthy: false,
        };
        self.shared.deliver(request, None, accept).await
    }
}

/// Any JSON: only that it is whole matters.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct AnyJson(serde::de::IgnoredAny);

impl Shared {
    /// Sends a request until it is answered or given up. The login is inside the
    /// admission, so that a token can't grow old while its request waits in line.
    async fn deliver<T>(
        &self,
        request: Request,
        earlier: Option<&HttpError>,
        accept: impl Fn(Answer) -> Result<T, Cause>,
    ) -> Result<T, HttpError> {
        let mut exchange = Exchange::new(&self.server, request, earlier);
        let failures = self.auth.failures();
        let mut rejected = None;
        loop {
            let admission = exchange.admission().await?;
            let bearer = match self.auth.bearer(&self.server, rejected, failures).await {
                Ok(bearer) => bearer,
                Err(error) => {
                    return Err(exchange.error(None, None, Cause::Login(Box::new(error))));
                }
            };
            match exchange.attempt(admission, Some(&bearer.header), &accept).await {
                AttemptResult::Accepted(value) => return Ok(value),
                AttemptResult::TryAgain => {}
                // Tokens may be revoked faster than they are used: each newer one is worth a try.
                AttemptResult::Unauthorized(error) if self.may_use_newer_token(&error) => {
                    rejected = Some(bearer.generation);
                }
                AttemptResult::Unauthorized(error) | AttemptResult::GivenUp(error) => return Err(error),
            }
        }
    }
}

impl Shared {
    fn may_use_newer_token(&self, refused: &HttpError) -> bool {
        refused.attempts < self.server.options.retry.attempts.max(2)
    }
}

/// The methods that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Creates, or starts an action.
    Post,
    /// Changes some fields.
    Patch,
    /// Replaces, or changes settings.
    Put,
    /// Removes.
    Delete,
}

impl From<Method> for ::http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Post => Self::POST,
            Method::Patch => Self::PATCH,
            Method::Put => Self::PUT,
            Method::Delete => Self::DELETE,
        }
    }
}

/// One request that changes something.
#[derive(Debug, Clone)]
pub struct Write<'a> {
    /// What to do.
    pub method: Method,
    /// To what: percent-encoded already, below the base.
    pub path: &'a str,
    /// Names and values, not yet encoded. They appear in no message.
    pub query: &'a [(&'a str, &'a str)],
    /// What to send along.
    pub body: Option<Payload>,
    /// Whether sending it twice does no harm.
    pub repeat: Retryable,
    /// Instead of the client's own timeout, for what takes longer by nature.
    pub timeout: Option<Duration>,
    /// How the last try failed, when its sender repeats it: it counts as a repetition then, in this error's successor too.
    pub earlier: Option<&'a HttpError>,
}

/// Writes to one server. Clones share everything with each other and with the reader.
#[derive(Clone)]
pub struct WriteClient {
    reader: Client,
}

impl WriteClient {
    /// A client for the server at `options.base`. Nothing is sent before the first request.
    pub fn new(options: Options, transport: Arc<dyn Transport>, login: Arc<dyn LoginMethod>) -> Self {
        Self { reader: Client::new(options, transport, login) }
    }

    /// The same connection, token and counters, for those who only read.
    #[must_use]
    pub fn reader(&self) -> &Client {
        &self.reader
    }

    /// Waits as long as before a repetition, for senders who look before they repeat. False if they must not: the request
    /// was tried often enough, the run is being stopped, or the retries for this server are used up, which the error
    /// says then.
    #[must_use]
    pub async fn back_off(&self, error: &mut HttpError) -> bool {
        let server = &self.reader.shared.server;
        let policy = &server.options.retry;
        let delay = policy.delay(error.attempts, (policy.jitter)(), None);
        let undisturbed = server.rest(delay).await;
        error.elapsed += delay;
        if !undisturbed || error.attempts >= policy.most_attempts(error.throttled) {
            return false;
        }
        let paid = !error.costs_budget() || server.budget(Lane::Write).spend();
        if !paid {
            error.note_retries_used_up();
        }
        paid
    }

    /// Sends a write. Any 2xx is an answer, but one with a page: somebody before the server made that, and nothing
    /// proves that the server saw the request. Every other status is an error.
    pub async fn write(&self, write: Write<'_>) -> Result<Answer, HttpError> {
        let server = &self.reader.shared.server;
        let method = ::http::Method::from(write.method);
        let request = Request {
            url: server.url(&method, write.path, write.query)?,
            method,
            body: write.body,
            repeat: write.repeat,
            timeout: write.timeout.unwrap_or(server.options.timeout),
            lane: Lane::Write,
            lengthy: write.timeout.is_some(),
        };
        self.reader.shared.deliver(request, write.earlier, Answer::unless_page).await
    }
}
