//! The requests that the servers got, as they travel between processes: one line of JSON each.

use serde::{Deserialize, Serialize};

/// One of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Side {
    Source,
    Target,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Source, Self::Target];

    /// The first word of its variables.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Source => "SOURCE",
            Self::Target => "TARGET",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

/// A request in the order of arrival, with its body, for a replay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) side: Side,
    pub(crate) method: String,
    /// With `/api`.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// The collections of the REST API that a path may end in (api-connect-rest.md).
const COLLECTIONS: [&str; 12] = [
    "token",
    "catalogs",
    "settings",
    "configured-catalog-user-registries",
    "users",
    "products",
    "consumer-orgs",
    "members",
    "roles",
    "apps",
    "credentials",
    "subscriptions",
];

impl Recorded {
    pub(crate) fn is_read(&self) -> bool {
        self.method == "GET"
    }

    pub(crate) fn is_login(&self) -> bool {
        self.path.ends_with("/token")
    }

    /// The request without names, ids and pages: `GET users`, `PATCH credentials/{id}`.
    pub(crate) fn shape(&self) -> String {
        let segments: Vec<&str> = self.path.split('/').collect();
        let known = segments.iter().rposition(|segment| COLLECTIONS.contains(segment));
        let subject = known.map_or("(unknown)", |at| segments[at]);
        let one = known.is_some_and(|at| at + 1 < segments.len());
        format!("{} {subject}{}", self.method, if one { "/{id}" } else { "" })
    }
}
