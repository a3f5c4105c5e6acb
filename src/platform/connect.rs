//! Connecting two sides, each of which is a server or a file.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Access, BothWays, Carrier, Carriers, Catalogs, Endpoint, Inspection, Platform, RunContext,
    snapshot::{KnownByOwnIds, ReadOnly, Snapshot},
};
use crate::{
    config::{Config, SideSettings},
    engine::{
        catalog::{Reader, Writer},
        report::Finding,
    },
    http::Transport,
};

/// Connects to both sides and checks the requirements. `now` is the present by the own clock. Beyond the deadline, or once the
/// token is cancelled, nothing waits any more to be sent again.
pub async fn connect(
    platform: &dyn Platform,
    config: &Config,
    carriers: &Carriers,
    now: Timestamp,
    (stop, deadline): (&CancellationToken, Option<Instant>),
) -> Access {
    let run = RunContext { settings: &config.settings, retry: &carriers.retry, now, stop, deadline };
    let source = Way::of("source", &config.source, &carriers.source);
    let target = Way::of("target", &config.target, &carriers.target);
    match (source, target) {
        (Way::Server(source), Way::Server(target)) => platform.connect(source, target, &run).await,
        (Way::Snapshot(source), Way::Server(target)) => {
            let access = platform.connect_target(source, target, &run).await;
            Access { catalogs: access.catalogs.map(known_in_time), ..access }
        }
        (Way::Server(source), Way::Snapshot(target)) => match platform.connect_source(source, &run).await {
            Ok(source) => Access { catalogs: Some(files(source, target)), ..Access::default() },
            Err(finding) => Access { findings: vec![finding], ..Access::default() },
        },
        (Way::Snapshot(source), Way::Snapshot(target)) => {
            Access { catalogs: Some(files(source, target)), ..Access::default() }
        }
        (Way::None, _) | (_, Way::None) => Access::default(),
    }
}

/// How one side is reached.
enum Way<'a> {
    Server(Endpoint<'a>),
    Snapshot(Arc<dyn Reader>),
    /// What carries the requests does not fit the settings, which whoever made both sees to.
    None,
}

impl<'a> Way<'a> {
    fn of(name: &'static str, side: &'a SideSettings, carrier: &'a Carrier) -> Self {
        match (side, carrier) {
            (_, Carrier::Snapshot(snapshot)) => Self::Snapshot(Arc::<Snapshot>::clone(snapshot)),
            (SideSettings::Server(side), Carrier::Server(transport)) => {
                let transport: &Arc<dyn Transport> = transport;
                Self::Server(Endpoint { name, side, transport })
            }
            (SideSettings::Snapshot(_), Carrier::Server(_)) => Self::None,
        }
    }
}

fn files(source: Arc<dyn Reader>, target: Arc<dyn Reader>) -> Catalogs {
    let target: Arc<dyn Writer> = Arc::new(ReadOnly(target));
    known_in_time(Catalogs { source, target, inspection: Box::new(NothingToInspect), is_one_catalog: false })
}

/// One catalog at two moments is compared by its own ids, and never written.
fn known_in_time(catalogs: Catalogs) -> Catalogs {
    if catalogs.source.id() != catalogs.target.id() {
        return catalogs;
    }
    let target: Arc<dyn Reader> = catalogs.target;
    let target = Arc::new(ReadOnly(Arc::new(KnownByOwnIds(target))));
    Catalogs { target, is_one_catalog: true, ..catalogs }
}

/// A file says all that it has to say when it is opened.
pub(crate) struct NothingToInspect;

#[async_trait]
impl Inspection for NothingToInspect {
    async fn inspect(&self) -> BothWays {
        BothWays::default()
    }

    fn found_on_the_way(&self) -> Vec<Finding> {
        Vec::new()
    }
}
