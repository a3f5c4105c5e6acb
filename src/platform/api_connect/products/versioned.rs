//! Products and APIs as they are listed: named by name and version, in the catalog itself or in one of its spaces
//! (api-connect-rest.md sections 14 and 15).

use std::collections::{BTreeSet, HashMap};

use futures_util::future::try_join_all;
use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Listing, UnusableRow},
        model::{Handle, KindId, Name, Resource, address::encode},
    },
    platform::api_connect::{
        kinds::KINDS,
        reader::ApiConnect,
        wire::{
            hint_age::old_enough,
            object::Object,
            paging::{self, Pages},
            routes::Place,
        },
    },
};

/// A kind whose things are published.
pub(crate) struct PublishedKind {
    pub(crate) kind: KindId,
    /// The collection that it is listed in.
    pub(crate) collection: &'static str,
    /// The field of the object that holds the document, in releases that have no path for it.
    pub(crate) embedded_document: &'static str,
    /// Reads what of a listed one is compared.
    pub(crate) document: fn(&ApiConnect, &Object, &Place) -> Map<String, Value>,
    /// Further fields that follow from its name and version, and from its key.
    pub(crate) fields_of_name: fn(&str, &str) -> Vec<(String, Value)>,
}

/// Lists the catalog, and each of its spaces: whether a catalog's list has what its spaces have is not known.
pub(crate) async fn list(reader: &ApiConnect, kind: &PublishedKind) -> Result<Listing, CatalogError> {
    let spaces = reader.spaces.all().iter();
    let spaces = spaces.map(|space| Place::Space(space.id.clone()));
    let places: Vec<Place> = std::iter::once(Place::Catalog).chain(spaces).collect();
    let lists = try_join_all(places.iter().map(|place| list_place(reader, kind, place))).await?;
    let mut listing = Listing::default();
    let mut found = MergedLists::default();
    for pages in lists {
        listing.doubt = listing.doubt.or(pages.doubt);
        // The list of a space shows the same rows again.
        let known = |row: &UnusableRow| {
            let mut others = listing.unusable.iter();
            row.id.is_some() && others.any(|other| other.id == row.id)
        };
        let rows: Vec<UnusableRow> = pages.unusable.into_iter().filter(|row| !known(row)).collect();
        listing.unusable.extend(rows);
        pages.objects.into_iter().for_each(|thing| found.add(thing));
    }
    let unplaced = found.take_unplaced();
    if unplaced > 0 {
        let name = KINDS.row(kind.kind).name;
        listing.doubt =
            listing.doubt.or_else(|| Some(format!("{unplaced} {name} are in spaces that this login does not see")));
    }
    listing.resources = found.named(reader, kind);
    Ok(listing)
}

async fn list_place(reader: &ApiConnect, kind: &PublishedKind, place: &Place) -> Result<Pages<Placed>, CatalogError> {
    let path = reader.paths.in_place(place, kind.collection);
    let started = reader.clocks.list_started(reader.side);
    paging::read_parsed(&reader.client, &path, &[], &reader.page, |object| {
        let place = match place {
            Place::Space(_) => place.clone(),
            _ => reader.spaces.place_of(object),
        };
        let mut resource = without_key(reader, kind, object, &place)?;
        resource.state = old_enough(object, started).map(|changed| {
            let state = object.text("state").unwrap_or_default();
            format!("{changed} {state}").into()
        });
        Ok(Placed { resource, place })
    })
    .await
}

/// Where one is, by what is known of its space.
pub(crate) fn path(reader: &ApiConnect, kind: &PublishedKind, handle: &Handle) -> String {
    reader.paths.versioned(&reader.spaces.home(handle.as_str()), kind.collection, handle)
}

/// One that was read by itself.
pub(crate) fn resource(reader: &ApiConnect, kind: &PublishedKind, object: &Object) -> Result<Resource, CatalogError> {
    let place = match reader.spaces.place_of(object) {
        Place::Space(id) => Place::Space(id),
        _ => reader.spaces.home(object.id()?),
    };
    let resource = without_key(reader, kind, object, &place)?;
    Ok(with_key(reader, kind, Placed { resource, place }))
}

