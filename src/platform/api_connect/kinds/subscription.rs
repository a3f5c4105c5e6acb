//! Subscriptions of apps to plans of Products (api-connect-rest.md section 13).

use serde_json::{Map, Value, json};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places},
        change::{Change, NewObject},
        model::{
            Handle, Kind, Name, Resource,
            address::{decode, encode},
            kind::{Reference, ReferenceKind},
        },
    },
    http::HttpError,
    platform::api_connect::{
        kinds::{APPLICATIONS, PLAIN, PRODUCTS, SUBSCRIPTIONS, product},
        reader::ApiConnect,
        wire::{object::Object, paging},
        writer::ApiConnectTarget,
        writes::{
            creation::Creation,
            patch::{Patch, awaits_approval, changed_fields},
        },
    },
};

pub(crate) const KIND: Kind = Kind {
    name: "subscriptions",
    singular: "subscription",
    parent: Some(APPLICATIONS),
    references: &[Reference { field: PRODUCT, kind: PRODUCTS, bond: ReferenceKind::LivesBy }],
    required: &["state", PLAN],
    key_is_fixed: true,
    exclusive: Some(PRODUCT),
    ..PLAIN
};

pub(crate) const PRODUCT: &str = "product";
const PLAN: &str = "plan";

/// Reads a subscription. One that is to no Product, as newer releases know them (section 22), cannot be carried.
pub(crate) fn resource(subscription: &Object) -> Result<Resource, CatalogError> {
    let Some(product) = subscription.text("product_url") else {
        return to_something_else(subscription);
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
fn to_something_else(subscription: &Object) -> Result<Resource, CatalogError> {
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

/// What an MCP server is called by the end of its URL: name and version, or its id.
fn mcp_server(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mut tail: Vec<&str> = path.trim_end_matches('/').rsplit('/').take(2).collect();
    tail.reverse();
    let is_collection = |part: &&str| part.starts_with("mcp");
    tail.retain(|part| !is_collection(part));
    let parts = tail.into_iter().map(|part| encode(&decode(part)));
    parts.collect::<Vec<_>>().join(":")
}

pub(crate) async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    let pages = reader.list_whole("subscriptions", resource).await?;
    Ok(pages.into())
}

pub(crate) async fn create(
    target: &ApiConnectTarget,
    create: &NewObject,
    places: &Places<'_>,
) -> Result<Created, CatalogError> {
    let app = target.parent(create, APPLICATIONS, places)?;
    let (product, plan) = (create.document.field(PRODUCT), create.document.field(PLAN));
    let product_path = product.as_str().unwrap_or_default();
    let product = places
        .handle(PRODUCTS, product_path)
        .ok_or_else(|| CatalogError::MissingOnTarget(format!("the Product {product_path} is not on the target")))?;
    let body = Map::from_iter([
        ("product_url".to_owned(), json!(target.url(&target.reader.product_path(&product)))),
        (PLAN.to_owned(), plan.clone()),
        ("state".to_owned(), create.document.field("state")),
    ]);
    let path = target.reader.paths.of_app(&app, "subscriptions");
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
        Err(error) => return Err(refused(target, &product, error).await),
    };
    let handle = app.child(made.id()?);
    let pending = target.settle_state(SUBSCRIPTIONS, &handle, &made, &create.document).await?;
    Ok(Created { pending, ..Created::of(handle) })
}

/// A Product that is being phased out may take no new subscriptions: that is withheld, not failed.
async fn refused(target: &ApiConnectTarget, product: &Handle, error: CatalogError) -> CatalogError {
    let Some(refusal) = HttpError::of(&error) else {
        return error;
    };
    if !matches!(refusal.status, Some(400..=499)) {
        return error;
    }
    let path = target.reader.product_path(product);
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
    let path = target.reader.paths.of_app(app, "subscriptions");
    let pages = paging::read_all(&target.reader.client, &path, &[], &target.reader.page).await?;
    let is_same = |subscription: &Object| {
        subscription.text(PLAN) == Some(plan)
            && subscription.text("product_url").and_then(product::handle_in).as_ref() == Some(product)
    };
    Ok(pages.objects.into_iter().find(is_same))
}

pub(crate) async fn update(target: &ApiConnectTarget, object: &Handle, update: &Change) -> Result<bool, CatalogError> {
    let body: Map<String, Value> = changed_fields(update, &[PRODUCT, PLAN]);
    let change = Patch::planned(SUBSCRIPTIONS, object, body, update);
    let answer = target.patch(change).await?;
    Ok(awaits_approval(SUBSCRIPTIONS, update, &answer))
}
