//! The variables that the vendor documents, in its exact spelling (interface.md, "Documented by the vendor").

use super::{Origin, ValueType, Variable};

const fn vendor(name: &'static str, values: ValueType, example: &'static str) -> Variable {
    Variable::new(Origin::Vendor, name, values, example)
}

const fn side(name: &'static str, words: &'static str, example: &'static str) -> Variable {
    vendor(name, ValueType::Text(words), example).per_side()
}

/// Where the platform's REST API is.
pub static MGMT_SERVER: Variable = vendor("MGMT_SERVER", ValueType::Server, "https://platform-api.example.com/api")
    .per_side()
    .otherwise("required")
    .meaning(
        "Platform REST API, host and path (the toolkit's `toolkit.endpoint`). A value without a path means `/api`.",
    );

/// The provider organization.
pub static ORG: Variable =
    side("ORG", "a provider organization", "acme").otherwise("required").meaning("Provider organization, name or id.");

/// The catalog.
pub static CATALOG: Variable =
    side("CATALOG", "a catalog", "production").otherwise("required").meaning("Catalog, name or id.");

/// The identity provider of a password login.
pub static REALM: Variable =
    side("REALM", "the realm of the user, which a password login needs", "provider/default-idp-2")
        .otherwise("required with a password")
        .meaning("Realm of the user, for a password login.");

/// The user of a password login.
pub static ADMIN_USER: Variable = side("ADMIN_USER", "the user name, which a password login needs", "config-sync")
    .otherwise("required with a password")
    .meaning("User name, for a password login.");

/// The password of a password login.
pub static ADMIN_PASSWORD: Variable = side("ADMIN_PASSWORD", "the user's password", "…")
    .secret()
    .otherwise("password or API key required")
    .meaning("Password of the user. Either this or the API key.");

/// The key of an API key login.
pub static ADMIN_APIKEY: Variable = side("ADMIN_APIKEY", "an API key", "…")
    .secret()
    .otherwise("password or API key required")
    .meaning("API key. User, password and realm are then not needed; key and password both set is an error.");

/// The toolkit's client id.
pub static CLIENT_ID: Variable = side(
    "TOOLKIT_CREDENTIALS_CLIENTID",
    "the toolkit's client id, from its credentials.json",
    "00000000-0000-0000-0000-000000000000",
)
.otherwise("required")
.meaning("Client id from the toolkit's `credentials.json`.");

/// The toolkit's client secret.
pub static CLIENT_SECRET: Variable =
    side("TOOLKIT_CREDENTIALS_CLIENTSECRET", "the toolkit's client secret, from its credentials.json", "…")
        .secret()
        .otherwise("required")
        .meaning("Client secret from the toolkit's `credentials.json`.");

/// Whether Products and APIs are synchronized.
pub static SYNC_PRODUCTS_AND_APIS: Variable = vendor("SyncProductsAndAPIs", ValueType::Boolean, "false")
    .default("true")
    .meaning("`false` leaves Products and APIs to your own pipeline.");

/// Which user registry of the target answers to one of the source.
pub static USER_REGISTRY_NAME_MAPPING: Variable =
    vendor("USER_REGISTRY_NAME_MAPPING", ValueType::Mapping, "corporate-ldap,corporate-ldap-dr;local,local")
        .meaning("Source registry name, target registry name; pairs separated by `;`.");

/// Which gateway service of the target answers to one of the source.
pub static GATEWAY_SERVICE_NAME_MAPPING: Variable =
    vendor("GATEWAY_SERVICE_NAME_MAPPING", ValueType::Mapping, "gateway-east,gateway-west")
        .meaning("The same for gateway services.");

/// How much is logged.
pub static LOG_LEVEL: Variable =
    vendor("LOG_LEVEL", ValueType::OneOf(&["error", "warn", "info", "debug", "trace"]), "debug")
        .default("info")
        .meaning("How much is logged to stderr.");

/// In which form is logged.
pub static LOG_ENCODE: Variable = vendor("LOG_ENCODE", ValueType::OneOf(&["json", "console"]), "json")
    .otherwise("`json` when stderr is no terminal, else `console`")
    .meaning("The form of the log.");

/// How long one request may take.
pub static HTTP_CLIENT_TIMEOUT: Variable =
    vendor("HTTP_CLIENT_TIMEOUT", ValueType::Seconds(1, 3600), "60").default("30").meaning("Seconds for one request.");

/// How many objects one page holds.
pub static PAGE_SIZE: Variable = vendor("API_CACHE_REQUEST_PAGE_SIZE", ValueType::Whole(1, 10_000), "500")
    .default("100")
    .meaning("Objects asked for per page.");

/// How many requests may be in flight while reading.
pub static MAX_READS: Variable = vendor("MAX_CONCURRENT_CACHE_INIT_REQUESTS", ValueType::Whole(1, 1024), "8")
    .default("16")
    .meaning("Most requests in flight while reading, per side.");

pub(super) static ALL: &[&Variable] = &[
    &MGMT_SERVER,
    &ORG,
    &CATALOG,
    &REALM,
    &ADMIN_USER,
    &ADMIN_PASSWORD,
    &ADMIN_APIKEY,
    &CLIENT_ID,
    &CLIENT_SECRET,
    &SYNC_PRODUCTS_AND_APIS,
    &USER_REGISTRY_NAME_MAPPING,
    &GATEWAY_SERVICE_NAME_MAPPING,
    &LOG_LEVEL,
    &LOG_ENCODE,
    &HTTP_CLIENT_TIMEOUT,
    &PAGE_SIZE,
    &MAX_READS,
];
