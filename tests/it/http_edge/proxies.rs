//! Proxies: used, passed by, and told apart from the server when they are what stands in the way.

use std::time::Duration;

use apic_configsync::http::{Cause, HttpError, SocketOptions, Sockets, TransportError};
use secrecy::SecretString;
use tokio::{
    io::{AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use super::{
    sockets::{base, client, read_request, server_with_login, socket_options},
    tls::{assert_says, log_in, start},
};
use crate::authority::Authority;

/// A proxy that leads every tunnel to the same port, or answers in place of it; its address, with a login.
async fn tunnel(leads_to: Result<u16, &'static str>) -> SecretString {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let asked = read_request(&mut stream).await;
            assert!(asked.starts_with("CONNECT localhost:"), "{asked}");
            match leads_to {
                Ok(port) => lead(stream, port).await,
                Err(answer) => {
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    stream.shutdown().await.ok();
                }
            }
        }
    });
    format!("http://user:k3y-s3cret@{address}").into()
}

async fn lead(mut stream: TcpStream, port: u16) {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    stream.write_all(established).await.unwrap();
    // Either may break off; that is the client's to tell.
    let _ = copy_bidirectional(&mut stream, &mut server).await;
}

fn through(proxy: SecretString, trusting: &Authority) -> SocketOptions {
    SocketOptions { https_proxy: Some(proxy), ..trusting.trust() }
}

#[track_caller]
fn assert_refused_once(error: &HttpError, setting: &str) {
    let said = error.to_string();
    assert!(said.contains("407"), "{said}");
    assert!(said.contains(&format!("give them in {setting}")), "{said}");
    assert!(!format!("{said}{error:?}").contains("s3cret"), "{said}");
    // Asking again with the same password could lock the account.
    assert_eq!(error.attempts, 1);
}

#[tokio::test]
async fn tls_goes_through_a_tunnel() {
    let authority = Authority::new();
    let port = start(authority.issue("localhost").serve()).await;
    let options = through(tunnel(Ok(port)).await, &authority);
    // Nothing listens at the port that is asked for: only the tunnel leads to the server.
    log_in("localhost", 1, &options).await.unwrap();
}

#[tokio::test]
async fn a_host_that_is_excepted_is_reached_past_the_proxy() {
    let authority = Authority::new();
    let port = start(authority.issue("localhost").serve()).await;
    let nowhere = tunnel(Err("HTTP/1.1 403 Forbidden\r\n\r\n")).await;
    let options = SocketOptions { no_proxy: Some("other.test, localhost".to_owned()), ..through(nowhere, &authority) };
    log_in("localhost", port, &options).await.unwrap();
}

#[tokio::test]
async fn a_proxy_that_puts_in_a_certificate_of_its_own_is_told() {
    let proxys = Authority::named("of the proxy");
    let port = start(proxys.issue("localhost").serve()).await;
    let proxy = tunnel(Ok(port)).await;
    let outcome = log_in("localhost", 1, &through(proxy.clone(), &Authority::new())).await;
    let said = outcome.as_ref().unwrap_err().to_string();
    for words in [
        "set SOURCE_CA_CERT_FILE",
        "through the proxy 127.0.0.1:",
        "of HTTPS_PROXY",
        "its CA certificate is the one to give",
        "NO_PROXY",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert_says(outcome, "is of an unknown issuer");
    log_in("localhost", 1, &through(proxy, &proxys)).await.unwrap();
}

#[tokio::test]
async fn a_proxy_that_wants_a_login_is_asked_once() {
    let proxy = tunnel(Err("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")).await;
    let options = through(proxy, &Authority::new());
    let error = log_in("localhost", 1, &options).await.unwrap_err();
    assert_refused_once(&error, "HTTPS_PROXY");
}

#[tokio::test]
async fn a_proxy_that_refuses_the_tunnel_is_no_connection() {
    let proxy = tunnel(Err("HTTP/1.1 403 Forbidden\r\n\r\n")).await;
    let options = through(proxy, &Authority::new());
    let error = log_in("localhost", 1, &options).await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error.cause, Cause::Transport(TransportError::Connect(_))), "{said}");
    for words in ["the proxy makes no tunnel", "localhost:1", "HTTPS_PROXY", "NO_PROXY"] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!format!("{error:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let options = through("http://user:k3y-s3cret@127.0.0.1:1".into(), &Authority::new());
    let error = log_in("localhost", 2, &options).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("(localhost:2 through the proxy 127.0.0.1:1 of HTTPS_PROXY)"), "{said}");
    assert!(!format!("{error:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_proxy_that_says_nothing_costs_the_time_for_connecting() {
    // Connections are made by the kernel, and nobody ever takes them up.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", silent.local_addr().unwrap());
    let options =
        SocketOptions { connect_timeout: Duration::from_millis(20), ..through(proxy.into(), &Authority::new()) };
    let error = log_in("localhost", 1, &options).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("no connection in time"), "{said}");
    assert!(said.contains("through the proxy"), "{said}");
}

#[tokio::test]
async fn a_proxy_is_used_unless_the_host_is_excepted() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = SecretString::from(format!("http://user:k3y-s3cret@{}", proxy.local_addr().unwrap()));
    let mut options = SocketOptions { http_proxy: Some(address), ..socket_options() };
    let asked = tokio::spawn(async move {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        request
    });
    let error = client("http://api.test.invalid/api", &options).reader().login().await.unwrap_err();
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("POST http://api.test.invalid/api/token HTTP/1.1"), "{asked}");
    assert!(asked.to_lowercase().contains("proxy-authorization: basic"), "{asked}");
    assert!(matches!(error.cause, Cause::Transport(TransportError::Proxy(_))), "{error}");
    assert_refused_once(&error, "HTTP_PROXY");

    let server = server_with_login().await;
    options.no_proxy = Some("127.0.0.1".to_owned());
    client(&base(&server), &options).reader().login().await.unwrap();
}

#[test]
fn a_proxy_address_that_is_none_is_not_quoted() {
    for address in ["user:k3y-s3cret@proxy", "http://user:k3y-s3cret@:99999", "k3y-s3cret"] {
        let options = SocketOptions { https_proxy: Some(address.into()), ..socket_options() };
        let error = format!("{:?}", Sockets::new(&options).unwrap_err());
        assert!(error.contains("HTTPS_PROXY") && !error.contains("s3cret"), "{error}");
        assert!(!format!("{options:?}").contains("s3cret"));
    }
}
