//! The provider org, catalogs, settings, and what else hangs on a catalog: groups, spaces, gateway services, tasks (sections 3, 7, 16, 17).

use serde_json::{Value, json};

use super::list::{self, list, show, value};
use super::render;
use super::route::{Call, find, nowhere, provider};
use super::{Answer, Handled, apps, configured, consumer_orgs, products, registries};
use crate::sandbox::world::clock::timestamp;
use crate::sandbox::world::{Catalog, Group, Id, Namespace, Refusal, Registry, Space, Task};

/// What may be sent with settings and is ignored (operations-v10.0.10.json).
const READ_ONLY_SETTINGS: [&str; 10] =
    ["id", "name", "type", "api_version", "scope", "created_at", "updated_at", "url", "org_url", "catalog_url"];

/// `/api/orgs…`
pub(super) fn orgs(call: &mut Call<'_>, rest: &[&str]) -> Handled {
    let org = rest.first().map_or(Ok(call.cluster.provider_org.head.id), |org| provider(call, org))?;
    match (call.method, rest) {
        ("GET", []) => list::fixed(call, &[provider_org(call)]),
        ("GET", [_]) => Ok(Answer::ok(&provider_org(call))),
        ("GET", [_, "catalogs"]) => list::<Catalog>(call, org),
        ("GET", [_, "user-registries"]) => list::<Registry>(call, org),
        _ => Err(nowhere()),
    }
}

fn provider_org(call: &Call<'_>) -> Value {
    let view = call.view();
    let mut object = render::head(&call.cluster.provider_org.head, "org", view);
    object.insert("state".to_owned(), "enabled".into());
    object.insert("org_type".to_owned(), "provider".into());
    object.insert("url".to_owned(), view.org().into());
    object.into()
}

/// `GET /api/catalogs`: all that the user can see.
pub(super) fn all(call: &Call<'_>) -> Handled {
    if call.method == "GET" { list::<Catalog>(call, call.cluster.provider_org.head.id) } else { Err(nowhere()) }
}

/// `/api/catalogs/{o}/{c}…`
pub(super) fn route(call: &mut Call<'_>, catalog: Id, rest: &[&str]) -> Handled {
    match (call.method, rest) {
        ("GET", []) => show::<Catalog>(call, catalog),
        (_, ["settings"]) => settings(call, catalog),
        (_, ["configured-catalog-user-registries", rest @ ..]) => registries::configured(call, catalog, rest),
        (_, ["consumer-orgs"]) => consumer_orgs::collection(call, catalog),
        ("GET", ["apps"]) => list::<crate::sandbox::world::App>(call, catalog),
        ("GET", ["credentials"]) => list::<crate::sandbox::world::Credential>(call, catalog),
        ("GET", ["subscriptions"]) => apps::list_subscriptions(call, catalog),
        (_, ["products" | "apis", ..] | ["publish" | "stage"]) => {
            let space = None;
            products::route(call, Namespace { catalog, space }, rest)
        }
        (_, [collection, rest @ ..]) if configured::COLLECTIONS.contains(collection) => {
            configured::route(call, catalog, collection, rest)
        }
        ("GET", ["consumer-groups"]) => list::<Group>(call, catalog),
        ("POST", ["consumer-groups"]) => create_group(call, catalog),
        ("GET", ["spaces"]) => list::<Space>(call, catalog),
        ("GET", ["role-defaults", "consumer"]) => role_defaults(call),
        ("GET", ["tasks"]) => list::<Task>(call, catalog),
        (_, ["tasks", one]) => task(call, find::<Task>(call, catalog, "task", one)?),
        _ => Err(nowhere()),
    }
}

/// Section 3.1: a singleton without an id, `PUT` with any subset.
fn settings(call: &mut Call<'_>, catalog: Id) -> Handled {
    match call.method {
        "GET" => {}
        "PUT" => {
            let mut changes = call.body()?.into_fields();
            changes.retain(|field, _| !READ_ONLY_SETTINGS.contains(&field.as_str()));
            call.cluster.change_settings(catalog, &changes);
        }
        _ => return Err(nowhere()),
    }
    let row = &call.cluster.catalogs[catalog];
    let view = call.view();
    let mut object = json!({
        "type": "catalog_setting", "api_version": "2.0.0", "name": "catalog-setting",
        "created_at": timestamp(row.head.created_at, false), "updated_at": timestamp(row.settings_updated_at, false),
        "org_url": view.org(), "catalog_url": view.catalog(catalog), "url": format!("{}/settings", view.catalog(catalog)),
    });
    if let Some(registry) = row.default_registry {
        object["user_registry_default_url"] =
            view.in_catalog(catalog, "configured-catalog-user-registries", registry).into();
    }
    if let Value::Object(object) = &mut object {
        object.extend(row.settings.clone());
    }
    Ok(Answer::ok(&object))
}

fn create_group(call: &mut Call<'_>, catalog: Id) -> Handled {
    let name = call.body()?.required("name")?.to_owned();
    let orgs = group_orgs(call, catalog)?.unwrap_or_default();
    if let Some(other) = call.cluster.groups.named(catalog, &name) {
        return Err(Refusal::NameTaken { label: "Group", kind: "group", id: other.head.id, name });
    }
    let group = call.cluster.add_group(&name, &orgs);
    Ok(Answer::created(&value::<Group>(call, group)))
}

fn group_orgs(call: &Call<'_>, catalog: Id) -> Result<Option<Vec<Id>>, Refusal> {
    let body = call.body()?;
    let Some(urls) = body.texts("org_urls") else {
        return Ok(None);
    };
    let org = |url: &&str| {
        super::urls::child_at::<crate::sandbox::world::ConsumerOrg>(call.cluster, catalog, "consumer-orgs", url)
    };
    urls.iter().map(org).collect::<Result<Vec<_>, _>>().map(Some)
}

/// `/api/consumer-groups/{o}/{c}/{group}`; `org_urls` replaces the list (section 7).
pub(super) fn group(call: &mut Call<'_>, catalog: Id, group: &str) -> Handled {
    let group = find::<Group>(call, catalog, "group", group)?;
    match call.method {
        "GET" => {}
        "PATCH" => {
            let orgs = group_orgs(call, catalog)?;
            call.cluster.change::<Group>(group, |row| {
                row.orgs = orgs.unwrap_or_else(|| row.orgs.clone());
            });
        }
        _ => return Err(nowhere()),
    }
    show::<Group>(call, group)
}

/// `/api/spaces/{o}/{c}/{s}`
pub(super) fn space(call: &Call<'_>, space: Id) -> Handled {
    if call.method == "GET" { show::<Space>(call, space) } else { Err(nowhere()) }
}

fn role_defaults(call: &Call<'_>) -> Handled {
    let row = |name: &&str| json!({"type": "role_default", "api_version": "2.0.0", "name": name, "title": name});
    list::fixed(call, &crate::sandbox::world::consumers::ROLES.iter().map(row).collect::<Vec<_>>())
}

fn task(call: &mut Call<'_>, task: Id) -> Handled {
    match call.method {
        "GET" => show::<Task>(call, task),
        "PATCH" => {
            let state = call.body()?.required("state")?.to_owned();
            call.cluster.settle_task(task, &state)?;
            show::<Task>(call, task)
        }
        _ => Err(nowhere()),
    }
}
