//! The limits, on the finished plan.

use apic_configsync::engine::{
    model::Side,
    plan::{Approved, Refusal, Refused, plan},
};

use super::{Case, assert_lines, check, notation::Catalog, render::Talk, settings};

/// Lines with `#` replaced by each number.
fn each(numbers: std::ops::Range<usize>, line: &str) -> String {
    let lines = numbers.map(|number| line.replace('#', &number.to_string()));
    lines.collect::<Vec<_>>().join("\n")
}

/// An organization with apps: some stay as they are, some get a title, some are gone from the source.
fn check_apps(stay: usize, change: usize, go: usize, settings: &str, verdict: &str) {
    let (changed, all) = (stay + change, stay + change + go);
    let source =
        ["org acme".to_owned(), each(0..stay, "app acme/a# title=old"), each(stay..changed, "app acme/a# title=new")];
    let target = ["org acme mark".to_owned(), each(0..all, "app acme/a# title=old mark")];
    let plan = [
        each(stay..changed, "update applications acme/a# /title"),
        each(changed..all, "delete applications acme/a#"),
        verdict.to_owned(),
    ];
    check(Case {
        source: &source.join("\n"),
        target: &target.join("\n"),
        settings,
        plan: &plan.join("\n"),
        ..Case::default()
    });
}

#[test]
fn a_larger_share_of_deletions_is_refused() {
    check_apps(7, 0, 3, "", "approved");
    check_apps(
        6,
        0,
        4,
        "",
        "refused MAX_DELETE_PERCENT: the plan would delete 4 of 10 managed applications (40 %), MAX_DELETE_PERCENT allows 30 %; if that is right, allow it once with MAX_DELETE_PERCENT=40",
    );
    check_apps(6, 0, 4, "MAX_DELETE_PERCENT=40", "approved");
    check_apps(9, 0, 1, "MAX_DELETE_PERCENT=0", "refused MAX_DELETE_PERCENT: the plan would delete 1 of 10");
}

#[test]
fn a_share_of_a_few_says_nothing() {
    check_apps(1, 0, 8, "", "approved");
    check_apps(1, 0, 9, "", "refused MAX_DELETE_PERCENT: the plan would delete 9 of 10 managed applications (90 %)");
}

#[test]
fn the_share_that_would_be_allowed_is_rounded_up() {
    check_apps(2, 0, 9, "", "refused MAX_DELETE_PERCENT: the plan would delete 9 of 11 managed applications (82 %)");
    check_apps(2, 0, 9, "MAX_DELETE_PERCENT=82", "approved");
    check_apps(2, 0, 9, "MAX_DELETE_PERCENT=81", "refused MAX_DELETE_PERCENT:");
}

#[test]
fn a_larger_share_of_updates_is_refused_where_a_limit_is_set() {
    check_apps(0, 10, 0, "", "approved");
    check_apps(5, 5, 0, "MAX_UPDATE_PERCENT=50", "approved");
    check_apps(
        5,
        5,
        0,
        "MAX_UPDATE_PERCENT=49",
        "refused MAX_UPDATE_PERCENT: the plan would update 5 of 10 managed applications (50 %), MAX_UPDATE_PERCENT allows 49 %",
    );
}

#[test]
fn all_limits_are_told_at_once() {
    check_apps(
        4,
        3,
        4,
        "MAX_UPDATE_PERCENT=10 MAX_DELETE_PERCENT=10",
        "refused MAX_DELETE_PERCENT: the plan would delete 4 of 11
         refused MAX_UPDATE_PERCENT: the plan would update 3 of 11",
    );
}

#[test]
fn a_cascade_counts() {
    let target =
        format!("org acme mark\norg gone mark\n{}\n{}", each(0..6, "app acme/a# mark"), each(0..4, "app gone/a# mark"));
    check(Case {
        source: &format!("org acme\n{}", each(0..6, "app acme/a#")),
        target: &target,
        plan: "delete consumer_orgs gone
               refused MAX_DELETE_PERCENT: the plan would delete 4 of 10 managed applications",
        ..Case::default()
    });
}

#[test]
fn a_step_that_only_makes_room_is_no_update() {
    let source = format!("org two id=1\norg one id=2\n{}", each(3..11, "org o#"));
    let target = format!("org one mark=1\norg two mark=2\n{}", each(3..11, "org o# mark"));
    check(Case {
        source: &source,
        target: &target,
        settings: "MAX_UPDATE_PERCENT=20",
        plan: "park consumer_orgs one /name
               update consumer_orgs one /name
               update consumer_orgs two /name
               approved",
        ..Case::default()
    });
}

#[test]
fn what_is_not_managed_does_not_dilute_a_share() {
    let source = format!("org acme\n{}", each(0..6, "app acme/a#"));
    let target = format!("org acme mark\n{}\n{}", each(0..10, "app acme/a# mark"), each(0..90, "app acme/own-#"));
    check(Case {
        source: &source,
        target: &target,
        plan: &format!(
            "{}\nrefused MAX_DELETE_PERCENT: the plan would delete 4 of 10",
            each(6..10, "delete applications acme/a#")
        ),
        ..Case::default()
    });
}

#[track_caller]
fn check_empty(settings: &str, verdict: &str) {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop mark",
        settings,
        plan: &format!("delete applications acme/shop\n{verdict}"),
        ..Case::default()
    });
}

