//! Hints: what has still to be read one by one, and what a hint saves.

use apic_configsync::engine::{
    model::{Idx, Inventory, Side},
    plan::wanted::wanted,
};

use super::{Case, check, notation::Catalog, settings};

/// Holds what is to be read on each side against addresses.
#[track_caller]
pub(super) fn check_wanted(source: &str, target: &str, variables: &str, expected: (&str, &str)) {
    let (policy, _) = settings::wishes(variables);
    let source = Catalog::read(Side::Source, source).inventory();
    let target = Catalog::read(Side::Target, target).inventory();
    let wanted = wanted(&source, &target, &policy);
    let addresses = |inventory: &Inventory, places: &[Idx]| {
        let addresses = places.iter().map(|idx| inventory.address(*idx).to_string());
        addresses.collect::<Vec<_>>().join(" ")
    };
    let actual = (addresses(&source, &wanted.source), addresses(&target, &wanted.target));
    assert_eq!((actual.0.as_str(), actual.1.as_str()), expected);
}

const SOURCE: &str = "org acme
    member acme/lur/bob unread digest=s1
    member acme/lur/carol unread digest=s2
    member acme/lur/dave unread digest=s3";
const TARGET: &str = "org acme mark
    member acme/lur/bob unread digest=t1 hint=s1.t1 mark
    member acme/lur/carol unread digest=t2 hint=s0.t2 mark";

#[test]
fn what_a_hint_vouches_for_is_not_read() {
    let new_and_changed = ("acme/lur/carol acme/lur/dave", "acme/lur/carol");
    check_wanted(SOURCE, TARGET, "", new_and_changed);
}

#[test]
fn a_hint_of_the_original_alone_is_enough() {
    check_wanted(
        "org acme
         app acme/shop
         credential acme/shop/key unread digest=s1",
        "org acme mark
         app acme/shop mark
         credential acme/shop/key unread hint=s1 mark",
        "",
        ("", ""),
    );
}

#[test]
fn a_deep_comparison_trusts_no_hint() {
    let all = ("acme/lur/bob acme/lur/carol acme/lur/dave", "acme/lur/bob acme/lur/carol");
    check_wanted(SOURCE, TARGET, "DEEP_COMPARE=true", all);
}

#[test]
fn what_is_excluded_or_out_of_scope_is_not_read() {
    check_wanted(SOURCE, TARGET, "EXCLUDE_KINDS=members", ("", ""));
    check_wanted(SOURCE, TARGET, "EXCLUDE_CONSUMER_ORGS=acme", ("", ""));
}

#[test]
fn what_changed_behind_the_lists_is_noted_anew() {
    check(Case {
        source: r#"org acme
                   member acme/lur/bob digest=s2 roles=["viewer"]"#,
        target: r#"org acme mark
                   member acme/lur/bob digest=t1 hint=s1.t1 roles=["viewer"] mark"#,
        plan: "update members acme/lur/bob /metadata/source_hint s1.t1->s2.t1",
        ..Case::default()
    });
}

#[test]
fn a_hidden_secret_that_a_hint_vouches_for_is_no_difference() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1 digest=s1 title=new",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key digest=t1 hint=s1 title=old mark",
        plan: "update credentials acme/shop/key /title",
        ..Case::default()
    });
}

#[test]
fn nothing_is_noted_of_what_was_not_read_on_both_sides() {
    let unread = [("unread", ""), ("", "unread")];
    for (source, target) in unread {
        check(Case {
            source: &format!("org acme\nmember acme/lur/bob digest=s2 {source}"),
            target: &format!("org acme mark\nmember acme/lur/bob digest=t1 hint=s1.t1 mark {target}"),
            plan: "",
            ..Case::default()
        });
    }
}

