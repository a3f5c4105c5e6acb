//! One request on its way: sent, judged, counted, logged and, where that helps, sent again.

use std::sync::Arc;
use std::time::Duration;

use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, StatusCode};
use bytes::Bytes;
use tokio::time::Instant;
use url::Url;

use super::answer::{Answer, date, request_id};
use super::cause::Cause;
use super::chunks::Chunks;
use super::error::{FailedRequest, HttpError};
use super::pace::{Admission, Lane, Route};
use super::payload::Payload;
use super::request_secrets::RequestSecrets;
use super::retry::{Failure, Retryable};
use super::server_state::ServerState;
use super::transport::TransportError;

/// A request, ready to be sent as often as need be.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Payload>,
    pub(super) repeat: Retryable,
    pub(super) timeout: Duration,
    pub(super) lane: Lane,
    /// Whether it takes long by nature, so that a slow answer is no bad sign.
    pub(super) lengthy: bool,
}

/// How one try ended.
pub(super) enum AttemptResult<T> {
    Accepted(T),
    /// It failed, the delay is over, and it shall be sent once more.
    TryAgain,
    /// The token was not accepted. What follows from that, the caller knows.
    Unauthorized(HttpError),
    GivenUp(HttpError),
}

/// Why a request that failed is not sent again.
enum NoRetry {
    /// The retries for this server are.
    UsedUp,
    /// That would be beyond the run's deadline.
    Late,
    /// It was tried often enough, it would not help, or the run is being stopped.
    Other,
}

/// One request from its first try to its last.
pub(super) struct Exchange<'s> {
    server: &'s ServerState,
    request: Request,
    started: Instant,
    attempts: u32,
    effect_unknown: bool,
}

impl<'s> Exchange<'s> {
    /// A request that `earlier` tries of have failed, if any.
    pub(super) fn new(server: &'s ServerState, request: Request, earlier: Option<&HttpError>) -> Self {
        let now = Instant::now();
        let spent = earlier.map_or(Duration::ZERO, |error| error.elapsed);
        Self {
            server,
            request,
            started: now.checked_sub(spent).unwrap_or(now),
            attempts: earlier.map_or(0, |error| error.attempts),
            effect_unknown: earlier.is_some_and(|error| error.effect_unknown),
        }
    }

