//! A server's answer to a request that it accepted.

use std::fmt;
use std::time::Duration;

use ::http::header::DATE;
use ::http::{HeaderMap, Method};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde::de::DeserializeOwned;

use super::body;
use super::cause::Cause;
use super::error::{FailedRequest, HttpError};
use super::request_secrets::RequestSecrets;

/// An answer with a 2xx status. Its `Debug` leaves out the body, which may carry secrets.
#[derive(Clone)]
pub struct Answer {
    /// Whose answer: `source` or `target`.
    pub side: &'static str,
    /// The request's method.
    pub method: Method,
    /// The request's path, the base's included, without the query.
    pub path: String,
    /// 200 to 299.
    pub status: u16,
    /// The whole body; may be empty.
    pub body: Bytes,
    /// The server's clock when it answered (whole seconds), from the `Date` header.
    pub date: Option<Timestamp>,
    /// `X-Request-ID`, by which the operators of the server find this exchange in their logs.
    pub request_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: u32,
    /// From the first try to this answer, waiting included.
    pub elapsed: Duration,
    pub(super) secrets: RequestSecrets,
}

impl Answer {
    /// The body as `T`. The error says what was found instead, but quotes no JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        self.decode().map_err(|cause| self.error(cause))
    }

    /// An error about this answer, for what only its reader can tell is wrong with it.
    /// A write that was accepted has taken effect, whatever its answer looks like.
    #[must_use]
    pub fn error(&self, mut cause: Cause) -> HttpError {
        let mut request_id = self.request_id.clone();
        self.secrets.hide(&mut cause, &mut request_id);
        let failed = FailedRequest {
            status: Some(self.status),
            attempts: self.attempts,
            elapsed: self.elapsed,
            request_id,
            effect_unknown: !self.method.is_safe(),
            ..FailedRequest::new(self.side, self.method.clone(), self.path.clone(), cause)
        };
        failed.into()
    }

    /// Itself, unless it is a proxy's page.
    pub(super) fn unless_page(self) -> Result<Self, Cause> {
        match body::page(&self.body) {
            Some(cause) => Err(cause),
            None => Ok(self),
        }
    }

    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<T, Cause> {
        body::decode(&self.body)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("side", &self.side)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// When the server answered, by its own clock.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

/// An HTTP date (RFC 9110 section 5.6.7) in the only form that may still be sent, which is also RFC 2822.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    Some(body::in_one_line(id, 100))
}
