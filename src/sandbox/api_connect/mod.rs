//! The provider REST API of API Connect v10 over a [`Cluster`]: a function from request to reply, pure but for a rate
//! limit, which looks at tokio's clock.
//!
//! Its contract is api-connect-rest.md; section numbers in this folder mean that document's.

mod apps;
mod body;
mod catalog;
mod configured;
mod consumer_orgs;
mod lifecycle;
mod list;
mod login;
mod mishap;
mod multipart;
mod products;
mod publish;
mod registries;
mod render;
mod render_apps;
mod render_configured;
mod render_products;
mod route;
mod stored;
mod urls;

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::faults::{Effect, RequestRecord};
use super::switches::{ErrorBody, NotFoundBody};
use super::world::{Cluster, Refusal};

/// What a client gets to see of its request.
#[derive(Debug, Clone)]
pub struct Reply {
    /// How long it takes.
    pub latency: Duration,
    /// What comes then.
    pub outcome: Outcome,
}

/// How an exchange ends.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A whole answer.
    Answer(::http::Response<Bytes>),
    /// No connection is made.
    Refused,
    /// The connection breaks before any answer.
    Reset,
    /// The answer breaks off: the body is longer than what comes of it, `sent` bytes.
    Truncated {
        /// The answer as it was meant.
        answer: ::http::Response<Bytes>,
        /// How many bytes of its body arrive.
        sent: usize,
    },
}

/// Answers one request, its faults included, and logs it.
pub fn handle(cluster: &mut Cluster, request: &::http::Request<Bytes>) -> Reply {
    let before = cluster.revision();
    let number = cluster.requests().len();
    let effects = cluster.faults.strike(request);
    let latency =
        effects.iter().map(|effect| if let Effect::Delay(time) = effect { *time } else { Duration::ZERO }).sum();
    if let Some(outcome) = mishap::over_limit(cluster, request, Instant::now()) {
        record(cluster, request, &outcome, false);
        return Reply { latency, outcome };
    }
    let mut changed_by_hook = 0;
    for effect in &effects {
        let revision = cluster.revision();
        mishap::before(cluster, effect);
        changed_by_hook += cluster.revision() - revision;
    }
    let instead = effects.iter().find_map(|effect| mishap::instead(cluster, request, effect));
    let outcome = instead.unwrap_or_else(|| {
        let answer = answer(cluster, request, number);
        effects.iter().fold(Outcome::Answer(answer), mishap::after)
    });
    let outcome = effects.iter().fold(outcome, |outcome, effect| mishap::altered(outcome, request, effect));
    let changed = cluster.revision() - before > changed_by_hook;
    record(cluster, request, &outcome, changed);
    Reply { latency, outcome }
}

fn record(cluster: &mut Cluster, request: &::http::Request<Bytes>, outcome: &Outcome, changed: bool) {
    let status = if let Outcome::Answer(answer) = outcome { answer.status().as_u16() } else { 0 };
    cluster.log.push(RequestRecord {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        status,
        changed,
    });
}

/// What the server answers when nothing goes wrong.
fn answer(cluster: &mut Cluster, request: &::http::Request<Bytes>, number: usize) -> ::http::Response<Bytes> {
    let answer = if too_large(cluster, request) {
        mishap::page(413)
    } else {
        route::route(cluster, request).unwrap_or_else(|refusal| refused(cluster, &refusal))
    };
    let id = format!("sandbox-{number}");
    let mut response = respond(answer);
    if let Ok(id) = id.parse() {
        response.headers_mut().insert("x-request-id", id);
    }
    if let Some(date) = http_date(cluster.clock().now() + cluster.switches.date_ahead) {
        response.headers_mut().insert(::http::header::DATE, date);
    }
    response
}

/// The ingress measures what is published before the server sees it.
fn too_large(cluster: &Cluster, request: &::http::Request<Bytes>) -> bool {
    let path = request.uri().path();
    let publishes =
        request.method() == ::http::Method::POST && (path.ends_with("/publish") || path.ends_with("/stage"));
    let limit = cluster.switches.publish_body_limit.filter(|_| publishes);
    limit.is_some_and(|limit| request.body().len() > limit)
}

/// The world's own time as an HTTP date, since a real server's timestamps and its clock agree.
pub(super) fn http_date(seconds: i64) -> Option<::http::HeaderValue> {
    let at = jiff::Timestamp::from_second(seconds).ok()?;
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string().parse().ok()
}

/// An answer before it becomes HTTP.
pub(crate) struct Answer {
    status: u16,
    content_type: &'static str,
    body: Bytes,
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, content_type: "application/json", body: Bytes::from(body.to_string()) }
    }

    fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    fn created(body: &Value) -> Self {
        Self::json(201, body)
    }

    fn empty() -> Self {
        Self { status: 204, content_type: "application/json", body: Bytes::new() }
    }
}

pub(crate) fn respond(answer: Answer) -> ::http::Response<Bytes> {
    let mut response = ::http::Response::new(answer.body);
    *response.status_mut() =
        ::http::StatusCode::from_u16(answer.status).unwrap_or(::http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(::http::header::CONTENT_TYPE, ::http::HeaderValue::from_static(answer.content_type));
    response
}

/// What a handler comes to.
type Handled = Result<Answer, Refusal>;

fn refused(cluster: &Cluster, refusal: &Refusal) -> Answer {
    let status = match refusal {
        Refusal::Unauthorized(_) => 401,
        Refusal::Forbidden(_) => 403,
        Refusal::NotFound(_) => 404,
        Refusal::NotAllowed(_) => 405,
        Refusal::Conflict(_) => 409,
        Refusal::Invalid(_) | Refusal::Details { .. } | Refusal::HashingOff => 400,
        duplicate => {
            debug_assert!(duplicate.is_duplicate());
            cluster.switches.duplicate_status
        }
    };
    match cluster.switches.not_found {
        _ if status != 404 => {}
        NotFoundBody::Api => {}
        NotFoundBody::Empty => {
            return Answer { status, ..Answer::empty() };
        }
        NotFoundBody::EmptyObject => return Answer::json(status, &json!({})),
        NotFoundBody::Page => return mishap::page(status),
    }
    let mut body = error_body(cluster, status, &refusal.to_string());
    if let Refusal::Details { errors, .. } = refusal {
        body["errors"] = json!(errors);
    }
    Answer::json(status, &body)
}

/// Section 2.5.
fn error_body(cluster: &Cluster, status: u16, text: &str) -> Value {
    match cluster.switches.error_body {
        ErrorBody::MessageList => json!({"status": status, "message": [text]}),
        ErrorBody::MessageText => json!({"status": status, "message": text}),
        ErrorBody::WithErrors => {
            json!({"status": status, "message": ["The request failed."], "errors": [text]})
        }
    }
}
