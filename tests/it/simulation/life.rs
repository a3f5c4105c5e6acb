//! The life of one world: a quiet beginning, runs under which things go wrong, and a quiet end.

use std::{sync::Arc, time::Duration};

use apic_configsync::{
    commands::{Task, execute},
    http::RetryPolicy,
    platform::Carriers,
    report::{ChangeReport, ChangeResult, ExitStatus, Report},
};
use serde_json::Value;

use super::{
    Violation,
    draw::{Draw, Past, Trial},
    jitter,
    schedule::is_lie,
    switches,
    tally::Tally,
    truth::{Circumstances, untruths},
    watch::Watch,
    wire::Course,
};
use crate::{
    random_products::play,
    random_world::{bare, perform},
    stage::{Stage, shown},
};

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
}

/// What a run came to, and what was seen of it.
struct Lived {
    /// None where the process was killed.
    report: Option<Report>,
    course: Arc<Course>,
}

impl<'a> Life<'a> {
    pub(super) fn new(draw: &'a Draw) -> Self {
        let mut stage = Stage::of(bare());
        for (name, value) in &draw.settings {
            stage = stage.with(name, value);
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
            is_in_grace: draw.setting("DELETE_GRACE").is_some(),
            is_doubled: false,
            is_untidy: false,
        }
    }

    /// Lives it to the end. Gives the counts, and every request for who wants to compare.
    pub(super) async fn live(mut self) -> (Result<Tally, Violation>, Vec<String>) {
        jitter::start(self.draw.chance);
        let result = self.all().await;
        let Self {
            draw, tally, story, ..
        } = self;
        let result = result.map(|()| tally).map_err(|what| Violation {
            seed: draw.seed,
            what,
        });
        (result, story)
    }

    async fn all(&mut self) -> Result<(), String> {
        self.tally.add("worlds", 1);
        self.pass(&self.draw.first);
        if self.draw.synced {
            self.run(None).await?;
        }
        for trial in &self.draw.trials {
            self.pass(&trial.next);
            self.endure(trial).await?;
        }
        self.come_to_rest().await
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
            let side = if mishap.on_source {
                self.stage.source()
            } else {
                self.stage.target()
            };
            { side }.faults.add(mishap.fault());
        }
        self.run(Some(trial)).await?;
        for mut cluster in [self.stage.source(), self.stage.target()] {
            cluster.faults.clear();
        }
        Ok(())
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
        for lived in &lived {
            lived.course.settle().await;
        }
        let struck = Struck {
            is_race: in_company && lived.iter().any(|it| it.course.happened().deeds() > 0),
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
        let clusters = [
            Arc::clone(&self.stage.source),
            Arc::clone(&self.stage.target),
        ];
        let unmarked = self.draw.setting("DELETE_UNMARKED_CHILDREN") == Some("true");
        let watch = Watch::new(&self.stage.target(), unmarked);
        let chance = self.draw.chance ^ (self.runs * 2 + which);
        Course::new(clusters, watch, chance, trial)
    }

    async fn carry_on(&self, course: &Arc<Course>) -> Result<Lived, String> {
        let [source, target] = course.wires();
        let carriers = Carriers {
            source,
            target,
            retry: RetryPolicy {
                jitter: jitter::draw,
                ..RetryPolicy::default()
            },
        };
        let config = self.stage.config();
        let stop = course.stop.clone();
        let stopped = || stop.is_cancelled().then_some(ExitStatus::Terminated);
        let now = self.stage.now.get();
        let run = Box::pin(execute(
            Task::Sync,
            &config,
            &carriers,
            now,
            &stop,
            &stopped,
        ));
        let run = tokio::time::timeout(ENDLESS, run);
        let report = tokio::select! {
            biased;
            () = course.killed.cancelled() => None,
            report = run => Some(report.map_err(|_| "a run does not end".to_owned())?),
        };
        Ok(Lived {
            report,
            course: Arc::clone(course),
        })
    }

    fn judge(&mut self, lived: &Lived, struck: Struck, in_company: bool) -> Result<(), String> {
        let happened = lived.course.happened();
        self.tally.add("runs", 1);
        self.tally.add_happened(&happened);
        let watch = lived.course.watch.lock().unwrap();
        self.tally.add("requests", watch.requests);
        self.tally.add("writes", watch.writes);
        self.tally
            .add("objects deleted on the target", watch.deletions);
        if let Some(violation) = watch.violations.first() {
            return Err(violation.clone());
        }
        let doubles = watch.doubles.first();
        self.is_doubled |= doubles.is_some();
        if let Some(double) = doubles.filter(|_| !struck.lies && !struck.is_race) {
            return Err(double.clone());
        }
        let success = lived.report.as_ref().map(|it| it.exit_status) == Some(ExitStatus::Success);
        self.is_untidy |= in_company || happened.late > 0 || !success;
        let Some(report) = &lived.report else {
            return Ok(());
        };
        self.tally.add_exit(report.exit_status);
        let intruded = happened.deeds() > 0;
        let known = Circumstances {
            deceived: struck.lies || intruded || in_company || happened.late > 0,
            stopped: happened.stops > 0,
            mirrored: self.differences().is_empty(),
            writes: watch.writes,
        };
        if !known.deceived && report.exit_status == ExitStatus::Success {
            self.tally.add("exits 0 that had to mean a mirror", 1);
        }
        match untruths(report, known).into_iter().next() {
            None => Ok(()),
            Some(untruth) => Err(format!(
                "{untruth}:\n{}\n{}",
                shown(report),
                self.differences().join("\n")
            )),
        }
    }

