//! Logging in: once, in time, and never again with credentials that were refused.

use apic_configsync::engine::catalog::Requests;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apic_configsync::http::Cause;
use futures_util::future::join_all;
use tokio::time::advance;

use super::{Script, answer, answer_with, options, post, timeout, token};

#[tokio::test(start_paused = true)]
async fn many_requests_share_one_login() {
    let script = Script::behind_login(|_| answer(200, "{}"));
    let client = script.client();
    let answers = join_all((0..20).map(|_| client.reader().get("/me", &[]))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(script.logins(), 1);
    assert!(script.sent_to("/api/me").iter().all(|seen| seen.bearer.as_deref() == Some("Bearer t0ken-s3cret-0")));
    assert_eq!(client.reader().counts(), Requests { reads: 20, ..Requests::default() });
}

#[tokio::test(start_paused = true)]
async fn login_is_a_no_op_with_a_live_token() {
    let script = Script::behind_login(|_| answer(200, "{}"));
    let client = script.client();
    assert_eq!(client.reader().inspect_token(str::len).await, None);
    client.reader().login().await.unwrap();
    client.reader().login().await.unwrap();
    client.reader().get("/me", &[]).await.unwrap();
    assert_eq!(script.logins(), 1);
    assert_eq!(client.reader().inspect_token(|token| token == "t0ken-s3cret-0").await, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_shortly_before_its_end() {
    for (lifetime, margin) in [(1000, 50), (28_800, 60)] {
        let script = Script::new(move |seen, number| match seen.path.as_str() {
            "/api/token" => token(number, Some(lifetime)),
            _ => answer(200, "{}"),
        });
        let client = script.client();
        client.reader().login().await.unwrap();
        advance(Duration::from_secs(lifetime - margin - 1)).await;
        client.reader().get("/me", &[]).await.unwrap();
        assert_eq!(script.logins(), 1, "{lifetime}");
        advance(Duration::from_secs(1)).await;
        client.reader().get("/me", &[]).await.unwrap();
        assert_eq!(script.logins(), 2, "{lifetime}");
    }
}

/// A single-use API key can't renew, but the token it gave is good to the end.
#[tokio::test(start_paused = true)]
async fn a_refused_renewal_leaves_the_old_token_its_life() {
    let script = Script::new(|seen, number| match (seen.path.as_str(), number) {
        ("/api/token", 0) => token(0, Some(1000)),
        ("/api/token", _) => answer(401, r#"{"message":"key was used"}"#),
        _ => answer(200, "{}"),
    });
    let client = script.client();
    client.reader().login().await.unwrap();
    advance(Duration::from_secs(960)).await;
    client.reader().get("/me", &[]).await.unwrap();
    client.reader().get("/me", &[]).await.unwrap();
    assert_eq!(script.logins(), 2);
    advance(Duration::from_secs(40)).await;
    let error = client.reader().get("/me", &[]).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Login(_)), "{error}");
    assert_eq!(script.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_goes_unnoticed_even_by_a_post() {
    let script = Script::new(|seen, number| match seen.path.as_str() {
        "/api/token" => token(number, None),
        _ if seen.bearer.as_deref() == Some("Bearer t0ken-s3cret-0") => answer(401, "{}"),
        _ => answer(201, "{}"),
    });
    let client = script.client();
    let created = client.write(post("/apps")).await.unwrap();
    assert_eq!((created.status, created.attempts), (201, 2));
    assert_eq!(client.reader().counts(), Requests { writes: 1, retries: 1, ..Requests::default() });
}

#[tokio::test(start_paused = true)]
async fn a_request_that_no_token_opens_is_given_up_after_the_usual_tries() {
    let script = Script::behind_login(|_| answer(401, r#"{"message":["go away"]}"#));
    let error = script.client().reader().get("/me", &[]).await.unwrap_err();
    assert_eq!((error.status, error.attempts, script.logins()), (Some(401), 5, 5));
    assert_eq!(error.messages(), ["go away"]);
}

/// Every token is good for one request: what is refused is sent with the next one, a creation too.
#[tokio::test(start_paused = true)]
async fn tokens_that_are_revoked_often_cost_logins_and_no_failure() {
    let used = Mutex::new(HashSet::new());
    let script = Script::new(move |seen, number| match seen.path.as_str() {
        "/api/token" => token(number, None),
        _ if used.lock().unwrap().insert(seen.bearer.clone()) => answer(201, "{}"),
        _ => answer(401, "{}"),
    });
    let client = script.client();
    for number in 0..10 {
        let created = client.write(post("/apps")).await.unwrap();
        assert_eq!(created.attempts, 1 + u32::from(number > 0), "{number}");
    }
    assert_eq!(script.logins(), 10);
}

/// The token that a request waited for may be gone too when it comes to be used.
#[tokio::test(start_paused = true)]
async fn a_request_is_sent_with_each_newer_token() {
    for revoked in 1..5 {
        let script = Script::new(move |seen, number| match seen.path.as_str() {
            "/api/token" => token(number, None),
            _ if number < revoked => answer(401, "{}"),
            _ => answer(201, "{}"),
        });
        let created = script.client().write(post("/apps")).await.unwrap();
        assert_eq!(created.attempts as usize, revoked + 1);
        assert_eq!(script.logins(), revoked + 1);
    }
}

/// The server took the token back and won't give another: nothing can go on.
#[tokio::test(start_paused = true)]
async fn a_refused_login_after_401_ends_everything() {
    let script = Script::new(|seen, number| match (seen.path.as_str(), number) {
        ("/api/token", 0) => token(0, None),
        _ => answer(401, r#"{"message":"revoked"}"#),
    });
    let client = script.client();
    for _ in 0..3 {
        let error = client.reader().get("/me", &[]).await.unwrap_err();
        assert!(matches!(error.cause, Cause::Login(_)), "{error}");
    }
    assert_eq!((script.logins(), script.sent_to("/api/me").len()), (2, 1));
    assert_eq!(client.reader().inspect_token(str::len).await, None);
}

/// All eight are refused with the first token; the first to notice logs in for all.
#[tokio::test(start_paused = true)]
async fn one_expired_token_costs_one_login() {
    let script = Script::new(|seen, number| match seen.path.as_str() {
        "/api/token" => token(number, None),
        _ if seen.bearer.as_deref() == Some("Bearer t0ken-s3cret-0") => answer(401, "{}"),
        _ => answer(200, "{}"),
    });
    let client = script.client();
    let answers = join_all((0..8).map(|_| client.reader().get("/me", &[]))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(script.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_never_tried_again() {
    for status in [400, 401, 403] {
        let script = Script::new(move |_, _| answer(status, r#"{"message":"wrong password"}"#));
        let client = script.client();
        let errors = join_all((0..10).map(|_| client.reader().get("/me", &[]))).await;
        assert!(errors.iter().all(Result::is_err));
        let error = client.write(post("/apps")).await.unwrap_err();
        assert_eq!(script.logins(), 1, "{status}");
        assert!(script.sent_to("/api/me").is_empty());
        assert!(!error.answer_was_lost() && !error.is_forbidden() && !error.is_not_found());
        assert_eq!(
            error.to_string(),
            format!(
                "source: POST /api/apps needs a login, which failed: POST /api/token answered {status}: \
                 wrong password; check SOURCE_ADMIN_APIKEY (1 attempt, 0.0 s)"
            )
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_login_itself_reports_without_a_wrapper() {
    let script = Script::new(|_, _| answer(401, "{}"));
    let error = script.client().reader().login().await.unwrap_err();
    assert_eq!((error.path.as_str(), error.status), ("/api/token", Some(401)));
}

#[tokio::test(start_paused = true)]
async fn a_passing_fault_of_the_login_is_waited_out() {
    let script = Script::new(|seen, number| match (seen.path.as_str(), number) {
        ("/api/token", 0) => answer(503, "<html>"),
        ("/api/token", 1) => timeout(),
        ("/api/token", _) => token(number, None),
        _ => answer(200, "{}"),
    });
    script.client().reader().get("/me", &[]).await.unwrap();
    assert_eq!(script.logins(), 3);
}

/// Those who waited for a login that failed do not start one each; those who come later do.
#[tokio::test(start_paused = true)]
async fn a_login_that_fails_for_now_fails_for_all_who_waited() {
    let script = Script::new(|_, _| answer(503, ""));
    let client = script.client();
    let errors = join_all((0..8).map(|_| client.reader().get("/me", &[]))).await;
    assert!(errors.iter().all(Result::is_err));
    assert_eq!(script.logins(), 5);
    client.reader().login().await.unwrap_err();
    assert_eq!(script.logins(), 10);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_no_token_endpoint_gives_blames_the_address() {
    let elsewhere = [
        answer(404, "<html>not here"),
        answer(403, "<html>forbidden"),
        answer(200, "<html>welcome"),
        answer(200, r#"{"access_token":"a\nb"}"#),
        answer_with(302, ("location", "https://login.example/ui?state=s3cret")),
    ];
    for outcome in elsewhere {
        let outcome = Arc::new(outcome);
        let script = Script::new(move |_, _| (*outcome).clone());
        let client = script.client_with(options("https://host.example/api"));
        let error = client.reader().login().await.unwrap_err().to_string();
        assert!(error.contains("check SOURCE_MGMT_SERVER"), "{error}");
        assert!(!error.contains("s3cret") && !error.contains("APIKEY"), "{error}");
        client.reader().get("/me", &[]).await.unwrap_err();
        assert_eq!(script.logins(), 1);
    }
}
