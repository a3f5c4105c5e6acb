//! What a simulation comes to, in numbers.

use std::{collections::BTreeMap, fmt};

use apic_configsync::engine::report::ExitStatus;

use super::wire::Happened;

/// Counts over many worlds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    counts: BTreeMap<String, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, what: &str, number: u64) {
        if number > 0 {
            *self.counts.entry(what.to_owned()).or_default() += number;
        }
    }

    pub(crate) fn get(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    pub(super) fn add_exit(&mut self, status: ExitStatus) {
        self.add(&format!("exit {}", status.code()), 1);
    }

    pub(super) fn add_happened(&mut self, happened: &Happened) {
        self.add("late requests", happened.late);
        self.add("deeds on the source meanwhile", happened.deeds_on_source);
        self.add("deeds on the target meanwhile", happened.deeds_on_target);
        self.add("kills", happened.kills);
        self.add("stops", happened.stops);
        self.add("metadata written by consumers", happened.forgeries);
        self.add("odd Date headers", happened.odd_dates);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (what, number) in &other.counts {
            self.add(what, *number);
        }
    }

    /// How many faults struck, of whatever kind.
    pub(crate) fn faults(&self) -> u64 {
        let faults = self.counts.iter().filter(|(what, _)| what.starts_with("fault "));
        faults.map(|(_, number)| number).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, number) in &self.counts {
            writeln!(f, "{number:>12}  {what}")?;
        }
        writeln!(f, "{:>12}  faults in all", self.faults())
    }
}
