//! The end of a life: nothing goes wrong any more.

use apic_configsync::report::{ChangeReport, ChangeResult, ExitStatus, Report};

use super::{Life, Struck};
use crate::stage::shown;

/// Seconds between two quiet runs: more than the margin of hints, and what writes move one server's clock ahead of the
/// other's.
const QUIET: i64 = 3600;

impl Life<'_> {
    pub(super) async fn come_to_rest(&mut self) -> Result<(), String> {
        self.stage.set("MAX_DELETE_PERCENT", "100");
        self.stage.set("ALLOW_EMPTY_SOURCE", "true");
        if self.draw.is_intruded() {
            self.stage.set("ADOPT", "all");
            // Where lists show no hashes, only a look at each finds a secret that somebody has changed on the target.
            self.stage.set("DEEP_COMPARE", "true");
        }
        if self.draw.setting("DELETE_GRACE").is_some() {
            self.run(None).await?;
            self.stage.wait_hours(25);
        }
        let first = self.quiet().await?;
        self.is_in_grace = false;
        let second = self.quiet().await?;
        let third = self.quiet().await?;
        self.judge_rest(&third)?;
        let is_done = second.exit_status == ExitStatus::Success;
        // What somebody else left on the target may stand in the way: then the report says so, run after run.
        let is_refused = third.changes.iter().any(is_refused);
        let may_be_held_up = self.draw.is_intruded() || self.is_doubled || is_refused;
        let is_held_up = second.exit_status == ExitStatus::Incomplete && may_be_held_up;
        if is_held_up {
            self.tally
                .add("worlds held up by others, lies or refusals", 1);
            return Ok(());
        }
        if !is_done {
            return Err(format!(
                "two quiet runs do not do it:\n{}{}",
                shown(&first),
                shown(&second)
            ));
        }
        match self.differences() {
            none if none.is_empty() => Ok(()),
            differences => Err(format!(
                "two quiet runs make no mirror:\n{}",
                differences.join("\n")
            )),
        }
    }

    /// A run after two quiet ones finds nothing to do. It may try again what a server refuses, or what
    /// something of somebody else's stands in the way of: either may have changed since.
    fn judge_rest(&self, third: &Report) -> Result<(), String> {
        let mut changes = third.changes.iter();
        let is_held_up = self.draw.is_intruded() || third.changes.iter().any(is_refused);
        let has_effect = |change: &ChangeReport| {
            matches!(change.result, ChangeResult::Applied | ChangeResult::Pending)
                || change.result != ChangeResult::Withheld && !is_held_up
        };
        if changes.any(has_effect) || third.target.requests.writes > 0 && !is_held_up {
            return Err(format!("a third quiet run writes:\n{}", shown(third)));
        }
        Ok(())
    }

    /// A run some time after the last. What changed within the last minutes could change again unseen, so it gets its hint
    /// later, and runs that follow each other at once would find that to do.
    async fn quiet(&mut self) -> Result<Report, String> {
        for mut cluster in [self.stage.source(), self.stage.target()] {
            cluster.tick(QUIET);
        }
        let course = self.start(None, 0);
        let lived = self.carry_on(&course).await?;
        let judged = self.judge(&lived, Struck::default(), false);
        self.runs += 1;
        self.chronicle(&lived);
        judged?;
        lived
            .report
            .ok_or_else(|| "a quiet run was killed".to_owned())
    }
}

/// Whether a server refuses what is wanted.
fn is_refused(change: &ChangeReport) -> bool {
    let reason = change.reason.as_deref().unwrap_or_default();
    change.result == ChangeResult::Withheld && reason.contains("is deprecated on the target")
}
