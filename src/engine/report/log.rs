//! What a run says while it goes on: one line for each step.

use crate::engine::{apply::Outcome, model::KindTable, plan::Step, plan_file::Outdated};

/// Logs what became of a step.
pub fn step(kinds: &KindTable, step: &Step, outcome: &Outcome) {
    let kind = kinds.row(step.address.kind).name;
    let (address, action) = (&*step.address.path, step.verb().word());
    if step.is_bookkeeping() {
        note(kind, address, outcome);
        return;
    }
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

/// Logs what became of a note. Where it could not be made, the next run reads what it would have spared it.
fn note(kind: &str, address: &str, outcome: &Outcome) {
    match outcome {
        Outcome::Applied { .. } => tracing::debug!(kind, address, "noted as it was read"),
        Outcome::Failed(reason) | Outcome::Skipped(reason) | Outcome::Withheld(reason) => {
            tracing::info!(kind, address, reason, "not noted as it was read");
        }
    }
}

/// Logs that a step of a kept plan is skipped before any is carried out.
pub fn outdated(kinds: &KindTable, outdated: &Outdated) {
    let kind = kinds.row(outdated.address.kind).name;
    let (address, action) = (&*outdated.address.path, outdated.verb.word());
    tracing::warn!(kind, address, action, reason = outdated.reason, "skipped");
}
