//! The life of one world: a quiet beginning, runs under which things go wrong, and a quiet end.

mod judgement;
mod others;
mod rest;

use apic_configsync::platform::Carrier;
use std::{sync::Arc, time::Duration};

use apic_configsync::{
    commands::{Task, execute},
    engine::report::{ChangeReport, ChangeResult, ExitStatus, Report},
    http::RetryPolicy,
    platform::Carriers,
    sandbox::switches::CreatedBy,
};
use jiff::Timestamp;
use tokio::time::Instant;
use tracing::instrument::WithSubscriber;

use super::{
    Violation,
    draw::{Draw, Past, Trial},
    jitter,
    ledger::{SharedLedger, Syncer},
    sight, switches,
    tally::Tally,
    watch::{Terms, Watch, facts::facts},
    wire::Course,
};
use crate::{
    listening::Log,
    random_products::play,
    random_world::{NAMES, bare, perform},
    stage::{Stage, shown},
};

/// When the sandbox's clusters are born: 2026-01-18T07:10:10Z.
const BIRTH: i64 = 1_768_720_210;

/// No run takes that long, in virtual time.
const ENDLESS: Duration = Duration::from_secs(7 * 86_400);

/// A world on its way.
pub(super) struct Life<'a> {
    draw: &'a Draw,
    stage: Stage,
    tally: Tally,
    story: Vec<String>,
    runs: u64,
    /// Whether what the source has lost may still be there.
    is_in_grace: bool,
    /// Whether lies, or a race, have made two of one thing: people have to remove one.
    is_doubled: bool,
    /// Whether a run was cut off, said that it left something undone, or met with another one: then what servers make
    /// along with an object may have been left without a mark, and what bears none stays.
    is_untidy: bool,
    /// Whose the target's things are.
    ledger: SharedLedger,
    /// The sync of another source into the same target.
    beside: Option<Stage>,
    /// The ids that the source's catalog had before.
    catalogs_before: Vec<String>,
    /// The seconds by which the tool's own clock is ahead of the time that has passed since the stage was set.
    own_clock: i64,
    /// The seconds that have passed between runs.
    waited: i64,
    began: Instant,
    /// For how many runs more a login does not see all, and on which side.
    blind: Option<(bool, u32)>,
}

/// What a run came to, and what was seen of it.
struct Lived {
    /// None where the process was killed.
    report: Option<Report>,
    course: Arc<Course>,
    log: Log,
}

impl Lived {
    /// Whether the run did all that it had found to do.
    fn is_whole(&self) -> bool {
        self.report.as_ref().is_some_and(|report| {
            let has_applied = [ExitStatus::Success, ExitStatus::Incomplete].contains(&report.exit_status);
            let is_undone =
                |change: &ChangeReport| matches!(change.result, ChangeResult::Failed | ChangeResult::Skipped);
            has_applied && !report.changes.iter().any(is_undone)
        })
    }
}

impl<'a> Life<'a> {
    pub(super) fn new(draw: &'a Draw) -> Self {
        let (mut source, mut target) = bare();
        draw.surroundings.prepare([&mut source, &mut target]);
        let mut stage = Stage::of((source, target));
        for (name, value) in &draw.settings {
            stage = stage.with(name, value);
        }
        if let Some(key) = draw.setting("MARK_KEY") {
            stage.secrets.learn(key);
        }
        if draw.odd_servers {
            switches::decide(&stage, draw.chance, draw.with_products);
        }
        Self {
            draw,
            stage,
            tally: Tally::default(),
            story: Vec::new(),
            runs: 0,
            is_in_grace: draw.grace_hours() > 0,
            is_doubled: false,
            is_untidy: false,
            ledger: SharedLedger::default(),
            beside: None,
            catalogs_before: Vec::new(),
            own_clock: draw.surroundings.clocks[2],
            waited: 0,
            began: Instant::now(),
            blind: None,
        }
    }

