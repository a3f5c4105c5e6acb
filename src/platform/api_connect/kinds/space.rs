//! Where Products and APIs are published: in the catalog itself, or in one of its spaces (api-connect-rest.md sections
//! 1 and 3.2).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use serde_json::Map;

use crate::{
    engine::{
        catalog::{CatalogError, Listing},
        model::{Kind, Resource, address::encode},
    },
    platform::api_connect::{
        kinds::{
            SPACES,
            operations::{DEFAULTS, KindOperations},
            prerequisite,
        },
        wire::{
            object::Object,
            paging::Pages,
            routes::{CATALOG_HANDLE, Place},
        },
    },
};

pub(super) const KIND: Kind = prerequisite::row("spaces", "space");

pub(super) const OPERATIONS: KindOperations = KindOperations {
    list: |reader, _| Box::pin(async { Ok(reader.spaces.listing()) }),
    call_to_add: Some("POST /api/catalogs/{org}/{catalog}/spaces {\"name\"}"),
    ..DEFAULTS
};

/// The name of the catalog as a place to publish in.
const CATALOG_NAME: &str = "the catalog itself";

/// The spaces of a catalog, and what was seen in which.
#[derive(Debug, Default)]
pub(crate) struct Spaces {
    /// None where the catalog has no spaces, or where they are of no concern.
    known: Option<Vec<CatalogSpace>>,
    doubt: Option<String>,
    /// Products and APIs by id, or by name and version, with the ids of their spaces.
    homes: Mutex<HashMap<String, String>>,
}

/// A space.
#[derive(Debug, Clone)]
pub(crate) struct CatalogSpace {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Spaces {
    pub(crate) fn read(pages: &Pages) -> Result<Self, CatalogError> {
        let space = |object: &Object| {
            Ok(CatalogSpace {
                id: object.id()?.to_owned(),
                name: object.text("name").ok_or_else(|| object.lacks("name"))?.to_owned(),
            })
        };
        let known = pages.objects.iter().map(space);
        Ok(Self {
            known: Some(known.collect::<Result<_, CatalogError>>()?),
            doubt: pages.doubt.clone(),
            homes: Mutex::default(),
        })
    }

    pub(crate) fn all(&self) -> &[CatalogSpace] {
        self.known.as_deref().unwrap_or_default()
    }

    /// True for a catalog that publishes in spaces.
    pub(crate) fn are_on(&self) -> bool {
        self.known.is_some()
    }

    pub(crate) fn name(&self, place: &Place) -> Option<&str> {
        let Place::Space(id) = place else { return None };
        let found = self.all().iter().find(|space| space.id == *id);
        found.map(|space| space.name.as_str())
    }

    /// The place that an object of the catalog's list says it is in.
    pub(crate) fn place_of(&self, object: &Object) -> Place {
        if self.known.is_none() || object.text("scope") != Some("space") {
            return Place::Catalog;
        }
        let space = object.points_at("space_url", 1);
        space
            .map(|space| Place::Space(space.as_str().to_owned()))
            .filter(|place| self.name(place).is_some())
            .unwrap_or(Place::Unknown)
    }

    pub(crate) fn note(&self, id: &str, place: &Place) {
        if let Place::Space(space) = place {
            self.homes.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), space.clone());
        }
    }

    /// Where a thing was seen; the catalog for what was never seen.
    pub(crate) fn home(&self, id: &str) -> Place {
        let homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        homes.get(id).map_or(Place::Catalog, |space| Place::Space(space.clone()))
    }

    pub(crate) fn listing(&self) -> Listing {
        let resources = match &self.known {
            None => vec![resource(CATALOG_HANDLE, CATALOG_NAME)],
            Some(spaces) => spaces.iter().map(|space| resource(&space.id, &space.name)).collect(),
        };
        Listing { resources, doubt: self.doubt.clone(), ..Listing::default() }
    }
}

fn resource(handle: &str, name: &str) -> Resource {
    prerequisite::resource(SPACES, handle, &encode(name), Map::new())
}
