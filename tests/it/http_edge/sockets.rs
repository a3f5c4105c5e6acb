//! Real connections: headers, redirects, proxies, and servers that speak badly or not at all.

use std::sync::Arc;
use std::time::Duration;

use apic_configsync::http::{
    Cause, Chunks, Options, Payload, SocketOptions, Sockets, Transport, TransportError, Write, WriteClient,
};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{ApiKey, delete, options, post};
use crate::authority::Authority;

/// With a root of its own, so that the tests do not need those of the machine.
pub(crate) fn socket_options() -> SocketOptions {
    SocketOptions { settings: "SOURCE_", ca_pem: Some(Authority::new().pem()), ..SocketOptions::default() }
}

pub(super) fn client(base: &str, socket_options: &SocketOptions) -> WriteClient {
    client_over(Sockets::new(socket_options).unwrap(), options(base))
}

fn client_over(sockets: Sockets, options: Options) -> WriteClient {
    WriteClient::new(options, Arc::new(sockets), Arc::new(ApiKey))
}

pub(super) async fn server_with_login() -> MockServer {
    let server = MockServer::start().await;
    let token = json!({"access_token": "t0ken-s3cret", "token_type": "Bearer", "expires_in": 28_800});
    let login = Mock::given(method("POST")).and(path("/api/token")).and(body_json(json!({"api_key": "k3y-s3cret"})));
    login.respond_with(ResponseTemplate::new(200).set_body_json(token)).expect(0..=1).mount(&server).await;
    server
}

pub(super) fn base(server: &MockServer) -> String {
    format!("{}/api", server.uri())
}

#[tokio::test]
async fn a_request_carries_what_it_should() {
    let server = server_with_login().await;
    Mock::given(method("PATCH"))
        .and(path("/api/apps/a%2Fb"))
        .and(query_param("fields", "add(x,y) z"))
        .and(header("authorization", "Bearer t0ken-s3cret"))
        .and(header("accept", "application/json"))
        .and(header("content-type", "application/json"))
        .and(header("user-agent", concat!("apic-configsync/", env!("CARGO_PKG_VERSION"))))
        .and(body_json(json!({"title": "A"})))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("date", "Sat, 21 Nov 2026 10:00:00 GMT")
                .insert_header("x-request-id", "r-1")
                .set_body_json(json!({"id": 7})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let write = Write {
        method: apic_configsync::http::Method::Patch,
        query: &[("fields", "add(x,y) z")],
        body: Some(Payload::json(&json!({"title": "A"})).unwrap()),
        ..delete("/apps/a%2Fb")
    };
    let answer = client(&base(&server), &socket_options()).write(write).await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().unwrap(), json!({"id": 7}));
    assert_eq!(answer.date, Some("2026-11-21T10:00:00Z".parse().unwrap()));
    assert_eq!((answer.request_id.as_deref(), answer.path.as_str()), (Some("r-1"), "/api/apps/a%2Fb"));
}

#[tokio::test]
async fn a_redirect_is_an_error_that_says_where_to() {
    let server = server_with_login().await;
    let elsewhere = format!("{}/ui/login?state=s3cret#x", server.uri());
    let redirect = ResponseTemplate::new(302).insert_header("location", elsewhere.as_str());
    Mock::given(path("/api/apps")).respond_with(redirect).expect(2).mount(&server).await;
    Mock::given(path("/ui/login")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    let client = client(&base(&server), &socket_options());
    for error in [client.reader().get("/apps", &[]).await.unwrap_err(), client.write(post("/apps")).await.unwrap_err()]
    {
        let error = error.to_string();
        let said = "answered 302, a redirect to 127.0.0.1/ui/login, which is not followed; \
                    check SOURCE_MGMT_SERVER, host and path";
        assert!(error.contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_proxys_page_is_told_from_the_servers_word() {
    let server = server_with_login().await;
    let page = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>";
    let too_large = ResponseTemplate::new(413).set_body_raw(page, "text/html");
    Mock::given(path("/api/publish")).respond_with(too_large).mount(&server).await;
    let missing = ResponseTemplate::new(404).set_body_raw("<html>404</html>", "text/html");
    Mock::given(path("/api/gone")).respond_with(missing).mount(&server).await;
    let client = client(&base(&server), &socket_options());
    let error = client.write(post("/publish")).await.unwrap_err().to_string();
    assert!(error.contains("answered 413 with a page, probably of a proxy: <html> <head><title>413 Req"), "{error}");
    assert!(!client.reader().get("/gone", &[]).await.unwrap_err().is_not_found());
}

/// Serves `answers`, one connection each, whatever is asked. Each reads one request first.
pub(super) async fn raw_server(answers: Vec<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    base
}

pub(super) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&read) {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the request ended early");
        read.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8(read).unwrap()
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

const TOKEN: &str =
    "HTTP/1.1 200 OK\r\ncontent-length: 28\r\nconnection: close\r\n\r\n{\"access_token\":\"t0ken-s3c\"}";
const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\n[1]";
const CUT_OFF: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n[1]";
const CUT_IN_CHUNKS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n[1]\r\n";
const GARBAGE: &str = "\u{1}\u{2} hello \r\n\r\n";
const NOTHING: &str = "";

#[tokio::test]
async fn a_read_is_repeated_until_it_is_whole() {
    let base = raw_server(vec![TOKEN, CUT_OFF, CUT_IN_CHUNKS, NOTHING, GARBAGE, WHOLE]).await;
    let client = client(&base, &socket_options());
    let answer = client.reader().get("/apps", &[]).await.unwrap();
    assert_eq!((answer.body.as_ref(), answer.attempts), (b"[1]".as_slice(), 5));
}

#[tokio::test]
async fn a_creation_whose_answer_broke_off_may_have_happened() {
    for answer in [CUT_OFF, CUT_IN_CHUNKS, NOTHING, GARBAGE] {
        let client = client(&raw_server(vec![TOKEN, answer]).await, &socket_options());
        let error = client.write(post("/apps")).await.unwrap_err();
        assert!(matches!(error.cause, Cause::Transport(TransportError::Broken(_))), "{error}");
        assert!(error.answer_was_lost());
        assert_eq!(error.attempts, 1);
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&base, &socket_options()).reader().login().await.unwrap_err();
    assert!(matches!(&error.cause, Cause::Transport(TransportError::Connect(_))), "{error}");
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let request = http::Request::builder().uri(format!("http://{}/", listener.local_addr().unwrap()));
    let sockets = Sockets::new(&socket_options()).unwrap();
    let patience = Duration::from_millis(50);
    let error = sockets.send(request.body(Chunks::default()).unwrap(), patience).await.unwrap_err();
    assert!(matches!(error, TransportError::Timeout(waited) if waited == patience), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    let server = server_with_login().await;
    let large = ResponseTemplate::new(200).set_body_string("x".repeat(2000));
    Mock::given(path("/api/apps")).respond_with(large).expect(1).mount(&server).await;
    let sockets = Sockets::new(&socket_options()).unwrap().with_largest_body(1000);
    let error = client_over(sockets, options(&base(&server))).reader().get("/apps", &[]).await.unwrap_err();
    assert!(error.to_string().contains("larger than 1000 bytes"), "{error}");
}
