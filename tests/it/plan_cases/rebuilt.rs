//! Sources that were rebuilt or replaced, marks of the vendor's tool that lead nowhere, and marks that somebody's edit has
//! lost.

use super::{Case, check, check_products};

#[test]
fn what_a_catalog_before_made_is_marked_again() {
    let (source, target) = (
        "org acme id=2
         member acme/lur/bob id=3
         app acme/shop id=4
         credential acme/shop/key id=5 secret=hush-1
         sub acme/shop/petstore:1/gold id=6",
        "org acme mark=20@old
         member acme/lur/bob mark=30@old
         app acme/shop mark=40@old
         credential acme/shop/key secret=hush-1 mark=50@old
         sub acme/shop/petstore:1/gold mark=60@old",
    );
    check(Case {
        source,
        target,
        settings: "SOURCE_CATALOG_BEFORE=older,old",
        plan: "update consumer_orgs acme /metadata/source_id marked 2@prod
               update members acme/lur/bob /metadata/source_id marked 3@prod
               update applications acme/shop /metadata/source_id marked 4@prod
               update credentials acme/shop/key /metadata/source_id marked 5@prod
               update subscriptions acme/shop/petstore:1/gold /metadata/source_id marked 6@prod
               approved",
        ..Case::default()
    });
    check(Case {
        source,
        target,
        plan: "withheld create consumer_orgs acme: consumer organization acme belongs to another sync
               withheld create members acme/lur/bob: hangs on acme
               withheld create applications acme/shop: hangs on acme
               withheld create credentials acme/shop/key: hangs on acme/shop
               withheld create subscriptions acme/shop/petstore:1/gold: hangs on acme/shop",
        ..Case::default()
    });
}

#[test]
fn a_catalog_before_whose_ids_are_the_sources_own_is_named_no_more() {
    check(Case {
        source: "org acme
                 app acme/shop",
        target: "org acme mark=acme@old
                 app acme/shop mark=acme/shop@old",
        settings: "SOURCE_CATALOG_BEFORE=old",
        plan: "update consumer_orgs acme /metadata/source_catalog old->prod marked acme@prod
               update applications acme/shop /metadata/source_catalog old->prod marked acme.shop@prod",
        ..Case::default()
    });
}

#[test]
fn what_a_catalog_before_made_and_nothing_answers_to_is_kept() {
    let kept = "it bears a mark of SOURCE_CATALOG_BEFORE, and the source has nothing that answers to it";
    check(Case {
        source: "org acme id=2
                 app acme/shop id=3",
        target: "org acme mark=20@old
                 app acme/shop mark=30@old
                 credential acme/shop/key secret=hush-1 mark=40@old
                 app acme/old mark=50@old
                 org gone mark=60@old
                 app gone/shop mark=70@old",
        settings: "SOURCE_CATALOG_BEFORE=old DELETE_VENDOR_MARKED=true ALLOW_EMPTY_SOURCE=true",
        plan: &format!(
            "update consumer_orgs acme /metadata/source_id
             update applications acme/shop /metadata/source_id
             unfinished withheld delete credentials acme/shop/key: {kept}
             unfinished withheld delete applications acme/old: {kept}
             unfinished withheld delete consumer_orgs gone: {kept}"
        ),
        ..Case::default()
    });
}

#[test]
fn what_the_vendors_tool_made_below_a_copy_is_ours() {
    check(Case {
        source: "org acme
                 app acme/shop",
        target: "org acme mark=@
                 app acme/shop mark
                 app acme/old mark=gone@
                 credential acme/shop/key secret=hush-1 mark=gone@",
        settings: "ALLOW_EMPTY_SOURCE=credentials",
        plan: "delete applications acme/old
               delete credentials acme/shop/key",
        ..Case::default()
    });
}

#[test]
fn what_the_vendors_tool_made_from_nobody_knows_where_is_kept() {
    let (source, target) = (
        "org acme",
        "org acme mark=@
         org other-org mark=gone@
         app other-org/shop mark=gone-too@
         credential other-org/shop/key secret=hush-1 mark=gone-as-well@",
    );
    check(Case {
        source,
        target,
        settings: "ALLOW_EMPTY_SOURCE=applications,credentials",
        plan: "unfinished withheld delete consumer_orgs other-org: the source has nothing that its `source_id` leads to, but without `source_catalog` (the vendor's tool made it) nobody can tell whether it came from this source: if no other source fills this target, DELETE_VENDOR_MARKED=true deletes it
               approved",
        ..Case::default()
    });
    check(Case {
        source,
        target,
        settings: "DELETE_VENDOR_MARKED=true",
        plan: "delete consumer_orgs other-org takes other-org/shop, other-org/shop/key",
        ..Case::default()
    });
}

