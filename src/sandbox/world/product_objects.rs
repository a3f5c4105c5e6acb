//! Products, APIs and what they refer to, as plain data. Field names are those of the REST API.
#![expect(missing_docs, reason = "the fields have the names of the REST API and are described in api-connect-rest.md")]

use serde_json::Value;

use super::Cluster;
use super::id::Id;
use super::objects::Head;
use super::table::Record;

/// Where products and APIs live and their names are unique: a catalog, or one of its spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace {
    pub catalog: Id,
    pub space: Option<Id>,
}

impl Namespace {
    /// The space, or else the catalog.
    #[must_use]
    pub fn home(self) -> Id {
        self.space.unwrap_or(self.catalog)
    }
}

/// A product in a catalog; `document` is what its author published.
#[derive(Debug, Clone)]
pub struct Product {
    pub head: Head,
    pub catalog: Id,
    pub space: Option<Id>,
    pub version: String,
    pub state: String,
    pub document: Value,
    pub visibility: Visibility,
    pub apis: Vec<Id>,
    pub gateway_services: Vec<Id>,
    pub superseded_by: Option<Link>,
    pub migration_target: Option<Link>,
    pub tasks: Vec<Id>,
}

/// Who may see a product, and who may subscribe to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    pub view: Audience,
    pub subscribe: Audience,
}

/// One half of a visibility; consumer orgs and groups count where `kind` is `custom`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// `public`, `authenticated` or `custom`; the field is called `type`.
    pub kind: String,
    pub enabled: bool,
    pub orgs: Vec<Id>,
    pub groups: Vec<Id>,
}

/// A product that takes over from another one, and which plan (`source`) becomes which (`target`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub product: Id,
    pub plans: Vec<PlanMove>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PlanMove {
    pub source: String,
    pub target: String,
}

#[derive(Debug, Clone)]
pub struct Api {
    pub head: Head,
    pub catalog: Id,
    pub space: Option<Id>,
    pub version: String,
    pub state: String,
    pub api_type: String,
    pub document: Value,
    pub wsdl: Option<Wsdl>,
    pub gateway_services: Vec<Id>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wsdl {
    /// `application/wsdl` or `application/zip`.
    pub content_type: String,
    pub content: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct GatewayService {
    pub head: Head,
    pub catalog: Id,
    pub space: Option<Id>,
    pub gateway_type: String,
}

/// An OAuth provider put to use in a catalog or space.
#[derive(Debug, Clone)]
pub struct OauthProvider {
    pub head: Head,
    pub catalog: Id,
    pub space: Option<Id>,
}

/// A TLS client profile put to use in a catalog or space.
#[derive(Debug, Clone)]
pub struct TlsClientProfile {
    pub head: Head,
    pub catalog: Id,
    pub space: Option<Id>,
    pub version: String,
}

/// A user registry put to use for APIs in a catalog or space.
#[derive(Debug, Clone)]
pub struct ApiUserRegistry {
    pub head: Head,
    pub catalog: Id,
    pub space: Option<Id>,
}

/// Implements [`Record`] for a kind that lives in a namespace.
macro_rules! namespaced {
    ($kind:ty $(; $($rest:tt)*)?) => {
        impl Record for $kind {
            fn head(&self) -> &Head {
                &self.head
            }
            fn head_mut(&mut self) -> &mut Head {
                &mut self.head
            }
            fn parent(&self) -> Id {
                self.namespace().home()
            }
            fn space(&self) -> Option<Id> {
                self.space
            }
            $($($rest)*)?
        }

        impl $kind {
            /// Where it lives.
            #[must_use]
            pub fn namespace(&self) -> Namespace {
                Namespace { catalog: self.catalog, space: self.space }
            }
        }
    };
}

namespaced! {
    Product;
    fn listed_under(&self) -> Vec<Id> {
        std::iter::once(self.catalog).chain(self.space).collect()
    }
    fn address(&self) -> String {
        format!("{}:{}", self.head.name, self.version)
    }
    fn carried_by(&self, _: &Cluster) -> Vec<Id> {
        vec![self.head.id]
    }
}
namespaced! {
    Api;
    fn listed_under(&self) -> Vec<Id> {
        std::iter::once(self.catalog).chain(self.space).collect()
    }
    fn address(&self) -> String {
        format!("{}:{}", self.head.name, self.version)
    }
    fn carried_by(&self, cluster: &Cluster) -> Vec<Id> {
        let products = cluster.products.rows_under(self.catalog);
        let with_it = products.filter(|row| row.apis.contains(&self.head.id));
        with_it.map(|row| row.head.id).collect()
    }
    /// Unlike names of products these are unique whatever their case (section 14.2).
    fn key(&self) -> Option<(Id, String)> {
        Some((self.parent(), self.address().to_lowercase()))
    }
}
namespaced!(GatewayService);
namespaced!(OauthProvider);
namespaced!(ApiUserRegistry);
namespaced! {
    TlsClientProfile;
    fn address(&self) -> String {
        format!("{}:{}", self.head.name, self.version)
    }
}
