//! What the settings ask of a run that begins now.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    config::{DeletePolicy, OnLimit, Settings},
    engine::{
        plan::{Limits, Policy, policy::Grace},
        sync::RunOptions,
    },
    platform::Scope,
};

/// The options of a run, of which the platform gives the scope.
#[must_use]
pub fn run_options(settings: &Settings, scope: Scope, now: Timestamp, deadline: Option<Instant>) -> RunOptions {
    RunOptions {
        policy: Policy { grace: grace(settings, now), ..policy(settings, scope) },
        limits: Limits {
            delete_percent: settings.limits.max_delete_percent,
            update_percent: settings.limits.max_update_percent,
            allow_empty: settings.limits.allow_empty_source.clone(),
        },
        withhold_deletions: settings.limits.on_limit == OnLimit::WithholdDeletes,
        acknowledged: settings.acknowledge.clone(),
        same_catalog_id: false,
        allow_older_target: settings.allow_older_target,
        writes: settings.http.max_writes,
        deadline,
    }
}

fn policy(settings: &Settings, scope: Scope) -> Policy {
    Policy {
        filters: scope.filters,
        excluded: scope.excluded,
        stand_ins: scope.fallbacks,
        adopt: settings.adopt.clone(),
        report_deletions: settings.deletion.policy == DeletePolicy::Report,
        delete_unmarked_children: settings.deletion.unmarked_children,
        delete_vendor_marked: settings.deletion.vendor_marked,
        catalogs_before: settings.marks.catalogs_before.iter().map(|id| id.as_str().into()).collect(),
        mark_keys: settings.marks.keys.clone(),
        require_seal: settings.marks.require_seal,
        deep: settings.deep_compare,
        approve_on_target: settings.approve_on_target,
        manage_originals: settings.manage_originals,
        ..Policy::default()
    }
}

fn grace(settings: &Settings, now: Timestamp) -> Option<Grace> {
    let period = settings.deletion.grace;
    (!period.is_zero())
        .then(|| Grace { now: now.as_millisecond(), period: i64::try_from(period.as_millis()).unwrap_or(i64::MAX) })
}
