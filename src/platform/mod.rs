//! Platforms: what speaks to real servers. Nothing outside this folder (and its façade in the sandbox) names one.

pub mod api_connect;

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{self, Config, OnLimit, Settings},
    engine::{
        model::{KindId, KindTable},
        plan::{
            self, Policy, Remark,
            policy::{Fallback, Filter, Grace},
        },
        report::Finding,
        sync::{self, RunOptions},
    },
    http::{Options, RetryPolicy, Transport},
};
pub use api_connect::{Access, BothWays};
use api_connect::{Endpoint, Requirements};

/// The kinds of the platform that is in use.
#[must_use]
pub fn kinds() -> &'static KindTable {
    &api_connect::KINDS
}

/// What carries the requests of each side, and how patiently.
pub struct Carriers {
    /// To the source.
    pub source: Arc<dyn Transport>,
    /// To the target.
    pub target: Arc<dyn Transport>,
    /// When failed requests are sent again.
    pub retry: RetryPolicy,
}

/// Connects to both sides and checks the requirements. `now` is the present by the own clock.
///
/// Beyond `deadline`, or once `stop` is cancelled, nothing waits any more to be sent again.
pub async fn connect(
    config: &Config,
    carriers: &Carriers,
    now: Timestamp,
    stop: &CancellationToken,
    deadline: Option<Instant>,
) -> Access {
    let settings = &config.settings;
    let endpoint = |name: &'static str, side: &config::Side, transport: &Arc<dyn Transport>| {
        let options = Options {
            side: name,
            base: side.server.clone(),
            timeout: settings.http.timeout,
            reads: settings.http.max_reads,
            writes: settings.http.max_writes,
            retry: carriers.retry.clone(),
        };
        Endpoint::new(side, options, Arc::clone(transport), settings.http.page_size as usize)
    };
    let excluded = excluded(settings);
    let requirements = Requirements {
        carried: kinds().reported().filter(|kind| !excluded.contains(kind)).collect(),
        registry_names: pairs(&settings.mappings.user_registries),
        gateway_names: pairs(&settings.mappings.gateway_services),
        publish_timeout: settings.http.publish_timeout,
        mark_keys: settings.marks.keys.clone(),
        require_seal: settings.marks.require_seal,
    };
    let source = endpoint("source", &config.source, &carriers.source);
    let target = endpoint("target", &config.target, &carriers.target);
    let until = (stop, deadline);
    let mut access = api_connect::connect(source, target, &requirements, now, until).await;
    access.findings.extend(half_chosen(settings));
    access
}

fn pairs(mapping: &config::NameMapping) -> Vec<(String, String)> {
    mapping.pairs().map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).collect()
}

/// Looks closer at two catalogs than a run does before it begins: whether every list may be read, and whether roles match.
pub async fn inspect(source: &api_connect::ApiConnect, target: &api_connect::ApiConnectTarget) -> BothWays {
    Box::pin(api_connect::inspect(source, target)).await
}

/// What the servers' releases say to a run, either way, or that they tell none.
pub async fn releases(
    source: &api_connect::ApiConnect,
    target: &api_connect::ApiConnectTarget,
    settings: &Settings,
) -> BothWays {
    let releases = sync::releases(source, target, settings.allow_older_target).await;
    let findings = |remark: Option<Remark>| remark.as_ref().map(Finding::from);
    let forward = [releases.forward(), releases.untold()];
    BothWays {
        forward: forward.into_iter().filter_map(findings).collect(),
        reverse: findings(releases.backward()).into_iter().collect(),
    }
}

/// What a run has found of the configuration on its way.
#[must_use]
pub fn noted(source: &api_connect::ApiConnect, target: &api_connect::ApiConnectTarget) -> Vec<Finding> {
    let both = [source.noted(), target.noted()];
    both.into_iter().flatten().cloned().collect()
}

