//! The binary: the only place that touches the process (arguments, environment, signals, streams, exit code).

use std::{
    env,
    fmt::Display,
    io::{self, IsTerminal, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result};
use apic_configsync::{
    cli::{self, Command, Invocation},
    commands::{self, Capture, Task, sandbox},
    config::{Config, Environment, FlagValues, OutputFormat, OutputSettings, Settings, Warning, vars},
    engine::{
        plan_file::{self, PlanFile},
        report::{ExitStatus, Report, json, text},
    },
    logging,
    outfile::{self, OutFile},
    platform, visible,
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
    let status = catch_unwind(AssertUnwindSafe(|| run(&invocation))).unwrap_or(Ok(ExitStatus::Unexpected));
    let status = status.unwrap_or_else(|error| {
        tell(&format!("error: {error:#}\n"));
        ExitStatus::Unexpected
    });
    ExitCode::from(status.code())
}

fn said_by_clap(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    let status = match printed.and_then(|()| io::stdout().flush()) {
        _ if error.use_stderr() => ExitStatus::Usage,
        // A reader of the help who has gone away is no reason to fail.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitStatus::Unexpected,
        _ => ExitStatus::Success,
    };
    ExitCode::from(status.code())
}

fn run(invocation: &Invocation) -> Result<ExitStatus> {
    let environment = Environment::from_os(env::vars_os());
    let task = match &invocation.command {
        Command::Sandbox { serve } => {
            return run_sandbox(&environment, &invocation.flags, *serve);
        }
        Command::Capture { file, without_secrets } => {
            return run_capture(&environment, &invocation.flags, file, *without_secrets);
        }
        Command::Sync => Ok(Task::Sync),
        Command::Check { reverse } => Ok(Task::Check { reverse: *reverse }),
        Command::Plan { detailed_exit_code, out } => plan(*detailed_exit_code, out.as_deref()),
        Command::Apply { file, accept_limits } => apply(file, *accept_limits),
    };
    let (config, warnings) = match Config::load(&environment, &invocation.flags, &platform::kind_names()) {
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
    let report_file = match report_file(&config.settings.output) {
        Ok(file) => file,
        Err(problem) => return Ok(refuse(&problem)),
    };
    start_logging(&config.settings, &warnings);
    let runtime = runtime()?;
    let (report, watch) = runtime.block_on(async {
        let watch = Watch::start()?;
        let now = Timestamp::now();
        let signal = || watch.signal();
        let report = commands::execute(task, &config, &carriers, now, &watch.stop, &signal).await;
        anyhow::Ok((report, watch))
    })?;
    let status = publish(&report, &config.settings.output, report_file.as_ref(), &watch);
    // What still hangs, such as the search for a host's address, holds nobody up.
    runtime.shutdown_background();
    status
}

/// Finds out whether the report can be kept before a server is asked anything.
fn report_file(output: &OutputSettings) -> Result<Option<OutFile>, String> {
    let file = output.report_file.as_deref().map(|path| {
        OutFile::prepare(path).map_err(|error| {
            format!(
                "error: REPORT_FILE {} cannot be written: {error}; give a file in a folder that can be written to",
                path.display()
            )
        })
    });
    file.transpose()
}

/// A plan is kept only if its file can be written, which is found out before a server is asked anything.
fn plan(detailed_exit_code: bool, out: Option<&Path>) -> Result<Task, String> {
    let keep = out.map(|path| {
        let path_shown = path.display();
        PlanFile::prepare(path).map_err(|error| {
            format!(
                "error: --out {path_shown} cannot be written: {error}; give a file in a folder that can be written to"
            )
        })
    });
    Ok(Task::Plan { detailed_exit_code, keep: keep.transpose()? })
}

fn apply(file: &Path, accept_limits: bool) -> Result<Task, String> {
    let plan =
        plan_file::read(file, platform::kinds()).map_err(|error| format!("error: {} {error}", file.display()))?;
    Ok(Task::Apply { file: file.to_owned(), plan: Box::new(plan), accept_limits })
}

fn run_sandbox(environment: &Environment, flags: &FlagValues, serve: bool) -> Result<ExitStatus> {
    // The story ends with nothing left to do: it does not wait a day before it deletes.
    let environment = environment.clone().with_default(vars::DELETE_GRACE.name, "0s");
    let (settings, warnings) = match Settings::load(&environment, flags, &platform::kind_names()) {
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

fn run_capture(
    environment: &Environment,
    flags: &FlagValues,
    file: &Path,
    without_secrets: bool,
) -> Result<ExitStatus> {
    let capture = match Capture::prepare(environment, flags, file, without_secrets) {
        Ok(capture) => capture,
        Err(problems) => return Ok(refuse(&problems)),
    };
    start_logging(&capture.settings, &capture.warnings);
    let format = capture.settings.output.format;
    let runtime = runtime()?;
    let report = runtime.block_on(async {
        let watch = Watch::start()?;
        anyhow::Ok(capture.run(Timestamp::now(), &watch.stop, &|| watch.signal()).await)
    })?;
    runtime.shutdown_background();
    print(&match format {
        OutputFormat::Text => report.text(),
        OutputFormat::Json => visible::pretty_json(&report)?,
    })?;
    Ok(report.exit_status)
}

fn refuse(problems: &impl Display) -> ExitStatus {
    tell(&format!("{problems}\n"));
    ExitStatus::Usage
}

fn start_logging(settings: &Settings, warnings: &[Warning]) {
    logging::start(&settings.logging, io::stderr().is_terminal(), settings.output.color);
    for warning in warnings {
        tracing::warn!(variable = %warning.variable, "{}", warning.message);
    }
}

fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime did not start")
}

/// Keeps the report where that is asked for, and prints it. The run is over: a report that does not arrive is told, but
/// hides no status that says more.
fn publish(report: &Report, output: &OutputSettings, file: Option<&OutFile>, watch: &Watch) -> Result<ExitStatus> {
    let json = json::render(report)?;
    let kept = file.map_or(Ok(()), |file| file.write(json.as_bytes()));
    let kept = kept.with_context(|| format!("REPORT_FILE {} could not be written", shown(file)));
    // Whoever reads stdout may have stopped reading.
    watch.end_at_once();
    let printed = match output.format {
        OutputFormat::Text => print(&text::render(report)),
        OutputFormat::Json => print(&json),
    };
    let mut status = report.exit_status;
    for error in [kept, printed].into_iter().filter_map(Result::err) {
        tell(&format!("error: {error:#}\n"));
        if status == ExitStatus::Success {
            status = ExitStatus::Unexpected;
        }
    }
    Ok(status)
}

fn shown(file: Option<&OutFile>) -> impl Display {
    file.map_or_else(String::new, |file| file.path().display().to_string())
}

/// Shows what other people wrote so that it cannot steer a terminal. Whoever reads stdout may have gone away; that is no
/// failure of the run.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let text = visible::lines(text);
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("stdout cannot be written"),
        _ => Ok(()),
    }
}

/// Says something on stderr before there are logs, or when there will be none.
fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(visible::lines(text).as_bytes());
}