    /// Lives it to the end. Gives the counts, and every request for who wants to compare.
    pub(super) async fn live(mut self) -> (Result<Tally, Violation>, Vec<String>) {
        jitter::start(self.draw.chance);
        let result = self.all().await;
        let Self { draw, tally, story, .. } = self;
        let result = result.map(|()| tally).map_err(|what| Violation { seed: draw.seed, what });
        (result, story)
    }

    async fn all(&mut self) -> Result<(), String> {
        self.tally.add("worlds", 1);
        self.pass(&self.draw.first);
        self.meet_the_vendor();
        self.meet_others();
        if self.draw.synced {
            self.run(None).await?;
        }
        for trial in &self.draw.trials {
            self.let_time_pass(trial.oddity.hours * 3600);
            self.pass(&trial.next);
            self.suffer(&trial.oddity).await?;
            self.endure(trial).await?;
            self.look_again();
        }
        self.come_to_rest().await
    }

    /// Time passes between runs, for everybody alike.
    fn let_time_pass(&mut self, seconds: i64) {
        self.waited += seconds;
        let beside = self.beside.as_ref().map(|stage| &stage.source);
        let clusters = [&self.stage.source, &self.stage.target];
        for cluster in clusters.into_iter().chain(beside) {
            cluster.lock().unwrap().tick(seconds);
        }
    }

    /// The tool's own clock, which need not be right.
    fn now(&self) -> i64 {
        let passed = i64::try_from(self.began.elapsed().as_secs()).unwrap_or(i64::MAX);
        BIRTH + self.own_clock + self.waited + passed
    }

    fn pass(&self, past: &Past) {
        let mut source = self.stage.source();
        match past {
            Past::OfConsumers(deeds) => perform(&mut source, deeds),
            Past::OfProducts(acts) => play(&mut source, acts),
        }
        source.tick(10);
    }

    /// One run, or two, under which something goes wrong.
    async fn endure(&mut self, trial: &Trial) -> Result<(), String> {
        for mishap in &trial.mishaps {
            let side = if mishap.on_source { self.stage.source() } else { self.stage.target() };
            { side }.faults.add(mishap.fault());
        }
        self.run(Some(trial)).await?;
        for mut cluster in [self.stage.source(), self.stage.target()] {
            cluster.faults.clear();
        }
        Ok(())
    }

    /// A run of ours is over.
    fn note_end(&self, is_whole: bool) {
        let source = facts(&self.stage.source());
        let mut ledger = self.ledger.lock().unwrap();
        ledger.note_end(is_whole);
        ledger.note_gone(&source, self.stage.now.get().as_second());
    }

    async fn run(&mut self, trial: Option<&Trial>) -> Result<(), String> {
        let faults_before = self.struck();
        let in_company = trial.is_some_and(|trial| trial.in_company);
        let lived = if in_company {
            self.tally.add("pairs of runs at once", 1);
            let (one, other) = (self.start(trial, 0), self.start(trial, 1));
            let (one, other) = tokio::join!(self.carry_on(&one), self.carry_on(&other));
            vec![one?, other?]
        } else {
            let course = self.start(trial, 0);
            vec![self.carry_on(&course).await?]
        };
        let is_blind = self.blind.is_some();
        for lived in &lived {
            lived.course.settle().await;
        }
        let sees_copies = self.blind.is_none_or(|(on_source, _)| on_source);
        let is_whole = sees_copies && lived.iter().all(Lived::is_whole);
        self.note_end(is_whole);
        let struck = Struck {
            is_race: in_company && lived.iter().any(|it| it.course.happened().deeds() > 0),
            is_blind,
            ..self.note_struck(&faults_before)
        };
        for lived in &lived {
            self.runs += 1;
            let violation = self.judge(lived, struck, in_company);
            self.chronicle(lived);
            violation?;
        }
        Ok(())
    }

