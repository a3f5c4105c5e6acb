//! Changes of a product, and one product taking over from another (section 14.3).

use serde_json::Value;

use super::Handled;
use super::list::show;
use super::products::product_at;
use super::publish::services_at;
use super::route::{Call, nowhere};
use super::urls::{child_at, tail};
use crate::sandbox::world::fields::HeadFields;
use crate::sandbox::world::lifecycle::ProductFields;
use crate::sandbox::world::{
    Audience, ConsumerOrg, Group, Id, Link, PlanMove, Product, Refusal, Subscription, Visibility,
};

/// What can be asked of a product by `POST`.
pub(super) const ACTIONS: [&str; 5] =
    ["supersede", "replace", "set-migration-target", "execute-migration-target", "migrate-subscriptions"];

/// `PATCH …/products/{…}`
pub(super) fn change(call: &mut Call<'_>, product: Id) -> Handled {
    let body = call.body()?;
    let row = &call.cluster.products[product];
    let urls = body.texts("gateway_service_urls");
    let urls = urls.map(|urls| urls.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let fields = ProductFields {
        visibility: body.get("visibility").map(|said| visibility(call, row, said)).transpose()?,
        gateway_services: urls.map(|urls| services_at(call, row.namespace(), &urls)).transpose()?,
    };
    let head = body.read::<HeadFields>()?;
    call.cluster.change_product(product, &head, &fields)?;
    show::<Product>(call, product)
}

/// Each half that is given replaces the one that is there.
fn visibility(call: &Call<'_>, row: &Product, said: &Value) -> Result<Visibility, Refusal> {
    let half = |name: &str, there: &Audience| match said.get(name) {
        None => Ok(there.clone()),
        Some(said) => audience(call, row.catalog, said, there),
    };
    Ok(Visibility {
        view: half("view", &row.visibility.view)?,
        subscribe: half("subscribe", &row.visibility.subscribe)?,
    })
}

fn audience(call: &Call<'_>, catalog: Id, said: &Value, there: &Audience) -> Result<Audience, Refusal> {
    let texts = |key: &str| {
        let list = said[key].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).collect::<Vec<_>>()
    };
    let org = |url: &str| child_at::<ConsumerOrg>(call.cluster, catalog, "consumer-orgs", url);
    let group = |url: &str| child_at::<Group>(call.cluster, catalog, "consumer-groups", url);
    Ok(Audience {
        kind: said["type"].as_str().unwrap_or(&there.kind).to_owned(),
        enabled: said["enabled"].as_bool().unwrap_or(there.enabled),
        orgs: texts("org_urls").into_iter().map(org).collect::<Result<_, _>>()?,
        groups: texts("group_urls").into_iter().map(group).collect::<Result<_, _>>()?,
    })
}

/// `POST …/products/{…}/{action}`: superseding and replacing is asked of the new product, the rest of the old one.
pub(super) fn act(call: &mut Call<'_>, product: Id, action: &str) -> Handled {
    match action {
        "supersede" => {
            let old = link(call, product)?;
            call.cluster.supersede(product, old.product, old.plans)?;
        }
        "replace" => {
            let old = link(call, product)?;
            call.cluster.replace(product, old.product, old.plans)?;
        }
        "set-migration-target" => {
            let new = link(call, product)?;
            call.cluster.set_migration_target(product, new.product, new.plans)?;
        }
        "execute-migration-target" => call.cluster.execute_migration_target(product)?,
        "migrate-subscriptions" => {
            let new = link(call, product)?;
            let subscriptions = subscriptions(call, product)?;
            call.cluster.migrate_subscriptions(product, &new, subscriptions)?;
        }
        _ => return Err(nowhere()),
    }
    show::<Product>(call, product)
}

/// The other product and the plans that a body names.
fn link(call: &Call<'_>, product: Id) -> Result<Link, Refusal> {
    let body = call.body()?;
    let url = body.required("product_url")?;
    let other = product_at(call, call.cluster.products[product].catalog, url);
    let other = other.ok_or_else(|| Refusal::invalid(format!("The product '{url}' was not found.")))?;
    let plans = body.get("plans").cloned().unwrap_or_default();
    let plans = serde_json::from_value::<Vec<PlanMove>>(plans)
        .map_err(|_| Refusal::invalid("The plans property must be a list of sources and targets."))?;
    Ok(Link { product: other, plans })
}

/// The subscriptions of a product that a body names, by their URLs.
fn subscriptions(call: &Call<'_>, product: Id) -> Result<Vec<Id>, Refusal> {
    let body = call.body()?;
    let urls = body
        .texts("subscription_urls")
        .ok_or_else(|| Refusal::invalid("The subscription_urls property is required."))?;
    let found = |url: &str| {
        let id = tail(url, "subscriptions").pop()?.parse().ok()?;
        let row: &Subscription = call.cluster.subscriptions.get(id)?;
        (row.product == product).then_some(id)
    };
    urls.into_iter()
        .map(|url| found(url).ok_or_else(|| Refusal::invalid(format!("The subscription '{url}' was not found."))))
        .collect()
}
