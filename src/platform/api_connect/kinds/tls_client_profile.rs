//! TLS client profiles that APIs name in their documents (api-connect-rest.md section 16).

use serde_json::Map;

use crate::{
    engine::{
        catalog::CatalogError,
        model::{Kind, Resource, address::encode},
    },
    platform::api_connect::{
        kinds::{
            TLS_CLIENT_PROFILES,
            operations::{DEFAULTS, KindOperations},
            prerequisite,
        },
        wire::object::Object,
    },
};

pub(super) const KIND: Kind = prerequisite::row("tls_client_profiles", "TLS client profile");

pub(super) const OPERATIONS: KindOperations = KindOperations {
    list: |reader, _| Box::pin(prerequisite::list_configured(reader, "configured-tls-client-profiles", names_of)),
    call_to_add: Some("POST /api/catalogs/{org}/{catalog}/configured-tls-client-profiles {\"tls_client_profile_url\"}"),
    ..DEFAULTS
};

/// A document may name a profile with its version or without, so each goes by both.
fn names_of(profile: &Object) -> Result<Vec<Resource>, CatalogError> {
    let bare = prerequisite::parse(TLS_CLIENT_PROFILES, profile)?;
    let Some((name, version)) = profile.text("name").zip(profile.text("version")) else {
        return Ok(vec![bare]);
    };
    let handle = format!("{}:{version}", profile.id()?);
    let full = encode(&format!("{name}:{version}"));
    Ok(vec![bare, prerequisite::resource(TLS_CLIENT_PROFILES, &handle, &full, Map::new())])
}
