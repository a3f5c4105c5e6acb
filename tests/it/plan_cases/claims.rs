//! Claims on values that only one object may have: names, client ids.

use super::{Case, check};

/// An organization with two apps, the same on both sides.
const APPS: &str = "org acme mark
    app acme/one mark
    app acme/two mark";

#[track_caller]
fn check_credentials(source: &str, target: &str, settings: &str, plan: &str) {
    check(Case {
        source: &format!("{}\n{source}", APPS.replace(" mark", "")),
        target: &format!("{APPS}\n{target}"),
        settings,
        plan,
        ..Case::default()
    });
}

#[test]
fn a_client_id_is_free_once_its_holder_is_deleted() {
    check_credentials(
        "credential acme/two/key id=2 secret=hush-1",
        "credential acme/one/key mark=1 secret=hush-1",
        "",
        "delete credentials acme/one/key
         create credentials acme/two/key after delete acme/one/key",
    );
}

#[test]
fn a_deletion_that_is_withheld_withholds_the_claim() {
    check_credentials(
        "credential acme/two/key id=2 secret=hush-1",
        "credential acme/one/key mark=1 secret=hush-1",
        "DELETE_POLICY=report",
        "withheld delete credentials acme/one/key: DELETE_POLICY
         withheld create credentials acme/two/key: client_id key is held on the target by credential acme/one/key, which stays",
    );
    check_credentials(
        "gap credentials acme/one
         credential acme/two/key id=2 secret=hush-1",
        "credential acme/one/key mark=1 secret=hush-1",
        "",
        "withheld delete credentials acme/one/key: the source list of credentials
         withheld create credentials acme/two/key: client_id key is held on the target",
    );
}

#[test]
fn a_value_is_free_once_a_cascade_has_removed_its_holder() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key id=2 secret=hush-1",
        target: "org acme mark
                 org gone mark
                 app gone/shop mark
                 credential gone/shop/key mark=1 secret=hush-1",
        plan: "delete consumer_orgs gone
               create applications acme/shop brings acme/shop/key after delete gone
               create credentials acme/shop/key after delete gone, create acme/shop",
        ..Case::default()
    });
}

#[test]
fn a_name_is_free_once_its_bearer_is_deleted() {
    check(Case {
        source: "org acme id=1",
        target: "org old mark=1
                 org acme mark=gone",
        plan: "delete consumer_orgs acme
               update consumer_orgs acme /name after delete acme",
        ..Case::default()
    });
}

#[test]
fn a_name_is_free_once_its_bearer_has_another() {
    check(Case {
        source: "org acme id=2
                 org acme-old id=1",
        target: "org acme mark=1",
        plan: "update consumer_orgs acme-old /name
               create consumer_orgs acme after update acme-old",
        ..Case::default()
    });
}

#[test]
fn a_name_that_stays_withholds_the_claim_and_nothing_else() {
    check(Case {
        source: "org acme id=1 title=new
                 app acme/shop title=new",
        target: "org old mark=1 title=old
                 app old/shop mark=acme/shop title=old
                 org acme",
        plan: "update applications acme/shop /title
               withheld update consumer_orgs acme /name /title: name acme is held on the target by consumer organization acme, which stays",
        ..Case::default()
    });
}

#[test]
fn a_chain_of_claims_is_followed_to_its_end() {
    check_credentials(
        "credential acme/one/b id=1 secret=hush-1
         credential acme/one/c id=2 secret=hush-1
         credential acme/two/d id=3 secret=hush-1",
        "credential acme/one/a mark=1 secret=hush-1
         credential acme/one/b mark=2 secret=hush-1
         credential acme/two/c mark=3 secret=hush-1",
        "",
        "update credentials acme/two/d /client_id
         update credentials acme/one/c /client_id after update acme/two/d
         update credentials acme/one/b /client_id after update acme/one/c",
    );
}

#[test]
fn a_chain_that_ends_at_what_stays_is_withheld_link_by_link() {
    check_credentials(
        "credential acme/one/b id=1 secret=hush-1
         credential acme/one/c id=2 secret=hush-1",
        "credential acme/one/a mark=1 secret=hush-1
         credential acme/one/b mark=2 secret=hush-1
         credential acme/two/c secret=hush-1",
        "",
        "withheld update credentials acme/one/b /client_id: client_id b is held on the target by credential acme/one/b, which stays
         withheld update credentials acme/one/c /client_id: client_id c is held on the target by credential acme/two/c, which stays",
    );
}

#[test]
fn swapped_client_ids_go_through_a_temporary_one() {
    check_credentials(
        "credential acme/one/b id=1 secret=hush-1
         credential acme/two/a id=2 secret=hush-1",
        "credential acme/one/a mark=1 secret=hush-1
         credential acme/two/b mark=2 secret=hush-1",
        "",
        "park credentials acme/one/a /client_id
         update credentials acme/two/a /client_id after park acme/one/a
         update credentials acme/one/b /client_id after update acme/two/a",
    );
}

#[test]
fn a_circle_of_three_is_opened_in_one_place() {
    check_credentials(
        "credential acme/one/b id=1 secret=hush-1
         credential acme/one/c id=2 secret=hush-1
         credential acme/two/a id=3 secret=hush-1",
        "credential acme/one/a mark=1 secret=hush-1
         credential acme/one/b mark=2 secret=hush-1
         credential acme/two/c mark=3 secret=hush-1",
        "",
        "park credentials acme/one/a /client_id
         update credentials acme/two/a /client_id after park acme/one/a
         update credentials acme/one/c /client_id after update acme/two/a
         update credentials acme/one/b /client_id after update acme/one/c",
    );
}

