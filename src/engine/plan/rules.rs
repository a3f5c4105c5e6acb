//! Rules: what can be told, added or taken away when all is decided, each by itself; and some that decisions must ask before,
//! which say so.

pub(crate) mod approvals;
pub mod bookkeeping;
pub(crate) mod counts;
pub(crate) mod delete_policy;
pub(crate) mod fallback_reference;
pub(crate) mod grace;
pub(crate) mod late_marks;
pub(crate) mod left_alone;
pub(crate) mod mutual_changes;
pub(crate) mod narrowed_lists;
pub(crate) mod needless_creations;
pub(crate) mod originals;
pub(crate) mod premature_deletions;
pub(crate) mod present;
pub(crate) mod seals;
pub(crate) mod site_values;
pub mod strangers;
pub(crate) mod trial_object;
pub(crate) mod unlisted_places;
pub(crate) mod unmarked_children;
pub(crate) mod unusable_rows;
