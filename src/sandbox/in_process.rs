//! A cluster as a transport, without sockets.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::api_connect::{Outcome, handle};
use super::{SharedCluster, lock};
use crate::http::Chunks;
use crate::http::transport::{Transport, TransportError};

/// Carries requests straight to a cluster.
#[derive(Clone)]
pub struct InProcess {
    cluster: SharedCluster,
}

impl InProcess {
    /// A way to this cluster; the host in the request's URL is only echoed.
    #[must_use]
    pub fn new(cluster: SharedCluster) -> Self {
        Self { cluster }
    }
}

impl Transport for InProcess {
    fn send(
        &self,
        request: ::http::Request<Chunks>,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<::http::Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let request = request.map(|body| body.joined());
            let reply = handle(&mut lock(&self.cluster), &request);
            if reply.latency > timeout {
                tokio::time::sleep(timeout).await;
                return Err(TransportError::Timeout(timeout));
            }
            if !reply.latency.is_zero() {
                tokio::time::sleep(reply.latency).await;
            }
            match reply.outcome {
                Outcome::Answer(answer) => Ok(answer),
                Outcome::Refused => Err(TransportError::Connect("connection refused".to_owned())),
                Outcome::Reset => Err(TransportError::Broken("connection reset".to_owned())),
                Outcome::Truncated { .. } => Err(TransportError::Broken("the body ended early".to_owned())),
            }
        })
    }
}
