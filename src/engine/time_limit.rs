//! Reading within the time that a run has, and without waiting for every one of many lists that do not come.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::engine::{
    catalog::{CatalogError, Listing, Reader, Requests},
    model::{Handle, KindId, KindTable, Resource},
};

/// After so many requests of one sort in a row that got no answer in time, however often each was sent, no other is
/// waited for.
const MOST_SILENT: u32 = 3;

/// A catalog that is read until the deadline. What is asked of it afterwards is given up at once.
pub struct TimeLimited<'a> {
    reader: &'a dyn Reader,
    deadline: Option<Instant>,
    silences: Mutex<BTreeMap<ReadKind, Unanswered>>,
}

/// How many of one sort may be asked for at once before the first of them was answered: as many as a client lets through
/// at first. All that are under way take turns, so the first to fail for good would be as late as they are many.
const FIRST_AT_ONCE: usize = 4;

/// How many afterwards.
const AT_ONCE: usize = 64;

/// What is asked for parent by parent, or object by object: where some of these find no answer, nor will the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ReadKind {
    List(KindId),
    Detail(KindId),
}

#[derive(Debug)]
struct Unanswered {
    in_a_row: u32,
    gate: Arc<Semaphore>,
    is_answered: bool,
    /// Cancelled when there is nothing to be waited for.
    over: CancellationToken,
}

impl<'a> TimeLimited<'a> {
    /// The same catalog until the deadline.
    pub fn new(reader: &'a dyn Reader, deadline: Option<Instant>) -> Self {
        Self { reader, deadline, silences: Mutex::default() }
    }

    async fn in_time<T: Send>(
        &self,
        reading: impl Future<Output = Result<T, CatalogError>> + Send,
    ) -> Result<T, CatalogError> {
        match self.deadline {
            None => reading.await,
            Some(deadline) if deadline <= Instant::now() => Err(late()),
            Some(deadline) => timeout_at(deadline, reading).await.unwrap_or_else(|_| Err(late())),
        }
    }

    async fn unless_silent<T: Send>(
        &self,
        sort: ReadKind,
        reading: impl Future<Output = Result<T, CatalogError>> + Send,
    ) -> Result<T, CatalogError> {
        let (over, gate) = self.silence(sort, |silence| (silence.over.clone(), silence.gate.clone()));
        let reading = async {
            // Nobody closes it.
            let _pass = gate.acquire().await;
            reading.await
        };
        let reading = over.run_until_cancelled(self.in_time(reading)).await;
        let result = reading.unwrap_or_else(|| Err(self.given_up(sort)));
        self.silence(sort, |silence| match &result {
            Err(error) if is_silence(error) => silence.note(),
            Err(CatalogError::GivenUp(_)) => {}
            Ok(_) | Err(_) => silence.end(),
        });
        result
    }

    fn silence<T>(&self, sort: ReadKind, look: impl FnOnce(&mut Unanswered) -> T) -> T {
        let mut silences = self.silences.lock().unwrap_or_else(PoisonError::into_inner);
        look(silences.entry(sort).or_default())
    }

    fn given_up(&self, sort: ReadKind) -> CatalogError {
        let (ReadKind::List(kind) | ReadKind::Detail(kind)) = sort;
        let kind = self.reader.kinds().row(kind).name;
        CatalogError::GivenUp(format!(
            "{MOST_SILENT} requests for {kind} in a row got no answer in time, so the others are given up; see to the server, \
             or raise HTTP_CLIENT_TIMEOUT"
        ))
    }
}

impl Default for Unanswered {
    fn default() -> Self {
        Self {
            in_a_row: 0,
            gate: Arc::new(Semaphore::new(FIRST_AT_ONCE)),
            is_answered: false,
            over: CancellationToken::new(),
        }
    }
}

impl Unanswered {
    /// Somebody has answered, whatever it was.
    fn end(&mut self) {
        self.in_a_row = 0;
        if !std::mem::replace(&mut self.is_answered, true) {
            self.gate.add_permits(AT_ONCE - FIRST_AT_ONCE);
        }
    }

    fn note(&mut self) {
        self.in_a_row += 1;
        if self.in_a_row >= MOST_SILENT {
            self.over.cancel();
        }
    }
}

/// Whether it failed because nobody answered in time, neither the server nor who stands before it.
fn is_silence(error: &CatalogError) -> bool {
    matches!(error, CatalogError::Request(failure) if failure.is_unanswered)
}

fn late() -> CatalogError {
    CatalogError::GivenUp("the run's deadline (RUN_DEADLINE) came before it was read".into())
}

#[async_trait]
impl Reader for TimeLimited<'_> {
    fn kinds(&self) -> &'static KindTable {
        self.reader.kinds()
    }

    fn id(&self) -> &str {
        self.reader.id()
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        let reading = self.reader.list(kind, parent);
        match parent {
            Some(_) => self.unless_silent(ReadKind::List(kind), reading).await,
            None => self.in_time(reading).await,
        }
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        let reading = self.reader.detail(resource);
        self.unless_silent(ReadKind::Detail(resource.kind), reading).await
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError> {
        self.in_time(self.reader.read(kind, handle)).await
    }

    fn requests(&self) -> Requests {
        self.reader.requests()
    }
}
