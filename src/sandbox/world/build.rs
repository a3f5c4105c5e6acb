//! The verbs with which tests build and change a world. They panic where the rules refuse: a test meant something else.

use serde_json::{Value, json};

use super::fields::{AppFields, CredentialFields, Field, HeadFields, UserFields};
use super::{
    Api, ApiUserRegistry, App, Catalog, Cluster, ConfiguredRegistry, ConsumerOrg, Credential, GatewayService, Group,
    Id, Member, OauthProvider, Product, Record, Refusal, Registry, Role, Space, Subscription, Table, Task,
    TlsClientProfile, User,
};
use crate::sandbox::switches::Metadata;

/// A kind of object that a [`Cluster`] keeps a table of.
pub trait Stored: Record + Clone {
    /// Where the objects of this kind are.
    fn table(cluster: &Cluster) -> &Table<Self>;
    /// Where the objects of this kind are, to be changed.
    fn table_mut(cluster: &mut Cluster) -> &mut Table<Self>;
}

macro_rules! stored {
    ($($kind:ty => $table:ident),* $(,)?) => {$(
        impl Stored for $kind {
            fn table(cluster: &Cluster) -> &Table<Self> {
                &cluster.$table
            }
            fn table_mut(cluster: &mut Cluster) -> &mut Table<Self> {
                &mut cluster.$table
            }
        }
    )*};
}

stored! {
    Registry => registries, User => users, Catalog => catalogs, ConfiguredRegistry => configured_registries,
    ConsumerOrg => consumer_orgs, Role => roles, Member => members, App => apps, Credential => credentials,
    Subscription => subscriptions, Product => products, Api => apis, Group => groups, Space => spaces,
    GatewayService => gateway_services, OauthProvider => oauth_providers, TlsClientProfile => tls_client_profiles,
    ApiUserRegistry => api_user_registries, Task => tasks,
}

/// What the world gives, or a panic that says why not.
#[track_caller]
#[expect(clippy::panic, reason = "a world that can't be built is a mistake in the test or the seed that builds it")]
pub(crate) fn sure<T>(result: Result<T, Refusal>) -> T {
    match result {
        Ok(value) => value,
        Err(refusal) => panic!("the world refuses: {refusal}"),
    }
}

#[track_caller]
pub(super) fn found<T>(thing: Option<T>, what: &str) -> T {
    sure(thing.ok_or_else(|| Refusal::not_found("thing", what)))
}

impl Cluster {
    /// Adds a registry and puts it to use in the home catalog.
    pub fn add_registry(&mut self, name: &str, registry_type: &str) -> Id {
        let org = self.provider_org.head.id;
        let registry = self.add_registry_row(org, name, registry_type, &format!("{name}-idp"));
        sure(self.configure_registry(self.home, registry));
        registry
    }

    /// Adds a user to a registry of the provider organization.
    pub fn add_user(&mut self, registry: &str, username: &str) -> Id {
        let registry = found(self.registries.find(self.provider_org.head.id, registry), registry).head.id;
        // A site gives no two people one address.
        let host = match self.registries[registry].registry_type.as_str() {
            "lur" => "example.com".to_owned(),
            _ => format!("{}.example.com", self.registries[registry].head.name),
        };
        let fields = UserFields {
            username: Some(username.to_owned()),
            email: Field::Set(format!("{username}@{host}")),
            first_name: Field::Set(username.to_owned()),
            last_name: Field::Set("Example".to_owned()),
            password: None,
        };
        sure(self.create_user(registry, &HeadFields::default(), &fields))
    }

    /// Adds a consumer org to the home catalog.
    pub fn add_org(&mut self, name: &str, owner: Id) -> Id {
        sure(self.create_org(self.home, &HeadFields::named(name), owner))
    }

    /// Adds a member with these roles.
    pub fn add_member(&mut self, org: Id, user: Id, roles: &[&str]) -> Id {
        let roles = sure(self.role_ids(org, roles));
        sure(self.create_member(org, user, roles, &HeadFields::default()))
    }

    /// Adds an app, with the credential that comes along.
    pub fn add_app(&mut self, org: Id, name: &str) -> Id {
        sure(self.create_app(org, &HeadFields::named(name), &AppFields::default())).0
    }

    /// Adds an app whose own credential has these values.
    pub fn add_app_with(&mut self, org: Id, name: &str, client_id: &str, secret: &str) -> Id {
        let fields = AppFields {
            client_id: Some(client_id.to_owned()),
            client_secret: Some(secret.into()),
            ..AppFields::default()
        };
        sure(self.create_app(org, &HeadFields::named(name), &fields)).0
    }

    /// Adds a credential to an app.
    pub fn add_credential(&mut self, app: Id, client_id: &str, secret: &str) -> Id {
        let fields = CredentialFields {
            client_id: Field::Set(client_id.to_owned()),
            client_secret: Some(secret.into()),
            client_secret_hashed: None,
        };
        sure(self.create_credential(app, &HeadFields::default(), &fields)).credential
    }

    /// Subscribes an app to a plan of `name:version`, or of `space/name:version`.
    pub fn subscribe(&mut self, app: Id, product: &str, plan: &str) -> Id {
        let product = found(self.product(product), product).head.id;
        sure(self.create_subscription(app, product, plan, &HeadFields::default()))
    }

