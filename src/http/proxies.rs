//! The proxies on the way to a server.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, NoProxy, Proxy};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::sockets::{SocketOptions, Unusable};

/// Tells which proxy a request takes: reqwest decides with the same matcher, but does not say.
#[derive(Debug, Clone)]
pub(super) struct Proxies(std::sync::Arc<Matcher>);

impl Proxies {
    pub(super) fn of(options: &SocketOptions) -> Self {
        let text = |url: &Option<SecretString>| {
            let url = url.as_ref().map(|url| url.expose_secret().to_owned());
            url.unwrap_or_default()
        };
        let matcher = Matcher::builder()
            .https(text(&options.https_proxy))
            .http(text(&options.http_proxy))
            .no(options.no_proxy.clone().unwrap_or_default())
            .build();
        Self(std::sync::Arc::new(matcher))
    }

    /// Host and port of the proxy that requests to this address go through, and never its login.
    pub(super) fn towards(&self, url: &Url) -> Option<String> {
        let found = self.0.intercept(&url.as_str().parse().ok()?)?;
        let proxy = found.uri();
        let port = proxy.port().map(|port| format!(":{port}"));
        Some(format!("{}{}", proxy.host()?, port.unwrap_or_default()))
    }
}

/// Only the proxies given. `no_proxy` on the builder also keeps the library from looking
/// for more in the environment.
pub(super) fn install(builder: ClientBuilder, options: &SocketOptions) -> Result<ClientBuilder, Unusable> {
    let except = options.no_proxy.as_deref().and_then(NoProxy::from_string);
    let mut builder = builder.no_proxy();
    if let Some(url) = &options.https_proxy {
        let proxy = proxy("HTTPS_PROXY", url, Proxy::https)?;
        builder = builder.proxy(proxy.no_proxy(except.clone()));
    }
    if let Some(url) = &options.http_proxy {
        let proxy = proxy("HTTP_PROXY", url, Proxy::http)?;
        builder = builder.proxy(proxy.no_proxy(except));
    }
    Ok(builder)
}

/// The library's own error could quote the address, and with it a password.
fn proxy(setting: &str, url: &SecretString, make: fn(Url) -> reqwest::Result<Proxy>) -> Result<Proxy, Unusable> {
    let url = Url::parse(url.expose_secret()).ok().filter(Url::has_host);
    url.and_then(|url| make(url).ok())
        .ok_or_else(|| Unusable::new(setting, "no URL", "http://[user:password@]host:port"))
}
