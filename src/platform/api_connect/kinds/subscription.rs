//! Subscriptions of apps to plans of Products (api-connect-rest.md section 13).

use serde_json::{Map, Value, json};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places, Updated},
        change::{Change, NewObject},
        model::{
            Handle, Kind, Name, Resource,
            address::{decode, encode},
            kind::{Reference, ReferenceKind},
        },
    },
    http::HttpError,
    platform::api_connect::{
        kinds::{
            APPLICATIONS, PLAIN, PRODUCTS, SUBSCRIPTIONS,
            operations::{DEFAULTS, Dependants, KindOperations, ListOfCatalog, WritePermission},
            product,
        },
        reader::ApiConnect,
        wire::{object::Object, paging},
        writer::ApiConnectTarget,
        writes::{
            creation::Creation,
            patch::{Patch, changed_fields, updated},
        },
    },
};

pub(super) const KIND: Kind = Kind {
    name: "subscriptions",
    singular: "subscription",
    parent: Some(APPLICATIONS),
    references: &[Reference { field: PRODUCT, kind: PRODUCTS, bond: ReferenceKind::LivesBy }],
    required: &["state", PLAN],
    key_is_fixed: true,
    exclusive: Some(PRODUCT),
    ..PLAIN
};

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, subscription| Some(reader.paths.subscription(subscription)),
    resource: |_, _, subscription| resource(subscription).map(Some),
    list: |reader, _| Box::pin(list(reader)),
    create: Some(|target, _, new, places| Box::pin(create(target, new, places))),
    update: Some(|target, (_, subscription), change, _| Box::pin(update(target, subscription, change))),
    list_of_catalog: Some(ListOfCatalog::Always(LIST)),
    write_permission: Some(WritePermission::Apps),
    ..DEFAULTS
};

const LIST: &str = "subscriptions";

pub(super) const PRODUCT: &str = "product";
const PLAN: &str = "plan";

/// Reads a subscription. One that is to no Product, as newer releases know them (section 22), cannot be carried.
fn resource(subscription: &Object) -> Result<Resource, CatalogError> {
    let Some(product) = subscription.text("product_url") else {
        return uncarried(subscription);
    };
    let product = product::handle_in(product).ok_or_else(|| subscription.lacks("product_url"))?;
    let plan = subscription.text(PLAN).ok_or_else(|| subscription.lacks(PLAN))?;
    let handle = subscription.handle_below("app_url", 2)?;
    let mut document = subscription.document(&["state", PLAN]);
    document.entry("state").or_insert_with(|| "enabled".into());
    document.insert(PRODUCT.into(), product.as_str().into());
    let name = Name::Of { kind: PRODUCTS, handle: product, rest: Some(encode(plan).into()) };
    Ok(subscription.resource(SUBSCRIPTIONS, handle, name, document, None))
}

/// A subscription to an MCP server, or to what a later release may have.
fn uncarried(subscription: &Object) -> Result<Resource, CatalogError> {
    let handle = subscription.handle_below("app_url", 2)?;
    let (what, reason) = match subscription.text("mcp_server_url") {
        Some(url) => (
            format!("mcp:{}", mcp_server(url)),
            "is to an MCP server, which this release does not carry: subscribe on the target yourself",
        ),
        None => (
            format!("other:{}", encode(subscription.id()?)),
            "is to nothing that this release knows: subscribe on the target yourself",
        ),
    };
    let plan = subscription.text(PLAN).unwrap_or_default();
    let name = Name::Plain(format!("{what}/{}", encode(plan)).into());
    let document = subscription.document(&["state", PLAN]);
    let mut resource = subscription.resource(SUBSCRIPTIONS, handle, name, document, None);
    resource.uncarried = Some(reason.into());
    Ok(resource)
}

/// The name of an MCP server by the end of its URL: name and version, or its id.
fn mcp_server(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mut tail: Vec<&str> = path.trim_end_matches('/').rsplit('/').take(2).collect();
    tail.reverse();
    let is_collection = |part: &&str| part.starts_with("mcp");
    tail.retain(|part| !is_collection(part));
    let parts = tail.into_iter().map(|part| encode(&decode(part)));
    parts.collect::<Vec<_>>().join(":")
}

async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    reader.list_whole(LIST, &[], resource).await
}

