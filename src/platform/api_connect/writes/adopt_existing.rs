//! Adopting an object that a creation finds in place although no list showed it: it may have been there for long, so
//! it is made what it should be, or said not to be.

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::CatalogError,
        change::Precondition,
        model::{Handle, Resource, document::METADATA, kind::Presence},
        plan::strangers::is_made_here,
    },
    platform::api_connect::{
        kinds::{KINDS, operations_of},
        wire::object::Object,
        writer::ApiConnectTarget,
        writes::{
            creation::Creation,
            patch::Patch,
            recheck::{Baseline, is_for, is_sent},
        },
    },
};

impl ApiConnectTarget {
    /// Makes of an object that is ours what a creation was to make. One that this creation has made itself is that
    /// already and costs no request, unless it has a secret: that is always sent again.
    ///
    /// # Errors
    /// `Changed` where a difference can only be mended by a run that sees the object in its list.
    pub(crate) async fn adopt(
        &self,
        creation: &Creation<'_>,
        found: Object,
        is_new: bool,
    ) -> Result<Object, CatalogError> {
        let id = found.id()?;
        let object = creation.under.map_or_else(|| Handle::new(id), |it| it.child(id));
        if !is_new && self.is_made_by_others(creation, &object, &found)? {
            return Ok(found);
        }
        // An object that bears no mark is left without, unless this run has made it.
        let mut metadata = creation
            .metadata
            .filter(|_| (is_new || found.mark().is_some()) && !self.metadata_support.keeps_none(creation.kind));
        let mut sent = self.body_with(creation, metadata);
        if let Some(drop_additions) = operations_of(creation.kind).drop_additions {
            drop_additions(self, (&object, &found), &mut sent).await?;
        }
        let differing = self.differing(creation, &object, &found, &sent)?;
        sent.retain(|key, _| differing.iter().any(|field| is_for(creation.kind, key, field)));
        if let Some(field) = differing.iter().find(|field| !is_sent(creation.kind, &sent, field)) {
            return Err(CatalogError::unlisted(field));
        }
        metadata = metadata.filter(|_| sent.remove(METADATA).is_some());
        let change = Patch {
            kind: creation.kind,
            object: &object,
            body: sent.clone(),
            metadata,
            baseline: Baseline::Read(&found),
            before: None,
        };
        let answer = self.patch(change).await?;
        Ok(if answer.text("id").is_some() { answer } else { found.with(&sent) })
    }

    /// Tells objects with their home outside the catalog that others have made: they are referred to, and not written.
    fn is_made_by_others(
        &self,
        creation: &Creation<'_>,
        object: &Handle,
        found: &Object,
    ) -> Result<bool, CatalogError> {
        if KINDS.row(creation.kind).presence != Presence::ByReference {
            return Ok(false);
        }
        let wanted = creation.metadata.and_then(|it| it.mark.as_ref());
        let is_own = found.mark().is_some_and(|mark| {
            wanted.is_some_and(|wanted| match &mark.catalog {
                Some(_) => mark.catalog == wanted.catalog,
                None => mark.id == wanted.id,
            })
        });
        let thing = self.reader.resource(creation.kind, object, found)?;
        Ok(!thing.is_some_and(|thing| is_made_here(&thing, is_own)))
    }

    /// The fields in which an object is not what was to be made, but for those that follow in a change of their own or
    /// are settled at birth.
    fn differing(
        &self,
        creation: &Creation<'_>,
        object: &Handle,
        found: &Object,
        sent: &Map<String, Value>,
    ) -> Result<Vec<String>, CatalogError> {
        let resource = |it: &Object| -> Result<Resource, CatalogError> {
            let resource = self.reader.resource(creation.kind, object, it)?;
            resource.ok_or_else(|| self.unsupported(creation.kind, "know"))
        };
        let row = KINDS.row(creation.kind);
        let wanted = resource(&found.with(sent))?;
        let mut differing = Precondition::of(&wanted).differences(row, &resource(found)?);
        differing.retain(|field| {
            let field = field.as_str();
            !row.approved.contains(&field) && !row.at_birth.contains(&field)
        });
        // A secret cannot always be told to be the right one; to send it twice is as good as once.
        let secret = row.secret.filter(|field| sent.contains_key(*field));
        differing.extend(secret.map(str::to_owned));
        Ok(differing)
    }
}
