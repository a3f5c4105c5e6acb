//! Platforms: what speaks to real servers. Nothing outside a platform's own folder (and its folder in the sandbox) names it.

mod access;
pub mod api_connect;
mod connect;
pub mod snapshot;
mod write_once;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use access::{Access, BothWays, Catalogs, Inspection, SameCatalog};
pub use connect::connect;

use crate::{
    config::{self, Settings},
    engine::{
        catalog::Reader,
        model::{KindId, KindTable},
        plan::policy::{Fallback, Filter},
        report::Finding,
    },
    http::{RetryPolicy, Transport},
    platform::snapshot::Snapshot,
};

/// All platforms. A new one is its folder, its folder in the sandbox, and a line here.
pub static PLATFORMS: [&dyn Platform; 1] = [&api_connect::Platform];

/// The platform that is in use unless `PLATFORM` names another one.
pub static DEFAULT: &dyn Platform = PLATFORMS[0];

/// The kinds of the platform that is in use.
#[must_use]
pub fn kinds() -> &'static KindTable {
    DEFAULT.kinds()
}

/// The names of the kinds that a report counts.
#[must_use]
pub fn kind_names() -> Vec<&'static str> {
    kinds().reported().map(|kind| kinds().row(kind).name).collect()
}

/// One platform: which kinds its catalogs hold, what its settings ask of a run, and the way to its servers.
#[async_trait]
pub trait Platform: Sync {
    /// Its name in `PLATFORM`.
    fn name(&self) -> &'static str;

    /// The kinds that its catalogs hold.
    fn kinds(&self) -> &'static KindTable;

    /// What the settings choose of its kinds.
    fn scope(&self, settings: &Settings) -> Scope;

    /// Connects to two servers and checks the requirements.
    async fn connect(&self, source: Endpoint<'_>, target: Endpoint<'_>, run: &RunContext<'_>) -> Access;

    /// Connects to the source alone, to be read.
    ///
    /// # Errors
    /// What stands in the way.
    async fn connect_source(&self, source: Endpoint<'_>, run: &RunContext<'_>) -> Result<Arc<dyn Reader>, Finding>;

    /// Connects to the target of a source that is no server, and checks what it asks of the target. The source is then read
    /// in the target's terms.
    async fn connect_target(&self, source: Arc<dyn Reader>, target: Endpoint<'_>, run: &RunContext<'_>) -> Access;
}

/// One server of a run.
#[derive(Clone, Copy)]
pub struct Endpoint<'a> {
    /// `source` or `target`.
    pub name: &'static str,
    /// Where it is, and who logs in.
    pub side: &'a config::Side,
    /// What carries the requests.
    pub transport: &'a Arc<dyn Transport>,
}

/// What holds for a whole run.
pub struct RunContext<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// When failed requests are sent again.
    pub retry: &'a RetryPolicy,
    /// The present by the own clock.
    pub now: Timestamp,
    /// Once it is cancelled, nothing waits any more to be sent again.
    pub stop: &'a CancellationToken,
    /// The same beyond this moment.
    pub deadline: Option<Instant>,
}

/// What the settings choose of a platform's kinds.
#[derive(Debug, Default)]
pub struct Scope {
    /// Which objects are in scope, by kind.
    pub filters: Vec<(KindId, Filter)>,
    /// The kinds that the run does not replicate.
    pub excluded: std::collections::BTreeSet<KindId>,
    /// What takes the place of what cannot be on the target.
    pub fallbacks: Vec<Fallback>,
    /// What is odd about the choice.
    pub findings: Vec<Finding>,
}

/// What carries the requests of each side, and how patiently.
pub struct Carriers {
    /// To the source.
    pub source: Carrier,
    /// To the target.
    pub target: Carrier,
    /// When failed requests are sent again.
    pub retry: RetryPolicy,
}

/// How a side is reached.
#[derive(Clone)]
pub enum Carrier {
    /// By requests to a server.
    Server(Arc<dyn Transport>),
    /// In a file that was opened.
    Snapshot(Arc<Snapshot>),
}

impl Carrier {
    /// The snapshot, unless the side is a server.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match self {
            Self::Server(_) => None,
            Self::Snapshot(snapshot) => Some(snapshot),
        }
    }
}

impl<T: Transport + 'static> From<Arc<T>> for Carrier {
    fn from(transport: Arc<T>) -> Self {
        Self::Server(transport)
    }
}

impl From<Arc<dyn Transport>> for Carrier {
    fn from(transport: Arc<dyn Transport>) -> Self {
        Self::Server(transport)
    }
}
