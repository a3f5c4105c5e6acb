//! The end of a life: nothing goes wrong any more.

use apic_configsync::{
    engine::report::{ChangeReport, ChangeResult, ExitStatus, Report},
    sandbox::switches::Metadata,
};

use super::{Life, Struck};
use crate::{simulation::forgery::clean, stage::shown};

/// Seconds between two quiet runs: more than the margin of hints, and what writes move one server's clock ahead of the
/// other's.
const QUIET: i64 = 3600;

impl Life<'_> {
    pub(super) async fn come_to_rest(&mut self) -> Result<(), String> {
        self.stage.set("MAX_DELETE_PERCENT", "100");
        self.stage.set("ALLOW_EMPTY_SOURCE", "true");
        self.see_all();
        if self.draw.surroundings.is_cleaned {
            self.clean_up();
        }
        for _ in 0..2 {
            self.let_time_pass(QUIET);
            self.sync_beside(None).await?;
        }
        if self.draw.is_intruded() {
            if self.draw.surroundings.is_cleaned {
                self.stage.set("ADOPT", "all");
            }
            // Where lists show no hashes, only a look at each finds a secret that somebody has changed on the target.
            self.stage.set("DEEP_COMPARE", "true");
        }
        if self.draw.grace_hours() > 0 {
            self.let_time_pass(QUIET);
            self.run(None).await?;
            self.let_time_pass(25 * 3600);
        }
        let first = self.quiet().await?;
        self.is_in_grace = false;
        let second = self.quiet().await?;
        let third = self.quiet().await?;
        self.judge_rest(&second, &third)?;
        let is_done = second.exit_status == ExitStatus::Success;
        // What somebody else left on the target may stand in the way: then the report says so, run after run.
        let holds_up = [is_refused, is_unlike, is_untaken, is_of_before];
        let mut changes = third.changes.iter();
        let may_be_held_up = self.draw.has_conflicts()
            || self.is_doubled
            || changes.any(|change| {
                holds_up.iter().any(|holds| holds(change)) || self.draw.is_blinded() && is_misplaced(change)
            });
        let is_held_up = second.exit_status == ExitStatus::Incomplete && may_be_held_up;
        if is_held_up || self.is_key_doubted(&second) {
            self.tally.add("worlds held up by others, lies or refusals", 1);
            return Ok(());
        }
        if !is_done {
            return Err(format!("two quiet runs do not do it:\n{}{}", shown(&first), shown(&second)));
        }
        match self.differences() {
            none if none.is_empty() => Ok(()),
            differences => Err(format!("two quiet runs make no mirror:\n{}", differences.join("\n"))),
        }
    }

    /// A run after two quiet ones finds nothing to do. It may try again what a server refuses, or what
    /// something of somebody else's stands in the way of: either may have changed since.
    fn judge_rest(&self, second: &Report, third: &Report) -> Result<(), String> {
        let mut changes = third.changes.iter();
        let is_stopped = self.is_key_doubted(third);
        let holds_up = |change: &ChangeReport| {
            is_refused(change) || is_of_before(change) || is_untaken(change) && !self.keeps_notes(change.kind)
        };
        // Where a list lied and something was made twice, the first stands in the way of what it could be.
        let is_doubled = self.is_doubled;
        let is_held_up = self.draw.is_intruded() || is_doubled || is_stopped || third.changes.iter().any(holds_up);
        let has_effect = |change: &ChangeReport| match change.result {
            ChangeResult::Withheld => false,
            ChangeResult::Applied => true,
            // What would have been done if the key were not in doubt.
            ChangeResult::Pending => !is_stopped,
            ChangeResult::Failed | ChangeResult::Skipped => !is_held_up,
        };
        if changes.any(has_effect) || third.target.requests.writes > 0 && !is_held_up {
            return Err(format!("a third quiet run writes:\n{}", shown(third)));
        }
        let (before, after) = (left_undone(second), left_undone(third));
        if before != after {
            return Err(format!("two quiet runs leave different things undone:\n{}{}", shown(second), shown(third)));
        }
        Ok(())
    }

    /// Whether the only seals on the target are those that a consumer has made up on what passes for a copy: then the key
    /// may be the wrong one, and nothing is written until somebody has looked (behaviour.md: "Seals on the target of which
    /// none is right").
    fn is_key_doubted(&self, report: &Report) -> bool {
        report.exit_status == ExitStatus::PreflightFailed
            && self.draw.forgeries().next().is_some()
            && report.findings.iter().any(|it| it.check == "MARK_KEY")
    }

    /// Whether the target stores what a run notes on things of a kind. Elsewhere a value that it does not take is sent again
    /// in every run (behaviour.md, "Updated").
    fn keeps_notes(&self, kind: &str) -> bool {
        let metadata = self.stage.target().switches.metadata.clone();
        let stores = match kind {
            "users" => metadata.users,
            "members" => metadata.members,
            "credentials" => metadata.credentials,
            "subscriptions" => metadata.subscriptions,
            _ => Metadata::Stored,
        };
        stores == Metadata::Stored
    }

    /// People take away what consumers have written in the place of marks and notes.
    fn clean_up(&self) {
        let ledger = self.ledger.lock().unwrap();
        for mut cluster in [self.stage.source(), self.stage.target()] {
            clean(&mut cluster, ledger.forged());
        }
    }

    /// A run some time after the last. What changed within the last minutes could change again unseen, so it gets its hint
    /// later, and runs that follow each other at once would find that to do.
    async fn quiet(&mut self) -> Result<Report, String> {
        self.let_time_pass(QUIET);
        let course = self.start(None, 0);
        let lived = self.carry_on(&course).await?;
        self.note_end(lived.is_whole());
        let judged = self.judge(&lived, Struck::default(), false);
        self.runs += 1;
        self.chronicle(&lived);
        judged?;
        lived.report.ok_or_else(|| "a quiet run was killed".to_owned())
    }
}

