//! Where an object stands after a change of it that failed: at what was wanted, at what was planned against, or elsewhere.

use serde_json::{Map, Value};

use super::{
    change::Change,
    kinds::{
        KINDS, MEMBERS, member,
        product::{GATEWAY_URLS, GATEWAYS, VISIBILITY},
    },
    rewrite::Standing,
    visibility,
    wire::Object,
    writer::ApiConnectTarget,
};
use crate::{
    catalog::CatalogError,
    model::{
        Resource,
        document::METADATA,
        mark::{RESERVED, SOURCE_HINT, SOURCE_ID, SOURCE_MISSING_SINCE},
    },
    plan::{Expected, Update},
};

/// What a change was made against.
#[derive(Clone, Copy)]
pub(super) enum Against<'a> {
    /// What was planned.
    Plan(&'a Update),
    /// What a read has just shown.
    Read(&'a Object),
    /// What the answer to a write has just shown, which may leave things out.
    Shown(&'a Object),
    /// Nothing that is known: this run has just made it.
    Own,
}

impl ApiConnectTarget {
    /// Reads an object that a change was sent for, and holds it against what the change was made from and to, field by
    /// field: a write in several requests leaves an object half-way.
    pub(super) async fn standing(
        &self,
        change: &Change<'_>,
        sent: &Map<String, Value>,
    ) -> Result<Standing, CatalogError> {
        let Some(object) = self.reader.object(change.kind, change.object).await? else {
            return Ok(Standing::Vanished);
        };
        let Some(now) = self.reader.resource(change.kind, change.object, &object)? else {
            return Ok(Standing::Untouched);
        };
        let mut made = sent.clone();
        if change.kind == MEMBERS {
            member::ignore_added_role(self, change.object, &object, &mut made).await?;
        }
        let wanted = self
            .reader
            .resource(change.kind, change.object, &object.with(&made))?;
        let row = KINDS.row(change.kind);
        let mut missing = wanted.map_or_else(Vec::new, |wanted| {
            Expected::of(&wanted).differences(row, &now)
        });
        // Whether a secret that is not shown was written cannot be told; twice is as good as once.
        let secret = row.secret.filter(|field| sent.contains_key(*field));
        let is_hidden = now.document.secret().is_none();
        missing.extend(secret.filter(|_| is_hidden).map(str::to_owned));
        // What an approval decides is asked for, and waits.
        if object.is_waiting() {
            missing.retain(|field| !row.approved.contains(&field.as_str()));
        }
        let mut changed = self
            .expected(change)
            .map_or_else(Vec::new, |expected| expected.differences(row, &now));
        changed.retain(|field| match field.as_str() {
            // The map is sent as a whole, and what others have put into it would be lost.
            METADATA if sent.contains_key(METADATA) => {
                free(sent.get(METADATA)) != free(object.get(METADATA))
            }
            _ => missing.contains(field) || !is_sent(sent, field),
        });
        Ok(if !changed.is_empty() {
            Standing::Changed(changed)
        } else if missing.is_empty() {
            Standing::Done(object)
        } else {
            Standing::Untouched
        })
    }

    fn expected(&self, change: &Change<'_>) -> Option<Expected> {
        match change.against {
            Against::Plan(update) => update.expected(KINDS.row(change.kind)),
            Against::Read(object) => self.as_resource(change, object).map(|it| Expected::of(&it)),
            Against::Shown(object) => {
                let shown = self.as_resource(change, object);
                shown.map(|it| Expected::of_answer(&it))
            }
            Against::Own => None,
        }
    }

    /// An answer that cannot be read says nothing.
    fn as_resource(&self, change: &Change<'_>, object: &Object) -> Option<Resource> {
        let shown = self.reader.resource(change.kind, change.object, object);
        shown.ok().flatten()
    }
}

/// The keys of a metadata map that are not the tool's own.
fn free(metadata: Option<&Value>) -> Map<String, Value> {
    let mut free = metadata
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    free.retain(|key, value| !RESERVED.contains(&key.as_str()) && !value.is_null());
    free
}

/// Whether a request writes a field of the document.
pub(super) fn is_sent(sent: &Map<String, Value>, field: &str) -> bool {
    sent.keys().any(|key| is_for(key, field))
}

/// Whether a member of a request is for a field of the document.
pub(super) fn is_for(key: &str, field: &str) -> bool {
    match key {
        METADATA => [METADATA, SOURCE_ID, SOURCE_HINT, SOURCE_MISSING_SINCE].contains(&field),
        VISIBILITY => visibility::FIELDS.contains(&field),
        GATEWAY_URLS => field == GATEWAYS,
        member::ROLE_URLS => field == member::ROLES,
        key => key == field,
    }
}
