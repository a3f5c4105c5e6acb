//! A catalog that can only be read, where a run that writes nothing asks for one that could be written.

use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::{
    catalog::{Approval, CatalogError, Created, Listing, Places, Reader, Requests, Updated, Writer},
    change::{Change, NewObject, Removal},
    model::{Address, Document, Handle, KindId, KindTable, Release, Resource},
};

/// A catalog of which every write is refused. The commands see to it that none is tried.
pub struct ReadOnly(pub Arc<dyn Reader>);

#[async_trait]
impl Reader for ReadOnly {
    fn kinds(&self) -> &'static KindTable {
        self.0.kinds()
    }

    fn id(&self) -> &str {
        self.0.id()
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        self.0.list(kind, parent).await
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        self.0.detail(resource).await
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError> {
        self.0.read(kind, handle).await
    }

    async fn release(&self) -> Option<Release> {
        self.0.release().await
    }

    fn requests(&self) -> Requests {
        self.0.requests()
    }
}

#[async_trait]
impl Writer for ReadOnly {
    async fn create(&self, _: &Address, _: &NewObject, _: &Places<'_>) -> Result<Created, CatalogError> {
        Err(refused())
    }

    async fn update(&self, _: &Address, _: &Handle, _: &Change, _: &Places<'_>) -> Result<Updated, CatalogError> {
        Err(refused())
    }

    async fn approve(&self, _: &Address, _: &Handle, _: &Document, _: &Places<'_>) -> Result<Approval, CatalogError> {
        Err(refused())
    }

    async fn hanging(&self, _: &Resource) -> Result<Vec<(KindId, Handle)>, CatalogError> {
        Err(refused())
    }

    async fn delete(&self, _: &Address, _: &Removal) -> Result<(), CatalogError> {
        Err(refused())
    }
}

fn refused() -> CatalogError {
    CatalogError::MissingOnTarget("a snapshot is never written".into())
}
