//! TLS and proxies as the operator sees them: what stands in the way, which setting mends it, and which status comes of it.

use std::{collections::BTreeMap, fs, net::SocketAddr, sync::Arc};

use rustls::ServerConfig;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::TlsAcceptor;

use super::{pair::Pair, program::Ended};
use crate::authority::{Authority, Issued};

const PROXY_PASSWORD: &str = "word-of-the-proxy";

/// A source that speaks TLS, the files of whoever talks to it, and perhaps a proxy on the way.
struct Secured {
    runtime: Runtime,
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Secured {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { runtime, folder: tempfile::tempdir().unwrap(), variables: BTreeMap::new() }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn with_file(self, name: &str, content: &[u8]) -> Self {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        self.with(name, path.to_str().unwrap())
    }

    fn trusting(self, authority: &Authority) -> Self {
        self.with_file("SOURCE_CA_CERT_FILE", &authority.pem())
    }

    fn showing(self, identity: &Issued) -> Self {
        self.with_file("SOURCE_CLIENT_CERT_FILE", identity.certificate.as_bytes())
            .with_file("SOURCE_CLIENT_KEY_FILE", identity.key.as_bytes())
    }

    /// Puts a proxy on the way that opens tunnels, or answers so.
    fn through_proxy(self, answer: Option<&'static str>) -> Self {
        let listener = self.listen();
        let address = listener.local_addr().unwrap();
        self.runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(tunnel(stream, answer));
            }
        });
        self.with("HTTPS_PROXY", &format!("http://user:{PROXY_PASSWORD}@{address}"))
    }

    fn listen(&self) -> TcpListener {
        self.runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap()
    }

    /// Runs with TLS before the source.
    fn run(&self, command: &str, config: ServerConfig) -> Ended {
        let pair = Pair::first_sync();
        pair.secrets.learn(PROXY_PASSWORD);
        let listener = self.listen();
        let port = listener.local_addr().unwrap().port();
        let ended = pair.run_edited(&[command], |variables| {
            let server = variables["SOURCE_MGMT_SERVER"].clone();
            let behind = server["http://".len()..].split('/').next().unwrap();
            let behind: SocketAddr = behind.parse().unwrap();
            self.runtime.spawn(secure(listener, config, behind));
            variables.extend(self.variables.clone());
            let secured = format!("https://localhost:{port}/api");
            variables.insert("SOURCE_MGMT_SERVER".into(), secured);
        });
        if ended.code != Some(0) {
            assert_eq!(pair.writes(), 0);
        }
        ended
    }

    /// Insists that the preflight fails, at the first attempt, with all of this said.
    #[track_caller]
    fn fails(&self, config: ServerConfig, words: &[&str]) -> Ended {
        self.fails_in_the_end(config, words).says(&["1 attempt,"])
    }

    /// The same, after however many attempts.
    #[track_caller]
    fn fails_in_the_end(&self, config: ServerConfig, words: &[&str]) -> Ended {
        let ended = self.run("sync", config).exits(6);
        let ended = ended.with_outcome("preflight_failed");
        ended.says(&["source: POST /api/token failed"]).says(words)
    }
}

async fn secure(listener: TcpListener, config: ServerConfig, behind: SocketAddr) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            match acceptor.accept(stream).into_fallible().await {
                Ok(mut stream) => {
                    let mut server = TcpStream::connect(behind).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut server).await;
                }
                // What the client still sends is read, or else its system would drop our alert.
                Err((_, mut stream)) => drop(stream.read_to_end(&mut Vec::new()).await),
            }
        });
    }
}

async fn tunnel(mut stream: TcpStream, answer: Option<&'static str>) {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        asked.push(stream.read_u8().await.unwrap());
    }
    let asked = String::from_utf8(asked).unwrap();
    assert!(asked.to_lowercase().contains("proxy-authorization: basic"));
    let answer_given = answer.unwrap_or("HTTP/1.1 200 Connection established\r\n\r\n");
    stream.write_all(answer_given.as_bytes()).await.unwrap();
    if answer.is_none() {
        let server = asked.split(' ').nth(1).unwrap();
        let mut server = TcpStream::connect(server).await.unwrap();
        // Either may break off; that is the client's to tell.
        let _ = copy_bidirectional(&mut stream, &mut server).await;
    }
}

#[test]
fn a_sync_goes_through_a_proxy_to_a_server_that_wants_a_certificate() {
    let authority = Authority::new();
    let secured = Secured::new().trusting(&authority).showing(&authority.issue("client")).through_proxy(None);
    let server = authority.issue("localhost").serve_only(&authority);
    secured.run("sync", server).exits(0).with_outcome("applied");
}

