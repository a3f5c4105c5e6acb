//! Whom a Product is for, and where it runs: what the target has of it, and never nobody.

use super::{Case, check_products};

const FOR_ACME: &str = "product shop:1 doc=A view=custom view_orgs=acme";

#[test]
fn organizations_are_those_of_the_target() {
    check_products(Case {
        source: &format!("org acme id=1\n{FOR_ACME}"),
        target: "org before mark=1
                 product shop:1 doc=A view=custom view_orgs=before mark",
        plan: "update consumer_orgs acme /name
               count products unchanged=1",
        ..Case::default()
    });
    check_products(Case {
        source: &format!("org acme\norg globex\n{FOR_ACME},globex"),
        target: "org acme mark
                 org globex mark
                 product shop:1 doc=A view=custom view_orgs=globex mark",
        plan: r#"update products shop:1 /view_orgs ["globex"]->["acme","globex"]"#,
        ..Case::default()
    });
}

#[test]
fn an_organization_that_is_made_goes_first() {
    check_products(Case {
        source: &format!("org acme\n{FOR_ACME}"),
        target: "user lur/alice",
        plan: "create consumer_orgs acme
               create products shop:1 after create acme",
        ..Case::default()
    });
    check_products(Case {
        source: &format!("org acme\norg globex\n{FOR_ACME},globex"),
        target: "org acme mark
                 product shop:1 doc=A view=custom view_orgs=acme mark",
        plan: "create consumer_orgs globex
               update products shop:1 /view_orgs after create globex",
        ..Case::default()
    });
}

#[test]
fn an_organization_that_the_target_does_not_get_is_left_out() {
    check_products(Case {
        source: &format!("org acme\norg globex\n{FOR_ACME},globex"),
        target: "org acme mark",
        settings: "EXCLUDE_CONSUMER_ORGS=globex",
        plan: "create products shop:1
               withheld update products shop:1 /view_orgs: it names globex, out of scope or kept at home by this run",
        ..Case::default()
    });
    check_products(Case {
        source: &format!("org acme\norg globex\n{FOR_ACME},globex"),
        target: "org acme mark
                 org globex
                 product shop:1 doc=A view=custom view_orgs=acme mark",
        plan: "withheld create consumer_orgs globex: consumer organization globex exists
               withheld update products shop:1 /view_orgs: it names globex, which the target lacks",
        ..Case::default()
    });
}

#[test]
fn whom_the_target_lacks_is_told_and_leaves_the_run_unfinished_where_it_should_be_there() {
    let target = "org acme mark
                  group known
                  product shop:1 doc=A view=custom view_orgs=acme view_groups=known mark";
    check_products(Case {
        source: &format!("org acme\n{FOR_ACME} view_groups=known,partners"),
        target,
        plan: r#"unfinished withheld update products shop:1 /view_groups null->["partners"]: it names partners, which the target lacks"#,
        ..Case::default()
    });
    check_products(Case {
        source: &format!("org acme\norg globex pending\n{FOR_ACME},globex view_groups=known"),
        target,
        plan: "withheld create consumer_orgs globex: waits for approval on the source
               withheld update products shop:1 /view_orgs: it names globex, out of scope or kept at home
               count products unchanged=1",
        ..Case::default()
    });
    check_products(Case {
        source: &format!("org acme\norg globex\n{FOR_ACME},globex view_groups=known"),
        target,
        settings: "EXCLUDE_CONSUMER_ORGS=globex",
        plan: r#"withheld update products shop:1 /view_orgs null->["globex"]: it names globex, out of scope"#,
        ..Case::default()
    });
    check_products(Case {
        source: &format!("org acme\n{FOR_ACME} view_groups=known"),
        target,
        plan: "count products unchanged=1",
        ..Case::default()
    });
}

#[test]
fn nobody_is_never_whom_a_product_is_for() {
    check_products(Case {
        source: "org globex
                 org acme
                 product shop:1 doc=A view=custom view_orgs=globex view_groups=partners
                 product open:1 doc=O subscribe=custom subscribe_orgs=globex view=public
                 product known:1 doc=K view=custom view_orgs=globex view_groups=known",
        target: "group known
                 org acme mark",
        settings: "EXCLUDE_CONSUMER_ORGS=globex",
        plan: "create products known:1
               withheld update products known:1 /view_orgs: it names globex, out of scope
               withheld create products open:1: its `subscribe` names globex (EXCLUDE_CONSUMER_ORGS leaves it out)
               unfinished withheld create products shop:1: its `view` names globex, partners, of which the target has none",
        ..Case::default()
    });
    check_products(Case {
        source: "org globex
                 org acme
                 product shop:1 doc=A view=custom view_orgs=globex title=new",
        target: "org acme mark
                 product shop:1 doc=A view=custom view_orgs=acme title=old mark",
        settings: "EXCLUDE_CONSUMER_ORGS=globex",
        plan: "withheld update products shop:1 /title /view_orgs: its `view` names globex",
        ..Case::default()
    });
}

#[test]
fn what_is_out_of_scope_is_named_where_the_target_has_it() {
    let source = "org globex
                  product shop:1 doc=A view=custom view_orgs=globex";
    for (target, plan) in [
        ("org globex", "create products shop:1"),
        ("org globex mark", "create products shop:1"),
        (
            "org globex
             product shop:1 doc=A view=custom view_orgs=globex mark",
            "count products unchanged=1",
        ),
        (
            "org globex mark=other@third",
            "withheld create products shop:1: its `view` names globex (EXCLUDE_CONSUMER_ORGS leaves it out) unfinished",
        ),
    ] {
        check_products(Case {
            source,
            target,
            settings: "EXCLUDE_CONSUMER_ORGS=globex",
            plan: plan.trim_end_matches(" unfinished"),
            ..Case::default()
        });
    }
}

