//! IBM API Connect v10 by its provider REST API. Facts are in api-connect-rest.md; sections are named where they are used.

mod approval;
mod burden;
mod change;
mod connect;
mod documents;
mod email;
mod hanging;
mod in_place;
mod inspect;
mod kinds;
mod lacking;
mod lifecycle;
mod login;
mod makers;
mod masked;
mod metadata;
mod migration;
mod multipart;
mod named;
mod normal;
mod paging;
mod part_names;
mod password;
mod platform;
mod post;
mod preflight;
mod prerequisites;
mod product_document;
mod product_writer;
mod publish;
mod reader;
mod refusal;
mod registries;
mod release;
mod reverse;
mod rewrite;
mod roles;
mod routes;
mod settled;
mod shadow;
mod spaces;
mod standing;
mod trust;
mod unreached;
mod untaken;
mod versioned;
mod visibility;
mod wire;
mod writer;

pub use connect::{Endpoint, connect};
pub use kinds::{
    API_USER_REGISTRIES, APIS, APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, GATEWAY_SERVICES, GROUPS, MEMBERS,
    OAUTH_PROVIDERS, PRODUCTS, SPACES, SUBSCRIPTIONS, TLS_CLIENT_PROFILES, USERS,
};
pub use kinds::{KINDS, OWNER, PRODUCT_KINDS, SANDBOX_ORG};
pub use platform::Platform;
pub use preflight::Requirements;
pub use reader::ApiConnect;
pub use writer::ApiConnectTarget;
