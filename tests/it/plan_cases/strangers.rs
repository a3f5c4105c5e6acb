//! Users whom the tool did not make are named and never written.

use super::{Case, check};

const SOURCE: &str = "org acme
                      user lur/alice id=1 email=new first_name=Al";

/// A mark of this sync, or the server's word that our own login made them.
#[test]
fn only_users_whom_the_tool_made_are_written() {
    let ours =
        ["mark=1", "mark=1@", "by=us", "mark=1 by=other", "mark=1 by=consumer seal=right", "mark=1 seal=wrong by=us"];
    for made in ours {
        check(Case {
            source: SOURCE,
            target: &format!("org acme mark\nuser lur/alice email=old first_name=Al {made}"),
            plan: "update users lur/alice /email",
            ..Case::default()
        });
    }
    let theirs = ["", "mark=2@", "by=other", "by=consumer", "mark=1 by=consumer", "mark=1 seal=wrong"];
    for made in theirs {
        check(Case {
            source: SOURCE,
            target: &format!("org acme mark\nuser lur/alice email=old first_name=Al {made}"),
            plan: "remark users: 1 users of the target differ from the source's and are left as they are, because this tool did not make them: lur/alice (email)
                   count users unchanged=1",
            ..Case::default()
        });
    }
}

/// Where a server stores no marks, who made him decides, and none is tried.
#[test]
fn one_made_by_our_login_gets_his_fields_and_no_mark() {
    check(Case {
        source: SOURCE,
        target: "org acme mark
                 user lur/alice email=old first_name=Al by=us",
        plan: "update users lur/alice /email
               count users marked=0",
        ..Case::default()
    });
}

#[test]
fn a_few_are_named_and_the_others_counted() {
    let people = |email: &str| -> String {
        let line = |n| format!("user lur/u{n} email={email}{n}\nmember acme/lur/u{n}\n");
        (1..=7).map(line).collect()
    };
    check(Case {
        source: &format!("org acme\n{}", people("new")),
        target: &format!("org acme mark\n{}", people("old")),
        plan: "remark users: 7 users of the target differ from the source's and are left as they are, because this tool did not make them: lur/u1 (email), lur/u2 (email), lur/u3 (email), lur/u4 (email), lur/u5 (email), and 2 more",
        ..Case::default()
    });
}

#[test]
fn what_is_equal_out_of_scope_or_another_syncs_is_not_told() {
    check(Case {
        source: "org acme
                 user lur/alice email=a
                 user lur/bob email=new
                 member acme/lur/carol
                 user lur/carol email=new",
        target: "org acme mark
                 user lur/alice email=a
                 user lur/bob email=old
                 member acme/lur/carol
                 user lur/carol email=old mark=1@elsewhere",
        plan: "count users unchanged=2",
        ..Case::default()
    });
}

/// A user without a mark gets no note of what the target made of his address, so that only how alike the two are tells that
/// it was sent before.
#[test]
fn an_address_that_the_target_spells_otherwise_is_not_sent_for_ever() {
    check(Case {
        source: "user lur/alice email=A@B.test
                 user lur/bob email=b@b.test
                 org acme
                 member acme/lur/bob",
        target: "user lur/alice email=a@b.test by=us
                 user lur/bob email=b@b.test mark
                 org acme mark
                 member acme/lur/bob mark",
        plan: "unfinished withheld update users lur/alice /email: the target did not take /email",
        ..Case::default()
    });
}
