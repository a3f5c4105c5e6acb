//! The command `capture`: the source, kept in a file.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{carriers, run_options};
use crate::{
    config::{Config, Environment, FlagValues, Mappings, Problem, Problems, Settings, Side, Warning, vars::Prefix},
    engine::{
        catalog::Reader,
        report::{ExitStatus, Finding},
        time_limit::TimeLimited,
    },
    http::{RetryPolicy, Transport},
    outfile::OutFile,
    platform::{
        self, Endpoint, RunContext,
        snapshot::{
            self, Captured,
            file::{Encryption, Format, Header, Origin},
        },
    },
};

/// A capture that can begin: its source, its place and its keys were found fit for use.
pub struct Capture {
    /// The settings.
    pub settings: Settings,
    /// What is odd about the configuration.
    pub warnings: Vec<Warning>,
    side: Side,
    transport: Arc<dyn Transport>,
    retry: RetryPolicy,
    file: PathBuf,
    place: OutFile,
    encryption: Encryption,
    secrets: bool,
}

/// What came of a capture.
#[derive(Debug, Serialize)]
pub struct CaptureReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit status.
    pub exit_status: ExitStatus,
    /// The file, where it was written.
    pub file: Option<String>,
    /// Its first line.
    pub header: Option<Header>,
    /// What stood in the way.
    pub findings: Vec<Finding>,
}

impl Capture {
    /// Reads the settings, and finds out whether the file can be written, before any server is asked.
    ///
    /// # Errors
    /// All problems at once.
    pub fn prepare(
        environment: &Environment,
        flags: &FlagValues,
        file: &Path,
        without_secrets: bool,
    ) -> Result<Self, Problems> {
        let ((side, settings), warnings) = Config::load_source(environment, flags, &platform::kind_names())?;
        // A snapshot holds the catalog's own names; what they are called elsewhere is for the run that reads it.
        let settings = Settings { mappings: Mappings::default(), ..settings };
        let encryption = snapshot::encryption(&settings.snapshots);
        let transport = carriers::server(Prefix::Source, &side, &settings);
        let place = OutFile::prepare(file).map_err(|error| unwritable(file, &error));
        match (encryption, transport, place) {
            (Ok(encryption), Ok(transport), Ok(place)) => Ok(Self {
                settings,
                warnings,
                side,
                transport,
                retry: RetryPolicy::default(),
                file: file.to_owned(),
                place,
                encryption,
                secrets: !without_secrets,
            }),
            (encryption, transport, place) => {
                let problems = encryption.err().into_iter().chain(transport.err()).chain(place.err());
                Err(Problems { problems: problems.collect(), warnings })
            }
        }
    }

    /// The same by other means than sockets.
    #[must_use]
    pub fn carried_by(self, transport: Arc<dyn Transport>, retry: RetryPolicy) -> Self {
        Self { transport, retry, ..self }
    }

    /// Reads the source and writes the file. Once it is stopped, nothing is written.
    pub async fn run(
        self,
        now: Timestamp,
        stop: &CancellationToken,
        stopped: &impl Fn() -> Option<ExitStatus>,
    ) -> CaptureReport {
        let deadline = self.settings.deadline.map(|after| Instant::now() + after);
        let run = RunContext { settings: &self.settings, retry: &self.retry, now, stop, deadline };
        let endpoint = Endpoint { name: "source", side: &self.side, transport: &self.transport };
        let connecting = platform::DEFAULT.connect_source(endpoint, &run);
        let source = match stop.run_until_cancelled(connecting).await {
            Some(Ok(source)) => source,
            Some(Err(finding)) => return CaptureReport::failed(ExitStatus::PreflightFailed, vec![finding]),
            None => return CaptureReport::failed(stopped().unwrap_or(ExitStatus::Terminated), Vec::new()),
        };
        let writing = self.write(&*source, now, deadline);
        match stop.run_until_cancelled(Box::pin(writing)).await {
            Some(report) => report,
            None => CaptureReport::failed(stopped().unwrap_or(ExitStatus::Terminated), Vec::new()),
        }
    }

