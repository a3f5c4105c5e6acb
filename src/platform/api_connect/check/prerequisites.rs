//! Prerequisites of Products and APIs that the target lacks, as the command `check` tells them, with the call that
//! adds them (api-connect-rest.md section 16).

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::{
    engine::{
        catalog::{CatalogError, Listing, Reader},
        model::{
            KindId, Resource, Side,
            address::{decode, encode},
        },
        report::Finding,
    },
    platform::{
        BothWays,
        api_connect::{
            kinds::{
                GATEWAY_SERVICES, KINDS, SPACES, TLS_CLIENT_PROFILES,
                gateway_service::{self, OWN_NAME},
                operations_of,
                user_registry::mapping_with,
            },
            reader::ApiConnect,
        },
    },
};

/// Holds both sides against each other.
pub(crate) async fn findings(source: &ApiConnect, target: &ApiConnect) -> BothWays {
    // Spaces on one side only are told by the check of the settings.
    let is_comparable = |kind: &KindId| *kind != SPACES || source.spaces.are_on() == target.spaces.are_on();
    let kinds = KINDS.ids().filter(is_comparable);
    let kinds = kinds.filter_map(|kind| Some((kind, operations_of(kind).call_to_add?)));
    let mut found = BothWays::default();
    for of_kind in join_all(kinds.map(|(kind, call)| of_kind(source, target, kind, call))).await {
        found.extend(of_kind);
    }
    found
}

async fn of_kind(source: &ApiConnect, target: &ApiConnect, kind: KindId, mend: &str) -> BothWays {
    let check = KINDS.row(kind).name;
    let (ours, theirs) = match tokio::join!(source.list(kind, None), target.list(kind, None)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (ours, theirs) => {
            let errors = [ours.err(), theirs.err()].into_iter().flatten();
            return BothWays::forward(errors.map(|error| unreadable_list(check, &error)).collect());
        }
    };
    let mapping = &source.gateway_names.0;
    let missing = |from: &BTreeSet<String>, to: &BTreeSet<String>, side| -> Vec<Finding> {
        let names = from.difference(to).map(|name| decode(name));
        names
            .map(|name| {
                let map = mapping_hint(kind, &name, mapping, side);
                missing_finding(kind, &name, &format!("{mend}{map}"), side)
            })
            .collect()
    };
    let unknown = [(source, &ours), (target, &theirs)]
        .into_iter()
        .filter(|_| kind == GATEWAY_SERVICES)
        .flat_map(|(reader, listing)| gateway_service::unknown_names(reader, listing));
    let (from, to) = (target_names(&ours), target_names(&theirs));
    let mut forward = missing(&from, &to, Side::Target);
    forward.extend(unknown);
    let (from, to) = (source_names(target, &theirs), source_names(source, &ours));
    BothWays { forward, reverse: missing(&from, &to, Side::Source) }
}

/// The names that things have on the target.
fn target_names(listing: &Listing) -> BTreeSet<String> {
    distinctly_named(listing).map(|resource| resource.name.text().to_owned()).collect()
}

/// The names that things have on the source. Only gateway services may have another name there.
fn source_names(reader: &ApiConnect, listing: &Listing) -> BTreeSet<String> {
    let name = |resource: &Resource| {
        let text = resource.name.text();
        let own = resource.document.field(OWN_NAME);
        let Some(own) = own.as_str() else {
            return text.to_owned();
        };
        let name = encode(reader.gateway_names.source_of(own, reader.side));
        let space = text.rsplit_once('/').map(|(space, _)| space);
        space.map_or_else(|| name.clone(), |space| format!("{space}/{name}"))
    };
    distinctly_named(listing).map(name).collect()
}

/// A TLS client profile's bare name says nothing that its full one does not.
fn distinctly_named(listing: &Listing) -> impl Iterator<Item = &Resource> {
    let is_alias = |resource: &&Resource| resource.kind == TLS_CLIENT_PROFILES && !resource.name.text().contains(':');
    let resources = listing.resources.iter();
    resources.filter(move |resource| !is_alias(resource))
}

/// Another way to find a gateway service: the mapping that would do it, with what it says already.
fn mapping_hint(kind: KindId, name: &str, mapping: &[(String, String)], side: Side) -> String {
    if kind != GATEWAY_SERVICES {
        return String::new();
    }
    // A name of the target's may be one that the mapping gave.
    let name = name.rsplit('/').next().unwrap_or_default();
    let own = mapping.iter().find(|pair| match side {
        Side::Source => pair.0 == name,
        Side::Target => pair.1 == name,
    });
    let others: Vec<_> = mapping.iter().filter(|it| Some(*it) != own).cloned().collect();
    let whole = match side {
        Side::Target => {
            let ours = own.map_or(name, |(ours, _)| ours);
            mapping_with(&others, (ours, "<name on the target>"))
        }
        Side::Source => {
            let theirs = own.map_or(name, |(_, theirs)| theirs);
            mapping_with(&others, ("<name on the source>", theirs))
        }
    };
    format!(", or map its name: GATEWAY_SERVICE_NAME_MAPPING=\"{whole}\"")
}

fn missing_finding(kind: KindId, name: &str, mend: &str, side: Side) -> Finding {
    let row = KINDS.row(kind);
    Finding::warning(
        row.name,
        format!("the {side} has no {} {name}: Products and APIs that need it are withheld", row.singular),
        format!("on the {side}: {mend}"),
    )
}

fn unreadable_list(check: &str, error: &CatalogError) -> Finding {
    Finding::warning(
        check,
        error.to_string(),
        "give the user a role that may view it, or compare both catalogs yourself",
    )
}
