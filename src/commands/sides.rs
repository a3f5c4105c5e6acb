//! What the two sides of a run are called in reports and kept plans.

use jiff::Timestamp;

use crate::{
    config::{Config, SideSettings},
    engine::report::SnapshotReport,
    platform::{Carrier, Carriers},
};

/// What one side is called.
#[derive(Debug, Clone, Default)]
pub(super) struct SideName {
    /// Where its API is, or was when the snapshot was taken.
    pub(super) server: String,
    /// The provider organization.
    pub(super) org: String,
    /// The catalog.
    pub(super) catalog: String,
    /// Of when it is, where it is a file.
    pub(super) snapshot: Option<SnapshotReport>,
}

/// Both sides' names.
pub(super) fn names(config: &Config, carriers: &Carriers, now: Timestamp) -> [SideName; 2] {
    [(&config.source, &carriers.source), (&config.target, &carriers.target)]
        .map(|(side, carrier)| of(side, carrier, now))
}

fn of(side: &SideSettings, carrier: &Carrier, now: Timestamp) -> SideName {
    match (side, carrier) {
        (_, Carrier::Snapshot(snapshot)) => {
            let origin = snapshot.origin();
            let (org, catalog) = origin.catalog.split_once('/').unwrap_or(("", &origin.catalog));
            SideName {
                server: origin.server.clone(),
                org: org.to_owned(),
                catalog: catalog.to_owned(),
                snapshot: Some(SnapshotReport::of(origin.taken_at, now)),
            }
        }
        (SideSettings::Server(side), Carrier::Server(_)) => SideName {
            server: side.server.as_str().trim_end_matches('/').to_owned(),
            org: side.org.clone(),
            catalog: side.catalog.clone(),
            snapshot: None,
        },
        (SideSettings::Snapshot(_), Carrier::Server(_)) => SideName::default(),
    }
}