/// What a run finds and cannot or must not do.
fn left_undone(report: &Report) -> Vec<(&'static str, String, &'static str, Option<String>)> {
    let changes = report.changes.iter();
    let withheld = changes.filter(|change| change.result == ChangeResult::Withheld);
    withheld.map(|it| (it.kind, it.address.clone(), it.action, timeless(it))).collect()
}

/// The reason of a change without the last parenthesis of a server's word, which tells of one request: how long it took,
/// and its number.
fn timeless(change: &ChangeReport) -> Option<String> {
    let reason = change.reason.as_ref()?;
    let told = reason.split_once(" (1 attempt, ");
    Some(told.map_or(reason.as_str(), |(before, _)| before).to_owned())
}

/// Whether nothing tells that an organization is the copy that it says: between two runs it was renamed and handed over, and
/// no key was set. That is the best that can be known (behaviour.md, "A mark is a claim, not a proof").
fn is_unlike(change: &ChangeReport) -> bool {
    let reason = change.reason.as_deref().unwrap_or_default();
    change.result == ChangeResult::Withheld && reason.contains("neither name nor owner is the same")
}

/// Whether something bears the mark of what has its copy in another place.
fn is_misplaced(change: &ChangeReport) -> bool {
    let reason = change.reason.as_deref().unwrap_or_default();
    change.result == ChangeResult::Withheld && reason.contains(", but stands outside ")
}

/// Whether the target stores something else than it was sent: that is told in every run, and not sent again.
fn is_untaken(change: &ChangeReport) -> bool {
    let reason = change.reason.as_deref().unwrap_or_default();
    change.result == ChangeResult::Withheld && reason.starts_with("the target did not take")
}

/// Whether something is kept that a source before this one made: it may stand in the way of what is new.
fn is_of_before(change: &ChangeReport) -> bool {
    let reason = change.reason.as_deref().unwrap_or_default();
    reason.starts_with("it bears a mark of SOURCE_CATALOG_BEFORE")
}

/// Whether a server refuses what is wanted.
fn is_refused(change: &ChangeReport) -> bool {
    let reason = change.reason.as_deref().unwrap_or_default();
    change.result == ChangeResult::Withheld && reason.contains("is deprecated on the target")
}
