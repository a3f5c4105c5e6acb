//! Logins: a token is sent on exactly as it came, or not at all, and shows nowhere.

use std::sync::{Arc, Mutex};

use apic_configsync::{
    commands::{Task, execute},
    engine::report::json,
    sandbox::{
        api_connect::{Outcome, handle},
        seed,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::AUTHORIZATION};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    detour::{Detour, Road, answer, finish},
    tape::Tape,
};

/// The body of the answer to a login, or the claims of the token in it.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let body = match tape.roll(2) {
        0 => Bytes::copy_from_slice(tape.rest()),
        _ => with_claims(tape.rest()),
    };
    // Fields that nobody asks for may be broken; then it is not known here what the token is.
    let issued: Option<Value> = serde_json::from_slice(&body).ok();
    let token = issued.map(|it| it["access_token"].as_str().unwrap_or_default().to_owned());
    let road = Road::between(seed::pair());
    let sent = logs_in_with(&road.source, body);
    let report = finish(async {
        let stop = CancellationToken::new();
        let task = Task::Check { reverse: true };
        let carriers = road.carriers();
        Box::pin(execute(task, &road.config, &carriers, Timestamp::UNIX_EPOCH, &stop, &|| None)).await
    });
    let Some(token) = token else { return };
    for header in sent.lock().unwrap().iter() {
        assert_eq!(header.as_bytes(), format!("Bearer {token}").as_bytes());
    }
    // A shorter one may stand somewhere by chance.
    if token.len() >= 12 {
        let shown = json::render(&report).unwrap();
        assert!(!shown.contains(&token), "the token shows in {shown}");
    }
}

fn with_claims(claims: &[u8]) -> Bytes {
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
    let body = json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600});
    body.to_string().into()
}

/// Answers logins with `body`, takes whatever token comes then for a good one, and keeps what came.
fn logs_in_with(server: &Arc<Detour>, body: Bytes) -> Arc<Mutex<Vec<HeaderValue>>> {
    let sent = Arc::<Mutex<Vec<HeaderValue>>>::default();
    let (kept, cluster) = (Arc::clone(&sent), Arc::clone(&server.cluster));
    let mut good = None;
    server.answer_by(move |request| {
        let mut request = request.clone();
        if request.uri().path() == "/api/token" {
            good = good.take().or_else(|| token(&ask(&cluster, &request)));
            return Some(answer(body.clone()));
        }
        kept.lock().unwrap().extend(request.headers_mut().remove(AUTHORIZATION));
        let header = good.as_ref().map(|good| format!("Bearer {good}").parse().unwrap());
        request.headers_mut().extend(header.map(|header| (AUTHORIZATION, header)));
        Some(ask(&cluster, &request))
    });
    sent
}

fn ask(cluster: &apic_configsync::sandbox::SharedCluster, request: &Request<Bytes>) -> Response<Bytes> {
    match handle(&mut cluster.lock().unwrap(), request).outcome {
        Outcome::Answer(answer) => answer,
        other => panic!("the sandbox has no faults here: {other:?}"),
    }
}

fn token(answer: &Response<Bytes>) -> Option<String> {
    let body: Value = serde_json::from_slice(answer.body()).ok()?;
    body["access_token"].as_str().map(str::to_owned)
}
