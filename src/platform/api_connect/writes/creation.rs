//! Creations that happen once: a `POST` whose answer was lost is not repeated before it is clear that it had no effect.

use std::future::Future;

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Places},
        change::MetadataWrite,
        model::{
            Creator, Handle, KindId, Seal,
            kind::{Presence, Trust},
        },
    },
    http::HttpError,
    platform::{
        api_connect::{kinds::KINDS, wire::object::Object, writer::ApiConnectTarget, writes::metadata},
        write_once::{Look, Pause, WriteOnce, Written, write_once},
    },
};

/// A creation.
pub(crate) struct Creation<'a> {
    pub(crate) path: &'a str,
    /// The object that the new one will stand under, unless that is the catalog.
    pub(crate) under: Option<&'a Handle>,
    pub(crate) body: Map<String, Value>,
    pub(crate) metadata: Option<&'a MetadataWrite>,
    pub(crate) kind: KindId,
    /// The name to take where the one in the body, or of the server's choice, is taken.
    pub(crate) spare_name: Option<Value>,
    /// Where things are, and what is still on the source.
    pub(crate) places: &'a Places<'a>,
}

/// The outcome of a creation.
pub(crate) struct CreationOutcome {
    pub(crate) object: Object,
    /// True where this run has made it; otherwise it was found in place.
    pub(crate) is_new: bool,
}

/// A creation on its way.
struct CreationAttempt<'a, 'c, F> {
    target: &'a ApiConnectTarget,
    creation: &'a mut Creation<'c>,
    find: &'a F,
}

impl<F, L> WriteOnce for CreationAttempt<'_, '_, F>
where
    F: Fn() -> L + Send + Sync,
    L: Future<Output = Result<Option<Object>, CatalogError>> + Send,
{
    /// `None` where the answer cannot be read.
    type Answered = Option<Object>;
    type Found = Object;

    // An object that proves to be made needs no pause.
    const PAUSE: Pause = Pause::AfterLook;

    async fn send(&mut self, earlier: Option<&HttpError>) -> Result<Option<Object>, HttpError> {
        self.target.send_creation(self.creation, earlier).await
    }

    fn needs_look(&self, failure: &HttpError) -> bool {
        failure.answer_was_lost() || failure.is_duplicate()
    }

    async fn look(&mut self, failure: &HttpError) -> Result<Look<Object>, CatalogError> {
        match (self.find)().await? {
            Some(found) if self.target.is_ours(self.creation, &found).await? => {
                let lost = failure.answer_was_lost();
                tracing::info!(path = self.creation.path, lost, "found in place what was to be made");
                Ok(Look::Done(found))
            }
            Some(_) => Ok(Look::Final),
            None if failure.is_duplicate() && self.creation.spare_name.is_some() => {
                let name = self.creation.spare_name.take().unwrap_or_default();
                self.creation.body.insert("name".into(), name);
                Ok(Look::Amended)
            }
            None => Ok(Look::NoEffect),
        }
    }
}

