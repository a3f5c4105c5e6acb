//! How a run shall behave: everything that is not about one side.

mod load;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use tracing::Level;

use super::parse::NameMapping;
use crate::engine::{
    model::{MarkKeys, Patterns},
    plan::{Adopt, EmptySource, NameFilter},
};

/// All settings that a run has beside its two sides.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a yes-or-no setting of the operator's")]
pub struct Settings {
    /// What is synchronized.
    pub scope: ScopeSettings,
    /// Names that differ between the sides.
    pub mappings: Mappings,
    /// Which unmarked namesakes on the target are taken over.
    pub adopt: Adopt,
    /// The address (`registry/username`, encoded) of the target's user who owns organizations whose own owner cannot be
    /// there.
    pub fallback_owner: Option<String>,
    /// Whether the run gives the approvals that its own objects wait for on the target.
    pub approve_on_target: bool,
    /// Whether originals on the target are marked as managed once the source has copies of them.
    pub manage_originals: bool,
    /// Read and compare everything, whatever the hints say.
    pub deep_compare: bool,
    /// How snapshots are encrypted and opened.
    pub snapshots: SnapshotSettings,
    /// What happens to what the source no longer has.
    pub deletion: DeletionSettings,
    /// Whose marks count, and how they are proved.
    pub marks: MarkSettings,
    /// Whether the target may be of an older release than the source.
    pub allow_older_target: bool,
    /// What a plan may do at most.
    pub limits: LimitSettings,
    /// Addresses whose conflict or withholding is known.
    pub acknowledge: Option<Patterns>,
    /// How long after its start the run may begin new steps.
    pub deadline: Option<Duration>,
    /// How servers are spoken to.
    pub http: HttpSettings,
    /// What is logged.
    pub logging: LogSettings,
    /// Where the result goes.
    pub output: OutputSettings,
}

/// What is synchronized.
#[derive(Debug)]
pub struct ScopeSettings {
    /// `SyncProductsAndAPIs`.
    pub products_and_apis: bool,
    /// The kinds in scope, in the order and spelling of the caller's list.
    pub kinds: Vec<String>,
    /// The consumer organizations in scope.
    pub consumer_orgs: NameFilter,
    /// The Products in scope, by `name` or `name:version`.
    pub products: NameFilter,
}

/// Names that differ between the sides.
#[derive(Debug, Default)]
pub struct Mappings {
    /// User registries.
    pub user_registries: NameMapping,
    /// Gateway services.
    pub gateway_services: NameMapping,
}

/// How snapshots are encrypted and opened.
#[derive(Debug, Clone, Default)]
pub struct SnapshotSettings {
    /// Public keys, or a file of them.
    pub recipients: Option<String>,
    /// The file with the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// The file with the private keys.
    pub identity_file: Option<PathBuf>,
    /// Whether snapshots are written in the clear.
    pub unencrypted: bool,
}

/// What happens to what the source no longer has.
#[derive(Debug, Clone, Copy)]
pub struct DeletionSettings {
    /// Whether it is deleted at all.
    pub policy: DeletePolicy,
    /// How long consumer organizations and applications must have been missing before; zero where there is no grace.
    pub grace: Duration,
    /// Whether unmarked things under a marked parent are deleted by natural key.
    pub unmarked_children: bool,
    /// Whether consumer organizations and Products that the vendor's tool made are deleted too.
    pub vendor_marked: bool,
}

/// Whose marks count, how they are proved, and whether ids tell catalogs apart.
#[derive(Debug, Clone)]
pub struct MarkSettings {
    /// What seals are made and judged with.
    pub keys: Option<MarkKeys>,
    /// Whether an organization's mark without a seal has no support.
    pub require_seal: bool,
    /// Ids of catalogs whose marks count as the source's.
    pub catalogs_before: Vec<String>,
    /// Whether equal catalog ids on both sides are no mistake.
    pub allow_same_catalog_id: bool,
}

/// Whether deletions are carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeletePolicy {
    /// They are.
    #[default]
    Apply,
    /// They are only reported.
    Report,
}

/// What a plan may do at most.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// The largest share of a kind's managed objects that may be deleted, 0 to 100.
    pub max_delete_percent: u8,
    /// The largest share of a kind's managed objects that may be updated, 0 to 100.
    pub max_update_percent: u8,
    /// Of which kinds the source may be empty.
    pub allow_empty_source: EmptySource,
    /// What happens to a plan beyond a limit.
    pub on_limit: OnLimit,
}

/// What happens to a plan beyond a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnLimit {
    /// Nothing of it is written.
    #[default]
    Refuse,
    /// All but its deletions is.
    WithholdDeletes,
}

/// How servers are spoken to.
#[derive(Debug)]
pub struct HttpSettings {
    /// The longest that one request may take.
    pub timeout: Duration,
    /// The longest that one publish may take.
    pub publish_timeout: Duration,
    /// Objects asked for per page.
    pub page_size: u32,
    /// Most requests in flight while reading, per side.
    pub max_reads: usize,
    /// Most writes in flight on the target.
    pub max_writes: usize,
    /// The proxies on the way.
    pub proxies: ProxySettings,
    /// Roots to trust instead of the system's, PEM (`SSL_CERT_FILE`, `SSL_CERT_DIR`).
    pub system_roots: Option<Vec<Vec<u8>>>,
}

/// The proxies on the way. Their URLs may hold a password.
#[derive(Debug, Default)]
pub struct ProxySettings {
    /// For https servers.
    pub https: Option<SecretString>,
    /// For http servers.
    pub http: Option<SecretString>,
    /// Hosts, domains and networks without a proxy, comma-separated, as `NO_PROXY` has them.
    pub except: Option<String>,
}

/// What is logged to stderr.
#[derive(Debug, Clone, Copy)]
pub struct LogSettings {
    /// The least important level that is logged.
    pub level: Level,
    /// The form; without one, `Json` when stderr is no terminal, else `Console`.
    pub encoding: Option<LogEncoding>,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogEncoding {
    /// For machines.
    Json,
    /// For the eye.
    Console,
}

/// Where the result goes.
#[derive(Debug, Clone)]
pub struct OutputSettings {
    /// What stdout carries.
    pub format: OutputFormat,
    /// Where the report is written as JSON besides.
    pub report_file: Option<PathBuf>,
    /// Whether colours may be used where there is a terminal.
    pub color: bool,
}

/// The form of the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// For the eye.
    #[default]
    Text,
    /// For machines, schema version 1.
    Json,
}
