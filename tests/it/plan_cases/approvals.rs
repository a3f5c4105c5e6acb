//! `APPROVE_ON_TARGET`: what of ours waits on the target is approved, and nothing else.

use super::{Case, check, check_products};

const APPROVE: &str = "APPROVE_ON_TARGET=true";

#[test]
fn what_an_earlier_run_left_pending_is_approved_after_its_own_change() {
    check(Case {
        source: "org acme
                 app acme/shop state=enabled title=new
                 sub acme/shop/petstore:1/gold state=enabled",
        target: "org acme mark
                 app acme/shop state=pending title=old mark pending
                 sub acme/shop/petstore:1/gold state=pending mark pending",
        settings: APPROVE,
        plan: "update applications acme/shop /title old->new
               approve applications acme/shop /state pending->enabled behind update acme/shop
               approve subscriptions acme/shop/petstore:1/gold /state pending->enabled",
        ..Case::default()
    });
}

#[test]
fn what_is_not_ours_is_never_approved() {
    check(Case {
        source: "org acme
                 sub acme/shop/petstore:1/gold state=enabled
                 app acme/shop mark
                 sub acme/shop/petstore:1/silver state=enabled",
        target: "org acme mark
                 app acme/shop
                 sub acme/shop/petstore:1/gold state=pending pending
                 sub acme/shop/petstore:1/silver state=pending mark=acme/shop/petstore:1/silver@other pending
                 sub acme/shop/petstore:1/bronze state=pending pending",
        settings: APPROVE,
        plan: "withheld update subscriptions acme/shop/petstore:1/gold: waits for approval on the target
               withheld create subscriptions acme/shop/petstore:1/silver: subscription acme/shop/petstore:1/silver belongs to another sync",
        ..Case::default()
    });
}

#[test]
fn what_waits_for_more_than_the_source_has_is_not_approved() {
    check(Case {
        source: "org acme
                 app acme/shop state=enabled lifecycle_state=development",
        target: "org acme mark
                 app acme/shop state=enabled lifecycle_state=development mark pending",
        settings: APPROVE,
        plan: "withheld update applications acme/shop: waits for approval on the target",
        ..Case::default()
    });
}

#[test]
fn what_waits_on_the_source_too_is_left_alone() {
    check(Case {
        source: "org acme
                 app acme/shop state=pending pending",
        target: "org acme mark
                 app acme/shop state=pending mark pending",
        settings: APPROVE,
        plan: "",
        ..Case::default()
    });
}

#[test]
fn what_is_written_is_approved_where_the_operator_wishes_so_and_it_is_ours() {
    let source = "org acme title=new
                  app acme/shop title=new
                  sub acme/shop/petstore:1/gold note=new";
    let target = "org acme title=old mark
                  app acme/shop title=old mark
                  sub acme/shop/petstore:1/gold note=old";
    for (settings, approves) in [(APPROVE, " approves"), ("", "")] {
        check(Case {
            source,
            target,
            settings,
            plan: &format!(
                "update consumer_orgs acme /title{approves}
                 update applications acme/shop /title{approves}
                 update subscriptions acme/shop/petstore:1/gold /note"
            ),
            ..Case::default()
        });
    }
}

#[test]
fn an_approval_opens_what_is_closed_afterwards() {
    check_products(Case {
        source: "product a:1 doc=A state=deprecated",
        target: "product a:1 doc=A state=pending mark pending",
        settings: APPROVE,
        plan: "approve products a:1 /state pending->published
               finish products a:1 /state published->deprecated",
        ..Case::default()
    });
}