#[test]
fn two_that_bear_each_others_marks_note_nothing() {
    check(Case {
        source: r#"org acme
                   member acme/lur/bob digest=s2 mark
                   member acme/lur/carol digest=s2
                   member acme/lur/dave digest=s2 roles=["new"] mark
                   member acme/lur/eve digest=s2 roles=["new"]"#,
        target: r#"org acme mark
                   member acme/lur/bob digest=t1 hint=s1.t1 mark
                   member acme/lur/carol digest=t1 hint=s1.t1 mark
                   member acme/lur/dave digest=t1 roles=["old"] mark
                   member acme/lur/eve digest=t1 roles=["old"] mark"#,
        plan: "update members acme/lur/carol /metadata/source_hint hinted s2.t1
               update members acme/lur/dave /roles
               update members acme/lur/eve /roles hinted s2.t1",
        ..Case::default()
    });
}

#[test]
fn a_mark_on_the_source_that_leads_elsewhere_hinders_no_note() {
    for mark in ["mark=gone", "mark=acme/lur/bob@elsewhere"] {
        check(Case {
            source: &format!("org acme\nmember acme/lur/bob digest=s2 {mark}"),
            target: "org acme mark
                     member acme/lur/bob digest=t1 hint=s1.t1 mark",
            plan: "update members acme/lur/bob /metadata/source_hint",
            ..Case::default()
        });
    }
}

#[test]
fn a_new_member_is_noted_as_the_source_has_him() {
    check(Case {
        source: "org acme
                 member acme/lur/alice digest=s1
                 member acme/lur/bob digest=s2",
        target: "user lur/alice
                 user lur/bob",
        plan: "create consumer_orgs acme
               create members acme/lur/alice along hinted s1
               create members acme/lur/bob hinted s2",
        ..Case::default()
    });
}

/// Twelve members whose roles have other ids than were noted.
fn twelve(target: &str) -> (String, String) {
    let each = |line: &str| {
        let lines = (0..12).map(|number| line.replace('#', &number.to_string()));
        lines.collect::<Vec<_>>().join("\n")
    };
    (
        format!("org acme\n{}", each("member acme/lur/u# digest=s2")),
        format!("org acme mark\n{}", each(&format!("member acme/lur/u# digest=t1 {target}"))),
    )
}

#[test]
fn notes_count_against_no_limit() {
    let (source, target) = twelve("hint=s1.t1 mark");
    let notes = (0..12).map(|number| format!("update members acme/lur/u{number} /metadata/source_hint s1.t1->s2.t1"));
    let notes: Vec<String> = notes.chain(["approved".to_owned()]).collect();
    check(Case {
        source: &source,
        target: &target,
        settings: "MAX_UPDATE_PERCENT=0",
        plan: &notes.join("\n"),
        ..Case::default()
    });
}

const KEY: &str = "org acme
    app acme/shop
    credential acme/shop/key secret=hush digest=s1";

#[test]
fn what_had_to_be_read_is_noted_when_it_has_settled() {
    let target = "org acme mark
                  app acme/shop mark
                  credential acme/shop/key secret=hush mark";
    check(Case {
        source: KEY,
        target,
        plan: "update credentials acme/shop/key /metadata/source_hint null->s1",
        ..Case::default()
    });
    check(Case { source: &KEY.replace("digest=s1", ""), target, plan: "", ..Case::default() });
}

#[test]
fn a_note_alone_is_made_only_where_our_whole_mark_is() {
    for mark in ["", "mark=acme/shop/key@", "mark=gone"] {
        let target = format!(
            "org acme mark
             app acme/shop mark
             credential acme/shop/key secret=hush {mark}"
        );
        let plan = if mark == "mark=gone" { "update credentials acme/shop/key /metadata/source_id" } else { "" };
        check(Case { source: KEY, target: &target, plan, ..Case::default() });
    }
}

#[test]
fn where_the_source_is_in_doubt_nothing_is_noted_and_no_note_is_missed() {
    check(Case {
        source: "org acme
                 member acme/lur/bob digest=s2
                 gap members acme",
        target: "org acme mark
                 member acme/lur/bob digest=t1 hint=s1.t1 mark",
        plan: "",
        ..Case::default()
    });
}
