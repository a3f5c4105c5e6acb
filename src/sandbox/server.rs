//! A cluster behind a real socket on loopback.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::api_connect::{Outcome, Reply, handle};
use super::{SharedCluster, lock};

type AnswerBody = BoxBody<Bytes, io::Error>;

/// A running server; it stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    _stop: DropGuard,
}

impl Server {
    /// Serves a cluster on a free port of 127.0.0.1, from within a Tokio runtime.
    pub fn start(cluster: SharedCluster) -> io::Result<Self> {
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        runtime.spawn(stop.clone().run_until_cancelled_owned(accept(listener, cluster, stop.clone())));
        Ok(Self { address, _stop: stop.drop_guard() })
    }

    /// The URL of its REST API, as `*_MGMT_SERVER` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }
}

async fn accept(listener: TcpListener, cluster: SharedCluster, stop: CancellationToken) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(stop.clone().run_until_cancelled_owned(serve(stream, cluster.clone())));
        }
    }
}

/// Serves one connection. It ends with an error when the client goes away or a fault breaks it, which is nobody's concern.
async fn serve(stream: TcpStream, cluster: SharedCluster) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| exchange(cluster.clone(), request));
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// One request; an error closes the connection without an answer.
async fn exchange(
    cluster: SharedCluster,
    request: ::http::Request<Incoming>,
) -> io::Result<::http::Response<AnswerBody>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let request = ::http::Request::from_parts(parts, body);
    // In a block of its own, so that the lock is not held while the answer is waited with and sent.
    let Reply { latency, outcome } = { handle(&mut lock(&cluster), &request) };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match outcome {
        Outcome::Answer(answer) => Ok(answer.map(whole)),
        Outcome::Truncated { answer, sent } => Ok(truncated(answer, sent)),
        Outcome::Refused | Outcome::Reset => Err(io::ErrorKind::ConnectionReset.into()),
    }
}

fn whole(body: Bytes) -> AnswerBody {
    Full::new(body).map_err(|never: Infallible| match never {}).boxed()
}

/// Promises the whole body and breaks off after `sent` bytes of it.
fn truncated(answer: ::http::Response<Bytes>, sent: usize) -> ::http::Response<AnswerBody> {
    let promised = answer.body().len();
    let mut response = answer.map(|body| {
        let begun = stream::iter([Ok(Frame::data(body.slice(..sent)))]);
        // The pause lets the head and the first bytes go out before the connection breaks.
        let broken = stream::once(async {
            tokio::task::yield_now().await;
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        });
        BodyExt::boxed(StreamBody::new(begun.chain(broken)))
    });
    response.headers_mut().insert(::http::header::CONTENT_LENGTH, promised.into());
    response
}