#[test]
fn what_a_withheld_product_carries_is_withheld_with_all_that_differs() {
    check_products(Case {
        source: "org globex
                 org acme
                 product shop:1 apis=pets:1 doc=A view=custom view_orgs=globex
                 api pets:1 doc=Q state=offline",
        target: "org acme mark
                 product shop:1 apis=pets:1 doc=A view=custom view_orgs=acme mark
                 api pets:1 doc=P mark",
        settings: "EXCLUDE_CONSUMER_ORGS=globex",
        plan: "withheld update products shop:1 /view_orgs: its `view` names globex
               withheld update apis pets:1 /state /document/v: hangs on shop:1",
        ..Case::default()
    });
}

#[test]
fn a_list_with_a_gap_says_nothing_of_whom_a_product_is_for() {
    check_products(Case {
        source: "org acme
                 org lost unlisted
                 gap consumer_orgs
                 product shop:1 doc=A view=custom view_orgs=acme,lost title=new",
        target: "org acme mark
                 org lost mark
                 product shop:1 doc=A view=custom view_orgs=acme,lost title=old mark",
        plan: "update products shop:1 /title
               withheld delete consumer_orgs lost: the source list of consumer_orgs is incomplete",
        ..Case::default()
    });
}

#[test]
fn a_new_product_waits_until_it_is_known_whom_it_is_for_and_where_it_runs() {
    check_products(Case {
        source: "org acme
                 org lost unlisted
                 gateway east unlisted
                 gap consumer_orgs
                 gap gateway_services
                 product all:1 doc=A
                 product few:1 doc=A view=custom view_orgs=acme,lost
                 product east:1 doc=A gateways=east",
        target: "org acme mark
                 gateway east",
        plan: "create products all:1
               withheld create products few:1: the source list of consumer_orgs is incomplete
               withheld create products east:1: the source list of gateway_services is incomplete",
        ..Case::default()
    });
}

#[test]
fn groups_are_matched_by_name() {
    check_products(Case {
        source: "product shop:1 doc=A view=custom view_groups=partners,staff",
        target: "group partners
                 product shop:1 doc=A view=custom view_groups=partners mark",
        plan: "count products unchanged=1
               withheld update products shop:1 /view_groups: it names staff, which the target lacks",
        ..Case::default()
    });
}

#[test]
fn a_missing_gateway_withholds_only_what_runs_on_it() {
    check_products(Case {
        source: "product east:1 doc=E gateways=east,west
                 product west:1 doc=W gateways=west
                 org acme
                 app acme/shop
                 sub acme/shop/east:1/gold",
        target: "gateway west
                 org acme mark
                 app acme/shop mark",
        plan: "create products west:1
               withheld create products east:1: the target has no gateway service east (it has: west)
               withheld create subscriptions acme/shop/east:1/gold: hangs on east:1",
        ..Case::default()
    });
}

#[test]
fn a_missing_gateway_withholds_only_its_field_from_what_is_there() {
    check_products(Case {
        source: "product shop:1 doc=B gateways=east,west",
        target: "product shop:1 doc=A gateways=west mark",
        plan: "update products shop:1 /document/v
               withheld update products shop:1 /gateway_services: the target has no gateway service east",
        ..Case::default()
    });
}

#[test]
fn a_missing_space_withholds_only_what_is_published_in_it() {
    check_products(Case {
        source: "product a:1 doc=A space=team
                 product b:1 doc=B",
        plan: "create products b:1
               withheld create products a:1: the target has no space team (it has: main)",
        ..Case::default()
    });
}

#[test]
fn a_product_in_no_space_that_can_be_seen_is_withheld() {
    check_products(Case {
        source: "product a:1 doc=A space=-",
        plan: "withheld create products a:1: its space was not found on the source",
        ..Case::default()
    });
}

#[test]
fn nothing_is_published_and_nobody_named_while_it_is_not_known_whom_it_is_for() {
    let lost = "org acme
                org lost unlisted
                gap consumer_orgs";
    let target = "org acme mark
                  org lost mark";
    let doubt = "the source list of consumer_orgs is incomplete";
    for (source, target_view, fields) in
        [("doc=B view=custom", "doc=A view=custom", "/document/v"), ("doc=A view=custom", "doc=A view=public", "/view")]
    {
        check_products(Case {
            source: &format!("{lost}\nproduct shop:1 {source} view_orgs=acme,lost"),
            target: &format!("{target}\nproduct shop:1 {target_view} view_orgs=acme,lost mark"),
            plan: &format!(
                "withheld update products shop:1 {fields}: {doubt}
                 withheld delete consumer_orgs lost: {doubt}"
            ),
            ..Case::default()
        });
    }
}

#[test]
fn an_organization_has_its_new_name_before_a_document_names_it() {
    check_products(Case {
        source: &format!(
            "org acme id=1
             {}
             product new:1 doc=N view=custom view_orgs=acme",
            FOR_ACME.replace("doc=A", "doc=B")
        ),
        target: "org before mark=1
                 product shop:1 doc=A view=custom view_orgs=before mark",
        plan: "update consumer_orgs acme /name
               update products shop:1 /document/v behind update acme
               create products new:1 behind update acme",
        ..Case::default()
    });
}
