//! A way to a sandbox on which an input can answer in the server's place, and a program that is connected by it.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use apic_configsync::{
    config::{Config, Environment, FlagValues},
    engine::catalog::{Reader, Writer},
    http::{Chunks, RetryPolicy, Transport, TransportError},
    platform::{self, Carriers},
    sandbox::{Cluster, InProcess, SharedCluster, share},
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// The answer to a request; `None` leaves it to the sandbox.
pub(super) type Answering = Box<dyn FnMut(&Request<Bytes>) -> Option<Response<Bytes>> + Send>;

/// A sandbox's server with something on the way to it.
pub(super) struct Detour {
    pub(super) cluster: SharedCluster,
    answering: Mutex<Answering>,
    seen: Mutex<Vec<Request<Bytes>>>,
}

impl Detour {
    pub(super) fn to(cluster: Cluster) -> Arc<Self> {
        Arc::new(Self { cluster: share(cluster), answering: Mutex::new(Box::new(|_| None)), seen: Mutex::default() })
    }

    /// From now on `answering` comes first, and what was sent before is forgotten.
    pub(super) fn answer_by(&self, answering: impl FnMut(&Request<Bytes>) -> Option<Response<Bytes>> + Send + 'static) {
        *self.answering.lock().unwrap() = Box::new(answering);
        self.seen.lock().unwrap().clear();
    }

    /// What was sent.
    pub(super) fn seen(&self) -> Vec<Request<Bytes>> {
        self.seen.lock().unwrap().clone()
    }
}

impl Transport for Detour {
    fn send(
        &self,
        request: Request<Chunks>,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let (parts, body) = request.into_parts();
        let whole = Request::from_parts(parts.clone(), body.joined());
        let answer = (self.answering.lock().unwrap())(&whole);
        self.seen.lock().unwrap().push(whole);
        Box::pin(async move {
            if let Some(answer) = answer {
                return Ok(answer);
            }
            let sandbox = InProcess::new(Arc::clone(&self.cluster));
            sandbox.send(Request::from_parts(parts, body), timeout).await
        })
    }
}

/// JSON or whatever else the bytes are, as a success.
pub(super) fn answer(body: impl Into<Bytes>) -> Response<Bytes> {
    Response::new(body.into())
}

/// Two sandboxes, a way to each, and an operator's settings.
pub(super) struct Road {
    pub(super) source: Arc<Detour>,
    pub(super) target: Arc<Detour>,
    pub(super) config: Config,
}

impl Road {
    pub(super) fn between((source, target): (Cluster, Cluster)) -> Self {
        let mut variables = vec![
            ("SyncProductsAndAPIs".to_owned(), "true".to_owned()),
            ("API_CACHE_REQUEST_PAGE_SIZE".to_owned(), "3".to_owned()),
            ("DELETE_GRACE".to_owned(), "0s".to_owned()),
        ];
        variables.extend(source.variables("SOURCE", "https://source.test/api"));
        variables.extend(target.variables("TARGET", "https://target.test/api"));
        let environment: Environment = variables.into_iter().collect();
        let table = platform::kinds();
        let kinds: Vec<&str> = table.reported().map(|kind| table.row(kind).name).collect();
        let (config, _) = Config::load(&environment, &FlagValues::default(), &kinds).unwrap();
        Self { source: Detour::to(source), target: Detour::to(target), config }
    }

    pub(super) fn carriers(&self) -> Carriers {
        Carriers {
            source: Arc::clone(&self.source).into(),
            target: Arc::clone(&self.target).into(),
            retry: RetryPolicy::instant(),
        }
    }

    /// Both catalogs, while nothing goes wrong yet.
    pub(super) async fn connect(&self) -> (Arc<dyn Reader>, Arc<dyn Writer>) {
        let stop = CancellationToken::new();
        let (carriers, now) = (self.carriers(), Timestamp::UNIX_EPOCH);
        let access = platform::connect(platform::DEFAULT, &self.config, &carriers, now, (&stop, None)).await;
        let catalogs = access.catalogs.unwrap();
        (catalogs.source, catalogs.target)
    }
}

/// Waits for a future, with a clock that leaps over every sleep.
pub(super) fn finish<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
}
