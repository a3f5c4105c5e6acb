//! The target: what reads a catalog, and writes it as well.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use serde_json::{Map, Value};

use super::{
    approval, hanging,
    kinds::{
        APIS, APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, KINDS, MEMBERS, PRODUCTS, SUBSCRIPTIONS,
        USERS, api, app, consumer_org, credential, member, subscription, user,
    },
    metadata::{self, Manners},
    product_writer,
    reader::ApiConnect,
    rewrite::{Standing, Unwritten},
    standing::Against,
    wire::Object,
};
use crate::{
    catalog::{Approval, CatalogError, Created, Listing, Places, Reader, Updated, Writer},
    http::{Counts, HttpError, Method, Payload, Repeat, Write, WriteClient},
    model::{Address, Document, Handle, KindId, KindTable, Resource, document::METADATA},
    plan::{Create, Delete, MetadataWrite, Update},
};

/// A catalog of API Connect that can be written.
pub struct ApiConnectTarget {
    pub(super) reader: ApiConnect,
    pub(super) client: WriteClient,
    pub(super) manners: Manners,
    pub(super) publish_timeout: Duration,
    base: String,
    /// Credentials that came with apps made by this run.
    born: Mutex<HashMap<Handle, Handle>>,
}

impl ApiConnectTarget {
    pub(super) fn new(
        reader: ApiConnect,
        client: WriteClient,
        base: &url::Url,
        publish_timeout: Duration,
    ) -> Self {
        let base = base.as_str().trim_end_matches('/').to_owned();
        Self {
            reader,
            client,
            manners: Manners::default(),
            publish_timeout,
            base,
            born: Mutex::default(),
        }
    }

