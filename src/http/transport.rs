//! What carries one HTTP exchange: real sockets, or a sandbox inside the process.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::chunks::Chunks;

/// Carries a request to a server and brings the whole answer back.
///
/// It neither retries nor interprets a status: that is the client's business.
pub trait Transport: Send + Sync {
    /// Sends one request. Any answer of the server is `Ok`, whatever its status.
    fn send(
        &self,
        request: ::http::Request<Chunks>,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<::http::Response<Bytes>, TransportError>>;
}

/// Why no whole answer came.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransportError {
    /// No connection was made, so the server saw nothing of the request.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The other side could not be trusted, or did not trust us; the server saw nothing of the request.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The proxy on the way wants to know who asks; the server saw nothing of the request.
    #[error("the proxy refused: {0}")]
    Proxy(String),
    /// The time was up. The request may have taken effect.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke after the request had left. The request may have taken effect.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer is larger than any sane one. The request may have taken effect.
    #[error(
        "the answer is larger than {0} bytes, unpacked; ask for fewer objects at once (API_CACHE_REQUEST_PAGE_SIZE), or see to the server"
    )]
    TooLarge(usize),
    /// The answer is packed in a way that was not asked for. The request may have taken effect.
    #[error(
        "the answer came with `Content-Encoding: {0}`, which is not understood; have the proxy or gateway on the way leave answers as they are"
    )]
    Encoding(String),
}

impl TransportError {
    /// Whether the server may have acted on the request although no answer came.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        matches!(self, Self::Timeout(_) | Self::Broken(_) | Self::TooLarge(_) | Self::Encoding(_))
    }
}
