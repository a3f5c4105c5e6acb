//! The way between the engine and a cluster: requests take their time, overtake each other, arrive late, and are watched.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use ::http::header::DATE;
use apic_configsync::{
    http::{Chunks, Transport, TransportError},
    sandbox::{
        SharedCluster,
        api_connect::{Outcome, Reply, handle},
    },
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    draw::Trial,
    schedule::{Ending, How, Intrusion, Where},
    watch::Watch,
};
use crate::secrets::Secrets;

/// A request's number on its side, for faults to see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number(pub(crate) u32);

/// What one run meets on its way, on both sides.
pub(crate) struct Course {
    state: Mutex<State>,
    clusters: [SharedCluster; 2],
    pub(crate) watch: Mutex<Watch>,
    secrets: Secrets,
    /// Cancelled when the process is killed.
    pub(crate) killed: CancellationToken,
    /// Cancelled at SIGTERM.
    pub(crate) stop: CancellationToken,
}

struct State {
    dice: StdRng,
    late: u16,
    counts: [u32; 2],
    intrusions: Vec<Intrusion>,
    ending: Option<Ending>,
    under_way: Vec<JoinHandle<()>>,
    last_tick: Instant,
    odd_date: Option<OddDate>,
    trace: Vec<String>,
    happened: Happened,
}

/// One answer of a side whose `Date` header is that far from the server's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OddDate {
    place: Where,
    seconds: i64,
}

impl OddDate {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        Self {
            place: Where { on_source: rng.random_bool(0.5), number: rng.random_range(0..40) },
            seconds: [86_400, 3600, 600, 200, -3600][rng.random_range(0..5)],
        }
    }

    fn put_on(self, answer: &mut ::http::Response<Bytes>) {
        let header = answer.headers().get(DATE);
        let told = header.and_then(|date| date.to_str().ok());
        let told = told.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let moved = told.and_then(|at| Timestamp::from_second(at.as_second() + self.seconds).ok());
        let text = moved.map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        if let Some(value) = text.and_then(|text| text.parse().ok()) {
            answer.headers_mut().insert(DATE, value);
        }
    }
}

/// What came to pass of what was drawn.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Happened {
    pub(crate) late: u64,
    pub(crate) deeds_on_source: u64,
    pub(crate) deeds_on_target: u64,
    pub(crate) kills: u64,
    pub(crate) stops: u64,
    pub(crate) forgeries: u64,
    pub(crate) odd_dates: u64,
}

impl Happened {
    /// What somebody else did, on either side.
    pub(crate) fn deeds(&self) -> u64 {
        self.deeds_on_source + self.deeds_on_target
    }
}

const SOURCE: usize = 0;
const TARGET: usize = 1;

