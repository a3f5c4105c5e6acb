//! What goes wrong, through `handle`, in process, and over a real socket.

use std::time::Duration;

use apic_configsync::http::transport::{Transport, TransportError};
use apic_configsync::sandbox::api_connect::Outcome;
use apic_configsync::sandbox::{Effect, Fault, InProcess, Server, seed, share};
use bytes::Bytes;
use serde_json::json;

use super::{CATALOG, Client, ORGS, names};

#[test]
fn an_error_comes_as_often_as_the_fault_says() {
    let mut client = Client::bare();
    client.cluster.faults.add(Fault::on("GET", "/apps", Effect::throttle(7)).nth(2));
    let path = format!("{CATALOG}/apps");
    let statuses: Vec<u16> = (0..3).map(|_| client.get(&path).0).collect();
    assert_eq!(statuses, [200, 429, 200]);
}

#[test]
fn an_answer_is_lost_before_or_after_the_write() {
    let mut client = Client::with_shop();
    client.cluster.faults.add(Fault::on("POST", "/apps", Effect::Reset).once());
    client.cluster.faults.add(Fault::on("POST", "/apps", Effect::LoseAnswer).once());
    let apps = format!("{ORGS}/acme/apps");
    client.cluster.clear_requests();
    for there in [false, true] {
        assert!(matches!(client.outcome("POST", &apps, json!({"name": "new"}).to_string()), Outcome::Reset));
        assert_eq!(client.cluster.app("acme", "new").is_some(), there);
    }
    let log: Vec<_> =
        client.cluster.requests().iter().map(|request| (request.is_write(), request.changed, request.status)).collect();
    assert_eq!(log, [(true, false, 0), (true, true, 0)]);
}

#[test]
fn pages_lose_and_repeat_rows() {
    let mut client = Client::bare();
    client.cluster.add_user("ldap", "a");
    client.cluster.add_user("ldap", "b");
    for effect in [
        Effect::DropRow(0),
        Effect::RepeatRow(0),
        Effect::WrongTotal(9),
        Effect::EmptyList,
        Effect::filter(|row| row["name"] == "a"),
    ] {
        client.cluster.faults.add(Fault::on("GET", "/users", effect).once());
    }
    let mut page = || {
        let (_, list) = client.get("/api/user-registries/provider/ldap/users");
        (names(&list).join(""), list["total_results"].as_u64().unwrap())
    };
    let seen: Vec<_> = (0..6).map(|_| page()).collect();
    let expected = [("a", 2), ("bba", 2), ("ba", 9), ("", 0), ("a", 1), ("ba", 2)];
    assert_eq!(seen, expected.map(|(names, total)| (names.to_owned(), total)));
}

#[test]
fn another_writer_comes_between() {
    let mut client = Client::bare();
    let other = Effect::call(|cluster| {
        cluster.add_user("ldap", "between");
    });
    client.cluster.faults.add(Fault::on("GET", "offset=1", other));
    client.cluster.faults.add(Fault::on("GET", "/me", Effect::ExpireTokens));
    assert_eq!(client.get("/api/user-registries/provider/ldap/users?offset=1").1["total_results"], 1);
    assert!(!client.cluster.requests().last().unwrap().changed);
    assert_eq!(client.get("/api/me").0, 401);
}

fn me(url: &str) -> ::http::Request<Bytes> {
    ::http::Request::get(format!("{url}/me")).body(Bytes::new()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn in_process_faults_become_transport_errors() {
    let cluster = share(seed::pair().0);
    let effects = [Effect::RefuseConnection, Effect::Reset, Effect::Truncate, Effect::Delay(Duration::from_secs(60))];
    for effect in effects {
        cluster.lock().unwrap().faults.add(Fault::on("*", "/me", effect).once());
    }
    let transport = InProcess::new(cluster);
    let mut errors = Vec::new();
    for _ in 0..4 {
        errors
            .push(transport.send(me("http://source/api").map(Into::into), Duration::from_secs(30)).await.unwrap_err());
    }
    assert!(matches!(
        errors.as_slice(),
        [TransportError::Connect(_), TransportError::Broken(_), TransportError::Broken(_), TransportError::Timeout(_)]
    ));
    let answer = transport.send(me("http://source/api").map(Into::into), Duration::from_secs(30)).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().contains_key("x-request-id"));
}

#[tokio::test]
async fn a_real_server_answers_resets_and_truncates() {
    let cluster = share(seed::pair().0);
    let server = Server::start(cluster.clone()).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/cloud/provider/identity-providers", server.url());
    let list: serde_json::Value =
        serde_json::from_slice(&client.get(&url).send().await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(list["total_results"], 1);
    cluster.lock().unwrap().faults.add(Fault::on("*", "", Effect::Truncate).once());
    assert!(client.get(&url).send().await.unwrap().bytes().await.is_err());
    cluster.lock().unwrap().faults.add(Fault::on("*", "", Effect::Reset).times(2));
    assert!(client.get(&url).send().await.is_err());
}