#[test]
fn a_product_that_the_vendors_tool_made_from_nobody_knows_where_is_kept() {
    let (source, target) = ("product kept:1", "product kept:1 mark\nproduct petstore:1 mark=gone@");
    check_products(Case {
        source,
        target,
        plan: "withheld delete products petstore:1: the source has nothing that its `source_id` leads to",
        ..Case::default()
    });
    check_products(Case {
        source,
        target,
        settings: "DELETE_VENDOR_MARKED=true",
        plan: "delete products petstore:1",
        ..Case::default()
    });
}

/// An app of the target's, `acme/till`, which the source calls `shop`, with a key.
#[track_caller]
fn check_lost(app: &str, key: &str, plan: &str) {
    check(Case {
        source: "org acme
                 app acme/shop id=1 title=new
                 credential acme/shop/key id=2 secret=hush-1",
        target: &format!(
            "org acme mark
             app acme/till title=old meta.portal_field=x {app}
             credential acme/till/key secret=hush-1 {key}"
        ),
        plan,
        ..Case::default()
    });
}

#[test]
fn an_app_without_a_mark_is_known_by_its_key_that_bears_ours() {
    let paired =
        r#"update applications acme/shop /name /title /metadata/source_id marked 1@prod writes {"portal_field":"x"}"#;
    check_lost("", "mark=2", paired);
    check_lost("mark=nowhere", "mark=2", paired);
}

#[test]
fn a_key_that_is_not_ours_tells_nothing() {
    for key in ["", "mark=2@elsewhere", "key=other mark=2"] {
        let plan = "create applications acme/shop
                    withheld create credentials acme/shop/key: client_id key is held on the target by credential acme/till/key";
        check_lost("", key, plan);
    }
    check_lost(
        "",
        "mark=9",
        "create applications acme/shop
         withheld create credentials acme/shop/key: client_id key is held on the target by credential acme/till/key
         withheld delete credentials acme/till/key: the app acme/till that it is in bears no mark",
    );
}

#[test]
fn an_equal_name_does_not_tell_that_the_vendors_tool_made_a_copy_from_here() {
    let (source, target) = (
        "user lur/olga
         user lur/zoe
         org acme id=2 owner=lur/zoe",
        "user lur/olga
         user lur/zoe
         org acme mark=1@ owner=lur/olga
         app acme/theirs mark=3@",
    );
    check(Case {
        source,
        target,
        plan: "unfinished withheld create consumer_orgs acme: consumer organization acme bears a `source_id` without `source_catalog`
               count consumer_orgs only_on_target=0
               count applications only_on_target=0",
        ..Case::default()
    });
    // Where no other source fills the target, it came from this one.
    check(Case {
        source,
        target,
        settings: "DELETE_VENDOR_MARKED=true",
        plan: "update consumer_orgs acme /owner /metadata/source_id marked 2@prod
               delete applications acme/theirs",
        ..Case::default()
    });
    // The operator says so.
    check(Case {
        source,
        target,
        settings: "ADOPT=acme",
        plan: "update consumer_orgs acme /owner /metadata/source_id marked 2@prod
               delete applications acme/theirs",
        ..Case::default()
    });
}

/// An organization has the name of one that is gone, and another owner: what bears its mark may be its copy all the same.
#[test]
fn what_a_doubtful_mark_claims_is_not_found_again_by_its_name() {
    check(Case {
        source: "user lur/pete
                 org acme id=2 owner=lur/pete",
        target: "user lur/pete
                 org acme mark=9
                 org before mark=2",
        settings: "DELETE_GRACE=0s",
        plan: "unfinished withheld create consumer_orgs acme: consumer organization before bears the mark of acme, but somebody else may have written that
               delete consumer_orgs acme",
        ..Case::default()
    });
}

/// Something hangs on an app that was not listed: the one that a mark leads to may be there as well, under another name.
#[test]
fn a_list_that_others_do_not_fit_makes_nothing_of_it_anothers_copy() {
    let source = "org acme
                  app acme/shop id=2";
    check(Case {
        source: &format!("{source}\ncredential acme/till/key secret=hush-1"),
        target: "org acme mark
                 app acme/shop mark=9",
        plan: "withheld create applications acme/shop: name shop is held on the target by app acme/shop, which stays
               withheld delete applications acme/shop: the source list of credentials is incomplete",
        ..Case::default()
    });
    check(Case {
        source,
        target: "org acme mark
                 app acme/shop mark=9",
        plan: "update applications acme/shop /metadata/source_id",
        ..Case::default()
    });
}
