//! Gaps: a gap in the source leads to no change in its branch, one in the target to no creation and no deletion there.

use super::{Case, check, check_products};

const SOURCE: &str = "org acme
    app acme/shop title=new
    app acme/new
    credential acme/shop/key secret=hush-2
    org other
    app other/new";
const TARGET: &str = "org acme mark
    app acme/shop title=old mark
    app acme/old mark
    credential acme/shop/key secret=hush-1 mark
    org other mark
    app other/old mark";

#[track_caller]
fn check_with(source_gap: &str, target_gap: &str, plan: &str) {
    check(Case {
        source: &format!("{SOURCE}\n{source_gap}"),
        target: &format!("{TARGET}\n{target_gap}"),
        plan,
        ..Case::default()
    });
}

#[test]
fn without_gaps_all_of_it_is_done() {
    check_with(
        "",
        "",
        "create applications acme/new
         create applications other/new
         update applications acme/shop /title
         update credentials acme/shop/key /client_secret_hashed
         delete applications acme/old
         delete applications other/old",
    );
}

#[test]
fn a_source_list_with_a_gap_changes_nothing_of_its_kind_and_below() {
    check_with(
        "gap applications",
        "",
        "withheld create applications acme/new: the source list of applications is incomplete: page 2 was lost
         withheld create applications other/new: the source list of applications is incomplete
         withheld update applications acme/shop /title: the source list of applications is incomplete
         withheld update credentials acme/shop/key /client_secret_hashed: the source list of applications is incomplete
         withheld delete applications acme/old: the source list of applications is incomplete
         withheld delete applications other/old: the source list of applications is incomplete
         gap source applications: page 2 was lost",
    );
}

#[test]
fn a_gap_in_one_branch_of_the_source_leaves_the_others_alone() {
    check_with(
        "gap applications acme",
        "",
        "create applications other/new
         delete applications other/old
         withheld create applications acme/new: the source list of applications is incomplete
         withheld update applications acme/shop /title: the source list
         withheld update credentials acme/shop/key /client_secret_hashed: the source list
         withheld delete applications acme/old: the source list of applications is incomplete",
    );
}

#[test]
fn a_gap_below_leaves_alone_what_is_above() {
    check_with(
        "gap credentials acme/shop",
        "",
        "create applications acme/new
         create applications other/new
         update applications acme/shop /title
         delete applications acme/old
         delete applications other/old
         withheld update credentials acme/shop/key /client_secret_hashed: the source list of credentials",
    );
}

#[test]
fn an_object_that_could_not_be_read_is_a_gap_of_its_own() {
    check_with(
        "gap credentials acme/shop/key",
        "",
        "create applications acme/new
         create applications other/new
         update applications acme/shop /title
         delete applications acme/old
         delete applications other/old
         withheld update credentials acme/shop/key /client_secret_hashed: the source list of credentials",
    );
}

#[test]
fn a_target_list_with_a_gap_gets_nothing_new_and_loses_nothing() {
    check_with(
        "",
        "gap applications acme",
        "create applications other/new
         update applications acme/shop /title
         update credentials acme/shop/key /client_secret_hashed
         delete applications other/old
         withheld create applications acme/new: the target list of applications is incomplete
         withheld delete applications acme/old: the target list of applications is incomplete",
    );
    check_with(
        "",
        "gap applications",
        "update applications acme/shop /title
         update credentials acme/shop/key /client_secret_hashed
         withheld create applications acme/new: the target list
         withheld create applications other/new: the target list
         withheld delete applications acme/old: the target list
         withheld delete applications other/old: the target list",
    );
}

#[test]
fn a_gap_in_the_sources_organizations_stops_everything_below() {
    check(Case {
        source: "gap consumer_orgs
                 org acme title=new
                 app acme/new",
        target: "org acme title=old mark
                 app acme/old mark
                 org gone mark
                 app gone/shop mark",
        plan: "withheld update consumer_orgs acme /title: the source list of consumer_orgs is incomplete
               withheld create applications acme/new: the source list of consumer_orgs
               withheld delete applications acme/old: the source list of consumer_orgs
               withheld delete consumer_orgs gone: the source list of consumer_orgs
               withheld delete applications gone/shop: the source list of consumer_orgs",
        ..Case::default()
    });
}

#[test]
fn nothing_is_marked_again_on_the_word_of_a_list_with_a_gap() {
    check(Case {
        source: "gap consumer_orgs
                 org acme id=2",
        target: "org acme mark=1",
        plan: "withheld create consumer_orgs acme: the source list of consumer_orgs is incomplete
               withheld delete consumer_orgs acme: the source list of consumer_orgs is incomplete",
        ..Case::default()
    });
    check(Case {
        source: "gap applications acme
                 org acme
                 app acme/shop id=2",
        target: "org acme mark
                 app acme/shop mark=1",
        plan: "withheld update applications acme/shop /metadata/source_id: the source list of applications is incomplete",
        ..Case::default()
    });
}

