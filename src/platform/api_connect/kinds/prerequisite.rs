//! What must be there already: groups, gateway services, OAuth providers, TLS client profiles and the user registries of
//! APIs. They are matched by name and never written (api-connect-rest.md sections 7 and 16).

use futures_util::future::try_join_all;
use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Listing},
        model::{Creator, Document, Files, Handle, KindId, Name, Resource, Seal, Side, address::encode},
    },
    http::HttpError,
    platform::api_connect::{
        check::prerequisites::unknown_name,
        kinds::{
            API_USER_REGISTRIES, GATEWAY_SERVICES, GROUPS, OAUTH_PROVIDERS, TLS_CLIENT_PROFILES,
            space::{CatalogSpace, Place},
        },
        reader::ApiConnect,
        wire::{
            object::Object,
            paging::{self, Pages},
        },
    },
};

/// The kinds that are listed here.
pub(crate) const LISTED: [KindId; 5] =
    [GROUPS, GATEWAY_SERVICES, OAUTH_PROVIDERS, TLS_CLIENT_PROFILES, API_USER_REGISTRIES];

/// Lists a kind.
pub(crate) async fn list(reader: &ApiConnect, kind: KindId) -> Result<Listing, CatalogError> {
    match kind {
        GROUPS => groups(reader).await,
        GATEWAY_SERVICES => gateway_services(reader).await,
        OAUTH_PROVIDERS => configured(reader, kind, "configured-oauth-providers").await,
        TLS_CLIENT_PROFILES => configured(reader, kind, "configured-tls-client-profiles").await,
        _ => configured(reader, kind, "configured-api-user-registries").await,
    }
}

/// Without the groups, the visibility of Products could not be carried whole: a refused list is a gap.
async fn groups(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    let pages = lenient(reader, &Place::Catalog, "consumer-groups", false).await?;
    let mut listing = Listing { doubt: pages.doubt, ..Listing::default() };
    for row in &pages.objects {
        paging::add_row(&mut listing, row, group(row).map(Some));
    }
    Ok(listing)
}

pub(crate) fn group(group: &Object) -> Result<Resource, CatalogError> {
    let name = group.text("name").ok_or_else(|| group.lacks("name"))?;
    Ok(prerequisite(GROUPS, group.id()?, &encode(name), Map::new()))
}

async fn gateway_services(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    let mut listing = Listing::default();
    for (space, pages) in everywhere(reader, |place| async move {
        let path = reader.paths.in_place(&place, "configured-gateway-services");
        paging::read_all(&reader.client, &path, &[], &reader.page).await
    })
    .await?
    {
        listing.doubt = listing.doubt.or(pages.doubt);
        for service in &pages.objects {
            let resource = gateway_service(reader, service, space);
            paging::add_row(&mut listing, service, resource.map(Some));
        }
    }
    warn_of_unknown_names(reader, &listing);
    Ok(listing)
}

fn gateway_service(
    reader: &ApiConnect,
    service: &Object,
    space: Option<&CatalogSpace>,
) -> Result<Resource, CatalogError> {
    let own = service.text("name").ok_or_else(|| service.lacks("name"))?;
    let name = encode(reader.gateway_names.target_of(own, reader.side));
    let id = service.id()?;
    let (handle, address) = match space {
        Some(space) => (format!("{}/{id}", space.id), format!("{}/{name}", encode(&space.name))),
        None => (id.to_owned(), name),
    };
    let document = Map::from_iter([(OWN_NAME.to_owned(), Value::from(own))]);
    Ok(prerequisite(GATEWAY_SERVICES, &handle, &address, document))
}

/// The field of a gateway service's document with its name before the mapping.
pub(crate) const OWN_NAME: &str = "name";

/// The names of the gateway services as this side has them.
pub(crate) fn own_names(listing: &Listing) -> Vec<String> {
    let name = |resource: &Resource| resource.document.field(OWN_NAME).as_str().map(str::to_owned);
    listing.resources.iter().filter_map(name).collect()
}

/// What the mapping names in vain is told when the run is over, and logged at once.
fn warn_of_unknown_names(reader: &ApiConnect, listing: &Listing) {
    let known = own_names(listing);
    let unknown = reader.gateway_names.unknown(&known, reader.side);
    for name in &unknown {
        tracing::warn!(
            side = %reader.side,
            name,
            "GATEWAY_SERVICE_NAME_MAPPING names no gateway service of this catalog"
        );
    }
    let findings = unknown.into_iter().map(|name| unknown_name(name, reader.side));
    // A list that is read again says the same.
    let _ = reader.noted.set(findings.collect());
}

/// `GATEWAY_SERVICE_NAME_MAPPING`: the source's names and their target names.
#[derive(Debug, Clone, Default)]
pub(crate) struct GatewayNames(pub(crate) Vec<(String, String)>);

