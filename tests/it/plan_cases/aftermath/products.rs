//! What a server does with Products: publishing writes documents and makes APIs, states open and close them to
//! subscriptions, deletion takes along what nothing else holds. Every request that a server would refuse is a failure.

use std::collections::HashSet;

use apic_configsync::{
    engine::{
        change::{Bundle, Change, NewObject},
        model::{
            Address, Document, File, Handle, Inventory, Resource, Side, address::encode, kind::ReferenceKind,
            resource::joined_states,
        },
        plan::{Action, Plan},
    },
    platform::api_connect::{APIS, KINDS, PRODUCTS, SUBSCRIPTIONS},
};
use serde_json::{Value, json};

use super::{Name, World};

/// The target's Products that take no new subscriptions, and that no step opens: what becomes of a subscription to one
/// of them is for the server to say.
pub(super) fn closed_for_good(resources: &[Resource], plan: &Plan) -> HashSet<Handle> {
    let opens = |product: &Resource| {
        plan.steps.iter().any(|step| match &step.action {
            Action::Update(update) => {
                update.target.as_ref() == Some(&product.handle)
                    && (update.package.is_some() || sets_state(update, "published"))
            }
            _ => false,
        })
    };
    let products = resources.iter().filter(|it| it.kind == PRODUCTS);
    products
        .filter(|product| state(product) != "published" && !opens(product))
        .map(|product| product.handle.clone())
        .collect()
}

fn sets_state(update: &Change, state: &str) -> bool {
    let mut fields = update.fields.iter();
    fields.any(|change| change.path == "/state" && change.after == state)
}

fn state(resource: &Resource) -> String {
    let state = resource.document.field("state");
    state.as_str().unwrap_or_default().to_owned()
}

fn without_state(document: &Document, state: &str) -> Document {
    document.with([("state".to_owned(), state.into())])
}

impl World {
    /// A new Product is published, whatever becomes of it later.
    pub(super) fn publish_new(&mut self, address: &Address, create: &NewObject) {
        let package = create.package.as_ref().unwrap();
        assert_eq!(create.document.field("state"), "published", "{address}");
        assert_complete(address, &create.document, package);
        self.write_apis(package);
    }

    /// Publishing again opens a Product and puts its APIs online; then it enters the state that the step has for it.
    pub(super) fn publish_again(&mut self, at: usize, update: &Change) {
        let Some(package) = &update.package else {
            return;
        };
        let address = Address::new(PRODUCTS, self.resources[at].name.text());
        assert_complete(&address, &update.after, package);
        self.write_apis(package);
        let apis: Value =
            package.carried.iter().map(|(api, _)| Value::from(self.place(APIS, &api.path).as_str())).collect();
        let product = &mut self.resources[at];
        let settled = [("state".to_owned(), update.after.field("state")), ("apis".to_owned(), apis)];
        product.document = product.document.with(settled);
        product.files = package.own.clone();
        product.unread = false;
    }

    fn write_apis(&mut self, package: &Bundle) {
        for (api, files) in &package.carried {
            let known = self.places.get(&(APIS, api.path.to_string())).cloned();
            let handle = known.unwrap_or_else(|| self.make_api(api));
            let at = self.find(&handle);
            let written = &mut self.resources[at];
            written.files = files.clone();
            written.unread = false;
            written.document = without_state(&written.document, "online");
        }
    }

    fn make_api(&mut self, api: &Address) -> Handle {
        let handle = Handle::new(&format!("new-{}", api.path));
        let document = json!({ "folded_name": api.path.to_lowercase() });
        let document = Document::new(document.as_object().cloned().unwrap(), None);
        let name = Name::Plain(encode(&api.path).into());
        self.resources.push(Resource {
            state: Some("made".into()),
            created_at: i64::MAX,
            ..Resource::new(APIS, handle.clone(), name, document)
        });
        self.places.insert((APIS, api.path.to_string()), handle.clone());
        handle
    }