    /// A URL for a body.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(super) fn url_of_user(&self, user: &Handle) -> String {
        self.url(&super::routes::user(user))
    }

    /// Where the parent of something new is.
    pub(super) fn parent(
        &self,
        create: &Create,
        kind: KindId,
        places: &Places<'_>,
    ) -> Result<Handle, CatalogError> {
        let path = create
            .parent
            .as_ref()
            .map(|parent| parent.path.to_string())
            .unwrap_or_default();
        let singular = self.reader.kinds().row(kind).singular;
        places.handle(kind, &path).ok_or_else(|| {
            CatalogError::Lacks(format!("the {singular} {path} is not on the target"))
        })
    }

    /// Changes fields, and the whole metadata where some is given. Without either nothing is sent.
    ///
    /// # Errors
    /// `Changed` where it failed at first, and others had changed the object when it was looked at.
    pub(super) async fn patch(&self, change: Change<'_>) -> Result<Object, CatalogError> {
        let kind = change.kind;
        let metadata = change.metadata.filter(|_| !self.manners.keeps_none(kind));
        let Some(metadata) = metadata else {
            return if change.body.is_empty() {
                Ok(Object::default())
            } else {
                Ok(self.patch_once(&change, &change.body).await?)
            };
        };
        let mut body = change.body.clone();
        body.insert(METADATA.into(), Value::Object(metadata::map(metadata)));
        match self.patch_once(&change, &body).await {
            Ok(answer) => {
                self.learn(kind, &answer, metadata)?;
                Ok(answer)
            }
            Err(Unwritten::Failed(error))
                if error.status == Some(400)
                    && !error.is_duplicate()
                    && !metadata::needs_marks(kind) =>
            {
                self.patch_without_metadata(change, error).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Where a change is refused that carried metadata, the metadata may be why.
    async fn patch_without_metadata(
        &self,
        change: Change<'_>,
        refusal: HttpError,
    ) -> Result<Object, CatalogError> {
        if change.body.is_empty() {
            let about_metadata = refusal
                .messages()
                .iter()
                .any(|message| message.contains(METADATA));
            if !about_metadata {
                return Err(refusal.into());
            }
            self.manners.note_none(change.kind);
            return Ok(Object::default());
        }
        let answer = self.patch_once(&change, &change.body).await?;
        self.manners.note_none(change.kind);
        Ok(answer)
    }

    async fn patch_once(
        &self,
        change: &Change<'_>,
        body: &Map<String, Value>,
    ) -> Result<Object, Unwritten> {
        let Some(path) = self.reader.path(change.kind, change.object) else {
            return Err(Unwritten::Hindered(self.cannot(change.kind, "change")));
        };
        let write = to_send(Method::Patch, &path, Some(body));
        self.rewrite(write, || self.standing(change, body)).await
    }

    /// Sees from an answer whether metadata was kept.
    pub(super) fn learn(
        &self,
        kind: KindId,
        answer: &Object,
        sent: &MetadataWrite,
    ) -> Result<(), CatalogError> {
        if sent.mark.is_none() || answer.text("id").is_none() || answer.mark().is_some() {
            return Ok(());
        }
        self.manners.note_none(kind);
        if metadata::needs_marks(kind) {
            let name = self.reader.kinds().row(kind).name;
            return Err(CatalogError::Nonsense(format!(
                "the target keeps no metadata on {name}, so it cannot be known again: ADOPT=all pairs by name"
            )));
        }
        Ok(())
    }

    /// Brings a new object into its state, where the server did not take it from the request. Tells whether it waits
    /// for an approval instead.
    pub(super) async fn settle_state(
        &self,
        kind: KindId,
        object: &Handle,
        made: &Object,
        document: &Document,
    ) -> Result<bool, CatalogError> {
        if made.is_waiting() {
            return Ok(true);
        }
        let approved = self.reader.kinds().row(kind).approved;
        let mut body = Map::new();
        for field in approved {
            let wanted = document.field(field);
            if !wanted.is_null() && made.get(field).is_some_and(|state| *state != wanted) {
                body.insert((*field).to_owned(), wanted);
            }
        }
        let change = Change {
            kind,
            object,
            body,
            metadata: None,
            against: Against::Shown(made),
        };
        Ok(self.patch(change).await?.is_waiting())
    }

    pub(super) fn remember_born(&self, app: &Handle, credential: Handle) {
        self.born
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(app.clone(), credential);
    }

    /// The credential that came with an app made by this run.
    pub(super) fn recall_born(&self, app: &Handle) -> Option<Handle> {
        let born = self.born.lock();
        let born = born.unwrap_or_else(std::sync::PoisonError::into_inner);
        born.get(app).cloned()
    }

    /// Whether this run made an app.
    pub(super) fn has_made(&self, app: &Handle) -> bool {
        self.recall_born(app).is_some()
    }
}

/// A change of an object.
#[derive(Clone)]
pub(super) struct Change<'a> {
    pub(super) kind: KindId,
    pub(super) object: &'a Handle,
    /// The fields as they shall be, null where they shall go.
    pub(super) body: Map<String, Value>,
    pub(super) metadata: Option<&'a MetadataWrite>,
    /// What it is made against: others may have changed the object by the time that it is sent again.
    pub(super) against: Against<'a>,
}

impl<'a> Change<'a> {
    /// What an update writes of fields and metadata.
    pub(super) fn planned(
        kind: KindId,
        object: &'a Handle,
        body: Map<String, Value>,
        update: &'a Update,
    ) -> Self {
        Self {
            kind,
            object,
            body,
            metadata: update.metadata.as_ref(),
            against: Against::Plan(update),
        }
    }
}

/// A request that is sent as often as its sender says.
pub(super) fn to_send<'a>(
    method: Method,
    path: &'a str,
    body: Option<&Map<String, Value>>,
) -> Write<'a> {
    Write {
        method,
        path,
        query: &[],
        // A map of JSON values always has a JSON form.
        body: body.and_then(|body| Payload::json(body).ok()),
        repeat: Repeat::Never,
        timeout: None,
    }
}

/// Whether a change waits for an approval: it was to what needs one, and the server says so.
pub(super) fn awaits_approval(
    target: &ApiConnectTarget,
    kind: KindId,
    update: &Update,
    answer: &Object,
) -> bool {
    let approved = target.reader.kinds().row(kind).approved;
    let mut fields = update.fields.iter().map(crate::plan::FieldChange::field);
    answer.is_waiting() && fields.any(|field| approved.contains(&field))
}