#[test]
fn swapped_names_go_through_a_temporary_one_too() {
    check(Case {
        source: "org two id=1
                 org one id=2",
        target: "org one mark=1
                 org two mark=2",
        plan: "park consumer_orgs one /name
               update consumer_orgs one /name after park one
               update consumer_orgs two /name after update one",
        ..Case::default()
    });
}

#[test]
fn two_circles_do_not_mix() {
    check(Case {
        source: "org two id=1
                 org one id=2
                 org four id=3
                 org three id=4",
        target: "org one mark=1
                 org two mark=2
                 org three mark=3
                 org four mark=4",
        plan: "park consumer_orgs one /name
               park consumer_orgs four /name
               update consumer_orgs one /name
               update consumer_orgs two /name
               update consumer_orgs three /name
               update consumer_orgs four /name",
        ..Case::default()
    });
}

#[test]
fn a_credential_whose_name_is_taken_goes_without() {
    check_credentials(
        "credential acme/one/new name=first secret=hush-1",
        "credential acme/one/own name=first secret=hush-2",
        "",
        "create credentials acme/one/new",
    );
    check_credentials(
        "credential acme/one/key name=first title=new secret=hush-1",
        "credential acme/one/key name=second title=old secret=hush-1 mark
         credential acme/one/own name=first secret=hush-2",
        "",
        "update credentials acme/one/key /title",
    );
}

#[test]
fn a_credential_whose_name_is_taken_is_not_written_for_that_alone() {
    check_credentials(
        "credential acme/one/key name=first secret=hush-1",
        "credential acme/one/key name=second secret=hush-1 mark
         credential acme/one/own name=first secret=hush-2",
        "",
        "count credentials unchanged=1",
    );
}

#[test]
fn nobody_counts_on_a_value_that_a_withheld_update_would_give_up() {
    check_credentials(
        "credential acme/one/taken id=1 name=a secret=hush-1
         credential acme/one/key id=2 name=b title=new secret=hush-1",
        "credential acme/one/old mark=1 name=b secret=hush-1
         credential acme/one/key mark=2 name=a title=old secret=hush-1
         credential acme/two/taken secret=hush-1",
        "",
        "update credentials acme/one/key /title
         withheld update credentials acme/one/taken /client_id /name: client_id taken is held on the target by credential acme/two/taken, which stays",
    );
}

#[test]
fn an_app_takes_no_client_id_that_is_taken() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1",
        target: "org acme mark
                 org own
                 app own/shop
                 credential own/shop/key secret=hush-1",
        plan: "create applications acme/shop bare
               withheld create credentials acme/shop/key: client_id key is held on the target by credential own/shop/key, which stays",
        ..Case::default()
    });
}

#[test]
fn an_app_brings_its_second_credential_where_the_first_cannot_come() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/a at=1 secret=hush-1
                 credential acme/shop/b at=2 secret=hush-1",
        target: "org acme mark
                 org own
                 app own/shop
                 credential own/shop/a secret=hush-1",
        plan: "create applications acme/shop bare
               create credentials acme/shop/b after create acme/shop
               withheld create credentials acme/shop/a: client_id a is held on the target",
        ..Case::default()
    });
}

#[test]
fn an_update_and_a_creation_wait_for_each_other_in_one_direction_only() {
    check(Case {
        source: "org acme
                 app acme/new id=3
                 credential acme/new/a id=4 secret=hush-1
                 app acme/old id=1
                 credential acme/old/b id=2 secret=hush-1",
        target: "org acme mark
                 app acme/new mark=1
                 credential acme/new/a mark=2 secret=hush-1",
        plan: "update applications acme/old /name
               update credentials acme/old/b /client_id
               create applications acme/new brings acme/new/a after update acme/old, update acme/old/b
               create credentials acme/new/a after update acme/old/b, create acme/new",
        ..Case::default()
    });
}

#[test]
fn a_chain_that_ends_at_what_goes_is_followed_to_its_end() {
    check_credentials(
        "credential acme/one/b id=1 secret=hush-1
         credential acme/one/c id=2 secret=hush-1",
        "credential acme/one/a mark=1 secret=hush-1
         credential acme/one/b mark=2 secret=hush-1
         credential acme/two/c mark=gone secret=hush-1",
        "",
        "delete credentials acme/two/c
         update credentials acme/one/c /client_id after delete acme/two/c
         update credentials acme/one/b /client_id after update acme/one/c",
    );
}

#[test]
fn a_circle_the_other_way_round_is_opened_in_one_place_too() {
    check_credentials(
        "credential acme/one/c id=1 secret=hush-1
         credential acme/one/a id=2 secret=hush-1
         credential acme/two/b id=3 secret=hush-1",
        "credential acme/one/a mark=1 secret=hush-1
         credential acme/one/b mark=2 secret=hush-1
         credential acme/two/c mark=3 secret=hush-1",
        "",
        "park credentials acme/one/a /client_id
         update credentials acme/one/a /client_id after park acme/one/a
         update credentials acme/two/b /client_id after update acme/one/a
         update credentials acme/one/c /client_id after update acme/two/b",
    );
}
