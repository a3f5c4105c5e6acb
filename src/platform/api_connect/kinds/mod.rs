//! The kinds of API Connect, in one table. Whatever is to be known of a kind stands in its own file: the row that the
//! engine plans by, and the operations that the server has for it. A new kind is a file, named here, and a line of the
//! table.

pub(crate) mod api;
mod api_user_registry;
pub(crate) mod app;
mod consumer_group;
pub(crate) mod consumer_org;
pub(crate) mod credential;
pub(crate) mod gateway_service;
pub(crate) mod member;
mod oauth_provider;
pub(crate) mod operations;
mod prerequisite;
pub(crate) mod product;
pub(crate) mod space;
mod subscription;
mod tls_client_profile;
pub(crate) mod user;
pub(crate) mod user_registry;

pub use consumer_org::{OWNER, SANDBOX_ORG};
use operations::KindOperations;

use crate::engine::model::{Kind, KindId, KindTable};

/// Declares the kinds: their ids, their rows and their operations all follow from one list, and so does their order.
macro_rules! kind_table {
    ($($(#[$doc:meta])+ $visibility:vis $id:ident = $module:ident;)+) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "they are called as the ids are")]
        enum Position {
            $($id,)+
        }

        $($(#[$doc])+ $visibility const $id: KindId = KindId(Position::$id as u8);)+

        /// The kinds of API Connect.
        pub static KINDS: KindTable = KindTable::new(&[$($module::KIND,)+]);

        static OPERATIONS: [KindOperations; COUNT] = [$($module::OPERATIONS,)+];

        const COUNT: usize = [$(stringify!($id),)+].len();
    };
}

// Each kind stands after what it lives under and after what it refers to.
kind_table! {
    /// User registries.
    pub(crate) REGISTRIES = user_registry;
    /// Users.
    pub USERS = user;
    /// Consumer organizations.
    pub CONSUMER_ORGS = consumer_org;
    /// Where Products are published: the spaces, or the catalog itself where it has none.
    pub SPACES = space;
    /// Groups of consumer organizations.
    pub GROUPS = consumer_group;
    /// Gateway services.
    pub GATEWAY_SERVICES = gateway_service;
    /// OAuth providers.
    pub OAUTH_PROVIDERS = oauth_provider;
    /// TLS client profiles.
    pub TLS_CLIENT_PROFILES = tls_client_profile;
    /// User registries that APIs authenticate callers against.
    pub API_USER_REGISTRIES = api_user_registry;
    /// APIs.
    pub APIS = api;
    /// Products.
    pub PRODUCTS = product;
    /// Members of consumer organizations.
    pub MEMBERS = member;
    /// Apps.
    pub APPLICATIONS = app;
    /// Credentials of apps.
    pub CREDENTIALS = credential;
    /// Subscriptions of apps to plans of Products.
    pub SUBSCRIPTIONS = subscription;
}

/// The operations of a kind.
pub(crate) fn operations_of(kind: KindId) -> &'static KindOperations {
    &OPERATIONS[usize::from(kind.0)]
}

/// One value for each kind.
#[derive(Debug)]
pub(crate) struct PerKind<T>([T; COUNT]);

impl<T: Default> Default for PerKind<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| T::default()))
    }
}

impl<T> PerKind<T> {
    pub(crate) fn of(&self, kind: KindId) -> &T {
        &self.0[usize::from(kind.0)]
    }
}

/// The kinds that `SyncProductsAndAPIs` is about.
pub const PRODUCT_KINDS: [KindId; 2] = [PRODUCTS, APIS];

/// A kind as most of this platform are; rows say only what is different.
pub(crate) const PLAIN: Kind = Kind { approved: &["state"], ..Kind::PLAIN };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_is_replicated_can_be_made_and_changed() {
        for kind in KINDS.reported() {
            let (name, operations) = (KINDS.row(kind).name, operations_of(kind));
            assert!(operations.create.is_some() && operations.update.is_some(), "{name}");
        }
    }
}