/// Watches for the signals that stop a run: the first stops it, the second ends the process at once.
#[derive(Clone)]
struct Watch {
    stop: CancellationToken,
    received: Arc<OnceLock<ExitStatus>>,
    /// Whether there is nothing left to stop.
    is_over: Arc<AtomicBool>,
}

impl Watch {
    fn start() -> Result<Self> {
        let watch = Self { stop: CancellationToken::new(), received: Arc::default(), is_over: Arc::default() };
        for (kind, status) in
            [(SignalKind::interrupt(), ExitStatus::Interrupted), (SignalKind::terminate(), ExitStatus::Terminated)]
        {
            let signals = signal(kind).context("signals cannot be watched")?;
            tokio::spawn(watch.clone().heed(signals, status));
        }
        Ok(watch)
    }

    fn signal(&self) -> Option<ExitStatus> {
        self.received.get().copied()
    }

    /// From now on the first signal is as good as the second.
    fn end_at_once(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    async fn heed(self, mut signals: Signal, status: ExitStatus) {
        while signals.recv().await.is_some() {
            let is_first = self.received.set(status).is_ok();
            if !is_first || self.is_over.load(Ordering::Relaxed) {
                end(self.signal().unwrap_or(status));
            }
            self.stop.cancel();
            tracing::warn!(
                "stopping: running writes are finished, no new ones are started; a second signal ends the process at once"
            );
        }
    }
}

#[expect(clippy::exit, reason = "whoever sends a second signal does not want to wait for anything")]
fn end(status: ExitStatus) {
    let _nothing_more = outfile::abandon();
    std::process::exit(i32::from(status.code()));
}
