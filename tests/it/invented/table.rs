//! A table of kinds that no platform has: what teams pin to boards, and bundles of schemas that feeds are made from.
//!
//! ```text
//! workspace ─► board ─► card ─► comment        each listed parent by parent
//!                   └─► feed ──lives by──► bundle ──carries──► schema
//! card ──needs──► label        workspace ──needs──► site
//! ```

use apic_configsync::engine::model::{
    Kind, KindId, KindTable,
    kind::{
        FileRole, Identity, Lifecycle, ListMode, Marking, OnConflict, Presence, Reference, ReferenceKind, RemovalRule,
        Role, Unique, UniqueScope,
    },
};
use serde_json::Value;

const SITES: KindId = KindId(0);
const LABELS: KindId = KindId(1);
const WORKSPACES: KindId = KindId(2);
const BOARDS: KindId = KindId(3);
pub(super) const SCHEMAS: KindId = KindId(4);
const BUNDLES: KindId = KindId(5);
const CARDS: KindId = KindId(6);
pub(super) const COMMENTS: KindId = KindId(7);

/// The state of a bundle in which no more than its name is left.
pub(super) const RETIRED: &str = "retired";

pub(super) static KINDS: KindTable = KindTable::new(&[
    Kind { name: "sites", singular: "site", removal: RemovalRule::Never, task: Role::Prerequisite, ..Kind::PLAIN },
    Kind { name: "labels", singular: "label", required: &["colour", "text"], at_birth: &["code"], ..Kind::PLAIN },
    Kind {
        name: "workspaces",
        singular: "workspace",
        references: &[Reference { field: "site", kind: SITES, bond: ReferenceKind::Needs }],
        identity: Identity::Named,
        required: &["name"],
        unique: &[name_within(UniqueScope::Catalog)],
        ..Kind::PLAIN
    },
    Kind {
        name: "boards",
        singular: "board",
        parent: Some(WORKSPACES),
        identity: Identity::Named,
        required: &["name"],
        unique: &[name_within(UniqueScope::Parent)],
        reading: ListMode::PerParent,
        ..Kind::PLAIN
    },
    Kind {
        name: "schemas",
        singular: "schema",
        key_is_fixed: true,
        removal: RemovalRule::Never,
        presence: Presence::ByReference,
        marking: Marking::Created,
        files: &[FileRole { role: "schema", normal: json, shown: &[] }],
        ..Kind::PLAIN
    },
    Kind {
        name: "bundles",
        singular: "bundle",
        references: &[Reference { field: "schemas", kind: SCHEMAS, bond: ReferenceKind::Carries }],
        at_birth: &["schemas"],
        required: &["stage"],
        key_is_fixed: true,
        marking: Marking::Created,
        lifecycle: Some(Lifecycle {
            field: "stage",
            open: "open",
            closed: &["frozen", RETIRED],
            emptied: &[RETIRED],
            home: &["draft"],
        }),
        files: &[FileRole { role: "manifest", normal: json, shown: &[] }],
        ..Kind::PLAIN
    },
    Kind {
        name: "cards",
        singular: "card",
        parent: Some(BOARDS),
        references: &[Reference { field: "labels", kind: LABELS, bond: ReferenceKind::NeedsAll }],
        unordered: &["watchers"],
        unique: &[
            Unique { field: "serial", label: "serial", within: UniqueScope::Catalog, clash: OnConflict::Withholds },
            Unique { field: "alias", label: "alias", within: UniqueScope::Parent, clash: OnConflict::Yields },
        ],
        reading: ListMode::PerParent,
        ..Kind::PLAIN
    },
    Kind {
        name: "comments",
        singular: "comment",
        parent: Some(CARDS),
        at_birth: &["author"],
        required: &["text"],
        reading: ListMode::PerParent,
        ..Kind::PLAIN
    },
    Kind {
        name: "feeds",
        singular: "feed",
        parent: Some(BOARDS),
        references: &[Reference { field: "bundle", kind: BUNDLES, bond: ReferenceKind::LivesBy }],
        key_is_fixed: true,
        secret: Some("pin"),
        reading: ListMode::PerParent,
        ..Kind::PLAIN
    },
]);

/// Kinds of which the server takes no single fields: whatever is changed is put as a whole.
pub(super) const PUT_ONLY: [KindId; 2] = [LABELS, COMMENTS];

const fn name_within(within: UniqueScope) -> Unique {
    Unique { field: "name", label: "name", within, clash: OnConflict::Withholds }
}

/// The form in which documents are compared: neither blanks nor the order of keys count.
fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}
