//! What a run inside the test's own process says and sends: its log at `trace`, and the secrets on its wire.

use std::{
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
    /// Takes down everything, libraries included. As text, since JSON would escape quotes within a secret.
    pub(crate) fn subscriber(&self) -> impl Subscriber + Send + Sync + 'static {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
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
        Self { transport, secrets: secrets.clone() }
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
    assert!(text.contains("of-the-event") && text.contains("said"), "{text}");
}
