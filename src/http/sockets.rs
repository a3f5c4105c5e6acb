//! The transport over real sockets: TLS, proxies, connection pool.

use std::time::Duration;

use ::http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::redirect;
use secrecy::SecretString;
use url::Url;

use super::chunks::Chunks;
use super::coding;
use super::connect_error::{self, Destination};
use super::proxies::{self, Proxies};
use super::tls::{self, ClientIdentity};
use super::transport::{Transport, TransportError};

/// Larger answers are refused, so that a server gone mad can't take all memory.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// How to reach one side. Nothing else is read from the process environment but, by the TLS
/// library, where the system's roots are (`SSL_CERT_FILE`, `SSL_CERT_DIR`).
#[derive(Debug, Clone)]
pub struct SocketOptions {
    /// `SOURCE_` or `TARGET_`: what the names of the side's settings begin with, for messages that say what to mend.
    pub settings: &'static str,
    /// The proxy for `https` addresses: a URL, perhaps with user and password.
    pub https_proxy: Option<SecretString>,
    /// The proxy for `http` addresses.
    pub http_proxy: Option<SecretString>,
    /// Hosts that are reached directly, in the syntax of `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// A PEM file with roots to trust besides the system's; all of it must be right.
    pub ca_pem: Option<Vec<u8>>,
    /// PEM files with the system's roots, where they are not in their usual place. What is no certificate there is
    /// passed over, as the system's own are.
    pub system_pem: Vec<Vec<u8>>,
    /// Who we are, where the server wants to know.
    pub identity_pem: Option<ClientIdentity>,
    /// How long to wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// Idle connections to keep: as many as requests may be in flight.
    pub idle_connections: usize,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            settings: "",
            https_proxy: None,
            http_proxy: None,
            no_proxy: None,
            ca_pem: None,
            system_pem: Vec::new(),
            identity_pem: None,
            connect_timeout: Duration::from_secs(10),
            idle_connections: 24,
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Real connections, kept open and shared by all requests.
#[derive(Debug, Clone)]
pub struct Sockets {
    client: reqwest::Client,
    settings: &'static str,
    proxies: Proxies,
    largest_body: usize,
}

/// A setting with which no connection can be made, whatever the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {found}; expected: {expected}")]
pub struct Unusable {
    /// The name of the setting.
    pub setting: String,
    /// What it holds, never quoted.
    pub found: String,
    /// What it should hold.
    pub expected: String,
}

impl Unusable {
    pub(super) fn new(setting: impl Into<String>, found: &str, expected: &str) -> Self {
        Self { setting: setting.into(), found: found.to_owned(), expected: expected.to_owned() }
    }
}

impl Sockets {
    /// Fails on certificates, keys and proxy addresses that can't be used, and when neither the
    /// system nor `options` has any root to trust.
    pub fn new(options: &SocketOptions) -> Result<Self, Unusable> {
        // reqwest's own retries stay as they are: they cover only what the server said it
        // did not process (HTTP/2 refused streams), which no counter needs to see.
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .user_agent(&options.user_agent)
            .default_headers(accepted_codings())
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(options.idle_connections)
            .http2_adaptive_window(true);
        builder = proxies::install(builder, options)?;
        builder = builder.tls_certs_merge(tls::roots(options)?);
        if let Some(identity) = &options.identity_pem {
            builder = builder.identity(tls::identity(identity, options.settings)?);
        }
        let client =
            builder.build().map_err(|error| tls::unusable(connect_error::wrapped_tls_error(&error), options))?;
        Ok(Self { client, settings: options.settings, proxies: Proxies::of(options), largest_body: LARGEST_BODY })
    }

    /// The same with another bound for the size of an answer, in bytes.
    #[must_use]
    pub fn with_largest_body(mut self, bytes: usize) -> Self {
        self.largest_body = bytes;
        self
    }

    async fn exchange(
        &self,
        request: reqwest::Request,
        timeout: Duration,
    ) -> Result<::http::Response<Bytes>, TransportError> {
        let url = request.url().clone();
        let mut response = match self.client.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(self.destination(&url).explain(&error, timeout)),
        };
        let of_proxy = response.status() == ::http::StatusCode::PROXY_AUTHENTICATION_REQUIRED;
        if of_proxy && self.proxies.towards(&url).is_some() {
            return Err(self.destination(&url).wants_login());
        }
        let mut answer = ::http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            *headers = std::mem::take(response.headers_mut());
        }
        let status = response.status();
        let body = self.body(response, &url, timeout).await?;
        let headers = answer.headers_ref().cloned().unwrap_or_default();
        let body = match coding::unpack(&headers, body, self.largest_body) {
            // A refusal is told by its status, whatever can be made of its body.
            Err(error) if !status.is_success() => Bytes::from(format!("(unreadable: {error})")),
            unpacked => unpacked?,
        };
        answer.body(body).map_err(|error| TransportError::Broken(error.to_string()))
    }

    async fn body(
        &self,
        mut response: reqwest::Response,
        url: &Url,
        timeout: Duration,
    ) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| self.destination(url).explain(&error, timeout))?
        {
            if body.len() + chunk.len() > self.largest_body {
                return Err(TransportError::TooLarge(self.largest_body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn destination(&self, url: &Url) -> Destination<'_> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        Destination {
            settings: self.settings,
            secure: url.scheme() == "https",
            server: format!("{host}:{port}"),
            proxy: self.proxies.towards(url),
        }
    }
}

fn accepted_codings() -> HeaderMap {
    let accepted = HeaderValue::from_static(coding::ACCEPTED);
    HeaderMap::from_iter([(ACCEPT_ENCODING, accepted)])
}

impl Transport for Sockets {
    fn send(
        &self,
        request: ::http::Request<Chunks>,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<::http::Response<Bytes>, TransportError>> {
        async move {
            let request = request.map(Chunks::into_body);
            let mut request = reqwest::Request::try_from(request).map_err(|error| {
                TransportError::Connect(format!("no address to connect to: {}", error.without_url()))
            })?;
            *request.timeout_mut() = Some(timeout);
            self.exchange(request, timeout).await
        }
        .boxed()
    }
}
