//! Bringing a Product to the target: it is published, and completed by what a publish cannot carry
//! (api-connect-rest.md sections 14.2 and 14.3).

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Places, Reader, Updated, Writer},
        change::{Change, FieldChange, NewObject, Removal},
        model::{Address, Document, Handle},
    },
    http::HttpError,
    platform::api_connect::{
        kinds::{
            PRODUCTS,
            product::{self, GATEWAY_URLS, GATEWAYS, STATE, SUPERSEDED_BY, VISIBILITY},
        },
        products::{
            lifecycle, migration,
            publish::{ProductPublication, gateway_urls, gateways},
            visibility,
        },
        wire::object::Object,
        writer::ApiConnectTarget,
        writes::{patch::Patch, recheck::Baseline},
    },
};

/// Publishes a Product. It is `published` then, whatever state it shall have in the end: that is a change of its own.
pub(crate) async fn create(
    target: &ApiConnectTarget,
    address: &Address,
    create: &NewObject,
    places: &Places<'_>,
) -> Result<Created, CatalogError> {
    let package = create.package.clone().unwrap_or_default();
    let new = ProductPublication::new(target, address, &create.document, &package, places)?;
    let shown = target.publish_new(&new, &package).await?;
    let handle = Handle::new(shown.id()?);
    let body = left_to_do(target, &shown, &create.document, places)?;
    let change = Patch {
        kind: PRODUCTS,
        object: &handle,
        body,
        metadata: Some(&create.metadata),
        baseline: Baseline::Answered(&shown),
        before: None,
    };
    complete(target, change).await?;
    Ok(Created { pending: shown.is_pending(), ..Created::of(handle) })
}

/// Changes a Product. Publishing it again may make another object of it.
pub(crate) async fn update(
    target: &ApiConnectTarget,
    address: &Address,
    object: &Handle,
    update: &Change,
    places: &Places<'_>,
) -> Result<Updated, CatalogError> {
    let Some(package) = &update.package else {
        why_state_unreachable(update).map_or(Ok(()), Err)?;
        let body = changed_parts(target, update, places)?;
        complete(target, Patch::planned(PRODUCTS, object, body, update)).await?;
        let pending = settle(target, object, update, places).await?;
        return Ok(Updated { pending, ..Updated::default() });
    };
    let again = ProductPublication::new(target, address, &update.after, package, places)?;
    let shown = target.publish_again(&again, update, package).await?;
    let now = Handle::new(shown.id()?);
    let body = left_to_do(target, &shown, &update.after, places)?;
    let change = Patch { baseline: Baseline::Answered(&shown), ..Patch::planned(PRODUCTS, &now, body, update) };
    complete(target, change).await?;
    let pending = shown.is_pending() || settle(target, &now, update, places).await?;
    Ok(Updated { moved: (now != *object).then_some(now), pending, ..Updated::default() })
}

/// Removes a Product. Some servers do so only once it is archived, and refuse it in any other state (section 21).
pub(crate) async fn delete(target: &ApiConnectTarget, delete: &Removal) -> Result<(), CatalogError> {
    let outcome = target.remove_planned(PRODUCTS, delete).await;
    let Some(refusal) = outcome.as_ref().err().and_then(HttpError::of) else {
        return outcome;
    };
    let may_be_for_its_state = matches!(refusal.status, Some(400 | 409 | 422));
    if !may_be_for_its_state || !may_be_archived(target, &delete.target).await? {
        return outcome;
    }
    if target.bring_product_to_state(&delete.target, ARCHIVED).await? {
        return outcome;
    }
    let Some(path) = target.reader.path(PRODUCTS, &delete.target) else {
        return outcome;
    };
    // Its state has just been changed on purpose, so all that counts before a repetition is whether it is there.
    let look = || async {
        let now = target.read(PRODUCTS, &delete.target).await?;
        Ok(now.map(|_| Vec::new()))
    };
    target.remove(&path, look).await
}

/// Whether a Product that is to go can be archived first: it is not yet, and nobody subscribes to it. What it was refused
/// for may be just that.
async fn may_be_archived(target: &ApiConnectTarget, product: &Handle) -> Result<bool, CatalogError> {
    let Some(now) = target.read(PRODUCTS, product).await? else {
        return Ok(false);
    };
    let is_open = now.document.field(STATE) != ARCHIVED;
    Ok(is_open && target.hanging(&now).await?.is_empty())
}

