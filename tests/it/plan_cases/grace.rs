//! Grace: what people name is kept for a while after the source has lost it.

use super::{Case, check, check_products};

#[test]
fn the_first_run_notes_the_time_and_suspends_an_app() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop state=enabled meta.own=o mark
                 app acme/asleep state=disabled mark",
        settings: "DELETE_GRACE=24h",
        plan: r#"update applications acme/shop /metadata/source_missing_since null->1970-01-05T04:00:00Z /state enabled->disabled marked acme.shop@prod writes {"own":"o"}
               update applications acme/asleep /metadata/source_missing_since null->1970-01-05T04:00:00Z marked acme.asleep@prod writes {}
               withheld delete applications acme/shop: is missing from the source: kept until 1970-01-06T04:00:00Z
               withheld delete applications acme/asleep: is missing from the source: kept until 1970-01-06T04:00:00Z"#,
        ..Case::default()
    });
}

#[test]
fn later_runs_before_the_end_write_nothing() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop state=disabled mark missing=77",
        settings: "DELETE_GRACE=24h",
        plan: "withheld delete applications acme/shop: is missing from the source: kept until 1970-01-05T05:00:00Z",
        ..Case::default()
    });
}

#[test]
fn past_the_grace_it_is_deleted_with_all_below() {
    check(Case {
        source: "org other",
        target: "org other mark
                 org acme mark missing=76
                 app acme/shop state=disabled mark missing=76
                 credential acme/shop/key secret=hush-1 mark",
        settings: "DELETE_GRACE=24h",
        plan: "delete consumer_orgs acme takes acme/shop, acme/shop/key",
        ..Case::default()
    });
}

#[test]
fn a_note_of_an_earlier_run_keeps_nothing_when_there_is_no_grace() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop state=disabled mark missing=99",
        plan: "delete applications acme/shop",
        ..Case::default()
    });
}

#[test]
fn what_hangs_on_a_thing_in_grace_stays_with_it_and_the_apps_of_an_organization_are_suspended() {
    check(Case {
        source: "org other",
        target: "org other mark
                 org acme mark
                 member acme/lur/alice mark
                 app acme/shop state=enabled mark
                 credential acme/shop/key secret=hush-1 mark
                 sub acme/shop/petstore:1/gold mark",
        settings: "DELETE_GRACE=24h",
        plan: "update consumer_orgs acme /metadata/source_missing_since
               update applications acme/shop /metadata/source_missing_since /state
               withheld delete consumer_orgs acme: is missing
               withheld delete applications acme/shop: is missing",
        ..Case::default()
    });
}

/// The login may have lost its sight of the organization before it lost that of the app.
#[test]
fn an_app_past_its_grace_waits_with_its_organization() {
    check(Case {
        source: "org other",
        target: "org other mark
                 org acme mark
                 app acme/shop state=disabled mark missing=76
                 credential acme/shop/key secret=hush-1 mark",
        settings: "DELETE_GRACE=24h",
        plan: "update consumer_orgs acme /metadata/source_missing_since
               withheld delete consumer_orgs acme: is missing from the source: kept until 1970-01-06T04:00:00Z
               withheld delete applications acme/shop: is missing from the source: kept until 1970-01-06T04:00:00Z",
        ..Case::default()
    });
}

#[test]
fn keys_members_and_subscriptions_have_no_grace() {
    check(Case {
        source: "org acme
                 app acme/shop
                 product petstore:1",
        target: "org acme mark
                 member acme/lur/bob mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark
                 sub acme/shop/petstore:1/gold mark",
        settings: "DELETE_GRACE=24h",
        plan: "delete members acme/lur/bob
               delete credentials acme/shop/key
               delete subscriptions acme/shop/petstore:1/gold",
        ..Case::default()
    });
}

#[test]
fn a_reappearance_clears_the_note_and_ends_the_suspension() {
    check(Case {
        source: "org acme
                 app acme/shop state=enabled",
        target: "org acme mark missing=90
                 app acme/shop state=disabled meta.own=o mark missing=90",
        settings: "DELETE_GRACE=24h",
        plan: r#"update consumer_orgs acme /metadata/source_missing_since 1970-01-04T18:00:00Z->null writes {}
               update applications acme/shop /state disabled->enabled /metadata/source_missing_since 1970-01-04T18:00:00Z->null writes {"own":"o"}"#,
        ..Case::default()
    });
}