/// The changed fields of an update as they shall be, null where they shall go. Metadata goes its own way.
pub(super) fn changed_fields(update: &Update, except: &[&str]) -> Map<String, Value> {
    let after = update.after.fields();
    update
        .fields
        .iter()
        .map(crate::plan::FieldChange::field)
        .filter(|field| *field != METADATA && !except.contains(field))
        .map(|field| {
            (
                field.to_owned(),
                after.get(field).cloned().unwrap_or_default(),
            )
        })
        .collect()
}

impl Reader for ApiConnectTarget {
    fn kinds(&self) -> &'static KindTable {
        self.reader.kinds()
    }

    fn catalog_id(&self) -> &str {
        self.reader.catalog_id()
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

    fn counts(&self) -> Counts {
        self.reader.counts()
    }
}

impl Writer for ApiConnectTarget {
    async fn create(
        &self,
        address: &Address,
        create: &Create,
        places: &Places<'_>,
    ) -> Result<Created, CatalogError> {
        match address.kind {
            USERS => user::create(self, address, create, places).await,
            CONSUMER_ORGS => consumer_org::create(self, create, places).await,
            MEMBERS => member::create(self, create, places).await,
            APPLICATIONS => app::create(self, create, places).await,
            CREDENTIALS => credential::create(self, create, places).await,
            APIS => api::create(self, address, create).await,
            PRODUCTS => product_writer::create(self, address, create, places).await,
            SUBSCRIPTIONS => subscription::create(self, create, places).await,
            kind => Err(self.cannot(kind, "make")),
        }
    }

    async fn update(
        &self,
        address: &Address,
        object: &Handle,
        update: &Update,
        places: &Places<'_>,
    ) -> Result<Updated, CatalogError> {
        let pending = match address.kind {
            USERS => user::update(self, object, update).await.map(|()| false),
            CONSUMER_ORGS => consumer_org::update(self, object, update, places).await,
            MEMBERS => member::update(self, object, update).await.map(|()| false),
            APPLICATIONS => app::update(self, object, update).await,
            CREDENTIALS => credential::update(self, object, update)
                .await
                .map(|()| false),
            APIS => api::update(self, object, update).await.map(|()| false),
            PRODUCTS => {
                return product_writer::update(self, address, object, update, places).await;
            }
            SUBSCRIPTIONS => subscription::update(self, object, update).await,
            kind => Err(self.cannot(kind, "change")),
        };
        pending.map(|pending| Updated {
            moved: None,
            pending,
        })
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
        hanging::hanging(&self.reader, resource).await
    }

    async fn delete(&self, address: &Address, delete: &Delete) -> Result<(), CatalogError> {
        let Some(path) = self.reader.path(address.kind, &delete.target) else {
            return Err(self.cannot(address.kind, "remove"));
        };
        self.remove(&path, || async move {
            let now = self.read(address.kind, &delete.target).await?;
            Ok(now.map(|now| {
                delete
                    .expected(KINDS.row(address.kind))
                    .differences(KINDS.row(address.kind), &now)
            }))
        })
        .await
    }
}

impl ApiConnectTarget {
    /// Removes what is at a path. `differences` says before a repetition in which fields it has changed, or that it is
    /// gone.
    pub(super) async fn remove<F, L>(&self, path: &str, differences: F) -> Result<(), CatalogError>
    where
        F: Fn() -> L + Send + Sync,
        L: Future<Output = Result<Option<Vec<String>>, CatalogError>> + Send,
    {
        let look = || async {
            Ok(match differences().await? {
                None => Standing::Done(Object::default()),
                Some(fields) if fields.is_empty() => Standing::Untouched,
                Some(fields) => Standing::Changed(fields),
            })
        };
        match self
            .rewrite(to_send(Method::Delete, path, None), look)
            .await
        {
            Ok(_) => Ok(()),
            Err(Unwritten::Failed(error)) if error.is_not_found() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn cannot(&self, kind: KindId, verb: &str) -> CatalogError {
        let name = self.reader.kinds().row(kind).name;
        CatalogError::Nonsense(format!(
            "this release does not {verb} {name} (a defect: please report)"
        ))
    }
}
