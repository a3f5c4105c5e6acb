//! Products and APIs (sections 14, 15): found, read, deleted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use super::list::{deleted, filtered, show, value};
use super::render::Render;
use super::route::{Call, nowhere};
use super::urls::tail;
use super::{Answer, Handled, lifecycle, publish};
use crate::sandbox::world::fields::HeadFields;
use crate::sandbox::world::publishing::Release;
use crate::sandbox::world::{Api, Id, Namespace, Product, Refusal, Wsdl};

/// `…/products…`, `…/apis…`, `…/publish` and `…/stage` of a catalog or a space.
pub(super) fn route(call: &mut Call<'_>, namespace: Namespace, rest: &[&str]) -> Handled {
    match rest {
        ["products", rest @ ..] => products(call, namespace, rest),
        ["apis", rest @ ..] => apis(call, namespace, rest),
        ["publish"] => publish::publish(call, namespace, Release::Publish),
        ["stage"] => publish::publish(call, namespace, Release::Stage),
        _ => Err(nowhere()),
    }
}

/// The product that a URL means, by id or by name and version.
pub(super) fn product_at(call: &Call<'_>, catalog: Id, url: &str) -> Option<Id> {
    let path = tail(url, "products");
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let row = call.versioned::<Product>(catalog, &path)?;
    Some(row.head.id)
}

fn products(call: &mut Call<'_>, namespace: Namespace, rest: &[&str]) -> Handled {
    let home = namespace.home();
    let (path, action) = path_and_action(rest, |last| last == "document" || lifecycle::ACTIONS.contains(&last));
    match (call.method, path, action) {
        ("GET", [], None) => list_versions::<Product>(call, home, None, |row| &row.state),
        ("DELETE", [], None) => clear(call, namespace, None),
        ("DELETE", [name], None) if call.query("confirm").is_some() => clear(call, namespace, Some(name)),
        (_, [one], None) if call.versioned::<Product>(home, path).is_none() => {
            list_versions::<Product>(call, home, Some(one), |row| &row.state)
        }
        _ => {
            let product = call.versioned::<Product>(home, path);
            let product = product.ok_or_else(|| Refusal::not_found("product", &path.join(":")))?;
            one_product(call, product.head.id, action)
        }
    }
}

/// Splits `name/version/document` into the object and what is wanted of it.
fn path_and_action<'a, 'b>(rest: &'a [&'b str], is_action: impl Fn(&str) -> bool) -> (&'a [&'b str], Option<&'b str>) {
    match rest {
        [path @ .., last] if !path.is_empty() && is_action(last) => (path, Some(last)),
        _ => (rest, None),
    }
}

/// All objects or the versions of one name, filtered by `states`.
fn list_versions<T: Render>(call: &Call<'_>, home: Id, name: Option<&str>, state: impl Fn(&T) -> &str) -> Handled {
    if call.method != "GET" {
        return Err(nowhere());
    }
    let states: Option<Vec<&str>> = call.query("states").map(|states| states.split(',').collect());
    let of_spaces = call.cluster.switches.catalog_lists_space_products;
    filtered::<T>(call, home, |row| {
        (of_spaces || row.parent() == home)
            && name.is_none_or(|name| row.head().name == name)
            && states.as_ref().is_none_or(|states| states.contains(&state(row)))
    })
}

/// Deletes all products, confirmed by the name of the catalog or space, or all versions of one, confirmed by its own.
fn clear(call: &mut Call<'_>, namespace: Namespace, name: Option<&str>) -> Handled {
    let world = &call.cluster;
    let home = match namespace.space {
        Some(space) => &world.spaces[space].head.name,
        None => &world.catalogs[namespace.catalog].head.name,
    };
    call.confirmed(name.unwrap_or(home))?;
    let rows = world.products.rows_under(namespace.home());
    let rows = rows.filter(|row| name.is_none_or(|name| row.head.name == name));
    for product in rows.map(|row| row.head.id).collect::<Vec<_>>() {
        call.cluster.remove_product(product);
    }
    Ok(Answer::empty())
}

fn one_product(call: &mut Call<'_>, product: Id, action: Option<&str>) -> Handled {
    match (call.method, action) {
        ("GET", Some("document")) if call.cluster.switches.product_document_route => {
            Ok(Answer::ok(&call.cluster.products[product].document))
        }
        ("POST", Some(action)) => lifecycle::act(call, product, action),
        ("GET", None) => show::<Product>(call, product),
        ("PATCH", None) => lifecycle::change(call, product),
        ("DELETE", None) => {
            let state = &call.cluster.products[product].state;
            if call.cluster.switches.only_archived_products_deleted && state != "archived" {
                return Err(Refusal::invalid("The product must be archived before it can be deleted."));
            }
            let gone = value::<Product>(call, product);
            call.cluster.remove_product(product);
            Ok(deleted(call, &gone))
        }
        _ => Err(nowhere()),
    }
}

fn apis(call: &mut Call<'_>, namespace: Namespace, rest: &[&str]) -> Handled {
    let home = namespace.home();
    let (path, action) = path_and_action(rest, |last| matches!(last, "document" | "wsdl"));
    match path {
        [] => list_versions::<Api>(call, home, None, |row| &row.state),
        [one] if call.versioned::<Api>(home, path).is_none() => {
            list_versions::<Api>(call, home, Some(one), |row| &row.state)
        }
        _ => {
            let api = call.versioned::<Api>(home, path);
            let api = api.ok_or_else(|| Refusal::not_found("api", &path.join(":")))?;
            one_api(call, api.head.id, action)
        }
    }
}

fn one_api(call: &mut Call<'_>, api: Id, action: Option<&str>) -> Handled {
    match (call.method, action) {
        ("GET", Some("document")) => Ok(Answer::ok(&call.cluster.apis[api].document)),
        ("GET", Some(_)) => {
            let wsdl = call.cluster.apis[api].wsdl.as_ref().ok_or_else(|| Refusal::not_found("wsdl", "of the API"))?;
            Ok(wsdl_answer(wsdl, call.cluster.switches.wsdl_wrapped))
        }
        ("GET", None) => show::<Api>(call, api),
        ("PATCH", None) => {
            let fields = call.body()?.read::<HeadFields>()?;
            call.cluster.change_api(api, &fields)?;
            show::<Api>(call, api)
        }
        _ => Err(nowhere()),
    }
}

fn wsdl_answer(wsdl: &Wsdl, wrapped: bool) -> Answer {
    if wrapped {
        return Answer::ok(&json!({"content": STANDARD.encode(&wsdl.content), "content_type": wsdl.content_type}));
    }
    Answer {
        status: 200,
        content_type: if wsdl.content_type == "application/zip" { "application/zip" } else { "application/wsdl" },
        body: Bytes::from(wsdl.content.clone()),
    }
}
