//! The world behind a façade: plain data, and the rules that the real server keeps.
//!
//! It knows no HTTP. Rules live beside the kind they belong to ([`consumers`], [`applications`], [`products`]); tests
//! build worlds with the verbs of [`build`] and compare them with [`Cluster::snapshot`].

pub mod apis;
pub mod applications;
pub mod build;
pub mod build_products;
pub mod catalogs;
pub mod clock;
pub mod consumers;
pub mod credentials;
mod drafts;
pub mod fields;
pub mod id;
pub mod lifecycle;
pub mod login;
pub mod migration;
pub mod objects;
pub mod product_objects;
pub mod products;
pub mod products_snapshot;
pub mod publishing;
pub mod references;
pub mod refusal;
pub mod snapshot;
pub mod subscriptions;
pub mod table;
mod tasks;
pub mod visibility;

pub use clock::Clock;
pub use id::Id;
pub use login::{Hidden, Login, Session};
pub use objects::{
    App, Catalog, ConfiguredRegistry, ConsumerOrg, Credential, Group, Head, Member, ProviderOrg, Registry, Role,
    Secret, Space, Subject, Subscription, Task, User,
};
pub use product_objects::{
    Api, ApiUserRegistry, Audience, GatewayService, Link, Namespace, OauthProvider, PlanMove, Product,
    TlsClientProfile, Visibility, Wsdl,
};
pub use refusal::Refusal;
pub use table::{Record, Table};

use std::collections::{BTreeSet, HashMap};

use fields::{Field, HeadFields};
use serde_json::{Map, Value};

use super::faults::{Faults, RequestRecord};
use super::limit::RateLimit;
use super::switches::{Metadata, Switches};

/// One server with everything on it. Cloning it forks the world.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the tables are named after what they hold")]
pub struct Cluster {
    /// How the server behaves where that is unknown.
    pub switches: Switches,
    /// What goes wrong, and when.
    pub faults: Faults,
    /// How many requests it takes, if that is bounded.
    pub limit: Option<RateLimit>,
    /// The provider organization whose catalogs these are.
    pub provider_org: ProviderOrg,
    /// Who may log in.
    pub logins: Vec<Login>,
    /// The catalog that the builder verbs and [`Cluster::variables`] speak of.
    pub home: Id,
    pub registries: Table<Registry>,
    pub users: Table<User>,
    pub catalogs: Table<Catalog>,
    pub configured_registries: Table<ConfiguredRegistry>,
    pub consumer_orgs: Table<ConsumerOrg>,
    pub roles: Table<Role>,
    pub members: Table<Member>,
    pub apps: Table<App>,
    pub credentials: Table<Credential>,
    pub subscriptions: Table<Subscription>,
    pub products: Table<Product>,
    pub apis: Table<Api>,
    pub groups: Table<Group>,
    pub spaces: Table<Space>,
    pub gateway_services: Table<GatewayService>,
    pub oauth_providers: Table<OauthProvider>,
    pub tls_client_profiles: Table<TlsClientProfile>,
    pub api_user_registries: Table<ApiUserRegistry>,
    /// The billing integrations that plans may name.
    pub billings: BTreeSet<String>,
    pub tasks: Table<Task>,
    /// Whose request is being answered.
    pub(crate) acting: Option<Id>,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) log: Vec<RequestRecord>,
    pub(crate) clock: Clock,
    pub(crate) client: login::Client,
    seed: u64,
    serial: u64,
    revision: u64,
}

impl Cluster {
    /// The virtual clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Lets time pass; tokens age.
    pub fn tick(&mut self, seconds: i64) {
        self.clock.wait(seconds);
    }

    /// The same world on another server, as a backup restores it: what is made from now on gets ids of its own.
    #[must_use]
    pub fn restored(&self, seed: u64) -> Self {
        Self { seed, log: Vec::new(), ..self.clone() }
    }

