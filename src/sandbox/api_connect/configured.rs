//! What is put to use for APIs in a catalog or a space (section 16): read only, for a sync just checks that it is there.

use super::Handled;
use super::list::{list, show};
use super::render::Render;
use super::route::{Call, nowhere};
use crate::sandbox::world::{ApiUserRegistry, GatewayService, Id, OauthProvider, Refusal, TlsClientProfile};

/// The collections that [`route`] answers for.
pub(super) const COLLECTIONS: [&str; 4] = [
    "configured-oauth-providers",
    "configured-tls-client-profiles",
    "configured-api-user-registries",
    "configured-gateway-services",
];

/// `…/configured-oauth-providers…` and its like; `home` is the catalog or the space in the path.
pub(super) fn route(call: &Call<'_>, home: Id, collection: &str, rest: &[&str]) -> Handled {
    match collection {
        "configured-oauth-providers" => read::<OauthProvider>(call, home, rest),
        "configured-tls-client-profiles" => read::<TlsClientProfile>(call, home, rest),
        "configured-api-user-registries" => read::<ApiUserRegistry>(call, home, rest),
        "configured-gateway-services" => read::<GatewayService>(call, home, rest),
        _ => Err(nowhere()),
    }
}

fn read<T: Render>(call: &Call<'_>, home: Id, rest: &[&str]) -> Handled {
    match (call.method, rest) {
        ("GET", []) => list::<T>(call, home),
        ("GET", [..]) => {
            let row = call.versioned::<T>(home, rest);
            let row = row.ok_or_else(|| Refusal::not_found(T::TYPE, &rest.join(":")))?;
            show::<T>(call, row.head().id)
        }
        _ => Err(nowhere()),
    }
}
