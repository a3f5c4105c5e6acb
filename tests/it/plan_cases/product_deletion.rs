//! Products that the source no longer has: what goes along, and what keeps them.

use super::{Case, check_products};

const OTHER: &str = "product other:1 doc=O
    org acme
    app acme/shop";
const COPY: &str = "product other:1 doc=O mark
    org acme mark
    app acme/shop mark";

#[track_caller]
fn check_deletion(source: &str, target: &str, plan: &str) {
    check_with("", source, target, plan);
}

#[track_caller]
fn check_with(settings: &str, source: &str, target: &str, plan: &str) {
    check_products(Case {
        source: &format!("{OTHER}\n{source}"),
        target: &format!("{COPY}\n{target}"),
        settings,
        plan,
        ..Case::default()
    });
}

#[test]
fn only_what_the_tool_made_is_deleted_and_the_source_is_asked() {
    check_deletion(
        "",
        "product a:1 doc=A mark=gone
         product b:1 doc=B
         product c:1 doc=C mark=gone@elsewhere",
        "delete products a:1 asks gone
         count products only_on_target=2",
    );
}

#[test]
fn it_takes_along_the_apis_that_nothing_else_names() {
    check_deletion(
        "",
        "product a:1 apis=pets:1,toys:1,both:1 doc=A mark=gone
         product b:1 apis=toys:1 doc=B
         product c:1 apis=both:1 doc=C mark=gone2
         api pets:1 doc=P mark=p
         api toys:1 doc=T mark=t
         api both:1 doc=X mark=x",
        "delete products a:1 takes pets:1
         delete products c:1 takes both:1",
    );
}

#[test]
fn it_stays_while_the_apis_of_either_side_are_not_all_known() {
    let target = "product a:1 apis=pets:1 doc=A mark=gone
         api pets:1 doc=P mark=p";
    let doubt = "withheld delete products a:1: the list of apis is incomplete";
    check_deletion("gap apis", target, doubt);
    check_deletion("", &format!("gap apis\n{target}"), doubt);
}

#[test]
fn subscriptions_go_first_by_steps_of_their_own() {
    check_deletion(
        "",
        "product a:1 doc=A mark=gone
         sub acme/shop/a:1/gold mark=s
         org gone mark=g
         app gone/app mark=ga
         sub gone/app/a:1/gold mark=gs",
        "delete subscriptions acme/shop/a:1/gold
         delete consumer_orgs gone takes gone/app, gone/app/a:1/gold
         delete products a:1 after delete gone, delete acme/shop/a:1/gold",
    );
}

#[test]
fn what_bears_no_mark_where_none_are_stored_goes_along() {
    check_with(
        "DELETE_UNMARKED_CHILDREN=true",
        "sub acme/shop/other:1/gold",
        "product a:1 doc=A mark=gone
         sub acme/shop/other:1/gold
         org own
         app own/app
         sub own/app/a:1/gold",
        "delete products a:1 takes own/app/a:1/gold",
    );
}

#[test]
fn a_subscription_of_the_targets_own_keeps_its_product() {
    check_deletion(
        "sub acme/shop/other:1/gold",
        "product a:1 doc=A mark=gone
         sub acme/shop/other:1/gold mark
         sub acme/shop/a:1/gold",
        "withheld delete products a:1: the source has deleted it, but under it the target has what the source never had: acme/shop/a:1/gold",
    );
}

#[test]
fn a_gap_keeps_a_product() {
    let target = "product a:1 doc=A mark=gone";
    for (gap, kind) in
        [("gap products", "products"), ("gap subscriptions", "subscriptions"), ("gap applications", "applications")]
    {
        check_products(Case {
            source: &format!("{OTHER}\n{gap}"),
            target: &format!("{COPY}\n{target}"),
            plan: &format!("withheld delete products a:1: the source list of {kind} is incomplete"),
            ..Case::default()
        });
        check_products(Case {
            source: OTHER,
            target: &format!("{COPY}\n{target}\n{gap}"),
            plan: &format!("withheld delete products a:1: the target list of {kind} is incomplete"),
            ..Case::default()
        });
    }
}

#[test]
fn a_replaced_version_goes_when_the_new_one_has_their_api() {
    check_deletion(
        "product a:2 apis=pets:1 doc=B
         api pets:1 doc=P id=p
         sub acme/shop/a:2/gold id=2",
        "product a:1 apis=pets:1 doc=A mark=gone
         api pets:1 doc=P mark=p
         sub acme/shop/a:1/gold mark=1",
        "create products a:2
         create subscriptions acme/shop/a:2/gold after create a:2
         delete subscriptions acme/shop/a:1/gold
         delete products a:1 after delete acme/shop/a:1/gold behind create a:2
         count apis unchanged=1",
    );
}

#[test]
fn an_api_that_only_a_staged_product_names_goes_along() {
    check_deletion(
        "product a:2 apis=pets:1 doc=B state=staged
         api pets:1 doc=P id=p",
        "product a:1 apis=pets:1 doc=A mark=gone
         api pets:1 doc=P mark=p",
        "delete products a:1 takes pets:1
         withheld update apis pets:1: hangs on a:2, which is withheld
         withheld create products a:2: is staged",
    );
}

#[test]
fn so_does_one_that_only_a_product_names_which_is_withheld() {
    check_deletion(
        "product a:2 apis=pets:1 doc=B gateways=east
         api pets:1 doc=P id=p",
        "product a:1 apis=pets:1 doc=A mark=gone
         api pets:1 doc=P mark=p",
        "delete products a:1 takes pets:1
         withheld update apis pets:1: hangs on a:2, which is withheld
         withheld create products a:2: the target has no gateway service east",
    );
}

#[test]
fn a_version_that_took_another_number_is_made_before_the_old_one_goes() {
    check_deletion(
        "product a:2 apis=pets:1 doc=B id=1
         api pets:1 doc=P id=p",
        "product a:1 apis=pets:1 doc=A mark=1
         api pets:1 doc=P mark=p",
        "create products a:2
         delete products a:1 behind create a:2",
    );
}

#[test]
fn deletions_may_be_only_reported() {
    check_with(
        "DELETE_POLICY=report",
        "",
        "product a:1 apis=pets:1 doc=A mark=gone
         api pets:1 doc=P mark=p
         sub acme/shop/a:1/gold mark=s",
        "withheld delete products a:1: DELETE_POLICY
         withheld delete subscriptions acme/shop/a:1/gold: DELETE_POLICY",
    );
}

#[test]
fn an_api_that_another_product_drops_goes_with_the_last_that_names_it() {
    check_deletion(
        "product b:1 doc=B",
        "product a:1 apis=pets:1 doc=A mark=gone
         product b:1 apis=pets:1 doc=A mark
         api pets:1 doc=P mark=gone2",
        "update products b:1 /document/v
         delete products a:1 takes pets:1 behind update b:1",
    );
}
