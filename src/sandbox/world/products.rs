//! Products and APIs (sections 14, 15), so far without publishing over REST: worlds are given them.

use serde_json::{Map, Value, json};

use super::build::{Stored, sure};
use super::fields::HeadFields;
use super::{Api, Cluster, Id, Product, Refusal};
use crate::sandbox::switches::Metadata;

/// What may be changed of a product (section 14.3).
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct ProductFields {
    /// Who may see and subscribe.
    pub visibility: Option<Value>,
}

impl Cluster {
    /// Puts a product with the plans (name, approval) and one API of the same name into a catalog, published.
    pub fn add_product(&mut self, name: &str, version: &str, plans: &[(&str, bool)]) -> Id {
        let api = self.add_api(name, version);
        let plans: Map<String, Value> = plans
            .iter()
            .map(|(plan, approval)| ((*plan).to_owned(), plan_document(plan, *approval)))
            .collect();
        let visibility = json!({"view": {"type": "public", "enabled": true}, "subscribe": {"type": "authenticated", "enabled": true}});
        let document = json!({
            "product": "1.0.0",
            "info": {"name": name, "title": name, "version": version},
            "gateways": ["datapower-api-gateway"],
            "plans": plans,
            "apis": {(format!("{name}{version}")): {"name": format!("{name}:{version}")}},
            "visibility": visibility,
        });
        self.add_product_document(document, vec![api])
    }

    /// Puts a product into the home catalog, published, as its document says.
    pub fn add_product_document(&mut self, document: Value, apis: Vec<Id>) -> Id {
        let info = |key: &str| {
            document["info"][key]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let fields = HeadFields {
            title: Some(info("title")),
            ..HeadFields::named(&info("name"))
        };
        let version = info("version");
        let visibility = document["visibility"].clone();
        let head = sure(self.head(&fields, Metadata::Ignored));
        self.stamp();
        let catalog = self.home;
        let gateway_services = self.gateway_services.under(catalog).to_vec();
        let state = "published".to_owned();
        self.products.insert(Product {
            head,
            catalog,
            space: None,
            version,
            state,
            document,
            visibility,
            apis,
            gateway_services,
        })
    }

    /// Puts a small REST API into the home catalog, online.
    pub fn add_api(&mut self, name: &str, version: &str) -> Id {
        let document = json!({
            "swagger": "2.0",
            "info": {"x-ibm-name": name, "title": name, "version": version},
            "basePath": format!("/{name}"),
            "x-ibm-configuration": {"enforced": true, "gateway": "datapower-api-gateway", "type": "rest"},
            "paths": {"/": {"get": {"responses": {"200": {"description": "success"}}}}},
        });
        let head = sure(self.head(&HeadFields::named(name), Metadata::Ignored));
        self.stamp();
        let catalog = self.home;
        self.apis.insert(Api {
            head,
            catalog,
            space: None,
            version: version.to_owned(),
            state: "online".to_owned(),
            api_type: "rest".to_owned(),
            document,
            wsdl: None,
            gateway_services: self.gateway_services.under(catalog).to_vec(),
        })
    }

    /// Changes a product's state, visibility or metadata; retiring it drops its subscriptions.
    pub fn change_product(
        &mut self,
        product: Id,
        head: &HeadFields,
        fields: &ProductFields,
    ) -> Result<(), Refusal> {
        let mut row = self.products[product].clone();
        let metadata = HeadFields {
            metadata: head.metadata.clone(),
            ..HeadFields::default()
        };
        self.change_head(&mut row.head, &metadata, self.switches.metadata.products)?;
        if let Some(state) = &head.state {
            check_move(&row.state, state)?;
            row.state.clone_from(state);
        }
        if let Some(visibility) = &fields.visibility {
            row.visibility.clone_from(visibility);
        }
        if matches!(row.state.as_str(), "retired" | "archived") {
            self.drop_subscriptions_of(product);
        }
        self.put(row);
        Ok(())
    }

    /// Changes an API's state or metadata.
    pub fn change_api(&mut self, api: Id, head: &HeadFields) -> Result<(), Refusal> {
        let mut row = self.apis[api].clone();
        let metadata = HeadFields {
            metadata: head.metadata.clone(),
            ..HeadFields::default()
        };
        self.change_head(&mut row.head, &metadata, self.switches.metadata.apis)?;
        match head.state.as_deref() {
            None => {}
            Some(state @ ("online" | "offline")) => state.clone_into(&mut row.state),
            Some(other) => {
                return Err(Refusal::invalid(format!(
                    "The state '{other}' is not allowed for an API."
                )));
            }
        }
        self.put(row);
        Ok(())
    }

    /// Deletes a product, its subscriptions, and the APIs that no other product uses.
    pub fn remove_product(&mut self, product: Id) {
        self.drop_subscriptions_of(product);
        let Some(row) = self.products.remove(product) else {
            return;
        };
        let still_used: Vec<Id> = self
            .products
            .rows_under(row.catalog)
            .flat_map(|other| other.apis.clone())
            .collect();
        for api in row.apis.into_iter().filter(|api| !still_used.contains(api)) {
            self.apis.remove(api);
        }
        self.stamp();
    }

    fn drop_subscriptions_of(&mut self, product: Id) {
        for subscription in self.subscriptions.under(product).to_vec() {
            self.drop_subscription(subscription);
        }
    }

    /// The object at `name` and `version`, or at an id, under a catalog.
    pub(crate) fn versioned<T: Stored>(&self, catalog: Id, path: &[&str]) -> Option<&T> {
        let table = T::table(self);
        match path {
            [name, version] => table.named(catalog, &format!("{name}:{version}")),
            [one] => table.find(catalog, one),
            _ => None,
        }
    }
}

fn plan_document(name: &str, approval: bool) -> Value {
    let title = format!("{} Plan", name[..1].to_uppercase() + &name[1..]);
    json!({"title": title, "description": title, "approval": approval, "rate-limits": {"default": {"value": "100/1hour"}}})
}

/// The lifecycle's legal moves (section 14.3, inferred from the vendor's pages).
fn check_move(from: &str, to: &str) -> Result<(), Refusal> {
    let legal = match from {
        "staged" => matches!(to, "published" | "archived"),
        "published" => matches!(to, "deprecated" | "retired" | "staged"),
        "deprecated" => matches!(to, "published" | "retired"),
        "retired" => matches!(to, "archived" | "staged"),
        "archived" => to == "staged",
        _ => false,
    };
    if legal || from == to {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "The state of the product cannot be changed from '{from}' to '{to}'."
    )))
}
