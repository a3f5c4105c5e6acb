//! What no public source tells about the server: one documented field per unknown.
//!
//! The defaults describe the most likely server. Every field answers to a `[?]` of api-connect-rest.md,
//! so a test turns it both ways. Section 21 is the list this started from.

/// How the server behaves where its behaviour is unknown.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent yes-or-no question about the server")]
pub struct Switches {
    /// The path that the whole API is below (section 1).
    pub base_path: &'static str,
    /// Every request must name the registration that sends it (`X-Ibm-Client-Id`, `X-Ibm-Client-Secret`).
    pub client_headers_demanded: bool,
    /// Seconds by which the `Date` header runs ahead of the clock that stamps objects; negative behind it.
    pub date_ahead: i64,

    /// Page size when `limit` is not given; `None` lists everything (section 1, "Lists").
    pub default_page_size: Option<usize>,
    /// The server caps a larger `limit` at this; `None` obeys every limit.
    pub page_cap: Option<usize>,
    /// What `total_results` means.
    pub total_results: TotalResults,
    /// Lists start with the newest object, as the one recorded run shows.
    pub newest_first: bool,
    /// `fields` is obeyed; `false` answers with whole objects whatever was asked for.
    pub fields_honoured: bool,
    /// Unset optional fields are sent as `null` (2018 releases) and not left out (v10).
    pub null_fields: bool,
    /// Fields that the server never shows, e.g. `state` (section 1, "Common object fields").
    pub left_out: &'static [&'static str],
    /// Timestamps have real milliseconds (2018 and early v10.0) and not always `.000`.
    pub millisecond_timestamps: bool,

    /// Texts are stored without blanks at their ends.
    pub texts_trimmed: bool,
    /// Texts are cut after this many characters.
    pub texts_cut: Option<usize>,
    /// E-mail addresses are stored in small letters.
    pub emails_lowered: bool,
    /// The redirect endpoints of apps are stored in order.
    pub endpoints_sorted: bool,
    /// A field that a `PATCH` ignores; `metadata/k` is a key of the metadata.
    pub ignored_on_patch: Option<&'static str>,
    /// A field that a `POST` ignores.
    pub ignored_on_post: Option<&'static str>,
    /// A `PATCH` that names a name is refused with 400.
    pub renames_refused: bool,

    /// `DELETE` answers 200 with the deleted object; `false` answers 204 without a body.
    pub delete_returns_body: bool,
    /// Status of a refused duplicate, 409 or 400.
    pub duplicate_status: u16,
    /// The form of error bodies.
    pub error_body: ErrorBody,
    /// What a 404 carries: what a proxy sends in the place of the API's own error proves no absence.
    pub not_found: NotFoundBody,
    /// `PATCH {"owner_url"}` of a consumer org is refused with 400; `false` ignores the field.
    pub owner_patch_refused: bool,

    /// Where the hash of a credential's secret is listed.
    pub listed_hash: ListedHash,
    /// A single `GET` of a credential shows the hash of its secret.
    pub readable_hash: bool,
    /// A clear secret that the world still knows is returned to readers, as in older releases.
    pub readable_secret: bool,

    /// What is shown in the place of a clear secret (with `readable_secret`); `None` shows the secret.
    pub secret_mask: Option<&'static str>,

    /// `PATCH {"metadata"}` merges keys into the stored map; `false` replaces the map.
    pub metadata_merged: bool,
    /// Which kinds store metadata.
    pub metadata: MetadataByKind,

    /// On which objects `created_by` stands (sections 1 and 21.1).
    pub created_by: CreatedBy,
    /// `GET /api/me` is refused with 403.
    pub me_refused: bool,
    /// A list is refused with 400 whose `fields` name one that this release does not have.
    pub unknown_fields_refused: bool,

    /// What waits for an approval names its tasks; `false` leaves them to the catalog's list (section 17).
    pub task_urls: bool,
    /// A subscription made over the provider API to a plan with approval starts `pending`.
    pub approval_plan_pends: bool,
    /// The catalog's list of subscriptions knows the filters `product_url` and `consumer_org_url`; `false` refuses them.
    pub subscriptions_filtered: bool,
    /// An app may subscribe to one plan of a product only; `false` allows one subscription per plan.
    pub one_plan_per_product: bool,
    /// `state: disabled` at the creation of an app is honoured; `false` creates it enabled.
    pub app_created_disabled: bool,
    /// The server adds the base role `member` to every member by itself.
    pub base_role_added: bool,
    /// Listing the users of a registry is refused with 403.
    pub registry_listing_refused: bool,
    /// Status with which a registry that keeps no passwords itself refuses `POST …/users`, so that only `search` with
    /// `remote` makes users there (section 5); `None` takes them.
    pub foreign_post_refused: Option<u16>,
    /// No two users of the site have one e-mail address, whatever its case (section 21.1).
    pub unique_emails: bool,
    /// Passwords need 8 characters of all four classes, and none twice in a row (section 21.1).
    pub password_rule: bool,
    /// After `transfer-owner` the new owner keeps the roles he had beside `owner`.
    pub new_owner_keeps_roles: bool,
    /// The role that the former owner gets when the transfer names none.
    pub old_owner_role: &'static str,
    /// The member of a consumer org's owner can't be deleted.
    pub owner_member_protected: bool,
    /// An app's last credential can't be deleted.
    pub last_credential_protected: bool,

    /// `config_sync_target_catalog` lets a production-mode catalog take a published version again.
    pub config_sync_lifts_production_mode: bool,
    /// The consumer orgs and groups in a document's `visibility` are honoured; `false` ignores them.
    pub publish_reads_orgs: bool,
    /// A version that is published again keeps its id; `false` gives it a new one, and its subscriptions move there.
    pub republish_keeps_id: bool,
    /// A product and the APIs that are published again keep their metadata; `false` clears it.
    pub republish_keeps_metadata: bool,
    /// A deprecated product that is published again is `published` afterwards; `false` leaves it deprecated.
    pub republish_reopens_deprecated: bool,
    /// The most bytes that a publish or stage may send; above it the ingress answers an HTML 413 (section 2.4).
    pub publish_body_limit: Option<usize>,
    /// `/products/{x}/document` exists; without it the document comes with `fields=add(catalog_product)` alone.
    pub product_document_route: bool,
    /// The catalog's lists of products and APIs include those of its spaces.
    pub catalog_lists_space_products: bool,
    /// A product can be deleted only once it is archived.
    pub only_archived_products_deleted: bool,
    /// An API goes with the last product that uses it.
    pub unused_apis_removed: bool,
    /// How a product shows which one takes over from it.
    pub lifecycle_links: LifecycleLinks,
    /// A deprecated product takes new subscriptions.
    pub deprecated_takes_subscriptions: bool,
    /// A WSDL is answered as `{"content", "content_type"}`; `false` answers the raw bytes.
    pub wsdl_wrapped: bool,

    /// Seconds that a token lives, on the virtual clock.
    pub token_lifetime: i64,
    /// An API key may be exchanged once only.
    pub single_use_api_keys: bool,

    /// What `/cloud/about` tells.
    pub cloud_about: CloudInformation,
    /// What `/cloud/info` tells.
    pub cloud_info: CloudInformation,
    /// Both are open to all; `false` asks for a login.
    pub cloud_information_open: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            base_path: "/api",
            client_headers_demanded: false,
            date_ahead: 0,
            default_page_size: None,
            page_cap: None,
            total_results: TotalResults::Total,
            newest_first: true,
            fields_honoured: true,
            null_fields: false,
            left_out: &[],
            millisecond_timestamps: false,
            texts_trimmed: false,
            texts_cut: None,
            emails_lowered: false,
            endpoints_sorted: false,
            ignored_on_patch: None,
            ignored_on_post: None,
            renames_refused: false,
            delete_returns_body: true,
            duplicate_status: 409,
            error_body: ErrorBody::MessageList,
            not_found: NotFoundBody::Api,
            owner_patch_refused: true,
            listed_hash: ListedHash::Always,
            readable_hash: true,
            readable_secret: false,
            secret_mask: None,
            metadata_merged: false,
            metadata: MetadataByKind::default(),
            created_by: CreatedBy::Hidden,
            me_refused: false,
            unknown_fields_refused: false,
            task_urls: true,
            approval_plan_pends: false,
            subscriptions_filtered: true,
            one_plan_per_product: false,
            app_created_disabled: true,
            base_role_added: false,
            registry_listing_refused: false,
            foreign_post_refused: None,
            unique_emails: false,
            password_rule: true,
            new_owner_keeps_roles: false,
            old_owner_role: "administrator",
            owner_member_protected: true,
            last_credential_protected: false,
            config_sync_lifts_production_mode: true,
            publish_reads_orgs: true,
            republish_keeps_id: true,
            republish_keeps_metadata: true,
            republish_reopens_deprecated: false,
            publish_body_limit: None,
            product_document_route: true,
            catalog_lists_space_products: true,
            only_archived_products_deleted: false,
            unused_apis_removed: true,
            lifecycle_links: LifecycleLinks::Objects,
            deprecated_takes_subscriptions: false,
            wsdl_wrapped: true,
            token_lifetime: 28_800,
            single_use_api_keys: false,
            cloud_about: CloudInformation::Absent,
            cloud_info: CloudInformation::Absent,
            cloud_information_open: true,
        }
    }
}

