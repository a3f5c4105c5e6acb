//! From a path to its handler. Every segment takes a name or an id; space-initiated forms have the space inserted (section 1).

use std::collections::BTreeSet;

use bytes::Bytes;

use super::body::Body;
use super::urls::{View, decode};
use super::{Handled, apps, catalog, configured, consumer_orgs, login, products, registries, stored};
use crate::sandbox::world::build::Stored;
use crate::sandbox::world::{Cluster, Hidden, Id, Namespace, Record, Refusal};

/// One request on its way to its handler.
pub(super) struct Call<'a> {
    pub(super) cluster: &'a mut Cluster,
    pub(super) method: &'a str,
    pub(super) sees_only: Option<BTreeSet<String>>,
    pub(super) hidden: Hidden,
    /// The `Content-Type` of the request.
    pub(super) content_type: Option<&'a str>,
    base: String,
    query: Vec<(String, String)>,
    body: &'a Bytes,
}

impl Call<'_> {
    pub(super) fn view(&self) -> View<'_> {
        View { cluster: self.cluster, base: &self.base }
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn body(&self) -> Result<Body, Refusal> {
        let body = Body::parse(self.body)?;
        stored::taken(body, self.method, &self.cluster.switches)
    }

    /// The body as it came.
    pub(super) fn bytes(&self) -> &Bytes {
        self.body
    }

    /// Whether nothing is hidden from the login.
    pub(super) fn sees_everything(&self) -> bool {
        self.sees_only.is_none() && self.hidden.is_empty()
    }

    /// Whether the login may see an object.
    pub(super) fn sees_row(&self, row: &impl Record) -> bool {
        self.sees(row.consumer_org()) && !self.hidden.hides(self.cluster, row)
    }

    /// The object at `name` and `version`, or at an id, if the login sees it.
    pub(super) fn versioned<T: Stored>(&self, home: Id, path: &[&str]) -> Option<&T> {
        let found = self.cluster.versioned::<T>(home, path);
        found.filter(|row| self.sees_row(*row))
    }

    /// The path in a filter's URL, if it is below the base.
    pub(super) fn below_base(&self, url: &str) -> bool {
        let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        let base = self.cluster.switches.base_path;
        path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether the login may see what belongs to this consumer org.
    fn sees(&self, org: Option<Id>) -> bool {
        let (Some(seen), Some(org)) = (&self.sees_only, org) else {
            return true;
        };
        self.cluster.consumer_orgs.get(org).is_some_and(|org| seen.contains(&org.head.name))
    }

    /// Refuses to clear a collection whose parent was not named in `confirm`.
    pub(super) fn confirmed(&self, parent: &str) -> Result<(), Refusal> {
        if self.query("confirm") == Some(parent) {
            return Ok(());
        }
        Err(Refusal::invalid(format!("The confirm parameter must be '{parent}'.")))
    }
}

/// A path that leads nowhere.
pub(super) fn nowhere() -> Refusal {
    Refusal::NotFound("The requested resource was not found.".to_owned())
}

pub(super) fn route(cluster: &mut Cluster, request: &::http::Request<Bytes>) -> Handled {
    let base_path = cluster.switches.base_path;
    let path = request.uri().path().strip_prefix(base_path).ok_or_else(nowhere)?;
    let segments: Vec<String> = path.split('/').skip(1).map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let segments = segments.as_slice();
    let mut call = Call {
        cluster,
        method: request.method().as_str(),
        sees_only: None,
        hidden: Hidden::default(),
        content_type: header(request, &::http::header::CONTENT_TYPE),
        base: base(request, base_path),
        query: url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect(),
        body: request.body(),
    };
    login::require_client(call.cluster, request)?;
    match (call.method, segments) {
        ("POST", ["token"]) => return login::token(&mut call),
        ("GET", ["cloud", "provider", "identity-providers"]) => {
            return login::identity_providers(&call);
        }
        ("GET", ["cloud", place @ ("about" | "info")]) if call.cluster.switches.cloud_information_open => {
            return login::cloud_information(&call, place);
        }
        _ => {}
    }
    let login = login::authenticate(call.cluster, request)?;
    login::authorize(&login, call.method, segments)?;
    call.sees_only.clone_from(&login.sees_only);
    call.hidden.clone_from(&login.hidden);
    call.cluster.acting = Some(login.user);
    let handled = resource(&mut call, &login, segments);
    call.cluster.acting = None;
    handled
}

