//! User registries that APIs authenticate callers against (api-connect-rest.md section 16).

use crate::{
    engine::model::Kind,
    platform::api_connect::kinds::{
        API_USER_REGISTRIES,
        operations::{DEFAULTS, KindOperations},
        prerequisite,
    },
};

pub(super) const KIND: Kind = prerequisite::row("api_user_registries", "API user registry");

pub(super) const OPERATIONS: KindOperations = KindOperations {
    list: |reader, _| {
        Box::pin(prerequisite::list_configured(reader, "configured-api-user-registries", |object| {
            Ok(vec![prerequisite::parse(API_USER_REGISTRIES, object)?])
        }))
    },
    call_to_add: Some("POST /api/catalogs/{org}/{catalog}/configured-api-user-registries {\"user_registry_url\"}"),
    ..DEFAULTS
};