#[test]
fn a_server_that_cannot_be_trusted_is_told_with_what_to_set() {
    let authority = Authority::new();
    let trusting = Secured::new().trusting(&authority);
    let stranger = Authority::named("another").issue("localhost");
    trusting.fails(stranger.serve(), &["unknown issuer", "set SOURCE_CA_CERT_FILE", "(localhost:", "always verified"]);
    trusting
        .fails(authority.issue("other.test").serve(), &["for another host name", "other.test", "SOURCE_MGMT_SERVER"]);
    let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    trusting.fails(authority.issue_from(&params).serve(), &["has expired"]);
}

#[test]
fn a_server_that_wants_another_client_certificate_is_told_with_what_to_set() {
    let authority = Authority::new();
    let words = ["set SOURCE_CLIENT_CERT_FILE and SOURCE_CLIENT_KEY_FILE", "(localhost:"];
    let server = || authority.issue("localhost").serve_only(&authority);
    // In TLS 1.3 the refusal follows the handshake. Where it overtakes the request, all that the client learns is that the
    // connection was closed, and it tries again.
    let nameless = Secured::new().trusting(&authority);
    nameless.fails_in_the_end(server(), &words);
    let stranger = Authority::named("another").issue("client");
    let stranger = Secured::new().trusting(&authority).showing(&stranger);
    stranger.fails_in_the_end(server(), &words);
}

#[test]
fn a_proxy_that_wants_another_login_is_told_without_the_one_it_got() {
    let authority = Authority::new();
    let refused = "HTTP/1.1 407 Proxy Authentication Required\r\nconnection: close\r\n\r\n";
    let secured = Secured::new().trusting(&authority).through_proxy(Some(refused));
    secured.fails(
        authority.issue("localhost").serve(),
        &["407", "through the proxy 127.0.0.1:", "give them in HTTPS_PROXY"],
    );
    let excepted = secured.with("NO_PROXY", "localhost");
    excepted.run("plan", authority.issue("localhost").serve()).exits(0);
}

#[test]
fn verification_is_not_switched_off_and_who_tries_is_told() {
    let authority = Authority::new();
    let stranger = Authority::named("another").issue("localhost");
    let ended = Secured::new()
        .trusting(&authority)
        .with("NODE_TLS_REJECT_UNAUTHORIZED", "0")
        .with("SOURCE_INSECURE_SKIP_TLS_VERIFY", "true")
        .fails(stranger.serve(), &["unknown issuer"]);
    for name in ["NODE_TLS_REJECT_UNAUTHORIZED", "SOURCE_INSECURE_SKIP_TLS_VERIFY"] {
        let warned = ended.stderr.lines().any(|line| line.contains(name) && line.contains("is not obeyed"));
        assert!(warned, "{name}: {}", ended.stderr);
    }
}

#[test]
fn files_that_cannot_be_used_are_told_with_the_name_of_their_variable() {
    let authority = Authority::new();
    let (ours, other) = (authority.issue("client"), authority.issue("other"));
    let nonsense = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let refuse = |secured: Secured, words: &[&str]| {
        let server = authority.issue("localhost").serve();
        secured.run("sync", server).exits(2).complains(words);
    };
    refuse(
        Secured::new().with_file("SOURCE_CA_CERT_FILE", nonsense),
        &["the configuration has 1 problem", "SOURCE_CA_CERT_FILE", "cannot be read"],
    );
    refuse(
        Secured::new().with_file("SOURCE_CA_CERT_FILE", b""),
        &["SOURCE_CA_CERT_FILE", "a PEM file with a CERTIFICATE"],
    );
    refuse(
        Secured::new().with("SOURCE_CA_CERT_FILE", "/nowhere/ca.pem"),
        &["SOURCE_CA_CERT_FILE", "/nowhere/ca.pem", "can be read"],
    );
    refuse(
        Secured::new().showing(&ours).with_file("SOURCE_CLIENT_KEY_FILE", other.key.as_bytes()),
        &["SOURCE_CLIENT_KEY_FILE", "the key of another certificate", "SOURCE_CLIENT_CERT_FILE"],
    );
    refuse(
        Secured::new().showing(&ours).with_file("SOURCE_CLIENT_CERT_FILE", ours.key.as_bytes()),
        &["SOURCE_CLIENT_CERT_FILE", "a PEM file with a CERTIFICATE"],
    );
}
