//! The binary: the only place that touches the process (arguments, environment, signals, streams, exit code).

use std::{
    env,
    fmt::Display,
    fs,
    io::{self, IsTerminal, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use anyhow::{Context, Result};
use apic_configsync::{
    cli::{self, Command, Invocation},
    commands::{self, Task, sandbox},
    config::{Config, Environment, Flags, Output, OutputFormat, Settings, Warning, vars},
    kept::{self, Destination},
    logging, platform,
    report::{ExitStatus, Report, json, text},
};
use jiff::Timestamp;
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let invocation = match cli::parse(env::args_os()) {
        Ok(invocation) => invocation,
        Err(error) => return said_by_clap(&error),
    };
    // A panic is a defect; it must not pass for one of the statuses that mean something else.
    let status =
        catch_unwind(AssertUnwindSafe(|| run(&invocation))).unwrap_or(Ok(ExitStatus::Unexpected));
    let status = status.unwrap_or_else(|error| {
        tell(&format!("error: {error:#}\n"));
        ExitStatus::Unexpected
    });
    ExitCode::from(status.code())
}

fn said_by_clap(error: &clap::Error) -> ExitCode {
    // A reader of the help who has gone away is no reason to fail.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(ExitStatus::Usage.code())
    } else {
        ExitCode::SUCCESS
    }
}

fn run(invocation: &Invocation) -> Result<ExitStatus> {
    let environment = Environment::from_os(env::vars_os());
    let task = match &invocation.command {
        Command::Sandbox { serve } => {
            return run_sandbox(&environment, &invocation.flags, *serve);
        }
        Command::Sync => Ok(Task::Sync),
        Command::Check { reverse } => Ok(Task::Check { reverse: *reverse }),
        Command::Plan {
            detailed_exit_code,
            out,
        } => plan(*detailed_exit_code, out.as_deref()),
        Command::Apply {
            file,
            accept_limits,
        } => apply(file, *accept_limits),
    };
    let (config, warnings) = match Config::load(&environment, &invocation.flags, &kinds()) {
        Ok(loaded) => loaded,
        Err(problems) => return Ok(refuse(&problems)),
    };
    let task = match task {
        Ok(task) => task,
        Err(problem) => return Ok(refuse(&problem)),
    };
    let carriers = match commands::carriers(&config) {
        Ok(carriers) => carriers,
        Err(problems) => return Ok(refuse(&problems)),
    };
    start_logging(&config.settings, &warnings);
    let report = runtime()?.block_on(async {
        let watch = Watch::start()?;
        anyhow::Ok(
            commands::execute(
                task,
                &config,
                &carriers,
                Timestamp::now(),
                &watch.stop,
                &|| watch.signal(),
            )
            .await,
        )
    })?;
    publish(&report, &config.settings.output)
}

/// A plan is kept only if its file can be written, which is found out before a server is asked anything.
fn plan(detailed_exit_code: bool, out: Option<&Path>) -> Result<Task, String> {
    let keep = out.map(|path| {
        let path_shown = path.display();
        Destination::prepare(path).map_err(|error| {
            format!("error: --out {path_shown} cannot be written: {error}; give a file in a folder that can be written to")
        })
    });
    Ok(Task::Plan {
        detailed_exit_code,
        keep: keep.transpose()?,
    })
}

fn apply(file: &Path, accept_limits: bool) -> Result<Task, String> {
    let plan = kept::read(file, platform::kinds())
        .map_err(|error| format!("error: {} {error}", file.display()))?;
    Ok(Task::Apply {
        file: file.to_owned(),
        plan: Box::new(plan),
        accept_limits,
    })
}

fn run_sandbox(environment: &Environment, flags: &Flags, serve: bool) -> Result<ExitStatus> {
    // The story ends with nothing left to do: it does not wait a day before it deletes.
    let environment = environment
        .clone()
        .with_default(vars::DELETE_GRACE.name, "0s");
    let (settings, warnings) = match Settings::load(&environment, flags, &kinds()) {
        Ok(loaded) => loaded,
        Err(problems) => return Ok(refuse(&problems)),
    };
    start_logging(&settings, &warnings);
    runtime()?.block_on(async {
        let watch = Watch::start()?;
        if serve {
            sandbox::serve(&watch.stop, print).await?;
            return Ok(watch.signal().unwrap_or(ExitStatus::Success));
        }
        sandbox::demonstrate(settings, &watch.stop, || watch.signal(), print).await
    })
}

fn kinds() -> Vec<&'static str> {
    let table = platform::kinds();
    table.reported().map(|kind| table.row(kind).name).collect()
}

fn refuse(problems: &impl Display) -> ExitStatus {
    tell(&format!("{problems}\n"));
    ExitStatus::Usage
}

fn start_logging(settings: &Settings, warnings: &[Warning]) {
    logging::start(
        &settings.logging,
        io::stderr().is_terminal(),
        settings.output.color,
    );
    for warning in warnings {
        tracing::warn!(variable = %warning.variable, "{}", warning.message);
    }
}

fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime did not start")
}

/// Prints the report, and keeps it where that is asked for. The run is over: whatever goes wrong here, its report is
/// shown first.
fn publish(report: &Report, output: &Output) -> Result<ExitStatus> {
    match output.format {
        OutputFormat::Text => print(&text::render(report))?,
        OutputFormat::Json => print(&json::render(report)?)?,
    }
    if let Some(path) = &output.report_file {
        keep(report, path)
            .with_context(|| format!("REPORT_FILE {} could not be written", path.display()))?;
    }
    Ok(report.exit_status)
}

/// Writes a file beside and renames it, so that whoever reads the report never sees half of one.
fn keep(report: &Report, path: &Path) -> Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&beside, json::render(report)?)?;
    Ok(fs::rename(&beside, path)?)
}

/// Whoever reads stdout may have gone away; that is no failure of the run.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("stdout cannot be written")
        }
        _ => Ok(()),
    }
}

/// Says something on stderr before there are logs, or when there will be none.
fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Watches for the signals that stop a run.
struct Watch {
    stop: CancellationToken,
    received: Arc<OnceLock<ExitStatus>>,
}

impl Watch {
    fn start() -> Result<Self> {
        let watch = Self {
            stop: CancellationToken::new(),
            received: Arc::default(),
        };
        for (kind, status) in [
            (SignalKind::interrupt(), ExitStatus::Interrupted),
            (SignalKind::terminate(), ExitStatus::Terminated),
        ] {
            let signals = signal(kind).context("signals cannot be watched")?;
            tokio::spawn(wait_for(
                signals,
                status,
                watch.stop.clone(),
                Arc::clone(&watch.received),
            ));
        }
        Ok(watch)
    }

    fn signal(&self) -> Option<ExitStatus> {
        self.received.get().copied()
    }
}

async fn wait_for(
    mut signals: Signal,
    status: ExitStatus,
    stop: CancellationToken,
    received: Arc<OnceLock<ExitStatus>>,
) {
    signals.recv().await;
    let first = received.set(status).is_ok();
    stop.cancel();
    if first {
        tracing::warn!("stopping: running writes are finished, no new ones are started");
    }
}
