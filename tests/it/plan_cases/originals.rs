//! `MANAGE_ORIGINALS`: what was born on the target becomes managed, once the source has a copy of it.

use super::{Case, check, check_products};

const COPIES: &str = "
    org acme mark
    member acme/lur/alice mark
    app acme/shop mark
    credential acme/shop/key secret=hush-1 mark
    sub acme/shop/petstore:1/gold mark";
const ORIGINALS: &str = "
    org acme
    member acme/lur/alice
    app acme/shop
    credential acme/shop/key secret=hush-1
    sub acme/shop/petstore:1/gold";

#[test]
fn originals_get_marks_with_all_that_hangs_on_them() {
    check(Case {
        source: COPIES,
        target: ORIGINALS,
        settings: "MANAGE_ORIGINALS=true",
        plan:
            "update consumer_orgs acme /metadata/source_id marked acme@prod
               update members acme/lur/alice /metadata/source_id marked acme.lur.alice@prod
               update applications acme/shop /metadata/source_id marked acme.shop@prod
               update credentials acme/shop/key /metadata/source_id marked acme.shop.key@prod
               update subscriptions acme/shop/petstore:1/gold /metadata/source_id marked acme.shop.petstore:1.gold@prod",
        ..Case::default()
    });
}

#[test]
fn without_the_setting_they_get_none() {
    check(Case {
        source: COPIES,
        target: ORIGINALS,
        plan: "count applications unchanged=1 managed=1 marked=0",
        ..Case::default()
    });
}

#[test]
fn a_server_that_stores_no_marks_on_a_kind_is_tried_once() {
    check(Case {
        source: COPIES,
        target: "org acme mark
                 member acme/lur/alice
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1
                 sub acme/shop/petstore:1/gold",
        settings: "MANAGE_ORIGINALS=true",
        plan: "count credentials unchanged=1",
        ..Case::default()
    });
}

#[test]
fn what_was_left_out_is_marked_where_the_server_evidently_stores_marks() {
    check(Case {
        source: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark
                 credential acme/shop/new secret=hush-2",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1
                 credential acme/shop/new secret=hush-2 mark",
        settings: "MANAGE_ORIGINALS=true",
        plan: "update credentials acme/shop/key /metadata/source_id",
        ..Case::default()
    });
    check(Case {
        source: "org acme mark
                 member acme/lur/alice mark
                 member acme/lur/bob",
        target: "org acme mark
                 member acme/lur/alice
                 member acme/lur/bob mark",
        settings: "MANAGE_ORIGINALS=true",
        plan: "update members acme/lur/alice /metadata/source_id",
        ..Case::default()
    });
}

#[test]
fn an_original_is_marked_when_it_is_written_anyway() {
    check(Case {
        source: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark title=new",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 title=old",
        settings: "MANAGE_ORIGINALS=true",
        plan: "update credentials acme/shop/key /title marked acme.shop.key@prod",
        ..Case::default()
    });
}

#[test]
fn users_get_none() {
    check(Case {
        source: "org acme mark
                 user lur/alice mark",
        target: "org acme mark
                 user lur/alice
                 user lur/other mark=1",
        settings: "MANAGE_ORIGINALS=true",
        plan: "",
        ..Case::default()
    });
}

#[test]
fn products_get_them_and_apis_do_not() {
    let (copies, originals) = (
        "org acme mark
         product petstore:1 mark",
        "product petstore:1",
    );
    check_products(Case {
        source: copies,
        target: &format!("org acme\n{originals}"),
        settings: "MANAGE_ORIGINALS=true",
        plan: "update consumer_orgs acme /metadata/source_id marked acme@prod
               update products petstore:1 /metadata/source_id marked petstore:1@prod",
        ..Case::default()
    });
    check_products(Case {
        source: copies,
        target: &format!("org acme mark\n{originals}"),
        settings: "MANAGE_ORIGINALS=true",
        plan: "",
        ..Case::default()
    });
}

#[test]
fn what_another_sync_made_is_not_taken_over() {
    check(Case {
        source: "org acme mark
                 app acme/shop mark",
        target: "org acme mark=9@elsewhere
                 app acme/shop mark=8@elsewhere",
        settings: "MANAGE_ORIGINALS=true",
        plan: "",
        ..Case::default()
    });
}

#[test]
fn a_later_deletion_on_the_source_reaches_a_managed_original() {
    check(Case {
        source: "org acme mark
                 app acme/shop mark",
        target: "org acme mark
                 app acme/shop mark
                 app acme/old mark=was-a-copy
                 app acme/own",
        settings: "MANAGE_ORIGINALS=true",
        plan: "delete applications acme/old",
        ..Case::default()
    });
}

#[test]
fn without_the_setting_a_change_of_an_original_brings_no_mark() {
    check(Case {
        source: "org acme title=new mark
                 org other title=new",
        target: "org acme title=old
                 org other title=old mark=@",
        plan: "update consumer_orgs acme /title
               update consumer_orgs other /title marked other@prod",
        ..Case::default()
    });
}

#[test]
fn what_is_made_shows_whether_the_server_stores_marks_so_originals_are_marked_with_it() {
    let key = "credential acme/shop/key secret=hush-1";
    let target = format!("org acme mark\napp acme/shop mark\n{key}");
    let with = |new: &str| format!("org acme mark\napp acme/shop mark\n{key} mark\n{new}");
    check(Case {
        source: &with("credential acme/shop/new secret=hush-2"),
        target: &target,
        settings: "MANAGE_ORIGINALS=true",
        plan: "create credentials acme/shop/new
               update credentials acme/shop/key /metadata/source_id",
        ..Case::default()
    });
    check(Case {
        source: &with("credential acme/shop/new secret=hush-2 pending"),
        target: &target,
        settings: "MANAGE_ORIGINALS=true",
        plan: "withheld create credentials acme/shop/new: waits for approval on the source",
        ..Case::default()
    });
}
