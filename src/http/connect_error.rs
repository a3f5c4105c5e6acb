//! What stood in the way of a request: the libraries' errors, in words that name the place and the setting to mend.

use std::error::Error;
use std::time::Duration;

use rustls::AlertDescription;

use super::tls;
use super::transport::TransportError;

/// The way that a request takes.
pub(super) struct Destination<'a> {
    /// `SOURCE_` or `TARGET_`: what the side's settings begin with.
    pub(super) settings: &'a str,
    /// Whether it is TLS that is spoken.
    pub(super) secure: bool,
    /// Host and port of the server.
    pub(super) server: String,
    /// Host and port of the proxy, if one is used.
    pub(super) proxy: Option<String>,
}

impl Destination<'_> {
    /// Sorts the library's errors by what they mean for a retry.
    pub(super) fn explain(&self, error: &reqwest::Error, timeout: Duration) -> TransportError {
        if let Some(tls) = tls_error(error) {
            return TransportError::Tls(self.untrusted(tls));
        }
        if let Some(refusal) = chain(error).map(ToString::to_string).find(|text| is_of_tunnel(text)) {
            return self.no_tunnel(&refusal, error);
        }
        if error.is_connect() {
            let reason = if error.is_timeout() { "no connection in time".to_owned() } else { innermost(error) };
            return TransportError::Connect(format!("{reason} ({self})"));
        }
        if error.is_timeout() {
            return TransportError::Timeout(timeout);
        }
        TransportError::Broken(self.broken(error))
    }

    /// A proxy that answers in place of the server, because it wants to know who asks.
    pub(super) fn wants_login(&self) -> TransportError {
        TransportError::Proxy(format!(
            "it wants a user and a password that it knows (407; {self}); \
             give them in {setting}, as in {setting}=http://user:password@host:port",
            setting = self.proxy_setting()
        ))
    }

    fn no_tunnel(&self, refusal: &str, error: &reqwest::Error) -> TransportError {
        if refusal.contains("authorization required") {
            return self.wants_login();
        }
        TransportError::Connect(format!(
            "the proxy makes no tunnel: {} ({self}); have it allowed there, or check {} and NO_PROXY",
            innermost(error),
            self.proxy_setting()
        ))
    }

    fn untrusted(&self, error: &rustls::Error) -> String {
        let advice = tls::advice(error, self.settings);
        let remark = if self.proxy.is_some() && tls::is_of_certificate(error) {
            "; where the proxy puts in a certificate of its own, its CA certificate is the one to give, or the server \
             the one to name in NO_PROXY"
        } else {
            ""
        };
        format!("{advice} ({self}){remark}")
    }

    /// A server that speaks TLS answers a plain request with an alert, which is no HTTP.
    fn broken(&self, error: &reqwest::Error) -> String {
        let reason = innermost(error);
        let is_no_http =
            chain(error).filter_map(|error| error.downcast_ref::<hyper::Error>()).any(hyper::Error::is_parse);
        if is_no_http && !self.secure {
            format!("{reason} ({self}); if TLS is spoken there, give {}MGMT_SERVER with https", self.settings)
        } else {
            reason
        }
    }

    fn proxy_setting(&self) -> &'static str {
        if self.secure { "HTTPS_PROXY" } else { "HTTP_PROXY" }
    }
}

impl std::fmt::Display for Destination<'_> {
    /// `host:port`, and the proxy before it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.server)?;
        self.proxy.iter().try_for_each(|proxy| {
            let setting = self.proxy_setting();
            write!(f, " through the proxy {proxy} of {setting}")
        })
    }
}

/// A handshake that failed, or a client certificate that was rejected. With TLS 1.3 the latter is
/// learnt only when the first answer is read. Other TLS errors in mid-stream are broken connections.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    let found = wrapped_tls_error(error)?;
    let rejected = matches!(found, rustls::Error::AlertReceived(alert) if is_rejection(*alert));
    (error.is_connect() || rejected).then_some(found)
}

fn is_rejection(alert: AlertDescription) -> bool {
    tls::concerns_client_certificate(alert)
}

/// The TLS library's error inside another one.
pub(super) fn wrapped_tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    chain(error).find_map(as_tls_error)
}

/// An I/O error skips what it wraps when asked for its source, and may wrap another one.
fn as_tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    match error.downcast_ref::<std::io::Error>() {
        Some(outer) => as_tls_error(outer.get_ref()?),
        None => error.downcast_ref(),
    }
}

/// The type of these errors is not public; their text begins so.
fn is_of_tunnel(text: &str) -> bool {
    text.starts_with("tunnel error: ") && !text.ends_with("failed to create underlying connection")
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The last of the chain says what happened; those before it name URLs and layers.
fn innermost(error: &reqwest::Error) -> String {
    chain(error).skip(1).last().map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}
