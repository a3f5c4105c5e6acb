//! What Products and APIs need and the target lacks, as the command `check` tells it, with the call that mends it
//! (api-connect-rest.md section 16).

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::{
    kinds::{
        API_USER_REGISTRIES, GATEWAY_SERVICES, GROUPS, KINDS, OAUTH_PROVIDERS, SPACES,
        TLS_CLIENT_PROFILES,
    },
    prerequisites::own_names,
    reader::ApiConnect,
};
use crate::{
    catalog::{CatalogError, Listing, Reader},
    model::{KindId, Resource, address::decode},
    report::Finding,
};

/// The kinds that must be there already, and how one of them gets there.
const NEEDED: [(KindId, &str); 6] = [
    (
        SPACES,
        "POST /api/catalogs/{org}/{catalog}/spaces {\"name\"}",
    ),
    (
        GROUPS,
        "POST /api/catalogs/{org}/{catalog}/consumer-groups {\"name\", \"org_urls\"}",
    ),
    (
        GATEWAY_SERVICES,
        "POST /api/catalogs/{org}/{catalog}/configured-gateway-services {\"gateway_service_url\"}, or map its name with \
         GATEWAY_SERVICE_NAME_MAPPING",
    ),
    (
        OAUTH_PROVIDERS,
        "POST /api/catalogs/{org}/{catalog}/configured-oauth-providers {\"oauth_provider_url\"}",
    ),
    (
        TLS_CLIENT_PROFILES,
        "POST /api/catalogs/{org}/{catalog}/configured-tls-client-profiles {\"tls_client_profile_url\"}",
    ),
    (
        API_USER_REGISTRIES,
        "POST /api/catalogs/{org}/{catalog}/configured-api-user-registries {\"user_registry_url\"}",
    ),
];

/// Holds both sides against each other.
pub(super) async fn findings(source: &ApiConnect, target: &ApiConnect) -> Vec<Finding> {
    let kinds = NEEDED
        .iter()
        // Spaces on one side only are told by the check of the settings.
        .filter(|(kind, _)| *kind != SPACES || source.spaces.are_on() == target.spaces.are_on())
        .map(|(kind, mend)| of_kind(source, target, *kind, mend));
    join_all(kinds).await.into_iter().flatten().collect()
}

async fn of_kind(
    source: &ApiConnect,
    target: &ApiConnect,
    kind: KindId,
    mend: &str,
) -> Vec<Finding> {
    let check = KINDS.row(kind).name;
    let (ours, theirs) = match tokio::join!(source.list(kind, None), target.list(kind, None)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (ours, theirs) => {
            let errors = [ours.err(), theirs.err()].into_iter().flatten();
            return errors.map(|error| unread(check, &error)).collect();
        }
    };
    let known: BTreeSet<&str> = names(&theirs).collect();
    let mut missing: Vec<&str> = names(&ours).filter(|name| !known.contains(name)).collect();
    missing.dedup();
    let missing = missing
        .into_iter()
        .map(|name| lacking(kind, &decode(name), mend));
    let unknown = [(source, &ours), (target, &theirs)]
        .into_iter()
        .filter(|_| kind == GATEWAY_SERVICES)
        .flat_map(|(reader, listing)| unknown_names(reader, listing));
    missing.chain(unknown).collect()
}

/// A TLS client profile's bare name says nothing that its full one does not.
fn names(listing: &Listing) -> impl Iterator<Item = &str> {
    let is_alias = |resource: &&Resource| {
        resource.kind == TLS_CLIENT_PROFILES && !resource.name.text().contains(':')
    };
    let named = listing.resources.iter();
    named
        .filter(move |resource| !is_alias(resource))
        .map(|resource| resource.name.text())
}

fn lacking(kind: KindId, name: &str, mend: &str) -> Finding {
    let row = KINDS.row(kind);
    Finding::warning(
        row.name,
        format!(
            "the target has no {} {name}: Products and APIs that need it are withheld",
            row.singular
        ),
        format!("on the target: {mend}"),
    )
}

fn unknown_names(reader: &ApiConnect, listing: &Listing) -> Vec<Finding> {
    let known = own_names(listing);
    let unknown = reader.gateway_names.unknown(&known, reader.side);
    unknown
        .into_iter()
        .map(|name| {
            Finding::warning(
                "GATEWAY_SERVICE_NAME_MAPPING",
                format!(
                    "it names {name}, which is no gateway service of the {} catalog",
                    reader.side
                ),
                "correct the mapping",
            )
        })
        .collect()
}

fn unread(check: &str, error: &CatalogError) -> Finding {
    Finding::warning(
        check,
        error.to_string(),
        "give the user a role that may view it, or compare both catalogs yourself",
    )
}
