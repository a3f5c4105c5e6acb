//! The one loop, for every platform, that decides whether a write is sent again. After a failure that leaves open what
//! the server did, somebody has to look first: the write may have taken effect, and others may have changed the object
//! meanwhile (behaviour.md, "Failing well"). What a look asks and what its answer means is the platform's business.

use std::future::Future;

use crate::{
    engine::catalog::CatalogError,
    http::{HttpError, WriteClient},
};

/// A write that shall take effect once.
pub(crate) trait WriteOnce: Send {
    /// The server's answer to it.
    type Answered;
    /// The proof, found by a look, that it has taken effect.
    type Found;

    /// When to pause before a repetition.
    const PAUSE: Pause;

    /// Sends it. A repetition is told how the last try failed, so that the tries are counted on.
    fn send(&mut self, earlier: Option<&HttpError>) -> impl Future<Output = Result<Self::Answered, HttpError>> + Send;

    /// Tells failures after which the write may have taken effect or may be made later. All others are final.
    fn needs_look(&self, failure: &HttpError) -> bool;

    /// Looks at the object after a failure.
    ///
    /// # Errors
    /// Why the write must not be sent again, where that is another reason than the failure itself.
    fn look(&mut self, failure: &HttpError) -> impl Future<Output = Result<Look<Self::Found>, CatalogError>> + Send;

    /// Is called before a repetition that follows a pause.
    fn before_repetition(&self, _failure: &HttpError) {}
}

/// When a write pauses before it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    /// Before the look, for what others may change while one waits.
    BeforeLook,
    /// After the look, for what may prove to be there already.
    AfterLook,
}

/// The outcome of a look after a write that failed.
#[derive(Debug)]
pub(crate) enum Look<T> {
    /// It is done: the object is as the write was to make it.
    Done(T),
    /// The write has had no effect.
    NoEffect,
    /// The write has had no effect as it was; it has been amended, and has a chance at once.
    Amended,
    /// The write must not be sent again, and its failure says why.
    Final,
}

/// The proof that a write has taken effect.
#[derive(Debug)]
pub(crate) enum Written<A, T> {
    /// By the server's answer.
    Answered(A),
    /// By a look after a failure.
    Found(T),
}

/// Why a write was not made.
#[derive(Debug)]
pub(crate) enum WriteFailure {
    /// The server refused, or did not answer.
    Failed(HttpError),
    /// The object does not allow it any more.
    Prevented(CatalogError),
}

impl From<WriteFailure> for CatalogError {
    fn from(failure: WriteFailure) -> Self {
        match failure {
            WriteFailure::Failed(error) => error.into(),
            WriteFailure::Prevented(error) => error,
        }
    }
}

/// Sends a write, and sends it again only where a look has shown that it had no effect, the failure may pass, and the
/// server may be sent a further try.
pub(crate) async fn write_once<W: WriteOnce>(
    client: &WriteClient,
    write: &mut W,
) -> Result<Written<W::Answered, W::Found>, WriteFailure> {
    let mut earlier: Option<HttpError> = None;
    loop {
        let mut failure = match write.send(earlier.as_ref()).await {
            Ok(answer) => return Ok(Written::Answered(answer)),
            Err(failure) => failure,
        };
        if !write.needs_look(&failure) {
            return Err(WriteFailure::Failed(failure));
        }
        let may_be_tried = match W::PAUSE {
            Pause::BeforeLook => client.back_off(&mut failure).await,
            Pause::AfterLook => true,
        };
        match write.look(&failure).await.map_err(WriteFailure::Prevented)? {
            Look::Done(found) => return Ok(Written::Found(found)),
            Look::Amended => continue,
            Look::NoEffect if may_be_tried && failure.may_pass() => {}
            Look::NoEffect | Look::Final => return Err(WriteFailure::Failed(failure)),
        }
        if W::PAUSE == Pause::AfterLook && !client.back_off(&mut failure).await {
            return Err(WriteFailure::Failed(failure));
        }
        write.before_repetition(&failure);
        earlier = Some(failure);
    }
}
