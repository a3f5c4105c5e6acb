//! Objects in the shape of the recorded ones (examples/*.json), field for field.

use serde_json::{Map, Value, json};

use super::list::Shape;
use super::urls::View;
use crate::sandbox::switches::CreatedBy;
use crate::sandbox::world::build::Stored;
use crate::sandbox::world::clock::timestamp;
use crate::sandbox::world::{
    Catalog, ConfiguredRegistry, ConsumerOrg, Group, Head, Id, Member, Registry, Role, Space, Subject, Task, User,
};

/// A kind that the façade shows.
pub(super) trait Render: Stored {
    /// `type` of the object.
    const TYPE: &'static str;
    /// What may be left out beside `summary` and `metadata`.
    const OPTIONAL: &'static [&'static str] = &[];
    /// What `expand` may name.
    const EXPANDS: &'static [&'static str] = &[];
    /// What this kind has beside the head.
    fn fields(&self, view: View<'_>, shape: &Shape) -> Value;
    /// A field that is shown only when `expand` or `fields` asks for it.
    fn extra(&self, _name: &str, _view: View<'_>) -> Option<Value> {
        None
    }
}

/// The whole object.
pub(super) fn object<T: Render>(row: &T, view: View<'_>, shape: &Shape) -> Map<String, Value> {
    let mut object = head(row.head(), T::TYPE, view);
    object.insert("org_url".to_owned(), view.org().into());
    if let Value::Object(fields) = row.fields(view, shape) {
        object.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
    let left_out = view.cluster.switches.left_out;
    object.retain(|field, _| !left_out.contains(&field.as_str()));
    object
}

pub(super) fn head(head: &Head, kind: &str, view: View<'_>) -> Map<String, Value> {
    let real = view.cluster.switches.millisecond_timestamps;
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("type", kind.into());
    put("api_version", "2.0.0".into());
    put("id", head.id.to_string().into());
    put("name", head.name.clone().into());
    put("title", head.title.clone().into());
    if let Some(summary) = &head.summary {
        put("summary", summary.clone().into());
    }
    if let Some(metadata) = &head.metadata {
        put("metadata", metadata.clone().into());
    }
    if let Some(maker) = head.maker.filter(|_| is_maker_shown(kind, view)) {
        put("created_by", view.user(maker).into());
    }
    put("created_at", timestamp(head.created_at, real).into());
    put("updated_at", timestamp(head.updated_at, real).into());
    object
}

/// Whether objects of a `type` say who made them.
pub(super) fn is_maker_shown(kind: &str, view: View<'_>) -> bool {
    match view.cluster.switches.created_by {
        CreatedBy::Hidden => false,
        CreatedBy::OrgsAndSubscriptions => matches!(kind, "consumer_org" | "subscription"),
        CreatedBy::Everywhere => true,
    }
}

pub(super) fn urls(ids: &[Id], url: impl Fn(Id) -> String) -> Vec<String> {
    ids.iter().copied().map(url).collect()
}

impl Render for Catalog {
    const TYPE: &'static str = "catalog";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        json!({"owner_url": view.user(self.owner), "url": view.catalog(self.head.id)})
    }
}

impl Render for Registry {
    const TYPE: &'static str = "user_registry";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let local = self.registry_type == "lur";
        json!({
            "owned": true, "registry_type": self.registry_type, "user_managed": local, "user_registry_managed": local,
            "onboarding": "active", "case_sensitive": self.case_sensitive,
            "identity_providers": [{"name": self.identity_provider, "title": self.identity_provider}],
            "integration_url": format!("{}/cloud/integrations/user-registry/{}", view.base, self.registry_type),
            "url": view.registry(self.head.id),
        })
    }
}

impl Render for ConfiguredRegistry {
    const TYPE: &'static str = "configured_catalog_user_registry";
    /// A copy of the registry under an id of its own (section 4).
    fn fields(&self, view: View<'_>, shape: &Shape) -> Value {
        let mut fields =
            view.cluster.registries.get(self.registry).map_or_else(|| json!({}), |row| row.fields(view, shape));
        fields["catalog_url"] = view.catalog(self.catalog).into();
        fields["user_registry_url"] = view.registry(self.registry).into();
        fields["url"] = view.in_catalog(self.catalog, "configured-catalog-user-registries", self.head.id).into();
        fields
    }
}

