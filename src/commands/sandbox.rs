//! The command `sandbox`: two small catalogs inside the process, and the main job between them.

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Task, carriers, execute};
use crate::{
    config::{Config, Environment, FlagValues, OutputFormat, ProxySettings, Settings},
    engine::report::{ExitStatus, Report, text},
    platform,
    sandbox::{Cluster, Server, seed, share},
    visible,
};

/// Plans, syncs and plans again between two catalogs that are made for the purpose. Shows each report.
///
/// The exit status is that of the first of the last two that has something to say: after a sync there is nothing to do.
pub async fn demonstrate(
    settings: Settings,
    stop: &CancellationToken,
    stopped: impl Fn() -> Option<ExitStatus>,
    print: impl Fn(&str) -> Result<()>,
) -> Result<ExitStatus> {
    let pair = Pair::start()?;
    let format = settings.output.format;
    let mut config = pair.config()?;
    // A proxy of the outer world does not lead to this process.
    config.settings = Settings {
        http: crate::config::HttpSettings { proxies: ProxySettings::default(), ..settings.http },
        ..settings
    };
    let acts = [
        ("what a sync would change", Task::Plan { detailed_exit_code: false, keep: None }),
        ("the sync", Task::Sync),
        ("again: what is left to do", Task::Plan { detailed_exit_code: true, keep: None }),
    ];
    let mut reports = Vec::new();
    for (title, task) in acts {
        let now = Timestamp::now();
        let report = execute(task, &config, &carriers(&config)?, now, stop, &stopped).await;
        if format == OutputFormat::Text {
            print(&format!("== {title}\n\n{}\n", text::render(&report)))?;
        }
        reports.push(report);
    }
    if format == OutputFormat::Json {
        print(&visible::pretty_json(&json!({"plan": reports[0], "sync": reports[1], "again": reports[2]}))?)?;
    }
    Ok(worst(&reports[1..]))
}

fn worst(reports: &[Report]) -> ExitStatus {
    let troubled = reports.iter().find(|report| report.exit_status != ExitStatus::Success);
    troubled.map_or(ExitStatus::Success, |report| report.exit_status)
}

/// Keeps two catalogs up until the process is stopped, and prints the variables that point at them.
pub async fn serve(stop: &CancellationToken, print: impl Fn(&str) -> Result<()>) -> Result<()> {
    let pair = Pair::start()?;
    let lines: Vec<String> = pair.variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    print(&lines.concat())?;
    tracing::info!("two catalogs are up; stop them with ctrl-c");
    stop.cancelled().await;
    Ok(())
}

/// Two servers on loopback.
struct Pair {
    variables: Vec<(String, String)>,
    _servers: [Server; 2],
}

impl Pair {
    fn start() -> Result<Self> {
        let (source, target) = seed::small();
        let start = |prefix: &str, cluster: Cluster| -> Result<_> {
            let cluster = share(cluster);
            let server = Server::start(cluster.clone()).context("no server can be started on 127.0.0.1")?;
            let locked = cluster.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            Ok((locked.variables(prefix, &server.url()), server))
        };
        let (mut variables, source) = start("SOURCE", source)?;
        let (more, target) = start("TARGET", target)?;
        variables.extend(more);
        Ok(Self { variables, _servers: [source, target] })
    }

    fn config(&self) -> Result<Config> {
        let environment: Environment = self.variables.iter().cloned().collect();
        let table = platform::kinds();
        let kinds: Vec<&str> = table.reported().map(|kind| table.row(kind).name).collect();
        Ok(Config::load(&environment, &FlagValues::default(), &kinds)?.0)
    }
}