/// What `total_results` of a list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalResults {
    /// How many objects match in all.
    Total,
    /// How many objects this page holds.
    PageLength,
    /// The key is missing.
    Absent,
}

/// On which objects the server says who made them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreatedBy {
    /// On none, as in older releases.
    Hidden,
    /// On organizations and subscriptions, where it was seen.
    OrgsAndSubscriptions,
    /// On all that were made by somebody who is known.
    Everywhere,
}

/// Where the hash of a credential's secret is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedHash {
    /// In every list.
    Always,
    /// Only when `fields` names it.
    OnRequest,
    /// Nowhere.
    Never,
}

/// How a product shows which one supersedes it and where its subscriptions are to migrate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifecycleLinks {
    /// `superseded_by` and `migration_target`, as `{"product_url", "plans": [{"source", "target"}]}`.
    Objects,
    /// `superseded_by_url` and `migration_target_url`.
    Urls,
    /// Not at all.
    Hidden,
}

/// What the body of a 404 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFoundBody {
    /// The API's own error.
    Api,
    /// Nothing.
    Empty,
    /// `{}`.
    EmptyObject,
    /// A page, as a proxy without a route sends it.
    Page,
}

/// What a place for public information about a cloud tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloudInformation {
    /// There is no such place.
    Absent,
    /// Something, but no release.
    Nameless,
    /// A release.
    Release(&'static str),
}

/// The form of an error body (section 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorBody {
    /// `{"status", "message": [..]}`, the recorded one.
    MessageList,
    /// The same with the details in `errors` and a general `message`.
    WithErrors,
    /// `message` as a plain string.
    MessageText,
}

/// What the server does with metadata that is sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metadata {
    /// It is kept and returned.
    #[default]
    Stored,
    /// It is accepted and dropped.
    Ignored,
    /// It is refused with 400.
    Refused,
    /// It is kept, unless it has this key: then it is refused with 400.
    RefusedKey(&'static str),
}

/// What the server does with metadata, kind by kind.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is named after its kind")]
pub struct MetadataByKind {
    pub users: Metadata,
    pub consumer_orgs: Metadata,
    pub members: Metadata,
    pub applications: Metadata,
    pub credentials: Metadata,
    pub subscriptions: Metadata,
    pub products: Metadata,
    pub apis: Metadata,
}
