//! A whole run in a process of its own: what the binary does, from its environment to the report as text.

use std::{
    env,
    fs::File,
    io::Write,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use apic_configsync::{
    commands,
    config::Environment,
    engine::report::{ExitStatus, text},
    logging,
};
use serde::{Deserialize, Serialize};

use crate::{
    process::{self, Usage},
    servers::Servers,
    setup,
};

/// What a run came to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Finished {
    exit_status: u8,
    pub(crate) usage: Usage,
    /// What the servers used of the processor meanwhile.
    #[serde(skip)]
    pub(crate) served: Duration,
}

/// Runs the engine against these servers. Its log goes to a file that bears `name`.
pub(crate) fn start(servers: &Servers, name: &str) -> Result<Finished> {
    let before = servers.processor_time()?;
    let log = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("replication-{name}.log"));
    let file = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
    let output = process::role("engine", servers.variables())?
        // Both sides of this world have their Products from elsewhere, so their documents would be compared in every run.
        .env("SyncProductsAndAPIs", "false")
        .stdin(Stdio::null())
        .stderr(file)
        .output()
        .context("the engine did not start")?;
    ensure!(output.status.success(), "the engine failed: see {}", log.display());
    let mut finished: Finished = process::hear(&output.stdout)?;
    finished.served = servers.processor_time()?.saturating_sub(before);
    ensure!(
        finished.exit_status == ExitStatus::Success.code(),
        "the run ended with exit status {}: see {}",
        finished.exit_status,
        log.display()
    );
    Ok(finished)
}

/// The process with the engine.
pub(crate) fn run() -> Result<()> {
    let began = Instant::now();
    let config = setup::load(&Environment::from_os(env::vars_os()))?;
    logging::start(&config.settings.logging, false, false);
    let report = process::runtime()?.block_on(async {
        let carriers = commands::carriers(&config)?;
        anyhow::Ok(setup::sync(&config, &carriers).await)
    })?;
    // The report is for nobody, but it is made, because the binary makes it.
    std::io::sink().write_all(text::render(&report).as_bytes())?;
    process::say(&Finished {
        exit_status: report.exit_status.code(),
        usage: Usage::since(began)?,
        served: Duration::ZERO,
    })
}
