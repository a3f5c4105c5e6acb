//! Writes that may have to be sent again: before each repetition the object is looked at, since the failed one may have
//! taken effect, and others may have changed the object meanwhile (behaviour.md, "Failing well").

use std::future::Future;

use crate::{
    engine::catalog::CatalogError,
    http::{HttpError, Retryable, Write},
    platform::api_connect::{wire::object::Object, writer::ApiConnectTarget},
};

/// What an object turns out to be after a write that failed.
pub(crate) enum Rechecked {
    /// What the write was to make of it.
    Done(Object),
    /// What the write was planned against, as far as it is not yet what was wanted.
    Unchanged,
    /// Something else, in fields of these names.
    Changed(Vec<String>),
    /// Nothing any more.
    Gone,
}

/// Why a write was not made.
pub(crate) enum WriteFailure {
    /// The server refused, or did not answer.
    Failed(HttpError),
    /// The object does not allow it any more.
    Prevented(CatalogError),
}

impl From<WriteFailure> for CatalogError {
    fn from(unwritten: WriteFailure) -> Self {
        match unwritten {
            WriteFailure::Failed(error) => error.into(),
            WriteFailure::Prevented(error) => error,
        }
    }
}

impl ApiConnectTarget {
    /// Sends a write, and gives the object of its answer, which may be empty. After a failure that may pass, or whose
    /// effect is not known, `look` says after a pause what the object is; only one that is untouched is written again.
    pub(crate) async fn write_with_recheck<F, L>(&self, write: Write<'_>, look: F) -> Result<Object, WriteFailure>
    where
        F: Fn() -> L + Send,
        L: Future<Output = Result<Rechecked, CatalogError>> + Send,
    {
        let mut earlier: Option<HttpError> = None;
        loop {
            let once = Write { repeat: Retryable::Looked, earlier: earlier.as_ref(), ..write.clone() };
            let mut error = match self.client.write(once).await {
                // The change is made, whatever the answer looks like.
                Ok(answer) => return Ok(answer.json().unwrap_or_default()),
                Err(error) => error,
            };
            if !error.may_pass() && !error.answer_was_lost() {
                return Err(WriteFailure::Failed(error));
            }
            let may_repeat = self.client.back_off(&mut error).await;
            match look().await {
                Ok(Rechecked::Done(object)) => {
                    tracing::info!(path = write.path, "found done what was to be written");
                    return Ok(object);
                }
                Ok(Rechecked::Unchanged) if may_repeat && error.may_pass() => {
                    let tries = error.attempts;
                    tracing::info!(path = write.path, tries, "found untouched: writing again");
                    earlier = Some(error);
                }
                Ok(Rechecked::Changed(fields)) => {
                    return Err(WriteFailure::Prevented(CatalogError::changed(&fields)));
                }
                Ok(Rechecked::Gone) => {
                    return Err(WriteFailure::Prevented(CatalogError::vanished()));
                }
                // Where the look fails too, the write says what is wrong.
                Ok(Rechecked::Unchanged) | Err(CatalogError::Request(_)) => {
                    return Err(WriteFailure::Failed(error));
                }
                Err(other) => return Err(WriteFailure::Prevented(other)),
            }
        }
    }
}
