//! URLs out: every object's own, with the host that was called. URLs in: what a body refers to, by their tail.

use percent_encoding::percent_decode_str;

use crate::sandbox::world::build::Stored;
use crate::sandbox::world::{Cluster, Id, Namespace, Refusal};

/// The world as one caller sees it: URLs begin with the host he called (section 1).
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) base: &'a str,
}

impl View<'_> {
    fn provider(self) -> Id {
        self.cluster.provider_org.head.id
    }

    pub(super) fn org(self) -> String {
        format!("{}/orgs/{}", self.base, self.provider())
    }

    pub(super) fn catalog(self, catalog: Id) -> String {
        format!("{}/catalogs/{}/{catalog}", self.base, self.provider())
    }

    /// An object that lives right below a catalog.
    pub(super) fn in_catalog(self, catalog: Id, collection: &str, id: Id) -> String {
        format!("{}/{collection}/{id}", self.catalog(catalog))
    }

    /// An object that lives in a catalog or in one of its spaces, in the form of its home.
    pub(super) fn in_namespace(self, home: Namespace, collection: &str, id: Id) -> String {
        match home.space {
            None => self.in_catalog(home.catalog, collection, id),
            Some(space) => {
                let space = self.beside_catalog(home.catalog, "spaces", space);
                format!("{space}/{collection}/{id}")
            }
        }
    }

    /// An object whose collection is the first segment: `consumer-groups`, `spaces`.
    pub(super) fn beside_catalog(self, catalog: Id, collection: &str, id: Id) -> String {
        format!("{}/{collection}/{}/{catalog}/{id}", self.base, self.provider())
    }

    pub(super) fn registry(self, registry: Id) -> String {
        format!("{}/user-registries/{}/{registry}", self.base, self.provider())
    }

    pub(super) fn user(self, user: Id) -> String {
        let registry = self.cluster.users.get(user).map_or(user, |user| user.registry);
        format!("{}/users/{user}", self.registry(registry))
    }

    pub(super) fn consumer_org(self, catalog: Id, org: Id) -> String {
        self.beside_catalog(catalog, "consumer-orgs", org)
    }

    pub(super) fn app(self, catalog: Id, org: Id, app: Id) -> String {
        format!("{}/{org}/{app}", self.base_of_apps(catalog))
    }

    fn base_of_apps(self, catalog: Id) -> String {
        format!("{}/apps/{}/{catalog}", self.base, self.provider())
    }
}

/// The decoded segments of a URL's path after `collection`, wherever its host and provider org are: only the tail counts (section 1).
pub(super) fn tail(url: &str, collection: &str) -> Vec<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<&str> = path.split('/').collect();
    let at = segments.iter().rposition(|segment| *segment == collection);
    let rest = at.map_or_else(Vec::new, |at| segments.split_off(at + 1));
    rest.into_iter().map(decode).collect()
}

pub(super) fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// The user whom `…/user-registries/{o}/{ur}/users/{user}` means.
pub(super) fn user_at(cluster: &Cluster, url: &str) -> Result<Id, Refusal> {
    let missing = || Refusal::invalid(format!("The user '{url}' was not found."));
    let path = tail(url, "user-registries");
    let [_, registry, _, user] = path.as_slice() else {
        return Err(missing());
    };
    let registry = cluster.registries.find(cluster.provider_org.head.id, registry).ok_or_else(missing)?;
    find_user(cluster, registry.head.id, user).ok_or_else(missing)
}

/// A user by id, name or username.
pub(super) fn find_user(cluster: &Cluster, registry: Id, user: &str) -> Option<Id> {
    let found = cluster.users.find(registry, user).or_else(|| cluster.users.keyed(registry, &user.to_lowercase()));
    found.or_else(|| cluster.users.keyed(registry, user)).map(|row| row.head.id)
}

/// The object under `parent` that the last segment of a URL names.
pub(super) fn child_at<T: Stored>(cluster: &Cluster, parent: Id, collection: &str, url: &str) -> Result<Id, Refusal> {
    let path = tail(url, collection);
    let name = path.last().map_or("", String::as_str);
    let found = T::table(cluster).find(parent, name).map(|row| row.head().id);
    found.ok_or_else(|| Refusal::invalid(format!("The object '{url}' was not found.")))
}
