//! The transport over real sockets: TLS, proxies, connection pool.

use std::error::Error;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::{ClientBuilder, NoProxy, Proxy, redirect};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::chunks::Chunks;
use super::tls::{self, ClientIdentity};
use super::transport::{Transport, TransportError};

/// Larger answers are refused, so that a server gone mad can't take all memory.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// How to reach one side. Nothing else is read from the process environment but, by the TLS
/// library, where the system's roots are (`SSL_CERT_FILE`, `SSL_CERT_DIR`).
#[derive(Debug, Clone)]
pub struct SocketOptions {
    /// The proxy for `https` addresses: a URL, perhaps with user and password.
    pub https_proxy: Option<SecretString>,
    /// The proxy for `http` addresses.
    pub http_proxy: Option<SecretString>,
    /// Hosts that are reached directly, in the syntax of `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// PEM files with roots to trust besides the system's.
    pub ca_pem: Vec<Vec<u8>>,
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
            https_proxy: None,
            http_proxy: None,
            no_proxy: None,
            ca_pem: Vec::new(),
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
    largest_body: usize,
}

impl Sockets {
    /// Fails on certificates, keys and proxy addresses that can't be read, and when neither the
    /// system nor `options` has any root to trust.
    pub fn new(options: &SocketOptions) -> Result<Self> {
        // reqwest's own retries stay as they are: they cover only what the server said it
        // did not process (HTTP/2 refused streams), which no counter needs to see.
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .user_agent(&options.user_agent)
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(options.idle_connections)
            .http2_adaptive_window(true);
        builder = with_proxies(builder, options)?;
        for pem in &options.ca_pem {
            builder = builder.tls_certs_merge(tls::certificates(pem)?);
        }
        if let Some(identity) = &options.identity_pem {
            builder = builder.identity(tls::identity(identity)?);
        }
        let client = builder.build().context(
            "cannot set up TLS; check the certificates and keys given and that this machine has trusted roots \
             (SSL_CERT_FILE)",
        )?;
        Ok(Self {
            client,
            largest_body: LARGEST_BODY,
        })
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
        let mut response = self
            .client
            .execute(request)
            .await
            .map_err(|error| explain(&error, timeout))?;
        let mut answer = ::http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            *headers = std::mem::take(response.headers_mut());
        }
        let body = self.body(response, timeout).await?;
        answer
            .body(body)
            .map_err(|error| TransportError::Broken(error.to_string()))
    }

    async fn body(
        &self,
        mut response: reqwest::Response,
        timeout: Duration,
    ) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| explain(&error, timeout))?
        {
            if body.len() + chunk.len() > self.largest_body {
                return Err(TransportError::TooLarge(self.largest_body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
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
                TransportError::Connect(format!(
                    "no address to connect to: {}",
                    error.without_url()
                ))
            })?;
            *request.timeout_mut() = Some(timeout);
            self.exchange(request, timeout).await
        }
        .boxed()
    }
}

/// Only the proxies given. `no_proxy` on the builder also keeps the library from looking
/// for more in the environment.
fn with_proxies(builder: ClientBuilder, options: &SocketOptions) -> Result<ClientBuilder> {
    let except = options.no_proxy.as_deref().and_then(NoProxy::from_string);
    let mut builder = builder.no_proxy();
    if let Some(url) = &options.https_proxy {
        builder = builder.proxy(proxy(url, Proxy::https)?.no_proxy(except.clone()));
    }
    if let Some(url) = &options.http_proxy {
        builder = builder.proxy(proxy(url, Proxy::http)?.no_proxy(except));
    }
    Ok(builder)
}

/// The library's own error could quote the address, and with it a password.
fn proxy(url: &SecretString, make: fn(Url) -> reqwest::Result<Proxy>) -> Result<Proxy> {
    let url = Url::parse(url.expose_secret()).ok().filter(Url::has_host);
    url.and_then(|url| make(url).ok())
        .context("the proxy address is no URL; expected http://[user:password@]host:port")
}

/// Sorts the library's errors by what they mean for a retry.
fn explain(error: &reqwest::Error, timeout: Duration) -> TransportError {
    if let Some(tls) = tls_error(error) {
        return TransportError::Tls(tls::advice(tls));
    }
    if error.is_connect() {
        let reason = if error.is_timeout() {
            "no connection in time".to_owned()
        } else {
            innermost(error)
        };
        return TransportError::Connect(reason);
    }
    if error.is_timeout() {
        return TransportError::Timeout(timeout);
    }
    TransportError::Broken(innermost(error))
}

/// A handshake that failed, or a client certificate that was rejected. With TLS 1.3 the latter is
/// learnt only when the first answer is read. Other TLS errors in mid-stream are broken connections.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    let found = chain(error).find_map(as_tls_error)?;
    let rejected = matches!(found, rustls::Error::AlertReceived(alert) if tls::concerns_client_certificate(*alert));
    (error.is_connect() || rejected).then_some(found)
}

/// An I/O error skips what it wraps when asked for its source, and may wrap another one.
fn as_tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    match error.downcast_ref::<std::io::Error>() {
        Some(outer) => as_tls_error(outer.get_ref()?),
        None => error.downcast_ref(),
    }
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The last of the chain says what happened; those before it name URLs and layers.
fn innermost(error: &reqwest::Error) -> String {
    chain(error)
        .skip(1)
        .last()
        .map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}
