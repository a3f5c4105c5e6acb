//! Products: published with their APIs, and left alone where nothing changed.

use super::{Case, check_products};

/// A Product with an API and where both are published.
const SHOP: &str = "product shop:1 apis=pets:1 doc=A
    api pets:1 doc=P";
const COPY: &str = "product shop:1 apis=pets:1 doc=A mark
    api pets:1 doc=P mark";

#[test]
fn a_new_product_is_published_with_its_apis_and_marked() {
    check_products(Case {
        source: "product shop:1 apis=pets:1,toys:1 doc=A
                 api pets:1 doc=P
                 api toys:1 doc=T",
        plan: "create products shop:1 publishes pets:1,toys:1 marked shop:1@prod
               create apis pets:1 along marked pets:1@prod after create shop:1
               create apis toys:1 along marked toys:1@prod after create shop:1
               count products source=1 target=0
               count apis source=2 target=0",
        ..Case::default()
    });
}

#[test]
fn equal_documents_are_not_published_again() {
    check_products(Case {
        source: r#"product shop:1 apis=pets:1 doc={"a":1,"b":[2]}
                   api pets:1 doc=P wsdl=<a/>"#,
        target: r#"product shop:1 apis=pets:1 doc={"b":[2],"a":1} mark
                   api pets:1 doc=P wsdl=<a/> mark"#,
        plan: "count products unchanged=1
               count apis unchanged=1",
        ..Case::default()
    });
}

#[test]
fn a_changed_document_shows_where_it_changed() {
    check_products(Case {
        source: r#"product shop:1 apis=pets:1 doc={"plans":{"gold":{"limit":"9/1min"}},"title":"Shop"}
                   api pets:1 doc=P"#,
        target: r#"product shop:1 apis=pets:1 doc={"plans":{"gold":{"limit":"5/1min"}},"title":"Shop"} mark
                   api pets:1 doc=P mark"#,
        plan: "update products shop:1 /document/v/plans/gold/limit (not shown)->(not shown) publishes pets:1
               count apis unchanged=1",
        ..Case::default()
    });
}

#[test]
fn what_might_be_a_secret_is_not_shown() {
    check_products(Case {
        source: r#"product shop:1 doc={"password":"p1"}"#,
        target: r#"product shop:1 doc={"password":"p0"} mark"#,
        plan: "update products shop:1 /document/v/password (not shown)->(not shown)",
        ..Case::default()
    });
}

#[test]
fn fields_beside_the_documents_change_without_publishing() {
    check_products(Case {
        source: r#"product shop:1 apis=pets:1 doc=A title=new subscribe={"type":"public","enabled":true}
                   api pets:1 doc=P"#,
        target: r#"product shop:1 apis=pets:1 doc=A title=old subscribe={"type":"public","enabled":false} mark
                   api pets:1 doc=P mark"#,
        plan: "update products shop:1 /subscribe /title
               count apis unchanged=1",
        ..Case::default()
    });
}

#[test]
fn another_version_is_another_product() {
    check_products(Case {
        source: "product shop:1 doc=A
                 product shop:2 doc=A",
        target: "product shop:1 doc=A mark",
        plan: "create products shop:2",
        ..Case::default()
    });
}

#[test]
fn a_product_under_a_new_name_is_a_new_product() {
    check_products(Case {
        source: "product shop:2 doc=A id=1",
        target: "product shop:1 doc=A mark=1",
        plan: "create products shop:2
               delete products shop:1",
        ..Case::default()
    });
}

#[test]
fn what_an_operator_published_is_taken_over_at_its_first_change() {
    check_products(Case {
        source: SHOP,
        target: "product shop:1 apis=pets:1 doc=A
                 api pets:1 doc=P",
        plan: "count products unchanged=1 marked=0 managed=1
               count apis unchanged=1",
        ..Case::default()
    });
    check_products(Case {
        source: SHOP,
        target: "product shop:1 apis=pets:1 doc=B
                 api pets:1 doc=P",
        plan: "update products shop:1 /document/v noted taken over
               count products marked=0",
        ..Case::default()
    });
    check_products(Case {
        source: SHOP,
        target: &COPY.replace("doc=A", "doc=B"),
        plan: "update products shop:1 /document/v
               count products marked=1",
        ..Case::default()
    });
}

#[test]
fn a_state_alone_is_a_change_too() {
    check_products(Case {
        source: "product shop:1 doc=A state=deprecated",
        target: "product shop:1 doc=A",
        plan: "update products shop:1 /state noted taken over",
        ..Case::default()
    });
}

#[test]
fn what_waits_for_approval_stays_at_home_with_its_apis() {
    check_products(Case {
        source: &format!("{}\nproduct b:1 doc=C pending", SHOP.replace("doc=A", "doc=A pending")),
        target: "product b:1 doc=B mark",
        plan: "withheld create products shop:1: waits for approval on the source
               withheld create apis pets:1: hangs on shop:1, which is withheld",
        ..Case::default()
    });
}

#[test]
fn what_waits_for_approval_on_the_target_is_not_published_again() {
    check_products(Case {
        source: SHOP,
        target: "product shop:1 apis=pets:1 doc=B pending mark
                 api pets:1 doc=P mark",
        plan: "withheld update products shop:1: waits for approval on the target",
        ..Case::default()
    });
}

