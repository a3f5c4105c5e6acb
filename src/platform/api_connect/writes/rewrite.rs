//! Writes that may have to be sent again: before each repetition the object is looked at, since the failed one may have
//! taken effect, and others may have changed the object meanwhile (behaviour.md, "Failing well").

use std::future::Future;

use crate::{
    engine::catalog::CatalogError,
    http::{HttpError, Retryable, Write},
    platform::api_connect::{wire::object::Object, writer::ApiConnectTarget},
};

/// What an object turns out to be after a write that failed.
pub(crate) enum Standing {
    /// What the write was to make of it.
    Done(Object),
    /// What the write was planned against, as far as it is not yet what was wanted.
    Untouched,
    /// Something else, in fields of these names.
    Changed(Vec<String>),
    /// Nothing any more.
    Vanished,
}

/// Why a write was not made.
pub(crate) enum Unwritten {
    /// The server refused, or did not answer.
    Failed(HttpError),
    /// The object does not allow it any more.
    Hindered(CatalogError),
}

impl From<Unwritten> for CatalogError {
    fn from(unwritten: Unwritten) -> Self {
        match unwritten {
            Unwritten::Failed(error) => error.into(),
            Unwritten::Hindered(error) => error,
        }
    }
}

impl ApiConnectTarget {
    /// Sends a write, and gives the object of its answer, which may be empty. After a failure that may pass, or whose
    /// effect is not known, `look` says after a pause what the object is; only one that is untouched is written again.
    pub(crate) async fn rewrite<F, L>(&self, write: Write<'_>, look: F) -> Result<Object, Unwritten>
    where
        F: Fn() -> L + Send,
        L: Future<Output = Result<Standing, CatalogError>> + Send,
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
                return Err(Unwritten::Failed(error));
            }
            let may_repeat = self.client.back_off(&mut error).await;
            match look().await {
                Ok(Standing::Done(object)) => {
                    tracing::info!(path = write.path, "found done what was to be written");
                    return Ok(object);
                }
                Ok(Standing::Untouched) if may_repeat && error.may_pass() => {
                    let tries = error.attempts;
                    tracing::info!(path = write.path, tries, "found untouched: writing again");
                    earlier = Some(error);
                }
                Ok(Standing::Changed(fields)) => {
                    return Err(Unwritten::Hindered(CatalogError::changed(&fields)));
                }
                Ok(Standing::Vanished) => {
                    return Err(Unwritten::Hindered(CatalogError::vanished()));
                }
                // Where the look fails too, the write says what is wrong.
                Ok(Standing::Untouched) | Err(CatalogError::Request(_)) => {
                    return Err(Unwritten::Failed(error));
                }
                Err(other) => return Err(Unwritten::Hindered(other)),
            }
        }
    }
}
