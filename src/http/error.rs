//! Why a request failed for good, in one readable line and in a form to branch on.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use ::http::Method;

use super::cause::Cause;
use super::retry::{costs_budget, is_passing};
use super::transport::TransportError;
use crate::engine::catalog::{CatalogError, RequestFailure};

/// A request that failed for good: what was asked, what came back, and how hard it was tried.
///
/// `Display` is one line that needs no context and holds no secret: query, headers and JSON
/// bodies are left out. There is no `source`, since that line tells all of it.
///
/// Its fields are those of [`FailedRequest`], boxed so that results stay small.
#[derive(Debug, Clone)]
pub struct HttpError(Box<FailedRequest>);

/// Why a request was not sent again although that might have helped, and what to do.
const RETRIES_USED_UP: &str = "not sent again, because the retries for this server are used up: too many requests fail; \
                               see to the server, then run again";

/// Why a request was not sent again although there was time left.
const TOO_LATE: &str = "not sent again, because that would be beyond the run's deadline (RUN_DEADLINE)";

/// What is known of a request that failed.
#[derive(Debug, Clone)]
pub struct FailedRequest {
    /// `source` or `target`.
    pub side: &'static str,
    /// The request's method.
    pub method: Method,
    /// The request's path, the base's included, without the query.
    pub path: String,
    /// The status of the last answer, if one came.
    pub status: Option<u16>,
    /// What went wrong at the last try.
    pub cause: Cause,
    /// How many times the request was sent.
    pub attempts: u32,
    /// From the first try to the last, waiting included.
    pub elapsed: Duration,
    /// The last answer's `X-Request-ID`.
    pub request_id: Option<String>,
    /// Whether any try, not only the last, may have changed something on the server.
    pub effect_unknown: bool,
    /// Whether the last answer asked for patience: 429, or 503 with `Retry-After`.
    pub throttled: bool,
    /// Whether the server's words say that something of that name or key is there already.
    pub is_duplicate: bool,
    /// What to check, where that can be said.
    pub hint: Option<String>,
}

impl FailedRequest {
    /// A request that was never sent; the caller overwrites what it knows better.
    pub(super) fn new(side: &'static str, method: Method, path: String, cause: Cause) -> Self {
        let hint = matches!(cause, Cause::Redirect { .. }).then(|| check_server(side));
        Self {
            side,
            method,
            path,
            status: None,
            cause,
            attempts: 0,
            elapsed: Duration::ZERO,
            request_id: None,
            effect_unknown: false,
            throttled: false,
            is_duplicate: false,
            hint,
        }
    }
}

impl From<FailedRequest> for HttpError {
    fn from(failed: FailedRequest) -> Self {
        Self(Box::new(failed))
    }
}

impl Deref for HttpError {
    type Target = FailedRequest;

    fn deref(&self) -> &FailedRequest {
        &self.0
    }
}

impl DerefMut for HttpError {
    fn deref_mut(&mut self) -> &mut FailedRequest {
        &mut self.0
    }
}

impl HttpError {
    /// A 404 in the API's own words: a JSON object with a status or a message. One that is empty, `{}`, a page or plain
    /// text may come from a proxy on the way and proves nothing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status == Some(404) && matches!(&self.cause, Cause::Status { stated: true, .. })
    }

    /// Something of that name or key is there already, by status and wording. With more than one attempt it may be what the
    /// first one made.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.is_duplicate
    }

    /// The login lacks a permission. A proxy's 403 says nothing about that.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.status == Some(403) && self.is_the_servers_word()
    }

    /// The API answers with JSON or nothing; pages and plain text are a proxy's.
    fn is_the_servers_word(&self) -> bool {
        matches!(&self.cause, Cause::Status { html: false, excerpt: None, .. })
    }

    /// The request may have taken effect although it failed: look before doing it again.
    /// True if that holds for any of its tries.
    #[must_use]
    pub fn answer_was_lost(&self) -> bool {
        self.effect_unknown
    }

    /// The fault may be over soon, so that the same request may be accepted later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self.cause {
            // Whoever puts a page in the place of an answer may be gone soon.
            Cause::NotJson { .. }
            | Cause::Transport(TransportError::Connect(_) | TransportError::Timeout(_) | TransportError::Broken(_)) => {
                true
            }
            Cause::Status { .. } => self.status.is_some_and(is_passing),
            _ => false,
        }
    }

    /// Notes that it was not sent again because the retries that the server may be sent are used up.
    pub(super) fn note_retries_used_up(&mut self) {
        self.hint = Some(RETRIES_USED_UP.to_owned());
    }

    /// Notes that it was not sent again because the run does not wait so long.
    pub(super) fn note_lateness(&mut self) {
        self.hint = Some(TOO_LATE.to_owned());
    }

    /// Whether sending it again is a burden for the server, and has to be paid for.
    pub(super) fn costs_budget(&self) -> bool {
        costs_budget(&self.cause, self.throttled)
    }

    /// What the server said; empty when it said nothing or was not reached.
    #[must_use]
    pub fn messages(&self) -> &[String] {
        self.cause.messages()
    }

    /// The line without the side, for a login's failure inside another request's.
    pub(super) fn in_words(&self) -> String {
        let FailedRequest { method, path, .. } = &**self;
        let mut line = format!("{method} {path} {}", self.cause.in_words(self.status));
        if let Some(hint) = &self.hint {
            line.extend(["; ", hint]);
        }
        // Of a request that was never sent there is no effort to tell, and a login tells its own.
        if self.attempts > 0 && !matches!(self.cause, Cause::Login(_)) { line + &self.effort() } else { line }
    }

    fn effort(&self) -> String {
        let tries = if self.attempts == 1 { "attempt" } else { "attempts" };
        let request = self.request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
        format!(" ({} {tries}, {:.1} s{request})", self.attempts, self.elapsed.as_secs_f64())
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.side, self.in_words())
    }
}