#[test]
fn nobody_new_is_made_where_the_targets_registry_cannot_be_listed() {
    check(Case {
        source: "org acme
                 org other owner=lur/bob",
        target: "gap users lur
                 org acme mark",
        plan: "withheld create users lur/bob: the target list of users is incomplete
               withheld create consumer_orgs other: hangs on lur/bob",
        ..Case::default()
    });
}

#[test]
fn a_gap_in_one_organizations_members_does_not_reach_another() {
    check(Case {
        source: r#"gap members acme
                   org acme
                   member acme/lur/bob roles=["a"]
                   org other
                   member other/lur/bob roles=["a"]"#,
        target: r#"org acme mark
                   member acme/lur/bob roles=["b"] mark
                   member acme/lur/carol mark
                   org other mark
                   member other/lur/bob roles=["b"] mark
                   member other/lur/carol mark"#,
        plan: "update members other/lur/bob /roles
               delete members other/lur/carol
               withheld update members acme/lur/bob /roles: the source list of members
               withheld delete members acme/lur/carol: the source list of members",
        ..Case::default()
    });
}

#[test]
fn a_child_without_its_parent_is_a_gap() {
    check(Case {
        source: "org acme
                 app lost/shop",
        target: "org acme mark
                 app acme/old mark",
        plan: "withheld delete applications acme/old: the source list of applications is incomplete: app lost.shop hangs on a consumer organization that was not listed
               gap source applications: app lost.shop hangs on",
        ..Case::default()
    });
}

#[test]
fn a_subscription_to_a_product_that_was_not_listed_is_a_gap_below_its_app() {
    check(Case {
        source: "org acme
                 app acme/shop
                 app acme/mobile
                 product petstore:1 unlisted
                 sub acme/shop/petstore:1/gold",
        target: "org acme mark
                 app acme/shop mark
                 app acme/mobile mark
                 sub acme/shop/other:1/gold mark
                 sub acme/mobile/other:1/gold mark",
        plan: "delete subscriptions acme/mobile/other:1/gold
               withheld delete subscriptions acme/shop/other:1/gold: the source list of subscriptions is incomplete: subscription acme.shop.petstore:1.gold hangs on a Product",
        ..Case::default()
    });
}

#[test]
fn credentials_that_their_app_does_not_name_are_a_gap() {
    check(Case {
        source: "org acme
                 app acme/shop claims=acme/shop/a,acme/shop/lost
                 credential acme/shop/a secret=hush-1
                 app acme/mobile claims=acme/mobile/m
                 credential acme/mobile/m secret=hush-2",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/a secret=hush-1 mark
                 credential acme/shop/lost secret=hush-3 mark
                 app acme/mobile mark
                 credential acme/mobile/m secret=hush-2 mark
                 credential acme/mobile/old secret=hush-4 mark",
        plan: "delete credentials acme/mobile/old
               withheld delete credentials acme/shop/lost: the source list of credentials is incomplete: the app names 2 credentials, the list has 1",
        ..Case::default()
    });
}

#[test]
fn a_gap_on_the_target_forbids_to_delete_what_might_hold_things_unseen() {
    check(Case {
        source: "org other",
        target: "gap applications
                 org other mark
                 org acme mark",
        plan: "withheld delete consumer_orgs acme: the target list of applications is incomplete",
        ..Case::default()
    });
    check(Case {
        source: "org acme",
        target: "gap credentials acme/shop
                 org acme mark
                 app acme/shop mark",
        plan: "withheld delete applications acme/shop: the target list of credentials is incomplete",
        ..Case::default()
    });
}

#[test]
fn a_gap_on_the_source_deletes_nothing_by_way_of_a_cascade() {
    check(Case {
        source: "gap applications
                 org other",
        target: "org other mark
                 org acme mark
                 app acme/shop mark",
        plan: "withheld delete consumer_orgs acme: the source list of applications is incomplete
               withheld delete applications acme/shop: the source list of applications is incomplete",
        ..Case::default()
    });
}

/// A login that has lost its role in a space sees lists without all that is in it.
#[test]
fn a_space_that_the_source_does_not_list_is_a_gap_for_all_that_it_held() {
    check_products(Case {
        source: "org acme
                 app acme/shop
                 product petstore:1",
        target: "org acme mark
                 app acme/shop mark
                 product petstore:1 mark
                 product zoo:1 space=team mark
                 product theirs:1 space=other
                 sub acme/shop/zoo:1/gold mark
                 sub acme/shop/petstore:1/gold mark",
        plan: "gap source spaces: the source does not list the space team
               delete subscriptions acme/shop/petstore:1/gold
               withheld delete subscriptions acme/shop/zoo:1/gold: the source does not list the space team
               withheld delete products zoo:1: the source does not list the space team",
        ..Case::default()
    });
}

/// What the operator has in a space of the target is no copy.
#[test]
fn a_space_without_copies_is_no_gap() {
    check_products(Case {
        source: "product petstore:1",
        target: "product petstore:1 mark
                 product theirs:1 space=other",
        plan: "",
        ..Case::default()
    });
}
