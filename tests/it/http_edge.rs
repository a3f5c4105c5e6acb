//! The HTTP client at its edges: bad networks, bad servers, bad logins.
//!
//! Where time matters the transport is a [`Script`] inside the process and tokio's clock is
//! paused; where bytes matter there is a real server on loopback.

mod auth;
mod budget;
mod codings;
mod proxies;
mod publish;
mod retry;
mod sockets;
mod tls;

pub(crate) use sockets::socket_options;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apic_configsync::http::{
    Chunks, LoginMethod, LoginRequest, Method, Options, Payload, RetryPolicy, Retryable, Token, Transport,
    TransportError, Write, WriteClient,
};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

type Outcome = Result<http::Response<Bytes>, TransportError>;

/// What the tests look for in messages and logs, where it must not be.
const SECRETS: [&str; 3] = ["k3y-s3cret", "t0ken-s3cret", "b0dy-s3cret"];

/// Logs in with an API key at `/token`.
struct ApiKey;

impl LoginMethod for ApiKey {
    fn request(&self) -> LoginRequest {
        LoginRequest {
            path: "/token".to_owned(),
            body: r#"{"api_key":"k3y-s3cret"}"#.into(),
            hint: "check SOURCE_ADMIN_APIKEY".to_owned(),
        }
    }

    fn token(&self, body: &[u8]) -> Result<Token, String> {
        let body: serde_json::Value = serde_json::from_slice(body).map_err(|_| "no JSON".to_owned())?;
        let value = body["access_token"].as_str().ok_or("no access_token")?;
        let lifetime = body["expires_in"].as_u64().map(Duration::from_secs);
        Ok(Token { value: value.into(), lifetime })
    }
}

fn options(base: &str) -> Options {
    Options {
        says_duplicate: |message| message.to_lowercase().contains("already exists"),
        side: "source",
        base: base.parse().unwrap(),
        timeout: Duration::from_secs(30),
        reads: 8,
        writes: 4,
        retry: RetryPolicy::instant(),
    }
}

fn post(path: &str) -> Write<'_> {
    Write {
        method: Method::Post,
        path,
        query: &[],
        body: Some(Payload::json(&["b0dy-s3cret"]).unwrap()),
        repeat: Retryable::Never,
        timeout: None,
        earlier: None,
    }
}

fn delete(path: &str) -> Write<'_> {
    Write { method: Method::Delete, body: None, repeat: Retryable::Safe, ..post(path) }
}

/// One request as the script saw it.
#[derive(Debug, Clone)]
struct Seen {
    at: Instant,
    path: String,
    bearer: Option<String>,
}

type Answering = dyn Fn(&Seen, usize) -> Outcome + Send + Sync;

/// A server that answers by a function of the request and its number among those of its path,
/// counted from 0. Every exchange takes ten milliseconds of tokio's clock.
struct Script {
    answer: Box<Answering>,
    seen: Mutex<Vec<Seen>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Script {
    fn new(answer: impl Fn(&Seen, usize) -> Outcome + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            answer: Box::new(answer),
            seen: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        })
    }

    /// Logins succeed; everything else is answered by `answer`.
    fn behind_login(answer: impl Fn(usize) -> Outcome + Send + Sync + 'static) -> Arc<Self> {
        Self::new(move |seen, number| if seen.path == "/api/token" { token(number, None) } else { answer(number) })
    }

    fn client(self: &Arc<Self>) -> WriteClient {
        self.client_with(options("https://host.example/api"))
    }

    fn client_with(self: &Arc<Self>, options: Options) -> WriteClient {
        WriteClient::new(options, Arc::clone(self) as Arc<dyn Transport>, Arc::new(ApiKey))
    }

    fn sent_to(&self, path: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.path == path).cloned().collect()
    }

    fn logins(&self) -> usize {
        self.sent_to("/api/token").len()
    }

    fn note(&self, request: &http::Request<Chunks>) -> (Seen, usize) {
        let bearer = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let seen = Seen { at: Instant::now(), path: request.uri().path().to_owned(), bearer };
        let number = self.sent_to(&seen.path).len();
        self.seen.lock().unwrap().push(seen.clone());
        (seen, number)
    }
}

impl Transport for Script {
    fn send(&self, request: http::Request<Chunks>, _: Duration) -> BoxFuture<'_, Outcome> {
        let (seen, number) = self.note(&request);
        async move {
            let in_flight = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_in_flight.fetch_max(in_flight, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(10)).await;
            self.in_flight.fetch_sub(1, Ordering::SeqCst);
            (self.answer)(&seen, number)
        }
        .boxed()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a script chooses between answers and failures")]
fn answer(status: u16, body: &str) -> Outcome {
    Ok(http::Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
}

#[expect(clippy::unnecessary_wraps, reason = "a script chooses between answers and failures")]
fn answer_with(status: u16, header: (&str, &str)) -> Outcome {
    let response = http::Response::builder().status(status).header(header.0, header.1);
    Ok(response.body(Bytes::new()).unwrap())
}

/// The answer to the login of that number; the token's text tells them apart.
fn token(number: usize, expires_in: Option<u64>) -> Outcome {
    let body = serde_json::json!({"access_token": format!("t0ken-s3cret-{number}"), "expires_in": expires_in});
    answer(200, &body.to_string())
}

fn timeout() -> Outcome {
    Err(TransportError::Timeout(Duration::from_secs(30)))
}

fn no_connection() -> Outcome {
    Err(TransportError::Connect("connection refused".to_owned()))
}

fn broken() -> Outcome {
    Err(TransportError::Broken("unexpected end of file".to_owned()))
}
