//! Dependencies of an API: its document names OAuth providers, TLS client profiles and user registries of the catalog.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::engine::model::address::encode;

/// The dependencies that a document names, as lists of addresses; null where it names nothing.
pub(crate) struct ApiDependencies {
    pub(crate) oauth_providers: Value,
    pub(crate) tls_client_profiles: Value,
    pub(crate) user_registries: Value,
}

impl ApiDependencies {
    pub(crate) fn of(api: &Value) -> Self {
        let schemes = [&api["securityDefinitions"], &api["components"]["securitySchemes"]];
        let schemes: Vec<&Value> =
            schemes.into_iter().filter_map(Value::as_object).flat_map(|schemes| schemes.values()).collect();
        let of_schemes = |key: &str| schemes.iter().filter_map(|scheme| name(&scheme[key])).collect();
        let mut profiles = BTreeSet::new();
        collect_names("tls-profile", &api["x-ibm-configuration"]["assembly"], &mut profiles);
        Self {
            oauth_providers: list(of_schemes("x-ibm-oauth-provider")),
            tls_client_profiles: list(profiles),
            user_registries: list(of_schemes("x-ibm-authentication-registry")),
        }
    }
}

/// A name. What holds a property is resolved by the gateway, and differs from catalog to catalog.
fn name(value: &Value) -> Option<&str> {
    value.as_str().filter(|name| !name.is_empty() && !name.contains("$("))
}

fn collect_names<'a>(wanted: &str, value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_names(wanted, item, found)),
        Value::Object(fields) => {
            found.extend(fields.get(wanted).and_then(name));
            fields.values().for_each(|field| collect_names(wanted, field, found));
        }
        _ => {}
    }
}

fn list(names: BTreeSet<&str>) -> Value {
    if names.is_empty() {
        return Value::Null;
    }
    names.into_iter().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_that_is_named_is_found_once_and_properties_are_not() {
        let named = ApiDependencies::of(&json!({
            "securityDefinitions": {
                "a": {"type": "oauth2", "x-ibm-oauth-provider": "native"},
                "b": {"type": "basic", "x-ibm-authentication-registry": "people/ldap"},
                "c": {"type": "basic", "x-ibm-authentication-registry": "$(registry)"},
            },
            "components": {"securitySchemes": {"d": {"x-ibm-oauth-provider": "native"}}},
            "x-ibm-configuration": {"assembly": {
                "execute": [{"invoke": {"tls-profile": "out:1.0.0"}}, {"invoke": {"tls-profile": ""}}],
                "catch": [{"execute": [{"proxy": {"tls-profile": "out:1.0.0"}}]}],
            }},
        }));
        assert_eq!(named.oauth_providers, json!(["native"]));
        assert_eq!(named.tls_client_profiles, json!(["out:1.0.0"]));
        assert_eq!(named.user_registries, json!(["people%2Fldap"]));
    }

    #[test]
    fn a_document_without_any_names_nothing() {
        assert!(ApiDependencies::of(&json!({})).oauth_providers.is_null());
    }
}
