//! The variables that are this program's own; none is needed for a plain run (interface.md, "Ours").

use super::{Origin, ValueType, Variable};

const KINDS: ValueType = ValueType::Text(
    "kinds of the report, comma-separated, of which at least one stays in scope: \
     users, consumer_orgs, members, applications, credentials, products, apis, subscriptions",
);
const NAMES: ValueType = ValueType::Text("names, comma-separated; `*` stands for any characters");
const PRODUCTS: ValueType = ValueType::Text(
    "Products, comma-separated: `name` for all versions or `name:version`; `*` stands for any characters",
);
const KEY: &str = "a secret of 32 bytes or more";
const KEY_EXAMPLE: &str = "what-openssl-rand-base64-32-prints-here";
const CERTIFICATES: ValueType = ValueType::Text("a file of PEM certificates");

const fn ours(name: &'static str, values: ValueType, example: &'static str) -> Variable {
    Variable::new(Origin::Ours, name, values, example)
}

/// Further roots to trust.
pub static CA_CERT_FILE: Variable = ours("CA_CERT_FILE", CERTIFICATES, "/etc/ssl/api-connect-ca.pem")
    .per_side()
    .otherwise("system roots")
    .meaning("Roots to trust beside the system's, PEM.");

/// The certificate of mutual TLS.
pub static CLIENT_CERT_FILE: Variable = ours("CLIENT_CERT_FILE", CERTIFICATES, "/etc/config-sync/tls.crt")
    .per_side()
    .meaning("Client certificate for mutual TLS, PEM; goes with the client key.");

/// The private key of mutual TLS.
pub static CLIENT_KEY_FILE: Variable =
    ours("CLIENT_KEY_FILE", ValueType::Text("a file with a PEM private key"), "/etc/config-sync/tls.key")
        .per_side()
        .meaning("Client key for mutual TLS, PEM; goes with the client certificate.");

/// A snapshot in place of a side's server.
pub static SNAPSHOT: Variable =
    ours("SNAPSHOT", ValueType::Text("a file that `capture` has written"), "/snapshots/prod.snapshot")
        .per_side()
        .meaning("A snapshot in place of this side's server; all that tells of the server is then left unset.");

/// Who may open the snapshots that are written.
pub static SNAPSHOT_RECIPIENTS: Variable = ours(
    "SNAPSHOT_RECIPIENTS",
    ValueType::Text("age public keys (age1…), comma-separated, or a file of them"),
    "/etc/config-sync/recipients.txt",
)
.meaning("`capture` encrypts for these age public keys: `age1…`, comma-separated, or a file of them.");

/// The file with the passphrase of snapshots.
pub static SNAPSHOT_PASSPHRASE_FILE: Variable =
    ours("SNAPSHOT_PASSPHRASE_FILE", ValueType::Text("a file with a passphrase"), "/etc/config-sync/passphrase")
        .meaning("The passphrase with which snapshots are encrypted and opened.");

/// The file with the private keys that open snapshots.
pub static SNAPSHOT_IDENTITY_FILE: Variable = ours(
    "SNAPSHOT_IDENTITY_FILE",
    ValueType::Text("a file of age identities (AGE-SECRET-KEY-1…)"),
    "/etc/config-sync/identity.txt",
)
.meaning("The age identities that open a snapshot which was encrypted for recipients.");

/// Whether snapshots may be written in the clear.
pub static SNAPSHOT_ENCRYPTION: Variable = ours("SNAPSHOT_ENCRYPTION", ValueType::OneOf(&["none"]), "none")
    .otherwise("recipients or a passphrase required by `capture`")
    .meaning("`none`: `capture` does not encrypt. A snapshot holds hashes of keys.");

/// How many writes may be in flight.
pub static MAX_CONCURRENT_WRITES: Variable = ours("MAX_CONCURRENT_WRITES", ValueType::Whole(1, 1024), "4")
    .default("8")
    .meaning("Most writes in flight on the target. This and the read limit are ceilings.");

