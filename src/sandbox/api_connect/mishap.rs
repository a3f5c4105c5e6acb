//! What a fault does to an exchange: before it, in its place, or to its answer.

use bytes::Bytes;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Answer, Outcome, error_body, respond};
use crate::sandbox::faults::{Effect, FaultBody};
use crate::sandbox::world::Cluster;

/// What happens to the world first.
pub(super) fn before(cluster: &mut Cluster, effect: &Effect) {
    match effect {
        Effect::Call(hook) => hook(cluster),
        Effect::ExpireTokens => cluster.expire_tokens(),
        _ => {}
    }
}

/// The refusal of a request that is one too many.
pub(super) fn over_limit(cluster: &mut Cluster, request: &::http::Request<Bytes>, now: Instant) -> Option<Outcome> {
    let limit = cluster.limit.as_mut()?;
    if limit.admits(now) {
        return None;
    }
    let effect = limit.refusal();
    instead(cluster, request, &effect)
}

/// What happens instead of looking at the request.
pub(super) fn instead(cluster: &Cluster, request: &::http::Request<Bytes>, effect: &Effect) -> Option<Outcome> {
    match effect {
        Effect::Echo { status, body } => {
            let answer = echo(cluster, request, *status, *body);
            Some(Outcome::Answer(respond(answer)))
        }
        Effect::RefuseConnection => Some(Outcome::Refused),
        Effect::Reset => Some(Outcome::Reset),
        Effect::HtmlPage => Some(Outcome::Answer(respond(page(200)))),
        Effect::Answer { status, body, retry_after } => {
            let mut response = respond(match body {
                FaultBody::Json => {
                    Answer::json(*status, &error_body(cluster, *status, "The request could not be processed."))
                }
                FaultBody::Html => page(*status),
                FaultBody::Empty => Answer { status: *status, ..Answer::empty() },
            });
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(::http::header::RETRY_AFTER, (*seconds).into());
            }
            Some(Outcome::Answer(response))
        }
        _ => None,
    }
}

/// What a gateway with a debugger's manners answers.
fn echo(cluster: &Cluster, request: &::http::Request<Bytes>, status: u16, form: FaultBody) -> Answer {
    let login = request.headers().get(::http::header::AUTHORIZATION);
    let login = login.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = String::from_utf8_lossy(request.body());
    match form {
        FaultBody::Json => Answer::json(
            status,
            &json!({"status": status, "message": [login], "errors": [format!("{login} {body}"), body]}),
        ),
        FaultBody::Html => Answer { body: Bytes::from(format!("<html>{login} {body}</html>")), ..page(status) },
        FaultBody::Empty => Answer::json(status, &error_body(cluster, status, "")),
    }
}

/// A page as nginx makes them (recorded for 413, section 2.4).
pub(super) fn page(status: u16) -> Answer {
    let reason = ::http::StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason()).unwrap_or("Error");
    let html = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    Answer { status, content_type: "text/html", body: Bytes::from(html) }
}

/// What whoever stands before the server makes of its answer.
pub(super) fn altered(outcome: Outcome, request: &::http::Request<Bytes>, effect: &Effect) -> Outcome {
    match (outcome, effect) {
        (Outcome::Answer(answer), Effect::Alter(alter)) => Outcome::Answer(alter(request, answer)),
        (outcome, _) => outcome,
    }
}

/// What happens to the answer.
pub(super) fn after(outcome: Outcome, effect: &Effect) -> Outcome {
    let Outcome::Answer(answer) = outcome else {
        return outcome;
    };
    match effect {
        Effect::ShiftDate(seconds) => Outcome::Answer(with_date(answer, *seconds)),
        Effect::LoseAnswer => Outcome::Reset,
        Effect::Truncate => {
            let sent = answer.body().len() / 2;
            Outcome::Truncated { answer, sent }
        }
        Effect::Replace(body) => Outcome::Answer(answer.map(|_| Bytes::from(body.to_string()))),
        _ => Outcome::Answer(answer.map(|body| change_list(body, effect))),
    }
}

fn with_date(mut answer: ::http::Response<Bytes>, ahead: i64) -> ::http::Response<Bytes> {
    let date = answer.headers().get(::http::header::DATE);
    let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date.to_str().ok()?).ok());
    if let Some(date) = date.and_then(|date| super::http_date(date.as_second() + ahead)) {
        answer.headers_mut().insert(::http::header::DATE, date);
    }
    answer
}

/// Applies the effects on lists; what is no list stays as it is.
fn change_list(body: Bytes, effect: &Effect) -> Bytes {
    let Ok(mut list) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let Some(rows) = list.get_mut("results").and_then(Value::as_array_mut) else {
        return body;
    };
    let total = match effect {
        Effect::DropRow(at) if *at < rows.len() => {
            rows.remove(*at);
            None
        }
        Effect::RepeatRow(at) if *at < rows.len() => {
            rows.insert(*at, rows[*at].clone());
            None
        }
        Effect::EmptyList => {
            rows.clear();
            Some(0)
        }
        Effect::WrongTotal(total) => Some(*total),
        Effect::Filter(shown) | Effect::Hide(shown) => {
            rows.retain(|row| shown(row));
            matches!(effect, Effect::Filter(_)).then_some(rows.len() as u64)
        }
        Effect::Edit(edit) => {
            for row in rows.iter_mut() {
                edit(row);
            }
            None
        }
        _ => return body,
    };
    if let Some(total) = total {
        list["total_results"] = json!(total);
    }
    Bytes::from(list.to_string())
}