    async fn write(&self, source: &dyn Reader, now: Timestamp, deadline: Option<Instant>) -> CaptureReport {
        let scope = platform::DEFAULT.scope(&self.settings);
        let mut policy = run_options(&self.settings, scope, now, deadline).policy;
        // What a seal is worth is for the run that reads it to judge, with its own key.
        policy.mark_keys = None;
        let source = TimeLimited::new(source, deadline);
        let captured =
            snapshot::capture(&source, &policy, self.origin(&source, now), self.place.clone(), &self.encryption);
        match captured.await {
            Ok(captured) => self.report(captured),
            Err(error) => {
                let message = format!("{} {error}", self.file.display());
                let finding = Finding::error("capture", message, "make room, or give another file");
                CaptureReport::failed(ExitStatus::Unexpected, vec![finding])
            }
        }
    }

    fn origin(&self, source: &dyn Reader, now: Timestamp) -> Origin {
        Origin {
            snapshot: Format,
            platform: platform::DEFAULT.name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            server: self.side.server.as_str().trim_end_matches('/').to_owned(),
            catalog: format!("{}/{}", self.side.org, self.side.catalog),
            catalog_id: source.id().to_owned(),
            taken_at: now,
            scope: serde_json::Map::new(),
            secrets: self.secrets,
            encryption: self.encryption.kind(),
        }
    }

    fn report(&self, captured: Captured) -> CaptureReport {
        let is_whole = captured.gaps.is_empty();
        CaptureReport {
            schema: 1,
            exit_status: if is_whole { ExitStatus::Success } else { ExitStatus::Incomplete },
            file: Some(self.file.display().to_string()),
            header: Some(captured.header),
            findings: Vec::new(),
        }
    }
}

impl CaptureReport {
    fn failed(exit_status: ExitStatus, findings: Vec<Finding>) -> Self {
        Self { schema: 1, exit_status, file: None, header: None, findings }
    }

    /// The report for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "error  {}: {}\n  mend: {}", finding.check, finding.message, finding.mend);
        }
        match (&self.file, &self.header) {
            (Some(file), Some(header)) => text.push_str(&written(file, header)),
            _ => text.push_str("nothing was written\n"),
        }
        text
    }
}

fn written(file: &str, Header { origin, ending, .. }: &Header) -> String {
    let secrets = if origin.secrets { "with hashes of keys" } else { "without hashes of keys" };
    let mut text = format!(
        "source  {} {}\nfile    {file} ({}, {secrets})\n\n",
        origin.server,
        origin.catalog,
        origin.encryption.words()
    );
    let table = platform::kinds();
    for name in table.reported().map(|kind| table.row(kind).name) {
        let count = ending.counts.get(name).copied().unwrap_or(0);
        let _ = writeln!(text, "{name:<16}{count:>8}");
    }
    if !ending.gaps.is_empty() {
        text.push('\n');
    }
    for gap in &ending.gaps {
        let under = if gap.at.is_empty() { String::new() } else { format!(" under {}", gap.at) };
        let _ = writeln!(text, "? {}{under} could not be read whole: {}", gap.kind, gap.reason);
    }
    let ending = match ending.gaps.len() {
        0 => "captured".to_owned(),
        gaps => format!("captured, but {gaps} lists or objects could not be read: what they hold counts as unread"),
    };
    let _ = writeln!(text, "\n{ending}");
    text
}

fn unwritable(file: &Path, error: &std::io::Error) -> Problem {
    Problem {
        variable: "capture FILE".to_owned(),
        found: Some(format!("{}, which cannot be written: {error}", file.display())),
        expected: "a file in a folder that can be written to".to_owned(),
        example: "capture /snapshots/prod.snapshot".to_owned(),
        note: None,
    }
}