    /// Where the target is not what it should be. It may have more than the source where somebody else put things
    /// there, or where a grace keeps them.
    fn differences(&self) -> Vec<String> {
        let mut differences = self.stage.differences();
        if self.draw.with_products {
            differences.extend(self.stage.differences_of_products());
        }
        if self.is_untidy {
            let stays = left_unmarked(&self.stage.target().dump());
            differences.retain(|difference| !stays.iter().any(|it| difference.starts_with(it)));
        }
        if self.draw.is_intruded() || self.is_in_grace {
            differences.retain(|difference| !difference.contains(": null on the source"));
        }
        if self.draw.is_intruded() {
            // Where somebody else's credential has the name already, the server chooses another.
            differences.retain(|difference| !difference.contains("> name: "));
        }
        differences
    }

    fn chronicle(&mut self, lived: &Lived) {
        self.story.push(format!("run {}", self.runs));
        self.story.extend(lived.course.trace());
        self.story.push(match &lived.report {
            Some(report) => shown(report),
            None => "killed".to_owned(),
        });
    }

    fn struck(&self) -> Vec<(String, u64)> {
        let sides = [self.stage.source(), self.stage.target()];
        let counts = sides.iter().flat_map(|side| side.faults.struck().clone());
        counts.collect()
    }

    fn note_struck(&mut self, before: &[(String, u64)]) -> Struck {
        let mut struck = Struck::default();
        for (kind, number) in self.struck() {
            self.tally.add(&format!("fault {kind}"), number);
            struck.lies |= is_lie(&kind);
        }
        for (kind, number) in before {
            self.tally.take(&format!("fault {kind}"), *number);
        }
        struck
    }
}

/// What faults did under a run.
#[derive(Debug, Clone, Copy, Default)]
struct Struck {
    lies: bool,
    /// Two runs at once, and somebody else: what is renamed between their readings, neither knows for what the other makes.
    is_race: bool,
}

/// The end: nothing goes wrong any more.
impl Life<'_> {
    async fn come_to_rest(&mut self) -> Result<(), String> {
        self.stage.set("MAX_DELETE_PERCENT", "100");
        self.stage.set("ALLOW_EMPTY_SOURCE", "true");
        if self.draw.is_intruded() {
            self.stage.set("ADOPT", "all");
            // Where lists show no hashes, only a look at each finds a secret that somebody has changed on the target.
            self.stage.set("DEEP_COMPARE", "true");
        }
        if self.draw.setting("DELETE_GRACE").is_some() {
            self.run(None).await?;
            self.stage.wait_hours(25);
        }
        let first = self.quiet().await?;
        self.is_in_grace = false;
        let second = self.quiet().await?;
        let third = self.quiet().await?;
        self.judge_rest(&third)?;
        let is_done = second.exit_status == ExitStatus::Success;
        // What somebody else left on the target may stand in the way: then the report says so, run after run.
        let is_refused = third.changes.iter().any(is_refused);
        let may_be_held_up = self.draw.is_intruded() || self.is_doubled || is_refused;
        let is_held_up = second.exit_status == ExitStatus::Incomplete && may_be_held_up;
        if is_held_up {
            self.tally
                .add("worlds held up by others, lies or refusals", 1);
            return Ok(());
        }
        if !is_done {
            return Err(format!(
                "two quiet runs do not do it:\n{}{}",
                shown(&first),
                shown(&second)
            ));
        }
        match self.differences() {
            none if none.is_empty() => Ok(()),
            differences => Err(format!(
                "two quiet runs make no mirror:\n{}",
                differences.join("\n")
            )),
        }
    }

    /// A run after two quiet ones finds nothing to do. It may try again what a server refuses, or what
    /// something of somebody else's stands in the way of: either may have changed since.
    fn judge_rest(&self, third: &Report) -> Result<(), String> {
        let mut changes = third.changes.iter();
        let is_held_up = self.draw.is_intruded() || third.changes.iter().any(is_refused);
        let has_effect = |change: &ChangeReport| {
            matches!(change.result, ChangeResult::Applied | ChangeResult::Pending)
                || change.result != ChangeResult::Withheld && !is_held_up
        };
        if changes.any(has_effect) || third.target.requests.writes > 0 && !is_held_up {
            return Err(format!("a third quiet run writes:\n{}", shown(third)));
        }
        Ok(())
    }

    async fn quiet(&mut self) -> Result<Report, String> {
        let course = self.start(None, 0);
        let lived = self.carry_on(&course).await?;
        let judged = self.judge(&lived, Struck::default(), false);
        self.runs += 1;
        self.chronicle(&lived);
        judged?;
        lived
            .report
            .ok_or_else(|| "a quiet run was killed".to_owned())
    }
}

/// How the differences begin that say that the target has what it may keep, because it bears no mark: Products, and
/// members with the people behind them.
fn left_unmarked(dump: &Value) -> Vec<String> {
    let unmarked = |kind: &str| -> Vec<String> {
        let rows = dump[kind].as_object().into_iter().flatten();
        let unmarked = rows.filter(|(_, row)| row["metadata"]["source_id"].is_null());
        unmarked.map(|(address, _)| address.clone()).collect()
    };
    let extra = |kind: &str, address: &str| format!(" > {kind} > {address}: null on the source");
    let members = unmarked("members").into_iter().flat_map(|member| {
        let user = member.split_once('/').map_or("", |(_, user)| user);
        [extra("members", &member), extra("users", user)]
    });
    let products = unmarked("products").into_iter();
    members
        .chain(products.map(|product| extra("products", &product)))
        .collect()
}

/// Whether a server refuses what is wanted.
fn is_refused(change: &ChangeReport) -> bool {
    let reason = change.reason.as_deref().unwrap_or_default();
    change.result == ChangeResult::Withheld && reason.contains("is deprecated on the target")
}
