//! Kinds of resources: rows of data from which order, identity and caution follow.

use std::fmt;

use super::file::NormalForm;

/// A kind of resource. Platforms declare theirs in a [`KindTable`]; everything else reads the rows.
#[derive(Debug)]
pub struct Kind {
    /// The report's word for many of them, e.g. `applications`.
    pub name: &'static str,
    /// The word for one, in messages.
    pub singular: &'static str,
    /// The kind that each one lives under and vanishes with.
    pub parent: Option<KindId>,
    /// Which parts of the document name other resources.
    pub references: &'static [Reference],
    /// How partners are found when no mark tells.
    pub identity: Identity,
    /// Fields that are given at birth and not compared afterwards.
    pub at_birth: &'static [&'static str],
    /// Fields that a thing always has: one that is left out has its default, and is no difference.
    pub required: &'static [&'static str],
    /// Fields that hold lists whose order says nothing.
    pub unordered: &'static [&'static str],
    /// Whether a thing with another natural key is another thing, even if it bears the same mark.
    pub key_is_fixed: bool,
    /// Values that the server keeps unique.
    pub unique: &'static [Unique],
    /// A field, and what people call it, of which most servers give no two of the kind the same value, whatever its case and
    /// wherever on the site they live.
    pub site_unique: Option<(&'static str, &'static str)>,
    /// A field in which, on some servers, the children of one parent must all differ.
    pub exclusive: Option<&'static str>,
    /// The field that is compared but never shown.
    pub secret: Option<&'static str>,
    /// What lets a source show the secrets that it hides, for people.
    pub secret_mend: &'static str,
    /// Fields that an approval decides: they are not written while one is awaited.
    pub approved: &'static [&'static str],
    /// Whether the server makes some of them by itself.
    pub birth: MadeWithParent,
    /// Whether and how they are deleted.
    pub removal: RemovalRule,
    /// When one counts as belonging to the catalog.
    pub presence: Presence,
    /// How they are listed.
    pub reading: ListMode,
    /// Whether they are replicated or only looked up.
    pub task: Role,
    /// Which partners get a mark.
    pub marking: Marking,
    /// How far a mark on one of them is believed.
    pub trust: Trust,
    /// The states that things of the kind go through, where these decide what can be done.
    pub lifecycle: Option<Lifecycle>,
    /// Whether a missing one is kept for a while before it is deleted, and what hangs on it or lives by it with it.
    pub grace: bool,
    /// Whether the time of the last change stands for what lists do not show of one. A note of it has to wait until the
    /// change is old enough, and is then made for its own sake.
    pub dated: bool,
    /// The field and the value that suspend one of them.
    pub suspension: Option<(&'static str, &'static str)>,
    /// The documents that it carries whole, by role, each with the form in which it is compared.
    pub files: &'static [FileRole],
}

impl Kind {
    /// A kind as most are: platforms say in their rows only what is different.
    pub const PLAIN: Self = Self {
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
}

/// What a document is to the thing that carries it, and in which form it is compared.
#[derive(Debug)]
pub struct FileRole {
    /// The role, e.g. `document`.
    pub role: &'static str,
    /// The form in which it is compared.
    pub normal: NormalForm,
    /// The top-level members whose values are shown where they differ: what everybody may read who looks for such an object.
    pub shown: &'static [&'static str],
}

/// A part of a document that names other resources by their addresses.
#[derive(Debug)]
pub struct Reference {
    /// The top-level field that holds the address, or a list of them.
    pub field: &'static str,
    /// The kind it names.
    pub kind: KindId,
    /// What naming means.
    pub bond: ReferenceKind,
}

/// What it means that one thing names others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceKind {
    /// One, which must be on the target.
    Needs,
    /// One, which must be on the target, and with which the server removes this thing too.
    LivesBy,
    /// A list, all of which must be on the target.
    NeedsAll,
    /// A list, of which the target gets those that it has. References of one group stand for one another: a group that
    /// would lose all that it names withholds the thing.
    NeedsAny {
        /// The group.
        group: &'static str,
    },
    /// A list of things that are made and rewritten by writing this one, and never by themselves.
    Carries,
    /// One of the same kind, named once both are on the target.
    Link {
        /// The top-level field with the terms that go with it.
        terms: &'static str,
    },
}