impl Render for User {
    const TYPE: &'static str = "user";
    const OPTIONAL: &'static [&'static str] = &["email", "first_name", "last_name"];
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        json!({
            "state": self.state, "identity_provider": self.identity_provider, "username": self.username, "email": self.email,
            "first_name": self.first_name, "last_name": self.last_name,
            "user_registry_url": view.registry(self.registry), "url": view.user(self.head.id),
        })
    }
}

impl Render for ConsumerOrg {
    const TYPE: &'static str = "consumer_org";
    const OPTIONAL: &'static [&'static str] = &["group_urls"];
    const EXPANDS: &'static [&'static str] = &["owner"];
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        json!({
            "state": self.state, "owner_url": view.user(self.owner), "catalog_url": view.catalog(self.catalog),
            "url": view.consumer_org(self.catalog, self.head.id),
        })
    }
    /// The owner, trimmed as in the recorded list.
    fn extra(&self, name: &str, view: View<'_>) -> Option<Value> {
        let owner = view.cluster.users.get(self.owner).filter(|_| name == "owner")?;
        Some(json!({
            "id": owner.head.id.to_string(), "username": owner.username, "email": owner.email, "first_name": owner.first_name,
            "last_name": owner.last_name, "url": view.user(self.owner),
        }))
    }
}

/// The catalog of a consumer org.
fn catalog_of(org: Id, view: View<'_>) -> Id {
    view.cluster.consumer_orgs.get(org).map_or(org, |row| row.catalog)
}

impl Render for Role {
    const TYPE: &'static str = "role";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let catalog = catalog_of(self.org, view);
        let org = view.consumer_org(catalog, self.org);
        json!({
            "scope": "consumer_org", "permission_urls": [], "catalog_url": view.catalog(catalog),
            "url": format!("{org}/roles/{}", self.head.id), "consumer_org_url": org,
        })
    }
}

impl Render for Member {
    const TYPE: &'static str = "member";
    fn fields(&self, view: View<'_>, shape: &Shape) -> Value {
        let catalog = catalog_of(self.org, view);
        let org = view.consumer_org(catalog, self.org);
        let user = view.cluster.users.get(self.user).map(|user| object(user, view, shape)).map(|mut user| {
            user.retain(|field, _| {
                !matches!(field.as_str(), "created_at" | "created_by" | "updated_at" | "summary" | "metadata")
            });
            user
        });
        json!({
            "state": self.state, "scope": "consumer_org", "user": user, "role_urls": urls(&self.roles, |role| format!("{org}/roles/{role}")),
            "catalog_url": view.catalog(catalog), "url": format!("{org}/members/{}", self.head.id), "consumer_org_url": org,
        })
    }
}

impl Render for Group {
    const TYPE: &'static str = "group";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        json!({
            "org_urls": urls(&self.orgs, |org| view.consumer_org(self.catalog, org)), "catalog_url": view.catalog(self.catalog),
            "url": view.beside_catalog(self.catalog, "consumer-groups", self.head.id),
        })
    }
}

impl Render for Space {
    const TYPE: &'static str = "space";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        json!({"catalog_url": view.catalog(self.catalog), "url": view.beside_catalog(self.catalog, "spaces", self.head.id)})
    }
}

impl Render for Task {
    const TYPE: &'static str = "task";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let (kind, content) = match self.subject {
            Subject::App(app) => {
                ("app_lifecycle", view.cluster.apps.get(app).map(|row| view.app(self.catalog, row.org, app)))
            }
            Subject::Product(product) => {
                ("product_lifecycle", Some(view.in_catalog(self.catalog, "products", product)))
            }
            Subject::Subscription(id) => {
                let row = view.cluster.subscriptions.get(id);
                (
                    "subscription",
                    row.map(|row| format!("{}/subscriptions/{id}", view.app(self.catalog, row.org, row.app))),
                )
            }
        };
        json!({
            "kind": kind, "state": self.state, "content_url": content, "catalog_url": view.catalog(self.catalog),
            "url": view.in_catalog(self.catalog, "tasks", self.head.id),
        })
    }
}
