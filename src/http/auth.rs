//! The token every request carries: fetched once however many wait for it, kept, renewed in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::http::{HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::answer::Answer;
use super::body;
use super::cause::Cause;
use super::error::{HttpError, check_server};
use super::exchange::{AttemptResult, Exchange, Request};
use super::pace::Lane;
use super::payload::Payload;
use super::retry::{Retryable, is_passing};
use super::server_state::ServerState;

/// A token is renewed when less than this is left, or less than a twentieth of its life.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// How a platform issues tokens.
pub trait LoginMethod: Send + Sync {
    /// The request that asks for a token. It is a `POST` of JSON, sent without a token.
    fn request(&self) -> LoginRequest;

    /// What every request carries, that for a token included, whichever token it has.
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        Vec::new()
    }

    /// The token in the body of a 2xx answer, or what is wrong with that body. The text of the
    /// error is shown, so it must not quote the body.
    fn token(&self, body: &[u8]) -> Result<Token, String>;
}

/// What to send for a token.
#[derive(Debug)]
pub struct LoginRequest {
    /// Percent-encoded, below the base.
    pub path: String,
    /// JSON.
    pub body: SecretString,
    /// What to check when the server refuses: the names of the settings that make up the credentials.
    pub hint: String,
}

/// What a login yields.
#[derive(Debug, Clone)]
pub struct Token {
    /// What follows `Bearer`.
    pub value: SecretString,
    /// How long it is accepted, if the server says so.
    pub lifetime: Option<Duration>,
}

/// The token of one server.
///
/// The lock is held during a login: whoever comes meanwhile waits for its outcome.
pub(super) struct Auth {
    login: Arc<dyn LoginMethod>,
    state: Mutex<TokenState>,
    failures: AtomicU64,
}

#[derive(Default)]
struct TokenState {
    held: Option<HeldToken>,
    failure: Option<LoginFailure>,
    issued: u64,
}

struct HeldToken {
    token: Token,
    bearer: Bearer,
    since: Instant,
}

/// The header for a request, and which token it is, to tell the server's rejection of an old
/// token from that of the current one.
#[derive(Clone)]
pub(super) struct Bearer {
    pub(super) header: HeaderValue,
    pub(super) generation: u64,
}

struct LoginFailure {
    error: HttpError,
    /// The server has refused these credentials. Asking again could lock the account.
    definitive: bool,
    /// How many logins had failed, this one included.
    number: u64,
}

impl Auth {
    pub(super) fn new(login: Arc<dyn LoginMethod>) -> Self {
        Self { login, state: Mutex::default(), failures: AtomicU64::new(0) }
    }

    /// How many logins have failed so far.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// A token's header, after a login if need be. `rejected` is the token that the server has
    /// just answered with 401; if another request has replaced it meanwhile, that one is returned.
    /// `failures_before` is how many logins had failed when the caller began to wait.
    pub(super) async fn bearer(
        &self,
        server: &ServerState,
        rejected: Option<u64>,
        failures_before: u64,
    ) -> Result<Bearer, HttpError> {
        let mut state = self.state.lock().await;
        state.held = state.held.take().filter(|held| Some(held.bearer.generation) != rejected);
        if let Some(held) = state.held.as_ref().filter(|held| !held.wants_renewal()) {
            return Ok(held.bearer.clone());
        }
        let error = match state.failure_after(failures_before) {
            Some(error) => error,
            None => match self.log_in(server, state.issued + 1).await {
                Ok(held) => return Ok(state.keep(held)),
                Err(error) => self.remember(&mut state, error),
            },
        };
        // A renewal that fails is no misfortune while the old token still lives.
        state.held.as_ref().filter(|held| held.lives()).map(|held| held.bearer.clone()).ok_or(error)
    }

    pub(super) async fn inspect<T>(&self, look: impl FnOnce(&str) -> T) -> Option<T> {
        let state = self.state.lock().await;
        state.held.as_ref().map(|held| look(held.token.value.expose_secret()))
    }

    async fn log_in(&self, server: &ServerState, generation: u64) -> Result<HeldToken, HttpError> {
        let LoginRequest { path, body, hint } = self.login.request();
        let request = Request {
            method: Method::POST,
            url: server.url(&Method::POST, &path, &[])?,
            body: Some(Payload::new("application/json", body.expose_secret().to_owned())),
            repeat: Retryable::Safe,
            timeout: server.options.timeout,
            lane: Lane::Login,
            lengthy: false,
        };
        let since = Instant::now();
        let mut exchange = Exchange::new(server, request, None);
        loop {
            let admission = exchange.admission().await?;
            let accept = |answer: Answer| {
                let token = self.login.token(&answer.body);
                let token = token.map_err(|problem| explained(problem, &answer.body));
                HeldToken::new(token, generation, since)
            };
            match exchange.attempt(admission, None, accept).await {
                AttemptResult::Accepted(held) => return Ok(held),
                AttemptResult::TryAgain => {}
                AttemptResult::Unauthorized(error) | AttemptResult::GivenUp(error) => {
                    return Err(with_hint(error, hint));
                }
            }
        }
    }

    fn remember(&self, state: &mut TokenState, error: HttpError) -> HttpError {
        let number = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let definitive = error.status.is_some_and(|status| status < 500 && !is_passing(status));
        state.failure = Some(LoginFailure { error: error.clone(), definitive, number });
        error
    }
}

impl TokenState {
    fn keep(&mut self, held: HeldToken) -> Bearer {
        self.issued = held.bearer.generation;
        self.failure = None;
        self.held.insert(held).bearer.clone()
    }

    /// The failure that makes another login pointless: a refusal, or what happened while the
    /// caller was waiting, `failures_before` being the count when it began to.
    fn failure_after(&self, failures_before: u64) -> Option<HttpError> {
        let failure = self.failure.as_ref()?;
        (failure.definitive || failure.number > failures_before).then(|| failure.error.clone())
    }
}

impl HeldToken {
    fn new(token: Result<Token, String>, generation: u64, since: Instant) -> Result<Self, Cause> {
        let token = token.map_err(Cause::NoToken)?;
        let mut header = HeaderValue::try_from(format!("Bearer {}", token.value.expose_secret()))
            .map_err(|_| Cause::NoToken("it has characters that no header can carry".to_owned()))?;
        header.set_sensitive(true);
        Ok(Self { token, bearer: Bearer { header, generation }, since })
    }

    fn lives(&self) -> bool {
        self.token.lifetime.is_none_or(|lifetime| self.since.elapsed() < lifetime)
    }

    fn wants_renewal(&self) -> bool {
        self.token.lifetime.is_some_and(|lifetime| {
            let margin = RENEW_BEFORE.min(lifetime / 20);
            lifetime.saturating_sub(self.since.elapsed()) < margin || !self.lives()
        })
    }
}

/// What is wrong with the body of a login's answer, and what it is where it is not even JSON.
fn explained(problem: String, body: &[u8]) -> String {
    match body::decode::<IgnoredAny>(body) {
        Err(Cause::NotJson { problem: what, .. }) => format!("{problem}; it is {what}"),
        _ => problem,
    }
}

/// The credentials are to blame for a refusal; for an answer that no token endpoint gives, the address is.
fn with_hint(mut error: HttpError, credentials: String) -> HttpError {
    let refused = matches!(error.status, Some(400 | 401 | 403));
    let foreign = matches!(error.cause, Cause::Status { html: true, .. });
    if refused && !foreign {
        error.hint = Some(credentials);
    } else if error.status.is_some_and(|status| !is_passing(status)) {
        error.hint = Some(check_server(error.side));
    }
    error
}
