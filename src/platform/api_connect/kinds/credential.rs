//! Credentials of apps: a client id and the hash of a secret (api-connect-rest.md section 12).
//!
//! The secret is shown once, when it is made; afterwards its hash, Base64(SHA-256(secret)), can be read and written, so
//! that a consumer's key works on both sides unchanged.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places, Updated},
        change::{Change, NewObject},
        model::{
            Handle, Kind, Mark, Name, Resource, Secret,
            address::encode,
            kind::{MadeWithParent, OnConflict, Unique, UniqueScope},
        },
    },
    http::HttpError,
    platform::api_connect::{
        kinds::{
            APPLICATIONS, CREDENTIALS, PLAIN,
            operations::{DEFAULTS, KindOperations, ListOfCatalog, WritePermission},
        },
        reader::ApiConnect,
        wire::{hint_age, masks::is_mask, object::Object, paging},
        writer::ApiConnectTarget,
        writes::{
            creation::Creation,
            patch::{Patch, changed_fields},
            recheck::Baseline,
        },
    },
};

pub(super) const KIND: Kind = Kind {
    name: "credentials",
    singular: "credential",
    parent: Some(APPLICATIONS),
    required: &["client_id", "name", "title"],
    unique: &[
        Unique { field: "client_id", label: "client_id", within: UniqueScope::Catalog, clash: OnConflict::Withholds },
        Unique { field: "name", label: "name", within: UniqueScope::Parent, clash: OnConflict::Yields },
    ],
    secret: Some(HASH),
    secret_mend: "set `hash_client_secret` to true in the source catalog's settings or reset the secret",
    birth: MadeWithParent::FirstOfParent,
    dated: true,
    ..PLAIN
};

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, credential| Some(reader.paths.credential(credential)),
    resource: |_, _, credential| resource(credential).map(Some),
    list: |reader, _| Box::pin(list(reader)),
    detail: Some(|reader, credential| Box::pin(detail(reader, credential))),
    create: Some(|target, _, new, places| Box::pin(create(target, new, places))),
    update: Some(|target, (_, credential), change, _| Box::pin(update(target, credential, change))),
    list_of_catalog: Some(ListOfCatalog::Always(LIST)),
    write_permission: Some(WritePermission::Apps),
    ..DEFAULTS
};

const LIST: &str = "credentials";

const HASH: &str = "client_secret_hashed";
const FIELDS: [&str; 4] = ["client_id", "name", "title", "summary"];

/// Asked for by name, because nothing shows that a list has the hash by itself.
const LISTED: &str =
    "id,name,title,summary,client_id,client_secret_hashed,app_url,consumer_org_url,metadata,created_at,updated_at,url";
/// The same with what only newer releases have.
const LISTED_WITH_MAKER: &str = "id,name,title,summary,client_id,client_secret_hashed,app_url,consumer_org_url,metadata,created_at,created_by,updated_at,url";

fn resource(credential: &Object) -> Result<Resource, CatalogError> {
    let handle = credential.handle_below("app_url", 2)?;
    let client_id = credential.text("client_id").ok_or_else(|| credential.lacks("client_id"))?;
    let name = Name::Plain(encode(client_id).into());
    let secret = hash(credential);
    let mut resource = credential.resource(CREDENTIALS, handle, name, credential.document(&FIELDS), secret);
    resource.born_of = client_id.strip_prefix(PLACEHOLDER).map(Into::into);
    Ok(resource)
}

/// The hash, or that of a clear secret, which older releases may show. A mask is neither.
fn hash(credential: &Object) -> Option<Secret> {
    let shown = |field: &str| credential.text(field).filter(|text| !is_mask(text));
    let clear = || {
        let secret = shown("client_secret")?;
        Some(Secret::of_clear(STANDARD.encode(Sha256::digest(secret))))
    };
    let hash = shown(HASH).map(|hash| Secret::from(hash.to_owned()));
    hash.or_else(clear)
}

