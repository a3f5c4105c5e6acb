//! Reading a catalog. The source of a run is a reader and nothing more.

use std::sync::OnceLock;

use crate::{
    engine::{
        catalog::{CatalogError, Listing, Reader, Requests},
        model::{Handle, KindId, KindTable, MarkKeys, Release, Resource, Side},
        report::Finding,
    },
    http::Client,
    platform::api_connect::{
        creators::OwnLogin,
        kinds::{
            KINDS,
            gateway_service::GatewayNames,
            member::roles::RoleCache,
            operations::Dependants,
            operations_of,
            space::Spaces,
            user_registry::{UserRegistries, UserRegistry},
        },
        release,
        wire::{
            hint_age::Clocks,
            object::Object,
            paging::{self, PageSize},
            routes::CatalogPaths,
        },
    },
};
use async_trait::async_trait;

/// A catalog of API Connect that can be read.
pub struct ApiConnect {
    pub(crate) side: Side,
    pub(crate) client: Client,
    pub(crate) paths: CatalogPaths,
    pub(crate) page: PageSize,
    pub(crate) registries: UserRegistries,
    pub(crate) roles: RoleCache,
    pub(crate) spaces: Spaces,
    pub(crate) gateway_names: GatewayNames,
    /// True where Products and APIs are carried, and not only found.
    pub(crate) products_and_apis: bool,
    pub(crate) catalog: String,
    /// Why lists cannot be taken for complete, where the login's permissions do not cover all.
    pub(crate) missing_permissions: Option<String>,
    pub(crate) own_login: OwnLogin,
    pub(crate) clocks: Clocks,
    /// The keys that marks are sealed with.
    pub(crate) mark_keys: Option<MarkKeys>,
    /// True where a mark on what consumers name counts with a seal only.
    pub(crate) require_seal: bool,
    /// Findings about the configuration that came up when lists were read.
    pub(crate) noted: OnceLock<Vec<Finding>>,
}

impl ApiConnect {
    /// Findings about the configuration that came up when lists were read.
    #[must_use]
    pub fn noted(&self) -> &[Finding] {
        self.noted.get().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn registry(&self, handle: &Handle) -> Result<&UserRegistry, CatalogError> {
        self.registries.at(handle).ok_or_else(|| {
            CatalogError::MissingOnTarget(format!("the user registry {} is not one of the catalog's", handle.as_str()))
        })
    }

    /// Lists what the whole catalog has of a collection. Where the login does not see everything, it cannot be taken
    /// for complete.
    pub(crate) async fn list_whole(
        &self,
        collection: &str,
        query: &[(&str, &str)],
        parse: impl Fn(&Object) -> Result<Resource, CatalogError> + Send + Sync,
    ) -> Result<Listing, CatalogError> {
        let path = self.paths.of_catalog(collection);
        let pages = paging::read_parsed(&self.client, &path, query, &self.page, parse).await?;
        let mut listing = Listing::from(pages);
        listing.doubt = listing.doubt.or_else(|| self.missing_permissions.clone());
        Ok(listing)
    }

    /// Asks for one object. Only a 404 in the API's own words says that there is none.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Object>, CatalogError> {
        match self.client.get_json::<Object>(path, &[]).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Where an object is. `None` for kinds that have no place of their own.
    pub(crate) fn path(&self, kind: KindId, handle: &Handle) -> Option<String> {
        (operations_of(kind).path)(self, handle)
    }

    /// Reads an object wherever it is. One that has no place of its own cannot be asked for, which says nothing of whether
    /// it is there.
    pub(crate) async fn object(&self, kind: KindId, handle: &Handle) -> Result<Option<Object>, CatalogError> {
        if let Some(read) = operations_of(kind).read {
            return read(self, handle).await;
        }
        let Some(path) = self.path(kind, handle) else {
            let name = KINDS.row(kind).name;
            return Err(CatalogError::Malformed(format!(
                "{name} are known by their list alone, and not read one by one"
            )));
        };
        self.get(&path).await
    }

    /// An object as a resource. `None` for what is none of the catalog's kinds.
    pub(crate) fn resource(
        &self,
        kind: KindId,
        handle: &Handle,
        object: &Object,
    ) -> Result<Option<Resource>, CatalogError> {
        (operations_of(kind).resource)(self, handle, object)
    }

    /// Completes a resource by what lists do not show.
    pub(crate) async fn complete(&self, listed: &Resource) -> Result<Resource, CatalogError> {
        match operations_of(listed.kind).detail {
            Some(detail) => detail(self, listed).await,
            None => Ok(listed.clone()),
        }
    }

    /// Lists what would vanish along with an object, as far as few requests show it: others may have put something
    /// there since both catalogs were read. What cannot be looked at keeps the object.
    pub(crate) async fn dependants(&self, on: &Resource) -> Result<Dependants, CatalogError> {
        match operations_of(on.kind).dependants {
            Some(dependants) => dependants(self, on).await,
            None => Ok(Vec::new()),
        }
    }
}

#[async_trait]
impl Reader for ApiConnect {
    fn kinds(&self) -> &'static KindTable {
        &KINDS
    }

    fn id(&self) -> &str {
        &self.catalog
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        let mut listing = (operations_of(kind).list)(self, parent).await?;
        self.classify_creators(&mut listing).await;
        Ok(listing)
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        self.complete(resource).await
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError> {
        match self.object(kind, handle).await? {
            Some(object) => self.resource(kind, handle, &object),
            None => Ok(None),
        }
    }

    async fn release(&self) -> Option<Release> {
        release::of(self).await
    }

    fn requests(&self) -> Requests {
        self.client.counts()
    }
}
