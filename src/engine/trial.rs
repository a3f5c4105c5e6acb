//! A first write on trial: where both sides answer with one catalog id they may be one catalog under two addresses, and
//! nothing may be written to the source. One object's metadata is changed and looked for on the source before anything
//! else is written, and put back (interface.md, `ALLOW_SAME_CATALOG_ID`).

use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Map, Value};

use crate::engine::{
    catalog::{CatalogError, Reader, Writer},
    change::{Change, MetadataWrite},
    model::{Address, Handle, Resource},
    plan::{Plan, Refusal},
};

/// The metadata key that is there for as long as the trial lasts.
const KEY: &str = "configsync_trial";

/// Why nothing may be written although the operator says that the two sides are two catalogs.
pub async fn refusal(source: &dyn Reader, target: &dyn Writer, plan: &Plan) -> Option<Refusal> {
    let reason = match &plan.trial {
        None => Some(
            "no organization or app of the target has a partner on which it could be tried whether they are one catalog: \
             let both have one of the same name, and name it in ADOPT"
                .to_owned(),
        ),
        Some((address, object)) => match try_out(source, target, address, object).await {
            Ok(false) => None,
            Ok(true) => Some(format!(
                "what was written to {address} on the target showed on the source too, so they are one catalog under two \
                 addresses; it has been taken back: correct TARGET_MGMT_SERVER, TARGET_ORG and TARGET_CATALOG"
            )),
            Err(error) => Some(format!(
                "it could not be found out on {address} whether they are one catalog: {error}"
            )),
        },
    };
    reason.map(|reason| Refusal {
        limit: "ALLOW_SAME_CATALOG_ID",
        excess: None,
        message: format!("source and target answer with the same catalog id, and {reason}"),
    })
}

/// Whether a write to the target shows on the source.
async fn try_out(
    source: &dyn Reader,
    target: &dyn Writer,
    address: &Address,
    object: &Handle,
) -> Result<bool, CatalogError> {
    let before = target.read(address.kind, object).await?;
    let before = before.ok_or_else(CatalogError::vanished)?;
    let trace = Value::from(Alphanumeric.sample_string(&mut rand::rng(), 20));
    let shown = match write(target, address, object, &before, &trace).await {
        Ok(()) => look(source, target, address, object, &trace).await,
        Err(error) => Err(error),
    };
    put_back(target, address, object).await?;
    shown
}

async fn look(
    source: &dyn Reader,
    target: &dyn Writer,
    address: &Address,
    object: &Handle,
    trace: &Value,
) -> Result<bool, CatalogError> {
    let shows = |thing: Option<Resource>| thing.is_some_and(|thing| thing.document.metadata().get(KEY) == Some(trace));
    if !shows(target.read(address.kind, object).await?) {
        return Err(CatalogError::Malformed("the target does not show what was written to it".into()));
    }
    Ok(shows(source.read(address.kind, object).await?))
}

/// A server that merges metadata keeps what is only left out, and one that replaces it may keep that a key is nothing.
async fn put_back(target: &dyn Writer, address: &Address, object: &Handle) -> Result<(), CatalogError> {
    let now = target.read(address.kind, object).await?;
    let now = now.ok_or_else(CatalogError::vanished)?;
    if now.document.metadata().contains_key(KEY) {
        write(target, address, object, &now, &Value::Null).await?;
    }
    Ok(())
}

/// Writes a trace into an object's metadata, or takes it away. All else of it stays as it is.
async fn write(
    target: &dyn Writer,
    address: &Address,
    object: &Handle,
    thing: &Resource,
    trace: &Value,
) -> Result<(), CatalogError> {
    let mut own: Map<String, Value> = thing.document.metadata();
    own.insert(KEY.to_owned(), trace.clone());
    let update = Change {
        target: Some(object.clone()),
        parent: None,
        before: thing.document.clone(),
        seen: None,
        after: thing.document.clone(),
        fields: Vec::new(),
        metadata: Some(MetadataWrite { own, leaves_notes: true, ..MetadataWrite::default() }),
        beside_note: None,
        package: None,
    };
    let nowhere = NoReferences;
    target.update(address, object, &update, &nowhere).await.map(drop)
}

/// The write points at nothing.
struct NoReferences;

impl crate::engine::catalog::TargetLookup for NoReferences {
    fn handle(&self, _: crate::engine::model::KindId, _: &str) -> Option<Handle> {
        None
    }
}
