//! Whole runs of the real engine against the sandbox. Each ends with "again: nothing to do".

mod adoption;
mod approvals;
mod births;
mod chains;
mod changed_meanwhile;
mod deletion;
mod failover;
mod fallback_owner;
mod grace;
mod hidden;
mod kept_plans;
mod limits;
mod originals;
mod pages;
mod policies;
mod products;
mod reading;
mod replication;
mod reverse;
mod sight;
mod story;
mod unknowns;
mod vendor;