impl GatewayNames {
    /// What a gateway service is called on the target.
    fn target_of<'a>(&'a self, own: &'a str, side: Side) -> &'a str {
        let mapped = self.0.iter().find(|(ours, _)| ours == own);
        mapped.filter(|_| side == Side::Source).map_or(own, |(_, theirs)| theirs)
    }

    /// What a gateway service is called on the source: the mapping turned round.
    pub(crate) fn source_of<'a>(&'a self, own: &'a str, side: Side) -> &'a str {
        let mapped = self.0.iter().find(|(_, theirs)| theirs == own);
        mapped.filter(|_| side == Side::Target).map_or(own, |(ours, _)| ours)
    }

    /// The names that a side is said to have, and does not.
    pub(crate) fn unknown<'a>(&'a self, known: &'a [String], side: Side) -> Vec<&'a str> {
        let of_side = |(ours, theirs): &'a (String, String)| match side {
            Side::Source => ours.as_str(),
            Side::Target => theirs.as_str(),
        };
        let is_unknown = |name: &&str| !known.iter().any(|other| other == name);
        self.0.iter().map(of_side).filter(is_unknown).collect()
    }
}

/// What is configured in the catalog or in one of its spaces, each name once.
async fn configured(reader: &ApiConnect, kind: KindId, collection: &str) -> Result<Listing, CatalogError> {
    let mut listing = Listing::default();
    for (_, pages) in everywhere(reader, |place| async move { lenient(reader, &place, collection, true).await }).await?
    {
        listing.doubt = listing.doubt.or(pages.doubt);
        for object in &pages.objects {
            paging::add_row(&mut listing, object, named(kind, object));
        }
    }
    listing.resources.sort_by(|a, b| a.name.text().cmp(b.name.text()));
    listing.resources.dedup_by(|a, b| a.name == b.name);
    Ok(listing)
}

/// A TLS client profile goes by name and version, and by its name alone.
fn named(kind: KindId, object: &Object) -> Result<Vec<Resource>, CatalogError> {
    let name = object.text("name").ok_or_else(|| object.lacks("name"))?;
    let bare = prerequisite(kind, object.id()?, &encode(name), Map::new());
    let version = object.text("version").filter(|_| kind == TLS_CLIENT_PROFILES);
    Ok(match version {
        None => vec![bare],
        Some(version) => {
            let handle = format!("{}:{version}", object.id()?);
            let full = encode(&format!("{name}:{version}"));
            vec![bare, prerequisite(kind, &handle, &full, Map::new())]
        }
    })
}

/// Reads something of the catalog and of each of its spaces.
async fn everywhere<F>(
    reader: &ApiConnect,
    read: impl Fn(Place) -> F,
) -> Result<Vec<(Option<&CatalogSpace>, Pages)>, HttpError>
where
    F: Future<Output = Result<Pages, HttpError>>,
{
    let spaces = reader.spaces.all();
    let places = std::iter::once(Place::Catalog).chain(spaces.iter().map(|space| Place::Space(space.id.clone())));
    let pages = try_join_all(places.map(read)).await?;
    let whose = std::iter::once(None).chain(spaces.iter().map(Some));
    Ok(whose.zip(pages).collect())
}

/// A list that a release does not know is empty. So is one that this login may not read, where that harms nobody: what
/// names something of it is withheld.
async fn lenient(
    reader: &ApiConnect,
    place: &Place,
    collection: &str,
    forgive_refusal: bool,
) -> Result<Pages, HttpError> {
    let path = reader.paths.in_place(place, collection);
    match paging::read_all(&reader.client, &path, &[], &reader.page).await {
        Err(error) if error.is_not_found() || (forgive_refusal && error.is_forbidden()) => {
            if error.is_forbidden() {
                tracing::warn!(%error, "taken for empty: what needs something of this list is withheld");
            }
            Ok(Pages { objects: Vec::new(), doubt: None, unusable: Vec::new() })
        }
        pages => pages,
    }
}

/// Something that is only found by its name, which is encoded already.
pub(crate) fn prerequisite(kind: KindId, handle: &str, name: &str, document: Map<String, Value>) -> Resource {
    Resource {
        kind,
        handle: Handle::new(handle),
        name: Name::Plain(name.into()),
        key: None,
        mark: None,
        hint: None,
        missing_since: None,
        not_taken: None,
        seal: Seal::Absent,
        maker: Creator::Unknown,
        state: None,
        unread: false,
        pending: false,
        uncarried: None,
        created_at: 0,
        claims: None,
        born_of: None,
        document: Document::new(document, None),
        files: Files::default(),
    }
}
