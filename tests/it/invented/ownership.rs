//! What belongs to the sync, to another one, and to the target's own people.

use super::{Case, check};

#[tokio::test]
async fn a_namesake_without_a_mark_is_a_conflict_until_it_is_adopted() {
    let source = "board acme/plans text=New";
    let target = "board acme/plans text=Old unmarked";
    check(Case {
        source,
        target,
        plan: "withheld create boards acme/plans: board acme/plans exists on the target without a mark",
        ..Case::default()
    })
    .await;
    check(Case {
        source,
        target,
        settings: "adopt",
        plan: "update boards acme/plans /text /metadata/source_id",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_the_server_keeps_unique_is_known_without_a_mark() {
    check(Case {
        source: "card acme/plans/1 size=L
            card acme/plans/2",
        target: "card acme/plans/1 size=M unmarked
            card acme/plans/2 unmarked
            card acme/plans/3 unmarked",
        plan: "update cards acme/plans/1 /size",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_thing_is_known_by_its_mark_under_whatever_name() {
    check(Case {
        source: "workspace acme
            board acme/plans text=New",
        target: "workspace emca mark=acme
            board emca/old mark=acme/plans text=Old",
        plan: "update workspaces acme /name
            update boards acme/plans /name /text",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn another_syncs_things_are_left_alone() {
    check(Case {
        source: "workspace acme
            label red",
        target: "workspace acme mark=elsewhere@another
            label red mark=elsewhere@another
            board acme/plans mark=elsewhere@another",
        plan: "withheld create labels red: label red belongs to another sync
            withheld create workspaces acme: workspace acme belongs to another sync",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn only_what_bears_a_mark_of_this_source_is_deleted() {
    check(Case {
        source: "board acme/plans",
        target: "board acme/plans
            card acme/plans/1
            card acme/plans/2 unmarked
            card acme/plans/3 mark=elsewhere@another",
        plan: "delete cards acme/plans/1",
        ..Case::default()
    })
    .await;
    check(Case {
        source: "board acme/plans",
        target: "card acme/plans/1",
        settings: "report",
        plan: "withheld delete cards acme/plans/1: DELETE_POLICY=report",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_mark_that_leads_to_what_stands_elsewhere_is_no_pair() {
    check(Case {
        source: "board acme/plans
            board other/ideas",
        target: "board acme/plans
            board other/ideas
            board other/plans mark=acme/plans",
        plan: "withheld update boards other/plans: board other/plans bears the mark of acme/plans, but stands outside acme",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn free_metadata_is_carried_and_what_the_target_has_of_its_own_is_kept() {
    check(Case {
        source: "card acme/plans/1 meta.team=blue",
        target: "card acme/plans/1 meta.team=red meta.own=kept",
        plan: "update cards acme/plans/1 /metadata/team",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_carried_and_never_shown() {
    check(Case {
        source: "feed acme/plans/f bundle=pets pin=new-pin
            feed acme/plans/g bundle=pets pin=same-pin",
        target: "feed acme/plans/f bundle=pets pin=old-pin
            feed acme/plans/g bundle=pets pin=same-pin",
        plan: "update feeds acme/plans/f /pin",
        ..Case::default()
    })
    .await;
}