async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    match list_fields(reader, LISTED_WITH_MAKER).await {
        // An older release may not know of makers.
        Err(error) if HttpError::of(&error).is_some_and(|it| it.status == Some(400)) => {
            list_fields(reader, LISTED).await
        }
        listing => listing,
    }
}

async fn list_fields(reader: &ApiConnect, fields: &str) -> Result<Listing, CatalogError> {
    let started = reader.clocks.list_started(reader.side);
    reader.list_whole(LIST, &[("fields", fields)], |object| listed(object, started)).await
}

fn listed(object: &Object, started: Option<i64>) -> Result<Resource, CatalogError> {
    let mut resource = resource(object)?;
    if resource.document.secret().is_none() {
        resource.unread = true;
        resource.state = hint_age::old_enough(object, started).map(Into::into);
    }
    Ok(resource)
}

/// Reads the hash where the list hides it. Where it cannot be read at all, nothing may be noted as carried.
async fn detail(reader: &ApiConnect, listed: &Resource) -> Result<Resource, CatalogError> {
    let path = reader.paths.credential(&listed.handle);
    let object = reader.get(&path).await?;
    let object = object.ok_or_else(|| CatalogError::Changed("it has vanished since it was listed".into()))?;
    let secret = hash(&object);
    let mut read = listed.clone();
    if secret.is_none() {
        read.state = None;
    }
    read.document = listed.document.with_secret(secret);
    read.unread = false;
    Ok(read)
}

const PLACEHOLDER: &str = "configsync-unused-";

/// The client id of a credential that exists so far only because the server makes one with every app.
pub(crate) fn placeholder_client_id(app: Option<&Mark>) -> String {
    format!("{PLACEHOLDER}{}", app.map_or("", |mark| &mark.id))
}

async fn create(target: &ApiConnectTarget, create: &NewObject, places: &Places<'_>) -> Result<Created, CatalogError> {
    let app = target.parent(create, APPLICATIONS, places)?;
    let mut body = create.document.fields();
    if let Some(secret) = create.document.secret() {
        body.insert(HASH.into(), secret.expose().into());
    }
    let handle = if create.comes_along {
        complete(target, &app, body, create).await?
    } else {
        add(target, &app, body, create, places).await?
    };
    Ok(Created::of(handle))
}

/// Makes the credential that came with the app the one that it shall be.
async fn complete(
    target: &ApiConnectTarget,
    app: &Handle,
    mut body: Map<String, Value>,
    create: &NewObject,
) -> Result<Handle, CatalogError> {
    // The server has given it a text of its own.
    body.entry("summary").or_insert(Value::Null);
    let handle = first_credential(target, app).await?;
    let change = Patch {
        kind: CREDENTIALS,
        object: &handle,
        body,
        metadata: Some(&create.metadata),
        baseline: Baseline::JustMade,
        before: None,
    };
    target.patch(change).await?;
    Ok(handle)
}

async fn add(
    target: &ApiConnectTarget,
    app: &Handle,
    body: Map<String, Value>,
    create: &NewObject,
    places: &Places<'_>,
) -> Result<Handle, CatalogError> {
    if let Some(known) = find_unlisted(target, app, create).await? {
        let handle = app.child(known.id()?);
        let change = Patch {
            kind: CREDENTIALS,
            object: &handle,
            body,
            metadata: Some(&create.metadata),
            baseline: Baseline::Read(&known),
            before: None,
        };
        target.patch(change).await?;
        return Ok(handle);
    }
    let client_id = client_id(&body);
    let creation = Creation {
        path: &target.reader.paths.of_app(app, LIST),
        under: Some(app),
        body,
        metadata: Some(&create.metadata),
        kind: CREDENTIALS,
        spare_name: Some(format!("credential-{client_id}").into()),
        places,
    };
    let made = target.create_once(creation, || find(target, app, &client_id)).await?;
    Ok(app.child(made.id()?))
}