    /// Adds a consumer org group.
    pub fn add_group(&mut self, name: &str, orgs: &[Id]) -> Id {
        let head = sure(self.head(&HeadFields::named(name), Metadata::Ignored));
        self.stamp();
        self.groups.insert(Group { head, catalog: self.home, orgs: orgs.to_vec() })
    }

    /// Adds a space.
    pub fn add_space(&mut self, name: &str) -> Id {
        let head = sure(self.head(&HeadFields::named(name), Metadata::Ignored));
        self.stamp();
        self.spaces.insert(Space { head, catalog: self.home })
    }

    /// Sets a setting of the home catalog.
    pub fn set(&mut self, setting: &str, value: impl Into<Value>) {
        self.change_settings(self.home, &std::iter::once((setting.to_owned(), value.into())).collect());
    }

    /// Edits any object as another writer would, at the cost of a write and with a new `updated_at`.
    pub fn change<T: Stored>(&mut self, id: Id, edit: impl FnOnce(&mut T)) {
        let mut row = found(T::table(self).get(id), "to change").clone();
        edit(&mut row);
        self.put(row);
    }

    /// Gives an object another name.
    pub fn rename<T: Stored>(&mut self, id: Id, name: &str) {
        self.change::<T>(id, |row| name.clone_into(&mut row.head_mut().name));
    }

    /// Gives an object another title.
    pub fn retitle<T: Stored>(&mut self, id: Id, title: &str) {
        self.change::<T>(id, |row| title.clone_into(&mut row.head_mut().title));
    }

    /// Marks an object as the copy of a source object (behaviour.md, "Created objects get their marks").
    pub fn mark<T: Stored>(&mut self, id: Id, source: Id, source_catalog: Id) {
        let mark = json!({"source_id": source.to_string(), "source_catalog": source_catalog.to_string()});
        self.change::<T>(id, |row| {
            row.head_mut().metadata = mark.as_object().cloned();
        });
    }

    /// Says who made an object. Unless a test does, that is the login for what a request made, a user himself for users, and
    /// its owner for an organization and what is in it.
    pub fn made_by<T: Stored>(&mut self, id: Id, user: Id) {
        T::table_mut(self).change(id, |row| row.head_mut().maker = Some(user));
    }

    /// Says that the login of these programs made an object.
    pub fn made_by_login<T: Stored>(&mut self, id: Id) {
        let login = found(self.logins.first(), "login").user;
        self.made_by::<T>(id, login);
    }

    /// Writes the metadata of an organization, an app or a user as the portal does with a consumer's own token: the whole
    /// map (section 21.1). What he leaves out is gone.
    pub fn consumer_writes<T: Stored>(&mut self, id: Id, metadata: &Value) {
        self.change::<T>(id, |row| {
            row.head_mut().metadata = metadata.as_object().cloned();
        });
    }

    /// Gives a member other roles.
    pub fn set_roles(&mut self, member: Id, roles: &[&str]) {
        let roles = sure(self.role_ids(self.members[member].org, roles));
        sure(self.change_member(member, Some(roles), &HeadFields::default()));
    }

    /// Suspends an app, or lets it go on (`enabled`).
    pub fn set_app_state(&mut self, app: Id, state: &str) {
        self.change::<App>(app, |row| state.clone_into(&mut row.state));
    }

    /// Gives a credential another secret.
    pub fn change_secret(&mut self, credential: Id, secret: &str) {
        let fields = CredentialFields { client_secret: Some(secret.into()), ..CredentialFields::default() };
        sure(self.change_credential(credential, &HeadFields::default(), &fields));
    }

    /// Hands an org to a user, who becomes a member first where he is none.
    pub fn hand_over(&mut self, org: Id, user: Id) {
        let member = self.members.keyed(org, &user.to_string()).map(|row| row.head.id);
        let member = member.unwrap_or_else(|| self.add_member(org, user, &["developer"]));
        sure(self.transfer_owner(org, member, &super::consumers::TransferTerms::default()));
    }

    /// The user of a registry.
    #[must_use]
    pub fn user(&self, registry: &str, username: &str) -> Option<&User> {
        let registry = self.registries.find(self.provider_org.head.id, registry)?;
        self.users.keyed(registry.head.id, &super::objects::fold(username, registry.case_sensitive))
    }

    /// The consumer org of that name in the home catalog.
    #[must_use]
    pub fn org(&self, name: &str) -> Option<&ConsumerOrg> {
        self.consumer_orgs.named(self.home, name)
    }

    /// The app of that name in the consumer org of that name.
    #[must_use]
    pub fn app(&self, org: &str, name: &str) -> Option<&App> {
        self.apps.named(self.org(org)?.head.id, name)
    }

    /// The app's credentials, oldest first.
    #[must_use]
    pub fn credentials(&self, app: Id) -> Vec<&Credential> {
        self.credentials.rows_under(app).collect()
    }

    /// The app's subscriptions, oldest first.
    #[must_use]
    pub fn subscriptions(&self, app: Id) -> Vec<&Subscription> {
        self.subscriptions.rows_under(app).collect()
    }

    /// The org's member who is that user.
    #[must_use]
    pub fn member(&self, org: Id, user: Id) -> Option<&Member> {
        self.members.keyed(org, &user.to_string())
    }
}