/// The kinds in scope.
pub static INCLUDE_KINDS: Variable = ours("INCLUDE_KINDS", KINDS, "applications,credentials")
    .otherwise("all")
    .meaning("Only these kinds are synchronized.");

/// The kinds out of scope.
pub static EXCLUDE_KINDS: Variable = ours("EXCLUDE_KINDS", KINDS, "members").meaning("These kinds are left untouched.");

/// The consumer organizations in scope.
pub static INCLUDE_CONSUMER_ORGS: Variable =
    ours("INCLUDE_CONSUMER_ORGS", NAMES, "acme,partner-*").otherwise("all").meaning(
        "Only these consumer organizations are synchronized. `sandbox-test-org`, with which every sandbox catalog is born, \
         is in scope only when it is named here in full.",
    );

/// The consumer organizations out of scope.
pub static EXCLUDE_CONSUMER_ORGS: Variable = ours("EXCLUDE_CONSUMER_ORGS", NAMES, "test-*")
    .meaning("These consumer organizations are left untouched on both sides; goes before the inclusion.");

/// The Products in scope.
pub static INCLUDE_PRODUCTS: Variable =
    ours("INCLUDE_PRODUCTS", PRODUCTS, "shop,partner-*:2.0.0").otherwise("all").meaning(
        "Only these Products are synchronized, with their APIs: `shop` in all versions, `shop:1.0.0` in this one.",
    );

/// The Products out of scope.
pub static EXCLUDE_PRODUCTS: Variable = ours("EXCLUDE_PRODUCTS", PRODUCTS, "draft-*")
    .meaning("These Products are left untouched on both sides; goes before the inclusion.");

/// How long a publish may take.
pub static PUBLISH_TIMEOUT: Variable = ours("PUBLISH_TIMEOUT", ValueType::Seconds(1, 3600), "10m")
    .default("300")
    .meaning("The longest that publishing one Product with its APIs may take.");

/// Which unmarked namesakes on the target are taken over.
pub static ADOPT: Variable = ours(
    "ADOPT",
    ValueType::Text("none, all, or a comma-separated list of consumer organizations (acme) and applications (acme/shop)"),
    "acme,partner/shop",
)
.default("none")
.meaning(
    "Unmarked target consumer organization or application of the same name: `none` leaves it alone and reports a conflict, \
     `all` takes it over, a list takes those: `acme` the organization and its applications, `acme/shop` that application.",
);

/// Who owns organizations whose own owner cannot be on the target.
pub static FALLBACK_OWNER: Variable = ours(
    "FALLBACK_OWNER",
    ValueType::Text(
        "a user of the target as registry/username, with %2F for a `/` inside one of the two",
    ),
    "sandbox-catalog/admin",
)
.meaning(
    "A user of the target who owns new organizations whose own owner cannot exist there, because his registry is missing, \
     until he can.",
);

/// Whether the run approves what its own objects wait for.
pub static APPROVE_ON_TARGET: Variable =
    ours("APPROVE_ON_TARGET", ValueType::Boolean, "true").default("false").meaning(
        "`true` approves on the target what Config Sync's own objects wait for there, once the source has approved it.",
    );

/// Whether originals on the target are managed once the source has copies of them.
pub static MANAGE_ORIGINALS: Variable = ours("MANAGE_ORIGINALS", ValueType::Boolean, "true").default("false").meaning(
    "`true`: objects born on the target that came to the source by a reverse sync are marked as managed, so that their \
         deletion on the source reaches the target.",
);

/// Whether hints are trusted.
pub static DEEP_COMPARE: Variable = ours("DEEP_COMPARE", ValueType::Boolean, "true")
    .default("false")
    .meaning("`true` reads and compares every document and every hash, whatever the hints say.");

/// What happens to what the source no longer has.
pub static DELETE_POLICY: Variable = ours("DELETE_POLICY", ValueType::OneOf(&["apply", "report"]), "report")
    .default("apply")
    .meaning("`apply` deletes what Config Sync created and the source no longer has; `report` only says so.");