/// Reads one wherever it is: a catalog may not answer for its spaces, and only a thing that is in none of them is gone.
pub(crate) async fn read(
    reader: &ApiConnect,
    kind: &PublishedKind,
    handle: &Handle,
) -> Result<Option<Object>, CatalogError> {
    let home = reader.spaces.home(handle.as_str());
    let spaces = reader.spaces.all().iter();
    let elsewhere = spaces.map(|space| Place::Space(space.id.clone()));
    let elsewhere = elsewhere.filter(|_| home == Place::Catalog);
    for place in std::iter::once(home.clone()).chain(elsewhere) {
        let path = reader.paths.versioned(&place, kind.collection, handle);
        if let Some(object) = reader.get(&path).await?
            && let Some(object) = version_with_id(object, handle)
        {
            reader.spaces.note(handle.as_str(), &place);
            return Ok(Some(object));
        }
    }
    Ok(None)
}

/// The path of one thing is also that of all versions of a name: for an id that is gone, the answer may be the list of
/// versions of the name that it might be, which is empty.
fn version_with_id(answer: Object, handle: &Handle) -> Option<Object> {
    let Some(versions) = answer.objects("results") else {
        return Some(answer);
    };
    let mut versions = versions.into_iter();
    versions.find(|version| version.text("id") == Some(handle.id()))
}

fn without_key(
    reader: &ApiConnect,
    kind: &PublishedKind,
    object: &Object,
    place: &Place,
) -> Result<Resource, CatalogError> {
    let name = object.text("name").ok_or_else(|| object.lacks("name"))?;
    let version = object.text("version").ok_or_else(|| object.lacks("version"))?;
    let name = Name::Plain(encode(&format!("{name}:{version}")).into());
    let handle = Handle::new(object.id()?);
    let mut resource = object.resource(kind.kind, handle, name, (kind.document)(reader, object, place), None);
    resource.unread = true;
    Ok(resource)
}

/// A Product or an API, and where it is.
struct Placed {
    resource: Resource,
    place: Place,
}

/// The rows of all lists, each thing once.
#[derive(Default)]
struct MergedLists {
    things: Vec<Placed>,
    by_id: HashMap<Handle, usize>,
}

impl MergedLists {
    /// The list of a space knows better where a thing is than that of the catalog.
    fn add(&mut self, thing: Placed) {
        let Some(known) = self.by_id.get(&thing.resource.handle) else {
            let handle = thing.resource.handle.clone();
            self.by_id.insert(handle, self.things.len());
            self.things.push(thing);
            return;
        };
        if matches!(thing.place, Place::Space(_)) {
            self.things[*known] = thing;
        }
    }

    /// Leaves out what is nowhere, and counts it.
    fn take_unplaced(&mut self) -> usize {
        let before = self.things.len();
        self.things.retain(|thing| thing.place != Place::Unknown);
        before - self.things.len()
    }

    /// Gives everything its key and its name. Of namesakes in several places, all but the first by place are called
    /// after their space.
    fn named(mut self, reader: &ApiConnect, kind: &PublishedKind) -> Vec<Resource> {
        let name = |thing: &Placed| reader.spaces.name(&thing.place).map(str::to_owned);
        self.things.sort_by_cached_key(name);
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut resources = Vec::with_capacity(self.things.len());
        for thing in self.things {
            reader.spaces.note(thing.resource.handle.as_str(), &thing.place);
            let space = name(&thing);
            let mut resource = with_key(reader, kind, thing);
            let mut own = resource.name.text().to_owned();
            if let Some(space) = space {
                let space = encode(&space);
                while taken.contains(&own) {
                    own = format!("{own} ({space})");
                }
            }
            taken.insert(own.clone());
            resource.name = Name::Plain(own.into());
            resources.push(resource);
        }
        resources
    }
}

/// The key is unique in the catalog: the name of the space, if any, and name and version.
fn with_key(reader: &ApiConnect, kind: &PublishedKind, thing: Placed) -> Resource {
    let Placed { mut resource, place } = thing;
    let space = reader.spaces.name(&place).map(encode).unwrap_or_default();
    let key = format!("{space}/{}", resource.name.text());
    let fields = (kind.fields_of_name)(resource.name.text(), &key);
    if !fields.is_empty() {
        resource.document = resource.document.with(fields);
    }
    resource.key = Some(key.into());
    resource
}
