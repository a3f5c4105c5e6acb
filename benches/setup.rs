//! A whole run as the binary makes it: from settings to the report.

use anyhow::Result;
use apic_configsync::{
    commands::{self, Task},
    config::{Config, Environment, FlagValues},
    engine::report::Report,
    platform::{self, Carriers},
};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub(crate) fn load(environment: &Environment) -> Result<Config> {
    let table = platform::kinds();
    let kinds: Vec<&str> = table.reported().map(|kind| table.row(kind).name).collect();
    let (config, _) = Config::load(environment, &FlagValues::default(), &kinds)?;
    Ok(config)
}

/// A sync that nobody stops.
pub(crate) async fn sync(config: &Config, carriers: &Carriers) -> Report {
    let (stop, now) = (CancellationToken::new(), Timestamp::now());
    let run = commands::execute(Task::Sync, config, carriers, now, &stop, &|| None);
    Box::pin(run).await
}