#[test]
fn an_empty_list_is_refused_however_few_there_are() {
    check_empty(
        "",
        "refused ALLOW_EMPTY_SOURCE: the source lists no applications in scope, the target has 1 that this tool manages; if that is right, allow it once with ALLOW_EMPTY_SOURCE=applications",
    );
    check_empty("ALLOW_EMPTY_SOURCE=credentials", "refused ALLOW_EMPTY_SOURCE: the source lists no applications");
    check_empty("ALLOW_EMPTY_SOURCE=applications", "approved");
    check_empty("ALLOW_EMPTY_SOURCE=true", "approved");
}

#[test]
fn an_empty_list_is_refused_even_if_nothing_would_be_deleted() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop mark",
        settings: "DELETE_POLICY=report",
        plan: "withheld delete applications acme/shop: DELETE_POLICY
               refused ALLOW_EMPTY_SOURCE: the source lists no applications",
        ..Case::default()
    });
}

#[test]
fn a_list_with_a_gap_and_a_list_of_what_is_not_managed_are_not_empty() {
    check(Case {
        source: "gap applications
                 org acme",
        target: "org acme mark
                 app acme/shop mark
                 member acme/lur/bob",
        plan: "withheld delete applications acme/shop: the source list of applications is incomplete
               approved",
        ..Case::default()
    });
}

#[test]
fn a_gap_in_one_branch_spares_no_deletion_in_another() {
    check(Case {
        source: "gap applications other
                 org acme
                 org other",
        target: "org acme mark
                 org other mark
                 app acme/shop mark
                 app other/kept mark",
        plan: "delete applications acme/shop
               withheld delete applications other/kept: the source list of applications is incomplete
               refused ALLOW_EMPTY_SOURCE: the source lists no applications",
        ..Case::default()
    });
}

#[track_caller]
fn check_wrong_source(source: &str, target: &str, settings: &str, verdict: &str) {
    let source = Catalog::read(Side::Source, source).inventory();
    let target = Catalog::read(Side::Target, target).inventory();
    let (policy, limits) = settings::wishes(settings);
    let plan = plan(&source, &target, &policy);
    assert_lines("verdict", &Talk("refused").verdict(plan, &limits), verdict);
}

#[test]
fn a_source_that_knows_none_of_the_marks_is_probably_the_wrong_one() {
    let target = "org one mark=1\norg two mark=2";
    let refused =
        "refused ALLOW_EMPTY_SOURCE: the target has 2 marks of this source and not one leads to an object of it";
    check_wrong_source("org other", target, "", refused);
    check_wrong_source("org other", target, "ALLOW_EMPTY_SOURCE=consumer_orgs", refused);
    check_wrong_source("org other", target, "ALLOW_EMPTY_SOURCE=true", "approved");
    check_wrong_source("org other id=1", target, "", "approved");
}

#[test]
fn only_marks_that_name_the_sources_catalog_tell_a_wrong_source() {
    for target in ["org one mark=1@", "org one mark=1@elsewhere", "org one mark=1 by=consumer", "org one mark=1@old"] {
        check_wrong_source("org other", target, "SOURCE_CATALOG_BEFORE=old", "approved");
    }
    check_wrong_source(
        "org other",
        "org one mark=1@\norg two mark=2",
        "",
        "refused ALLOW_EMPTY_SOURCE: the target has 1 marks of this source",
    );
}

#[test]
fn a_source_is_judged_by_its_marks_on_complete_lists_only() {
    let target = "org acme mark=1\nmember acme/lur/bob mark=2";
    for source in ["gap consumer_orgs", "gap consumer_orgs\ngap members"] {
        check_wrong_source(source, target, "", "approved");
    }
    let target = "org acme mark=1";
    for (source, target) in [
        ("org other\ngap consumer_orgs other", target.to_owned()),
        ("org other", format!("gap consumer_orgs\n{target}")),
    ] {
        check_wrong_source(source, &target, "", "approved");
    }
}

#[test]
fn a_source_that_was_restored_is_known_by_what_is_marked_anew() {
    check_wrong_source("org acme id=2", "org acme mark=1", "", "approved");
    check_wrong_source(
        "org acme id=2",
        "org acme mark=1\napp acme/shop mark=3",
        "ALLOW_EMPTY_SOURCE=applications",
        "approved",
    );
}

#[test]
fn a_refused_plan_may_go_on_without_its_deletions_and_what_needs_them() {
    let source = "org acme
        app acme/shop title=new
        credential acme/shop/key id=2 secret=hush-1";
    let target = "org acme mark
        app acme/shop title=old mark
        credential acme/shop/old mark=1 secret=hush-1
        org gone mark
        app gone/shop mark
        credential gone/shop/key mark=3 secret=hush-1";
    let source = Catalog::read(Side::Source, source).inventory();
    let target = Catalog::read(Side::Target, target).inventory();
    let plan = plan(&source, &target, &settings::wishes("").0);
    let refusals = [Refusal::of_all("MAX_DELETE_PERCENT", "too much would be deleted".into())];
    let refused = Refused { plan, refusals: refusals.to_vec() };
    let (approved, _) = Approved::without_deletions(refused);
    let expected = "update applications acme/shop /title
        withheld delete consumer_orgs gone: too much would be deleted
        withheld delete credentials acme/shop/old: too much would be deleted
        withheld create credentials acme/shop/key: hangs on gone";
    assert_lines("plan", &Talk(expected).lines(approved.plan()), expected);
}

#[test]
fn a_kind_that_is_never_deleted_or_left_out_may_be_missing_from_the_source() {
    check(Case {
        source: "org acme owner=-",
        target: "org acme mark
                 user lur/alice mark",
        plan: "approved",
        ..Case::default()
    });
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop mark",
        settings: "EXCLUDE_KINDS=applications",
        plan: "approved",
        ..Case::default()
    });
}
