//! Products (api-connect-rest.md section 14). One is published, and completed by what a publish cannot carry (sections
//! 14.2 and 14.3).

use serde_json::{Map, Value};
use std::collections::BTreeSet;

use crate::{
    engine::{
        catalog::{CatalogError, Created, Places, Reader, Updated},
        change::{Change, FieldChange, NewObject, Removal},
        model::{
            Address, Document, Handle, Kind, Resource, Side,
            kind::{FileRole, Lifecycle, Marking, Reference, ReferenceKind},
        },
    },
    http::HttpError,
    platform::api_connect::{
        kinds::{
            APIS, CONSUMER_ORGS, GATEWAY_SERVICES, GROUPS, PLAIN, PRODUCTS, SPACES,
            operations::{DEFAULTS, Dependants, KindOperations, ListOfCatalog, WritePermission},
            subscription,
        },
        products::{
            documents::{self, DOCUMENT, SHOWN},
            lifecycle, migration, normal_form,
            publish::{ProductPublication, gateway_urls, gateways},
            versioned::{self, PublishedKind},
            visibility,
        },
        reader::ApiConnect,
        wire::{
            object::Object,
            routes::{self, Place},
        },
        writer::ApiConnectTarget,
        writes::{patch::Patch, recheck::Baseline},
    },
};

pub(super) const KIND: Kind = Kind {
    name: "products",
    singular: "Product",
    references: &[
        Reference { field: SPACE, kind: SPACES, bond: ReferenceKind::Needs },
        Reference { field: VIEW_ORGS, kind: CONSUMER_ORGS, bond: ReferenceKind::NeedsAny { group: VIEW } },
        Reference { field: VIEW_GROUPS, kind: GROUPS, bond: ReferenceKind::NeedsAny { group: VIEW } },
        Reference { field: SUBSCRIBE_ORGS, kind: CONSUMER_ORGS, bond: ReferenceKind::NeedsAny { group: SUBSCRIBE } },
        Reference { field: SUBSCRIBE_GROUPS, kind: GROUPS, bond: ReferenceKind::NeedsAny { group: SUBSCRIBE } },
        Reference { field: GATEWAYS, kind: GATEWAY_SERVICES, bond: ReferenceKind::NeedsAll },
        Reference { field: APIS_OF, kind: APIS, bond: ReferenceKind::Carries },
        Reference { field: SUPERSEDED_BY, kind: PRODUCTS, bond: ReferenceKind::Link { terms: "superseded_by_plans" } },
        Reference {
            field: MIGRATION_TARGET,
            kind: PRODUCTS,
            bond: ReferenceKind::Link { terms: "migration_target_plans" },
        },
    ],
    at_birth: &[SPACE, APIS_OF],
    required: &[STATE, VIEW, SUBSCRIBE],
    key_is_fixed: true,
    marking: Marking::Created,
    grace: true,
    dated: true,
    lifecycle: Some(Lifecycle {
        field: STATE,
        open: "published",
        closed: &["deprecated", "retired", "archived"],
        emptied: &["retired", "archived"],
        home: &["staged"],
    }),
    files: &[FileRole { role: DOCUMENT, normal: normal_form::product, shown: &SHOWN }],
    ..PLAIN
};

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, product| Some(path(reader, product)),
    resource: |reader, _, product| versioned::resource(reader, &PUBLISHED, product).map(Some),
    list: |reader, _| Box::pin(versioned::list(reader, &PUBLISHED)),
    read: Some(|reader, product| Box::pin(versioned::read(reader, &PUBLISHED, product))),
    detail: Some(|reader, product| Box::pin(documents::complete_product(reader, product))),
    dependants: Some(|reader, product| Box::pin(dependants(reader, &product.handle))),
    create: Some(|target, address, new, places| Box::pin(create(target, address, new, places))),
    update: Some(|target, product, change, places| Box::pin(update(target, product, change, places))),
    delete: Some(|target, removal| Box::pin(delete(target, removal))),
    settle_approved: Some(|target, product, document, places| {
        Box::pin(settle_approved(target, product, document, places))
    }),
    replaced_whole: &[VISIBILITY, GATEWAY_URLS],
    renamed: &[(VISIBILITY, &visibility::FIELDS), (GATEWAY_URLS, &[GATEWAYS])],
    list_of_catalog: Some(ListOfCatalog::Always(PUBLISHED.collection)),
    write_permission: Some(WritePermission::Products),
    ..DEFAULTS
};

pub(crate) const PUBLISHED: PublishedKind = PublishedKind {
    kind: PRODUCTS,
    collection: "products",
    embedded_document: "catalog_product",
    document,
    fields_of_name: |_, _| Vec::new(),
};

