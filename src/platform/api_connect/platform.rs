//! API Connect as a platform: what its settings ask of a run, and the way to its servers.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    check::{inspect, preflight::Requirements},
    connect::{self, Endpoint},
    kinds::{CONSUMER_ORGS, KINDS, OWNER, PRODUCT_KINDS, PRODUCTS, SANDBOX_ORG},
    reader::ApiConnect,
    writer::ApiConnectTarget,
};
use crate::{
    config::{self, Settings, vars},
    engine::{
        catalog::Reader,
        model::{KindId, KindTable},
        plan::policy::{Fallback, Filter},
        report::Finding,
    },
    http::Options,
    platform::{self, Access, BothWays, RunContext, Scope, api_connect::wire::says_duplicate},
};
use async_trait::async_trait;

/// API Connect.
#[derive(Debug)]
pub struct Platform;

#[async_trait]
impl platform::Platform for Platform {
    fn name(&self) -> &'static str {
        "api-connect"
    }

    fn kinds(&self) -> &'static KindTable {
        &KINDS
    }

    fn scope(&self, settings: &Settings) -> Scope {
        Scope {
            filters: vec![(CONSUMER_ORGS, orgs(settings)), (PRODUCTS, products(settings))],
            excluded: excluded(settings),
            fallbacks: settings.fallback_owner.as_deref().map(owner_for).into_iter().collect(),
            findings: half_chosen(settings).into_iter().collect(),
        }
    }

    async fn connect(
        &self,
        source: platform::Endpoint<'_>,
        target: platform::Endpoint<'_>,
        run: &RunContext<'_>,
    ) -> Access {
        let requirements = requirements(run.settings);
        let (source, target) = (endpoint(source, run), endpoint(target, run));
        Box::pin(connect::connect(source, target, &requirements, run.now, (run.stop, run.deadline))).await
    }

    async fn connect_source(
        &self,
        source: platform::Endpoint<'_>,
        run: &RunContext<'_>,
    ) -> Result<Arc<dyn Reader>, Finding> {
        let requirements = requirements(run.settings);
        let until = (run.stop, run.deadline);
        let source = connect::connect_source(endpoint(source, run), &requirements, run.now, until);
        Ok(Arc::new(Box::pin(source).await?))
    }

    async fn connect_target(
        &self,
        source: Arc<dyn Reader>,
        target: platform::Endpoint<'_>,
        run: &RunContext<'_>,
    ) -> Access {
        let requirements = requirements(run.settings);
        let until = (run.stop, run.deadline);
        Box::pin(connect::connect_target(source, endpoint(target, run), &requirements, run.now, until)).await
    }
}

/// Both catalogs, for a closer look.
pub(super) struct Inspection {
    pub(super) source: Arc<ApiConnect>,
    pub(super) target: Arc<ApiConnectTarget>,
}

#[async_trait]
impl platform::Inspection for Inspection {
    async fn inspect(&self) -> BothWays {
        Box::pin(inspect::inspect(&self.source, &self.target)).await
    }

    fn found_on_the_way(&self) -> Vec<Finding> {
        let both = [self.source.noted(), self.target.noted()];
        both.into_iter().flatten().cloned().collect()
    }
}

fn endpoint(server: platform::Endpoint<'_>, run: &RunContext<'_>) -> Endpoint {
    let http = &run.settings.http;
    let options = Options {
        says_duplicate,
        side: server.name,
        base: server.side.server.clone(),
        timeout: http.timeout,
        reads: http.max_reads,
        writes: http.max_writes,
        retry: run.retry.clone(),
    };
    Endpoint::new(server.side, options, Arc::clone(server.transport), http.page_size as usize)
}

fn requirements(settings: &Settings) -> Requirements {
    let excluded = excluded(settings);
    Requirements {
        carried: KINDS.reported().filter(|kind| !excluded.contains(kind)).collect(),
        registry_names: pairs(&settings.mappings.user_registries),
        gateway_names: pairs(&settings.mappings.gateway_services),
        publish_timeout: settings.http.publish_timeout,
        mark_keys: settings.marks.keys.clone(),
        require_seal: settings.marks.require_seal,
    }
}

fn pairs(mapping: &config::NameMapping) -> Vec<(String, String)> {
    mapping.pairs().map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).collect()
}

fn orgs(settings: &Settings) -> Filter {
    Filter {
        names: settings.scope.consumer_orgs.clone(),
        unless_named: &[SANDBOX_ORG],
        versioned: false,
        settings: [vars::INCLUDE_CONSUMER_ORGS.name, vars::EXCLUDE_CONSUMER_ORGS.name],
    }
}

fn products(settings: &Settings) -> Filter {
    Filter {
        names: settings.scope.products.clone(),
        unless_named: &[],
        versioned: true,
        settings: [vars::INCLUDE_PRODUCTS.name, vars::EXCLUDE_PRODUCTS.name],
    }
}

fn owner_for(address: &str) -> Fallback {
    Fallback { kind: CONSUMER_ORGS, field: OWNER, address: address.to_owned(), setting: vars::FALLBACK_OWNER.name }
}

/// The kinds that this run does not replicate. Products and APIs stay out together: neither can be published without
/// the other.
fn excluded(settings: &Settings) -> BTreeSet<KindId> {
    let has_products = settings.scope.products_and_apis && PRODUCT_KINDS.iter().all(|kind| is_wanted(settings, *kind));
    let in_scope = |kind: &KindId| is_wanted(settings, *kind) && (has_products || !PRODUCT_KINDS.contains(kind));
    KINDS.reported().filter(|kind| !in_scope(kind)).collect()
}

/// Whether the choice of kinds leaves a kind in.
fn is_wanted(settings: &Settings, kind: KindId) -> bool {
    let name = KINDS.row(kind).name;
    settings.scope.kinds.iter().any(|wanted| wanted == name)
}

/// What to tell where only one of Products and APIs is chosen, and so neither is replicated.
fn half_chosen(settings: &Settings) -> Option<Finding> {
    let [one, other] = PRODUCT_KINDS;
    let (left, right) = (is_wanted(settings, one), is_wanted(settings, other));
    if !settings.scope.products_and_apis || left == right {
        return None;
    }
    let (wanted, unwanted) = if left { (one, other) } else { (other, one) };
    let (wanted, unwanted) = (KINDS.row(wanted).name, KINDS.row(unwanted).name);
    Some(Finding::warning(
        "INCLUDE_KINDS",
        format!(
            "{unwanted} are out of scope, so {wanted} are left out too: neither can be published without the other"
        ),
        format!("name both {wanted} and {unwanted}, or neither, in INCLUDE_KINDS and EXCLUDE_KINDS"),
    ))
}
