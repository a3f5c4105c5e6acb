//! A small table of kinds for the engine's own tests. No platform has these.

use super::{
    Kind, KindId, KindTable,
    kind::{Identity, Reference, ReferenceKind, Role},
};

/// People in directories, clubs with rooms, and who of the people belongs to which club and uses which room.
pub(crate) static KINDS: KindTable = KindTable::new(&[
    Kind { name: "directories", singular: "directory", task: Role::Prerequisite, ..Kind::PLAIN },
    Kind { name: "people", singular: "person", parent: Some(KindId(0)), ..Kind::PLAIN },
    Kind { name: "clubs", singular: "club", identity: Identity::Named, ..Kind::PLAIN },
    Kind { name: "rooms", singular: "room", parent: Some(KindId(2)), identity: Identity::Named, ..Kind::PLAIN },
    Kind {
        name: "members",
        singular: "member",
        parent: Some(KindId(2)),
        references: &[needs("person", 1)],
        ..Kind::PLAIN
    },
    Kind { name: "keys", singular: "key", parent: Some(KindId(3)), references: &[needs("club", 2)], ..Kind::PLAIN },
]);

/// The kind of that name.
pub(crate) fn kind(name: &str) -> KindId {
    KINDS.named(name).unwrap_or(KindId(0))
}

const fn needs(field: &'static str, kind: u8) -> Reference {
    Reference { field, kind: KindId(kind), bond: ReferenceKind::Needs }
}
