//! States of Products: what is carried in which state, in which order, and what stays at home.

use super::{Case, check_products};

const APP: &str = "org acme
    app acme/shop";
const COPY: &str = "org acme mark
    app acme/shop mark";

#[track_caller]
fn check_states(source: &str, target: &str, plan: &str) {
    check_products(Case {
        source: &format!("{APP}\n{source}"),
        target: &format!("{COPY}\n{target}"),
        plan,
        ..Case::default()
    });
}

#[test]
fn what_is_staged_stays_at_home_with_its_apis() {
    check_states(
        "product a:1 apis=pets:1 doc=A state=staged
         api pets:1 doc=P state=staged",
        "",
        "withheld create products a:1: is staged on the source, and stays there
         withheld create apis pets:1: hangs on a:1, which is withheld",
    );
}

#[test]
fn an_api_that_a_published_product_has_too_does_not_stay_at_home() {
    check_states(
        "product a:1 apis=pets:1 doc=A state=staged
         product b:1 apis=pets:1 doc=B
         api pets:1 doc=P",
        "",
        "create products b:1
         create apis pets:1
         withheld create products a:1: is staged",
    );
}

#[test]
fn what_became_staged_again_stays_as_it_is_on_the_target() {
    check_states(
        "product a:1 apis=pets:1 doc=B state=staged title=new
         api pets:1 doc=Q",
        "product a:1 apis=pets:1 doc=A title=old mark
         api pets:1 doc=P mark",
        "count products unchanged=1
         count apis unchanged=1",
    );
}

#[test]
fn a_closed_product_opens_for_what_newly_lives_by_it() {
    for (subscription, plan) in [
        (
            "sub acme/shop/a:1/gold",
            "update products a:1 /state
             create subscriptions acme/shop/a:1/gold after update a:1
             finish products a:1 /state after update a:1, create acme/shop/a:1/gold",
        ),
        ("", "update products a:1 /state"),
    ] {
        let product = "product a:1 apis=pets:1 doc=A";
        let api = "api pets:1 doc=P";
        check_states(
            &format!("{product} state=deprecated\n{api}\n{subscription}"),
            &format!("{product} state=retired mark\n{api} mark"),
            plan,
        );
    }
}

#[test]
fn a_deprecated_product_is_published_first_and_deprecated_last() {
    check_states(
        "product a:1 apis=pets:1 doc=A state=deprecated
         api pets:1 doc=P
         sub acme/shop/a:1/gold",
        "",
        "create products a:1
         create apis pets:1 after create a:1
         create subscriptions acme/shop/a:1/gold after create a:1
         finish products a:1 /state published->deprecated after create a:1, create acme/shop/a:1/gold",
    );
}

#[test]
fn deprecation_follows_new_subscriptions() {
    check_states(
        "product a:1 doc=A state=deprecated
         sub acme/shop/a:1/gold",
        "product a:1 doc=A mark",
        "update products a:1 /state published->deprecated after create acme/shop/a:1/gold
         create subscriptions acme/shop/a:1/gold",
    );
    check_states(
        "product a:1 doc=B state=deprecated
         sub acme/shop/a:1/gold",
        "product a:1 doc=A mark",
        "update products a:1 /document/v
         create subscriptions acme/shop/a:1/gold behind update a:1
         finish products a:1 /state after update a:1, create acme/shop/a:1/gold",
    );
}

#[test]
fn a_product_opens_before_its_new_subscriptions() {
    check_states(
        "product a:1 doc=A
         sub acme/shop/a:1/gold",
        "product a:1 doc=A state=deprecated mark",
        "update products a:1 /state deprecated->published
         create subscriptions acme/shop/a:1/gold behind update a:1",
    );
}

#[test]
fn a_subscription_to_what_is_deprecated_on_both_sides_is_tried() {
    check_states(
        "product a:1 doc=A state=deprecated
         sub acme/shop/a:1/gold",
        "product a:1 doc=A state=deprecated mark",
        "create subscriptions acme/shop/a:1/gold",
    );
}

