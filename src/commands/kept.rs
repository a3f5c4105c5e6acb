//! What `plan --out` and `apply` have of their own: the file, the catalogs that it is for, and what the report says of it.

use jiff::Timestamp;

use super::sides::SideName;
use crate::engine::{
    plan_file::{CatalogPair, CatalogRef, KeptPlan, PlanFile},
    report::Finding,
    sync::Run,
};

/// The two catalogs as a kept plan names them.
pub(super) fn between([source, target]: &[SideName; 2], ids: [&str; 2]) -> CatalogPair {
    CatalogPair { source: catalog_ref(source, ids[0]), target: catalog_ref(target, ids[1]) }
}

fn catalog_ref(side: &SideName, id: &str) -> CatalogRef {
    CatalogRef { server: side.server.clone(), org: side.org.clone(), catalog: side.catalog.clone(), id: id.to_owned() }
}

/// Keeps the plan of a run. A run that was stopped before it had one keeps none.
///
/// # Errors
/// What to tell when the file cannot be written after all.
pub(super) fn keep(
    destination: &PlanFile,
    made_at: Timestamp,
    between: CatalogPair,
    run: &mut Run,
) -> Result<bool, Finding> {
    let Some(steps) = run.steps.take() else {
        return Ok(false);
    };
    let plan = KeptPlan { made_at, between, refusals: run.refusals.iter().map(Into::into).collect(), steps };
    let kept = destination.keep(&plan, crate::platform::kinds());
    kept.map(|()| true).map_err(|error| {
        let path = destination.path().display();
        Finding::error(
            "plan_file",
            format!("the plan could not be kept in {path}: {error}"),
            "give a file that can be written",
        )
    })
}

/// What is wrong with a plan for these catalogs.
pub(super) fn misplaced(plan: &KeptPlan, here: &CatalogPair) -> Option<Finding> {
    let mend = "check the SOURCE_ and TARGET_ variables, or make a plan for these catalogs with `plan --out FILE`";
    let objection = plan.between.objection_to(here)?;
    Some(Finding::error("plan_file", objection, mend))
}

/// What an operator should know of how a kept plan was applied.
pub(super) fn remarks(run: &Run) -> Vec<Finding> {
    let mut remarks = Vec::new();
    if run.left_out > 0 {
        remarks.push(left_out(run.left_out));
    }
    for refusal in &run.accepted {
        let message = format!("set aside by --accept-limits: {}", refusal.message);
        let mend = "nothing, if that was right; it holds for this plan only";
        remarks.push(Finding::warning(refusal.limit, message, mend));
    }
    for remark in &remarks {
        tracing::warn!(check = remark.check, "{}", remark.message);
    }
    remarks
}

fn left_out(number: usize) -> Finding {
    let changes = match number {
        1 => "1 change that came up since the plan was made is left out".to_owned(),
        more => format!("{more} changes that came up since the plan was made are left out"),
    };
    Finding::warning("plan_file", changes, "run `sync`, or make and apply another plan")
}
