//! Which release may be the target of which: what a newer server accepts an older one may refuse or lose.

use super::Remark;
use crate::engine::model::Release;

/// The name of the remarks.
const CHECK: &str = "version";

/// The releases of both sides, as far as they tell them, and whether the operator takes an older target.
#[derive(Debug)]
pub struct Releases {
    /// The source's.
    pub source: Option<Release>,
    /// The target's.
    pub target: Option<Release>,
    /// `ALLOW_OLDER_TARGET`.
    pub allow_older: bool,
}

impl Releases {
    /// A target of an older release may refuse or lose what the source has.
    #[must_use]
    pub fn forward(&self) -> Option<Remark> {
        let (source, target) = self.both()?;
        target.is_below(source).then(|| {
            self.remark(
                format!("the target is of release {target}, below the source's {source}"),
                "bring the target to the source's release or above",
            )
        })
    }

    /// A run with the sides swapped needs both to be of one modification.
    #[must_use]
    pub fn backward(&self) -> Option<Remark> {
        let (source, target) = self.both()?;
        (!source.is_of_one_modification(target)).then(|| {
            self.remark(
                format!(
                    "the source is of release {source} and the target of {target}: a run back needs the same first three numbers"
                ),
                "bring both sides to one release before a run back",
            )
        })
    }

    /// That people have to compare what the servers do not tell.
    #[must_use]
    pub fn untold(&self) -> Option<Remark> {
        let silent = match (&self.source, &self.target) {
            (Some(_), Some(_)) => return None,
            (None, None) => "neither side tells its release",
            (None, Some(_)) => "the source does not tell its release",
            (Some(_), None) => "the target does not tell its release",
        };
        Some(Remark::warning(
            CHECK,
            silent,
            "compare the releases of both sides by hand: the target's must not be below the source's, and for a run back \
             the first three numbers must be the same",
        ))
    }

    fn both(&self) -> Option<(&Release, &Release)> {
        self.source.as_ref().zip(self.target.as_ref())
    }

    fn remark(&self, message: String, mend: &str) -> Remark {
        if self.allow_older {
            return Remark::warning(CHECK, message, "ALLOW_OLDER_TARGET=true allows it");
        }
        let mend = format!("{mend}; ALLOW_OLDER_TARGET=true makes this a warning");
        Remark::error(CHECK, message, mend)
    }
}
