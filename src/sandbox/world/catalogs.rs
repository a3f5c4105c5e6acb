//! A new server, its catalogs, and what a catalog is set up with.

use std::collections::{BTreeSet, HashMap};

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::fields::{HeadFields, UserFields};
use super::login::{ALL_SCOPES, Client, Hidden, Login};
use super::{Catalog, Clock, Cluster, ConfiguredRegistry, Id, ProviderOrg, Refusal, Registry, Table};
use crate::sandbox::faults::Faults;
use crate::sandbox::switches::{Metadata, Switches};

impl Cluster {
    /// A server with a provider organization, a login, and a catalog with its own local registry. `seed` tells its ids
    /// from those of other clusters.
    #[must_use]
    pub fn new(seed: u64, org: &str, catalog: &str) -> Self {
        let mut cluster = Self::empty(seed, org);
        let provider = cluster.provider_org.head.id;
        let people = cluster.add_registry_row(provider, "api-manager-lur", "lur", "default-idp-2");
        let admin = UserFields { username: Some("config-sync".to_owned()), ..UserFields::default() };
        let admin = super::build::sure(cluster.create_user(people, &HeadFields::default(), &admin));
        cluster.logins.push(Login {
            user: admin,
            realm: "provider/default-idp-2".to_owned(),
            username: "config-sync".to_owned(),
            password: SecretString::from(format!("password-of-{seed}")),
            api_keys: vec![SecretString::from(format!("api-key-of-{seed}"))],
            scopes: ALL_SCOPES.iter().map(ToString::to_string).collect(),
            sees_only: None,
            hidden: Hidden::default(),
        });
        cluster.home = cluster.add_catalog(catalog);
        cluster
    }

    fn empty(seed: u64, org: &str) -> Self {
        let head = super::Head {
            id: Id::new(seed, 1),
            name: org.to_owned(),
            title: org.to_owned(),
            summary: None,
            metadata: None,
            maker: None,
            created_at: Clock::new().now(),
            updated_at: Clock::new().now(),
        };
        Self {
            switches: Switches::default(),
            faults: Faults::default(),
            limit: None,
            home: head.id,
            provider_org: ProviderOrg { head },
            logins: Vec::new(),
            registries: Table::default(),
            users: Table::default(),
            catalogs: Table::default(),
            configured_registries: Table::default(),
            consumer_orgs: Table::default(),
            roles: Table::default(),
            members: Table::default(),
            apps: Table::default(),
            credentials: Table::default(),
            subscriptions: Table::default(),
            products: Table::default(),
            apis: Table::default(),
            groups: Table::default(),
            spaces: Table::default(),
            gateway_services: Table::default(),
            oauth_providers: Table::default(),
            tls_client_profiles: Table::default(),
            api_user_registries: Table::default(),
            billings: BTreeSet::new(),
            tasks: Table::default(),
            acting: None,
            sessions: HashMap::new(),
            log: Vec::new(),
            clock: Clock::new(),
            client: Client {
                id: format!("toolkit-{seed}"),
                secret: SecretString::from(format!("toolkit-secret-of-{seed}")),
            },
            seed,
            serial: 1,
            revision: 0,
        }
    }

    /// Adds a catalog with its own registry `{catalog}-catalog` and identity provider `{catalog}-idp` (section 4).
    pub fn add_catalog(&mut self, name: &str) -> Id {
        let org = self.provider_org.head.id;
        let head = super::build::sure(self.head(&HeadFields::named(name), Metadata::Ignored));
        let owner = self.logins.first().map_or(org, |login| login.user);
        let created = head.created_at;
        let settings = default_settings();
        let catalog = Catalog { head, org, owner, default_registry: None, settings, settings_updated_at: created };
        let catalog = self.catalogs.insert(catalog);
        self.stamp();
        let registry = self.add_registry_row(org, &format!("{name}-catalog"), "lur", &format!("{name}-idp"));
        let configured = super::build::sure(self.configure_registry(catalog, registry));
        self.catalogs.change(catalog, |row| row.default_registry = Some(configured));
        catalog
    }

    pub(super) fn add_registry_row(&mut self, org: Id, name: &str, registry_type: &str, identity_provider: &str) -> Id {
        let head = super::build::sure(self.head(&HeadFields::named(name), Metadata::Ignored));
        self.stamp();
        self.registries.insert(Registry {
            head,
            org,
            registry_type: registry_type.to_owned(),
            case_sensitive: false,
            identity_provider: identity_provider.to_owned(),
            directory: Vec::new(),
        })
    }

    /// Puts a registry to use in a catalog.
    pub fn configure_registry(&mut self, catalog: Id, registry: Id) -> Result<Id, Refusal> {
        let name = self.registries[registry].head.name.clone();
        super::name_is_free(
            &self.configured_registries,
            catalog,
            &name,
            None,
            ("Configured Catalog User Registry", "configured_catalog_user_registry"),
        )?;
        let head = self.head(&HeadFields::named(&name), Metadata::Ignored)?;
        self.stamp();
        Ok(self.configured_registries.insert(ConfiguredRegistry { head, catalog, registry }))
    }

    /// Takes a registry out of use in its catalog; the registry and its users stay.
    pub fn unconfigure_registry(&mut self, configured: Id) {
        self.configured_registries.remove(configured);
        self.stamp();
    }

    /// Changes some of the settings of a catalog.
    pub fn change_settings(&mut self, catalog: Id, changes: &Map<String, Value>) {
        let now = self.stamp();
        self.catalogs.change(catalog, |row| {
            row.settings.extend(changes.clone());
            row.settings_updated_at = now;
        });
    }

    /// Whether a setting of a catalog is `true`.
    #[must_use]
    pub fn is_set(&self, catalog: Id, setting: &str) -> bool {
        self.catalogs.get(catalog).and_then(|row| row.settings.get(setting)) == Some(&Value::Bool(true))
    }

    /// Whether apps of a catalog start in development and need approval for production.
    pub(super) fn application_lifecycle(&self, catalog: Id) -> bool {
        let lifecycle = self.catalogs[catalog].settings.get("application_lifecycle");
        lifecycle.and_then(|it| it.get("enabled")) == Some(&Value::Bool(true))
    }
}

/// The settings of a new catalog (`examples/catalog_settings_get_v10.json`), hashing off as it is by default.
fn default_settings() -> Map<String, Value> {
    let settings = json!({
        "production_mode": false,
        "portal": {"type": "none"},
        "product_lifecycle_approvals": [],
        "task_self_approval": false,
        "application_lifecycle": {"enabled": false},
        "consumer_self_service_onboarding": true,
        "consumer_self_service_onboarding_approval": false,
        "consumer_org_invitations_enabled": true,
        "consumer_org_invitation_roles": ["administrator", "developer", "viewer"],
        "invitation_ttl": 172_800,
        "vanity_api_endpoint": {"enabled": false, "vanity_api_base_endpoints": []},
        "spaces_enabled": false,
        "custom_notification_templates_enabled": false,
        "email_sender": {"custom": false},
        "hash_client_secret": false,
        "default_catalog": false,
    });
    match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}
