//! The target: what reads a catalog, and writes it as well.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use crate::{
    engine::{
        catalog::{Approval, CatalogError, Created, Listing, Places, Reader, Requests, Updated, Writer},
        change::{Change, MetadataWrite, NewObject, Removal},
        model::{Address, Document, Handle, KindId, KindTable, Release, Resource},
        report::Finding,
    },
    http::WriteClient,
    platform::api_connect::{
        kinds::{KINDS, operations_of, user::directory_search::SearchedRegistries},
        reader::ApiConnect,
        wire::{object::Object, routes},
        writes::{
            approval,
            metadata::{self, MetadataSupport},
            not_taken::NotTakenFields,
        },
    },
};
use async_trait::async_trait;

/// A catalog of API Connect that can be written.
pub struct ApiConnectTarget {
    pub(crate) reader: ApiConnect,
    pub(crate) client: WriteClient,
    pub(crate) metadata_support: MetadataSupport,
    pub(crate) searched_registries: SearchedRegistries,
    pub(crate) not_taken: NotTakenFields,
    pub(crate) publish_timeout: Duration,
    base: String,
    /// Credentials that came with apps made by this run.
    first_credentials: Mutex<HashMap<Handle, Handle>>,
}

impl ApiConnectTarget {
    pub(crate) fn new(reader: ApiConnect, client: WriteClient, base: &url::Url, publish_timeout: Duration) -> Self {
        let base = base.as_str().trim_end_matches('/').to_owned();
        Self {
            reader,
            client,
            metadata_support: MetadataSupport::default(),
            searched_registries: SearchedRegistries::default(),
            not_taken: NotTakenFields::default(),
            publish_timeout,
            base,
            first_credentials: Mutex::default(),
        }
    }

    /// Findings about the configuration that came up when lists were read.
    #[must_use]
    pub fn noted(&self) -> &[Finding] {
        self.reader.noted()
    }

    /// A URL for a body.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn url_of_user(&self, user: &Handle) -> String {
        self.url(&routes::user(user))
    }

    /// Where the parent of something new is.
    pub(crate) fn parent(&self, create: &NewObject, kind: KindId, places: &Places<'_>) -> Result<Handle, CatalogError> {
        let path = create.parent.as_ref().map(|parent| parent.path.to_string()).unwrap_or_default();
        let singular = self.reader.kinds().row(kind).singular;
        places
            .handle(kind, &path)
            .ok_or_else(|| CatalogError::MissingOnTarget(format!("the {singular} {path} is not on the target")))
    }

    /// Sees from an answer whether metadata was kept.
    pub(crate) fn learn_metadata_support(
        &self,
        kind: KindId,
        answer: &Object,
        sent: &MetadataWrite,
    ) -> Result<(), CatalogError> {
        if sent.mark.is_none() || answer.text("id").is_none() {
            return Ok(());
        }
        if answer.mark().is_some() {
            self.metadata_support.note_kept(kind);
            return Ok(());
        }
        self.metadata_support.note_none(kind);
        if metadata::needs_marks(kind) {
            let name = self.reader.kinds().row(kind).name;
            return Err(CatalogError::Malformed(format!(
                "the target keeps no metadata on {name}, so it cannot be known again: ADOPT=all pairs by name"
            )));
        }
        Ok(())
    }

    pub(crate) fn remember_first_credential(&self, app: &Handle, credential: Handle) {
        self.first_credentials
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(app.clone(), credential);
    }

    /// The credential that came with an app made by this run.
    pub(crate) fn known_first_credential(&self, app: &Handle) -> Option<Handle> {
        let first_credentials = self.first_credentials.lock();
        let first_credentials = first_credentials.unwrap_or_else(std::sync::PoisonError::into_inner);
        first_credentials.get(app).cloned()
    }

    /// Tells whether this run made an app.
    pub(crate) fn has_made(&self, app: &Handle) -> bool {
        self.known_first_credential(app).is_some()
    }
}

#[async_trait]
impl Reader for ApiConnectTarget {
    fn kinds(&self) -> &'static KindTable {
        self.reader.kinds()
    }

    fn id(&self) -> &str {
        self.reader.id()
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        self.reader.list(kind, parent).await
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        self.reader.detail(resource).await
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError> {
        self.reader.read(kind, handle).await
    }

    async fn release(&self) -> Option<Release> {
        self.reader.release().await
    }

    fn requests(&self) -> Requests {
        self.reader.requests()
    }
}

#[async_trait]
impl Writer for ApiConnectTarget {
    async fn create(
        &self,
        address: &Address,
        create: &NewObject,
        places: &Places<'_>,
    ) -> Result<Created, CatalogError> {
        let created = Box::pin(self.make(address, create, places)).await?;
        let beside = Some(&create.metadata);
        let not_taken = self.settle_not_taken(address.kind, &created.handle, beside, true);
        Ok(Created { not_taken: Box::pin(not_taken).await, ..created })
    }

    async fn update(
        &self,
        address: &Address,
        object: &Handle,
        update: &Change,
        places: &Places<'_>,
    ) -> Result<Updated, CatalogError> {
        let updated = Box::pin(self.change(address, object, update, places)).await?;
        let now = updated.moved.as_ref().unwrap_or(object);
        let beside = update.beside_note.as_deref();
        let not_taken = self.settle_not_taken(address.kind, now, beside, false);
        Ok(Updated { not_taken: Box::pin(not_taken).await, ..updated })
    }

    async fn approve(
        &self,
        address: &Address,
        object: &Handle,
        document: &Document,
        places: &Places<'_>,
    ) -> Result<Approval, CatalogError> {
        approval::approve(self, address.kind, object, document, places).await
    }

    async fn hanging(&self, resource: &Resource) -> Result<Vec<(KindId, Handle)>, CatalogError> {
        self.reader.dependants(resource).await
    }

    async fn delete(&self, address: &Address, delete: &Removal) -> Result<(), CatalogError> {
        match operations_of(address.kind).delete {
            Some(remove) => remove(self, delete).await,
            None => self.remove_planned(address.kind, delete).await,
        }
    }
}

impl ApiConnectTarget {
    /// Removes what a deletion was planned for, if it is that still.
    pub(crate) async fn remove_planned(&self, kind: KindId, delete: &Removal) -> Result<(), CatalogError> {
        let Some(path) = self.reader.path(kind, &delete.target) else {
            return Err(self.unsupported(kind, "remove"));
        };
        self.remove(&path, || async move {
            let now = self.read(kind, &delete.target).await?;
            let row = KINDS.row(kind);
            Ok(now.map(|now| delete.expected(row).differences(row, &now)))
        })
        .await
    }

    async fn make(&self, address: &Address, new: &NewObject, places: &Places<'_>) -> Result<Created, CatalogError> {
        match operations_of(address.kind).create {
            Some(create) => create(self, address, new, places).await,
            None => Err(self.unsupported(address.kind, "make")),
        }
    }

    async fn change(
        &self,
        address: &Address,
        object: &Handle,
        change: &Change,
        places: &Places<'_>,
    ) -> Result<Updated, CatalogError> {
        match operations_of(address.kind).update {
            Some(update) => update(self, (address, object), change, places).await,
            None => Err(self.unsupported(address.kind, "change")),
        }
    }

    pub(crate) fn unsupported(&self, kind: KindId, verb: &str) -> CatalogError {
        let name = self.reader.kinds().row(kind).name;
        CatalogError::Malformed(format!("this release does not {verb} {name} (a defect: please report)"))
    }
}
