//! Where things are: paths below the API's base, and handles read from URLs.
//!
//! Hosts differ between clusters, and one object was recorded with two of them, so URLs count by path only
//! (api-connect-rest.md section 1). They are read from their end, which is the same in every form: with a space in the
//! middle, behind another base path, or plain.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::engine::model::{Handle, address::decode};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One path segment, encoded.
pub(crate) fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

/// The path parts of one catalog.
#[derive(Debug, Clone)]
pub(crate) struct CatalogPaths {
    /// `{org}/{catalog}`, encoded.
    scope: String,
    org: String,
}

impl CatalogPaths {
    pub(crate) fn new(org: &str, catalog: &str) -> Self {
        Self { scope: format!("{}/{}", segment(org), segment(catalog)), org: segment(org) }
    }

    pub(crate) fn catalog(&self) -> String {
        format!("/catalogs/{}", self.scope)
    }

    /// Something of the whole catalog, e.g. `settings` or `apps`.
    pub(crate) fn of_catalog(&self, what: &str) -> String {
        format!("/catalogs/{}/{what}", self.scope)
    }

    pub(crate) fn catalogs_of_org(&self) -> String {
        format!("/orgs/{}/catalogs", self.org)
    }

    pub(crate) fn consumer_group(&self, group: &str) -> String {
        format!("/consumer-groups/{}/{}", self.scope, segment(group))
    }

    pub(crate) fn consumer_org(&self, org: &str) -> String {
        format!("/consumer-orgs/{}/{}", self.scope, segment(org))
    }

    /// Something of a consumer organization, e.g. `members`.
    pub(crate) fn of_consumer_org(&self, org: &Handle, what: &str) -> String {
        format!("{}/{what}", self.consumer_org(org.id()))
    }

    pub(crate) fn member(&self, member: &Handle) -> String {
        self.under_org(member, "members")
    }

    /// An app, by handle or with a name in the place of its id.
    pub(crate) fn app(&self, app: &Handle) -> String {
        format!("/apps/{}/{}", self.scope, joined(app.as_str()))
    }

    pub(crate) fn of_app(&self, app: &Handle, what: &str) -> String {
        format!("{}/{what}", self.app(app))
    }

    pub(crate) fn credential(&self, credential: &Handle) -> String {
        self.under_app(credential, "credentials")
    }

    pub(crate) fn subscription(&self, subscription: &Handle) -> String {
        self.under_app(subscription, "subscriptions")
    }

    /// The task that a URL names, in the catalog or in one of its spaces.
    pub(crate) fn task(&self, url: &str) -> Option<String> {
        let task = format!("tasks/{}", segment(handle_in(url, 1)?.id()));
        let in_space = url.split_once("/spaces/").map(|(_, rest)| rest.split('/'));
        let space = in_space.and_then(|mut parts| parts.nth(2));
        let place = space.map_or(Place::Catalog, |space| Place::Space(decode(space)));
        Some(self.in_place(&place, &task))
    }

    /// Something of the catalog itself or of one of its spaces, e.g. `products`.
    pub(crate) fn in_place(&self, place: &Place, what: &str) -> String {
        match place {
            Place::Space(id) => format!("/spaces/{}/{}/{what}", self.scope, segment(id)),
            Place::Catalog | Place::Unknown => self.of_catalog(what),
        }
    }

    /// A Product or an API, by its id or by its name and version.
    pub(crate) fn versioned(&self, place: &Place, collection: &str, thing: &Handle) -> String {
        // Names are slugs, versions may be any text; an id has no colon.
        let thing = match thing.as_str().split_once(':') {
            Some((name, version)) => format!("{}/{}", segment(name), segment(version)),
            None => segment(thing.id()),
        };
        self.in_place(place, &format!("{collection}/{thing}"))
    }

    /// A gateway service of the catalog (`{id}`), or of a space (`{space}/{id}`).
    pub(crate) fn gateway_service(&self, service: &Handle) -> String {
        let place = service.parent().map_or(Place::Catalog, Place::of_handle);
        let what = format!("configured-gateway-services/{}", segment(service.id()));
        self.in_place(&place, &what)
    }

    fn under_org(&self, handle: &Handle, collection: &str) -> String {
        let org = Handle::new(handle.parent().unwrap_or_default());
        format!("{}/{}", self.of_consumer_org(&org, collection), segment(handle.id()))
    }

    fn under_app(&self, handle: &Handle, collection: &str) -> String {
        let app = Handle::new(handle.parent().unwrap_or_default());
        format!("{}/{}", self.of_app(&app, collection), segment(handle.id()))
    }
}

/// The handle of the catalog as a place to publish in.
pub(crate) const CATALOG_HANDLE: &str = "catalog";

/// Where a Product or an API is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the catalog itself.
    Catalog,
    /// In the space with this id.
    Space(String),
    /// In a space, and the server does not say in which.
    Unknown,
}

impl Place {
    /// As a Product's document names it.
    pub(crate) fn handle(&self) -> Option<&str> {
        match self {
            Self::Catalog => Some(CATALOG_HANDLE),
            Self::Space(id) => Some(id),
            Self::Unknown => None,
        }
    }

