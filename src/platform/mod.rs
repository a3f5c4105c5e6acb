//! Platforms: what speaks to real servers. Nothing outside a platform's own folder (and its folder in the sandbox) names it.

mod access;
pub mod api_connect;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use access::{Access, BothWays, Catalogs, Inspection, SameCatalog};

use crate::{
    config::{Config, Settings},
    engine::{
        model::{KindId, KindTable},
        plan::policy::{Fallback, Filter},
        report::Finding,
    },
    http::{RetryPolicy, Transport},
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

/// One platform: which kinds its catalogs hold, what its settings ask of a run, and the way to its servers.
#[async_trait]
pub trait Platform: Sync {
    /// Its name in `PLATFORM`.
    fn name(&self) -> &'static str;

    /// The kinds that its catalogs hold.
    fn kinds(&self) -> &'static KindTable;

    /// What the settings choose of its kinds.
    fn scope(&self, settings: &Settings) -> Scope;

    /// Connects to both sides and checks the requirements. `now` is the present by the own clock. Beyond the deadline, or once
    /// the token is cancelled, nothing waits any more to be sent again.
    async fn connect(
        &self,
        config: &Config,
        carriers: &Carriers,
        now: Timestamp,
        until: (&CancellationToken, Option<Instant>),
    ) -> Access;
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
    pub source: Arc<dyn Transport>,
    /// To the target.
    pub target: Arc<dyn Transport>,
    /// When failed requests are sent again.
    pub retry: RetryPolicy,
}
