//! Trust in both directions, and what is said when it is missing.

use std::sync::Arc;

use apic_configsync::http::{Cause, ClientIdentity, HttpError, SocketOptions, Sockets, TransportError, WriteClient};
use rcgen::CertificateParams;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::sockets::{read_request, socket_options};
use super::{ApiKey, options};
use crate::authority::{Authority, Issued};

/// Answers every request with a token, to those whose handshake succeeds.
pub(super) async fn start(config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let handshake = acceptor.accept(stream).into_fallible().await;
            match handshake {
                Ok(stream) => answer(stream).await,
                // What the client still sends is read, or else its system would drop our alert.
                Err((_, mut stream)) => drop(stream.read_to_end(&mut Vec::new()).await),
            }
        }
    });
    port
}

async fn answer(mut stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>) {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\nconnection: close\r\n\r\n{\"access_token\":\"t\"}";
    read_request(&mut stream).await;
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.shutdown().await.ok();
}

pub(super) async fn log_in(host: &str, port: u16, socket_options: &SocketOptions) -> Result<(), HttpError> {
    let sockets = Sockets::new(socket_options).unwrap();
    let options = options(&format!("https://{host}:{port}/api"));
    WriteClient::new(options, Arc::new(sockets), Arc::new(ApiKey)).reader().login().await
}

/// The failure is one of TLS, was not retried, and says so.
pub(super) fn assert_says(outcome: Result<(), HttpError>, advice: &str) {
    let error = outcome.unwrap_err();
    assert!(matches!(error.cause, Cause::Transport(TransportError::Tls(_))), "{error}");
    let said = error.to_string();
    assert!(said.contains(advice), "{said}");
    assert!(said.starts_with("source: ") && said.contains("(localhost:"), "{said}");
    assert_eq!(error.attempts, 1);
    assert!(!error.answer_was_lost());
}

#[tokio::test]
async fn a_given_authority_is_trusted() {
    let authority = Authority::new();
    let port = start(authority.issue("localhost").serve()).await;
    log_in("localhost", port, &authority.trust()).await.unwrap();
}

#[tokio::test]
async fn an_unknown_authority_is_named_as_the_reason() {
    let port = start(Authority::named("another").issue("localhost").serve()).await;
    assert_says(
        log_in("localhost", port, &socket_options()).await,
        "set SOURCE_CA_CERT_FILE to that issuer's CA certificate",
    );
}

#[tokio::test]
async fn an_authority_that_changed_its_key_is_told() {
    let port = start(Authority::new().issue("localhost").serve()).await;
    assert_says(
        log_in("localhost", port, &Authority::new().trust()).await,
        "set SOURCE_CA_CERT_FILE to the CA certificate that is in use now",
    );
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let port = start(authority.issue("other.example").serve()).await;
    assert_says(log_in("localhost", port, &authority.trust()).await, "is for another host name");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let port = start(authority.issue_from(&params).serve()).await;
    assert_says(log_in("localhost", port, &authority.trust()).await, "has expired");
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_wanted() {
    let authority = Authority::new();
    let port = start(authority.issue("localhost").serve_only(&authority)).await;
    let identity = Some(authority.issue("client").identity());
    log_in("localhost", port, &SocketOptions { identity_pem: identity, ..authority.trust() }).await.unwrap();
}

#[tokio::test]
async fn a_missing_or_foreign_client_certificate_is_named_as_the_reason() {
    let authority = Authority::new();
    for identity in [None, Some(Authority::named("another").issue("client").identity())] {
        let port = start(authority.issue("localhost").serve_only(&authority)).await;
        let options = SocketOptions { identity_pem: identity, ..authority.trust() };
        assert_says(
            log_in("localhost", port, &options).await,
            "set SOURCE_CLIENT_CERT_FILE and SOURCE_CLIENT_KEY_FILE to a certificate and key that it trusts",
        );
    }
}

#[tokio::test]
async fn a_port_that_speaks_no_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.ok();
    });
    assert_says(log_in("localhost", port, &socket_options()).await, "does not speak TLS on this port");
}

#[tokio::test]
async fn a_certificate_that_vouches_for_itself_is_trusted_only_when_it_is_given() {
    let itself = Issued::by_itself("localhost", false);
    let port = start(itself.serve()).await;
    assert_says(log_in("localhost", port, &socket_options()).await, "is of an unknown issuer; set SOURCE_CA_CERT_FILE");
    let trusting = SocketOptions { ca_pem: Some(itself.certificate.into_bytes()), ..socket_options() };
    log_in("localhost", port, &trusting).await.unwrap();
}

