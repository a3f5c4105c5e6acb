//! Groups of consumer organizations, which the visibility of Products names (api-connect-rest.md section 7).

use crate::{
    engine::{
        catalog::{CatalogError, Listing},
        model::Kind,
    },
    platform::api_connect::{
        kinds::{
            GROUPS,
            operations::{DEFAULTS, KindOperations},
            prerequisite,
        },
        reader::ApiConnect,
        wire::{paging, routes::Place},
    },
};

pub(super) const KIND: Kind = prerequisite::row("consumer_groups", "consumer group");

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, group| Some(reader.paths.consumer_group(group.id())),
    resource: |_, _, group| prerequisite::parse(GROUPS, group).map(Some),
    list: |reader, _| Box::pin(list(reader)),
    call_to_add: Some("POST /api/catalogs/{org}/{catalog}/consumer-groups {\"name\", \"org_urls\"}"),
    ..DEFAULTS
};

/// Without the groups, the visibility of Products could not be carried whole: a refused list is a gap.
async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    let pages = prerequisite::read_optional(reader, &Place::Catalog, "consumer-groups", false).await?;
    let mut listing = Listing { doubt: pages.doubt, ..Listing::default() };
    for row in &pages.objects {
        paging::add_row(&mut listing, row, prerequisite::parse(GROUPS, row).map(Some));
    }
    Ok(listing)
}
