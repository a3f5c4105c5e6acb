//! Rules that people have asked for, each by itself. Most of them look at a draft or a plan that is decided; those that
//! decisions must ask before say why.

pub(crate) mod approvals;
pub mod bookkeeping;
pub(crate) mod delete_policy;
pub(crate) mod fallback_reference;
pub(crate) mod grace;
pub(crate) mod late_marks;
pub(crate) mod left_alone;
pub(crate) mod mutual_changes;
pub(crate) mod narrowed_lists;
pub(crate) mod needless_creations;
pub mod only_on_target;
pub(crate) mod originals;
pub(crate) mod premature_deletions;
pub(crate) mod seals;
pub(crate) mod site_values;
pub mod strangers;
pub(crate) mod unlisted_places;
pub(crate) mod unmarked_children;
pub(crate) mod unusable_rows;