const ARCHIVED: &str = "archived";

/// Why the state that it was planned against cannot become the one wanted.
fn why_state_unreachable(update: &Change) -> Option<CatalogError> {
    let mut fields = update.fields.iter();
    let change = fields.find(|change| change.field() == STATE)?;
    lifecycle::why_unreachable(change.before.as_str()?, change.after.as_str()?)
}

/// What is left to do for a Product whose publication was approved after it was made.
pub(crate) async fn after_approval(
    target: &ApiConnectTarget,
    product: &Handle,
    shown: &Object,
    document: &Document,
    places: &Places<'_>,
) -> Result<(), CatalogError> {
    let body = left_to_do(target, shown, document, places)?;
    let change = Patch {
        kind: PRODUCTS,
        object: product,
        body,
        metadata: None,
        baseline: Baseline::Answered(shown),
        before: None,
    };
    complete(target, change).await
}

/// Sets links and the state. Both a publish and a supersession leave the Product in a state of their own. Tells whether
/// the state waits for an approval.
async fn settle(
    target: &ApiConnectTarget,
    product: &Handle,
    update: &Change,
    places: &Places<'_>,
) -> Result<bool, CatalogError> {
    let changed = |field: &str| update.fields.iter().any(|change| change.field() == field);
    let is_linked = |link: &str| {
        let mut fields = update.fields.iter().map(FieldChange::field);
        fields.any(|field| migration::is_about(field, link))
    };
    target.link_product(product, update, is_linked, places).await?;
    let state = update.after.field(STATE);
    match state.as_str() {
        Some(state) if changed(STATE) || update.package.is_some() || is_linked(SUPERSEDED_BY) => {
            target.bring_product_to_state(product, state).await
        }
        _ => Ok(false),
    }
}

/// What of the visibility and the gateway services a published Product does not have as it shall.
fn left_to_do(
    target: &ApiConnectTarget,
    shown: &Object,
    document: &Document,
    places: &Places<'_>,
) -> Result<Map<String, Value>, CatalogError> {
    let mut body = Map::new();
    if shown.is_pending() {
        return Ok(body);
    }
    let wanted = visibility::wanted(document, places)?;
    let has = visibility::fields(shown);
    if wanted.iter().any(|(field, value)| has.get(field) != Some(value)) {
        body.insert(VISIBILITY.into(), visibility::body(target, &wanted));
    }
    let services = gateways(document, places)?;
    if !services.is_empty() && services != product::gateways(shown) {
        body.insert(GATEWAY_URLS.into(), gateway_urls(target, &services));
    }
    Ok(body)
}

fn changed_parts(
    target: &ApiConnectTarget,
    update: &Change,
    places: &Places<'_>,
) -> Result<Map<String, Value>, CatalogError> {
    let changed = |fields: &[&str]| {
        let mut names = update.fields.iter().map(FieldChange::field);
        names.any(|name| fields.contains(&name))
    };
    let mut body = Map::new();
    if changed(&visibility::FIELDS) {
        let wanted = visibility::wanted(&update.after, places)?;
        body.insert(VISIBILITY.into(), visibility::body(target, &wanted));
    }
    if changed(&[GATEWAYS]) {
        let services = gateways(&update.after, places)?;
        body.insert(GATEWAY_URLS.into(), gateway_urls(target, &services));
    }
    Ok(body)
}

/// One change for all that is left. A Product without enforced APIs runs on no gateway service, and says so.
async fn complete(target: &ApiConnectTarget, change: Patch<'_>) -> Result<(), CatalogError> {
    let is_about_gateways = |error: &HttpError| {
        let mut messages = error.messages().iter();
        messages.any(|said| said.contains(UNENFORCED))
    };
    let has_gateways = change.body.contains_key(GATEWAY_URLS);
    match target.patch(change.clone()).await {
        Err(error) if has_gateways && HttpError::of(&error).is_some_and(is_about_gateways) => {
            let mut without = change;
            without.body.remove(GATEWAY_URLS);
            target.patch(without).await.map(drop)
        }
        answer => answer.map(drop),
    }
}

const UNENFORCED: &str = "contains only unenforced APIs";
