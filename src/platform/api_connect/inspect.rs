//! The closer look of the command `check`: whether every list may be read, whether roles have
//! partners, and whether the target has what Products and APIs need.

use std::collections::BTreeSet;

use super::{lacking, paging, reader::ApiConnect, wire::Page, writer::ApiConnectTarget};
use crate::{http::HttpError, report::Finding};

/// The lists that a run reads.
const LISTS: [&str; 5] = [
    "consumer-orgs",
    "products",
    "apps",
    "credentials",
    "subscriptions",
];

/// Looks at both catalogs.
pub async fn inspect(source: &ApiConnect, target: &ApiConnectTarget) -> Vec<Finding> {
    let (from, to, roles, lacking) = tokio::join!(
        lists(source),
        lists(&target.reader),
        roles(source, &target.reader),
        lacking(source, &target.reader),
    );
    from.into_iter()
        .chain(to)
        .chain(roles)
        .chain(lacking)
        .collect()
}

async fn lacking(source: &ApiConnect, target: &ApiConnect) -> Vec<Finding> {
    if source.products_and_apis {
        lacking::findings(source, target).await
    } else {
        Vec::new()
    }
}

async fn lists(reader: &ApiConnect) -> Vec<Finding> {
    let mut findings = Vec::new();
    let apis = reader.products_and_apis.then_some("apis");
    for list in LISTS.into_iter().chain(apis) {
        let path = reader.site.of_catalog(list);
        let first: Result<Page, HttpError> = reader
            .client
            .get_json(&path, &[("limit", "1"), ("offset", "0")])
            .await;
        if let Err(error) = first {
            let mend = format!(
                "give the {} user a role that may view {list} of the whole catalog",
                reader.side
            );
            findings.push(Finding::error("permissions", error.to_string(), mend));
        }
    }
    findings
}

/// Holds the default roles of new organizations against each other.
async fn roles(source: &ApiConnect, target: &ApiConnect) -> Vec<Finding> {
    let (from, to) = match tokio::join!(default_roles(source), default_roles(target)) {
        (Ok(from), Ok(to)) => (from, to),
        (from, to) => {
            let errors = from
                .err()
                .into_iter()
                .chain(to.err())
                .map(|error| error.to_string())
                .collect::<Vec<_>>();
            return vec![Finding::warning(
                "roles",
                errors.join("; "),
                "compare the consumer roles of both catalogs yourself",
            )];
        }
    };
    from.difference(&to)
        .map(|role| {
            Finding::warning(
                "roles",
                format!("the target catalog has no consumer role {role}: members who have it are withheld"),
                format!("add the role {role} to the target catalog's consumer role defaults"),
            )
        })
        .collect()
}

async fn default_roles(reader: &ApiConnect) -> Result<BTreeSet<String>, HttpError> {
    let path = reader.site.of_catalog("role-defaults/consumer");
    let pages = paging::all(&reader.client, &path, &[], reader.page).await?;
    Ok(pages
        .objects
        .iter()
        .filter_map(|role| role.text("name").map(str::to_owned))
        .collect())
}