    /// Counts the writes so far.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The catalog that the builder verbs speak of.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalogs[self.home]
    }

    /// The requests that a façade was sent, oldest first.
    #[must_use]
    pub fn requests(&self) -> &[RequestRecord] {
        &self.log
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&mut self) {
        self.log.clear();
    }

    /// Takes the time of a write.
    pub(crate) fn stamp(&mut self) -> i64 {
        self.revision += 1;
        self.clock.write()
    }

    fn next_id(&mut self) -> Id {
        self.serial += 1;
        Id::new(self.seed, self.serial)
    }

    /// 32 hex digits, as generated client ids and secrets have them (section 12).
    fn random_hex(&mut self) -> String {
        self.next_id().to_string().replace('-', "")
    }

    /// The head of a new object; a missing name is made from the title and the other way round.
    fn head(&mut self, fields: &HeadFields, policy: Metadata) -> Result<Head, Refusal> {
        let name = fields.name.clone().or_else(|| fields.title.as_deref().map(slug));
        let name =
            name.filter(|name| !name.is_empty()).ok_or_else(|| Refusal::invalid("A name or a title must be given."))?;
        let id = self.next_id();
        let at = self.clock.now() + 1;
        let title = fields.title.clone().unwrap_or_else(|| name.clone());
        let mut head =
            Head { id, name, title, summary: None, metadata: None, maker: self.acting, created_at: at, updated_at: at };
        self.change_head(&mut head, &HeadFields { name: None, title: None, ..fields.clone() }, policy)?;
        Ok(head)
    }

    /// Applies what a client says about the common fields.
    fn change_head(&self, head: &mut Head, fields: &HeadFields, policy: Metadata) -> Result<(), Refusal> {
        if let Some(name) = &fields.name {
            head.name.clone_from(name);
        }
        if let Some(title) = &fields.title {
            head.title.clone_from(title);
        }
        fields.summary.put_into(&mut head.summary);
        match policy {
            Metadata::Stored => store_metadata(&mut head.metadata, &fields.metadata, self.switches.metadata_merged),
            Metadata::RefusedKey(key) => {
                if matches!(&fields.metadata, Field::Set(sent) if sent.contains_key(key)) {
                    let text = format!("The metadata property has the invalid key '{key}'.");
                    return Err(Refusal::invalid(text));
                }
                store_metadata(&mut head.metadata, &fields.metadata, self.switches.metadata_merged);
            }
            Metadata::Refused if !matches!(fields.metadata, Field::Absent) => {
                return Err(Refusal::invalid("The metadata property is not allowed."));
            }
            Metadata::Ignored | Metadata::Refused => {}
        }
        Ok(())
    }
}

impl Head {
    /// The same, made by this user unless a request made it.
    fn made_by(mut self, user: Id) -> Self {
        self.maker = self.maker.or(Some(user));
        self
    }
}

fn store_metadata(stored: &mut Option<Map<String, Value>>, sent: &Field<Map<String, Value>>, merge: bool) {
    match (sent, stored.as_mut()) {
        (Field::Set(sent), Some(kept)) if merge => kept.extend(sent.clone()),
        _ => sent.put_into(stored),
    }
}

/// The name that the server makes from a title: lower case, with hyphens.
fn slug(title: &str) -> String {
    let kept = title.trim().to_lowercase();
    let kept = kept.chars().map(|c| if c.is_whitespace() { '-' } else { c });
    kept.filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// Refuses a name that another object under the same parent has.
fn name_is_free<T: Record>(
    table: &Table<T>,
    parent: Id,
    name: &str,
    own: Option<Id>,
    kind: Kind,
) -> Result<(), Refusal> {
    match table.named(parent, name) {
        Some(other) if Some(other.head().id) != own => {
            Err(Refusal::NameTaken { label: kind.0, kind: kind.1, name: name.to_owned(), id: other.head().id })
        }
        _ => Ok(()),
    }
}

/// A kind as messages spell it, and as `type` does.
type Kind = (&'static str, &'static str);
