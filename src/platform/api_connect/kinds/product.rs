//! Products and APIs (api-connect-rest.md sections 14 and 15), as far as subscriptions need them: found by name and
//! version. Replicating them comes later.

use super::{PLAIN, PRODUCTS};
use crate::{
    catalog::{CatalogError, Listing},
    model::{
        Handle, Kind, Name, Resource,
        address::encode,
        kind::{Marking, Reading, Removal, Task},
    },
    platform::api_connect::{reader::ApiConnect, routes, wire::Object},
};

pub(in super::super) const KIND: Kind = Kind {
    name: "products",
    singular: "Product",
    key_is_fixed: true,
    removal: Removal::Never,
    task: Task::LookUp,
    marking: Marking::Created,
    ..PLAIN
};

pub(in super::super) const API: Kind = Kind {
    name: "apis",
    singular: "API",
    reading: Reading::Never,
    ..KIND
};

pub(in super::super) fn resource(product: &Object) -> Result<Resource, CatalogError> {
    let name = product.text("name").ok_or_else(|| product.lacks("name"))?;
    let version = product
        .text("version")
        .ok_or_else(|| product.lacks("version"))?;
    let name = Name::Plain(encode(&format!("{name}:{version}")).into());
    let mut resource = product.resource(
        PRODUCTS,
        Handle::new(product.id()?),
        name,
        product.document(&[]),
        None,
    );
    resource.mark = None;
    Ok(resource)
}

pub(in super::super) async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    Ok(reader.list_whole("products", resource).await?.into())
}

/// The Product that a URL points at.
pub(super) fn handle_in(url: &str) -> Option<Handle> {
    routes::handle_in(url, 1)
}
