//! Which Products a run is about, and what the limits say of them.

use super::{Case, check_products};

const SOURCE: &str = "product shop:1 apis=pets:1 doc=B
    product lab:1 apis=toys:1,pets:1 doc=L
    api pets:1 doc=P
    api toys:1 doc=T
    org acme
    app acme/shop
    sub acme/shop/shop:1/gold
    sub acme/shop/lab:1/gold";
const TARGET: &str = "product shop:1 apis=pets:1 doc=A mark
    product lab:0 apis=old:1 doc=L mark=gone
    api pets:1 doc=P mark
    api old:1 doc=O mark=gone2
    org acme mark
    app acme/shop mark
    sub acme/shop/lab:0/gold mark=gone3";

#[test]
fn what_is_out_of_scope_stays_so_with_its_subscriptions_and_apis() {
    check_products(Case {
        source: SOURCE,
        target: TARGET,
        settings: "EXCLUDE_PRODUCTS=lab:*",
        plan: "update products shop:1 /document/v
               create subscriptions acme/shop/shop:1/gold
               count products source=1 target=1
               count apis source=1 target=1
               count subscriptions source=1 target=0",
        ..Case::default()
    });
    check_products(Case {
        source: SOURCE,
        target: TARGET,
        settings: "INCLUDE_PRODUCTS=lab:1",
        plan: "create products lab:1 publishes pets:1,toys:1
               create apis toys:1
               create subscriptions acme/shop/lab:1/gold
               count products source=1 target=0
               count apis source=2 target=1",
        ..Case::default()
    });
}

#[test]
fn a_product_out_of_scope_keeps_the_apis_that_it_shares() {
    check_products(Case {
        source: "product other:1 doc=O",
        target: "product other:1 doc=O mark
                 product a:1 apis=pets:1 doc=A mark=gone
                 product lab:1 apis=pets:1 doc=B mark=gone2
                 api pets:1 doc=P mark=gone3",
        settings: "EXCLUDE_PRODUCTS=lab:1",
        plan: "delete products a:1",
        ..Case::default()
    });
}

#[test]
fn what_is_excluded_is_used_as_it_is() {
    check_products(Case {
        source: SOURCE,
        target: TARGET,
        settings: "EXCLUDE_KINDS=products,apis",
        plan: "create subscriptions acme/shop/shop:1/gold
               delete subscriptions acme/shop/lab:0/gold
               withheld create subscriptions acme/shop/lab:1/gold: the target has no Product lab:1",
        ..Case::default()
    });
}

#[test]
fn products_without_their_apis_stay_out_too() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P",
        settings: "EXCLUDE_KINDS=apis",
        plan: "",
        ..Case::default()
    });
}

#[test]
fn a_gap_in_the_products_changes_nothing_of_them() {
    check_products(Case {
        source: SOURCE,
        target: &format!("{TARGET}\ngap products"),
        plan: "update products shop:1 /document/v
               withheld create products lab:1: the target list of products is incomplete
               withheld create apis toys:1: hangs on lab:1
               withheld create subscriptions acme/shop/lab:1/gold: hangs on lab:1
               create subscriptions acme/shop/shop:1/gold
               withheld delete products lab:0: the target list of products is incomplete
               delete subscriptions acme/shop/lab:0/gold",
        ..Case::default()
    });
    check_products(Case {
        source: &format!("{SOURCE}\ngap products"),
        target: TARGET,
        plan: "withheld create products lab:1: the source list of products is incomplete
               withheld create apis toys:1: hangs on lab:1
               withheld create subscriptions acme/shop/lab:1/gold: hangs on lab:1
               withheld update products shop:1 /document/v: the source list of products is incomplete
               create subscriptions acme/shop/shop:1/gold
               withheld delete products lab:0: the source list of products is incomplete
               delete subscriptions acme/shop/lab:0/gold",
        ..Case::default()
    });
}

#[test]
fn a_product_with_an_api_that_no_list_shows_is_withheld() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 product b:1 doc=B
                 api pets:1 unlisted",
        plan: "create products b:1
               withheld create products a:1: the source list of products is incomplete: Product a:1 names an API that was not listed",
        ..Case::default()
    });
}

#[test]
fn limits_count_products_and_their_apis() {
    let lines = |line: &str, count: std::ops::Range<usize>| {
        let lines = count.map(|number| line.replace('#', &number.to_string()));
        lines.collect::<Vec<_>>().join("\n")
    };
    let source = "product p#:1 apis=a#:1 doc=A\napi a#:1 doc=P";
    let target = "product p#:1 apis=a#:1 doc=A mark\napi a#:1 doc=P mark";
    check_products(Case {
        source: &lines(source, 0..6),
        target: &lines(target, 0..10),
        plan: &format!(
            "{}
             refused MAX_DELETE_PERCENT: the plan would delete 4 of 10 managed products
             refused MAX_DELETE_PERCENT: the plan would delete 4 of 10 managed apis",
            lines("delete products p#:1 takes a#:1", 6..10)
        ),
        ..Case::default()
    });
    check_products(Case {
        source: &lines(&source.replace("doc=P", "doc=Q"), 0..10),
        target: &lines(target, 0..10),
        settings: "MAX_UPDATE_PERCENT=50",
        plan: &format!(
            "{}
             refused MAX_UPDATE_PERCENT: the plan would update 10 of 10 managed products
             refused MAX_UPDATE_PERCENT: the plan would update 10 of 10 managed apis",
            lines("update products p#:1 /apis/a#:1\nupdate apis a#:1 /document/v", 0..10)
        ),
        ..Case::default()
    });
}

#[test]
fn a_source_without_products_is_refused() {
    check_products(Case {
        source: "org acme",
        target: "org acme mark
                 product a:1 doc=A mark",
        plan: "delete products a:1
               refused ALLOW_EMPTY_SOURCE: the source lists no products in scope",
        ..Case::default()
    });
}

#[test]
fn what_the_target_names_and_does_not_list_is_not_taken_for_new() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P",
        target: "product a:1 apis=pets:1 doc=A mark
                 api pets:1 unlisted",
        plan: "withheld update products a:1: the target list of products is incomplete: Product a:1 names an API that was not listed
               withheld create apis pets:1: hangs on a:1",
        ..Case::default()
    });
}