impl ReferenceKind {
    /// Whether it is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Self::NeedsAll | Self::NeedsAny { .. } | Self::Carries)
    }

    /// Whether it leads to another of the same kind.
    #[must_use]
    pub fn is_link(self) -> bool {
        matches!(self, Self::Link { .. })
    }
}

/// The states that things of a kind go through.
#[derive(Debug)]
pub struct Lifecycle {
    /// The top-level field with the state.
    pub field: &'static str,
    /// The state in which a thing is made.
    pub open: &'static str,
    /// States in which nothing new may refer to a thing: they are entered last.
    pub closed: &'static [&'static str],
    /// Those of the closed states in which the server removes whatever lives by a thing. Nothing else of a thing in such
    /// a state is carried.
    pub emptied: &'static [&'static str],
    /// States that stay at home: a thing in one of them is neither made nor changed.
    pub home: &'static [&'static str],
}

impl Lifecycle {
    /// Whether a thing in this state is carried with all that it has; in other states it is neither made nor changed,
    /// its state aside.
    #[must_use]
    pub fn is_carried_in(&self, state: &str) -> bool {
        !self.emptied.contains(&state) && !self.home.contains(&state)
    }
}

/// How a resource is recognised on the other side without a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The server itself keeps the key unique under the parent: equal keys are the same thing.
    Natural,
    /// People choose the name: equal names may be two different things.
    Named,
}

/// A value that only one object may have at a time.
#[derive(Debug)]
pub struct Unique {
    /// The top-level field.
    pub field: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Where it is unique.
    pub within: UniqueScope,
    /// What happens when somebody else has the value.
    pub clash: OnConflict,
}

/// The space in which a value is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UniqueScope {
    /// Among all of the kind.
    Catalog,
    /// Among the children of one parent.
    Parent,
}

/// What a claim does when its value is held by an object that stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// The thing is withheld.
    Withholds,
    /// The thing goes on without the value, and the server chooses one.
    Yields,
}

/// Whether a server makes things of a kind by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeWithParent {
    /// Only when asked to.
    Alone,
    /// One comes with each new parent: the child that refers to what this field of the parent refers to.
    NamedByParent {
        /// The parent's field.
        field: &'static str,
        /// The child's field with the same reference.
        child_field: &'static str,
        /// The child's field that follows from being named.
        governs: &'static str,
    },
    /// One comes with each new parent: it becomes the parent's first child.
    FirstOfParent,
}

/// Whether things of a kind are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalRule {
    /// By a step of their own, or with their parent.
    Explicit,
    /// Never.
    Never,
}

/// When a thing counts as part of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Whenever it is listed.
    Own,
    /// Only when something in scope refers to it: its home is wider than one catalog.
    ByReference,
}

/// How a kind is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMode {
    /// One list for the whole catalog.
    Whole,
    /// One list for each parent.
    PerParent,
    /// Not listed.
    Never,
}

/// What the tool does with a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Carries it from the source to the target.
    Replicate,
    /// Finds it on the target by name and does not speak of it.
    Prerequisite,
}

/// Which paired objects bear a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marking {
    /// All that are managed.
    Managed,
    /// Only those that the tool itself created.
    Created,
}

/// How far a mark on a thing is believed. One on a thing that lives under another counts only under the partner of what
/// its original lives under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Always: only those who administer a catalog write metadata on the kind.
    Always,
    /// Consumers write it too, but only on what hangs on their own: it pairs, and nothing is removed or marked anew against
    /// what its seal and its maker say.
    UnlessRefuted,
    /// Consumers write it too, on things that hang on nothing: it pairs only with support that they cannot forge.
    WithSupport {
        /// The field that names the owner, who speaks for a mark where he is the original's.
        owner: &'static str,
    },
    /// Never: things of the kind are known by their natural key, and a mark only tells that the tool made them.
    Never,
}

/// A kind's place in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub u8);

/// The kinds of one platform, each after everything that it lives under or refers to.
pub struct KindTable {
    rows: &'static [Kind],
}