#[test]
fn a_note_is_cleared_even_where_there_is_no_grace_any_more() {
    check(Case {
        source: "org acme",
        target: "org acme mark missing=1",
        plan: "update consumer_orgs acme /metadata/source_missing_since",
        ..Case::default()
    });
}

#[test]
fn what_was_made_anew_under_its_name_is_known_again() {
    check(Case {
        source: "org acme
                 app acme/shop id=new state=enabled",
        target: "org acme mark
                 app acme/shop state=disabled mark=gone missing=90",
        settings: "DELETE_GRACE=24h",
        plan: "update applications acme/shop /state /metadata/source_id /metadata/source_missing_since marked new@prod",
        ..Case::default()
    });
}

#[test]
fn the_vendors_mark_is_completed_with_the_note() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop state=disabled mark=gone@",
        settings: "DELETE_GRACE=24h",
        plan: "update applications acme/shop /metadata/source_missing_since marked gone@prod
               withheld delete applications acme/shop: is missing",
        ..Case::default()
    });
}

#[test]
fn an_app_that_awaits_an_approval_is_noted_and_not_suspended() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop state=pending pending mark",
        settings: "DELETE_GRACE=24h",
        plan: "update applications acme/shop /metadata/source_missing_since
               withheld delete applications acme/shop: is missing",
        ..Case::default()
    });
}

#[test]
fn nothing_is_noted_where_nothing_would_be_deleted() {
    let (source, target) = (
        "org acme",
        "org acme mark
         app acme/shop state=enabled mark",
    );
    check(Case {
        source: "org acme
                 gap applications",
        target,
        settings: "DELETE_GRACE=24h",
        plan: "withheld delete applications acme/shop: the source list of applications is incomplete",
        ..Case::default()
    });
    check(Case {
        source,
        target,
        settings: "DELETE_GRACE=24h DELETE_POLICY=report",
        plan: "withheld delete applications acme/shop: DELETE_POLICY=report",
        ..Case::default()
    });
    check(Case {
        source,
        target: "org acme mark
                 app acme/shop state=enabled mark
                 credential acme/shop/own secret=hush-1
                 app acme/own
                 app acme/theirs mark=1@elsewhere",
        settings: "DELETE_GRACE=24h",
        plan: "withheld delete applications acme/shop: the source has deleted it, but under it the target has",
        ..Case::default()
    });
}

#[test]
fn a_product_is_noted_and_its_subscriptions_and_apis_wait_with_it() {
    let (source, target) = (
        "org acme
         app acme/shop",
        "org acme mark
         app acme/shop mark
         product petstore:1 mark apis=pets:1 MISSING
         api pets:1
         sub acme/shop/petstore:1/gold mark",
    );
    check_products(Case {
        source,
        target: &target.replace("MISSING", ""),
        settings: "DELETE_GRACE=24h",
        plan: "update products petstore:1 /metadata/source_missing_since null->1970-01-05T04:00:00Z marked petstore:1@prod writes {}
               withheld delete products petstore:1: is missing from the source: kept until 1970-01-06T04:00:00Z",
        ..Case::default()
    });
    check_products(Case {
        source,
        target: &target.replace("MISSING", "missing=90"),
        settings: "DELETE_GRACE=24h",
        plan: "withheld delete products petstore:1: is missing from the source: kept until 1970-01-05T18:00:00Z",
        ..Case::default()
    });
    check_products(Case {
        source,
        target: &target.replace("MISSING", "missing=76"),
        settings: "DELETE_GRACE=24h",
        plan: "delete subscriptions acme/shop/petstore:1/gold
               delete products petstore:1 takes pets:1",
        ..Case::default()
    });
}

#[test]
fn a_reappearance_clears_the_note_of_a_product() {
    check_products(Case {
        source: "org acme
                 product petstore:1",
        target: "org acme mark
                 product petstore:1 mark missing=90",
        settings: "DELETE_GRACE=24h",
        plan: "update products petstore:1 /metadata/source_missing_since 1970-01-04T18:00:00Z->null writes {}",
        ..Case::default()
    });
}

