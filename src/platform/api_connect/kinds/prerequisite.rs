//! Kinds whose things must be there already have this in common: they are matched by name and never written
//! (api-connect-rest.md sections 7 and 16).

use futures_util::future::try_join_all;
use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Listing},
        model::{
            Document, Handle, Kind, KindId, Name, Resource,
            address::encode,
            kind::{RemovalRule, Role},
        },
    },
    http::HttpError,
    platform::api_connect::{
        kinds::{PLAIN, space::CatalogSpace},
        reader::ApiConnect,
        wire::{
            object::Object,
            paging::{self, Pages},
            routes::Place,
        },
    },
};

/// The row of such a kind.
pub(super) const fn row(name: &'static str, singular: &'static str) -> Kind {
    Kind { name, singular, removal: RemovalRule::Never, task: Role::Prerequisite, ..PLAIN }
}

/// Lists what is configured in the catalog or in one of its spaces, each name once. A row may go by several names.
pub(super) async fn list_configured(
    reader: &ApiConnect,
    collection: &str,
    parse: fn(&Object) -> Result<Vec<Resource>, CatalogError>,
) -> Result<Listing, CatalogError> {
    let mut listing = Listing::default();
    for (_, pages) in
        in_all_places(reader, |place| async move { read_optional(reader, &place, collection, true).await }).await?
    {
        listing.doubt = listing.doubt.or(pages.doubt);
        for object in &pages.objects {
            paging::add_row(&mut listing, object, parse(object));
        }
    }
    listing.resources.sort_by(|a, b| a.name.text().cmp(b.name.text()));
    listing.resources.dedup_by(|a, b| a.name == b.name);
    Ok(listing)
}

/// Reads an object that goes by its name alone.
pub(super) fn parse(kind: KindId, object: &Object) -> Result<Resource, CatalogError> {
    let name = object.text("name").ok_or_else(|| object.lacks("name"))?;
    Ok(resource(kind, object.id()?, &encode(name), Map::new()))
}

/// Reads something of the catalog and of each of its spaces.
pub(super) async fn in_all_places<F>(
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
pub(super) async fn read_optional(
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
pub(super) fn resource(kind: KindId, handle: &str, name: &str, document: Map<String, Value>) -> Resource {
    Resource::new(kind, Handle::new(handle), Name::Plain(name.into()), Document::new(document, None))
}
