//! Apps (api-connect-rest.md section 11).
//!
//! The server makes a credential along with each app. It gets a client id by which every later run knows it, and a random
//! secret; its own values follow in a step of its own. If the run dies before that, the next one makes it what it should
//! be, or removes it where the source no longer has any use for it: no key is left that the source has revoked.

use rand::distr::{Alphanumeric, SampleString};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places},
        change::{Change, ChildMade, NewObject},
        model::{
            Handle, Kind, Name, Resource,
            address::encode,
            inventory::Side,
            kind::{Identity, OnConflict, Trust, Unique, UniqueScope},
        },
    },
    platform::api_connect::{
        kinds::{APPLICATIONS, CONSUMER_ORGS, PLAIN, credential},
        reader::ApiConnect,
        wire::{object::Object, routes::handle_in},
        writer::ApiConnectTarget,
        writes::{
            creation::Creation,
            patch::{Patch, awaits_approval, changed_fields},
        },
    },
};

pub(crate) const KIND: Kind = Kind {
    name: "applications",
    singular: "app",
    parent: Some(CONSUMER_ORGS),
    identity: Identity::Named,
    trust: Trust::UnlessRefuted,
    unique: &[Unique { field: "name", label: "name", within: UniqueScope::Parent, clash: OnConflict::Withholds }],
    required: &["name", "title", "state", LIFECYCLE],
    unordered: &["redirect_endpoints"],
    approved: &["state", LIFECYCLE],
    grace: true,
    suspension: Some(("state", "disabled")),
    ..PLAIN
};

/// The addresses that a login may send people back to.
pub(crate) const REDIRECTS: &str = "redirect_endpoints";
const LIFECYCLE: &str = "lifecycle_state";
const FIELDS: [&str; 8] = [
    "name",
    "title",
    "summary",
    "state",
    LIFECYCLE,
    REDIRECTS,
    "application_public_certificate_entry",
    "image_endpoint",
];

pub(crate) fn resource(app: &Object, side: Side) -> Result<Resource, CatalogError> {
    let handle = app.handle_below("consumer_org_url", 1)?;
    let name = app.text("name").ok_or_else(|| app.lacks("name"))?;
    let mut document = app.document(&FIELDS);
    document.retain(|_, value| value != &Value::Array(Vec::new()) && value != "");
    document.entry("state").or_insert_with(|| "enabled".into());
    if side == Side::Target {
        document.entry(LIFECYCLE).or_insert_with(|| "production".into());
    }
    let mut resource = app.resource(APPLICATIONS, handle, Name::Plain(encode(name).into()), document, None);
    resource.claims = app.texts("app_credential_urls").map(|urls| {
        urls.into_iter().filter_map(|url| handle_in(url, 1)).map(|credential| credential.id().into()).collect()
    });
    // An upgrade asked for on the source stays there until it is granted; asked for on the target it is awaited.
    let upgrading = app.text("lifecycle_state_pending").is_some_and(|asked| app.text(LIFECYCLE) != Some(asked));
    resource.pending |= side == Side::Target && upgrading;
    Ok(resource)
}

pub(crate) async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    Ok(reader.list_whole("apps", |app| resource(app, reader.side)).await?.into())
}

pub(crate) async fn create(
    target: &ApiConnectTarget,
    create: &NewObject,
    places: &Places<'_>,
) -> Result<Created, CatalogError> {
    let org = target.parent(create, CONSUMER_ORGS, places)?;
    let mut body = create.document.fields();
    let secret = SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), 32));
    body.extend(first_credential(create, &secret));
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = target.reader.paths.of_consumer_org(&org, "apps");
    let asked = body.get("client_id").and_then(Value::as_str);
    let asked = asked.map(str::to_owned);
    let creation = Creation {
        path: &path,
        under: Some(&org),
        body,
        metadata: Some(&create.metadata),
        kind: APPLICATIONS,
        spare_name: None,
        places,
    };
    let app = target.create_once(creation, || find(target, &org, &name)).await?;
    let handle = org.child(app.id()?);
    if let Some(asked) = asked {
        settle_first_credential(target, &handle, &app, &create.brings, &asked).await?;
    }
    let pending = target.settle_state(APPLICATIONS, &handle, &app, &create.document).await?;
    Ok(Created { pending, ..Created::of(handle) })
}

/// What the credential gets that the server makes with the app, until a step of its own completes or this one removes it.
fn first_credential(create: &NewObject, secret: &SecretString) -> Map<String, Value> {
    if matches!(create.brings, ChildMade::Whatever) {
        return Map::new();
    }
    let client_id = credential::placeholder_client_id(create.metadata.mark.as_ref());
    Map::from_iter([
        ("client_id".to_owned(), client_id.into()),
        ("client_secret".to_owned(), secret.expose_secret().into()),
    ])
}

/// One that cannot be removed leaves the creation undone: the next run knows the credential by its client id.
async fn settle_first_credential(
    target: &ApiConnectTarget,
    handle: &Handle,
    app: &Object,
    brings: &ChildMade,
    asked: &str,
) -> Result<(), CatalogError> {
    let made = first_credential_of(target, handle, app, asked).await?;
    match (made, brings) {
        (Some(made), ChildMade::Child(_)) => target.remember_first_credential(handle, made),
        (Some(made), ChildMade::Nothing) => {
            let path = target.reader.paths.credential(&made);
            // It came with an app of this run, so nobody has had a reason to change it.
            let differences = || async { Ok(target.reader.get(&path).await?.map(|_| Vec::new())) };
            target.remove(&path, differences).await.map_err(|error| {
                CatalogError::Malformed(format!("the credential that came with it could not be removed: {error}"))
            })?;
        }
        _ => {}
    }
    Ok(())
}

/// The credential that was made with an app, for this creation. Only the answer to the creation itself tells a client
/// id; an app that was found in place may have been there for long, and what it has is in use: of its credentials only
/// the one with the client id that was asked for counts.
async fn first_credential_of(
    target: &ApiConnectTarget,
    handle: &Handle,
    app: &Object,
    asked: &str,
) -> Result<Option<Handle>, CatalogError> {
    if app.text("client_id") != Some(asked) {
        let found = credential::find(target, handle, asked).await?;
        return found.map(|found| Ok(handle.child(found.id()?))).transpose();
    }
    let made = app.texts("app_credential_urls").and_then(|urls| handle_in(urls.first()?, 1));
    Ok(made.map(|made| handle.child(made.id())))
}

async fn find(target: &ApiConnectTarget, org: &Handle, name: &str) -> Result<Option<Object>, CatalogError> {
    target.reader.get(&target.reader.paths.app(&org.child(name))).await
}

pub(crate) async fn update(target: &ApiConnectTarget, object: &Handle, update: &Change) -> Result<bool, CatalogError> {
    let body = changed_fields(update, &[]);
    let change = Patch::planned(APPLICATIONS, object, body, update);
    let answer = target.patch(change).await?;
    Ok(awaits_approval(APPLICATIONS, update, &answer))
}
