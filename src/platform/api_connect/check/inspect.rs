//! The closer look of the command `check`: whether every list may be read, whether roles have
//! partners, and whether the target has what Products and APIs need.

use std::collections::BTreeSet;

use crate::{
    engine::{model::Side, report::Finding},
    http::HttpError,
    platform::{
        BothWays,
        api_connect::{
            check::{mark_trust, prerequisites},
            kinds::{KINDS, operations::ListOfCatalog, operations_of},
            reader::ApiConnect,
            wire::{object::Page, paging},
            writer::ApiConnectTarget,
        },
    },
};

/// The lists of the whole catalog that a run reads.
fn lists_of_run(reader: &ApiConnect) -> impl Iterator<Item = &'static str> {
    let lists = || KINDS.ids().filter_map(|kind| operations_of(kind).list_of_catalog.as_ref());
    let always = lists().filter_map(|list| match list {
        ListOfCatalog::Always(list) => Some(*list),
        ListOfCatalog::WithProducts(_) => None,
    });
    let with_products = lists().filter_map(|list| match list {
        ListOfCatalog::WithProducts(list) => Some(*list),
        ListOfCatalog::Always(_) => None,
    });
    let has_products = reader.products_and_apis;
    always.chain(with_products.filter(move |_| has_products))
}

/// Looks at both catalogs. What is read for one direction serves the other too.
pub(crate) async fn inspect(source: &ApiConnect, target: &ApiConnectTarget) -> BothWays {
    let (from, to, roles, lacking, trust, trust_in_reverse) = tokio::join!(
        lists(source),
        lists(&target.reader),
        roles(source, &target.reader),
        prerequisite_findings(source, &target.reader),
        mark_trust::finding(&target.reader),
        mark_trust::finding_in_reverse(source),
    );
    let mut found = BothWays {
        // Each side is read in either direction, so what cannot be read is told once.
        forward: from.into_iter().chain(to).collect(),
        reverse: Vec::new(),
    };
    found.extend(roles);
    found.extend(lacking);
    found.forward.extend(trust);
    found.reverse.extend(trust_in_reverse);
    found
}

async fn prerequisite_findings(source: &ApiConnect, target: &ApiConnect) -> BothWays {
    if source.products_and_apis { prerequisites::findings(source, target).await } else { BothWays::default() }
}

async fn lists(reader: &ApiConnect) -> Vec<Finding> {
    let mut findings = Vec::new();
    for list in lists_of_run(reader) {
        let path = reader.paths.of_catalog(list);
        let first: Result<Page, HttpError> = reader.client.get_json(&path, &[("limit", "1"), ("offset", "0")]).await;
        if let Err(error) = first {
            let mend = format!("give the {} user a role that may view {list} of the whole catalog", reader.side);
            findings.push(Finding::error("permissions", error.to_string(), mend));
        }
    }
    findings
}

/// Holds the default roles of new organizations against each other.
async fn roles(source: &ApiConnect, target: &ApiConnect) -> BothWays {
    let (from, to) = match tokio::join!(default_roles(source), default_roles(target)) {
        (Ok(from), Ok(to)) => (from, to),
        (from, to) => {
            let errors = from.err().into_iter().chain(to.err()).map(|error| error.to_string()).collect::<Vec<_>>();
            return BothWays::forward(vec![Finding::warning(
                "roles",
                errors.join("; "),
                "compare the consumer roles of both catalogs yourself",
            )]);
        }
    };
    let missing_in = |side| move |role: &String| lacking_role(role, side);
    BothWays {
        forward: from.difference(&to).map(missing_in(Side::Target)).collect(),
        reverse: to.difference(&from).map(missing_in(Side::Source)).collect(),
    }
}

fn lacking_role(role: &str, side: Side) -> Finding {
    Finding::warning(
        "roles",
        format!("the {side} catalog has no consumer role {role}: members who have it are withheld"),
        format!("add the role {role} to the {side} catalog's consumer role defaults"),
    )
}

async fn default_roles(reader: &ApiConnect) -> Result<BTreeSet<String>, HttpError> {
    let path = reader.paths.of_catalog("role-defaults/consumer");
    let pages = paging::read_all(&reader.client, &path, &[], &reader.page).await?;
    Ok(pages.objects.iter().filter_map(|role| role.text("name").map(str::to_owned)).collect())
}
