//! Members of consumer organizations: a person and his roles (api-connect-rest.md sections 6 and 9).
//!
//! There is no list of all members, so each organization is asked. Roles are copies with ids of their own in every
//! organization; their names are read only where a hint does not say that nothing changed.

pub(crate) mod roles;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places, Updated},
        change::{Change, FieldChange, MetadataWrite, NewObject},
        model::{
            Document, Handle, Kind, Name, Resource,
            kind::{ListMode, MadeWithParent, Reference, ReferenceKind},
        },
    },
    platform::api_connect::{
        kinds::{
            CONSUMER_ORGS, MEMBERS, PLAIN, USERS, consumer_org,
            member::roles::OrgRoles,
            operations::{DEFAULTS, KindOperations, WritePermission},
            user,
        },
        reader::ApiConnect,
        wire::{
            object::Object,
            paging::{self, Pages},
            routes::handle_in,
        },
        writer::ApiConnectTarget,
        writes::{
            creation::Creation,
            patch::{Patch, changed_fields},
            recheck::Baseline,
        },
    },
};

pub(super) const KIND: Kind = Kind {
    name: "members",
    singular: "member",
    parent: Some(CONSUMER_ORGS),
    references: &[Reference { field: USER, kind: USERS, bond: ReferenceKind::Needs }],
    at_birth: &NAMES,
    key_is_fixed: true,
    birth: MadeWithParent::NamedByParent { field: consumer_org::OWNER, child_field: USER, governs: ROLES },
    reading: ListMode::PerParent,
    ..PLAIN
};

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, member| Some(reader.paths.member(member)),
    resource: |_, handle, member| {
        let org = Handle::new(handle.parent().unwrap_or_default());
        resource(member, &org, None).map(Some)
    },
    list: |reader, org| Box::pin(list(reader, org)),
    detail: Some(|reader, member| Box::pin(detail(reader, member))),
    create: Some(|target, _, new, places| Box::pin(create(target, new, places))),
    update: Some(|target, (_, member), change, _| Box::pin(update(target, member, change))),
    drop_additions: Some(|target, (member, now), sent| Box::pin(drop_added_role(target, member, now, sent))),
    replaced_whole: &[ROLE_URLS],
    renamed: &[(ROLE_URLS, &[ROLES])],
    write_permission: Some(WritePermission::ConsumerOrgs),
    ..DEFAULTS
};

/// A member's names are given once and left alone, because it is recognised by the person.
const NAMES: [&str; 2] = ["name", "title"];
const USER: &str = "user";
const ROLES: &str = "roles";
/// The server's field with them.
const ROLE_URLS: &str = "role_urls";
/// The role that an owner has, and nobody else.
const OWNER_ROLE: &str = "owner";
/// The role that servers may add to everybody by themselves, so that it is no difference.
const BASE_ROLE: &str = "member";

pub(super) async fn objects(reader: &ApiConnect, org: &Handle) -> Result<Pages, CatalogError> {
    Ok(paging::read_all(&reader.client, &reader.paths.of_consumer_org(org, "members"), &[], &reader.page).await?)
}

/// Lists an organization's members, and mentions the people behind them.
async fn list(reader: &ApiConnect, org: Option<&Resource>) -> Result<Listing, CatalogError> {
    let Some(org) = org else {
        return Ok(Listing::default());
    };
    let pages = objects(reader, &org.handle).await?;
    let owner = consumer_org::owner_handle(org);
    let mut listing = Listing { doubt: pages.doubt, ..Listing::default() };
    for member in &pages.objects {
        match resource(member, &org.handle, owner.as_ref()) {
            Ok(resource) => {
                reader.roles.note(&resource.handle, role_ids(member));
                listing.resources.push(resource);
                listing.mentioned.extend(person(reader, member));
            }
            Err(error) => listing.unusable.push(paging::unusable(member, &error)),
        }
    }
    Ok(listing)
}

/// The person behind a member, where his registry is one of the catalog's.
fn person(reader: &ApiConnect, member: &Object) -> Option<Resource> {
    let home = user_of(member)?;
    let registry = reader.registry(&Handle::new(home.parent()?)).ok()?;
    user::resource(&member.object("user")?, registry).ok()
}

pub(crate) fn user_of(member: &Object) -> Option<Handle> {
    member.object("user").and_then(|user| user.points_at("url", 3)).or_else(|| member.points_at("user_url", 3))
}

fn resource(member: &Object, org: &Handle, owner: Option<&Handle>) -> Result<Resource, CatalogError> {
    let user = user_of(member).ok_or_else(|| member.lacks("user"))?;
    let ids = role_ids(member);
    let mut document = member.document(&NAMES);
    document.insert(USER.into(), user.as_str().into());
    // An owner's role follows from the organization; all others wait for their names.
    let is_owner = owner == Some(&user);
    if is_owner {
        document.insert(ROLES.into(), json!([OWNER_ROLE]));
    } else if ids.is_empty() {
        document.insert(ROLES.into(), json!([]));
    }
    let name = Name::Of { kind: USERS, handle: user, rest: None };
    let mut resource = member.resource(MEMBERS, org.child(member.id()?), name, document, None);
    resource.unread = !is_owner && !ids.is_empty();
    resource.state = resource.unread.then(|| digest(&ids).into());
    Ok(resource)
}

