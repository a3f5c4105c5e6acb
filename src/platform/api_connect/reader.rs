//! What reads a catalog. The source of a run is this and nothing more.

use std::sync::OnceLock;

use crate::{
    engine::{
        catalog::{CatalogError, Listing, Reader, Requests},
        model::{Handle, KindId, KindTable, MarkKeys, Release, Resource, Side, seal},
        report::Finding,
    },
    http::Client,
    platform::api_connect::{
        creators::OwnLogin,
        kinds::{
            APIS, APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, GROUPS, KINDS, MEMBERS, PRODUCTS, REGISTRIES, SPACES,
            SUBSCRIPTIONS, USERS, app, consumer_org, credential,
            member::{self, roles::RoleCache},
            prerequisite::{self, GatewayNames},
            space::Spaces,
            subscription, user,
            user_registry::{UserRegistries, UserRegistry},
        },
        products::{documents, versioned},
        release,
        wire::{
            hint_age::Clocks,
            object::Object,
            paging::{self, PageSize, Pages},
            routes::{self, CatalogPaths},
        },
    },
};

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
    /// Whether Products and APIs are carried, and not only found.
    pub(crate) products_and_apis: bool,
    pub(crate) catalog: String,
    /// Why lists cannot be taken for complete, where the login's permissions do not cover all.
    pub(crate) missing_permissions: Option<String>,
    pub(crate) own_login: OwnLogin,
    pub(crate) clocks: Clocks,
    /// What marks are sealed with.
    pub(crate) mark_keys: Option<MarkKeys>,
    /// Whether a mark on what consumers name counts with a seal only.
    pub(crate) require_seal: bool,
    /// What was found of the configuration when lists were read.
    pub(crate) noted: OnceLock<Vec<Finding>>,
}

impl ApiConnect {
    /// What was found of the configuration when lists were read.
    #[must_use]
    pub fn noted(&self) -> &[Finding] {
        self.noted.get().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn registry(&self, handle: &Handle) -> Result<&UserRegistry, CatalogError> {
        self.registries.at(handle).ok_or_else(|| {
            CatalogError::MissingOnTarget(format!("the user registry {} is not one of the catalog's", handle.as_str()))
        })
    }

    /// Lists what the whole catalog has of a collection.
    pub(crate) async fn list_whole<T: Send>(
        &self,
        collection: &str,
        parse: impl Fn(&Object) -> Result<T, CatalogError> + Send + Sync,
    ) -> Result<Pages<T>, CatalogError> {
        let path = self.paths.of_catalog(collection);
        paging::read_parsed(&self.client, &path, &[], &self.page, parse).await
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
        Some(match kind {
            USERS => routes::user(handle),
            CONSUMER_ORGS => self.paths.consumer_org(handle.id()),
            GROUPS => self.paths.consumer_group(handle),
            PRODUCTS => self.product_path(handle),
            APIS => self.api_path(handle),
            MEMBERS => self.paths.member(handle),
            APPLICATIONS => self.paths.app(handle),
            CREDENTIALS => self.paths.credential(handle),
            SUBSCRIPTIONS => self.paths.subscription(handle),
            _ => return None,
        })
    }

    /// Reads an object wherever it is.
    pub(crate) async fn object(&self, kind: KindId, handle: &Handle) -> Result<Option<Object>, CatalogError> {
        match (kind, self.path(kind, handle)) {
            (_, None) => Ok(None),
            (PRODUCTS | APIS, _) => versioned::read(self, kind, handle).await,
            (_, Some(path)) => self.get(&path).await,
        }
    }

    /// An object as a resource. `None` for what is none of the catalog's kinds.
    pub(crate) fn resource(
        &self,
        kind: KindId,
        handle: &Handle,
        object: &Object,
    ) -> Result<Option<Resource>, CatalogError> {
        let parent = Handle::new(handle.parent().unwrap_or_default());
        match kind {
            USERS => user::resource(object, self.registry(&parent)?).map(Some),
            CONSUMER_ORGS => consumer_org::resource(object).map(Some),
            GROUPS => prerequisite::group(object).map(Some),
            PRODUCTS | APIS => versioned::resource(self, kind, object).map(Some),
            MEMBERS => member::resource(object, &parent, None).map(Some),
            APPLICATIONS => app::resource(object, self.side).map(Some),
            CREDENTIALS => credential::resource(object).map(Some),
            SUBSCRIPTIONS => subscription::resource(object).map(Some),
            _ => Ok(None),
        }
    }

    /// What the seal of an object is tied to that shall have this natural key.
    pub(crate) fn bound(&self, kind: KindId, object: &Handle, key: &str) -> String {
        if seal::is_bound_by_id(KINDS.row(kind)) {
            return object.id().to_owned();
        }
        self.bound_under(kind, object.parent(), key)
    }

    /// The same for one that is yet to be made in this place, and has no id.
    pub(crate) fn bound_under(&self, kind: KindId, parent: Option<&str>, key: &str) -> String {
        seal::bound_to_key(&KINDS, kind, parent.unwrap_or(&self.catalog), key)
    }

    pub(crate) fn product_path(&self, product: &Handle) -> String {
        self.versioned_path(PRODUCTS, product)
    }

    pub(crate) fn api_path(&self, api: &Handle) -> String {
        self.versioned_path(APIS, api)
    }

    fn versioned_path(&self, kind: KindId, thing: &Handle) -> String {
        let home = self.spaces.home(thing.as_str());
        self.paths.versioned(&home, versioned::collection(kind), thing)
    }

    pub(crate) fn kind_name(&self, kind: KindId) -> &'static str {
        self.kinds().row(kind).name
    }

    async fn listed(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        let listing = match (kind, parent) {
            (REGISTRIES, _) => return Ok(self.registries.listing()),
            (USERS, Some(registry)) => return user::list(self, registry).await,
            (MEMBERS, Some(org)) => return member::list(self, org).await,
            (CONSUMER_ORGS, _) => consumer_org::list(self).await?,
            (SPACES, _) => return Ok(self.spaces.listing()),
            (PRODUCTS | APIS, _) => return versioned::list(self, kind).await,
            (kind, _) if prerequisite::LISTED.contains(&kind) => {
                return prerequisite::list(self, kind).await;
            }
            (APPLICATIONS, _) => app::list(self).await?,
            (CREDENTIALS, _) => credential::list(self).await?,
            (SUBSCRIPTIONS, _) => subscription::list(self).await?,
            _ => return Ok(Listing::default()),
        };
        Ok(self.doubted(listing))
    }

    fn doubted(&self, mut listing: Listing) -> Listing {
        listing.doubt = listing.doubt.or_else(|| self.missing_permissions.clone());
        listing
    }
}

impl Reader for ApiConnect {
    fn kinds(&self) -> &'static KindTable {
        &KINDS
    }

    fn catalog_id(&self) -> &str {
        &self.catalog
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        let mut listing = self.listed(kind, parent).await?;
        self.classify_creators(&mut listing).await;
        Ok(listing)
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        match resource.kind {
            MEMBERS => member::detail(self, resource).await,
            CREDENTIALS => credential::detail(self, resource).await,
            PRODUCTS | APIS => documents::detail(self, resource).await,
            _ => Ok(resource.clone()),
        }
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
