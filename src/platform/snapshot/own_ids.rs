//! One catalog seen at two moments, one of them in a snapshot: each object is known by its own id first.

use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::{
    catalog::{CatalogError, Listing, Reader, Requests},
    model::{Creator, Handle, KindId, KindTable, Mark, Release, Resource, Seal},
};

/// A target whose objects say that they were made from what the source knows by the same ids.
pub struct KnownByOwnIds(pub Arc<dyn Reader>);

impl KnownByOwnIds {
    /// The id of an object is what a mark of it would say, and nobody but its server gives ids.
    fn marked(&self, resource: Resource) -> Resource {
        Resource {
            mark: Some(Mark { id: resource.handle.id().into(), catalog: Some(self.0.id().into()) }),
            maker: Creator::OwnLogin,
            seal: Seal::Absent,
            missing_since: None,
            ..resource
        }
    }
}

#[async_trait]
impl Reader for KnownByOwnIds {
    fn kinds(&self) -> &'static KindTable {
        self.0.kinds()
    }

    fn id(&self) -> &str {
        self.0.id()
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        let listing = self.0.list(kind, parent).await?;
        let marked = |all: Vec<Resource>| all.into_iter().map(|it| self.marked(it)).collect();
        Ok(Listing { resources: marked(listing.resources), mentioned: marked(listing.mentioned), ..listing })
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        self.0.detail(resource).await
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError> {
        Ok(self.0.read(kind, handle).await?.map(|it| self.marked(it)))
    }

    async fn release(&self) -> Option<Release> {
        self.0.release().await
    }

    fn requests(&self) -> Requests {
        self.0.requests()
    }
}