/// A credential that bears the mark already, although the catalog's list did not show it: another client id would
/// otherwise make a second one of it. An app that was made just now has none.
async fn find_unlisted(
    target: &ApiConnectTarget,
    app: &Handle,
    create: &NewObject,
) -> Result<Option<Object>, CatalogError> {
    let Some(mark) = create.metadata.mark.as_ref().filter(|_| !target.has_made(app)) else {
        return Ok(None);
    };
    let is_ours = |credential: &Object| {
        let known = credential.mark();
        known.is_some_and(|known| known.id == mark.id && known.catalog == mark.catalog)
    };
    Ok(of_app(target, app).await?.into_iter().find(is_ours))
}

fn client_id(body: &Map<String, Value>) -> String {
    let client_id = body.get("client_id").and_then(Value::as_str);
    client_id.unwrap_or_default().to_owned()
}

/// The credential that was made along with the app.
async fn first_credential(target: &ApiConnectTarget, app: &Handle) -> Result<Handle, CatalogError> {
    if let Some(handle) = target.known_first_credential(app) {
        return Ok(handle);
    }
    let came_with_app = |credential: &Object| {
        let client_id = credential.text("client_id");
        client_id.is_some_and(|client_id| client_id.starts_with(PLACEHOLDER))
    };
    let found = of_app(target, app).await?.into_iter().find(came_with_app);
    let found = found.ok_or_else(|| {
        CatalogError::Malformed(
            "the target does not show the credential that comes with the app that it has made: what it lists may lag behind \
             what it has made; the next run looks again"
                .into(),
        )
    })?;
    Ok(app.child(found.id()?))
}

/// The app's credential with that client id.
pub(super) async fn find(
    target: &ApiConnectTarget,
    app: &Handle,
    client_id: &str,
) -> Result<Option<Object>, CatalogError> {
    let all = of_app(target, app).await?;
    let is_same = |credential: &Object| credential.text("client_id") == Some(client_id);
    Ok(all.into_iter().find(is_same))
}

/// The credentials of one app, by its own list.
async fn of_app(target: &ApiConnectTarget, app: &Handle) -> Result<Vec<Object>, CatalogError> {
    let path = target.reader.paths.of_app(app, LIST);
    let pages = paging::read_all(&target.reader.client, &path, &[], &target.reader.page).await?;
    Ok(pages.objects)
}

async fn update(target: &ApiConnectTarget, object: &Handle, update: &Change) -> Result<Updated, CatalogError> {
    let mut body = changed_fields(update, &[]);
    if body.remove(HASH).is_some() {
        let hash = update.after.secret().map(|secret| Value::from(secret.expose()));
        body.extend(hash.map(|hash| (HASH.to_owned(), hash)));
    }
    let change = Patch::planned(CREDENTIALS, object, body, update);
    target.patch(change).await?;
    Ok(Updated::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_base64_of_sha256() {
        let object: Object = serde_json::from_str(r#"{"client_secret": "passw0rd"}"#).unwrap();
        let expected = "jw4vduIrQ+KFUYmHfn3B4efZjCJsldskfNHVR5KDNKk=";
        assert_eq!(hash(&object).map(|secret| secret.expose().to_owned()), Some(expected.to_owned()));
    }

    #[test]
    fn a_fresh_change_is_not_noted() {
        let object = |updated: &str| -> Object {
            let text = format!(
                r#"{{"id": "x", "client_id": "c", "url": "/api/apps/o/c/g/a/credentials/x", "updated_at": "{updated}"}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let now = Some("2026-01-01T00:02:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
        assert!(listed(&object("2026-01-01T00:00:01.000Z"), now).unwrap().state.is_none());
        assert!(listed(&object("2026-01-01T00:00:00.000Z"), now).unwrap().state.is_some());
        assert!(listed(&object("garbage"), now).unwrap().state.is_none());
        assert!(listed(&object("2026-01-01T00:00:00.000Z"), None).unwrap().state.is_none());
    }
}
