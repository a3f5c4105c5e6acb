//! Consumer organizations (api-connect-rest.md section 8).
//!
//! Creating one makes its five roles and the owner's member by itself. The owner changes by `transfer-owner` alone, and
//! only a member can become one.

use serde_json::{Map, Value, json};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places, Updated},
        change::{Change, NewObject},
        model::{
            Handle, Kind, Name, Resource,
            address::encode,
            document::METADATA,
            kind::{Identity, OnConflict, Reference, ReferenceKind, Trust, Unique, UniqueScope},
            mark::SOURCE_ID,
        },
    },
    http::Method,
    platform::api_connect::{
        kinds::{
            CONSUMER_ORGS, MEMBERS, PLAIN, USERS, app, member,
            operations::{DEFAULTS, Dependants, KindOperations, ListOfCatalog, WritePermission},
            subscription,
        },
        reader::ApiConnect,
        wire::object::Object,
        writer::ApiConnectTarget,
        writes::{
            creation::Creation,
            patch::{Patch, changed_fields, json_write, updated},
            recheck::{Baseline, Rechecked},
        },
    },
};

/// The organization that every sandbox catalog is born with, on both sides (api-connect-rest.md section 0.10).
pub const SANDBOX_ORG: &str = "sandbox-test-org";

pub(super) const KIND: Kind = Kind {
    name: "consumer_orgs",
    singular: "consumer organization",
    references: &[Reference { field: OWNER, kind: USERS, bond: ReferenceKind::Needs }],
    identity: Identity::Named,
    trust: Trust::WithSupport { owner: OWNER },
    required: &["name", "title", "state"],
    unique: &[Unique { field: "name", label: "name", within: UniqueScope::Catalog, clash: OnConflict::Withholds }],
    grace: true,
    ..PLAIN
};

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, org| Some(reader.paths.consumer_org(org.id())),
    resource: |_, _, org| resource(org).map(Some),
    list: |reader, _| Box::pin(list(reader)),
    dependants: Some(|reader, org| Box::pin(dependants(reader, &org.handle))),
    create: Some(|target, _, new, places| Box::pin(create(target, new, places))),
    update: Some(|target, (_, org), change, places| Box::pin(update(target, org, change, places))),
    list_of_catalog: Some(ListOfCatalog::Always(LIST)),
    write_permission: Some(WritePermission::ConsumerOrgs),
    ..DEFAULTS
};

/// The field of an organization's document with its owner's address.
pub const OWNER: &str = "owner";

const LIST: &str = "consumer-orgs";

const FIELDS: [&str; 4] = ["name", "title", "summary", "state"];

fn resource(org: &Object) -> Result<Resource, CatalogError> {
    let handle = Handle::new(org.id()?);
    let name = org.text("name").ok_or_else(|| org.lacks("name"))?;
    let mut document = org.document(&FIELDS);
    document.entry("state").or_insert_with(|| "enabled".into());
    let owner = org.points_at("owner_url", 3);
    document.insert(OWNER.into(), owner.map_or(Value::Null, |owner| owner.as_str().into()));
    Ok(org.resource(CONSUMER_ORGS, handle, Name::Plain(encode(name).into()), document, None))
}

async fn list(reader: &ApiConnect) -> Result<Listing, CatalogError> {
    reader.list_whole(LIST, &[], resource).await
}

async fn create(target: &ApiConnectTarget, create: &NewObject, places: &Places<'_>) -> Result<Created, CatalogError> {
    let mut body = create.document.fields();
    let owner = owner(&body, places)?;
    body.remove(OWNER);
    body.insert("owner_url".into(), target.url_of_user(&owner).into());
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = target.reader.paths.of_catalog(LIST);
    let creation = Creation {
        path: &path,
        under: None,
        body,
        metadata: Some(&create.metadata),
        kind: CONSUMER_ORGS,
        spare_name: None,
        places,
    };
    let org = target.create_once(creation, || find(target, &name)).await?;
    let handle = Handle::new(org.id()?);
    seal_with_id(target, &handle, &org, create).await?;
    let pending = target.settle_state(CONSUMER_ORGS, &handle, &org, &create.document).await?;
    Ok(Created { pending, ..Created::of(handle) })
}

/// The seal of a creation is tied to the name, which others may take some day; now that the organization has an id it
/// gets one of its own. If the run dies before that, the next one does it.
async fn seal_with_id(
    target: &ApiConnectTarget,
    object: &Handle,
    made: &Object,
    create: &NewObject,
) -> Result<(), CatalogError> {
    if target.reader.mark_keys.is_none() {
        return Ok(());
    }
    let change = Patch {
        kind: CONSUMER_ORGS,
        object,
        body: Map::new(),
        metadata: Some(&create.metadata),
        baseline: Baseline::Answered(made),
        before: None,
    };
    target.patch(change).await.map(drop)
}

