//! Variables that look as if one of ours had been meant.

use std::collections::BTreeSet;

use super::env::Environment;
use super::problem::Warning;
use super::vars;

/// A variable that is set but is none of ours, and the one that it resembles.
pub(super) struct Misspelling {
    pub(super) found: String,
    pub(super) meant: String,
}

impl Misspelling {
    pub(super) fn warning(&self) -> Warning {
        let message = format!("is no variable of this program and is ignored; was {} meant?", self.meant);
        Warning { variable: self.found.clone(), message }
    }
}

/// The misspelt variables of an environment, in alphabetical order.
pub(super) fn misspellings(environment: &Environment) -> Vec<Misspelling> {
    let known: BTreeSet<String> = vars::settings().map(|setting| setting.name()).collect();
    let lower_case: BTreeSet<String> = vars::settings()
        .filter(|setting| setting.variable.lower_case_too)
        .map(|setting| setting.name().to_ascii_lowercase())
        .collect();
    let foreign = |name: &&str| !known.contains(*name) && !lower_case.contains(*name) && !is_injected(name);
    let closest = |found: &str| known.iter().filter_map(|name| Some((distance(found, name)?, name))).min();
    environment
        .names()
        .filter(foreign)
        .filter_map(|found| {
            closest(found).map(|(_, meant)| Misspelling { found: found.to_owned(), meant: meant.clone() })
        })
        .collect()
}

/// Whether Kubernetes sets such a variable for a Service, say one named `target`: `TARGET_PORT`, `TARGET_SERVICE_HOST`,
/// `TARGET_PORT_8080_TCP_ADDR`.
fn is_injected(name: &str) -> bool {
    let numbered = |(_, port): (&str, &str)| port.starts_with(|first: char| first.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_PORT")
        || name.contains("_SERVICE_PORT_")
        || name.split_once("_PORT_").is_some_and(numbered)
}

/// How far a name is from one of ours; nothing when it resembles it too little.
fn distance(found: &str, name: &str) -> Option<usize> {
    if bare(found) == bare(name) {
        return Some(0);
    }
    let edits = strsim::osa_distance(&found.to_ascii_uppercase(), &name.to_ascii_uppercase());
    if edits <= name.len() / 6 {
        return Some(edits);
    }
    has_words_of(found, name).then_some(edits + name.len())
}

/// The letters alone: `SYNC_PRODUCTS_AND_APIS` is `SyncProductsAndAPIs`.
fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether, for the same side, the words of one are at least half of the words of the other, or the end of the other:
/// `SOURCE_PASSWORD` for `SOURCE_ADMIN_PASSWORD`, `SOURCE_ORGANIZATION` and `SOURCE_ORG_NAME` for `SOURCE_ORG`, `SOURCE_CLIENT_ID` for
/// `SOURCE_TOOLKIT_CREDENTIALS_CLIENTID`.
fn has_words_of(found: &str, name: &str) -> bool {
    let found = found.to_ascii_uppercase();
    let rests =
        ["SOURCE_", "TARGET_"].into_iter().find_map(|side| found.strip_prefix(side).zip(name.strip_prefix(side)));
    let Some((found, name)) = rests else {
        return false;
    };
    let written_out = bare(found).starts_with(&bare(name)) && bare(name).len() >= "org".len();
    let cut_short = bare(found).len() >= "client".len() && bare(name).ends_with(&bare(found));
    if written_out || cut_short {
        return true;
    }
    let (found, name): (BTreeSet<&str>, BTreeSet<&str>) = (found.split('_').collect(), name.split('_').collect());
    let shared = found.intersection(&name).count();
    shared == found.len().min(name.len()) && 2 * shared >= found.len().max(name.len())
}

#[cfg(test)]
mod tests {
    use super::misspellings;
    use crate::config::Environment;

    fn meant(found: &str) -> Option<String> {
        let environment: Environment = [(found, "x")].into_iter().collect();
        misspellings(&environment).pop().map(|misspelling| misspelling.meant)
    }

    #[test]
    fn what_resembles_a_variable_of_ours_is_found() {
        for (found, expected) in [
            ("SOURCE_MGMT_SERVR", "SOURCE_MGMT_SERVER"),
            ("SOURCE_MGMT_SERVER_URL", "SOURCE_MGMT_SERVER"),
            ("source_mgmt_server", "SOURCE_MGMT_SERVER"),
            ("TARGET_PASSWORD", "TARGET_ADMIN_PASSWORD"),
            ("TARGET_ADMIN_API_KEY", "TARGET_ADMIN_APIKEY"),
            ("TARGET_CLIENT_ID", "TARGET_TOOLKIT_CREDENTIALS_CLIENTID"),
            ("TARGET_TOOLKIT_CREDENTIALS_CLIENT_ID", "TARGET_TOOLKIT_CREDENTIALS_CLIENTID"),
            ("SOURCE_SERVER_MGMT", "SOURCE_MGMT_SERVER"),
            ("SYNCPRODUCTSANDAPIS", "SyncProductsAndAPIs"),
            ("MAX_DELETE_PERCENTAGE", "MAX_DELETE_PERCENT"),
        ] {
            assert_eq!(meant(found).as_deref(), Some(expected), "{found}");
        }
    }

    #[test]
    fn what_others_set_is_left_in_peace() {
        for found in [
            "TARGET_PORT",
            "TARGET_SERVICE_HOST",
            "TARGET_SERVICE_PORT",
            "TARGET_SERVICE_PORT_HTTP",
            "TARGET_PORT_8080_TCP",
            "TARGET_PORT_8080_TCP_ADDR",
            "SOURCE_DIR",
            "SOURCE_DATE_EPOCH",
            "TARGET_ARCH",
            "https_proxy",
            "PATH",
            "HOME",
            "LANG",
        ] {
            assert_eq!(meant(found), None, "{found}");
        }
    }
}