/// What the settings ask of a run that begins now.
#[must_use]
pub fn wishes(settings: &Settings, now: Timestamp, deadline: Option<Instant>) -> RunOptions {
    RunOptions {
        policy: Policy { grace: grace(settings, now), ..policy(settings) },
        limits: plan::Limits {
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

fn policy(settings: &Settings) -> Policy {
    let orgs = Filter {
        names: settings.scope.consumer_orgs.clone(),
        unless_named: &[api_connect::SANDBOX_ORG],
        versioned: false,
        settings: [config::vars::INCLUDE_CONSUMER_ORGS.name, config::vars::EXCLUDE_CONSUMER_ORGS.name],
    };
    let products = Filter {
        names: settings.scope.products.clone(),
        unless_named: &[],
        versioned: true,
        settings: [config::vars::INCLUDE_PRODUCTS.name, config::vars::EXCLUDE_PRODUCTS.name],
    };
    Policy {
        filters: vec![(api_connect::CONSUMER_ORGS, orgs), (api_connect::PRODUCTS, products)],
        excluded: excluded(settings),
        adopt: settings.adopt.clone(),
        report_deletions: settings.deletion.policy == config::DeletePolicy::Report,
        delete_unmarked_children: settings.deletion.unmarked_children,
        delete_vendor_marked: settings.deletion.vendor_marked,
        catalogs_before: settings.marks.catalogs_before.iter().map(|id| id.as_str().into()).collect(),
        mark_keys: settings.marks.keys.clone(),
        require_seal: settings.marks.require_seal,
        deep: settings.deep_compare,
        approve_on_target: settings.approve_on_target,
        stand_ins: settings.fallback_owner.as_deref().map(owner_for).into_iter().collect(),
        manage_originals: settings.manage_originals,
        ..Policy::default()
    }
}

fn owner_for(address: &str) -> Fallback {
    Fallback {
        kind: api_connect::CONSUMER_ORGS,
        field: api_connect::OWNER,
        address: address.to_owned(),
        setting: config::vars::FALLBACK_OWNER.name,
    }
}

fn grace(settings: &Settings, now: Timestamp) -> Option<Grace> {
    let period = settings.deletion.grace;
    (!period.is_zero())
        .then(|| Grace { now: now.as_millisecond(), period: i64::try_from(period.as_millis()).unwrap_or(i64::MAX) })
}

/// The kinds that this run does not replicate. Products and APIs stay out together: neither can be published without
/// the other.
fn excluded(settings: &Settings) -> BTreeSet<KindId> {
    let has_products =
        settings.scope.products_and_apis && api_connect::PRODUCT_KINDS.iter().all(|kind| is_wanted(settings, *kind));
    let in_scope =
        |kind: &KindId| is_wanted(settings, *kind) && (has_products || !api_connect::PRODUCT_KINDS.contains(kind));
    kinds().reported().filter(|kind| !in_scope(kind)).collect()
}

/// Whether the choice of kinds leaves a kind in.
fn is_wanted(settings: &Settings, kind: KindId) -> bool {
    let name = kinds().row(kind).name;
    settings.scope.kinds.iter().any(|wanted| wanted == name)
}

/// What to tell where only one of Products and APIs is chosen, and so neither is replicated.
fn half_chosen(settings: &Settings) -> Option<Finding> {
    let [one, other] = api_connect::PRODUCT_KINDS;
    let (left, right) = (is_wanted(settings, one), is_wanted(settings, other));
    if !settings.scope.products_and_apis || left == right {
        return None;
    }
    let (wanted, unwanted) = if left { (one, other) } else { (other, one) };
    let (wanted, unwanted) = (kinds().row(wanted).name, kinds().row(unwanted).name);
    Some(Finding::warning(
        "INCLUDE_KINDS",
        format!(
            "{unwanted} are out of scope, so {wanted} are left out too: neither can be published without the other"
        ),
        format!("name both {wanted} and {unwanted}, or neither, in INCLUDE_KINDS and EXCLUDE_KINDS"),
    ))
}