async fn find(target: &ApiConnectTarget, name: &str) -> Result<Option<Object>, CatalogError> {
    target.reader.get(&target.reader.paths.consumer_org(name)).await
}

async fn update(
    target: &ApiConnectTarget,
    object: &Handle,
    update: &Change,
    places: &Places<'_>,
) -> Result<Updated, CatalogError> {
    let body = changed_fields(update, &[OWNER]);
    let change = Patch::planned(CONSUMER_ORGS, object, body, update);
    let answer = target.patch(change).await?;
    if update.fields.iter().any(|change| change.field() == OWNER) {
        let owner = owner(&update.after.fields(), places)?;
        transfer(target, object, &owner, update).await?;
    }
    Ok(updated(CONSUMER_ORGS, update, &answer))
}

/// Makes a member the owner.
async fn transfer(
    target: &ApiConnectTarget,
    org: &Handle,
    owner: &Handle,
    update: &Change,
) -> Result<(), CatalogError> {
    let members = member::objects(&target.reader, org).await?.objects;
    let member = members.iter().find(|member| member::user_of(member).as_ref() == Some(owner));
    let member = member.ok_or_else(|| {
        CatalogError::MissingOnTarget("the new owner is no member of the organization on the target yet".into())
    })?;
    let url = target.url(&target.reader.paths.member(&org.child(member.id()?)));
    let path = target.reader.paths.of_consumer_org(org, "transfer-owner");
    let body = Map::from_iter([("new_owner_member_url".to_owned(), json!(url))]);
    let write = json_write(Method::Post, &path, Some(&body));
    let look = || recheck_owner(target, org, owner, update);
    let answer = target.write_with_recheck(write, look).await?;
    let now = answer.points_at("owner_url", 3);
    if now.is_some_and(|now| now != *owner) {
        let mut fields = update.fields.iter();
        if let Some(change) = fields.find(|change| change.field() == OWNER) {
            target.not_taken.add(CONSUMER_ORGS, org, change.clone());
        }
    }
    Ok(())
}

/// Who owns an organization after a transfer that failed: whom it shall belong to, whom it was planned against, or
/// somebody else.
async fn recheck_owner(
    target: &ApiConnectTarget,
    org: &Handle,
    owner: &Handle,
    update: &Change,
) -> Result<Rechecked, CatalogError> {
    let Some(object) = target.reader.object(CONSUMER_ORGS, org).await? else {
        return Ok(Rechecked::Gone);
    };
    if object.points_at("owner_url", 3).as_ref() == Some(owner) {
        return Ok(Rechecked::Done(object));
    }
    let now = resource(&object)?;
    let expected = update.expected(&KIND);
    let mut changed = expected.map_or_else(Vec::new, |it| it.differences(&KIND, &now));
    // All else of the update is written already.
    let is_written = |field: &str| match field {
        OWNER => false,
        METADATA | SOURCE_ID => update.metadata.is_some(),
        field => update.fields.iter().any(|change| change.field() == field),
    };
    changed.retain(|field| !is_written(field));
    Ok(if changed.is_empty() { Rechecked::Unchanged } else { Rechecked::Changed(changed) })
}

fn owner(document: &Map<String, Value>, places: &Places<'_>) -> Result<Handle, CatalogError> {
    let path = document.get(OWNER).and_then(Value::as_str).unwrap_or_default();
    let missing = || CatalogError::MissingOnTarget(format!("the owner {path} is not on the target"));
    places.handle(USERS, path).ok_or_else(missing)
}

/// The owner of an organization, whose membership has a role that no list shows.
pub(crate) fn owner_handle(org: &Resource) -> Option<Handle> {
    org.document.field(OWNER).as_str().map(Handle::new)
}

/// Lists an organization's members, its apps with their credentials, and its subscriptions: they would vanish along
/// with it.
async fn dependants(reader: &ApiConnect, org: &Handle) -> Result<Dependants, CatalogError> {
    let path = reader.paths.consumer_org(org.id());
    let is_in_it = |it: &Resource| it.handle.as_str().split('/').next() == Some(org.id());
    let (members, apps, subscriptions) = tokio::try_join!(
        member::objects(reader, org),
        app::of_organization(reader, org),
        subscription::filtered(reader, ("consumer_org_url", &path), is_in_it),
    )?;
    let mut found = [apps, subscriptions].concat();
    for member in members.objects {
        found.push((MEMBERS, org.child(member.id()?)));
    }
    Ok(found)
}
