//! A fallback owner: he stands in for owners who cannot be on the target, and hands over as soon as they can.

use super::{Case, check};

const FALLBACK: &str = "FALLBACK_OWNER=lur/admin";

#[test]
fn an_organization_whose_owner_cannot_be_there_is_made_with_the_fallback_owner() {
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/ldap/bob roles=["owner"]
                   app acme/shop"#,
        target: "user lur/admin",
        settings: FALLBACK,
        plan: "create consumer_orgs acme noted its owner is lur/admin (FALLBACK_OWNER) until ldap/bob can exist on the target
               create applications acme/shop
               withheld create users ldap/bob: the target has no user registry ldap
               withheld create members acme/ldap/bob: hangs on ldap/bob",
        ..Case::default()
    });
}

#[test]
fn without_the_setting_it_is_withheld() {
    check(Case {
        source: "org acme owner=ldap/bob",
        target: "user lur/admin",
        plan: "withheld create users ldap/bob: the target has no user registry ldap
               withheld create consumer_orgs acme: hangs on ldap/bob",
        ..Case::default()
    });
}

#[test]
fn a_fallback_owner_whom_the_target_does_not_have_is_named_in_the_reason() {
    check(Case {
        source: "org acme owner=ldap/bob
                 app acme/shop",
        settings: FALLBACK,
        plan: "withheld create users ldap/bob: the target has no user registry ldap
               withheld create consumer_orgs acme: the target has no user registry ldap (it has: lur) (`check` says how to add it), and the user lur/admin (FALLBACK_OWNER) is not there either
               withheld create applications acme/shop: hangs on acme",
        ..Case::default()
    });
}

#[test]
fn an_owner_who_can_be_there_is_not_replaced() {
    check(Case {
        source: "org acme owner=ldap/bob",
        target: "registry ldap
                 user lur/admin",
        settings: FALLBACK,
        plan: "create users ldap/bob
               create consumer_orgs acme",
        ..Case::default()
    });
}

#[test]
fn the_difference_is_told_and_nothing_written_as_long_as_the_owner_cannot_be_there() {
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/ldap/bob roles=["owner"]"#,
        target: r#"org acme owner=lur/admin mark
                   member acme/lur/admin roles=["owner"]"#,
        settings: FALLBACK,
        plan: "withheld update consumer_orgs acme /owner: its owner is lur/admin (FALLBACK_OWNER) until ldap/bob can exist on the target
               withheld create users ldap/bob: the target has no user registry ldap
               withheld create members acme/ldap/bob: hangs on ldap/bob
               count members only_on_target=1",
        ..Case::default()
    });
}

#[test]
fn an_organization_that_is_there_never_changes_to_the_fallback_owner() {
    check(Case {
        source: "org acme owner=ldap/bob",
        target: "org acme owner=lur/alice mark
                 user lur/admin",
        settings: FALLBACK,
        plan: "withheld create users ldap/bob: the target has no user registry ldap
               withheld update consumer_orgs acme /owner: hangs on ldap/bob",
        ..Case::default()
    });
}

#[test]
fn the_ownership_is_handed_over_as_soon_as_the_owner_can_be_there() {
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/ldap/bob roles=["owner"]"#,
        target: r#"registry ldap
                   org acme owner=lur/admin mark
                   member acme/lur/admin roles=["owner"]"#,
        settings: FALLBACK,
        plan: "create users ldap/bob
               create members acme/ldap/bob after create ldap/bob
               update consumer_orgs acme /owner after create ldap/bob, create acme/ldap/bob",
        ..Case::default()
    });
}

#[test]
fn a_fallback_owner_who_is_a_member_on_the_source_is_found_and_keeps_his_ownership() {
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/lur/admin roles=["viewer"]"#,
        target: "user lur/admin",
        settings: FALLBACK,
        plan: "create consumer_orgs acme
               create members acme/lur/admin along
               withheld create users ldap/bob: the target has no user registry ldap",
        again: "",
    });
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/lur/admin roles=["viewer"]"#,
        target: r#"org acme owner=lur/admin mark
                   member acme/lur/admin roles=["owner"] mark"#,
        settings: FALLBACK,
        plan: "withheld update consumer_orgs acme /owner: its owner is lur/admin
               withheld create users ldap/bob: the target has no user registry ldap",
        ..Case::default()
    });
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/ldap/bob roles=["owner"]
                   member acme/lur/admin roles=["viewer"]"#,
        target: r#"registry ldap
                   org acme owner=lur/admin mark
                   member acme/lur/admin roles=["owner"] mark"#,
        settings: FALLBACK,
        plan: "create users ldap/bob
               create members acme/ldap/bob after create ldap/bob
               update consumer_orgs acme /owner after create ldap/bob, create acme/ldap/bob
               update members acme/lur/admin /roles after update acme",
        ..Case::default()
    });
}