fn header<'a>(request: &'a ::http::Request<Bytes>, name: &::http::HeaderName) -> Option<&'a str> {
    let value = request.headers().get(name)?;
    value.to_str().ok()
}

/// The host that the client called, as it stands in every URL of the answer.
fn base(request: &::http::Request<Bytes>, path: &str) -> String {
    let header = header(request, &::http::header::HOST);
    let host = request.uri().authority().map(::http::uri::Authority::as_str).or(header);
    format!("http://{}{path}", host.unwrap_or("localhost"))
}

fn resource(call: &mut Call<'_>, login: &crate::sandbox::world::Login, segments: &[&str]) -> Handled {
    match segments {
        ["me"] => login::me(call, login),
        ["cloud", place @ ("about" | "info")] => login::cloud_information(call, place),
        ["orgs", rest @ ..] => catalog::orgs(call, rest),
        ["user-registries", org, rest @ ..] => {
            provider(call, org)?;
            registries::route(call, rest)
        }
        ["catalogs"] => catalog::all(call),
        ["catalogs", org, catalog, rest @ ..] => {
            let catalog = find_catalog(call, org, catalog)?;
            catalog::route(call, catalog, rest)
        }
        ["spaces", org, catalog, space, rest @ ..] => {
            let catalog = find_catalog(call, org, catalog)?;
            let space = find_space(call, catalog, space).ok_or_else(nowhere)?;
            in_space(call, catalog, space, rest)
        }
        ["consumer-orgs", org, catalog, rest @ ..] => {
            let catalog = find_catalog(call, org, catalog)?;
            consumer_orgs::route(call, catalog, rest)
        }
        ["apps", org, catalog, rest @ ..] => {
            let catalog = find_catalog(call, org, catalog)?;
            apps::route(call, catalog, rest)
        }
        ["consumer-groups", org, catalog, group] => {
            let catalog = find_catalog(call, org, catalog)?;
            catalog::group(call, catalog, group)
        }
        _ => Err(nowhere()),
    }
}

fn in_space(call: &mut Call<'_>, catalog: Id, space: Id, rest: &[&str]) -> Handled {
    match rest {
        [] => catalog::space(call, space),
        ["products" | "apis", ..] | ["publish" | "stage"] => {
            let space = Some(space);
            products::route(call, Namespace { catalog, space }, rest)
        }
        [collection, rest @ ..] if configured::COLLECTIONS.contains(collection) => {
            configured::route(call, space, collection, rest)
        }
        ["consumer-orgs" | "apps" | "credentials" | "subscriptions" | "tasks" | "consumer-groups", ..] => {
            catalog::route(call, catalog, rest)
        }
        _ => Err(nowhere()),
    }
}

/// Checks that a segment means the provider organization.
pub(super) fn provider(call: &Call<'_>, org: &str) -> Result<Id, Refusal> {
    let own = &call.cluster.provider_org.head;
    if own.name == org || own.id.to_string() == org { Ok(own.id) } else { Err(Refusal::not_found("org", org)) }
}

fn find_catalog(call: &Call<'_>, org: &str, catalog: &str) -> Result<Id, Refusal> {
    let org = provider(call, org)?;
    call.cluster
        .catalogs
        .find(org, catalog)
        .map(|row| row.head.id)
        .ok_or_else(|| Refusal::not_found("catalog", catalog))
}

pub(super) fn find_space(call: &Call<'_>, catalog: Id, space: &str) -> Option<Id> {
    let found = call.cluster.spaces.find(catalog, space);
    found.filter(|row| call.sees_row(*row)).map(|row| row.head.id)
}

/// The child of a parent that a segment means, if the login sees it.
pub(super) fn find<T: Stored>(call: &Call<'_>, parent: Id, kind: &str, segment: &str) -> Result<Id, Refusal> {
    let found = T::table(call.cluster).find(parent, segment).filter(|row| call.sees_row(*row));
    found.map(|row| row.head().id).ok_or_else(|| Refusal::not_found(kind, segment))
}
