//! The life of one world: a quiet beginning, runs under which things go wrong, and a quiet end.

mod judgement;
mod rest;

use std::{sync::Arc, time::Duration};

use apic_configsync::{
    commands::{Task, execute},
    http::RetryPolicy,
    platform::Carriers,
    report::{ExitStatus, Report},
};
use jiff::Timestamp;
use tracing::instrument::WithSubscriber;

use super::{
    Violation,
    draw::{Draw, Past, Trial},
    jitter, switches,
    tally::Tally,
    watch::{Terms, Watch},
    wire::Course,
};
use crate::{
    listening::Log,
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
    log: Log,
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
        let mut terms = self.terms();
        // What the other run makes, and somebody takes the mark from, looks like somebody else's.
        terms.adopts |= trial.is_some_and(|trial| trial.in_company);
        let watch = Watch::new(&self.stage.source(), &self.stage.target(), terms);
        let chance = self.draw.chance ^ (self.runs * 2 + which);
        let secrets = self.stage.secrets.clone();
        secrets.learn_worlds([&self.stage.source, &self.stage.target]);
        Course::new(clusters, watch, secrets, chance, trial)
    }

    fn terms(&self) -> Terms {
        let is = |name: &str, value: &str| self.stage.setting(name).as_deref() == Some(value);
        let percent = self.stage.setting("MAX_DELETE_PERCENT");
        Terms {
            unmarked_children_go: is("DELETE_UNMARKED_CHILDREN", "true"),
            adopts: is("ADOPT", "all"),
            delete_percent: percent.map_or(30, |percent| percent.parse().unwrap()),
            source_may_be_empty: is("ALLOW_EMPTY_SOURCE", "true"),
        }
    }

    /// The present by the tool's own clock, which goes with those of the servers.
    fn now(&self) -> Timestamp {
        let servers = [self.stage.source(), self.stage.target()].map(|it| it.clock().now());
        let latest = servers.into_iter().max().unwrap_or_default();
        let latest = Timestamp::from_second(latest).unwrap();
        self.stage.now.set(self.stage.now.get().max(latest));
        self.stage.now.get()
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
        let now = self.now();
        let run = Box::pin(execute(
            Task::Sync,
            &config,
            &carriers,
            now,
            &stop,
            &stopped,
        ));
        let log = Log::default();
        let run = tokio::time::timeout(ENDLESS, run.with_subscriber(log.subscriber()));
        let report = tokio::select! {
            biased;
            () = course.killed.cancelled() => None,
            report = run => Some(report.map_err(|_| "a run does not end".to_owned())?),
        };
        Ok(Lived {
            report,
            course: Arc::clone(course),
            log,
        })
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

/// What faults did under a run.
#[derive(Debug, Clone, Copy, Default)]
struct Struck {
    lies: bool,
    /// Two runs at once, and somebody else: what is renamed between their readings, neither knows for what the other makes.
    is_race: bool,
}