#[test]
fn what_is_published_again_while_deprecated_is_deprecated_again() {
    check_states(
        "product a:1 doc=B state=deprecated
         sub acme/shop/a:1/gold",
        "product a:1 doc=A state=deprecated mark",
        "update products a:1 /document/v
         create subscriptions acme/shop/a:1/gold behind update a:1
         finish products a:1 /state after update a:1, create acme/shop/a:1/gold",
    );
}

#[test]
fn what_is_closed_on_the_target_is_open_between_its_publish_and_its_deprecation() {
    for state in ["staged", "retired"] {
        check_states(
            "product a:1 doc=B state=deprecated
             sub acme/shop/a:1/gold",
            &format!("product a:1 doc=A state={state} mark"),
            "update products a:1 /document/v
             create subscriptions acme/shop/a:1/gold after update a:1
             finish products a:1 /state after update a:1, create acme/shop/a:1/gold",
        );
    }
}

#[test]
fn retirement_is_mirrored_but_nothing_dead_is_made() {
    check_states(
        "product a:1 doc=B state=retired title=new
         product b:1 doc=B state=archived
         product c:1 apis=pets:1 doc=C state=retired
         product d:1 doc=D state=archived
         api pets:1 doc=P",
        "product a:1 doc=A title=old mark
         product b:1 doc=A state=retired mark",
        "update products a:1 /state
         update products b:1 /state
         withheld create products c:1: is retired on the source, and stays there
         withheld create apis pets:1: hangs on c:1
         withheld create products d:1: is archived on the source, and stays there",
    );
}

#[test]
fn retirement_follows_the_subscriptions_that_end() {
    check_states(
        "product a:1 doc=A state=retired",
        "product a:1 doc=A mark
         sub acme/shop/a:1/gold mark",
        "update products a:1 /state after delete acme/shop/a:1/gold
         delete subscriptions acme/shop/a:1/gold",
    );
}

#[test]
fn a_product_does_not_retire_while_its_subscriptions_are_not_all_known() {
    check_states(
        "product a:1 doc=A state=retired",
        "product a:1 doc=A mark
         gap subscriptions acme/shop",
        "withheld update products a:1 /state: the target list of subscriptions is incomplete",
    );
}

#[test]
fn a_subscription_of_the_targets_own_keeps_a_product_from_retiring() {
    check_states(
        "product a:1 doc=A state=retired
         product b:1 doc=B
         sub acme/shop/b:1/gold",
        "product a:1 doc=A mark
         product b:1 doc=B mark
         sub acme/shop/a:1/gold
         sub acme/shop/b:1/gold mark",
        "withheld update products a:1 /state: the source has deleted it, but under it the target has what the source never had: acme/shop/a:1/gold",
    );
}

#[test]
fn a_product_names_its_successor_when_both_are_there() {
    check_states(
        r#"product a:1 doc=A superseded_by=a:2 superseded_by_plans={"gold":"gold"}
           product a:2 doc=A"#,
        "product a:1 doc=A mark
         product a:2 doc=A mark",
        "update products a:1 /superseded_by ->a:2".replace("->a:2", "null->a:2").as_str(),
    );
    check_states(
        r#"product a:1 doc=A migration_target=a:2 migration_target_plans={"gold":"gold"}
           product a:2 doc=A"#,
        r#"product a:1 doc=A migration_target=a:2 migration_target_plans={"gold":"gold"} mark
           product a:2 doc=A mark"#,
        "count products unchanged=2",
    );
}

#[test]
fn a_successor_that_is_made_goes_first() {
    check_states(
        "product a:1 doc=A superseded_by=a:2 state=deprecated
         product a:2 doc=A
         sub acme/shop/a:1/gold",
        "product a:1 doc=A mark",
        "create products a:2
         create subscriptions acme/shop/a:1/gold
         update products a:1 /state after create acme/shop/a:1/gold
         finish products a:1 /superseded_by after update a:1, create a:2, create acme/shop/a:1/gold",
    );
    check_states(
        "product a:1 doc=A superseded_by=a:2
         product a:2 doc=A",
        "",
        "create products a:1
         create products a:2
         finish products a:1 /superseded_by after create a:1, create a:2",
    );
}

