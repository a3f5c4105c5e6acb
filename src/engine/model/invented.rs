//! A small table of kinds for the engine's own tests. No platform has these.

use super::{
    Kind, KindId, KindTable,
    kind::{Identity, ListMode, MadeWithParent, Marking, Presence, Reference, ReferenceKind, RemovalRule, Role, Trust},
};

/// People in directories, clubs with rooms, and who of the people belongs to which club and uses which room.
pub(crate) static KINDS: KindTable = KindTable::new(&[
    Kind { name: "directories", singular: "directory", task: Role::Prerequisite, ..PLAIN },
    Kind { name: "people", singular: "person", parent: Some(KindId(0)), ..PLAIN },
    Kind { name: "clubs", singular: "club", identity: Identity::Named, ..PLAIN },
    Kind { name: "rooms", singular: "room", parent: Some(KindId(2)), identity: Identity::Named, ..PLAIN },
    Kind { name: "members", singular: "member", parent: Some(KindId(2)), references: &[needs("person", 1)], ..PLAIN },
    Kind { name: "keys", singular: "key", parent: Some(KindId(3)), references: &[needs("club", 2)], ..PLAIN },
]);

/// The kind of that name.
pub(crate) fn kind(name: &str) -> KindId {
    KINDS.named(name).unwrap_or(KindId(0))
}

const fn needs(field: &'static str, kind: u8) -> Reference {
    Reference { field, kind: KindId(kind), bond: ReferenceKind::Needs }
}

const PLAIN: Kind = Kind {
    name: "",
    singular: "",
    parent: None,
    references: &[],
    identity: Identity::Natural,
    at_birth: &[],
    required: &[],
    unordered: &[],
    key_is_fixed: false,
    unique: &[],
    site_unique: None,
    exclusive: None,
    secret: None,
    secret_mend: "",
    approved: &[],
    birth: MadeWithParent::Alone,
    removal: RemovalRule::Explicit,
    presence: Presence::Own,
    reading: ListMode::Whole,
    task: Role::Replicate,
    marking: Marking::Managed,
    trust: Trust::Always,
    lifecycle: None,
    grace: false,
    dated: false,
    suspension: None,
    files: &[],
};