impl KindTable {
    /// Checks the order, at compile time where the result is a constant.
    ///
    /// # Panics
    /// When a kind stands before its parent or before a kind that it refers to.
    #[must_use]
    pub const fn new(rows: &'static [Kind]) -> Self {
        let mut row = 0;
        while row < rows.len() {
            if let Some(parent) = rows[row].parent {
                assert!((parent.0 as usize) < row, "a kind must stand after its parent");
            }
            let mut reference = 0;
            while reference < rows[row].references.len() {
                let kind = rows[row].references[reference].kind.0 as usize;
                let is_link = matches!(rows[row].references[reference].bond, ReferenceKind::Link { .. });
                assert!(kind < row || is_link && kind == row, "a kind must stand after what it refers to");
                reference += 1;
            }
            row += 1;
        }
        Self { rows }
    }

    /// How many kinds a kind stands below.
    #[must_use]
    pub fn depth(&self, kind: KindId) -> usize {
        let above = |kind: &KindId| self.row(*kind).parent;
        std::iter::successors(above(&kind), above).count()
    }

    /// The row of a kind.
    #[must_use]
    pub fn row(&self, kind: KindId) -> &'static Kind {
        &self.rows[usize::from(kind.0)]
    }

    /// All kinds, in dependency order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = KindId> + use<> {
        (0..u8::try_from(self.rows.len()).unwrap_or(u8::MAX)).map(KindId)
    }

    /// The kinds that a report counts.
    pub fn reported(&self) -> impl Iterator<Item = KindId> + '_ {
        self.ids().filter(|kind| self.row(*kind).task != Role::Prerequisite)
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<KindId> {
        self.ids().find(|kind| self.row(*kind).name == name)
    }

    /// Whether a kind is this one or an ancestor of it.
    #[must_use]
    pub fn is_or_holds(&self, ancestor: KindId, kind: KindId) -> bool {
        ancestor == kind || self.row(kind).parent.is_some_and(|parent| self.is_or_holds(ancestor, parent))
    }

    /// Whether things of a kind cannot be seen where things of another kind cannot: it is that kind, or they hang on it, are
    /// in it, live by it, or are carried by what is.
    #[must_use]
    pub fn stands_or_falls_with(&self, kind: KindId, other: KindId) -> bool {
        let is_foundation = |reference: &Reference| match reference.bond {
            ReferenceKind::LivesBy => true,
            ReferenceKind::Needs => self.row(reference.kind).task == Role::Prerequisite,
            _ => false,
        };
        let row = self.row(kind);
        let mut foundations = row.references.iter().filter(|it| is_foundation(it));
        let carries_it = |row: &Kind| {
            let mut references = row.references.iter();
            references.any(|it| it.kind == kind && it.bond == ReferenceKind::Carries)
        };
        let mut carriers = self.ids().filter(|it| carries_it(self.row(*it)));
        kind == other
            || row.parent.is_some_and(|parent| self.stands_or_falls_with(parent, other))
            || foundations.any(|it| self.stands_or_falls_with(it.kind, other))
            || carriers.any(|it| self.stands_or_falls_with(it, other))
    }

    /// Whether things of a kind are written along with others that carry them.
    #[must_use]
    pub fn is_carried(&self, kind: KindId) -> bool {
        self.is_named_with(kind, ReferenceKind::Carries)
    }

    /// Whether things of some kind vanish with the thing of this kind that they name.
    #[must_use]
    pub fn is_lived_by(&self, kind: KindId) -> bool {
        self.is_named_with(kind, ReferenceKind::LivesBy)
    }

    fn is_named_with(&self, kind: KindId, bond: ReferenceKind) -> bool {
        let mut references = self.rows.iter().flat_map(|row| row.references);
        references.any(|reference| reference.kind == kind && reference.bond == bond)
    }

    /// Whether other kinds live under this one or refer to it.
    #[must_use]
    pub fn is_pointed_at(&self, kind: KindId) -> bool {
        self.rows
            .iter()
            .any(|row| row.parent == Some(kind) || row.references.iter().any(|reference| reference.kind == kind))
    }
}

impl fmt::Debug for KindTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.rows.iter().map(|row| row.name)).finish()
    }
}