#[test]
fn the_former_fallback_owner_does_not_keep_an_organization_from_being_deleted() {
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/ldap/bob roles=["owner"]"#,
        target: r#"org acme owner=ldap/bob mark
                   member acme/ldap/bob roles=["owner"] mark
                   member acme/lur/admin roles=["administrator"]
                   org gone owner=ldap/bob mark
                   member gone/lur/admin roles=["administrator"]
                   member gone/ldap/bob mark=gone-bob"#,
        settings: FALLBACK,
        plan: "delete consumer_orgs gone",
        ..Case::default()
    });
}

#[test]
fn he_stays_a_member_where_unmarked_children_are_deleted() {
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/ldap/bob roles=["owner"]"#,
        target: r#"org acme owner=ldap/bob mark
                   member acme/ldap/bob roles=["owner"]
                   member acme/lur/admin roles=["administrator"]
                   member acme/lur/carol roles=["viewer"]"#,
        settings: "FALLBACK_OWNER=lur/admin DELETE_UNMARKED_CHILDREN=true",
        plan: "delete members acme/lur/carol",
        ..Case::default()
    });
}

#[test]
fn a_stand_in_does_not_take_the_ownership_on_the_way_back() {
    check(Case {
        source: r#"org acme owner=lur/admin mark
                   member acme/lur/admin roles=["owner"]"#,
        target: "org acme owner=ldap/bob
                 member acme/ldap/bob
                 user lur/admin",
        settings: FALLBACK,
        plan: "withheld update consumer_orgs acme /owner: lur/admin (FALLBACK_OWNER) only stands in on the source
               create members acme/lur/admin",
        ..Case::default()
    });
}

#[test]
fn a_fallback_owner_is_found_in_other_letters_and_never_mistaken_for_another() {
    let there = "user lur/Admin key=admin";
    let others = "user lur/Other key=other
                  user ad/Admin key=admin";
    let check_owner = |target: &str, plan: &str| {
        check(Case {
            source: "org acme owner=ldap/bob",
            target,
            settings: "FALLBACK_OWNER=lur/ADMIN",
            plan: &format!("{plan}\nwithheld create users ldap/bob: the target has no user registry ldap"),
            ..Case::default()
        });
    };
    check_owner(
        &format!("{others}\n{there}"),
        "create consumer_orgs acme noted its owner is lur/Admin (FALLBACK_OWNER) until ldap/bob can exist on the target",
    );
    check_owner(
        others,
        "withheld create consumer_orgs acme: the target has no user registry ldap (it has: ad, lur) (`check` says how to add it), and the user lur/ADMIN (FALLBACK_OWNER) is not there",
    );
}

#[test]
fn on_the_way_back_he_is_known_by_his_name_and_by_his_account() {
    check(Case {
        source: "org acme owner=lur/admin mark",
        target: "org acme owner=ldap/bob",
        settings: FALLBACK,
        plan: "withheld update consumer_orgs acme /owner: lur/admin (FALLBACK_OWNER) only stands in on the source
               create users lur/admin",
        ..Case::default()
    });
    check(Case {
        source: "user lur/ADMIN key=admin
                 org acme owner=lur/ADMIN mark",
        target: "org acme owner=ldap/bob
                 user lur/admin key=admin",
        settings: FALLBACK,
        plan: "withheld update consumer_orgs acme /owner: lur/ADMIN (FALLBACK_OWNER) only stands in on the source",
        ..Case::default()
    });
}

#[test]
fn only_a_stand_in_is_held_back_and_only_from_originals() {
    check(Case {
        source: "org acme owner=lur/bob mark
                 org copy owner=lur/admin",
        target: "org acme owner=lur/alice
                 org copy owner=lur/alice mark
                 user lur/bob
                 user lur/admin",
        settings: FALLBACK,
        plan: "update consumer_orgs acme /owner
               update consumer_orgs copy /owner",
        ..Case::default()
    });
}

#[test]
fn what_the_server_makes_for_him_is_not_noted_as_the_source_has_it() {
    check(Case {
        source: r#"org acme owner=ldap/bob
                   member acme/lur/admin digest=s1 roles=["viewer"]
                   member acme/lur/carol digest=s2 roles=["viewer"]"#,
        target: "user lur/admin
                 user lur/carol",
        settings: FALLBACK,
        plan: "create consumer_orgs acme
               create members acme/lur/admin along
               create members acme/lur/carol hinted s2
               withheld create users ldap/bob: the target has no user registry ldap",
        again: "",
    });
}
