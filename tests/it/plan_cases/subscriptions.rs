//! Subscriptions: another plan is another subscription.

use super::{Case, check};

const APP: &str = "org acme mark
    app acme/shop mark
    product petstore:1
    product petstore:2";

#[track_caller]
fn check_subscriptions(source: &str, target: &str, plan: &str) {
    check(Case {
        source: &format!("{}\n{source}", APP.replace(" mark", "")),
        target: &format!("{APP}\n{target}"),
        plan,
        ..Case::default()
    });
}

#[test]
fn a_plan_that_was_changed_in_place_is_made_anew_before_the_old_one_goes() {
    check_subscriptions(
        "sub acme/shop/petstore:1/gold id=1",
        "sub acme/shop/petstore:1/silver mark=1",
        "create subscriptions acme/shop/petstore:1/gold unless delete acme/shop/petstore:1/silver
         delete subscriptions acme/shop/petstore:1/silver after create acme/shop/petstore:1/gold",
    );
}

#[test]
fn so_is_one_that_was_made_anew_on_the_source() {
    check_subscriptions(
        "sub acme/shop/petstore:1/gold id=2",
        "sub acme/shop/petstore:1/silver mark=1",
        "create subscriptions acme/shop/petstore:1/gold unless delete acme/shop/petstore:1/silver
         delete subscriptions acme/shop/petstore:1/silver asks acme/acme.shop/1 after create acme/shop/petstore:1/gold",
    );
}

#[test]
fn the_source_is_not_asked_for_what_is_there_to_be_seen() {
    check_subscriptions(
        "sub acme/shop/petstore:1/gold id=1
         sub acme/shop/petstore:2/gold id=2",
        "sub acme/shop/petstore:1/silver mark=1
         sub acme/shop/petstore:2/gold mark=2
         sub acme/shop/other:1/gold mark=3",
        "create subscriptions acme/shop/petstore:1/gold
         delete subscriptions acme/shop/petstore:1/silver
         delete subscriptions acme/shop/other:1/gold asks acme/acme.shop/3",
    );
}

#[test]
fn plans_of_different_products_do_not_wait_for_each_other() {
    check_subscriptions(
        "sub acme/shop/petstore:2/gold id=2",
        "sub acme/shop/petstore:1/gold mark=1",
        "create subscriptions acme/shop/petstore:2/gold
         delete subscriptions acme/shop/petstore:1/gold
         count subscriptions only_on_target=0",
    );
}

#[test]
fn a_new_plan_that_the_target_has_already_is_taken_as_it_is() {
    check_subscriptions(
        "sub acme/shop/petstore:1/gold id=1",
        "sub acme/shop/petstore:1/silver mark=1
         sub acme/shop/petstore:1/gold",
        "delete subscriptions acme/shop/petstore:1/silver",
    );
}

#[test]
fn an_old_plan_that_must_not_be_deleted_stays_beside_the_new_one() {
    check(Case {
        source: "org acme
                 app acme/shop
                 sub acme/shop/petstore:1/gold id=1",
        target: "org acme mark
                 app acme/shop mark
                 sub acme/shop/petstore:1/silver mark=1",
        settings: "DELETE_POLICY=report",
        plan: "create subscriptions acme/shop/petstore:1/gold
               withheld delete subscriptions acme/shop/petstore:1/silver: DELETE_POLICY",
        ..Case::default()
    });
}

#[test]
fn a_change_of_plan_that_waits_for_approval_on_the_source_stays_at_home() {
    check_subscriptions(
        "sub acme/shop/petstore:1/gold id=1 pending",
        "sub acme/shop/petstore:1/silver mark=1",
        "withheld create subscriptions acme/shop/petstore:1/gold: waits for approval on the source
         withheld delete subscriptions acme/shop/petstore:1/silver:",
    );
}

#[test]
fn an_app_keeps_its_subscription_until_the_target_has_the_product_it_moved_to() {
    check_subscriptions(
        "sub acme/shop/petstore:3/gold id=1",
        "sub acme/shop/petstore:1/gold mark=1",
        "withheld create subscriptions acme/shop/petstore:3/gold: the target has no Product petstore:3
         withheld delete subscriptions acme/shop/petstore:1/gold:",
    );
}

/// Its platform says so: the planner knows nothing of what it is to.
#[test]
fn what_cannot_be_carried_is_counted_and_withheld() {
    check(Case {
        source: "org acme
                 app acme/shop
                 sub acme/shop/mcp:w:1/free uncarried=WHY",
        target: "org acme mark
                 app acme/shop mark",
        plan: "unfinished withheld create subscriptions acme/shop/mcp:w:1/free: WHY
               count subscriptions source=1 unchanged=0",
        ..Case::default()
    });
    check(Case {
        source: "org acme
                 app acme/shop
                 sub acme/shop/mcp:w:1/free uncarried=WHY",
        target: "org acme mark
                 app acme/shop mark
                 sub acme/shop/mcp:w:1/free uncarried=WHY",
        plan: "count subscriptions source=1 unchanged=1 only_on_target=0",
        ..Case::default()
    });
}

#[test]
fn what_cannot_be_carried_keeps_what_it_hangs_on() {
    for settings in ["", "DELETE_UNMARKED_CHILDREN=true"] {
        check(Case {
            source: "org acme",
            target: "org acme mark
                     app acme/shop mark
                     sub acme/shop/mcp:w:1/free uncarried=WHY",
            settings,
            plan: "withheld delete applications acme/shop: the source has deleted it, but under it the target has",
            ..Case::default()
        });
    }
}
