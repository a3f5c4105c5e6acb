//! What a run says while it goes on: one line for each step.

use crate::{apply::Outcome, kept::Outdated, model::KindTable, plan::Step};

/// Logs what became of a step.
pub fn step(kinds: &KindTable, step: &Step, outcome: &Outcome) {
    let kind = kinds.row(step.address.kind).name;
    let (address, action) = (&*step.address.path, step.verb().word());
    match outcome {
        Outcome::Applied { pending: false, .. } => tracing::info!(kind, address, action, "applied"),
        Outcome::Applied { pending: true, .. } => {
            tracing::warn!(kind, address, action, "applied, waits for approval");
        }
        Outcome::Failed(reason) => tracing::error!(kind, address, action, reason, "failed"),
        Outcome::Skipped(reason) => tracing::warn!(kind, address, action, reason, "skipped"),
        Outcome::Withheld(reason) => tracing::warn!(kind, address, action, reason, "withheld"),
    }
}

/// Logs that a step of a kept plan is skipped before any is carried out.
pub fn outdated(kinds: &KindTable, outdated: &Outdated) {
    let kind = kinds.row(outdated.address.kind).name;
    let (address, action) = (&*outdated.address.path, outdated.verb.word());
    tracing::warn!(kind, address, action, reason = outdated.reason, "skipped");
}
