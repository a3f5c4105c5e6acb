//! The sandbox's façade: whatever is asked of it, it answers; what it refuses changes nothing, and reading never does.

use apic_configsync::sandbox::{
    Cluster,
    api_connect::{Outcome, handle},
    seed,
    switches::{ErrorBody, LifecycleLinks, ListedHash, Metadata, TotalResults},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use super::tape::Tape;

/// More requests than this in one input find nothing that fewer don't.
const MOST: usize = 24;

/// A world, its switches, and pairs of lines: `POST catalogs/provider/sandbox/publish` and a body.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let (source, target) = seed::small();
    let mut cluster = [source, target][tape.roll(2)].clone();
    switch(&mut cluster, &mut tape);
    let _ = tape.line();
    let token = log_in(&mut cluster);
    for _ in 0..MOST {
        if tape.is_over() {
            break;
        }
        let Some(request) = request(&mut tape, &token) else {
            continue;
        };
        ask(&mut cluster, &request);
    }
    assert!(cluster.snapshot().is_object(), "nothing refers to what is gone");
}

fn switch(cluster: &mut Cluster, tape: &mut Tape<'_>) {
    cluster.add_space("front");
    let switches = &mut cluster.switches;
    switches.duplicate_status = [409, 400][tape.roll(2)];
    switches.error_body = [ErrorBody::MessageList, ErrorBody::WithErrors, ErrorBody::MessageText][tape.roll(3)];
    switches.total_results = [TotalResults::Total, TotalResults::PageLength, TotalResults::Absent][tape.roll(3)];
    switches.listed_hash = [ListedHash::Always, ListedHash::OnRequest, ListedHash::Never][tape.roll(3)];
    switches.lifecycle_links = [LifecycleLinks::Objects, LifecycleLinks::Urls, LifecycleLinks::Hidden][tape.roll(3)];
    let metadata = [Metadata::Stored, Metadata::Ignored, Metadata::Refused][tape.roll(3)];
    switches.metadata.consumer_orgs = metadata;
    switches.metadata.applications = metadata;
    switches.metadata.products = metadata;
    for switch in [
        &mut switches.null_fields,
        &mut switches.delete_returns_body,
        &mut switches.last_credential_protected,
        &mut switches.one_plan_per_product,
        &mut switches.approval_plan_pends,
        &mut switches.republish_keeps_id,
        &mut switches.metadata_merged,
        &mut switches.unused_apis_removed,
    ] {
        *switch ^= tape.roll(2) == 1;
    }
}

fn log_in(cluster: &mut Cluster) -> String {
    let variables = cluster.variables("X", "http://sandbox.test/api");
    let value = |name: &str| {
        let mut found = variables.iter().filter(|(known, _)| known == name);
        found.next().unwrap().1.clone()
    };
    let body = json!({
        "grant_type": "password", "realm": value("X_REALM"),
        "username": value("X_ADMIN_USER"), "password": value("X_ADMIN_PASSWORD"),
        "client_id": value("X_TOOLKIT_CREDENTIALS_CLIENTID"),
        "client_secret": value("X_TOOLKIT_CREDENTIALS_CLIENTSECRET"),
    });
    let request = Request::post("http://sandbox.test/api/token").body(body.to_string().into());
    let answer = answer(cluster, &request.unwrap());
    assert_eq!(answer.status(), StatusCode::OK, "the login is a good one");
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

/// What two lines ask for, if it can be said in HTTP. A body that begins like a multipart one is sent as such, with line
/// breaks for its carriage returns.
fn request(tape: &mut Tape<'_>, token: &str) -> Option<Request<Bytes>> {
    let line = tape.text();
    let (method, path) = line.split_once(' ').unwrap_or(("GET", &line));
    let body = tape.line();
    let method: Method = method.parse().ok()?;
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://sandbox.test/api/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let mut body = Bytes::copy_from_slice(body);
    if let Some(rest) = body.strip_prefix(b"--") {
        let boundary = rest.split(|byte| *byte == b'\r').next()?;
        let boundary = String::from_utf8_lossy(boundary);
        let content_type = format!("multipart/form-data; boundary=\"{boundary}\"");
        request = request.header(header::CONTENT_TYPE, content_type);
        body = broken_into_lines(&body).into();
    }
    request.body(body).ok()
}

fn broken_into_lines(body: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\r').collect();
    lines.join(&b"\r\n"[..])
}

fn ask(cluster: &mut Cluster, request: &Request<Bytes>) {
    let before = cluster.dump();
    let answer = answer(cluster, request);
    let asked = format!("{} {}", request.method(), request.uri());
    let status = answer.status();
    assert!(status.is_success() || status.is_client_error(), "{asked} was answered {status}");
    let is_json = answer.headers()[header::CONTENT_TYPE] == "application/json";
    if is_json && status != StatusCode::NO_CONTENT {
        let body: Result<Value, _> = serde_json::from_slice(answer.body());
        assert!(body.is_ok(), "{asked} was answered with no JSON");
    }
    if !status.is_success() || request.method() == Method::GET {
        let record = cluster.requests().last().unwrap();
        assert!(!record.changed, "{asked} was answered {status} and wrote");
        assert_eq!(cluster.dump(), before, "{asked} was answered {status}");
    }
}

fn answer(cluster: &mut Cluster, request: &Request<Bytes>) -> Response<Bytes> {
    match handle(cluster, request).outcome {
        Outcome::Answer(answer) => answer,
        other => panic!("nothing was to go wrong: {other:?}"),
    }
}
