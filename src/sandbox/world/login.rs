//! Who may log in, and the tokens that were issued.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};

use super::{Cluster, Id, Record, Refusal};

/// The registration that programs log in with (section 2.1: it names the toolkit, not a person).
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id` of the registration.
    pub id: String,
    /// `client_secret` of the registration.
    pub secret: SecretString,
}

/// A person or program that may log in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user in the provider's registry.
    pub user: Id,
    /// Where the password is checked, `provider/default-idp-2`.
    pub realm: String,
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: SecretString,
    /// The API keys that stand for the user.
    pub api_keys: Vec<SecretString>,
    /// The permissions, as OAuth scopes.
    pub scopes: BTreeSet<String>,
    /// The names of the consumer orgs that the login can see; `None` sees all of them.
    pub sees_only: Option<BTreeSet<String>>,
    /// What a lost role hides from the login.
    pub hidden: Hidden,
}

/// What a login does not see: it is in no list, and to ask for it is answered as if it were not there.
#[derive(Debug, Clone, Default)]
pub struct Hidden {
    /// The names of spaces, with all that is in them.
    pub spaces: BTreeSet<String>,
    /// Products, `name:version`, with the APIs that no other product has.
    pub products: BTreeSet<String>,
}

impl Hidden {
    /// Whether nothing is.
    pub(crate) fn is_empty(&self) -> bool {
        self.spaces.is_empty() && self.products.is_empty()
    }

    /// Whether an object is hidden.
    pub(crate) fn hides(&self, cluster: &Cluster, row: &impl Record) -> bool {
        let space = row.space().and_then(|space| cluster.spaces.get(space));
        let in_space = space.is_some_and(|space| self.spaces.contains(&space.head.name));
        in_space || self.hides_products(cluster, &row.carried_by(cluster))
    }

    fn hides_products(&self, cluster: &Cluster, products: &[Id]) -> bool {
        let is_hidden = |product: &Id| {
            let product = cluster.products.get(*product);
            product.is_some_and(|product| self.products.contains(&product.address()))
        };
        !self.products.is_empty() && !products.is_empty() && products.iter().all(is_hidden)
    }
}

/// Every permission that the façade asks for, with the others of a recorded token (section 2.3).
pub const ALL_SCOPES: [&str; 21] = [
    "org:view",
    "org:manage",
    "drafts:view",
    "drafts:edit",
    "child:view",
    "child:create",
    "child:manage",
    "product:view",
    "product:stage",
    "product:manage",
    "approval:view",
    "approval:manage",
    "consumer-org:view",
    "consumer-org:manage",
    "app:view:all",
    "app:manage:all",
    "settings:view",
    "settings:manage",
    "member:view",
    "member:manage",
    "my:view",
];

/// A token that was issued.
#[derive(Debug, Clone)]
pub struct Session {
    /// Which login it stands for, as an index into [`Cluster::logins`].
    pub login: usize,
    /// When it was issued, in waited seconds (see [`super::Clock::waited`]).
    pub issued: i64,
}

/// How a client says who it is.
pub(crate) enum Grant<'a> {
    Password { realm: &'a str, username: &'a str, password: &'a str },
    ApiKey(&'a str),
}

impl Cluster {
    /// Checks a login and returns its place in [`Cluster::logins`].
    pub(crate) fn log_in(&mut self, client: (&str, &str), grant: &Grant<'_>) -> Result<usize, Refusal> {
        if client != (self.client.id.as_str(), self.client.secret.expose_secret()) {
            return Err(Refusal::Unauthorized("The client_id or the client_secret is invalid.".to_owned()));
        }
        let found = self.logins.iter().position(|login| login.accepts(grant));
        let at = found.ok_or_else(|| Refusal::Unauthorized("Invalid credentials.".to_owned()))?;
        if let (Grant::ApiKey(used), true) = (grant, self.switches.single_use_api_keys) {
            self.logins[at].api_keys.retain(|key| key.expose_secret() != *used);
        }
        Ok(at)
    }

    pub(crate) fn open_session(&mut self, token: String, login: usize) {
        let issued = self.clock.waited();
        self.sessions.insert(token, Session { login, issued });
    }

    /// The login behind a token that is still good.
    pub(crate) fn session(&self, token: &str) -> Option<&Login> {
        let session = self.sessions.get(token)?;
        let age = self.clock.waited() - session.issued;
        self.logins.get(session.login).filter(|_| age < self.switches.token_lifetime)
    }

    /// Makes every token issued so far worthless.
    pub fn expire_tokens(&mut self) {
        self.sessions.clear();
    }

    /// The environment variables that point a program at the home catalog with a password login, `prefix` being
    /// `SOURCE` or `TARGET` (interface.md, "Documented by the vendor").
    #[must_use]
    pub fn variables(&self, prefix: &str, url: &str) -> Vec<(String, String)> {
        let (user, password, realm) = self.logins.first().map_or(("", "", ""), |login| {
            (login.username.as_str(), login.password.expose_secret(), login.realm.as_str())
        });
        let values = [
            ("MGMT_SERVER", url),
            ("ORG", &self.provider_org.head.name),
            ("CATALOG", &self.catalog().head.name),
            ("REALM", realm),
            ("ADMIN_USER", user),
            ("ADMIN_PASSWORD", password),
            ("TOOLKIT_CREDENTIALS_CLIENTID", &self.client.id),
            ("TOOLKIT_CREDENTIALS_CLIENTSECRET", self.client.secret.expose_secret()),
        ];
        values.into_iter().map(|(name, value)| (format!("{prefix}_{name}"), value.to_owned())).collect()
    }

    /// The first API key of the first login, as `*_ADMIN_APIKEY` takes it.
    #[must_use]
    pub fn api_key(&self) -> Option<SecretString> {
        self.logins.first().and_then(|login| login.api_keys.first().cloned())
    }
}

impl Login {
    fn accepts(&self, grant: &Grant<'_>) -> bool {
        match grant {
            Grant::Password { realm, username, password } => {
                self.realm == *realm && self.username == *username && self.password.expose_secret() == *password
            }
            Grant::ApiKey(key) => self.api_keys.iter().any(|known| known.expose_secret() == *key),
        }
    }
}
