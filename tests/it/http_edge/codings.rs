//! Answers that come compressed, whoever did it and however well.

use std::io::Write;
use std::sync::Arc;

use apic_configsync::http::{Cause, Sockets, TransportError, WriteClient};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use wiremock::matchers::{headers, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::sockets::{base, client, server_with_login, socket_options};
use super::{ApiKey, delete, options, post};

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn packed(status: u16, coding: &str, body: Vec<u8>) -> ResponseTemplate {
    let answer = ResponseTemplate::new(status).insert_header("content-encoding", coding);
    answer.set_body_raw(body, "application/json")
}

async fn answering(answer: ResponseTemplate) -> (MockServer, WriteClient) {
    let server = server_with_login().await;
    Mock::given(path("/api/apps")).respond_with(answer).mount(&server).await;
    let client = client(&base(&server), &socket_options());
    (server, client)
}

#[tokio::test]
async fn requests_say_what_is_understood() {
    let server = server_with_login().await;
    let codings = headers("accept-encoding", vec!["gzip", "deflate", "br", "zstd"]);
    Mock::given(path("/api/apps"))
        .and(codings)
        .respond_with(packed(200, "gzip", gzip(r#"{"id": 7}"#)))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&base(&server), &socket_options());
    let answer: Value = client.reader().get_json("/apps", &[]).await.unwrap();
    assert_eq!(answer, json!({"id": 7}));
}

#[tokio::test]
async fn a_refusal_is_understood_too() {
    let body = gzip(r#"{"status": 404, "message": ["no such app"]}"#);
    let (_server, client) = answering(packed(404, "gzip", body)).await;
    let error = client.reader().get("/apps", &[]).await.unwrap_err();
    assert_eq!(error.messages(), ["no such app"]);
    assert!(error.is_not_found());
}

#[tokio::test]
async fn a_refusal_in_an_unknown_coding_keeps_its_status_and_proves_nothing() {
    let (_server, client) = answering(packed(404, "compress", b"x".to_vec())).await;
    let error = client.reader().get("/apps", &[]).await.unwrap_err();
    assert_eq!(error.status, Some(404));
    assert!(!error.is_not_found());
    assert!(error.to_string().contains("`Content-Encoding: compress`"), "{error}");
}

#[tokio::test]
async fn no_content_is_no_broken_content() {
    let (_server, client) = answering(packed(200, "gzip", Vec::new())).await;
    assert_eq!(client.write(delete("/apps")).await.unwrap().body, "");
}

#[tokio::test]
async fn a_coding_that_is_not_known_is_told_at_once_and_a_write_may_have_happened() {
    let (_server, client) = answering(packed(201, "aes128gcm", b"x".to_vec())).await;
    let error = client.write(post("/apps")).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Transport(TransportError::Encoding(_))));
    assert_eq!((error.attempts, error.answer_was_lost()), (1, true));
    for words in ["`Content-Encoding: aes128gcm`", "proxy"] {
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn half_of_a_compressed_answer_is_asked_for_again() {
    let server = server_with_login().await;
    let whole = gzip(r#"{"id": 7}"#);
    let half = whole[..whole.len() / 2].to_vec();
    for (body, times) in [(half, 2), (whole, 1)] {
        Mock::given(path("/api/apps"))
            .respond_with(packed(200, "gzip", body))
            .up_to_n_times(times)
            .mount(&server)
            .await;
    }
    let client = client(&base(&server), &socket_options());
    assert_eq!(client.reader().get("/apps", &[]).await.unwrap().attempts, 3);
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_a_large_one_is_refused() {
    let server = server_with_login().await;
    let bomb = gzip(&"0".repeat(1_000_000));
    assert!(bomb.len() < 2_000);
    Mock::given(path("/api/apps")).respond_with(packed(200, "gzip", bomb)).expect(1).mount(&server).await;
    let sockets = Sockets::new(&socket_options()).unwrap().with_largest_body(999_999);
    let client = WriteClient::new(options(&base(&server)), Arc::new(sockets), Arc::new(ApiKey));
    let error = client.reader().get("/apps", &[]).await.unwrap_err();
    assert!(error.to_string().contains("larger than 999999 bytes"), "{error}");
}
