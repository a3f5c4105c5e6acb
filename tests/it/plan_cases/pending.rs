//! What waits for an approval.

use super::{Case, check};

#[test]
fn what_is_pending_on_the_source_stays_at_home_with_all_below_it() {
    check(Case {
        source: "org acme pending
                 app acme/shop
                 org other
                 app other/shop pending
                 credential other/shop/key secret=hush-1",
        target: "org other mark",
        plan: "withheld create consumer_orgs acme: waits for approval on the source
               withheld create applications acme/shop: hangs on acme
               withheld create applications other/shop: waits for approval on the source
               withheld create credentials other/shop/key: hangs on other/shop",
        ..Case::default()
    });
}

#[test]
fn what_has_become_pending_on_the_source_is_neither_changed_nor_deleted() {
    check(Case {
        source: "org acme
                 app acme/shop state=pending title=new pending
                 sub acme/shop/petstore:1/gold state=pending pending",
        target: "org acme mark
                 app acme/shop state=enabled title=old mark
                 sub acme/shop/petstore:1/gold state=enabled mark",
        plan: "count applications unchanged=1
               count subscriptions unchanged=1",
        ..Case::default()
    });
}

#[test]
fn what_is_pending_on_the_target_is_reported_and_its_state_left_to_the_approval() {
    check(Case {
        source: "org acme
                 app acme/shop state=enabled title=new
                 sub acme/shop/petstore:1/gold state=enabled",
        target: "org acme mark
                 app acme/shop state=pending title=old mark pending
                 sub acme/shop/petstore:1/gold state=pending mark pending",
        plan: "update applications acme/shop /title
               withheld update applications acme/shop: waits for approval on the target: approve its task there
               withheld update subscriptions acme/shop/petstore:1/gold: waits for approval on the target",
        ..Case::default()
    });
}

#[test]
fn what_is_pending_on_the_target_is_deleted_with_its_original() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop state=pending mark pending",
        plan: "delete applications acme/shop",
        ..Case::default()
    });
}