impl ApiConnectTarget {
    /// Makes an object, or finds it made.
    pub(crate) async fn create_once<F, L>(&self, mut creation: Creation<'_>, find: F) -> Result<Object, CatalogError>
    where
        F: Fn() -> L + Send + Sync,
        L: Future<Output = Result<Option<Object>, CatalogError>> + Send,
    {
        Ok(self.create_or_find(&mut creation, find).await?.object)
    }

    /// Makes an object. Where the answer is lost or the server speaks of a duplicate, `find` looks for the object by
    /// its natural key; if it is there and ours, it is taken as made.
    pub(crate) async fn create_or_find<F, L>(
        &self,
        creation: &mut Creation<'_>,
        find: F,
    ) -> Result<CreationOutcome, CatalogError>
    where
        F: Fn() -> L + Send + Sync,
        L: Future<Output = Result<Option<Object>, CatalogError>> + Send,
    {
        let mut attempt = CreationAttempt { target: self, creation, find: &find };
        match write_once(&self.client, &mut attempt).await? {
            Written::Answered(Some(made)) => {
                self.compare_made(creation, &made);
                let metadata = creation.metadata.filter(|_| !self.metadata_support.keeps_none(creation.kind));
                if let Some(metadata) = metadata {
                    self.learn_metadata_support(creation.kind, &made, metadata)?;
                }
                Ok(CreationOutcome { object: made, is_new: true })
            }
            // The object is made, but its answer cannot be read.
            Written::Answered(None) => {
                let object = find().await?.ok_or_else(|| vanished(creation))?;
                Ok(CreationOutcome { object, is_new: true })
            }
            Written::Found(found) => {
                let object = self.adopt(creation, found, false).await?;
                Ok(CreationOutcome { object, is_new: false })
            }
        }
    }

    /// Takes what was found in place for what was to be made, if it is that.
    pub(crate) async fn adopt_if_ours(&self, creation: &Creation<'_>, found: Object) -> Result<Object, CatalogError> {
        if self.is_ours(creation, &found).await? {
            return self.adopt(creation, found, false).await;
        }
        Err(CatalogError::Taken(
            "it is on the target already, where no list showed it, and bears another sync's mark".into(),
        ))
    }

    /// Tells whether an object that was found is the one that was to be made.
    async fn is_ours(&self, creation: &Creation<'_>, found: &Object) -> Result<bool, CatalogError> {
        Ok(is_claimed(creation, found)? && !self.is_forged(creation, found).await?)
    }

    /// Tells a forged mark by seal or maker, on an object whose metadata consumers write. Where neither
    /// can be judged, the name by which it was found supports the mark (behaviour.md, "A mark is a claim, not a
    /// proof").
    async fn is_forged(&self, creation: &Creation<'_>, found: &Object) -> Result<bool, CatalogError> {
        if !matches!(KINDS.row(creation.kind).trust, Trust::WithSupport { .. }) {
            return Ok(false);
        }
        let Some(object) = self.reader.resource(creation.kind, &Handle::new(found.id()?), found)? else {
            return Ok(false);
        };
        let maker = object.maker.clone();
        match self.reader.judged_seal(object) {
            Some(seal) if seal.is_valid() => return Ok(false),
            Some(Seal::Absent) if !self.reader.require_seal => {}
            Some(_) => return Ok(true),
            None => {}
        }
        match maker {
            Creator::Somebody(user) => Ok(self.reader.creator(&user).await == Creator::Consumer),
            _ => Ok(false),
        }
    }

    /// Holds a new object against what was to be made.
    fn compare_made(&self, creation: &Creation<'_>, made: &Object) {
        if let Ok(id) = made.id() {
            let object = creation.under.map_or_else(|| Handle::new(id), |under| under.child(id));
            let metadata = creation.metadata.filter(|_| made.mark().is_some());
            self.compare(creation.kind, &object, &self.body_with(creation, metadata), made);
        }
    }

    /// Sends a creation, and gives the object of the answer; `None` where the answer cannot be read.
    async fn send_creation(
        &self,
        creation: &Creation<'_>,
        earlier: Option<&HttpError>,
    ) -> Result<Option<Object>, HttpError> {
        let answer = self.create_with_accepted_metadata(creation, earlier).await?;
        let made: Option<Object> = answer.json().ok().filter(|made: &Object| made.text("id").is_some());
        Ok(made)
    }
}

/// Tells whether the mark of an object leaves it to this creation. Where the server keeps a key unique, an object with the
/// key is the one, unless it answers to another object that is still on the source; an object that people name is ours only
/// with our mark.
///
/// # Errors
/// `Taken` where it is another one's.
fn is_claimed(creation: &Creation<'_>, found: &Object) -> Result<bool, CatalogError> {
    let needs_mark = metadata::needs_marks(creation.kind);
    let Some(mark) = found.mark() else {
        return Ok(!needs_mark);
    };
    let Some(wanted) = creation.metadata.and_then(|it| it.mark.as_ref()) else {
        return Ok(false);
    };
    let row = KINDS.row(creation.kind);
    let is_of_this_sync = mark.catalog.is_none() || mark.catalog == wanted.catalog;
    if needs_mark || mark.id == wanted.id {
        return Ok(mark.id == wanted.id && (is_of_this_sync || !needs_mark));
    }
    let own = creation.places.original(creation.kind, &wanted.id);
    // A person is known by his name alone, whatever his metadata say, unless the source has another one so named.
    let is_known_by_name =
        row.trust == Trust::Never && own.as_ref().is_none_or(|own| creation.places.namesake(own).is_none());
    let other = creation.places.original(creation.kind, &mark.id);
    if let Some(other) = other.filter(|_| is_of_this_sync && !is_known_by_name) {
        let own = own.map_or_else(|| "this one".to_owned(), |own| own.to_string());
        return Err(CatalogError::Taken(format!(
            "{} {own} (id {}) and {other} (id {}) are one to the target: what it has bears the mark of the latter, which \
             is still on the source; remove one of the two there, or give it another name",
            row.singular, wanted.id, mark.id
        )));
    }
    // An object with its home outside the catalog is shared by all syncs that need it.
    Ok(mark.catalog == wanted.catalog || row.presence == Presence::ByReference)
}

fn vanished(creation: &Creation<'_>) -> CatalogError {
    CatalogError::Malformed(format!(
        "POST {} succeeded without a readable answer, and the target does not show what it made: what it lists may lag \
         behind what it has made; the next run looks again",
        creation.path
    ))
}