fn role_ids(member: &Object) -> Vec<String> {
    let urls = member.texts(ROLE_URLS).unwrap_or_default();
    let mut ids: Vec<String> =
        urls.into_iter().filter_map(|url| handle_in(url, 1)).map(|role| role.id().to_owned()).collect();
    ids.sort();
    ids
}

/// The digest that stands for a set of roles whose names are not known.
fn digest(role_ids: &[String]) -> String {
    let hash = Sha256::digest(role_ids.join("\n"));
    URL_SAFE_NO_PAD.encode(&hash[..9])
}

/// Puts names in the place of role ids. The digest of the ids is what the resource was listed with.
async fn detail(reader: &ApiConnect, member: &Resource) -> Result<Resource, CatalogError> {
    let org = Handle::new(member.handle.parent().unwrap_or_default());
    let path = reader.paths.member(&member.handle);
    let ids = match reader.roles.noted(&member.handle) {
        Some(ids) => ids,
        None => reader.get(&path).await?.map(|member| role_ids(&member)).unwrap_or_default(),
    };
    let roles = reader.roles.of(reader, &org).await?;
    let mut names: Vec<&str> =
        ids.iter().map(|id| roles.name(id)).collect::<Option<_>>().ok_or_else(|| {
            CatalogError::Malformed("a member has a role that its organization does not list".to_owned())
        })?;
    names.retain(|name| *name != BASE_ROLE);
    names.sort_unstable();
    let mut read = member.clone();
    read.document = member.document.with([(ROLES.to_owned(), json!(names))]);
    read.unread = false;
    Ok(read)
}

async fn create(target: &ApiConnectTarget, create: &NewObject, places: &Places<'_>) -> Result<Created, CatalogError> {
    let org = target.parent(create, CONSUMER_ORGS, places)?;
    let user = user_handle(&create.document, places)?;
    if create.comes_along {
        return mark_owner(target, &org, &user, create).await;
    }
    let ids = role_ids_for(target, &org, &create.document).await?;
    let mut body = Map::from_iter([
        ("name".to_owned(), create.document.field("name")),
        ("title".to_owned(), create.document.field("title")),
        (USER.to_owned(), json!({"url": target.url_of_user(&user)})),
        (ROLE_URLS.to_owned(), role_urls(target, &org, &ids)),
    ]);
    body.retain(|_, value| !value.is_null());
    let path = target.reader.paths.of_consumer_org(&org, "members");
    let metadata = with_role_digest(&create.metadata, &ids);
    let creation = Creation {
        path: &path,
        under: Some(&org),
        body,
        metadata: Some(&metadata),
        kind: MEMBERS,
        spare_name: Some(spare_name(&user)),
        places,
    };
    let member = target.create_once(creation, || find(target, &org, &user)).await?;
    let handle = org.child(member.id()?);
    report_roles_not_taken(target, &handle, &member, &ids).await?;
    note_added_roles(target, &handle, &member, &ids, &metadata).await?;
    Ok(Created { pending: member.is_pending(), ..Created::of(handle) })
}

/// A name that nobody else has, for a member whose own is taken on the target.
fn spare_name(user: &Handle) -> Value {
    json!(format!("member-{}", user.id()))
}

/// A server may add the base role by itself. What was noted about the roles must then be put right, or the next run
/// would take the difference for a change.
async fn note_added_roles(
    target: &ApiConnectTarget,
    member: &Handle,
    answer: &Object,
    sent: &[String],
    metadata: &MetadataWrite,
) -> Result<(), CatalogError> {
    let stored = role_ids(answer);
    let org = Handle::new(member.parent().unwrap_or_default());
    let roles = target.reader.roles.of(&target.reader, &org).await?;
    // Anything but the base role is a difference, which a note would hide from the next run.
    if stored == sent || !only_base_beside(sent, &stored, &roles) || metadata.state.is_none() {
        return Ok(());
    }
    let metadata = with_role_digest(metadata, &stored);
    let change = Patch {
        kind: MEMBERS,
        object: member,
        body: Map::new(),
        metadata: Some(&metadata),
        baseline: Baseline::Answered(answer),
        before: None,
    };
    target.patch(change).await.map(drop)
}

/// Tells roles that the target has not given, or others that it has left, the base role aside.
async fn report_roles_not_taken(
    target: &ApiConnectTarget,
    member: &Handle,
    answer: &Object,
    sent: &[String],
) -> Result<(), CatalogError> {
    let stored = role_ids(answer);
    if answer.get(ROLE_URLS).is_none() || stored == sent {
        return Ok(());
    }
    let org = Handle::new(member.parent().unwrap_or_default());
    let roles = target.reader.roles.of(&target.reader, &org).await?;
    if !only_base_beside(sent, &stored, &roles) {
        let names = |ids: &[String]| ids.iter().map(|id| Value::from(roles.name(id))).collect();
        let change = FieldChange { path: format!("/{ROLES}"), before: names(&stored), after: names(sent) };
        target.not_taken.add(MEMBERS, member, change);
    }
    Ok(())
}

