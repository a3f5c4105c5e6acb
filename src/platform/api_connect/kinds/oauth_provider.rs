//! OAuth providers that APIs name in their documents (api-connect-rest.md section 16).

use crate::{
    engine::model::Kind,
    platform::api_connect::kinds::{
        OAUTH_PROVIDERS,
        operations::{DEFAULTS, KindOperations},
        prerequisite,
    },
};

pub(super) const KIND: Kind = prerequisite::row("oauth_providers", "OAuth provider");

pub(super) const OPERATIONS: KindOperations = KindOperations {
    list: |reader, _| {
        Box::pin(prerequisite::list_configured(reader, "configured-oauth-providers", |object| {
            Ok(vec![prerequisite::parse(OAUTH_PROVIDERS, object)?])
        }))
    },
    call_to_add: Some("POST /api/catalogs/{org}/{catalog}/configured-oauth-providers {\"oauth_provider_url\"}"),
    ..DEFAULTS
};
