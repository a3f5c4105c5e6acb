//! Findings about a side that could not be reached, or not be read as far as a run needs it.

use crate::{
    engine::{catalog::CatalogError, report::Finding},
    http::{Cause, Client, HttpError, TransportError},
    platform::api_connect::{
        connect::Endpoint,
        wire::{
            paging::{self, PageSize},
            routes::CatalogPaths,
        },
    },
};

pub(crate) fn unreachable(side: &str, error: &HttpError) -> Finding {
    use TransportError::{Proxy, Tls};
    let mend = match &error.cause {
        // The message itself says which setting to mend; the others are not to blame.
        Cause::Transport(Tls(_)) => {
            "as the message says; certificates are always verified, and no setting leaves that out".to_owned()
        }
        Cause::Transport(Proxy(_)) => "as the message says".to_owned(),
        _ => format!("check {}_MGMT_SERVER, the network between, and the login", side.to_uppercase()),
    };
    Finding::error("connection", error.to_string(), mend)
}

pub(crate) fn unreadable(side: &str, error: &HttpError) -> Finding {
    let mend = format!(
        "check {side_upper}_MGMT_SERVER, and that the {side} user may view the catalog, its settings and its user registries",
        side_upper = side.to_uppercase()
    );
    Finding::error("catalog", error.to_string(), mend)
}

pub(crate) fn malformed(side: &str, error: &CatalogError) -> Finding {
    let mend = format!("check that {}_MGMT_SERVER is the platform REST API, host and path", side.to_uppercase());
    Finding::error("catalog", format!("{side}: {error}"), mend)
}

pub(crate) fn unreadable_spaces(side: &str, error: &CatalogError) -> Finding {
    Finding::error(
        "spaces",
        format!("{side}: the spaces cannot be read: {error}"),
        format!("give the {side} user a role that may view the catalog's spaces, or set SyncProductsAndAPIs=false"),
    )
}

/// Says which catalogs there are, where the one that was named is not.
pub(crate) async fn no_such_catalog(client: &Client, named: &CatalogPaths, endpoint: &Endpoint) -> Finding {
    let side = endpoint.options.side;
    let prefix = side.to_uppercase();
    let page = PageSize::of(endpoint.page);
    let known = paging::read_all(client, &named.catalogs_of_org(), &[], &page).await;
    let visible: Vec<String> = known
        .map(|pages| pages.objects.iter().filter_map(|catalog| catalog.text("name").map(str::to_owned)).collect())
        .unwrap_or_default();
    let seen = if visible.is_empty() { String::new() } else { format!(" (this login sees: {})", visible.join(", ")) };
    Finding::error(
        "catalog",
        format!("the {side} has no catalog {} in the provider organization {}{seen}", endpoint.catalog, endpoint.org),
        format!("check {prefix}_ORG and {prefix}_CATALOG, and that the {side} user may view the catalog"),
    )
}