impl Course {
    /// The course of a trial, or of a quiet run.
    pub(crate) fn new(
        clusters: [SharedCluster; 2],
        watch: Watch,
        secrets: Secrets,
        chance: u64,
        trial: Option<&Trial>,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                dice: StdRng::seed_from_u64(chance),
                late: trial.map_or(0, |trial| trial.late),
                counts: [0; 2],
                intrusions: trial.map_or_else(Vec::new, |trial| trial.intrusions.clone()),
                ending: trial.and_then(|trial| trial.ending),
                under_way: Vec::new(),
                last_tick: Instant::now(),
                odd_date: trial.and_then(|trial| trial.oddity.odd_date),
                trace: Vec::new(),
                happened: Happened::default(),
            }),
            clusters,
            watch: Mutex::new(watch),
            secrets,
            killed: CancellationToken::new(),
            stop: CancellationToken::new(),
        })
    }

    /// The way to the source and the way to the target.
    pub(crate) fn wires(self: &Arc<Self>) -> [Arc<dyn Transport>; 2] {
        [SOURCE, TARGET].map(|side| Arc::new(Wire { course: Arc::clone(self), side }) as Arc<dyn Transport>)
    }

    /// Waits for what arrives late.
    pub(crate) async fn settle(&self) {
        let under_way = std::mem::take(&mut self.state.lock().unwrap().under_way);
        for request in under_way {
            request.await.unwrap();
        }
    }

    pub(crate) fn happened(&self) -> Happened {
        self.state.lock().unwrap().happened
    }

    /// Every request in the order of arrival.
    pub(crate) fn trace(&self) -> Vec<String> {
        self.state.lock().unwrap().trace.clone()
    }

    fn depart(&self) -> (Duration, Duration, bool) {
        let mut state = self.state.lock().unwrap();
        let late = state.late > 0 && state.dice.random_range(0..1000) < state.late;
        let draw = |state: &mut State| Duration::from_millis(state.dice.random_range(0..40));
        (draw(&mut state), draw(&mut state), late)
    }

    /// The request reaches its server: what waits for this moment happens, then it is answered. None where the process
    /// is gone.
    fn arrive(&self, side: usize, mut request: ::http::Request<Bytes>, late: bool) -> Option<Reply> {
        let mut state = self.state.lock().unwrap();
        let number = state.counts[side];
        state.counts[side] += 1;
        state.happened.late += u64::from(late);
        self.secrets.learn_request(&request);
        self.let_time_pass(&mut state);
        request.extensions_mut().insert(Number(number));
        let here = Where { on_source: side == SOURCE, number };
        let ending = state.ending.filter(|it| it.place == here && !late);
        match ending.map(|ending| ending.how) {
            Some(How::Stopped) => {
                state.happened.stops += 1;
                self.stop.cancel();
            }
            Some(How::KilledBefore) => {
                state.happened.kills += 1;
                self.killed.cancel();
                return None;
            }
            _ => {}
        }
        if !late {
            self.intrude(&mut state, here, &request);
        }
        let mut reply = self.answer(side, &request, late);
        if let (Outcome::Answer(answer), Some(odd)) = (&mut reply.outcome, state.odd_date)
            && odd.place == here
        {
            state.happened.odd_dates += 1;
            odd.put_on(answer);
        }
        state.trace.push(told(side, number, late, &request, &reply));
        if ending.is_some_and(|ending| ending.how == How::KilledAfter) {
            state.happened.kills += 1;
            self.killed.cancel();
            return None;
        }
        Some(reply)
    }

    /// The servers' clocks go with the virtual one, so that tokens age.
    fn let_time_pass(&self, state: &mut State) {
        let passed = state.last_tick.elapsed().as_secs();
        state.last_tick += Duration::from_secs(passed);
        for cluster in &self.clusters {
            cluster.lock().unwrap().tick(i64::try_from(passed).unwrap_or(i64::MAX));
        }
    }

    fn intrude(&self, state: &mut State, here: Where, request: &::http::Request<Bytes>) {
        let due = |it: &mut Intrusion| it.meets(here, request);
        for intrusion in state.intrusions.extract_if(.., due) {
            let (here, there) = if intrusion.is_on_target() {
                state.happened.deeds_on_target += 1;
                (TARGET, SOURCE)
            } else {
                state.happened.deeds_on_source += 1;
                (SOURCE, TARGET)
            };
            let [mut here, there] = [here, there].map(|side| self.clusters[side].lock().unwrap());
            if let Some(forged) = intrusion.happen(&mut here, &there, request) {
                state.happened.forgeries += 1;
                self.watch.lock().unwrap().note_forged(&forged.to_string());
            }
            state.trace.push(format!("       {intrusion:?}"));
        }
    }

    fn answer(&self, side: usize, request: &::http::Request<Bytes>, late: bool) -> Reply {
        let mut cluster = self.clusters[side].lock().unwrap();
        let mut watch = self.watch.lock().unwrap();
        if side == SOURCE {
            let reply = handle(&mut cluster, request);
            watch.source_was_asked(request);
            return reply;
        }
        let before = watch.look(request, &cluster);
        let reply = handle(&mut cluster, request);
        let source = self.clusters[SOURCE].lock().unwrap();
        watch.target_was_asked(request, &reply.outcome, before, &cluster, &source, late);
        reply
    }
}

fn told(side: usize, number: u32, late: bool, request: &::http::Request<Bytes>, reply: &Reply) -> String {
    let side = ["source", "target"][side];
    let outcome = match &reply.outcome {
        Outcome::Answer(answer) => answer.status().to_string(),
        Outcome::Refused => "refused".to_owned(),
        Outcome::Reset => "reset".to_owned(),
        Outcome::Truncated { .. } => "truncated".to_owned(),
    };
    let late = if late { " late" } else { "" };
    let target = request.uri().path_and_query().map_or("", |it| it.as_str());
    format!("{side} {number:>3} {} {target}{late}: {outcome}", request.method())
}

/// One side of a course.
struct Wire {
    course: Arc<Course>,
    side: usize,
}

impl Wire {
    /// The sender gives up first; then the server acts all the same.
    async fn too_late(
        &self,
        request: ::http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<::http::Response<Bytes>, TransportError> {
        let (course, side) = (Arc::clone(&self.course), self.side);
        let under_way = tokio::spawn(async move {
            sleep(timeout + Duration::from_millis(1500)).await;
            course.arrive(side, request, true);
        });
        self.course.state.lock().unwrap().under_way.push(under_way);
        sleep(timeout).await;
        Err(TransportError::Timeout(timeout))
    }

    async fn gone(&self) -> ! {
        std::future::pending::<()>().await;
        unreachable!("what is pending never comes")
    }
}

impl Transport for Wire {
    fn send(
        &self,
        request: ::http::Request<Chunks>,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<::http::Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let request = request.map(|body| body.joined());
            let (there, back, late) = self.course.depart();
            if late {
                return self.too_late(request, timeout).await;
            }
            sleep(there).await;
            let Some(reply) = self.course.arrive(self.side, request, false) else { self.gone().await };
            if there + back + reply.latency > timeout {
                sleep(timeout.saturating_sub(there)).await;
                return Err(TransportError::Timeout(timeout));
            }
            sleep(back + reply.latency).await;
            match reply.outcome {
                Outcome::Answer(answer) => Ok(answer),
                Outcome::Refused => Err(TransportError::Connect("connection refused".to_owned())),
                Outcome::Reset => Err(TransportError::Broken("connection reset".to_owned())),
                Outcome::Truncated { .. } => Err(TransportError::Broken("the body ended early".to_owned())),
            }
        })
    }
}