#[test]
fn what_is_taken_over_gets_no_mark_and_is_never_deleted() {
    check_products(Case {
        source: SHOP,
        target: "product shop:1 apis=pets:1 doc=B
                 api pets:1 doc=Q",
        plan: "update products shop:1 /document/v /apis/pets:1
               update apis pets:1 /document/v",
        ..Case::default()
    });
    check_products(Case {
        source: "product other:1 doc=O",
        target: "product other:1 doc=O
                 product shop:1 apis=pets:1 doc=B
                 api pets:1 doc=P",
        plan: "count products only_on_target=1
               count apis only_on_target=1",
        ..Case::default()
    });
}

#[test]
fn another_syncs_product_is_left_alone() {
    check_products(Case {
        source: "product shop:1 doc=B
                 org acme
                 app acme/shop
                 sub acme/shop/shop:1/gold",
        target: "product shop:1 doc=A mark=@elsewhere
                 org acme mark
                 app acme/shop mark",
        plan: "withheld create products shop:1: Product shop:1 belongs to another sync
               withheld create subscriptions acme/shop/shop:1/gold: hangs on shop:1",
        ..Case::default()
    });
}

#[test]
fn a_sync_back_finds_nothing_where_documents_are_equal() {
    check_products(Case {
        source: COPY,
        target: SHOP,
        plan: "count products unchanged=1 only_on_target=0
               count apis unchanged=1 only_on_target=0",
        ..Case::default()
    });
}

#[test]
fn a_sync_back_brings_changes_to_the_original_and_marks_nothing() {
    check_products(Case {
        source: &COPY.replace("doc=P", "doc=Q"),
        target: SHOP,
        plan: "update products shop:1 /apis/pets:1
               update apis pets:1 /document/v
               count products marked=0",
        ..Case::default()
    });
}

#[test]
fn a_new_product_goes_before_its_subscriptions() {
    check_products(Case {
        source: &format!(
            "{SHOP}
             org acme
             app acme/shop
             sub acme/shop/shop:1/gold"
        ),
        target: "org acme mark
                 app acme/shop mark",
        plan: "create products shop:1
               create apis pets:1 after create shop:1
               create subscriptions acme/shop/shop:1/gold after create shop:1",
        ..Case::default()
    });
}

#[test]
fn a_new_plan_is_subscribed_to_when_the_product_has_it() {
    check_products(Case {
        source: r#"product shop:1 doc={"plans":["gold","silver"]}
                   org acme
                   app acme/shop
                   sub acme/shop/shop:1/silver"#,
        target: r#"product shop:1 doc={"plans":["gold"]} mark
                   org acme mark
                   app acme/shop mark"#,
        plan: "update products shop:1 /document/v/plans/1
               create subscriptions acme/shop/shop:1/silver behind update shop:1",
        ..Case::default()
    });
}

#[test]
fn a_subscription_moves_between_plans_of_a_product_that_changes() {
    check_products(Case {
        source: r#"product shop:1 doc={"plans":["silver"]}
                   org acme
                   app acme/shop
                   sub acme/shop/shop:1/silver id=1"#,
        target: r#"product shop:1 doc={"plans":["gold"]} mark
                   org acme mark
                   app acme/shop mark
                   sub acme/shop/shop:1/gold mark=1"#,
        plan: "update products shop:1 /document/v/plans/0
               create subscriptions acme/shop/shop:1/silver behind update shop:1 unless delete acme/shop/shop:1/gold
               delete subscriptions acme/shop/shop:1/gold",
        ..Case::default()
    });
}

#[test]
fn a_subscription_to_a_plan_that_goes_ends_before_the_product_loses_it() {
    check_products(Case {
        source: r#"product shop:1 doc={"plans":["silver"]}
                   org acme
                   app acme/shop"#,
        target: r#"product shop:1 doc={"plans":["gold"]} mark
                   org acme mark
                   app acme/shop mark
                   sub acme/shop/shop:1/gold mark=1"#,
        plan: "update products shop:1 /document/v/plans/0 behind delete acme/shop/shop:1/gold
               delete subscriptions acme/shop/shop:1/gold",
        ..Case::default()
    });
}

#[test]
fn only_what_others_published_is_told_to_be_taken_over() {
    check_products(Case {
        source: "product mine:1 doc=A title=new
                 product theirs:1 doc=A title=new
                 product original:1 doc=A title=new mark
                 org acme title=new
                 org original title=new mark
                 user lur/alice email=new
                 app acme/shop
                 credential acme/shop/key secret=hush-1 title=new",
        target: "product mine:1 doc=A title=old mark
                 product theirs:1 doc=A title=old
                 product original:1 doc=A title=old
                 org acme title=old mark
                 org original title=old
                 user lur/alice email=old mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 title=old",
        plan: "update products mine:1 /title
               update products theirs:1 /title noted taken over
               update products original:1 /title
               update consumer_orgs acme /title
               update consumer_orgs original /title
               update users lur/alice /email
               update credentials acme/shop/key /title",
        ..Case::default()
    });
}
