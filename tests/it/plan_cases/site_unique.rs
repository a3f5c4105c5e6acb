//! E-mail addresses of which a site gives no two people the same.

use super::{Case, check};

const TOLD: &str = "its e-mail one@x (email) is that of user lur/two on the target";

#[test]
fn a_new_user_whose_address_is_somebody_elses_waits_with_all_that_needs_him() {
    for two in ["one@x", "ONE@x"] {
        check(Case {
            source: "user lur/one email=one@x
                     org acme owner=lur/one
                     org other
                     member other/lur/one",
            target: &format!("user lur/two email={two}\norg other mark"),
            plan: &format!(
                "withheld create users lur/one: {TOLD}
                 withheld create consumer_orgs acme: hangs on lur/one
                 withheld create members other/lur/one: hangs on lur/one"
            ),
            ..Case::default()
        });
    }
}

#[test]
fn a_change_to_somebody_elses_address_holds_back_that_alone() {
    check(Case {
        source: "user lur/one email=one@x first_name=new
                 org acme owner=lur/one",
        target: "user lur/one email=old@x first_name=old mark
                 user lur/two email=one@x
                 org acme owner=lur/one mark",
        plan: &format!(
            "update users lur/one /first_name
             unfinished withheld update users lur/one /email: {TOLD}"
        ),
        ..Case::default()
    });
    check(Case {
        source: "user lur/one email=One@x
                 org acme owner=lur/one",
        target: "user lur/one email=one@x mark
                 org acme owner=lur/one mark",
        plan: "update users lur/one /email",
        ..Case::default()
    });
}

/// An address that passes on is given up first; two cannot change places.
#[test]
fn an_address_that_is_given_up_in_the_same_run_is_waited_for() {
    let target = "user lur/two email=one@x mark
                  org acme owner=lur/two mark";
    check(Case {
        source: "user lur/one email=one@x
                 user lur/two email=two@x
                 org acme owner=lur/two
                 member acme/lur/one",
        target,
        plan: "update users lur/two /email
               create users lur/one after update lur/two
               create members acme/lur/one after create lur/one",
        ..Case::default()
    });
    check(Case {
        source: "user lur/one email=one@x
                 user lur/two email=two@x
                 org acme owner=lur/two
                 member acme/lur/one",
        target: &target.replace("one@x mark", "one@x"),
        plan: &format!(
            "withheld create users lur/one: {TOLD}
             withheld create members acme/lur/one: hangs on lur/one"
        ),
        ..Case::default()
    });
    check(Case {
        source: "user lur/one email=one@x
                 user lur/two email=two@x
                 org acme owner=lur/two
                 member acme/lur/one",
        target: "user lur/one email=two@x mark
                 user lur/two email=one@x mark
                 org acme owner=lur/two mark
                 member acme/lur/one mark",
        plan: &format!(
            "withheld update users lur/one /email: {TOLD}
             withheld update users lur/two /email: its e-mail two@x (email) is that of user lur/one"
        ),
        ..Case::default()
    });
}

/// A side that shows one address twice is no site that forbids it.
#[test]
fn nothing_is_held_back_where_addresses_are_seen_to_repeat() {
    check(Case {
        source: "user lur/one email=one@x
                 user ldap/one email=one@x
                 org acme owner=ldap/one",
        target: "registry ldap
                 user lur/one email=one@x",
        plan: "create users ldap/one
               create consumer_orgs acme",
        ..Case::default()
    });
    check(Case {
        source: "user lur/one email=one@x
                 org acme owner=lur/one",
        target: "user lur/two email=one@x
                 user lur/three email=one@x",
        plan: "create users lur/one
               create consumer_orgs acme",
        ..Case::default()
    });
}
