//! Gateway services that Products are published to (api-connect-rest.md section 16). `GATEWAY_SERVICE_NAME_MAPPING`
//! says what those of the source are called on the target.

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Listing},
        model::{Handle, Kind, Resource, Side, address::encode},
        report::Finding,
    },
    platform::api_connect::{
        kinds::{
            GATEWAY_SERVICES,
            operations::{DEFAULTS, KindOperations},
            prerequisite,
            space::CatalogSpace,
        },
        reader::ApiConnect,
        wire::{object::Object, paging},
    },
};

pub(super) const KIND: Kind = prerequisite::row("gateway_services", "gateway service");

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, service| Some(reader.paths.gateway_service(service)),
    resource: |reader, handle, service| resource(reader, service, space_of(reader, handle)?).map(Some),
    list: |reader, _| Box::pin(list(reader)),
    call_to_add: Some("POST /api/catalogs/{org}/{catalog}/configured-gateway-services {\"gateway_service_url\"}"),
    ..DEFAULTS
};

async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    let mut listing = Listing::default();
    for (space, pages) in prerequisite::in_all_places(reader, |place| async move {
        let path = reader.paths.in_place(&place, "configured-gateway-services");
        paging::read_all(&reader.client, &path, &[], &reader.page).await
    })
    .await?
    {
        listing.doubt = listing.doubt.or(pages.doubt);
        for service in &pages.objects {
            let resource = resource(reader, service, space);
            paging::add_row(&mut listing, service, resource.map(Some));
        }
    }
    warn_of_unknown_names(reader, &listing);
    Ok(listing)
}

/// The space that a gateway service is configured in; none for one of the catalog itself.
fn space_of<'a>(reader: &'a ApiConnect, service: &Handle) -> Result<Option<&'a CatalogSpace>, CatalogError> {
    let Some(id) = service.parent() else {
        return Ok(None);
    };
    let unknown =
        || CatalogError::Malformed(format!("the space {id} of a gateway service is not among those of the catalog"));
    reader.spaces.all().iter().find(|space| space.id == id).map(Some).ok_or_else(unknown)
}

fn resource(reader: &ApiConnect, service: &Object, space: Option<&CatalogSpace>) -> Result<Resource, CatalogError> {
    let own = service.text("name").ok_or_else(|| service.lacks("name"))?;
    let name = encode(reader.gateway_names.target_of(own, reader.side));
    let id = service.id()?;
    let (handle, address) = match space {
        Some(space) => (format!("{}/{id}", space.id), format!("{}/{name}", encode(&space.name))),
        None => (id.to_owned(), name),
    };
    let document = Map::from_iter([(OWN_NAME.to_owned(), Value::from(own))]);
    Ok(prerequisite::resource(GATEWAY_SERVICES, &handle, &address, document))
}

/// The field of a gateway service's document with its name before the mapping.
pub(crate) const OWN_NAME: &str = "name";

/// The names of the gateway services as this side has them.
fn own_names(listing: &Listing) -> Vec<String> {
    let name = |resource: &Resource| resource.document.field(OWN_NAME).as_str().map(str::to_owned);
    listing.resources.iter().filter_map(name).collect()
}

/// Notes names of the mapping that nothing bears: they are told when the run is over, and logged at once.
fn warn_of_unknown_names(reader: &ApiConnect, listing: &Listing) {
    let known = own_names(listing);
    for name in reader.gateway_names.unknown(&known, reader.side) {
        tracing::warn!(
            side = %reader.side,
            name,
            "GATEWAY_SERVICE_NAME_MAPPING names no gateway service of this catalog"
        );
    }
    // A list that is read again says the same.
    let _ = reader.noted.set(unknown_names(reader, listing));
}

/// Findings about names of the mapping that no gateway service of a side bears.
pub(crate) fn unknown_names(reader: &ApiConnect, listing: &Listing) -> Vec<Finding> {
    let known = own_names(listing);
    let unknown = reader.gateway_names.unknown(&known, reader.side).into_iter();
    unknown
        .map(|name| {
            Finding::warning(
                "GATEWAY_SERVICE_NAME_MAPPING",
                format!("it names {name}, which is no gateway service of the {} catalog", reader.side),
                "correct the mapping",
            )
        })
        .collect()
}

/// `GATEWAY_SERVICE_NAME_MAPPING`: the source's names and their target names.
#[derive(Debug, Clone, Default)]
pub(crate) struct GatewayNames(pub(crate) Vec<(String, String)>);

impl GatewayNames {
    /// The name of a gateway service on the target.
    fn target_of<'a>(&'a self, own: &'a str, side: Side) -> &'a str {
        let mapped = self.0.iter().find(|(ours, _)| ours == own);
        mapped.filter(|_| side == Side::Source).map_or(own, |(_, theirs)| theirs)
    }

    /// The name of a gateway service on the source: the mapping turned round.
    pub(crate) fn source_of<'a>(&'a self, own: &'a str, side: Side) -> &'a str {
        let mapped = self.0.iter().find(|(_, theirs)| theirs == own);
        mapped.filter(|_| side == Side::Target).map_or(own, |(ours, _)| ours)
    }

    /// The names that a side is said to have, and does not.
    fn unknown<'a>(&'a self, known: &'a [String], side: Side) -> Vec<&'a str> {
        let of_side = |(ours, theirs): &'a (String, String)| match side {
            Side::Source => ours.as_str(),
            Side::Target => theirs.as_str(),
        };
        let is_unknown = |name: &&str| !known.iter().any(|other| other == name);
        self.0.iter().map(of_side).filter(is_unknown).collect()
    }
}
