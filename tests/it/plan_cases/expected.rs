//! What a single read of an object must show before a step is done: that it is still what the step was planned against.

use std::collections::BTreeSet;

use apic_configsync::{
    engine::{
        change::Precondition,
        model::{Resource, Side},
        plan::{Action, Step, plan},
    },
    platform::api_connect::{KINDS, PRODUCTS},
};

use super::{assert_lines, notation::Catalog, settings};

/// Plans a case, and holds against lines like `update acme: title` in which fields the steps find their objects changed
/// when the target is `now` like this.
#[track_caller]
fn check_now(source: &str, target: &str, now: &str, expected: &str) {
    let (policy, _) = settings::wishes("SyncProductsAndAPIs=true DELETE_GRACE=24h");
    let source = Catalog::read(Side::Source, source).inventory();
    let target = Catalog::read(Side::Target, target).inventory();
    let plan = plan(&source, &target, &policy);
    let now = Catalog::read(Side::Target, now).resources;
    let found = plan.steps.iter().filter_map(|step| changed(step, &now));
    assert_lines("changed", &found.collect::<Vec<_>>(), expected);
}

/// In which fields a step finds its object changed, if it is there.
pub(super) fn changed(step: &Step, now: &[Resource]) -> Option<String> {
    let row = KINDS.row(step.address.kind);
    let (target, expected) = match &step.action {
        Action::Update(update) => (update.target.as_ref()?, update.expected(row)?),
        Action::Delete(delete) => (&delete.target, delete.expected(row)),
        Action::Create(_) | Action::Approve(_) => return None,
    };
    let is_it = |it: &&Resource| it.kind == step.address.kind && it.handle == *target;
    let mut now = now.iter().find(is_it)?.clone();
    // What stands for a Product's documents stands for those of its APIs too, which no read of the Product shows.
    now.state.take_if(|_| now.kind == PRODUCTS);
    let differing = expected.differences(row, &now);
    let (verb, address) = (step.verb().word(), &step.address);
    (!differing.is_empty()).then(|| format!("{verb} {address} {}", differing.join(" ")))
}

const SOURCE: &str = "org acme title=new
    org globex
    product shop:1 doc=B view=custom view_orgs=acme,globex title=new";
const TARGET: &str = "org acme title=old mark hint=h
    org globex mark
    org gone mark missing=10 hint=h
    product shop:1 doc=A view=custom view_orgs=acme,globex,gone title=old mark";

#[track_caller]
fn check_replaced(before: &str, after: &str, expected: &str) {
    assert!(TARGET.contains(before), "{before} is not there");
    check_now(SOURCE, TARGET, &TARGET.replace(before, after), expected);
}

#[test]
fn what_is_as_it_was_may_be_written() {
    check_now(SOURCE, TARGET, TARGET, "");
}

#[test]
fn fields_and_marks_count() {
    check_replaced("title=old mark hint=h", "title=other mark hint=h", "update acme title");
    check_replaced("org acme title=old mark", "org acme title=old mark=acme@elsewhere", "update acme source_id");
    check_replaced("gone title=old mark", "gone title=old mark=gone", "update shop:1 source_id");
}

#[test]
fn a_mark_where_there_was_none_counts() {
    check_now(
        "org acme title=new mark",
        "org acme title=old",
        "org acme title=old mark=1@elsewhere",
        "update acme source_id",
    );
}

#[test]
fn notes_of_other_runs_count_for_deletions_alone() {
    check_replaced("old mark hint=h", "old mark hint=other", "");
    check_replaced("missing=10 hint=h", "missing=10 hint=other", "delete gone source_hint");
    for missing in ["missing=20", ""] {
        let line = "delete gone source_missing_since";
        check_replaced("missing=10", missing, line);
    }
}

#[test]
fn lists_may_lose_what_goes_and_nothing_else() {
    let orgs = "view_orgs=acme,globex,gone";
    check_replaced(orgs, "view_orgs=globex,acme", "");
    check_replaced(orgs, "view_orgs=acme,gone", "update shop:1 view_orgs");
}

#[test]
fn what_names_things_that_were_not_listed_is_not_compared() {
    let target = "org acme mark
                  product shop:1 doc=A view=custom view_orgs=acme,lost title=old mark";
    let source = "org acme
                  product shop:1 doc=A view=custom view_orgs=acme title=new";
    for lost in ["org lost unlisted", "org lost unlisted\ngap consumer_orgs", "gap consumer_orgs"] {
        let target = format!("{target}\n{lost}");
        check_now(source, &target, &target, "");
        check_now(source, &target, &target.replace("acme,lost", "lost"), "");
    }
}

#[test]
fn what_follows_from_being_the_owner_is_not_compared() {
    let (source, target) = (
        r#"org acme owner=lur/bob
           member acme/lur/alice roles=["viewer"]
           member acme/lur/bob roles=["owner"]
           member acme/lur/carol roles=["viewer"]"#,
        r#"org acme owner=lur/alice mark
           member acme/lur/alice roles=["owner"] digest=1 mark=gone
           member acme/lur/bob roles=["viewer"] digest=1 mark=gone
           member acme/lur/carol roles=["admin"] digest=1 mark"#,
    );
    let now = target.replace("digest=1", "digest=2");
    check_now(source, target, &now, "update acme/lur/carol roles");
}

#[test]
fn what_only_one_of_two_steps_writes_counts_for_it() {
    let target = "org one title=old mark=1
                  org two title=old mark=2";
    check_now(
        "org two id=1 title=new
         org one id=2 title=old",
        target,
        &target.replace("one title=old", "one title=other"),
        "update two title",
    );
}

#[test]
fn a_publish_knows_the_documents_that_it_replaces() {
    let source = "product a:1 apis=pets:1 doc=B
                  api pets:1 doc=Q";
    let publish_over = |target: &str| {
        let (policy, _) = settings::wishes("SyncProductsAndAPIs=true");
        let target = Catalog::read(Side::Target, target).inventory();
        let source = Catalog::read(Side::Source, source).inventory();
        let plan = plan(&source, &target, &policy);
        let package = plan.steps.iter().find_map(Step::package).unwrap();
        let files = target.ids().flat_map(|idx| target[idx].files.iter());
        (package.replaces.clone(), files.map(|file| *file.digest()).collect())
    };
    for (target, count) in [
        ("product a:1 apis=pets:1 doc=A mark\napi pets:1 doc=P mark", 2),
        ("api pets:1 doc=P mark", 1),
        ("user lur/alice", 0),
    ] {
        let (replaces, all): (_, BTreeSet<[u8; 32]>) = publish_over(target);
        assert_eq!(all.len(), count, "{target}");
        assert_eq!(replaces, Some(all), "{target}");
    }
    let (replaces, _) = publish_over("product a:1 apis=pets:1 mark\napi pets:1 doc=P mark");
    assert_eq!(replaces, None);
}

#[test]
fn what_an_answer_leaves_out_is_no_difference() {
    let read = |text: &str| {
        let mut resources = Catalog::read(Side::Target, text).resources;
        resources.retain(|it| it.handle.as_str() == "t-acme");
        resources.remove(0)
    };
    let row = |answer: &Resource| KINDS.row(answer.kind);
    let differences = |answer: &str, now: &str| {
        let answer = read(answer);
        Precondition::of_answer(&answer).differences(row(&answer), &read(now))
    };
    let now = "org acme title=a state=enabled mark hint=h missing=10";
    assert!(differences("org acme title=a", now).is_empty());
    assert_eq!(differences("org acme title=b", now), ["title"]);
    assert_eq!(differences("org acme title=a mark=other", now), ["source_id"]);
}
