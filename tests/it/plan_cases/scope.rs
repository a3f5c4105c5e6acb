//! Scope: out of scope means untouched on both sides.

use super::{Case, check};

const SOURCE: &str = "org acme title=new
    org acme-lab title=new
    org other title=new
    app other/shop";
const TARGET: &str = "org acme title=old mark
    org acme-lab title=old mark
    org other title=old mark
    org gone mark
    org acme-gone mark";

#[test]
fn only_what_is_included_is_touched() {
    check(Case {
        source: SOURCE,
        target: TARGET,
        settings: "INCLUDE_CONSUMER_ORGS=acme*",
        plan: "update consumer_orgs acme /title
               update consumer_orgs acme-lab /title
               delete consumer_orgs acme-gone
               count consumer_orgs source=2 target=3
               count applications source=0",
        ..Case::default()
    });
}

#[test]
fn what_is_excluded_is_not_touched_even_if_it_is_included() {
    check(Case {
        source: SOURCE,
        target: TARGET,
        settings: "EXCLUDE_CONSUMER_ORGS=acme-*,gone",
        plan: "update consumer_orgs acme /title
               update consumer_orgs other /title
               create applications other/shop",
        ..Case::default()
    });
    check(Case {
        source: SOURCE,
        target: TARGET,
        settings: "INCLUDE_CONSUMER_ORGS=acme* EXCLUDE_CONSUMER_ORGS=*-*",
        plan: "update consumer_orgs acme /title",
        ..Case::default()
    });
}

#[test]
fn the_organization_that_every_catalog_is_born_with_must_be_named_in_full() {
    let (source, target) = (
        "org sandbox-test-org title=new",
        "org sandbox-test-org title=old
         app sandbox-test-org/test mark=gone",
    );
    for settings in ["", "INCLUDE_CONSUMER_ORGS=*", "INCLUDE_CONSUMER_ORGS=sandbox-*"] {
        check(Case { source, target, settings, plan: "count consumer_orgs source=0 target=0", ..Case::default() });
    }
    check(Case {
        source,
        target,
        settings: "INCLUDE_CONSUMER_ORGS=sandbox-test-org ADOPT=all",
        plan: "update consumer_orgs sandbox-test-org /title /metadata/source_id
               delete applications sandbox-test-org/test",
        ..Case::default()
    });
}

#[test]
fn a_pair_is_in_scope_by_the_name_on_the_source() {
    check(Case {
        source: "org in-now id=1
                 org out-now id=2
                 app out-now/shop id=3",
        target: "org out-before mark=1
                 org in-before mark=2
                 app in-before/old mark=gone",
        settings: "INCLUDE_CONSUMER_ORGS=in-*",
        plan: "update consumer_orgs in-now /name
               count consumer_orgs target=1
               count applications target=0",
        ..Case::default()
    });
}

#[test]
fn a_value_held_out_of_scope_is_held_by_what_stays() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1",
        target: "org acme mark
                 app acme/shop mark
                 org other mark=gone
                 app other/shop mark=gone
                 credential other/shop/key secret=hush-1 mark=gone",
        settings: "EXCLUDE_CONSUMER_ORGS=other",
        plan: "withheld create credentials acme/shop/key: client_id key is held on the target by credential other/shop/key, which stays",
        ..Case::default()
    });
}

#[test]
fn an_excluded_kind_is_neither_written_nor_deleted() {
    check(Case {
        source: r#"org acme
                   member acme/lur/bob roles=["a"]
                   member acme/lur/carol"#,
        target: r#"org acme mark
                   member acme/lur/bob roles=["b"] mark
                   member acme/lur/dave mark"#,
        settings: "EXCLUDE_KINDS=members,users",
        plan: "",
        ..Case::default()
    });
}

#[test]
fn what_depends_on_an_excluded_kind_uses_what_the_target_has() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1
                 app acme/new
                 credential acme/new/key2 secret=hush-2
                 sub acme/new/petstore:1/gold",
        target: "org acme mark
                 app acme/shop mark
                 product petstore:1",
        settings: "EXCLUDE_KINDS=applications",
        plan: "create credentials acme/shop/key
               withheld create credentials acme/new/key2: the target has no app acme/new
               withheld create subscriptions acme/new/petstore:1/gold: the target has no app acme/new",
        ..Case::default()
    });
    check(Case {
        source: "org acme
                 org other owner=lur/bob",
        target: "user lur/alice",
        settings: "EXCLUDE_KINDS=users",
        plan: "create consumer_orgs acme
               withheld create consumer_orgs other: the target has no user lur/bob",
        ..Case::default()
    });
}

#[test]
fn an_empty_list_of_an_excluded_kind_refuses_nothing() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop mark",
        settings: "EXCLUDE_KINDS=applications",
        plan: "approved",
        ..Case::default()
    });
}
