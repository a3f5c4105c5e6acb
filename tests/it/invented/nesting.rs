//! Things that stand in things that stand in things.

use super::{Case, check};

const PLANS: &str = "workspace acme
    board acme/plans
    card acme/plans/1
    comment acme/plans/1/c text=Hello author=ann";

#[tokio::test]
async fn what_is_new_is_made_from_the_top_down() {
    check(Case {
        source: PLANS,
        target: "site main",
        plan: "create workspaces acme
            create boards acme/plans after create acme
            create cards acme/plans/1 after create acme/plans
            create comments acme/plans/1/c after create acme/plans/1",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_is_the_same_at_every_depth_is_left_alone() {
    check(Case { source: PLANS, target: PLANS, ..Case::default() }).await;
}

#[tokio::test]
async fn a_change_far_below_touches_nothing_above() {
    check(Case {
        source: "card acme/plans/1 watchers=[\"ann\",\"ben\"] size=L
            card acme/plans/2 watchers=[\"ann\",\"ben\"]
            comment acme/plans/1/c text=New author=ann",
        target: "card acme/plans/1 watchers=[\"ben\",\"ann\"] size=M
            card acme/plans/2 watchers=[\"ben\",\"ann\"]
            comment acme/plans/1/c text=Old author=ben",
        plan: "update cards acme/plans/1 /size
            update comments acme/plans/1/c /text",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_goes_takes_along_all_below_it() {
    check(Case {
        source: "board acme/plans",
        target: &format!("{PLANS}\ncard acme/plans/2\nboard acme/old\nboard acme/plans"),
        plan: "delete boards acme/old
            delete cards acme/plans/1 takes acme/plans/1/c
            delete cards acme/plans/2",
        ..Case::default()
    })
    .await;
    check(Case {
        source: "workspace other",
        target: &format!("workspace other\n{PLANS}"),
        plan: "delete workspaces acme takes acme/plans, acme/plans/1, acme/plans/1/c",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_holds_something_of_the_targets_own_stays_however_deep_that_is() {
    check(Case {
        source: "workspace other",
        target: "workspace other
            card acme/plans/1
            comment acme/plans/1/mine text=Ours unmarked",
        plan: "withheld delete workspaces acme: the source has deleted it, but under it the target has what the source never \
               had: acme/plans/1/mine
            withheld delete boards acme/plans: the source has deleted it
            withheld delete cards acme/plans/1: the source has deleted it",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_list_in_doubt_forbids_deletions_in_its_branch_alone() {
    check(Case {
        source: "card acme/plans/1
            card acme/ideas/1
            gap comments acme/plans/1",
        target: "card acme/plans/1
            comment acme/plans/1/gone text=x
            card acme/ideas/1
            comment acme/ideas/1/gone text=x",
        plan: "withheld delete comments acme/plans/1/gone: the source list of comments is incomplete: page 2 was lost
            delete comments acme/ideas/1/gone",
        ..Case::default()
    })
    .await;
    check(Case {
        source: "card acme/plans/1
            card acme/ideas/1
            gap cards acme/plans",
        target: "card acme/plans/1
            comment acme/plans/1/gone text=x
            card acme/ideas/1
            comment acme/ideas/1/gone text=x",
        plan: "withheld delete comments acme/plans/1/gone: the source list of cards is incomplete: page 2 was lost
            delete comments acme/ideas/1/gone",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_is_out_of_scope_is_so_with_all_below_it() {
    check(Case {
        source: "comment acme/plans/1/c text=New
            comment acme/ideas/1/c text=New",
        target: "comment acme/plans/1/c text=Old
            comment acme/ideas/1/c text=Old
            comment acme/ideas/2/c text=Old",
        settings: "only=boards:plans",
        plan: "update comments acme/plans/1/c /text",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_a_place_that_is_withheld_waits_with_it() {
    check(Case {
        source: PLANS,
        target: "workspace acme
            board acme/plans unmarked",
        plan: "withheld create boards acme/plans: board acme/plans exists on the target without a mark
            withheld create cards acme/plans/1: hangs on acme/plans, which is withheld
            withheld create comments acme/plans/1/c: hangs on acme/plans/1, which is withheld",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_kind_that_is_left_out_takes_what_is_below_it_from_what_the_target_has() {
    check(Case {
        source: "card acme/plans/1
            card acme/plans/2
            comment acme/plans/1/c text=New
            comment acme/plans/2/c text=New",
        target: "card acme/plans/1
            comment acme/plans/1/c text=Old",
        settings: "without=cards",
        plan: "update comments acme/plans/1/c /text
            withheld create comments acme/plans/2/c: the target has no card acme/plans/2",
        ..Case::default()
    })
    .await;
}
