//! Values that only one thing may have at a time, and things that others need.

use super::{Case, check};

#[tokio::test]
async fn one_name_in_two_places_is_no_clash() {
    check(Case {
        source: "board acme/plans
            board other/plans",
        target: "board acme/plans
            workspace other",
        plan: "create boards other/plans",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn names_that_change_hands_go_round_by_a_detour() {
    check(Case {
        source: "board acme/one id=acme/1
            board acme/two id=acme/2",
        target: "board acme/two mark=acme.1 id=acme/1
            board acme/one mark=acme.2 id=acme/2",
        plan: "park boards acme/one /name
            update boards acme/one /name after park acme/one
            update boards acme/two /name after update acme/one",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_value_of_the_whole_catalog_is_free_once_its_holder_is_gone() {
    check(Case {
        source: "card acme/plans/2 serial=17",
        target: "card other/plans/1 serial=17
            board acme/plans",
        plan: "delete workspaces other
            create cards acme/plans/2 after delete other",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_value_that_stays_where_it_is_withholds_who_claims_it() {
    check(Case {
        source: "card acme/plans/1 serial=17",
        target: "workspace other unmarked
            board other/plans unmarked
            card other/plans/mine serial=17 unmarked
            board acme/plans",
        plan: "withheld create cards acme/plans/1: serial 17 is held on the target by card other/plans/mine, which stays",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_thing_goes_without_a_value_that_it_can_yield() {
    check(Case {
        source: "card acme/plans/1 alias=first",
        target: "card acme/plans/mine alias=first unmarked",
        plan: "create cards acme/plans/1",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_is_named_is_made_before_what_names_it() {
    check(Case {
        source: "label red code=r colour=f00
            card acme/plans/1 labels=red,blue",
        target: "board acme/plans
            label blue",
        plan: "create labels red
            create cards acme/plans/1 after create red",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_is_put_as_a_whole_keeps_what_it_was_given_at_birth() {
    check(Case {
        source: "label red code=new colour=f00 text=Red",
        target: "label red code=old colour=e00 text=Red",
        plan: "update labels red /colour",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_default_that_is_left_out_is_no_difference() {
    check(Case { source: "label red colour=f00", target: "label red colour=f00 text=red", ..Case::default() }).await;
}

#[tokio::test]
async fn what_lacks_what_it_needs_is_withheld() {
    check(Case {
        source: "workspace acme site=north",
        target: "site main",
        plan: "withheld create workspaces acme: the target has no site north (it has: main)",
        ..Case::default()
    })
    .await;
}

/// The table cannot say yet that a server refuses to remove what is still used, so no removal waits for who uses the thing:
/// the next run does it.
#[tokio::test]
async fn what_is_needed_no_more_goes_by_the_next_run() {
    check(Case {
        source: "card acme/plans/1 labels=blue",
        target: "card acme/plans/1 labels=red,blue
            card acme/plans/2 labels=red",
        plan: "update cards acme/plans/1 /labels
            delete cards acme/plans/2
            delete labels red",
        refused: "red: red is still used by 1",
        again: "delete labels red",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_the_targets_own_still_need_is_refused_by_the_server() {
    check(Case {
        source: "board acme/plans",
        target: "card acme/plans/mine labels=red unmarked",
        plan: "delete labels red",
        refused: "red: red is still used by mine",
        again: "delete labels red",
        ..Case::default()
    })
    .await;
}
