//! What a run says while it goes on: one line for each step.

use crate::{apply::Outcome, model::KindTable, plan::Step};

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
