//! A server of the invented platform, in memory. Its rules (see [`super::rules`]) follow from the table: what is named must be
//! there, unique values are unique, nothing is removed while others need it, and what is put is put as a whole.

use std::sync::{Mutex, MutexGuard};

use apic_configsync::engine::{
    catalog::{Approval, CatalogError, Created, Listing, Places, Reader, Requests, Updated, Writer},
    change::{Change, NewObject, Removal},
    model::{Address, Document, Handle, KindId, KindTable, Resource, Side},
};
use async_trait::async_trait;

use super::{
    notation::{World, catalog},
    table::{KINDS, SCHEMAS},
};

/// A list as it was asked for.
pub(super) type Asked = (KindId, Option<Handle>);

/// One catalog.
pub(super) struct Fake {
    side: Side,
    kinds: &'static KindTable,
    world: Mutex<World>,
    /// All lists that were asked for.
    asked: Mutex<Vec<Asked>>,
    counts: Mutex<Requests>,
}

impl Fake {
    pub(super) fn read(side: Side, text: &str) -> Self {
        Self::of(side, World::read(side, text))
    }

    pub(super) fn of(side: Side, world: World) -> Self {
        let (asked, counts) = (Mutex::default(), Mutex::default());
        Self { side, kinds: &KINDS, world: Mutex::new(world), asked, counts }
    }

    pub(super) fn world(&self) -> World {
        self.locked().clone()
    }

    /// The lists that were asked for so far, each as `KIND PARENT`.
    pub(super) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let told = |(kind, under): &Asked| {
            let under = under.as_ref().map_or("", Handle::id);
            format!("{} {under}", KINDS.row(*kind).name).trim_end().to_owned()
        };
        asked.iter().map(told).collect()
    }

    fn locked(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn count_read(&self) {
        self.counts.lock().unwrap().reads += 1;
    }

    fn count_write(&self) {
        self.counts.lock().unwrap().writes += 1;
    }
}

#[async_trait]
impl Reader for Fake {
    fn kinds(&self) -> &'static KindTable {
        self.kinds
    }

    fn id(&self) -> &str {
        catalog(self.side)
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        self.count_read();
        let under = parent.map(|parent| parent.handle.clone());
        self.asked.lock().unwrap().push((kind, under.clone()));
        let world = self.locked();
        let all = world.things.iter().filter(|((of, _), _)| *of == kind);
        let listed = all.filter(|((_, it), _)| under.as_ref().is_none_or(|under| it.parent() == Some(under.as_str())));
        let resources = listed.map(|((kind, handle), thing)| thing.resource(*kind, handle)).collect();
        let is_in_doubt = world.gaps.contains(&(kind, under));
        let doubt = is_in_doubt.then(|| "page 2 was lost".to_owned());
        Ok(Listing { resources, doubt, ..Listing::default() })
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        self.count_read();
        let world = self.locked();
        let found = world.things.get(&(resource.kind, resource.handle.clone()));
        found.map(|thing| thing.completed(resource)).ok_or_else(CatalogError::vanished)
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError> {
        self.count_read();
        Ok(self.locked().shown(&(kind, handle.clone())))
    }

    fn requests(&self) -> Requests {
        *self.counts.lock().unwrap()
    }
}

#[async_trait]
impl Writer for Fake {
    async fn create(&self, address: &Address, new: &NewObject, places: &Places<'_>) -> Result<Created, CatalogError> {
        self.count_write();
        let mut world = self.locked();
        let handle = world.create(address, new, places)?;
        Ok(Created::of(handle))
    }

    async fn update(
        &self,
        address: &Address,
        target: &Handle,
        change: &Change,
        places: &Places<'_>,
    ) -> Result<Updated, CatalogError> {
        self.count_write();
        self.locked().update(&(address.kind, target.clone()), change, places)?;
        Ok(Updated::default())
    }

    async fn approve(&self, _: &Address, _: &Handle, _: &Document, _: &Places<'_>) -> Result<Approval, CatalogError> {
        Ok(Approval::Given)
    }

    async fn hanging(&self, resource: &Resource) -> Result<Vec<(KindId, Handle)>, CatalogError> {
        let top = (resource.kind, resource.handle.clone());
        let going = self.locked().going_with(&top);
        Ok(going.into_iter().filter(|it| *it != top && it.0 != SCHEMAS).collect())
    }

    async fn delete(&self, address: &Address, removal: &Removal) -> Result<(), CatalogError> {
        self.count_write();
        self.locked().remove(&(address.kind, removal.target.clone()), removal)
    }
}
