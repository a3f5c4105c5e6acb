//! IBM API Connect v10 by its provider REST API. Facts are in api-connect-rest.md; sections are named where they are
//! used.

mod check;
mod connect;
mod creators;
mod kinds;
mod login;
mod platform;
mod products;
mod reader;
mod release;
mod seals;
mod target_terms;
mod wire;
mod writer;
mod writes;

pub use check::preflight::Requirements;
pub use connect::{Endpoint, connect};
pub use kinds::{
    API_USER_REGISTRIES, APIS, APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, GATEWAY_SERVICES, GROUPS, MEMBERS,
    OAUTH_PROVIDERS, PRODUCTS, SPACES, SUBSCRIPTIONS, TLS_CLIENT_PROFILES, USERS,
};
pub use kinds::{KINDS, OWNER, PRODUCT_KINDS, SANDBOX_ORG};
pub use platform::Platform;
pub use reader::ApiConnect;
pub use writer::ApiConnectTarget;
