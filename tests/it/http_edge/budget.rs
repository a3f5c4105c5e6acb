//! Retries are a share of what is sent.

use std::sync::Arc;
use std::time::Duration;

use apic_configsync::http::{Options, RetryPolicy};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::{Outcome, Script, answer, answer_with, no_connection, options, token};

/// Eight reads and four writes in flight, four retries each: so many may be sent again at once.
const RESERVE: usize = 48;

fn patient() -> Options {
    Options { retry: RetryPolicy::default(), ..options("https://host.example/api") }
}

/// Sends so many reads to a path; says how many failed, and what the last failure says.
async fn send(script: &Arc<Script>, path: &str, requests: usize) -> (usize, String) {
    let client = script.client_with(patient());
    let reads = (0..requests).map(|_| client.reader().get(path, &[]));
    let failures: Vec<_> = join_all(reads).await.into_iter().filter_map(Result::err).collect();
    let last = failures.last().map(ToString::to_string);
    (failures.len(), last.unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_ever_is_sent_again_a_fifth_as_often() {
    for status in [500, 502, 503, 504] {
        let script = Script::behind_login(move |_| answer(status, ""));
        let (failed, last) = send(&script, "/apps", 1000).await;
        let sent = script.sent_to("/api/apps").len();
        assert_eq!(failed, 1000);
        assert!((1200..=1200 + RESERVE).contains(&sent), "{status}: {sent}");
        assert!(last.contains("retries for this server are used up") && last.contains("run again"), "{last}");
    }
}

/// A server that is away for a moment must not find that all that was to be done has failed meanwhile.
#[tokio::test(start_paused = true)]
async fn without_retries_requests_do_not_fail_in_a_hurry() {
    let start = Instant::now();
    let away = Duration::from_secs(20);
    let script = Script::behind_login(move |_| {
        let status = if start.elapsed() < away { 503 } else { 200 };
        answer(status, "[]")
    });
    let (failed, _) = send(&script, "/apps", 2000).await;
    assert!((1..200).contains(&failed), "{failed}");
}

#[tokio::test(start_paused = true)]
async fn patience_costs_nothing_and_is_rewarded() {
    let refusals: [fn() -> Outcome; 2] = [|| answer(429, ""), || answer_with(503, ("retry-after", "1"))];
    for refusal in refusals {
        let script =
            Script::behind_login(move |number| if number.is_multiple_of(4) { refusal() } else { answer(200, "[]") });
        assert_eq!(send(&script, "/apps", 400).await.0, 0);
    }
}

/// It is the network that has to bear them.
#[tokio::test(start_paused = true)]
async fn what_does_not_reach_the_server_is_sent_again_at_no_cost() {
    let script = Script::behind_login(|_| no_connection());
    let (failed, last) = send(&script, "/apps", 100).await;
    assert_eq!((failed, script.sent_to("/api/apps").len()), (100, 500));
    assert!(!last.contains("used up"), "{last}");
}

#[tokio::test(start_paused = true)]
async fn logins_have_a_budget_of_their_own() {
    let broken_logins = Script::new(|_, _| answer(503, ""));
    for _ in 0..20 {
        let client = broken_logins.client_with(patient());
        assert!(client.reader().login().await.is_err());
    }
    assert_eq!(broken_logins.logins(), 100);
    let client = broken_logins.client_with(patient());
    for _ in 0..50 {
        assert!(client.reader().login().await.is_err());
    }
    let logins = broken_logins.logins() - 100;
    assert!((58..=68).contains(&logins), "{logins}");

    // Those that fail elsewhere leave a login its retries.
    let script = Script::new(|seen, number| match (seen.path.as_str(), number) {
        ("/api/token", 1) => token(1, Some(1)),
        ("/api/token", _) if number < 4 => answer(503, ""),
        ("/api/token", _) => token(number, None),
        _ => answer(503, ""),
    });
    let (_, last) = send(&script, "/apps", 1000).await;
    assert!(last.contains("/api/apps answered 503"), "{last}");
}