    fn start(&self, trial: Option<&Trial>, which: u64) -> Arc<Course> {
        self.start_on(&self.stage, Syncer::Ours, trial, which)
    }

    fn start_on(&self, stage: &Stage, syncer: Syncer, trial: Option<&Trial>, which: u64) -> Arc<Course> {
        let clusters = [Arc::clone(&stage.source), Arc::clone(&stage.target)];
        let terms = self.terms(stage);
        let ledger = Arc::clone(&self.ledger);
        let mut watch = Watch::of(syncer, &stage.source(), &stage.target(), terms, ledger);
        if syncer == Syncer::Ours {
            watch.catalogs_before(&self.catalogs_before);
        }
        let chance = self.draw.chance ^ (self.runs * 2 + which);
        let secrets = self.stage.secrets.clone();
        secrets.learn_worlds([&stage.source, &stage.target]);
        let now = Timestamp::from_second(self.now()).unwrap();
        stage.now.set(now);
        Course::new(clusters, watch, secrets, chance, trial)
    }

    fn terms(&self, stage: &Stage) -> Terms {
        let is = |name: &str, value: &str| stage.setting(name).as_deref() == Some(value);
        let percent = stage.setting("MAX_DELETE_PERCENT");
        let grace = if has_grace(stage) { 86_400 } else { 0 };
        Terms {
            unmarked_children_go: is("DELETE_UNMARKED_CHILDREN", "true"),
            adopts: is("ADOPT", "all"),
            delete_percent: percent.map_or(30, |percent| percent.parse().unwrap()),
            source_may_be_empty: is("ALLOW_EMPTY_SOURCE", "true"),
            vendor_marked_go: is("DELETE_VENDOR_MARKED", "true"),
            grace,
            now: self.now(),
            has_key: stage.setting("MARK_KEY").is_some(),
            requires_seal: is("REQUIRE_SEAL", "true"),
            makers_shown: [stage.source(), stage.target()].map(|side| side.switches.created_by != CreatedBy::Hidden),
            app_makers_shown: stage.target().switches.created_by == CreatedBy::Everywhere,
        }
    }

    async fn carry_on(&self, course: &Arc<Course>) -> Result<Lived, String> {
        self.carry_on_with(&self.stage, course).await
    }

    async fn carry_on_with(&self, stage: &Stage, course: &Arc<Course>) -> Result<Lived, String> {
        let [source, target] = course.wires().map(Carrier::from);
        let carriers =
            Carriers { source, target, retry: RetryPolicy { jitter: jitter::draw, ..RetryPolicy::default() } };
        let config = stage.config();
        let stop = course.stop.clone();
        let stopped = || stop.is_cancelled().then_some(ExitStatus::Terminated);
        let now = stage.now.get();
        let run = Box::pin(execute(Task::Sync, &config, &carriers, now, &stop, &stopped));
        let log = Log::default();
        let run = tokio::time::timeout(ENDLESS, run.with_subscriber(log.subscriber()));
        let report = tokio::select! {
            biased;
            () = course.killed.cancelled() => None,
            report = run => Some(report.map_err(|_| "a run does not end".to_owned())?),
        };
        Ok(Lived { report, course: Arc::clone(course), log })
    }

    fn chronicle(&mut self, lived: &Lived) {
        self.story.push(format!("run {}", self.runs));
        self.story.extend(lived.course.trace());
        self.story.push(match &lived.report {
            Some(report) => shown(report),
            None => "killed".to_owned(),
        });
    }
}

/// Whether things that people name are kept for a day when the source has lost them.
fn has_grace(stage: &Stage) -> bool {
    stage.setting("DELETE_GRACE").as_deref() != Some("0s")
}

/// What faults did under a run.
#[derive(Debug, Clone, Copy, Default)]
struct Struck {
    lies: bool,
    /// A login could not see all.
    is_blind: bool,
    /// Two runs at once, and somebody else: what is renamed between their readings, neither knows for what the other makes.
    is_race: bool,
}