    /// An API is there by now; its own step says what becomes of it.
    pub(super) fn complete_api(&mut self, address: &Address, create: &NewObject) {
        let at = self.find(&self.place(APIS, &address.path));
        let api = &mut self.resources[at];
        api.mark.clone_from(&create.metadata.mark);
        api.hint = create.metadata.hint().map(Into::into);
        api.document = create.document.clone();
    }

    /// Retiring a Product ends its subscriptions.
    pub(super) fn end_subscriptions(&mut self, product: &Handle, update: &Change) {
        if sets_state(update, "retired") || sets_state(update, "archived") {
            let ended =
                |other: &Resource| other.kind == SUBSCRIPTIONS && other.document.field("product") == product.as_str();
            self.resources.retain(|other| !ended(other));
        }
    }

    pub(super) fn assert_open_for(&self, subscription: &Document) {
        let product = subscription.field("product");
        let at = self.find(&Handle::new(product.as_str().unwrap()));
        let product = &self.resources[at];
        let name = product.name.text();
        assert!(
            state(product) == "published" || self.closed.contains(&product.handle),
            "a subscription to {name}, which is {}",
            state(product)
        );
        let document = product.files.of_role("document");
        let form = document.and_then(File::normal_form);
        if let Some(plans) = form.as_ref().and_then(|form| form["v"]["plans"].as_array()) {
            let plan = subscription.field("plan");
            assert!(plans.contains(&plan), "{name} has no plan {plan} yet");
        }
    }

    /// What goes with a Product: its subscriptions, and the APIs that no other Product names.
    pub(super) fn goes_with(&self, product: &Resource) -> HashSet<Handle> {
        let named = |product: &Resource| {
            let apis = product.document.field("apis");
            let apis = apis.as_array().cloned().unwrap_or_default();
            apis.into_iter().collect::<HashSet<Value>>()
        };
        let others = self.resources.iter().filter(|it| it.kind == PRODUCTS && it.handle != product.handle);
        let still_named: HashSet<Value> = others.flat_map(named).collect();
        let own = named(product);
        let goes = |other: &&Resource| match other.kind {
            SUBSCRIPTIONS => other.document.field("product") == product.handle.as_str(),
            APIS => {
                let handle = Value::from(other.handle.as_str());
                own.contains(&handle) && !still_named.contains(&handle)
            }
            _ => false,
        };
        let gone = self.resources.iter().filter(goes);
        gone.map(|other| other.handle.clone()).collect()
    }

    /// Hints are taken when all is done.
    pub(super) fn note_hints(&mut self, plan: &Plan) {
        let inventory =
            Inventory::new(Side::Target, &KINDS, super::catalog(Side::Target), self.resources.clone(), Vec::new());
        for step in &plan.steps {
            let Action::Update(Change { target: Some(target), metadata: Some(write), .. }) = &step.action else {
                continue;
            };
            let own = inventory.find(PRODUCTS, target.as_str()).and_then(|idx| inventory[idx].state.clone());
            if let (Some(state), Some(_), Some(own)) = (&write.state, &write.own_state, own) {
                let at = self.find(target);
                self.resources[at].hint = Some(joined_states(state, &own).into());
            }
        }
    }
}

fn assert_complete(address: &Address, document: &Document, package: &Bundle) {
    assert!(package.own.of_role("document").is_some(), "{address} is published without its document");
    let named = document.field("apis");
    for api in named.as_array().into_iter().flatten() {
        let sent = package.carried.iter().find(|(sent, _)| *sent.path == *api);
        assert!(
            sent.is_some_and(|(_, files)| files.of_role("document").is_some()),
            "{address} is published without {api}"
        );
    }
}

/// A link comes with its terms.
pub(super) fn with_terms(document: &Document, update: &Change) -> Document {
    let references = KINDS.row(PRODUCTS).references.iter();
    let terms = references.filter_map(|reference| match reference.bond {
        ReferenceKind::Link { terms } => {
            let mut fields = update.fields.iter();
            let is_written = fields.any(|change| change.field() == reference.field);
            is_written.then(|| (terms.to_owned(), update.after.field(terms)))
        }
        _ => None,
    });
    document.with(terms)
}