    /// Waits until this request may be sent. A run that is being stopped waits for its turn, so that what has begun is
    /// finished, but not for the end of a pause that the server asked for.
    pub(super) async fn admission(&self) -> Result<Admission<'s>, HttpError> {
        let admission = self.server.pace.place(self.request.lane).await;
        loop {
            if self.waits_too_long() {
                return Err(self.error(None, None, Cause::Late));
            }
            tokio::select! {
                biased;
                () = self.server.pace.wait_for_resume() => {}
                () = self.server.stopped() => return Err(self.error(None, None, Cause::Stopped)),
            }
            if self.server.pace.turn(self.request.lane).await {
                return Ok(admission);
            }
        }
    }

    /// Whether the server wants to be left alone until it is too late for this run.
    fn waits_too_long(&self) -> bool {
        let resumes_at = self.server.pace.resumes_at();
        resumes_at.is_some_and(|at| at > Instant::now() && self.server.is_late(at))
    }

    /// Sends the request once. `accept` turns a 2xx answer into what the caller wants of it.
    pub(super) async fn attempt<T>(
        &mut self,
        admission: Admission<'_>,
        bearer: Option<&HeaderValue>,
        accept: impl Fn(Answer) -> Result<T, Cause>,
    ) -> AttemptResult<T> {
        self.attempts += 1;
        self.server.count_sent(self.request.lane, self.attempts);
        let started = Instant::now();
        let outcome = self.send(bearer).await;
        match self.judge(outcome, bearer, accept) {
            Ok(value) => {
                self.server.record_success(self.request.lane, started, self.route());
                AttemptResult::Accepted(value)
            }
            Err(mut failure) => {
                let secrets = self.secrets(bearer);
                secrets.hide(&mut failure.cause, &mut failure.request_id);
                self.server.record_failure(self.request.lane, started, &failure);
                self.after(failure, admission).await
            }
        }
    }

    fn route(&self) -> Option<Route> {
        let base = self.server.options.base.path();
        (!self.request.lengthy).then(|| Route::of(&self.request.method, self.request.url.path(), base))
    }

    /// The error this request ends with.
    pub(super) fn error(&self, status: Option<u16>, request_id: Option<String>, cause: Cause) -> HttpError {
        let path = self.request.url.path().to_owned();
        let says_duplicate = self.server.options.says_duplicate;
        let is_duplicate = matches!(status, Some(400 | 409)) && cause.messages().iter().any(|it| says_duplicate(it));
        let failed = FailedRequest {
            status,
            is_duplicate,
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
            request_id,
            effect_unknown: self.effect_unknown,
            ..FailedRequest::new(self.server.options.side, self.request.method.clone(), path, cause)
        };
        failed.into()
    }

    async fn send(&self, bearer: Option<&HeaderValue>) -> Result<::http::Response<Bytes>, Cause> {
        let request = self.to_http(bearer).map_err(|error| Cause::Unsendable(error.to_string()))?;
        let sent = Instant::now();
        let outcome = self.server.transport.send(request, self.request.timeout).await;
        self.log(sent.elapsed(), &outcome);
        outcome.map_err(Cause::Transport)
    }

    fn to_http(&self, bearer: Option<&HeaderValue>) -> Result<::http::Request<Chunks>, ::http::Error> {
        let mut builder = ::http::Request::builder()
            .method(self.request.method.clone())
            .uri(self.request.url.as_str())
            .header(ACCEPT, "application/json");
        for (name, value) in self.server.headers.iter() {
            builder = builder.header(name, value);
        }
        if let Some(bearer) = bearer {
            builder = builder.header(AUTHORIZATION, bearer);
        }
        if let Some(body) = &self.request.body {
            builder = builder.header(CONTENT_TYPE, body.content_type());
        }
        builder.body(self.request.body.as_ref().map(Payload::chunks).unwrap_or_default())
    }

    fn judge<T>(
        &self,
        outcome: Result<::http::Response<Bytes>, Cause>,
        bearer: Option<&HeaderValue>,
        accept: impl Fn(Answer) -> Result<T, Cause>,
    ) -> Result<T, Failure> {
        let response = outcome.map_err(Failure::without_answer)?;
        let (parts, body) = response.into_parts();
        self.server.note_time(date(&parts.headers));
        let failure = |cause| Failure::answered(&parts, cause);
        if !parts.status.is_success() {
            return Err(failure(Cause::of_refusal(&parts, &body)));
        }
        accept(self.answer(&parts, body, bearer)).map_err(failure)
    }

    fn answer(&self, parts: &::http::response::Parts, body: Bytes, bearer: Option<&HeaderValue>) -> Answer {
        Answer {
            side: self.server.options.side,
            method: self.request.method.clone(),
            path: self.request.url.path().to_owned(),
            status: parts.status.as_u16(),
            body,
            date: date(&parts.headers),
            request_id: request_id(&parts.headers),
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
            secrets: self.secrets(bearer),
        }
    }

    fn secrets(&self, bearer: Option<&HeaderValue>) -> RequestSecrets {
        RequestSecrets {
            body: self.request.body.clone(),
            bearer: bearer.cloned(),
            headers: Arc::clone(&self.server.headers),
        }
    }

    async fn after<T>(&mut self, failure: Failure, admission: Admission<'_>) -> AttemptResult<T> {
        self.effect_unknown |= failure.may_have_taken_effect(&self.request.method);
        let hindrance = match self.wait_to_repeat(&failure, admission).await {
            Ok(()) => return AttemptResult::TryAgain,
            Err(hindrance) => hindrance,
        };
        let unauthorized = failure.status == Some(StatusCode::UNAUTHORIZED.as_u16());
        let throttled = failure.is_throttled();
        let mut error = self.error(failure.status, failure.request_id, failure.cause);
        error.throttled = throttled;
        match hindrance {
            NoRetry::UsedUp => error.note_retries_used_up(),
            NoRetry::Late => error.note_lateness(),
            NoRetry::Other => {}
        }
        if unauthorized { AttemptResult::Unauthorized(error) } else { AttemptResult::GivenUp(error) }
    }

    /// Waits for the next try, where there shall be one.
    async fn wait_to_repeat(&self, failure: &Failure, admission: Admission<'_>) -> Result<(), NoRetry> {
        let policy = &self.server.options.retry;
        let delay = policy.next(self.attempts, self.request.repeat, failure);
        let delay = delay.ok_or(NoRetry::Other)?;
        if self.server.is_late(Instant::now() + delay) {
            return Err(NoRetry::Late);
        }
        if !self.may_repeat(failure) {
            // It keeps its place meanwhile: a server that is away for seconds shall not find the run at its end.
            self.server.rest(delay).await;
            return Err(NoRetry::UsedUp);
        }
        drop(admission);
        self.warn(&failure.cause, failure.status, delay);
        if self.server.rest(delay).await { Ok(()) } else { Err(NoRetry::Other) }
    }

    fn may_repeat(&self, failure: &Failure) -> bool {
        !failure.costs_budget() || self.server.budget(self.request.lane).spend()
    }

    fn log(&self, took: Duration, outcome: &Result<::http::Response<Bytes>, TransportError>) {
        tracing::debug!(
            side = self.server.options.side,
            method = %self.request.method,
            path = self.request.url.path(),
            status = outcome.as_ref().ok().map(|response| response.status().as_u16()),
            error = outcome.as_ref().err().map(tracing::field::display),
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            attempt = self.attempts,
            "exchange"
        );
    }

    fn warn(&self, cause: &Cause, status: Option<u16>, delay: Duration) {
        tracing::warn!(
            side = self.server.options.side,
            method = %self.request.method,
            path = self.request.url.path(),
            status,
            attempt = self.attempts,
            delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            reason = cause.in_words(status),
            "sending again"
        );
    }
}
