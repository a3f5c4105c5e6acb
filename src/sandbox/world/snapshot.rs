//! The consumer data of the home catalog by natural address: what two sides are compared by.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::credentials::hash_of;
use super::{Cluster, ConsumerOrg, Head, Id, Record};

/// What every sandbox catalog is born with, and no sync touches by itself (section 0, fact 10).
pub const BORN_WITH: &str = "sandbox-test-org";

type Section = Map<String, Value>;

impl Cluster {
    /// All consumer data without ids, times and marks; two sides in sync have equal ones.
    ///
    /// Left out are `sandbox-test-org`, and the users who belong to no other org. Secrets appear as the beginning of a
    /// digest of their hash.
    #[must_use]
    pub fn snapshot(&self) -> Value {
        Snapshot { cluster: self, with_marks: false }.take()
    }

    /// Everything that [`Cluster::snapshot`] shows, `sandbox-test-org` and all metadata too, those of products and APIs
    /// among them.
    #[must_use]
    pub fn dump(&self) -> Value {
        let mut dump = Snapshot { cluster: self, with_marks: true }.take();
        let products = self.products.rows_under(self.home);
        let products = products.map(|row| self.marks(row, row.space));
        dump["products"] = products.collect::<Section>().into();
        let apis = self.apis.rows_under(self.home);
        let apis = apis.map(|row| self.marks(row, row.space));
        dump["apis"] = apis.collect::<Section>().into();
        dump
    }

    fn marks(&self, row: &impl Record, space: Option<Id>) -> (String, Value) {
        (self.address_of(row, space), json!({"metadata": row.head().metadata}))
    }
}

struct Snapshot<'a> {
    cluster: &'a Cluster,
    with_marks: bool,
}

impl Snapshot<'_> {
    fn take(&self) -> Value {
        let orgs = self.cluster.consumer_orgs.rows_under(self.cluster.home);
        let orgs: Vec<&ConsumerOrg> = orgs.filter(|org| self.with_marks || org.head.name != BORN_WITH).collect();
        let [mut users, mut consumer_orgs, mut members, mut apps, mut credentials, mut subscriptions] =
            <[Section; 6]>::default();
        for org in orgs {
            let owner = self.user_address(org.owner);
            consumer_orgs
                .insert(org.head.name.clone(), self.row(&org.head, json!({"state": org.state, "owner": owner})));
            self.people(org, &mut users, &mut members);
            self.apps(org, &mut apps, &mut credentials, &mut subscriptions);
        }
        json!({
            "users": users, "consumer_orgs": consumer_orgs, "members": members,
            "applications": apps, "credentials": credentials, "subscriptions": subscriptions,
        })
    }

    fn people(&self, org: &ConsumerOrg, users: &mut Section, members: &mut Section) {
        let world = self.cluster;
        for member in world.members.rows_under(org.head.id) {
            let address = self.user_address(member.user);
            let mut roles: Vec<&str> = member.roles.iter().map(|role| world.roles[*role].head.name.as_str()).collect();
            roles.sort_unstable();
            members.insert(
                format!("{}/{address}", org.head.name),
                self.row(&member.head, json!({"roles": roles, "state": member.state})),
            );
            let user = &world.users[member.user];
            let details = json!({"email": user.email, "first_name": user.first_name, "last_name": user.last_name});
            users.insert(address, self.row(&user.head, details));
        }
    }

    fn apps(&self, org: &ConsumerOrg, apps: &mut Section, credentials: &mut Section, subscriptions: &mut Section) {
        for app in self.cluster.apps.rows_under(org.head.id) {
            let address = format!("{}/{}", org.head.name, app.head.name);
            let details = json!({
                "state": app.state, "lifecycle_state": app.lifecycle_state, "redirect_endpoints": app.redirect_endpoints,
                "certificate": app.certificate, "image_endpoint": app.image_endpoint,
            });
            self.keys(app.head.id, &address, credentials);
            self.plans(app.head.id, &address, subscriptions);
            apps.insert(address, self.row(&app.head, details));
        }
    }

    fn keys(&self, app: Id, address: &str, credentials: &mut Section) {
        for credential in self.cluster.credentials.rows_under(app) {
            let secret = hash_of(credential.hash().expose_secret())[..8].to_owned();
            let row = self.row(&credential.head, json!({"name": credential.head.name, "secret": secret}));
            credentials.insert(format!("{address}/{}", credential.client_id), row);
        }
    }

    fn plans(&self, app: Id, address: &str, subscriptions: &mut Section) {
        for subscription in self.cluster.subscriptions.rows_under(app) {
            let to = match &subscription.mcp_server {
                Some(server) => format!("mcp:{server}"),
                None => self.cluster.products[subscription.product].address(),
            };
            let address = format!("{address}/{to}/{}", subscription.plan);
            subscriptions.insert(address, self.row(&subscription.head, json!({"state": subscription.state})));
        }
    }

    fn row(&self, head: &Head, details: Value) -> Value {
        let mut row = json!({"title": head.title, "summary": head.summary});
        if let (Value::Object(row), Value::Object(details)) = (&mut row, details) {
            row.extend(details);
            if self.with_marks {
                row.insert("metadata".to_owned(), json!(head.metadata));
            }
        }
        row
    }

    fn user_address(&self, user: Id) -> String {
        let user = &self.cluster.users[user];
        format!("{}/{}", self.cluster.registries[user.registry].head.name, user.username)
    }
}
