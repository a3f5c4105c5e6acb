//! Apps (api-connect-rest.md section 11).
//!
//! The server makes a credential along with each app. It gets a client id by which every later run knows it, and a
//! random secret; its own values follow in a step of its own. If the run dies before that, the next one makes it what
//! it should be, or removes it where the source no longer has any use for it: no key is left that the source has
//! revoked.

use rand::distr::{Alphanumeric, SampleString};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places, Updated},
        change::{Change, ChildMade, NewObject},
        model::{
            Handle, Kind, Name, Resource,
            address::encode,
            inventory::Side,
            kind::{Identity, OnConflict, Trust, Unique, UniqueScope},
        },
    },
    platform::api_connect::{
        kinds::{
            APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, PLAIN, credential,
            operations::{DEFAULTS, Dependants, KindOperations, ListOfCatalog, WritePermission},
            subscription,
        },
        reader::ApiConnect,
        wire::{object::Object, paging, routes::handle_in},
        writer::ApiConnectTarget,
        writes::{
            creation::Creation,
            patch::{Patch, changed_fields, updated},
        },
    },
};

pub(super) const KIND: Kind = Kind {
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

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, app| Some(reader.paths.app(app)),
    resource: |reader, _, app| resource(app, reader.side).map(Some),
    list: |reader, _| Box::pin(list(reader)),
    dependants: Some(|reader, app| Box::pin(dependants(reader, app))),
    create: Some(|target, _, new, places| Box::pin(create(target, new, places))),
    update: Some(|target, (_, app), change, _| Box::pin(update(target, app, change))),
    replaced_whole: &[REDIRECTS],
    list_of_catalog: Some(ListOfCatalog::Always(LIST)),
    write_permission: Some(WritePermission::Apps),
    ..DEFAULTS
};

const LIST: &str = "apps";

/// The addresses that a login may send people back to.
const REDIRECTS: &str = "redirect_endpoints";
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

fn resource(app: &Object, side: Side) -> Result<Resource, CatalogError> {
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

async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    reader.list_whole(LIST, &[], |app| resource(app, reader.side)).await
}

async fn create(target: &ApiConnectTarget, create: &NewObject, places: &Places<'_>) -> Result<Created, CatalogError> {
    let org = target.parent(create, CONSUMER_ORGS, places)?;
    let mut body = create.document.fields();
    let secret = SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), 32));
    body.extend(first_credential(create, &secret));
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = target.reader.paths.of_consumer_org(&org, LIST);
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

/// The values that the credential is born with which comes with the app, until a step of its own completes or this one
/// removes it.
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

async fn update(target: &ApiConnectTarget, object: &Handle, update: &Change) -> Result<Updated, CatalogError> {
    let body = changed_fields(update, &[]);
    let change = Patch::planned(APPLICATIONS, object, body, update);
    let answer = target.patch(change).await?;
    Ok(updated(APPLICATIONS, update, &answer))
}

/// The apps of an organization, and their credentials.
pub(super) async fn of_organization(reader: &ApiConnect, org: &Handle) -> Result<Dependants, CatalogError> {
    let path = reader.paths.of_consumer_org(org, LIST);
    let parse = |object: &_| resource(object, reader.side);
    let apps = paging::read_parsed(&reader.client, &path, &[], &reader.page, parse).await?;
    let with_credentials = |app: Resource| {
        let mut found = credentials(&app);
        found.push((APPLICATIONS, app.handle));
        found
    };
    Ok(apps.objects.into_iter().flat_map(with_credentials).collect())
}

/// Lists an app's credentials, which it tells itself, and its subscriptions: they would vanish along with it.
async fn dependants(reader: &ApiConnect, app: &Resource) -> Result<Dependants, CatalogError> {
    let mut found = credentials(app);
    found.extend(subscription::of_app(reader, &app.handle).await?);
    Ok(found)
}

fn credentials(app: &Resource) -> Dependants {
    let claims = app.claims.iter().flatten();
    claims.map(|id| (CREDENTIALS, app.handle.child(id))).collect()
}
