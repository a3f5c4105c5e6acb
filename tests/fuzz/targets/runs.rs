//! Whole runs against a server that answers one of its paths with whatever comes: nothing is lost, nothing leaks, nothing breaks.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use apic_configsync::{
    commands::{Task, execute},
    engine::report::{Report, RunResult, json},
    sandbox::{Cluster, seed},
};
use bytes::Bytes;
use http::{Method, Response};
use jiff::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    detour::{Detour, Road, finish},
    tape::Tape,
};

/// Which side, which of its paths, for how often, a status, and the body.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let road = Road::between(synced().clone());
    let before = standing(&road.target);
    let server = [&road.source, &road.target][tape.roll(2)];
    interfere(server, tape);
    let report = sync(&road);
    let written = road.source.seen();
    assert!(
        written.iter().all(|it| it.method() == Method::GET || it.uri().path() == "/api/token"),
        "the source was written"
    );
    let lost: Vec<_> = before.difference(&standing(&road.target)).cloned().collect();
    assert!(lost.is_empty(), "gone from the target: {lost:?}");
    assert_hides_secrets(&report, &road);
}

/// Two catalogs in sync, of which everything on the target has its original.
fn synced() -> &'static (Cluster, Cluster) {
    static SYNCED: OnceLock<(Cluster, Cluster)> = OnceLock::new();
    SYNCED.get_or_init(|| {
        let (mut source, target) = seed::pair();
        for name in ["acme", "books"] {
            let owner = source.add_user("ldap", name);
            let org = source.add_org(name, owner);
            let app = source.add_app(org, "shop");
            source.subscribe(app, "petstore:1.0.0", "gold");
        }
        let road = Road::between((source, target));
        let report = sync(&road);
        assert_eq!(report.outcome, RunResult::Applied, "{report:?}");
        let world = |server: &Detour| server.cluster.lock().unwrap().clone();
        (world(&road.source), world(&road.target))
    })
}

fn sync(road: &Road) -> Report {
    let stop = CancellationToken::new();
    let carriers = road.carriers();
    let now = Timestamp::UNIX_EPOCH;
    finish(Box::pin(execute(Task::Sync, &road.config, &carriers, now, &stop, &|| None)))
}

/// Answers the path of the n-th request, and from then on as often as said.
fn interfere(server: &Arc<Detour>, mut tape: Tape) {
    let mut wait = usize::from(tape.byte());
    let mut times = [1, 2, 6, usize::MAX][tape.roll(4)];
    let status = [200, 200, 200, 201, 204, 302, 400, 403, 404, 409, 500][tape.roll(11)];
    let body = Bytes::copy_from_slice(tape.rest());
    let mut hit = None;
    server.answer_by(move |request| {
        let path = request.uri().path();
        if hit.is_none() {
            if let Some(left) = wait.checked_sub(1) {
                wait = left;
                return None;
            }
            hit = Some(path.to_owned());
        }
        let is_it = hit.as_deref() == Some(path);
        times = is_it.then(|| times.checked_sub(1))?.or(Some(0))?;
        let mut response = Response::new(body.clone());
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        (times > 0).then_some(response)
    });
}

/// What is there, by its addresses.
fn standing(server: &Detour) -> BTreeSet<(String, String)> {
    let snapshot = server.cluster.lock().unwrap().snapshot();
    let kinds = snapshot.as_object().unwrap().iter();
    let rows = |(kind, rows): (&String, &Value)| -> Vec<(String, String)> {
        let rows = rows.as_object().into_iter().flatten();
        rows.map(|(address, _)| (kind.clone(), address.clone())).collect()
    };
    kinds.flat_map(rows).collect()
}

fn assert_hides_secrets(report: &Report, road: &Road) {
    let shown = json::render(report).unwrap();
    for server in [&road.source, &road.target] {
        let cluster = server.cluster.lock().unwrap();
        for credential in cluster.credentials.rows_under(cluster.home) {
            let hash = credential.hash();
            let hash = secrecy::ExposeSecret::expose_secret(&hash);
            assert!(!shown.contains(hash), "a hash shows in {shown}");
        }
    }
    for request in road.source.seen().iter().chain(&road.target.seen()) {
        let header = request.headers().get("authorization");
        let bearer = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = bearer.trim_start_matches("Bearer ");
        // A shorter one, of an answer that was made up, may stand somewhere by chance.
        assert!(token.len() < 12 || !shown.contains(token), "a token shows in {shown}");
    }
}
