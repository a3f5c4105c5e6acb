//! The operator's wishes, as far as the planner needs to know them.

use std::collections::BTreeSet;

use crate::engine::model::{
    KindId, KindTable, Mark, MarkKeys, MarkOrigin,
    kind::Role,
    pattern::{Pattern, Patterns},
};

/// The wishes that shape a plan.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a yes-or-no setting of the operator's")]
pub struct Policy {
    /// Which objects are in scope, by kind. A kind without a filter is in scope as far as its parents are.
    pub filters: Vec<(KindId, Filter)>,
    /// Kinds that are not replicated: what depends on them uses what the target has.
    pub excluded: BTreeSet<KindId>,
    /// Which unmarked objects of the same name are taken over.
    pub adopt: Adopt,
    /// Deletions are only reported.
    pub report_deletions: bool,
    /// Children of a marked parent are deleted by natural key where their server stores no marks.
    pub delete_unmarked_children: bool,
    /// Objects that the vendor's tool made are deleted too.
    pub delete_vendor_marked: bool,
    /// Ids of catalogs whose marks on the target count as the source's.
    pub catalogs_before: BTreeSet<Box<str>>,
    /// The keys with which seals are made and judged.
    pub mark_keys: Option<MarkKeys>,
    /// Whether a mark that needs support has none without a seal.
    pub require_seal: bool,
    /// Whether the source was captured without secrets: what has one cannot be made, and none differs.
    pub secrets_left_out: bool,
    /// Whether hints are mistrusted and everything is read.
    pub deep: bool,
    /// Originals on the target are marked as managed once the source has copies of them.
    pub manage_originals: bool,
    /// The run approves what its own objects wait for on the target.
    pub approve_on_target: bool,
    /// Who takes the place of what cannot be on the target.
    pub stand_ins: Vec<Fallback>,
    /// The time for which objects that people name must have been missing before they are deleted.
    pub grace: Option<Grace>,
}

impl Policy {
    /// The run carries objects of a kind, rather than only finding them.
    #[must_use]
    pub fn replicates(&self, kinds: &KindTable, kind: KindId) -> bool {
        kinds.row(kind).task == Role::Replicate && !self.excluded.contains(&kind)
    }

    /// Which sync a mark on the target is of.
    #[must_use]
    pub fn origin(&self, mark: &Mark, source_catalog: &str) -> MarkOrigin {
        mark.origin(source_catalog, &self.catalogs_before)
    }
}

/// Something on the target that a new object names in the place of what cannot be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The kind of the objects that may name it.
    pub kind: KindId,
    /// The reference in which they do.
    pub field: &'static str,
    /// The address that they name, as the target calls it.
    pub address: String,
    /// The setting that says so.
    pub setting: &'static str,
}

/// The time for which objects are kept although the source no longer has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grace {
    /// The present, in milliseconds since 1970.
    pub now: i64,
    /// The length, in milliseconds.
    pub period: i64,
}

/// Which names are in scope.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The names that the operator gave.
    pub names: NameFilter,
    /// Not these either, unless they are named in full.
    pub unless_named: &'static [&'static str],
    /// Names are `name:version`, so that a pattern without a `:` means all versions.
    pub versioned: bool,
    /// The settings that say so: the one that includes names, and the one that excludes them.
    pub settings: [&'static str; 2],
}

impl Filter {
    /// Which setting keeps a name out of scope; none where it is in.
    #[must_use]
    pub fn objection(&self, name: &str) -> Option<String> {
        let [include, exclude] = self.settings;
        let excludes = |patterns: &Patterns| patterns.matches(name);
        if self.admits(name) {
            None
        } else if self.names.exclude.as_ref().is_some_and(excludes) {
            Some(format!("{exclude} leaves it out"))
        } else {
            Some(format!("{include} would bring it in by its full name"))
        }
    }

    /// An object of this name is in scope.
    #[must_use]
    pub fn admits(&self, name: &str) -> bool {
        if self.versioned {
            return self.names.contain_version(name);
        }
        self.names.contain(name) && (!self.unless_named.contains(&name) || self.names.include_in_full(name))
    }

    /// A pattern means an object of this name.
    #[must_use]
    pub fn is_meant(&self, pattern: &Pattern, name: &str) -> bool {
        if self.versioned { pattern.matches_version(name) } else { pattern.matches(name) }
    }

    /// A pattern that means an object of this name also brings it into scope.
    #[must_use]
    pub fn is_included_by(&self, pattern: &Pattern, name: &str) -> bool {
        self.is_meant(pattern, name) && (!self.unless_named.contains(&name) || pattern.is_in_full(name))
    }
}

/// A choice of names: those included, without those excluded.
#[derive(Debug, Default, Clone)]
pub struct NameFilter {
    /// Only these; all when there is no list.
    pub include: Option<Patterns>,
    /// Never these.
    pub exclude: Option<Patterns>,
}

impl NameFilter {
    /// A name is chosen that the inclusion lists and the exclusion does not.
    #[must_use]
    pub fn contain(&self, name: &str) -> bool {
        let listed = |patterns: &Patterns| patterns.matches(name);
        self.include.as_ref().is_none_or(listed) && !self.exclude.as_ref().is_some_and(listed)
    }

    /// A `name:version` is chosen likewise, and a pattern without a `:` means all versions of a name.
    #[must_use]
    pub fn contain_version(&self, name: &str) -> bool {
        let listed = |patterns: &Patterns| patterns.match_version(name);
        self.include.as_ref().is_none_or(listed) && !self.exclude.as_ref().is_some_and(listed)
    }

    /// The inclusion names it letter by letter, not by way of a `*`.
    #[must_use]
    pub fn include_in_full(&self, name: &str) -> bool {
        self.include.as_ref().is_some_and(|patterns| patterns.name_in_full(name))
    }
}

/// Which unmarked namesakes on the target are taken over.
#[derive(Debug, Default, Clone)]
pub enum Adopt {
    /// None: they are conflicts.
    #[default]
    None,
    /// All.
    All,
    /// Those that are listed, a consumer organization with its applications.
    Listed(Patterns),
}

impl Adopt {
    /// The namesake at an address, `org` or `org/app`, is taken over.
    #[must_use]
    pub fn takes(&self, address: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Listed(patterns) => patterns.cover(address),
        }
    }
}
