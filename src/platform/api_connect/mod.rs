//! IBM API Connect v10 by its provider REST API. Facts are in api-connect-rest.md; sections are named where they are used.

mod connect;
mod inspect;
mod kinds;
mod login;
mod metadata;
mod paging;
mod post;
mod preflight;
mod reader;
mod registries;
mod roles;
mod routes;
mod wire;
mod writer;

pub use connect::{Access, Endpoint, connect};
pub use inspect::inspect;
pub use kinds::{
    APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, MEMBERS, PRODUCTS, SUBSCRIPTIONS, USERS,
};
pub use kinds::{KINDS, PRODUCT_KINDS, SANDBOX_ORG};
pub use preflight::Requirements;
pub use reader::ApiConnect;
pub use writer::ApiConnectTarget;
