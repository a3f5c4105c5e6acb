//! User registries and their users (sections 4, 5).

use super::list::{deleted, fixed, list, show, value};
use super::route::{Call, find, nowhere};
use super::urls::{find_user, tail};
use super::{Answer, Handled};
use crate::sandbox::world::fields::{Field, HeadFields, UserFields};
use crate::sandbox::world::{ConfiguredRegistry, Id, Refusal, Registry, User};

/// What a `PATCH` of a user may not carry (operations-v10.0.10.json).
const FORBIDDEN: [&str; 6] =
    ["identity_provider", "username", "salt", "correlation_data", "force_password_change", "last_login_at"];

/// `/api/user-registries/{o}…`
pub(super) fn route(call: &mut Call<'_>, rest: &[&str]) -> Handled {
    let [registry, rest @ ..] = rest else {
        return Err(nowhere());
    };
    let registry = find::<Registry>(call, call.cluster.provider_org.head.id, "user registry", registry)?;
    match (call.method, rest) {
        ("GET", []) => show::<Registry>(call, registry),
        ("GET", ["users"]) if call.cluster.switches.registry_listing_refused => {
            Err(Refusal::Forbidden("org:view".to_owned()))
        }
        ("GET", ["users"]) => list::<User>(call, registry),
        ("POST", ["users"]) => create(call, registry),
        ("POST", ["search"]) => search(call, registry),
        (_, ["users", user]) => {
            let found = find_user(call.cluster, registry, user).ok_or_else(|| Refusal::not_found("user", user))?;
            one(call, found)
        }
        _ => Err(nowhere()),
    }
}

fn create(call: &mut Call<'_>, registry: Id) -> Handled {
    refuse_where_foreign(call, registry)?;
    let body = call.body()?;
    let user = call.cluster.create_user(registry, &body.read::<HeadFields>()?, &body.read::<UserFields>()?)?;
    Ok(Answer::created(&value::<User>(call, user)))
}

/// A directory's users are made by whoever runs the directory.
fn refuse_where_foreign(call: &Call<'_>, registry: Id) -> Result<(), Refusal> {
    let is_local = call.cluster.registries[registry].registry_type == "lur";
    match call.cluster.switches.foreign_post_refused {
        _ if is_local => Ok(()),
        None => Ok(()),
        Some(403) => Err(Refusal::Forbidden("user-registry:manage".to_owned())),
        Some(405) => Err(Refusal::NotAllowed("The method POST is not allowed.".to_owned())),
        Some(_) => Err(Refusal::invalid("Users cannot be created in this type of user registry.")),
    }
}

fn one(call: &mut Call<'_>, user: Id) -> Handled {
    match call.method {
        "GET" => show::<User>(call, user),
        "PATCH" => {
            let body = call.body()?.forbid(&FORBIDDEN)?;
            call.cluster.change_user(user, &body.read::<HeadFields>()?, &body.read::<UserFields>()?)?;
            show::<User>(call, user)
        }
        "DELETE" => {
            let gone = value::<User>(call, user);
            call.cluster.remove_user(user)?;
            Ok(deleted(call, &gone))
        }
        _ => Err(nowhere()),
    }
}

/// Looks a user up; with `remote` in the directory too, which makes the shadow user that an `owner_url` needs.
fn search(call: &mut Call<'_>, registry: Id) -> Handled {
    let body = call.body()?;
    let username = body.required("username")?;
    let remote = body.get("remote").and_then(serde_json::Value::as_bool) == Some(true);
    let known = find_user(call.cluster, registry, username);
    let in_directory =
        remote && call.cluster.registries[registry].directory.iter().any(|name| name.eq_ignore_ascii_case(username));
    let found = match known {
        None if in_directory => {
            let email = Field::Set(format!("{username}@example.com"));
            let fields = UserFields { username: Some(username.to_owned()), email, ..UserFields::default() };
            Some(call.cluster.create_user(registry, &HeadFields::default(), &fields)?)
        }
        known => known,
    };
    fixed(call, found.map(|user| value::<User>(call, user)).as_slice())
}

/// `/api/catalogs/{o}/{c}/configured-catalog-user-registries…`
pub(super) fn configured(call: &mut Call<'_>, catalog: Id, rest: &[&str]) -> Handled {
    match (call.method, rest) {
        ("GET", []) => list::<ConfiguredRegistry>(call, catalog),
        ("POST", []) => configure(call, catalog),
        ("GET", [one]) => show::<ConfiguredRegistry>(call, find::<ConfiguredRegistry>(call, catalog, "registry", one)?),
        ("DELETE", [one]) => {
            let one = find::<ConfiguredRegistry>(call, catalog, "registry", one)?;
            let gone = value::<ConfiguredRegistry>(call, one);
            call.cluster.unconfigure_registry(one);
            Ok(deleted(call, &gone))
        }
        ("POST", [one, "search"]) => {
            let one = find::<ConfiguredRegistry>(call, catalog, "registry", one)?;
            let registry = call.cluster.configured_registries[one].registry;
            search(call, registry)
        }
        _ => Err(nowhere()),
    }
}

fn configure(call: &mut Call<'_>, catalog: Id) -> Handled {
    let body = call.body()?;
    let path = tail(body.required("user_registry_url")?, "user-registries");
    let name = path.get(1).map_or("", String::as_str);
    let registry = find::<Registry>(call, call.cluster.provider_org.head.id, "user registry", name)?;
    let configured = call.cluster.configure_registry(catalog, registry)?;
    Ok(Answer::created(&value::<ConfiguredRegistry>(call, configured)))
}
