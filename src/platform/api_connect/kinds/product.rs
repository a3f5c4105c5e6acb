//! Products (api-connect-rest.md section 14).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    engine::model::{
        Handle, Kind,
        kind::{Lifecycle, Marking, Reference, ReferenceKind},
    },
    platform::api_connect::{
        kinds::{APIS, CONSUMER_ORGS, GATEWAY_SERVICES, GROUPS, PLAIN, PRODUCTS, SPACES, space::Place},
        products::{migration, visibility},
        wire::{object::Object, routes},
    },
};

pub(crate) const KIND: Kind = Kind {
    name: "products",
    singular: "Product",
    references: &[
        Reference { field: SPACE, kind: SPACES, bond: ReferenceKind::Needs },
        Reference { field: VIEW_ORGS, kind: CONSUMER_ORGS, bond: ReferenceKind::NeedsAny { group: VIEW } },
        Reference { field: VIEW_GROUPS, kind: GROUPS, bond: ReferenceKind::NeedsAny { group: VIEW } },
        Reference { field: SUBSCRIBE_ORGS, kind: CONSUMER_ORGS, bond: ReferenceKind::NeedsAny { group: SUBSCRIBE } },
        Reference { field: SUBSCRIBE_GROUPS, kind: GROUPS, bond: ReferenceKind::NeedsAny { group: SUBSCRIBE } },
        Reference { field: GATEWAYS, kind: GATEWAY_SERVICES, bond: ReferenceKind::NeedsAll },
        Reference { field: APIS_OF, kind: APIS, bond: ReferenceKind::Carries },
        Reference { field: SUPERSEDED_BY, kind: PRODUCTS, bond: ReferenceKind::Link { terms: "superseded_by_plans" } },
        Reference {
            field: MIGRATION_TARGET,
            kind: PRODUCTS,
            bond: ReferenceKind::Link { terms: "migration_target_plans" },
        },
    ],
    at_birth: &[SPACE, APIS_OF],
    required: &[STATE, VIEW, SUBSCRIBE],
    key_is_fixed: true,
    marking: Marking::Created,
    grace: true,
    dated: true,
    lifecycle: Some(Lifecycle {
        field: STATE,
        open: "published",
        closed: &["deprecated", "retired", "archived"],
        emptied: &["retired", "archived"],
        home: &["staged"],
    }),
    ..PLAIN
};

/// The document's fields: where it is published, in which state,
pub(crate) const SPACE: &str = "space";
pub(crate) const STATE: &str = "state";
/// who may see it (`{"type", "enabled"}`, and whom that names),
pub(crate) const VIEW: &str = "view";
pub(crate) const VIEW_ORGS: &str = "view_orgs";
pub(crate) const VIEW_GROUPS: &str = "view_groups";
/// who may subscribe to it,
pub(crate) const SUBSCRIBE: &str = "subscribe";
pub(crate) const SUBSCRIBE_ORGS: &str = "subscribe_orgs";
pub(crate) const SUBSCRIBE_GROUPS: &str = "subscribe_groups";
/// the gateway services that it runs on, its APIs,
pub(crate) const GATEWAYS: &str = "gateway_services";
pub(crate) const APIS_OF: &str = "apis";
/// and the Products that its subscribers shall go to, each with a map of plans (`…_plans`).
pub(crate) const SUPERSEDED_BY: &str = "superseded_by";
pub(crate) const MIGRATION_TARGET: &str = "migration_target";

/// The server's fields that hold several of these.
pub(crate) const VISIBILITY: &str = "visibility";
pub(crate) const GATEWAY_URLS: &str = "gateway_service_urls";

/// What of a listed Product is compared; references are handles. `STATE` and the texts are as the server has them.
pub(crate) fn document(product: &Object, place: &Place) -> Map<String, Value> {
    let mut document = product.document(&[STATE]);
    document.extend(visibility::fields(product));
    document.extend(place.handle().map(|space| (SPACE.to_owned(), space.into())));
    let lists = [(GATEWAYS, gateways(product)), (APIS_OF, handles(product, "api_urls", handle_in))];
    for (field, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        let list = list.iter().map(|handle| Value::from(handle.as_str()));
        document.insert(field.to_owned(), list.collect());
    }
    for link in [SUPERSEDED_BY, MIGRATION_TARGET] {
        document.extend(migration::link(product, link));
    }
    document
}

/// The gateway services that a Product runs on, in order.
pub(crate) fn gateways(product: &Object) -> Vec<Handle> {
    handles(product, GATEWAY_URLS, routes::gateway_service_in)
}

fn handles(product: &Object, field: &str, read: fn(&str) -> Option<Handle>) -> Vec<Handle> {
    let urls = product.texts(field).unwrap_or_default();
    let handles: BTreeSet<Handle> = urls.into_iter().filter_map(read).collect();
    handles.into_iter().collect()
}

/// The Product that a URL points at.
pub(crate) fn handle_in(url: &str) -> Option<Handle> {
    routes::handle_in(url, 1)
}
