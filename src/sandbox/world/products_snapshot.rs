//! The products and APIs of the home catalog by natural address: what two sides are compared by.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::build::Stored;
use super::{Api, Audience, Cluster, ConsumerOrg, Group, Id, Link, Product, Record, Wsdl};

impl Cluster {
    /// All products and APIs without ids, times, metadata and hosts; two sides in sync have equal ones.
    ///
    /// Addresses are `name:version`, or `space/name:version` in a space.
    #[must_use]
    pub fn products_snapshot(&self) -> Value {
        let products = self.products.rows_under(self.home);
        let products = products.map(|row| (self.address_of(row, row.space), self.product_row(row)));
        let apis = self.apis.rows_under(self.home);
        let apis = apis.map(|row| (self.address_of(row, row.space), api_row(row)));
        json!({"products": products.collect::<Map<_, _>>(), "apis": apis.collect::<Map<_, _>>()})
    }

    fn product_row(&self, row: &Product) -> Value {
        let mut document = row.document.clone();
        if let Value::Object(fields) = &mut document {
            fields.remove("visibility");
        }
        let apis = row.apis.iter().filter_map(|api| self.apis.get(*api));
        let mut apis: Vec<String> = apis.map(|api| self.address_of(api, api.space)).collect();
        apis.sort_unstable();
        json!({
            "state": row.state, "title": row.head.title, "document": document, "apis": apis,
            "visibility": {"view": self.audience(&row.visibility.view), "subscribe": self.audience(&row.visibility.subscribe)},
            "gateway_services": self.sorted_names::<super::GatewayService>(&row.gateway_services),
            "superseded_by": self.linked(row.superseded_by.as_ref()),
            "migration_target": self.linked(row.migration_target.as_ref()),
        })
    }

    fn audience(&self, audience: &Audience) -> Value {
        json!({
            "type": audience.kind, "enabled": audience.enabled,
            "orgs": self.sorted_names::<ConsumerOrg>(&audience.orgs), "groups": self.sorted_names::<Group>(&audience.groups),
        })
    }

    fn linked(&self, link: Option<&Link>) -> Option<String> {
        let row = self.products.get(link?.product)?;
        Some(self.address_of(row, row.space))
    }

    /// `name:version`, with the space before it.
    pub(super) fn address_of(&self, row: &impl Record, space: Option<Id>) -> String {
        match space.and_then(|space| self.spaces.get(space)) {
            Some(space) => format!("{}/{}", space.head.name, row.address()),
            None => row.address(),
        }
    }

    fn sorted_names<T: Stored>(&self, ids: &[Id]) -> Vec<String> {
        let rows = ids.iter().filter_map(|id| T::table(self).get(*id));
        let mut names: Vec<String> = rows.map(|row| row.head().name.clone()).collect();
        names.sort_unstable();
        names
    }
}

fn api_row(row: &Api) -> Value {
    json!({"state": row.state, "document": row.document, "wsdl": row.wsdl.as_ref().map(digest)})
}

fn digest(wsdl: &Wsdl) -> String {
    STANDARD.encode(Sha256::digest(&wsdl.content))
}