/// The document's fields: where it is published, in which state,
pub(crate) const SPACE: &str = "space";
pub(crate) const STATE: &str = "state";
/// who may see it (`{"type", "enabled"}`, and whom that names),
pub(crate) const VIEW: &str = "view";
pub(crate) const VIEW_ORGS: &str = "view_orgs";
pub(crate) const VIEW_GROUPS: &str = "view_groups";
/// who may subscribe to it,
pub(crate) const SUBSCRIBE: &str = "subscribe";
pub(crate) const SUBSCRIBE_ORGS: &str = "subscribe_orgs";
pub(crate) const SUBSCRIBE_GROUPS: &str = "subscribe_groups";
/// the gateway services that it runs on, its APIs,
pub(crate) const GATEWAYS: &str = "gateway_services";
pub(crate) const APIS_OF: &str = "apis";
/// and the Products that its subscribers shall go to, each with a map of plans (`…_plans`).
pub(crate) const SUPERSEDED_BY: &str = "superseded_by";
pub(crate) const MIGRATION_TARGET: &str = "migration_target";

/// The server's fields that hold several of these.
pub(crate) const VISIBILITY: &str = "visibility";
pub(crate) const GATEWAY_URLS: &str = "gateway_service_urls";

/// Reads the fields of a listed Product that are compared; references are handles.
fn document(reader: &ApiConnect, product: &Object, place: &Place) -> Map<String, Value> {
    // Products that are only found, for the sake of subscriptions, need nothing else.
    if !reader.products_and_apis {
        return Map::new();
    }
    let mut document = product.document(&[STATE]);
    document.extend(visibility::fields(product));
    document.extend(place.handle().map(|space| (SPACE.to_owned(), space.into())));
    let lists = [(GATEWAYS, gateways_of(product)), (APIS_OF, handles(product, "api_urls", handle_in))];
    for (field, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        let list = list.iter().map(|handle| Value::from(handle.as_str()));
        document.insert(field.to_owned(), list.collect());
    }
    for link in [SUPERSEDED_BY, MIGRATION_TARGET] {
        document.extend(migration::link(product, link));
    }
    if reader.side == Side::Target {
        visibility::fill_in(&mut document);
    }
    document
}

/// The gateway services that a Product runs on, in order.
fn gateways_of(product: &Object) -> Vec<Handle> {
    handles(product, GATEWAY_URLS, routes::gateway_service_in)
}

fn handles(product: &Object, field: &str, read: fn(&str) -> Option<Handle>) -> Vec<Handle> {
    let urls = product.texts(field).unwrap_or_default();
    let handles: BTreeSet<Handle> = urls.into_iter().filter_map(read).collect();
    handles.into_iter().collect()
}

/// The Product that a URL points at.
pub(crate) fn handle_in(url: &str) -> Option<Handle> {
    routes::handle_in(url, 1)
}

/// Publishes a Product. It is `published` then, whatever state it shall have in the end: that is a change of its own.
async fn create(
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
async fn update(
    target: &ApiConnectTarget,
    (address, object): (&Address, &Handle),
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
async fn delete(target: &ApiConnectTarget, delete: &Removal) -> Result<(), CatalogError> {
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

/// Tells whether a Product that is to go can be archived first: it is not yet, and nobody subscribes to it. What it
/// was refused for may be just that.
async fn may_be_archived(target: &ApiConnectTarget, product: &Handle) -> Result<bool, CatalogError> {
    let Some(now) = target.read(PRODUCTS, product).await? else {
        return Ok(false);
    };
    let is_open = now.document.field(STATE) != ARCHIVED;
    Ok(is_open && dependants(&target.reader, &now.handle).await?.is_empty())
}

const ARCHIVED: &str = "archived";

/// Why the state that it was planned against cannot become the one wanted.
fn why_state_unreachable(update: &Change) -> Option<CatalogError> {
    let mut fields = update.fields.iter();
    let change = fields.find(|change| change.field() == STATE)?;
    lifecycle::why_unreachable(change.before.as_str()?, change.after.as_str()?)
}

/// Does what is left to do for a Product whose publication was approved after it was made. Nothing of that waits again.
async fn settle_approved(
    target: &ApiConnectTarget,
    (product, shown): (&Handle, &Object),
    document: &Document,
    places: &Places<'_>,
) -> Result<bool, CatalogError> {
    let body = left_to_do(target, shown, document, places)?;
    let change = Patch {
        kind: PRODUCTS,
        object: product,
        body,
        metadata: None,
        baseline: Baseline::Answered(shown),
        before: None,
    };
    complete(target, change).await.map(|()| false)
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

/// Collects the visibility and the gateway services, as far as a published Product does not have them as it shall.
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
    if !services.is_empty() && services != gateways_of(shown) {
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

/// Where a Product is.
pub(crate) fn path(reader: &ApiConnect, product: &Handle) -> String {
    versioned::path(reader, &PUBLISHED, product)
}

/// Lists the subscriptions to a Product: they would vanish along with it. They name it in the catalog's form, even one
/// of a space (section 13).
async fn dependants(reader: &ApiConnect, product: &Handle) -> Result<Dependants, CatalogError> {
    let path = reader.paths.versioned(&Place::Catalog, PUBLISHED.collection, product);
    let is_to_it = |it: &Resource| it.document.field(subscription::PRODUCT) == product.as_str();
    subscription::filtered(reader, ("product_url", &path), is_to_it).await
}
