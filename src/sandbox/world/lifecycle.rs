//! The life of a product after it was published (section 14.3).

use super::fields::HeadFields;
use super::{Cluster, GatewayService, Id, Product, Record, Refusal, Subject, Visibility};

/// What may be changed of a product beside its state and metadata.
#[derive(Debug, Clone, Default)]
pub struct ProductFields {
    /// Who may see and subscribe.
    pub visibility: Option<Visibility>,
    /// The gateway services that enforce its APIs.
    pub gateway_services: Option<Vec<Id>>,
}

impl Cluster {
    /// Changes a product's state, visibility, gateway services or metadata; retiring it drops its subscriptions.
    pub fn change_product(&mut self, product: Id, head: &HeadFields, fields: &ProductFields) -> Result<(), Refusal> {
        let mut row = self.products[product].clone();
        let metadata = HeadFields { metadata: head.metadata.clone(), ..HeadFields::default() };
        self.change_head(&mut row.head, &metadata, self.switches.metadata.products)?;
        if let Some(services) = &fields.gateway_services {
            self.check_services(&row, services)?;
            row.gateway_services.clone_from(services);
        }
        if let Some(visibility) = &fields.visibility {
            visibility.view.check_kind()?;
            visibility.subscribe.check_kind()?;
            row.visibility.clone_from(visibility);
        }
        if let Some(state) = &head.state {
            check_move(&row.state, state)?;
            self.move_to(&mut row, state);
        }
        self.put(row);
        Ok(())
    }

    fn check_services(&self, row: &Product, services: &[Id]) -> Result<(), Refusal> {
        let enforced = row.apis.iter().filter_map(|api| self.apis.get(*api)).any(super::Api::enforced);
        if !enforced && !services.is_empty() {
            return Err(Refusal::invalid(
                "The gateway_service_urls property must be empty because the product contains only unenforced APIs.",
            ));
        }
        let home = row.namespace().home();
        let known = |service: &GatewayService| service.parent() == home;
        for service in services {
            if !self.gateway_services.get(*service).is_some_and(known) {
                return Err(Refusal::not_found("gateway service", &service.to_string()));
            }
        }
        Ok(())
    }

    fn move_to(&mut self, row: &mut Product, state: &str) {
        let first = row.state == "staged" && state == "published";
        if first && self.publication_needs_approval(row.catalog) {
            self.ask_for_approval(row);
        } else if row.state != state {
            self.enter(row, state);
        }
    }

    pub(super) fn ask_for_approval(&mut self, row: &mut Product) {
        "pending".clone_into(&mut row.state);
        let task = self.open_task(row.catalog, Subject::Product(row.head.id));
        row.tasks.push(task);
    }

    /// Gives a product a state, with what that entails. The caller puts the row back.
    pub(super) fn enter(&mut self, row: &mut Product, state: &str) {
        state.clone_into(&mut row.state);
        match state {
            "published" => self.bring_online(&row.apis),
            "retired" | "archived" => self.drop_subscriptions_of(row.head.id),
            _ => {}
        }
    }

    pub(super) fn bring_online(&mut self, apis: &[Id]) {
        for api in apis {
            let now = self.clock.now();
            self.apis.change(*api, |row| {
                if row.state != "online" {
                    "online".clone_into(&mut row.state);
                    row.head.updated_at = now;
                }
            });
        }
    }
}

/// The lifecycle's legal moves (section 14.3, inferred from the vendor's pages).
fn check_move(from: &str, to: &str) -> Result<(), Refusal> {
    let legal = match from {
        "staged" => matches!(to, "published" | "archived"),
        "published" => matches!(to, "deprecated" | "retired" | "staged"),
        "deprecated" => matches!(to, "published" | "retired"),
        "retired" => matches!(to, "archived" | "staged"),
        _ => false,
    };
    if legal || from == to {
        return Ok(());
    }
    Err(Refusal::invalid(format!("The state of the product cannot be changed from '{from}' to '{to}'.")))
}
