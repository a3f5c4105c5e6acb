//! Products and APIs (sections 14, 15): read, change, delete.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use super::list::{deleted, filtered, show, value};
use super::render::Render;
use super::route::{Call, nowhere};
use super::{Answer, Handled};
use crate::sandbox::world::fields::HeadFields;
use crate::sandbox::world::{Api, Id, Product, Refusal, Wsdl};

/// `/api/catalogs/{o}/{c}/products…` and the same under a space.
pub(super) fn products(
    call: &mut Call<'_>,
    catalog: Id,
    space: Option<Id>,
    rest: &[&str],
) -> Handled {
    let (path, action) = path_and_action(rest, &["document"]);
    match (call.method, path, action) {
        ("GET", [], None) => {
            list_versions::<Product>(call, space.unwrap_or(catalog), None, |row| &row.state)
        }
        ("DELETE", [], None) => clear(call, catalog, None),
        ("DELETE", [name], None) if call.query("confirm").is_some() => {
            clear(call, catalog, Some(name))
        }
        (_, [one], None) if call.cluster.products.find(catalog, one).is_none() => {
            list_versions::<Product>(call, space.unwrap_or(catalog), Some(one), |row| &row.state)
        }
        _ => {
            let product = call
                .cluster
                .versioned::<Product>(catalog, path)
                .map(|row| row.head.id);
            let product = product.ok_or_else(|| Refusal::not_found("product", &path.join(":")))?;
            one_product(call, product, action)
        }
    }
}

/// Splits `name/version/document` into the object and what is wanted of it.
fn path_and_action<'a, 'b>(
    rest: &'a [&'b str],
    actions: &[&str],
) -> (&'a [&'b str], Option<&'b str>) {
    match rest {
        [path @ .., last] if !path.is_empty() && actions.contains(last) => (path, Some(last)),
        _ => (rest, None),
    }
}

/// All objects or the versions of one name, filtered by `states`.
fn list_versions<T: Render>(
    call: &Call<'_>,
    ancestor: Id,
    name: Option<&str>,
    state: impl Fn(&T) -> &str,
) -> Handled {
    if call.method != "GET" {
        return Err(nowhere());
    }
    let states: Option<Vec<&str>> = call
        .query("states")
        .map(|states| states.split(',').collect());
    filtered::<T>(call, ancestor, |row| {
        name.is_none_or(|name| row.head().name == name)
            && states
                .as_ref()
                .is_none_or(|states| states.contains(&state(row)))
    })
}

/// Deletes all products, confirmed by the catalog's name, or all versions of one, confirmed by its own.
fn clear(call: &mut Call<'_>, catalog: Id, name: Option<&str>) -> Handled {
    call.confirmed(name.unwrap_or(&call.cluster.catalogs[catalog].head.name))?;
    let rows = call
        .cluster
        .products
        .rows_under(catalog)
        .filter(|row| name.is_none_or(|name| row.head.name == name));
    for product in rows.map(|row| row.head.id).collect::<Vec<_>>() {
        call.cluster.remove_product(product);
    }
    Ok(Answer::empty())
}

fn one_product(call: &mut Call<'_>, product: Id, action: Option<&str>) -> Handled {
    match (call.method, action) {
        ("GET", Some(_)) => Ok(Answer::ok(&call.cluster.products[product].document)),
        ("GET", None) => show::<Product>(call, product),
        ("PATCH", None) => {
            let body = call.body()?;
            call.cluster
                .change_product(product, &body.read::<HeadFields>()?, &body.read()?)?;
            show::<Product>(call, product)
        }
        ("DELETE", None) => {
            let gone = value::<Product>(call, product);
            call.cluster.remove_product(product);
            Ok(deleted(call, &gone))
        }
        _ => Err(nowhere()),
    }
}

/// `/api/catalogs/{o}/{c}/apis…` and the same under a space.
pub(super) fn apis(call: &mut Call<'_>, catalog: Id, space: Option<Id>, rest: &[&str]) -> Handled {
    let (path, action) = path_and_action(rest, &["document", "wsdl"]);
    match path {
        [] => list_versions::<Api>(call, space.unwrap_or(catalog), None, |row| &row.state),
        [one] if call.cluster.apis.find(catalog, one).is_none() => {
            list_versions::<Api>(call, space.unwrap_or(catalog), Some(one), |row| &row.state)
        }
        _ => {
            let api = call
                .cluster
                .versioned::<Api>(catalog, path)
                .map(|row| row.head.id);
            let api = api.ok_or_else(|| Refusal::not_found("api", &path.join(":")))?;
            one_api(call, api, action)
        }
    }
}

fn one_api(call: &mut Call<'_>, api: Id, action: Option<&str>) -> Handled {
    match (call.method, action) {
        ("GET", Some("document")) => Ok(Answer::ok(&call.cluster.apis[api].document)),
        ("GET", Some(_)) => {
            let wsdl = call.cluster.apis[api]
                .wsdl
                .as_ref()
                .ok_or_else(|| Refusal::not_found("wsdl", "of the API"))?;
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
        return Answer::ok(
            &json!({"content": STANDARD.encode(&wsdl.content), "content_type": wsdl.content_type}),
        );
    }
    Answer {
        status: 200,
        content_type: "application/wsdl",
        body: Bytes::from(wsdl.content.clone()),
    }
}
