//! Trust in both directions, and what is said when it is missing.

use std::sync::Arc;

use apic_configsync::http::{
    Cause, ClientIdentity, HttpError, SocketOptions, Sockets, TransportError, WriteClient,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::sockets::{read_request, socket_options};
use super::{ApiKey, options};

/// A certificate authority of one test.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        Self::named("one authority")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    fn issue(&self, host: &str) -> Issued {
        self.issue_from(&CertificateParams::new([host.to_owned()]).unwrap())
    }

    fn issue_from(&self, params: &CertificateParams) -> Issued {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Issued {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    fn trust(&self) -> SocketOptions {
        SocketOptions {
            ca_pem: vec![self.pem()],
            ..SocketOptions::default()
        }
    }
}

struct Issued {
    certificate: String,
    key: String,
}

impl Issued {
    fn identity(&self) -> ClientIdentity {
        ClientIdentity {
            certificates: self.certificate.clone().into_bytes(),
            key: self.key.clone().into(),
        }
    }

    fn serve(&self) -> ServerConfig {
        self.server(ServerConfig::builder().with_no_client_auth())
    }

    fn serve_only(&self, clients_of: &Authority) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(&clients_of.pem()).unwrap())
            .unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
            .build()
            .unwrap();
        self.server(ServerConfig::builder().with_client_cert_verifier(verifier))
    }

    fn server(
        &self,
        builder: rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>,
    ) -> ServerConfig {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        builder.with_single_cert(vec![certificate], key).unwrap()
    }
}

/// Answers every request with a token, to those whose handshake succeeds.
async fn start(config: ServerConfig) -> u16 {
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

async fn log_in(host: &str, port: u16, socket_options: &SocketOptions) -> Result<(), HttpError> {
    let sockets = Sockets::new(socket_options).unwrap();
    let options = options(&format!("https://{host}:{port}/api"));
    WriteClient::new(options, Arc::new(sockets), Arc::new(ApiKey))
        .reader()
        .login()
        .await
}

/// The failure is one of TLS, was not retried, and says so.
fn assert_says(outcome: Result<(), HttpError>, advice: &str) {
    let error = outcome.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Transport(TransportError::Tls(_))),
        "{error}"
    );
    assert!(error.to_string().contains(advice), "{error}");
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
        "give that issuer's CA certificate",
    );
}

#[tokio::test]
async fn an_authority_that_changed_its_key_is_told() {
    let port = start(Authority::new().issue("localhost").serve()).await;
    assert_says(
        log_in("localhost", port, &Authority::new().trust()).await,
        "give the CA certificate that is in use now",
    );
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let port = start(authority.issue("other.example").serve()).await;
    assert_says(
        log_in("localhost", port, &authority.trust()).await,
        "is for another host name",
    );
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let port = start(authority.issue_from(&params).serve()).await;
    assert_says(
        log_in("localhost", port, &authority.trust()).await,
        "has expired",
    );
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_wanted() {
    let authority = Authority::new();
    let port = start(authority.issue("localhost").serve_only(&authority)).await;
    let identity = Some(authority.issue("client").identity());
    log_in(
        "localhost",
        port,
        &SocketOptions {
            identity_pem: identity,
            ..authority.trust()
        },
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn a_missing_or_foreign_client_certificate_is_named_as_the_reason() {
    let authority = Authority::new();
    for identity in [
        None,
        Some(Authority::named("another").issue("client").identity()),
    ] {
        let port = start(authority.issue("localhost").serve_only(&authority)).await;
        let options = SocketOptions {
            identity_pem: identity,
            ..authority.trust()
        };
        assert_says(
            log_in("localhost", port, &options).await,
            "give a client certificate and key that it trusts",
        );
    }
}

#[tokio::test]
async fn a_port_that_speaks_no_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        stream.read_to_end(&mut Vec::new()).await.ok();
    });
    assert_says(
        log_in("localhost", port, &socket_options()).await,
        "does not speak TLS on this port",
    );
}

#[test]
fn files_that_hold_no_certificate_are_refused() {
    let options = SocketOptions {
        ca_pem: vec![b"nothing".to_vec()],
        ..SocketOptions::default()
    };
    let error = Sockets::new(&options).unwrap_err().to_string();
    assert!(error.contains("no certificate in PEM form"), "{error}");
}