/// How long things that people name are kept although the source no longer has them.
pub static DELETE_GRACE: Variable = ours("DELETE_GRACE", ValueType::Seconds(0, 2_592_000), "72h")
    .default("24h")
    .meaning(
        "How long a consumer organization, application or Product must have been missing from the source before it is deleted; \
         meanwhile applications are suspended. `0s`: at once. Credentials and subscriptions have no grace.",
    );

/// Whether unmarked things under a marked parent may be deleted.
pub static DELETE_UNMARKED_CHILDREN: Variable = ours("DELETE_UNMARKED_CHILDREN", ValueType::Boolean, "true")
    .default("false")
    .meaning("For kinds on which a server stores no metadata: `true` deletes by natural key under a marked parent.");

/// Whether what the vendor's tool made is deleted too.
pub static DELETE_VENDOR_MARKED: Variable = ours("DELETE_VENDOR_MARKED", ValueType::Boolean, "true")
    .default("false")
    .meaning(
        "`true` also deletes consumer organizations and Products that bear a `source_id` without `source_catalog` (made by the \
         vendor's tool) and are gone from the source. Only where no other source fills this target.",
    );

/// The catalogs whose marks count as the source's.
pub static SOURCE_CATALOG_BEFORE: Variable = ours(
    "SOURCE_CATALOG_BEFORE",
    ValueType::Text("ids of catalogs, comma-separated"),
    "9f1c2f6e-5a0b-4c33-8a53-2f1f0b6f2d11",
)
.meaning(
    "Ids of catalogs whose marks on the target count as this source's, because it was rebuilt or replaced. Their objects are \
     marked anew by name, what has no partner is withheld and not deleted.",
);

/// Whether the target may be of an older release than the source.
pub static ALLOW_OLDER_TARGET: Variable =
    ours("ALLOW_OLDER_TARGET", ValueType::Boolean, "true").default("false").meaning(
        "`true`: a target of an older release than the source, or for a run back of another one, is only warned of.",
    );

/// The key of the seals.
pub static MARK_KEY: Variable = ours("MARK_KEY", ValueType::Text(KEY), KEY_EXAMPLE)
    .secret()
    .meaning("Seals marks and notes against consumers who write metadata. The same key for both directions.");

/// The key before it.
pub static MARK_KEY_PREVIOUS: Variable = ours("MARK_KEY_PREVIOUS", ValueType::Text(KEY), KEY_EXAMPLE)
    .secret()
    .meaning("The key before `MARK_KEY`: its seals still count, and are replaced when an object is next written.");

/// Whether a mark needs a seal.
pub static REQUIRE_SEAL: Variable = ours("REQUIRE_SEAL", ValueType::Boolean, "true")
    .default("false")
    .meaning("`true`: with `MARK_KEY`, the mark of a consumer organization without a seal does not count.");

/// Whether one catalog id on both sides is no mistake.
pub static ALLOW_SAME_CATALOG_ID: Variable = ours("ALLOW_SAME_CATALOG_ID", ValueType::Boolean, "true")
    .default("false")
    .meaning(
        "Source and target answer with the same catalog id: `true` if the target was restored from a backup of the source. \
         Otherwise they are one catalog under two addresses.",
    );

/// The share of deletions that is still plausible.
pub static MAX_DELETE_PERCENT: Variable =
    ours("MAX_DELETE_PERCENT", ValueType::Whole(0, 100), "50").default("30").meaning(
        "A plan that deletes more than this share of the managed objects of a kind is refused before the first write, \
     where at least 10 managed objects exist.",
    );

/// The share of updates that is still plausible.
pub static MAX_UPDATE_PERCENT: Variable =
    ours("MAX_UPDATE_PERCENT", ValueType::Whole(0, 100), "20").default("100").meaning("The same for updates.");