impl std::error::Error for HttpError {}

impl HttpError {
    /// What a server refused, as the HTTP client told it. A refused duplicate is told by [`HttpError::behind`] alone.
    #[must_use]
    pub fn of(error: &CatalogError) -> Option<&Self> {
        match error {
            CatalogError::Request(failure) => failure.downcast_ref(),
            _ => None,
        }
    }

    /// The request behind an error of a catalog, refused duplicates included.
    #[must_use]
    pub fn behind(error: &CatalogError) -> Option<&Self> {
        match error {
            CatalogError::Request(failure) | CatalogError::Duplicate(failure) => failure.downcast_ref(),
            _ => None,
        }
    }

    /// Whether nobody answered in time, neither the server nor who stands before it.
    fn is_unanswered(&self) -> bool {
        let timeout = matches!(self.cause, Cause::Transport(TransportError::Timeout(_)));
        timeout || matches!(self.status, Some(408 | 504))
    }
}

impl From<HttpError> for CatalogError {
    fn from(error: HttpError) -> Self {
        let (is_duplicate, is_unanswered) = (error.is_duplicate(), error.is_unanswered());
        let failure = RequestFailure::new(error, is_unanswered);
        if is_duplicate { Self::Duplicate(failure) } else { Self::Request(failure) }
    }
}

/// Names the setting that holds the address of the server.
pub(super) fn check_server(side: &str) -> String {
    format!("check {}_MGMT_SERVER, host and path", side.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, messages: &[&str], html: bool) -> HttpError {
        let messages: Vec<String> = messages.iter().map(ToString::to_string).collect();
        let cause = Cause::Status { stated: !html && !messages.is_empty(), messages, html, excerpt: None };
        let failed = FailedRequest {
            status: Some(status),
            attempts: 1,
            elapsed: Duration::from_millis(210),
            ..FailedRequest::new("target", Method::POST, "/api/apps".to_owned(), cause)
        };
        failed.into()
    }

    #[test]
    fn the_line_tells_everything() {
        let mut error = refused(409, &["Another app already exists.", "Really."], false);
        error.request_id = Some("abc".to_owned());
        assert_eq!(
            error.to_string(),
            "target: POST /api/apps answered 409: Another app already exists.; Really. (1 attempt, 0.2 s, request abc)"
        );
    }

    #[test]
    fn a_failed_login_is_told_once_with_its_hint() {
        let mut login = refused(401, &["Invalid credentials"], false);
        login.path = "/api/token".to_owned();
        login.hint = Some("check TARGET_ADMIN_PASSWORD".to_owned());
        let error = FailedRequest::new("target", Method::GET, "/api/me".to_owned(), Cause::Login(Box::new(login)));
        let error = HttpError::from(error);
        assert_eq!(
            error.to_string(),
            "target: GET /api/me needs a login, which failed: POST /api/token answered 401: Invalid credentials; \
             check TARGET_ADMIN_PASSWORD (1 attempt, 0.2 s)"
        );
        assert!(std::error::Error::source(&error).is_none());
    }

    #[test]
    fn a_page_proves_no_absence() {
        assert!(refused(404, &["no such app"], false).is_not_found());
        assert!(!refused(404, &[], true).is_not_found());
        assert!(!refused(404, &[], false).is_not_found());
        let mut plain = refused(404, &[], false);
        plain.cause =
            Cause::Status { messages: Vec::new(), html: false, stated: false, excerpt: Some("default backend".into()) };
        assert!(!plain.is_not_found());
    }
}