/// Takes the roles out of what was sent to a member that has them, and at most the one beside them that servers add by
/// themselves.
async fn drop_added_role(
    target: &ApiConnectTarget,
    member: &Handle,
    now: &Object,
    sent: &mut Map<String, Value>,
) -> Result<(), CatalogError> {
    let wanted = role_ids(&Object::default().with(sent));
    let org = Handle::new(member.parent().unwrap_or_default());
    let roles = target.reader.roles.of(&target.reader, &org).await?;
    if only_base_beside(&wanted, &role_ids(now), &roles) {
        sent.remove(ROLE_URLS);
    }
    Ok(())
}

fn only_base_beside(sent: &[String], stored: &[String], roles: &OrgRoles) -> bool {
    let base = roles.id(BASE_ROLE).ok();
    sent.iter().all(|id| stored.contains(id)) && stored.iter().all(|id| sent.contains(id) || Some(id) == base.as_ref())
}

/// The server made the owner's member with the organization; it has only to be found and marked.
async fn mark_owner(
    target: &ApiConnectTarget,
    org: &Handle,
    user: &Handle,
    create: &NewObject,
) -> Result<Created, CatalogError> {
    let member = find(target, org, user).await?.ok_or_else(|| {
        CatalogError::Malformed(
            "the target does not show the owner's membership in the organization that it has just made: what it lists may lag \
             behind what it has made; the next run looks again"
                .into(),
        )
    })?;
    let handle = org.child(member.id()?);
    let change = Patch {
        kind: MEMBERS,
        object: &handle,
        body: Map::new(),
        metadata: Some(&create.metadata),
        baseline: Baseline::Read(&member),
        before: None,
    };
    target.patch(change).await?;
    Ok(Created::of(handle))
}

async fn find(target: &ApiConnectTarget, org: &Handle, user: &Handle) -> Result<Option<Object>, CatalogError> {
    let pages = objects(&target.reader, org).await?;
    Ok(pages.objects.into_iter().find(|member| user_of(member).as_ref() == Some(user)))
}

async fn update(target: &ApiConnectTarget, object: &Handle, update: &Change) -> Result<Updated, CatalogError> {
    let mut body = changed_fields(update, &[USER, ROLES]);
    if !update.fields.iter().any(|change| change.field() == ROLES) {
        let change = Patch::planned(MEMBERS, object, body, update);
        target.patch(change).await?;
        return Ok(Updated::default());
    }
    let org = Handle::new(object.parent().unwrap_or_default());
    let ids = role_ids_for(target, &org, &update.after).await?;
    body.insert(ROLE_URLS.into(), role_urls(target, &org, &ids));
    let metadata = update.metadata.as_ref().map(|metadata| with_role_digest(metadata, &ids));
    let change = Patch { metadata: metadata.as_ref(), ..Patch::planned(MEMBERS, object, body, update) };
    let answer = target.patch(change).await?;
    report_roles_not_taken(target, object, &answer, &ids).await?;
    if let Some(metadata) = metadata {
        note_added_roles(target, object, &answer, &ids, &metadata).await?;
    }
    Ok(Updated::default())
}

/// The ids of a document's roles in the target's organization.
///
/// Ownership is not given in this way: somebody who is about to become the owner joins with the base role.
async fn role_ids_for(
    target: &ApiConnectTarget,
    org: &Handle,
    document: &Document,
) -> Result<Vec<String>, CatalogError> {
    let roles = target.reader.roles.of(&target.reader, org).await?;
    let names = document.field(ROLES);
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str).filter(|name| *name != OWNER_ROLE);
    let mut ids = names.map(|name| roles.id(name)).collect::<Result<Vec<String>, _>>()?;
    if ids.is_empty() {
        ids.push(roles.id(BASE_ROLE)?);
    }
    ids.sort_unstable();
    Ok(ids)
}

fn role_urls(target: &ApiConnectTarget, org: &Handle, ids: &[String]) -> Value {
    let path = |id: &String| target.url(&target.reader.paths.of_consumer_org(org, &format!("roles/{id}")));
    ids.iter().map(path).collect()
}

/// The same metadata, for a member with these roles.
fn with_role_digest(metadata: &MetadataWrite, role_ids: &[String]) -> MetadataWrite {
    MetadataWrite { own_state: Some(digest(role_ids).into()), ..metadata.clone() }
}

fn user_handle(document: &Document, places: &Places<'_>) -> Result<Handle, CatalogError> {
    let path = document.field(USER);
    let path = path.as_str().unwrap_or_default();
    places
        .handle(USERS, path)
        .ok_or_else(|| CatalogError::MissingOnTarget(format!("the user {path} is not on the target")))
}