/// Whether an empty source is believed.
pub static ALLOW_EMPTY_SOURCE: Variable = ours(
    "ALLOW_EMPTY_SOURCE",
    ValueType::Text("true, false, or a comma-separated list of kinds of the report"),
    "subscriptions",
)
.default("false")
.meaning(
    "Without it a source that lists no object of a kind of which the target has managed ones is refused. `true`, or a list of kinds.",
);

/// What a limit does.
pub static ON_LIMIT: Variable =
    ours("ON_LIMIT", ValueType::OneOf(&["refuse", "withhold-deletes"]), "withhold-deletes").default("refuse").meaning(
        "`refuse`: nothing is written. `withhold-deletes`: creates and updates go on, deletes are withheld, exit 4.",
    );

/// Which conflicts and withholdings are known.
pub static ACKNOWLEDGE: Variable = ours(
    "ACKNOWLEDGE",
    ValueType::Text("addresses, comma-separated; `*` stands for any characters, `/` included"),
    "acme/legacy-*,partner/*",
)
.meaning(
    "Addresses whose conflict, withholding or single unusable row is known and no longer makes the run incomplete; failures, \
     skipped steps and lists that could not be read always do.",
);

/// How long the run may start new steps.
pub static RUN_DEADLINE: Variable = ours("RUN_DEADLINE", ValueType::Seconds(0, 2_592_000), "1h30m")
    .meaning("Counted from the start. While reading, lists that are still missing are gaps and nothing is written; while writing, no \
         new step is started. What is left is reported.");

/// Whether what is sent may be read by whoever is on the way.
pub static ALLOW_PLAIN_HTTP: Variable = ours("ALLOW_PLAIN_HTTP", ValueType::Boolean, "true")
    .default("false")
    .meaning("`http://` to another machine than this one is refused without `true`: it shows passwords and keys to whoever is on the way.");

/// What stdout carries.
pub static OUTPUT: Variable =
    ours("OUTPUT", ValueType::OneOf(&["text", "json"]), "json").default("text").meaning("What stdout carries.");

/// Where the report is written as well.
pub static REPORT_FILE: Variable = ours(
    "REPORT_FILE",
    ValueType::Text("a file whose name ends in .json; this release writes .json only"),
    "/reports/last.json",
)
.meaning("The report is also written there; the name ends in `.json`.");

pub(super) static ALL: &[&Variable] = &[
    &CA_CERT_FILE,
    &CLIENT_CERT_FILE,
    &CLIENT_KEY_FILE,
    &SNAPSHOT,
    &SNAPSHOT_RECIPIENTS,
    &SNAPSHOT_PASSPHRASE_FILE,
    &SNAPSHOT_IDENTITY_FILE,
    &SNAPSHOT_ENCRYPTION,
    &MAX_CONCURRENT_WRITES,
    &INCLUDE_KINDS,
    &EXCLUDE_KINDS,
    &INCLUDE_CONSUMER_ORGS,
    &EXCLUDE_CONSUMER_ORGS,
    &INCLUDE_PRODUCTS,
    &EXCLUDE_PRODUCTS,
    &PUBLISH_TIMEOUT,
    &ADOPT,
    &FALLBACK_OWNER,
    &APPROVE_ON_TARGET,
    &MANAGE_ORIGINALS,
    &DEEP_COMPARE,
    &DELETE_POLICY,
    &DELETE_GRACE,
    &DELETE_UNMARKED_CHILDREN,
    &DELETE_VENDOR_MARKED,
    &SOURCE_CATALOG_BEFORE,
    &MARK_KEY,
    &MARK_KEY_PREVIOUS,
    &REQUIRE_SEAL,
    &ALLOW_SAME_CATALOG_ID,
    &ALLOW_OLDER_TARGET,
    &MAX_DELETE_PERCENT,
    &MAX_UPDATE_PERCENT,
    &ALLOW_EMPTY_SOURCE,
    &ON_LIMIT,
    &ACKNOWLEDGE,
    &RUN_DEADLINE,
    &ALLOW_PLAIN_HTTP,
    &OUTPUT,
    &REPORT_FILE,
];
