//! What is sent again, when, how often, and what is said about it.

use apic_configsync::engine::catalog::Requests;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apic_configsync::http::{Cause, Options, RetryPolicy, TransportError};
use futures_util::future::{join, join_all};
use tokio::time::Instant;

use super::{SECRETS, Script, answer, answer_with, broken, delete, no_connection, options, post, timeout};

#[tokio::test(start_paused = true)]
async fn a_read_survives_every_passing_fault() {
    let faults = [408, 429, 500, 502, 503, 504].map(|status| answer(status, "")).into_iter();
    for fault in faults.chain([timeout(), broken(), no_connection()]) {
        let fault = Arc::new(fault);
        let shown = format!("{fault:?}");
        let script = Script::behind_login(move |number| if number < 4 { (*fault).clone() } else { answer(200, "[]") });
        let answer = script.client().reader().get("/apps", &[]).await.unwrap();
        assert_eq!(answer.attempts, 5, "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_fifth_failure_is_the_last_and_says_so() {
    let script = Script::behind_login(|_| answer(503, r#"{"message":"not now"}"#));
    let client = script.client();
    let error = client.reader().get("/apps", &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "source: GET /api/apps answered 503: not now (5 attempts, 0.1 s)");
    assert_eq!(client.reader().counts(), Requests { reads: 1, retries: 4, ..Requests::default() });
}

#[tokio::test(start_paused = true)]
async fn other_refusals_are_final() {
    for status in [400, 403, 404, 405, 409, 413, 422, 501, 505] {
        let script = Script::behind_login(move |_| answer(status, "{}"));
        let error = script.client().reader().get("/apps", &[]).await.unwrap_err();
        assert_eq!((error.status, error.attempts), (Some(status), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn tls_failures_and_oversized_answers_are_final() {
    for error in [TransportError::Tls("unknown issuer".to_owned()), TransportError::TooLarge(64)] {
        let script = Script::behind_login(move |_| Err(error.clone()));
        let error = script.client().reader().get("/apps", &[]).await.unwrap_err();
        assert_eq!(error.attempts, 1, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_not_repeated_when_it_may_have_happened() {
    for status in [408, 500, 502, 503, 504, 302] {
        let script = Script::behind_login(move |_| answer(status, ""));
        let error = script.client().write(post("/apps")).await.unwrap_err();
        assert_eq!((error.attempts, error.answer_was_lost()), (1, true), "{status}");
    }
    for fault in [timeout, broken] {
        let script = Script::behind_login(move |_| fault());
        let error = script.client().write(post("/apps")).await.unwrap_err();
        assert_eq!((error.attempts, error.answer_was_lost()), (1, true), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_repeated_when_nothing_can_have_happened() {
    let faults = [no_connection(), answer(429, ""), answer_with(503, ("retry-after", "1"))];
    for fault in faults {
        let fault = Arc::new(fault);
        let script = Script::behind_login(move |number| if number == 0 { (*fault).clone() } else { answer(201, "{}") });
        assert_eq!(script.client().write(post("/apps")).await.unwrap().attempts, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_no_doubt() {
    let body = r#"{"status":409,"message":["Another resource of type app already exists with the same name."]}"#;
    let script = Script::behind_login(move |_| answer(409, body));
    let error = script.client().write(post("/apps")).await.unwrap_err();
    assert!(error.is_duplicate() && !error.answer_was_lost());
}

/// The last try alone would say that nothing was sent.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_remembered_over_later_tries() {
    let script = Script::behind_login(|number| if number == 0 { timeout() } else { no_connection() });
    let error = script.client().write(delete("/apps/a")).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Transport(TransportError::Connect(_))));
    assert_eq!((error.attempts, error.answer_was_lost()), (5, true));
}

#[tokio::test(start_paused = true)]
async fn a_lost_read_changes_nothing() {
    let script = Script::behind_login(|_| timeout());
    assert!(!script.client().reader().get("/apps", &[]).await.unwrap_err().answer_was_lost());
}

fn patient() -> Options {
    Options { retry: RetryPolicy::default(), ..options("https://host.example/api") }
}

#[tokio::test(start_paused = true)]
async fn retry_after_holds_every_request_of_the_side() {
    let script = Script::new(|seen, number| match (seen.path.as_str(), number) {
        ("/api/token", _) => super::token(0, None),
        ("/api/busy", 0) => answer_with(429, ("retry-after", "20")),
        _ => answer(200, "{}"),
    });
    let client = script.client_with(patient());
    client.reader().login().await.unwrap();
    let asked = Instant::now();
    let other = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        client.write(delete("/other")).await
    };
    let (busy, other) = join(client.reader().get("/busy", &[]), other).await;
    assert!(busy.is_ok() && other.is_ok());
    let waited = script.sent_to("/api/other")[0].at - asked;
    assert!((20.0..20.1).contains(&waited.as_secs_f64()), "{waited:?}");
    assert!(script.sent_to("/api/busy")[1].at - asked >= Duration::from_secs(20));
    assert_eq!(client.reader().counts(), Requests { reads: 1, writes: 1, retries: 1, throttled: 1 });
}

#[tokio::test(start_paused = true)]
async fn an_absurd_retry_after_is_obeyed_for_five_minutes() {
    let script = Script::behind_login(|number| match number {
        0 => answer_with(503, ("retry-after", "86400")),
        _ => answer(200, "{}"),
    });
    let answer = script.client_with(patient()).reader().get("/apps", &[]).await.unwrap();
    assert!((300..302).contains(&answer.elapsed.as_secs()), "{:?}", answer.elapsed);
}

#[tokio::test(start_paused = true)]
async fn json_is_asked_for_again_when_a_page_or_half_of_it_comes() {
    for nonsense in ["<html>maintenance</html>", r#"{"results":[1,"#, "", "\u{0}\u{1}"] {
        let script = Script::behind_login(move |number| answer(200, if number == 0 { nonsense } else { "[1]" }));
        let list: Vec<u32> = script.client().reader().get_json("/apps", &[]).await.unwrap();
        assert_eq!(list, [1], "{nonsense}");
    }
}

#[tokio::test(start_paused = true)]
async fn json_of_another_shape_is_final_and_not_quoted() {
    let script = Script::behind_login(|_| answer(200, r#"["b0dy-s3cret"]"#));
    let error = script.client().reader().get_json::<Vec<u32>>("/apps", &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "source: GET /api/apps answered 200 with JSON that is no Vec<u32>: \
         expected u32 at line 1, column 14 (1 attempt, 0.0 s)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_that_stays_is_reported_with_its_beginning() {
    let script = Script::behind_login(|_| answer(200, "<html>\u{7}\nScheduled maintenance</html>"));
    let error = script.client().reader().get_json::<Vec<u32>>("/apps", &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "source: GET /api/apps answered 200 with an HTML page instead of Vec<u32> as JSON: \
         <html> Scheduled maintenance</html> (5 attempts, 0.1 s)"
    );
}

/// The object is there; only its description is missing.
#[tokio::test(start_paused = true)]
async fn a_creation_answered_with_rubbish_may_have_happened() {
    let script = Script::behind_login(|_| answer(201, r#"{"id":"#));
    let created = script.client().write(post("/apps")).await.unwrap();
    let error = created.json::<serde_json::Value>().unwrap_err();
    assert!(matches!(error.cause, Cause::NotJson { .. }) && error.answer_was_lost(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn reads_and_writes_have_ceilings_of_their_own() {
    let script = Script::behind_login(|_| answer(200, "{}"));
    let client = script.client_with(Options { reads: 3, writes: 2, ..options("https://host.example/api") });
    client.reader().login().await.unwrap();
    join_all((0..20).map(|_| client.reader().get("/apps", &[]))).await;
    assert_eq!(script.most_in_flight.swap(0, Ordering::SeqCst), 3);
    let reads = join_all((0..20).map(|_| client.reader().get("/apps", &[])));
    let writes = join_all((0..20).map(|_| client.write(delete("/apps/a"))));
    join(reads, writes).await;
    assert_eq!(script.most_in_flight.load(Ordering::SeqCst), 5);
}

#[tokio::test(start_paused = true)]
async fn a_path_that_would_reach_another_object_is_not_sent() {
    let script = Script::behind_login(|_| answer(200, "{}"));
    let client = script.client();
    for path in ["/apps/../orgs", "/apps/%2e%2E/orgs", "/apps/a?force=true", "/apps/a b", "/apps/."] {
        let error = client.write(delete(path)).await.unwrap_err();
        assert!(matches!(error.cause, Cause::Unsendable(_)), "{error}");
    }
    client.write(delete("/apps/a%2Fb%20..")).await.unwrap();
    assert_eq!(script.sent_to("/api/apps/a%2Fb%20..").len(), 1);
    assert_eq!(client.reader().counts().writes, 1);
}

/// Where the log of a test goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn logs_and_errors_hold_no_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let _guard = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let passing = |number| {
        if number % 2 == 0 { answer(429, "") } else { answer(500, "b0dy-s3cret\":") }
    };
    let client = Script::behind_login(passing).client();
    let mut write = post("/apps");
    write.query = &[("confirm", "k3y-s3cret")];
    let mut error = client.write(write.clone()).await.unwrap_err();
    // What another test's thread is logging for the first time just now may miss this
    // subscriber until it is asked again.
    for _ in 0..100 {
        tracing::callsite::rebuild_interest_cache();
        error = client.write(write.clone()).await.unwrap_err();
        if log.text().contains("sending again") && log.text().contains("status=500") {
            break;
        }
    }
    let log = log.text();
    assert!(log.contains("sending again") && log.contains("answered 429"), "{log}");
    assert!(log.contains("path=\"/api/apps\"") && log.contains("attempt=2"), "{log}");
    for text in [log, error.to_string(), format!("{error:?}")] {
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    }
    assert!(!format!("{write:?}").contains("b0dy-s3cret"));
}