    pub(crate) fn of_handle(handle: &str) -> Self {
        if handle == CATALOG_HANDLE { Self::Catalog } else { Self::Space(handle.to_owned()) }
    }
}

/// The path of the search in a user registry and in the directory behind it.
pub(crate) fn search_in(registry: &Handle) -> String {
    format!("/user-registries/{}/search", joined(registry.as_str()))
}

/// The path of a user registry's users.
pub(crate) fn users_of(registry: &Handle) -> String {
    format!("/user-registries/{}/users", joined(registry.as_str()))
}

/// The path of a user.
pub(crate) fn user(user: &Handle) -> String {
    let registry = Handle::new(user.parent().unwrap_or_default());
    format!("{}/{}", users_of(&registry), segment(user.id()))
}

fn joined(handle: &str) -> String {
    handle.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// The object that a URL points at, as a handle of that many ids. `None` for a URL that is too short.
///
/// Ids stand between collection names: `…/apps/{o}/{c}/{g}/{a}` ends with the two ids of an app,
/// `…/{g}/{a}/credentials/{x}` with the three of a credential.
pub(crate) fn handle_in(url: &str, ids: usize) -> Option<Handle> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let collections = ["members", "credentials", "subscriptions", "users", "roles"];
    let mut found: Vec<String> = path
        .rsplit('/')
        .enumerate()
        .filter(|(from_end, part)| !(part.is_empty() || *from_end == 1 && collections.contains(part)))
        .map(|(_, part)| decode(part))
        .take(ids)
        .collect();
    found.reverse();
    let is_whole = found.len() == ids && !found.iter().any(|id| id.contains('/'));
    is_whole.then(|| Handle::new(&found.join("/")))
}

/// The gateway service that a URL points at. In a space's, the space stands between the catalog and the collection,
/// with or without a `/spaces/` in front.
pub(crate) fn gateway_service_in(url: &str) -> Option<Handle> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (before, id) = path.rsplit_once("/configured-gateway-services/")?;
    let (_, owner) = ["/catalogs/", "/spaces/"].iter().find_map(|root| before.rsplit_once(root))?;
    let id = decode(id.split('/').next()?);
    let space = owner.split('/').nth(2);
    let handle = space.map_or_else(|| id.clone(), |space| format!("{}/{id}", decode(space)));
    (!id.is_empty()).then(|| Handle::new(&handle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_from_their_end() {
        let read = |url: &str, ids| handle_in(url, ids).map(|handle| handle.as_str().to_owned());
        let base = "https://cm.example.com/integration/apis/cp4i/api";
        assert_eq!(read(&format!("{base}/consumer-orgs/o/c/g"), 1), Some("g".into()));
        assert_eq!(read(&format!("{base}/apps/o/c/g/a"), 2), Some("g/a".into()));
        assert_eq!(read(&format!("{base}/apps/o/c/space/g/a"), 2), Some("g/a".into()));
        assert_eq!(read(&format!("{base}/apps/o/c/g/a/credentials/x"), 3), Some("g/a/x".into()));
        assert_eq!(read(&format!("{base}/consumer-orgs/o/c/g/members/m"), 2), Some("g/m".into()));
        assert_eq!(read("/api/user-registries/o/r/users/u", 3), Some("o/r/u".into()));
        assert_eq!(read("https://h/api/user-registries/o/r", 2), Some("o/r".into()));
        assert_eq!(read("x", 2), None);
    }

    #[test]
    fn gateway_services_of_spaces_keep_their_space() {
        let site = CatalogPaths::new("o", "c");
        let read = |url: &str| gateway_service_in(url).map(|handle| handle.as_str().to_owned());
        for (url, handle) in [
            ("https://h/api/catalogs/o/c/configured-gateway-services/g", "g"),
            ("https://h/api/catalogs/o/c/s/configured-gateway-services/g", "s/g"),
            ("https://h/api/spaces/o/c/s/configured-gateway-services/g", "s/g"),
        ] {
            assert_eq!(read(url).as_deref(), Some(handle));
            let path = site.gateway_service(&Handle::new(handle));
            assert_eq!(read(&path).as_deref(), Some(handle), "{path}");
        }
        assert_eq!(read("https://h/api/catalogs/o/c/products/p"), None);
    }

    #[test]
    fn products_and_apis_go_by_id_or_by_name_and_version() {
        let site = CatalogPaths::new("o", "c");
        let path = |place: &Place, thing: &str| site.versioned(place, "apis", &Handle::new(thing));
        assert_eq!(path(&Place::Catalog, "a1"), "/catalogs/o/c/apis/a1");
        let space = Place::Space("s".into());
        assert_eq!(path(&space, "calc:1.0.0"), "/spaces/o/c/s/apis/calc/1.0.0");
    }

    #[test]
    fn names_are_encoded_in_paths() {
        let site = CatalogPaths::new("my org", "größe/1");
        assert_eq!(site.of_catalog("apps"), "/catalogs/my%20org/gr%C3%B6%C3%9Fe%2F1/apps");
        assert_eq!(site.app(&Handle::new("g/a")), "/apps/my%20org/gr%C3%B6%C3%9Fe%2F1/g/a");
    }
}