#[test]
fn a_successor_that_the_target_does_not_get_is_reported() {
    check_states(
        "product a:1 doc=A superseded_by=a:2
         product a:2 doc=A gateways=east
         product b:1 doc=B migration_target=b:2
         product b:2 doc=B state=staged",
        "product a:1 doc=A mark
         product b:1 doc=B mark",
        "withheld create products a:2: the target has no gateway service east
         withheld update products a:1 /superseded_by: a:2 is not on the target
         withheld create products b:2: is staged
         withheld update products b:1 /migration_target: b:2 is not on the target",
    );
}

#[test]
fn successors_that_name_each_other_are_no_circle() {
    check_states(
        "product a:1 doc=A superseded_by=a:2
         product a:2 doc=B superseded_by=a:1",
        "product a:1 doc=A mark",
        "create products a:2
         update products a:1 /superseded_by after create a:2
         finish products a:2 /superseded_by after create a:2",
    );
}

#[test]
fn subscriptions_do_not_keep_a_product_from_being_deprecated() {
    check_states(
        "product a:1 doc=A state=deprecated
         product b:1 doc=B
         sub acme/shop/b:1/gold",
        "product a:1 doc=A mark
         product b:1 doc=B mark
         sub acme/shop/a:1/gold
         sub acme/shop/a:1/silver mark=gone
         sub acme/shop/b:1/gold mark",
        "update products a:1 /state behind delete acme/shop/a:1/silver
         delete subscriptions acme/shop/a:1/silver",
    );
}

#[test]
fn nothing_is_made_to_live_by_what_does_not_open() {
    check_states(
        "product a:1 doc=A
         sub acme/shop/a:1/gold",
        "product a:1 doc=A state=retired mark",
        "update products a:1 /state
         create subscriptions acme/shop/a:1/gold after update a:1",
    );
}

#[test]
fn terms_of_a_succession_count_where_both_sides_show_them() {
    let with = r#"superseded_by_plans={"gold":"gold"}"#;
    for (source, target) in [(with, ""), ("", with)] {
        check_states(
            &format!("product a:1 doc=A superseded_by=a:2 {source}\nproduct a:2 doc=A"),
            &format!("product a:1 doc=A superseded_by=a:2 {target} mark\nproduct a:2 doc=A mark"),
            "count products unchanged=2",
        );
    }
}

#[test]
fn what_is_retired_or_left_out_gets_no_successor() {
    let target = "product a:1 doc=A mark
                  product a:2 doc=A mark";
    check_states(
        "product a:1 doc=A superseded_by=a:2 state=retired
         product a:2 doc=A",
        target,
        "update products a:1 /state",
    );
    for settings in ["EXCLUDE_PRODUCTS=a:1", "EXCLUDE_KINDS=products,apis"] {
        check_products(Case {
            source: "product a:1 doc=A superseded_by=a:2
                     product a:2 doc=A",
            target,
            settings,
            plan: "",
            ..Case::default()
        });
    }
}

#[test]
fn a_successor_that_stays_at_home_leaves_the_run_complete() {
    check_states(
        "product a:1 doc=A superseded_by=a:2
         product a:2 doc=A gateways=east
         product b:1 doc=B migration_target=b:2
         product b:2 doc=B state=staged",
        "product a:1 doc=A mark
         product b:1 doc=B mark",
        "unfinished withheld create products a:2: the target has no gateway service east
         unfinished withheld update products a:1 /superseded_by: a:2 is not on the target
         withheld create products b:2: is staged
         withheld update products b:1 /migration_target: b:2 is not on the target",
    );
}
