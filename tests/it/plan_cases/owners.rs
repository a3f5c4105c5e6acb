//! Owners: only a member can become one, and an owner's member cannot go.

use super::{Case, check};

#[test]
fn the_new_owner_is_made_a_member_first() {
    check(Case {
        source: r#"org acme owner=lur/bob
                   member acme/lur/alice roles=["viewer"]
                   member acme/lur/bob roles=["owner"]"#,
        target: r#"org acme owner=lur/alice mark
                   member acme/lur/alice roles=["owner"] mark"#,
        plan: "create users lur/bob
               create members acme/lur/bob after create lur/bob
               update consumer_orgs acme /owner after create lur/bob, create acme/lur/bob
               update members acme/lur/alice /roles after update acme",
        ..Case::default()
    });
}

#[test]
fn a_member_becomes_owner_and_his_roles_follow_from_that() {
    check(Case {
        source: r#"org acme owner=lur/bob
                   member acme/lur/alice roles=["viewer"]
                   member acme/lur/bob roles=["owner"]"#,
        target: r#"org acme owner=lur/alice mark
                   member acme/lur/alice roles=["owner"] mark
                   member acme/lur/bob roles=["viewer"] mark"#,
        plan: "update consumer_orgs acme /owner
               update members acme/lur/alice /roles after update acme",
        again: "",
        ..Case::default()
    });
}

#[test]
fn an_old_owner_goes_after_the_transfer() {
    check(Case {
        source: "org acme owner=lur/bob
                 member acme/lur/bob",
        target: "org acme owner=lur/alice mark
                 member acme/lur/alice mark
                 member acme/lur/bob mark",
        plan: "update consumer_orgs acme /owner
               delete members acme/lur/alice after update acme",
        ..Case::default()
    });
}

#[test]
fn an_owners_member_stays_as_long_as_he_is_the_owner() {
    check(Case {
        source: "org acme owner=-
                 member acme/lur/bob",
        target: "org acme owner=lur/alice mark
                 member acme/lur/alice mark
                 member acme/lur/bob mark",
        plan: "withheld delete members acme/lur/alice: it belongs to the owner, who can go only when the ownership has been transferred",
        ..Case::default()
    });
}

#[test]
fn an_owner_who_cannot_be_made_holds_back_his_field_alone() {
    check(Case {
        source: "org acme owner=ldap/bob title=new",
        target: "org acme owner=lur/alice title=old mark",
        plan: "update consumer_orgs acme /title
               withheld create users ldap/bob: the target has no user registry ldap
               withheld update consumer_orgs acme /owner: hangs on ldap/bob",
        ..Case::default()
    });
}

#[test]
fn an_old_owner_stays_where_the_new_one_cannot_be_made() {
    check(Case {
        source: "org acme owner=ldap/bob
                 member acme/ldap/bob",
        target: "org acme owner=lur/alice mark
                 member acme/lur/alice mark",
        plan: "withheld create users ldap/bob: the target has no user registry ldap
               withheld update consumer_orgs acme /owner: hangs on ldap/bob
               withheld create members acme/ldap/bob: hangs on ldap/bob
               withheld delete members acme/lur/alice: it belongs to the owner",
        ..Case::default()
    });
}

#[test]
fn an_old_owner_stays_where_the_organizations_own_change_is_withheld() {
    check(Case {
        source: "org acme id=1 owner=lur/bob
                 member acme/lur/bob",
        target: "org old owner=lur/alice mark=1 by=us
                 member old/lur/alice mark=gone
                 member old/lur/bob mark=acme/lur/bob
                 org acme",
        plan: "withheld update consumer_orgs acme /name /owner: name acme is held on the target
               withheld delete members old/lur/alice: it belongs to the owner",
        ..Case::default()
    });
}

#[test]
fn nobody_becomes_owner_whose_membership_is_withheld() {
    check(Case {
        source: "org acme owner=lur/bob title=new
                 member acme/lur/alice
                 member acme/lur/bob",
        target: "gap members acme
                 org acme owner=lur/alice title=old mark
                 member acme/lur/alice mark
                 user lur/bob",
        plan: "update consumer_orgs acme /title
               withheld update consumer_orgs acme /owner: hangs on acme/lur/bob
               withheld create members acme/lur/bob: the target list of members is incomplete",
        ..Case::default()
    });
}

#[test]
fn a_new_owner_in_another_registry_needs_no_detour() {
    check(Case {
        source: "org acme owner=ldap/bob
                 member acme/ldap/bob",
        target: "registry ldap
                 org acme owner=lur/alice mark
                 member acme/lur/alice mark",
        plan: "create users ldap/bob
               create members acme/ldap/bob after create ldap/bob
               update consumer_orgs acme /owner after create ldap/bob, create acme/ldap/bob
               delete members acme/lur/alice after update acme",
        ..Case::default()
    });
}

#[test]
fn a_member_whose_user_has_a_new_name_is_another_member() {
    check(Case {
        source: "org acme
                 member acme/lur/robert id=1",
        target: "org acme mark
                 member acme/lur/bob mark=1",
        plan: "create users lur/robert
               create members acme/lur/robert
               delete members acme/lur/bob",
        ..Case::default()
    });
}

#[test]
fn nobody_becomes_owner_who_cannot_be_made_a_member() {
    let hindrances = [
        ("", "member acme/lur/bob mark=1@elsewhere", "belongs to another sync"),
        ("pending", "", "waits for approval on the source"),
        ("\ngap members acme", "", "the source list of members is incomplete"),
    ];
    for (source, target, reason) in hindrances {
        let reason = match reason {
            "belongs to another sync" => format!("member acme/lur/bob {reason}"),
            reason => reason.to_owned(),
        };
        check(Case {
            source: &format!("org acme owner=lur/bob\nmember acme/lur/bob {source}"),
            target: &format!("org acme owner=lur/alice mark\nuser lur/bob\n{target}"),
            plan: &format!(
                "withheld update consumer_orgs acme /owner: hangs on acme/lur/bob
                 withheld create members acme/lur/bob: {reason}"
            ),
            ..Case::default()
        });
    }
}

#[test]
fn the_transfer_waits_for_no_change_of_the_new_owner() {
    check(Case {
        source: r#"org acme owner=lur/bob
                   member acme/lur/alice roles=["viewer"]
                   member acme/lur/bob roles=["owner"]"#,
        target: r#"org acme owner=lur/alice mark
                   member acme/lur/alice roles=["owner"] mark
                   member acme/lur/bob roles=["viewer"] mark=gone"#,
        plan: "update consumer_orgs acme /owner
               update members acme/lur/bob /metadata/source_id
               update members acme/lur/alice /roles after update acme",
        ..Case::default()
    });
}
