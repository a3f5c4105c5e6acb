//! `DELETE_POLICY=report`: deletions are only told. This cannot wait until all is decided: nothing may count on a deletion
//! that is not carried out, such as the new holder of a unique value; and nothing is suspended in its grace either.

use crate::engine::plan::{policy::Policy, step::Cause};

/// The reason to keep whatever would be deleted.
pub(crate) fn reason_to_keep(policy: &Policy) -> Option<Cause> {
    policy.report_deletions.then_some(Cause::DeletePolicy)
}
