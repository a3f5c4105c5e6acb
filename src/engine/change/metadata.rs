//! The metadata that is written on an object.

use serde_json::{Map, Value};

use crate::engine::model::{Handle, Mark, resource::joined_states};

/// The metadata that an object shall have, as a whole, because a server may replace it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetadataWrite {
    /// The free keys.
    pub own: Map<String, Value>,
    /// The mark.
    pub mark: Option<Mark>,
    /// What stands for the part of the source object that lists do not show.
    pub state: Option<Box<str>>,
    /// What stands for that part of the object itself, where it counts too.
    pub own_state: Option<Box<str>>,
    /// What is noted about how long its original has been missing.
    pub missing: Missing,
    /// Whether mark and notes are not this run's, and stay as they are.
    pub leaves_notes: bool,
    /// The natural key that the object shall have, to which a seal ties the mark.
    pub key: Box<str>,
    /// What is noted about what the target did not take; an empty note goes.
    pub not_taken: Option<Box<str>>,
}

/// What is noted about how long an original has been missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Missing {
    /// Nothing is, or was.
    #[default]
    Unsaid,
    /// It is missed for the first time.
    Since {
        /// When, in milliseconds since 1970.
        at: i64,
        /// Where the source would have it: only a source that says it is gone confirms that.
        original: Option<Handle>,
    },
    /// It is there again: the note goes.
    Found,
}

impl MetadataWrite {
    /// What is noted, so that the next run need not read the parts that lists do not show.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let state = self.state.as_deref()?;
        Some(self.own_state.as_deref().map_or_else(|| state.to_owned(), |own| joined_states(state, own)))
    }
}
