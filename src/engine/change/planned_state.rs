//! What a step is planned against, in the terms of the target's own server.

use serde_json::Value;

use crate::engine::model::{Handle, Mark, Resource};

/// What a document of the target does not say of its object: who it is made from, and what its references are called by
/// its own server.
#[derive(Debug, Clone, Default)]
pub struct PlannedState {
    /// The references that are known, as handles; others are not compared.
    pub references: Vec<(&'static str, Value)>,
    /// The mark.
    pub mark: Option<Mark>,
    /// What stands for the part that lists do not show.
    pub state: Option<Box<str>>,
    /// What runs have noted on it, unless notes do not count there for want of a seal.
    pub noted: Option<Notes>,
    /// Fields that this plan changes by other steps as well, so that they may be one or the other.
    pub elsewhere: Vec<String>,
    /// What it names and this plan removes: lists of references may lose that.
    pub leaving: Vec<Handle>,
}

/// What runs note on an object for the next ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// What the source was like when it was last written.
    pub hint: Option<Box<str>>,
    /// Since when its original has been missing, in milliseconds since 1970.
    pub missing_since: Option<i64>,
}

impl Notes {
    /// What is noted on a resource.
    #[must_use]
    pub fn on(resource: &Resource) -> Self {
        Self { hint: resource.hint.clone(), missing_since: resource.missing_since }
    }
}
