//! What a run inside the test's own process says and sends: its log at `trace`, and the secrets on its wire.

use std::{
    cell::Cell,
    io,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use apic_configsync::{
    commands::Task,
    http::{Chunks, Transport, TransportError},
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::fmt::MakeWriter;

use crate::secrets::Secrets;

/// Runs of one test that are listened to in any case. Random suites make thousands, of which a sample will do.
const FIRST: u32 = 12;
/// Of those that follow, one in so many.
const ONE_IN: u32 = 16;

thread_local! {
    /// Each test has a thread of its own, so the choice is the same in every run of the suite.
    static RUNS: Cell<u32> = const { Cell::new(0) };
}

/// Where a run will have kept its plan.
pub(crate) fn kept_by(task: &Task) -> Option<PathBuf> {
    match task {
        Task::Plan { keep, .. } => keep.as_ref().map(|it| it.path().to_owned()),
        _ => None,
    }
}

/// What a run logs, kept in memory.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// A log for the run that begins, if it is one to be listened to.
    pub(crate) fn of_this_run() -> Option<Self> {
        let run = RUNS.get();
        RUNS.set(run + 1);
        (run < FIRST || run.is_multiple_of(ONE_IN)).then(Self::default)
    }

    /// Takes down everything, libraries included, as JSON: it leaves nothing out.
    pub(crate) fn subscriber(&self) -> impl Subscriber + Send + Sync + 'static {
        tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(LevelFilter::TRACE)
            .with_writer(self.clone())
            .finish()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Passes requests on and learns the secrets that they carry.
pub(crate) struct Watched<T> {
    transport: T,
    secrets: Secrets,
}

impl<T> Watched<T> {
    pub(crate) fn new(transport: T, secrets: &Secrets) -> Self {
        Self {
            transport,
            secrets: secrets.clone(),
        }
    }
}

impl<T: Transport> Transport for Watched<T> {
    fn send(
        &self,
        request: http::Request<Chunks>,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let seen = request.clone().map(|body| body.joined());
        self.secrets.learn_request(&seen);
        self.transport.send(request, timeout)
    }
}

#[test]
fn a_log_takes_down_what_is_traced() {
    let log = Log::default();
    tracing::subscriber::with_default(log.subscriber(), || {
        tracing::trace!(field = "of-the-event", "said");
    });
    let text = log.text();
    assert!(
        text.contains("of-the-event") && text.contains("said"),
        "{text}"
    );
}