#[tokio::test]
async fn an_authoritys_certificate_is_no_servers_even_when_it_is_given() {
    let itself = Issued::by_itself("localhost", true);
    let port = start(itself.serve()).await;
    let trusting = SocketOptions { ca_pem: Some(itself.certificate.into_bytes()), ..socket_options() };
    assert_says(log_in("localhost", port, &trusting).await, "shows a CA certificate as its own");
}

#[tokio::test]
async fn a_certificate_of_the_future_is_refused() {
    let authority = Authority::new();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(3020, 1, 1);
    params.not_after = rcgen::date_time_ymd(3021, 1, 1);
    let port = start(authority.issue_from(&params).serve()).await;
    let outcome = log_in("localhost", port, &authority.trust()).await;
    let said = outcome.as_ref().unwrap_err().to_string();
    assert!(said.contains("3020") || said.contains("331"), "when it begins: {said}");
    assert_says(outcome, "is not valid yet");
}

#[tokio::test]
async fn plain_http_to_a_port_that_speaks_tls_is_told() {
    let port = start(Authority::new().issue("localhost").serve()).await;
    let sockets = Sockets::new(&socket_options()).unwrap();
    let options = options(&format!("http://localhost:{port}/api"));
    let client = WriteClient::new(options, Arc::new(sockets), Arc::new(ApiKey));
    let error = client.reader().login().await.unwrap_err().to_string();
    assert!(error.contains("if TLS is spoken there, give SOURCE_MGMT_SERVER with https"), "{error}");
}

/// The setting that is to blame for what was given, and what was found in it.
fn unusable(options: SocketOptions) -> (String, String) {
    let given = SocketOptions { settings: "TARGET_", ..options };
    let error = Sockets::new(&given).unwrap_err();
    (error.setting, error.found)
}

#[test]
fn files_of_authorities_that_cannot_be_used_are_told() {
    let cut_off = Authority::new().pem()[..200].to_vec();
    let nonsense = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let one_of_two = [Authority::new().pem().as_slice(), nonsense].concat();
    for (pem, found) in [
        (Vec::new(), "no certificate in PEM form"),
        (b"nothing".to_vec(), "no certificate in PEM form"),
        (Authority::new().issue("x").key.into_bytes(), "no certificate"),
        (cut_off, "damaged or cut off"),
        (nonsense.to_vec(), "number 1 cannot be read"),
        (one_of_two, "number 2 cannot be read"),
    ] {
        let (setting, said) = unusable(SocketOptions { ca_pem: Some(pem), ..socket_options() });
        assert_eq!(setting, "TARGET_CA_CERT_FILE");
        assert!(said.contains(found), "{said}");
    }
}

#[test]
fn what_is_no_certificate_among_the_systems_roots_is_passed_over() {
    let nonsense = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let options = SocketOptions { system_pem: vec![nonsense.to_vec(), b"nothing".to_vec()], ..socket_options() };
    Sockets::new(&options).unwrap();
}

#[test]
fn client_certificates_and_keys_that_cannot_be_used_are_told() {
    let authority = Authority::new();
    let (ours, other) = (authority.issue("client"), authority.issue("other"));
    let encrypted = ours.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let (cert, key) = ("TARGET_CLIENT_CERT_FILE", "TARGET_CLIENT_KEY_FILE");
    for (certificate, given, setting, found) in [
        ("", ours.key.as_str(), cert, "without a readable certificate"),
        (&ours.key, &ours.key, cert, "without a readable certificate"),
        (&ours.certificate, "", key, "without a readable key"),
        (&ours.certificate, &ours.certificate, key, "without a readable key"),
        (&ours.certificate, &encrypted, key, "an encrypted key"),
        (&ours.certificate, &other.key, key, "the key of another certificate"),
    ] {
        let identity = ClientIdentity { certificates: certificate.as_bytes().to_vec(), key: given.into() };
        let (blamed, said) = unusable(SocketOptions { identity_pem: Some(identity), ..socket_options() });
        assert_eq!(blamed, setting, "{said}");
        assert!(said.contains(found), "{said}");
    }
}
