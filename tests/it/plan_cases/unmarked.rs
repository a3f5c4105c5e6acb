//! Children without a mark: what came with its parent, what the own login made, and what nobody can tell.

use super::{Case, check};

/// The organization was made at ten seconds, with `olga` as its owner; she has left the source's.
#[track_caller]
fn check_left(org: &str, olga: &str, plan: &str) {
    check(Case {
        source: "user lur/olga
                 org acme owner=lur/dora
                 member acme/lur/dora",
        target: &format!(
            "org acme at=10000 owner=lur/olga mark {org}
             member acme/lur/olga {olga}
             member acme/lur/dora at=10000 mark"
        ),
        plan,
        ..Case::default()
    });
}

#[test]
fn an_owner_who_came_with_the_organization_goes_without_a_mark() {
    for at in [10_000, 15_000] {
        check_left(
            "",
            &format!("at={at}"),
            "update consumer_orgs acme /owner
             delete members acme/lur/olga after update acme",
        );
    }
}

#[test]
fn an_owner_who_came_otherwise_stays() {
    for at in [9_999, 15_001] {
        check_left(
            "",
            &format!("at={at}"),
            "update consumer_orgs acme /owner
             count members only_on_target=1",
        );
    }
}

#[test]
fn an_owner_whom_the_source_does_not_know_stays_unless_the_tool_made_the_organization() {
    let case = |org: &str, plan: &str| {
        check(Case {
            source: "org acme owner=lur/dora
                     member acme/lur/dora",
            target: &format!(
                "org acme at=10000 owner=lur/own mark {org}
                 member acme/lur/own at=10000
                 member acme/lur/dora at=10000 mark"
            ),
            plan,
            ..Case::default()
        });
    };
    case("", "update consumer_orgs acme /owner");
    case(
        "by=us",
        "update consumer_orgs acme /owner
         delete members acme/lur/own",
    );
}

#[test]
fn what_an_adopted_organization_has_of_its_own_stays() {
    check(Case {
        source: "user lur/olga
                 org acme owner=lur/dora
                 member acme/lur/dora",
        target: "org acme at=10000 owner=lur/olga by=consumer
                 member acme/lur/olga at=10000",
        settings: "ADOPT=acme",
        plan: "create users lur/dora
               create members acme/lur/dora
               update consumer_orgs acme /owner /metadata/source_id",
        ..Case::default()
    });
}

/// Two organizations that a run has made which could not mark their owners; `bob` is a member besides.
#[track_caller]
fn check_unmarked_owners(source: &str, target: &str, plan: &str) {
    let owned = |org: &str, mark: &str| {
        format!(
            "org {org} at=10000 owner=lur/olga {mark}
             member {org}/lur/olga at=10000 id=o{org}"
        )
    };
    let both = |mark: &str| format!("{}\n{}", owned("acme", mark), owned("beta", mark));
    check(Case {
        source: &format!("{}\n{source}", both("")),
        target: &format!("{}\n{target}", both("mark")),
        plan,
        ..Case::default()
    });
}

#[test]
fn what_came_with_its_parent_gets_its_mark_with_the_next_writes() {
    let marks = "update members acme/lur/olga /metadata/source_id marked oacme@prod
                 update members beta/lur/olga /metadata/source_id marked obeta@prod";
    check_unmarked_owners(
        "user lur/bob\nmember acme/lur/bob",
        "user lur/bob",
        &format!("create members acme/lur/bob marked acme.lur.bob@prod\n{marks}"),
    );
    check_unmarked_owners(
        "org gamma owner=lur/olga title=new\nmember gamma/lur/olga",
        "org gamma owner=lur/olga title=old mark\nmember gamma/lur/olga mark",
        &format!("update consumer_orgs gamma /title\n{marks}"),
    );
}

#[test]
fn a_missing_mark_of_what_came_with_its_parent_alone_is_no_reason_to_write() {
    check_unmarked_owners(
        "org gamma owner=lur/olga\nmember gamma/lur/olga",
        "org gamma owner=lur/olga mark\nmember gamma/lur/olga mark",
        "count members unchanged=3",
    );
}

#[test]
fn a_server_that_stores_no_marks_on_members_is_not_written_in_vain() {
    check_unmarked_owners(
        "org gamma title=new\nuser lur/bob\nmember acme/lur/bob",
        "org gamma title=old mark\nmember acme/lur/bob at=12000",
        "update consumer_orgs gamma /title",
    );
    check_unmarked_owners("org gamma title=new", "org gamma title=old mark", "update consumer_orgs gamma /title");
}

/// The source has revoked a key and a subscription; the target stores marks on the two kinds, or does not.
#[track_caller]
fn check_revoked(by: &str, other: &str, settings: &str, plan: &str) {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1
                 sub acme/shop/petstore:1/gold",
        target: &format!(
            "org acme mark
             app acme/shop mark
             credential acme/shop/key secret=hush-1 {other}
             credential acme/shop/revoked secret=hush-2 {by}
             sub acme/shop/petstore:1/gold {other}
             sub acme/shop/petstore:1/silver {by}"
        ),
        settings,
        plan,
        ..Case::default()
    });
}

#[test]
fn what_the_own_login_made_counts_as_marked_where_no_marks_are_kept() {
    check_revoked(
        "by=us",
        "",
        "",
        "delete credentials acme/shop/revoked
         delete subscriptions acme/shop/petstore:1/silver
         remarks 0",
    );
}

#[test]
fn what_nobody_can_tell_stays_and_is_counted_in_a_warning() {
    for by in ["", "by=consumer", "by=other"] {
        check_revoked(
            by,
            "",
            "",
            "count credentials only_on_target=1
             count subscriptions only_on_target=1
             remark DELETE_UNMARKED_CHILDREN: the target has 1 credentials, 1 subscriptions below what this tool made that the source has not",
        );
    }
    check_revoked(
        "",
        "",
        "DELETE_UNMARKED_CHILDREN=true",
        "delete credentials acme/shop/revoked
         delete subscriptions acme/shop/petstore:1/silver
         remarks 0",
    );
}

#[test]
fn where_marks_are_kept_what_bears_none_is_the_targets_own() {
    for by in ["", "by=us"] {
        check_revoked(
            by,
            "mark",
            "",
            "count credentials only_on_target=1
             count subscriptions only_on_target=1
             remarks 0",
        );
    }
}
