//! Refusals and odd answers: an error is one clean line, waits are bounded, and nothing is tried without end.

use std::{sync::Arc, time::Duration};

use apic_configsync::http::{
    Client, LoginMethod, LoginRequest, Method, Options, Payload, RetryPolicy, Retryable, Token, Write, WriteClient,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    detour::{Detour, finish},
    tape::Tape,
};

/// Longer than the longest line: ten messages of a server with 500 letters each, and what is around them.
const LONGEST_LINE: usize = 8_000;

const TOKEN: &str = "t0ken-s3cret";
const SECRET: &str = "b0dy-s3cret";

const HEADERS: [&str; 5] = ["retry-after", "date", "content-type", "location", "x-request-id"];
const STATUSES: [u16; 12] = [200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503];

/// A status, a choice of headers with a line for each, and the body.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let status = STATUSES[tape.roll(12)];
    let write = tape.roll(2) == 1;
    let headers = headers(&mut tape);
    let body = Bytes::copy_from_slice(tape.rest());
    let server = Detour::to(apic_configsync::sandbox::seed::pair().0);
    server.answer_by(move |request| {
        if request.uri().path() == "/api/token" {
            return Some(Response::new(Bytes::from_static(b"{}")));
        }
        let mut response = Response::new(body.clone());
        *response.status_mut() = status.try_into().unwrap();
        for (name, value) in &headers {
            response.headers_mut().insert(name, value.clone());
        }
        Some(response)
    });
    finish(async {
        let began = Instant::now();
        let line = if write {
            written(&server).await
        } else {
            let client = Client::new(options(), Arc::clone(&server) as _, Arc::new(NoLogin));
            let read = client.get_json::<Value>("/thing", &[]).await;
            read.err().map(|error| error.to_string())
        };
        // What a server says by itself is no secret of the request.
        let secrets: &[&str] = if write { &[TOKEN, SECRET] } else { &[TOKEN] };
        assert_line(line.as_deref().unwrap_or_default(), secrets);
        assert_patience(&server, began.elapsed());
    });
}

fn headers(tape: &mut Tape) -> Vec<(HeaderName, HeaderValue)> {
    let chosen = tape.byte();
    let mut headers = Vec::new();
    for (place, name) in HEADERS.iter().enumerate() {
        if chosen & (1 << place) != 0 {
            let value = HeaderValue::from_bytes(tape.line());
            headers.extend(value.ok().map(|value| (HeaderName::from_static(name), value)));
        }
    }
    headers
}

async fn written(server: &Arc<Detour>) -> Option<String> {
    let client = WriteClient::new(options(), Arc::clone(server) as _, Arc::new(NoLogin));
    let write = Write {
        method: Method::Post,
        path: "/thing",
        query: &[],
        body: Some(Payload::new("application/json", format!(r#"{{"client_secret": "{SECRET}"}}"#))),
        repeat: Retryable::Never,
        timeout: None,
        earlier: None,
    };
    match client.write(write).await {
        Ok(answer) => answer.json::<Value>().err().map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

fn options() -> Options {
    Options {
        says_duplicate: |message| message.to_lowercase().contains("already exists"),
        side: "source",
        base: "https://source.test/api".parse().unwrap(),
        timeout: Duration::from_secs(30),
        reads: 2,
        writes: 2,
        retry: RetryPolicy::default(),
    }
}

fn assert_line(line: &str, secrets: &[&str]) {
    assert!(!line.contains(char::is_control), "{line:?}");
    assert!(line.chars().count() < LONGEST_LINE, "{line}");
    for secret in secrets {
        assert!(!line.contains(*secret), "{line}");
    }
}

fn assert_patience(server: &Detour, took: Duration) {
    let policy = RetryPolicy::default();
    let things = server.seen();
    let sent = things.iter().filter(|it| it.uri().path() == "/api/thing");
    // A token that is refused is renewed once, and a server that asks for patience is asked twice as often.
    assert!(sent.count() <= 2 * policy.attempts as usize + 1);
    let longest = policy.longest_pause + policy.longest_delay + options().timeout;
    assert!(took <= longest * (2 * policy.attempts + 1), "{took:?}");
}

/// A login that takes anything for a token.
pub(super) struct NoLogin;

impl LoginMethod for NoLogin {
    fn request(&self) -> LoginRequest {
        LoginRequest { path: "/token".to_owned(), body: "{}".into(), hint: String::new() }
    }

    fn token(&self, _: &[u8]) -> Result<Token, String> {
        Ok(Token { value: TOKEN.into(), lifetime: None })
    }
}
