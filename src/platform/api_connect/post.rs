//! Creations that happen once: a `POST` whose answer was lost is not repeated before it is clear that it had no effect.

use std::future::Future;

use serde_json::{Map, Value};

use super::{change::to_send, metadata, wire::Object, writer::ApiConnectTarget};
use crate::{
    catalog::CatalogError,
    http::{HttpError, Method, Write},
    model::{Handle, KindId, document::METADATA},
    plan::MetadataWrite,
};

/// A creation.
pub(super) struct Post<'a> {
    pub(super) path: &'a str,
    /// What the object will stand under, unless that is the catalog.
    pub(super) under: Option<&'a Handle>,
    pub(super) body: Map<String, Value>,
    pub(super) metadata: Option<&'a MetadataWrite>,
    pub(super) kind: KindId,
    /// The name to take where the one in the body, or of the server's choice, is taken.
    pub(super) spare_name: Option<Value>,
}

impl Post<'_> {
    /// The body, with this in its metadata.
    pub(super) fn body_with(&self, metadata: Option<&MetadataWrite>) -> Map<String, Value> {
        let mut body = self.body.clone();
        let metadata = metadata.map(|it| Value::Object(metadata::map(it)));
        body.extend(metadata.map(|it| (METADATA.to_owned(), it)));
        body
    }
}

impl ApiConnectTarget {
    /// Makes an object. Where the answer is lost or the server speaks of a duplicate, `find` looks for the object by
    /// its natural key; if it is there and ours, it is taken as made.
    pub(super) async fn post_once<F, L>(
        &self,
        mut post: Post<'_>,
        find: F,
    ) -> Result<Object, CatalogError>
    where
        F: Fn() -> L + Send,
        L: Future<Output = Result<Option<Object>, CatalogError>> + Send,
    {
        let mut earlier: Option<HttpError> = None;
        loop {
            let mut error = match self.post(&post, earlier.as_ref()).await {
                Ok(Some(made)) => {
                    if let Some(metadata) = post
                        .metadata
                        .filter(|_| !self.manners.keeps_none(post.kind))
                    {
                        self.learn(post.kind, &made, metadata)?;
                    }
                    return Ok(made);
                }
                // The object is made, but its answer cannot be read.
                Ok(None) => return find().await?.ok_or_else(|| vanished(&post)),
                Err(error) => error,
            };
            let lost = error.answer_was_lost();
            if !lost && !error.is_duplicate() {
                return Err(error.into());
            }
            match find().await? {
                Some(found) if is_ours(&post, &found) => {
                    tracing::info!(path = post.path, lost, "found in place what was to be made");
                    return self.complete(&post, found).await;
                }
                None if error.is_duplicate() && post.spare_name.is_some() => {
                    let name = post.spare_name.take().unwrap_or_default();
                    post.body.insert("name".into(), name);
                }
                None if error.may_pass() && self.client.back_off(&mut error).await => {
                    earlier = Some(error);
                }
                _ => return Err(error.into()),
            }
        }
    }

    async fn post(
        &self,
        post: &Post<'_>,
        earlier: Option<&HttpError>,
    ) -> Result<Option<Object>, HttpError> {
        let metadata = post
            .metadata
            .filter(|_| !self.manners.keeps_none(post.kind));
        let body = post.body_with(metadata);
        let answer = match self
            .client
            .write(Write {
                earlier,
                ..to_send(Method::Post, post.path, Some(&body))
            })
            .await
        {
            Err(error) if metadata.is_some() && self.manners.may_refuse(post.kind, &error) => {
                let answer = self
                    .client
                    .write(to_send(Method::Post, post.path, Some(&post.body)))
                    .await?;
                self.manners.note_none(post.kind);
                answer
            }
            answer => answer?,
        };
        let made: Option<Object> = answer
            .json()
            .ok()
            .filter(|made: &Object| made.text("id").is_some());
        Ok(made)
    }
}

/// What a server itself keeps unique is the one; what people name is ours only with our mark.
fn is_ours(post: &Post<'_>, found: &Object) -> bool {
    let wanted = post.metadata.and_then(|metadata| metadata.mark.as_ref());
    match (found.mark(), wanted) {
        (Some(mark), Some(wanted)) => {
            mark.id == wanted.id
                || (!metadata::needs_marks(post.kind) && mark.catalog == wanted.catalog)
        }
        (None, _) => !metadata::needs_marks(post.kind),
        (Some(_), None) => false,
    }
}

fn vanished(post: &Post<'_>) -> CatalogError {
    CatalogError::Nonsense(format!(
        "POST {} succeeded without a readable answer, and the target does not show what it made: what it lists may lag \
         behind what it has made; the next run looks again",
        post.path
    ))
}