#[test]
fn a_subscription_to_a_product_that_somebody_else_published_notes_its_grace_itself() {
    let (source, target) = (
        "org acme
         app acme/shop",
        "org acme mark
         app acme/shop mark
         product petstore:1
         sub acme/shop/petstore:1/gold mark MISSING",
    );
    check_products(Case {
        source,
        target: &target.replace("MISSING", ""),
        settings: "DELETE_GRACE=24h",
        plan: "update subscriptions acme/shop/petstore:1/gold /metadata/source_missing_since
               withheld delete subscriptions acme/shop/petstore:1/gold: is missing",
        ..Case::default()
    });
    check_products(Case {
        source,
        target: &target.replace("MISSING", "missing=76"),
        settings: "DELETE_GRACE=24h",
        plan: "delete subscriptions acme/shop/petstore:1/gold",
        ..Case::default()
    });
}

#[test]
fn what_hangs_on_a_missing_thing_that_stays_for_another_reason_has_a_grace_too() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop state=enabled mark
                 credential acme/shop/own secret=hush-1
                 credential acme/shop/key secret=hush-2 mark",
        settings: "DELETE_GRACE=24h",
        plan: "update credentials acme/shop/key /metadata/source_missing_since
               withheld delete credentials acme/shop/key: is missing
               withheld delete applications acme/shop: the source has deleted it, but under it the target has",
        ..Case::default()
    });
}

#[test]
fn a_note_of_times_to_come_is_rewritten_once() {
    let target = "org acme mark
                  app acme/shop state=disabled mark missing=";
    check(Case {
        source: "org acme",
        target: &format!("{target}100000"),
        settings: "DELETE_GRACE=24h",
        plan: "update applications acme/shop /metadata/source_missing_since 1981-05-29T16:00:00Z->1970-01-05T04:00:00Z
               withheld delete applications acme/shop: is missing from the source: kept until 1970-01-06T04:00:00Z",
        ..Case::default()
    });
    check(Case {
        source: "org acme",
        target: &format!("{target}100"),
        settings: "DELETE_GRACE=24h",
        plan: "withheld delete applications acme/shop: is missing from the source: kept until 1970-01-06T04:00:00Z",
        ..Case::default()
    });
}

#[test]
fn a_product_stays_as_long_as_what_subscribes_to_it_is_kept() {
    let source = "org acme";
    let target = "org acme mark
                  app acme/shop state=disabled mark missing=APP
                  product petstore:1 mark missing=70
                  sub acme/shop/petstore:1/gold mark";
    check_products(Case {
        source,
        target: &target.replace("APP", "90"),
        settings: "DELETE_GRACE=24h",
        plan: "withheld delete applications acme/shop: is missing
               withheld delete products petstore:1: hangs on acme/shop, which is withheld",
        ..Case::default()
    });
    check_products(Case {
        source,
        target: &target.replace("APP", "70"),
        settings: "DELETE_GRACE=24h",
        plan: "delete applications acme/shop takes acme/shop/petstore:1/gold
               delete products petstore:1",
        ..Case::default()
    });
}

#[test]
fn a_name_that_a_thing_in_grace_holds_is_not_free() {
    check(Case {
        source: "org acme
                 app acme/other id=a",
        target: "org acme mark
                 app acme/third mark=a
                 app acme/other state=disabled mark=gone missing=90",
        settings: "DELETE_GRACE=24h",
        plan: "withheld delete applications acme/other: is missing
               withheld update applications acme/other /name: ",
        ..Case::default()
    });
}

#[test]
fn the_beginning_of_a_grace_counts_against_the_limit_of_deletions() {
    let lines = |range: std::ops::Range<usize>, line: &str| -> Vec<String> {
        range.map(|n| line.replace('#', &n.to_string())).collect()
    };
    let source = lines(0..6, "org o#").join("\n");
    let target = lines(0..10, "org o# mark").join("\n");
    let notes = "update consumer_orgs o# /metadata/source_missing_since
                 withheld delete consumer_orgs o#: is missing\n";
    let notes = lines(6..10, notes).concat();
    check(Case {
        source: &source,
        target: &target,
        settings: "DELETE_GRACE=24h MAX_UPDATE_PERCENT=0",
        plan: &format!("{notes} refused MAX_DELETE_PERCENT: the plan would delete 4 of 10"),
        ..Case::default()
    });
    check(Case {
        source: &source,
        target: &target,
        settings: "DELETE_GRACE=24h MAX_UPDATE_PERCENT=0 MAX_DELETE_PERCENT=40",
        plan: &format!("{notes} approved"),
        ..Case::default()
    });
}
