//! What documents refer to by name, and whether the namespace has it (section 14.2, "Publishing needs in the target").

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::apis::ApiDraft;
use super::build::Stored;
use super::{Api, ApiUserRegistry, Cluster, Id, Namespace, OauthProvider, TlsClientProfile};

/// The names that an API document refers to.
#[derive(Debug, Default)]
struct Names {
    oauth_providers: BTreeSet<String>,
    user_registries: BTreeSet<String>,
    /// `name` or `name:version`.
    tls_client_profiles: BTreeSet<String>,
}

/// What an API refers to, so far as its namespace has it.
#[derive(Debug, Default, Clone)]
pub(crate) struct References {
    pub(crate) oauth_providers: Vec<Id>,
    pub(crate) user_registries: Vec<Id>,
    pub(crate) tls_client_profiles: Vec<Id>,
}

impl Cluster {
    /// What an API refers to.
    pub(crate) fn references(&self, api: &Api) -> References {
        let home = api.namespace().home();
        let names = names_in(&api.document);
        References {
            oauth_providers: self.ids_of::<OauthProvider>(home, &names.oauth_providers),
            user_registries: self.ids_of::<ApiUserRegistry>(home, &names.user_registries),
            tls_client_profiles: self.ids_of::<TlsClientProfile>(home, &names.tls_client_profiles),
        }
    }

    fn ids_of<T: Stored>(&self, home: Id, names: &BTreeSet<String>) -> Vec<Id> {
        names.iter().filter_map(|name| self.configured::<T>(home, name)).collect()
    }

    /// What is configured in a namespace under a name, or a `name:version`.
    fn configured<T: Stored>(&self, home: Id, name: &str) -> Option<Id> {
        let mut rows = T::table(self).rows_under(home);
        rows.find(|row| row.head().name == name || row.address() == name).map(|row| row.head().id)
    }

    /// What a product and its APIs name and the namespace lacks, in words.
    pub(super) fn missing(&self, namespace: Namespace, product: &Value, apis: &[ApiDraft]) -> Vec<String> {
        let mut missing = self.missing_billings(product);
        for api in apis {
            let (names, home) = (names_in(&api.document), namespace.home());
            let by = api.address();
            missing.extend(self.lacking::<OauthProvider>(home, "OAuth provider", &names.oauth_providers, &by));
            missing.extend(self.lacking::<ApiUserRegistry>(home, "API user registry", &names.user_registries, &by));
            missing.extend(self.lacking::<TlsClientProfile>(
                home,
                "TLS client profile",
                &names.tls_client_profiles,
                &by,
            ));
        }
        missing
    }

    fn lacking<T: Stored>(&self, home: Id, kind: &str, names: &BTreeSet<String>, by: &str) -> Vec<String> {
        let lacking = names.iter().filter(|name| self.configured::<T>(home, name).is_none());
        lacking.map(|name| format!("The {kind} '{name}' that the API '{by}' refers to was not found.")).collect()
    }

    fn missing_billings(&self, product: &Value) -> Vec<String> {
        let plans = product["plans"].as_object().into_iter().flatten();
        let named = plans.filter_map(|(plan, terms)| Some((plan, terms["billing"]["billing"].as_str()?)));
        named
            .filter(|(_, billing)| !self.billings.contains(*billing))
            .map(|(plan, billing)| format!("The billing '{billing}' that the plan '{plan}' refers to was not found."))
            .collect()
    }
}

fn names_in(document: &Value) -> Names {
    let mut names = Names::default();
    for schemes in [&document["securityDefinitions"], &document["components"]["securitySchemes"]] {
        for scheme in schemes.as_object().into_iter().flat_map(Map::values) {
            let value = |key: &str| scheme[key].as_str().map(str::to_owned);
            names.oauth_providers.extend(value("x-ibm-oauth-provider"));
            names.user_registries.extend(value("x-ibm-authentication-registry"));
        }
    }
    collect_profiles(&document["x-ibm-configuration"]["assembly"], &mut names.tls_client_profiles);
    names
}

/// Every `tls-profile` in an assembly, however deep; a value with `$(` is resolved by the gateway and not checked.
fn collect_profiles(assembly: &Value, found: &mut BTreeSet<String>) {
    match assembly {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str().filter(|_| key == "tls-profile") {
                    Some(name) if !name.is_empty() && !name.contains("$(") => {
                        found.insert(name.to_owned());
                    }
                    _ => collect_profiles(value, found),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_profiles(item, found);
            }
        }
        _ => {}
    }
}