async fn create(target: &ApiConnectTarget, create: &NewObject, places: &Places<'_>) -> Result<Created, CatalogError> {
    let app = target.parent(create, APPLICATIONS, places)?;
    let (product, plan) = (create.document.field(PRODUCT), create.document.field(PLAN));
    let product_path = product.as_str().unwrap_or_default();
    let product = places
        .handle(PRODUCTS, product_path)
        .ok_or_else(|| CatalogError::MissingOnTarget(format!("the Product {product_path} is not on the target")))?;
    let body = Map::from_iter([
        ("product_url".to_owned(), json!(target.url(&product::path(&target.reader, &product)))),
        (PLAN.to_owned(), plan.clone()),
        ("state".to_owned(), create.document.field("state")),
    ]);
    let path = target.reader.paths.of_app(&app, LIST);
    let creation = Creation {
        path: &path,
        under: Some(&app),
        body,
        metadata: Some(&create.metadata),
        kind: SUBSCRIPTIONS,
        spare_name: None,
        places,
    };
    let plan = plan.as_str().unwrap_or_default();
    let made = target.create_once(creation, || find(target, &app, &product, plan)).await;
    let made = match made {
        Ok(made) => made,
        Err(error) => return Err(explain_refusal(target, &product, error).await),
    };
    let handle = app.child(made.id()?);
    let pending = target.settle_state(SUBSCRIPTIONS, &handle, &made, &create.document).await?;
    Ok(Created { pending, ..Created::of(handle) })
}

/// A Product that is being phased out may take no new subscriptions: that is withheld, not failed.
async fn explain_refusal(target: &ApiConnectTarget, product: &Handle, error: CatalogError) -> CatalogError {
    let Some(refusal) = HttpError::of(&error) else {
        return error;
    };
    if !matches!(refusal.status, Some(400..=499)) {
        return error;
    }
    let path = product::path(&target.reader, product);
    let product = target.reader.get(&path).await.ok().flatten();
    if product.is_some_and(|product| product.text("state") == Some("deprecated")) {
        CatalogError::MissingOnTarget(format!("the Product is deprecated on the target: {refusal}"))
    } else {
        error
    }
}

async fn find(
    target: &ApiConnectTarget,
    app: &Handle,
    product: &Handle,
    plan: &str,
) -> Result<Option<Object>, CatalogError> {
    let path = target.reader.paths.of_app(app, LIST);
    let pages = paging::read_all(&target.reader.client, &path, &[], &target.reader.page).await?;
    let is_same = |subscription: &Object| {
        subscription.text(PLAN) == Some(plan)
            && subscription.text("product_url").and_then(product::handle_in).as_ref() == Some(product)
    };
    Ok(pages.objects.into_iter().find(is_same))
}

async fn update(target: &ApiConnectTarget, object: &Handle, update: &Change) -> Result<Updated, CatalogError> {
    let body: Map<String, Value> = changed_fields(update, &[PRODUCT, PLAN]);
    let change = Patch::planned(SUBSCRIPTIONS, object, body, update);
    let answer = target.patch(change).await?;
    Ok(updated(SUBSCRIPTIONS, update, &answer))
}

/// The subscriptions of an app.
pub(super) async fn of_app(reader: &ApiConnect, app: &Handle) -> Result<Dependants, CatalogError> {
    let path = reader.paths.of_app(app, LIST);
    let found = paging::read_parsed(&reader.client, &path, &[], &reader.page, resource).await?;
    Ok(as_dependants(found.objects))
}

/// The catalog's subscriptions for which a filter holds, with the filter's path below the API's base. A server may show
/// more than was asked for, and one that does not know the filter is asked for all.
pub(super) async fn filtered(
    reader: &ApiConnect,
    (filter, path): (&str, &str),
    is_meant: impl Fn(&Resource) -> bool,
) -> Result<Dependants, CatalogError> {
    let url = format!("{}{path}", reader.client.base_path());
    let list = reader.paths.of_catalog(LIST);
    let query = [(filter, url.as_str())];
    let found = match paging::read_parsed(&reader.client, &list, &query, &reader.page, resource).await {
        Err(error) if HttpError::of(&error).is_some_and(|it| matches!(it.status, Some(400 | 404 | 405))) => {
            tracing::info!(%error, filter, "the target does not filter subscriptions: reading all of them");
            paging::read_parsed(&reader.client, &list, &[], &reader.page, resource).await?
        }
        found => found?,
    };
    let found = found.objects.into_iter().filter(is_meant).collect();
    Ok(as_dependants(found))
}

fn as_dependants(subscriptions: Vec<Resource>) -> Dependants {
    let subscriptions = subscriptions.into_iter();
    subscriptions.map(|it| (SUBSCRIPTIONS, it.handle)).collect()
}
