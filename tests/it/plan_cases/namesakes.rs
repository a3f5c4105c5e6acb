//! Source objects that the target takes for one: people whose names differ in case alone, and the same thing twice.

use super::{Case, check};

const TWO_BOBS: &str = r#"user oidc/Bob key=bob at=1 email=senior@x
                          user oidc/bob key=bob at=2 email=junior@x
                          org senior owner=oidc/Bob
                          org junior owner=oidc/bob
                          org acme
                          member acme/oidc/Bob roles=["administrator"]
                          member acme/oidc/bob roles=["viewer"]"#;

const JUNIOR_STAYS: &str = "unfinished withheld create users oidc/bob: user oidc/bob and user oidc/Bob are one to the target: user oidc/Bob is carried
    unfinished withheld create consumer_orgs junior: hangs on oidc/bob
    unfinished withheld create members acme/oidc/bob: user oidc/bob and user oidc/Bob are one to the target";

#[test]
fn the_one_made_first_is_carried_where_the_target_has_neither() {
    let plan = format!(
        "create users oidc/Bob
         create users lur/alice
         create consumer_orgs senior
         create consumer_orgs acme
         create members acme/oidc/Bob
         {JUNIOR_STAYS}"
    );
    check(Case { source: TWO_BOBS, target: "registry oidc", plan: &plan, ..Case::default() });
    check(Case {
        source: TWO_BOBS,
        target: "registry oidc",
        plan: &plan.replace("is carried", "is carried (it was made first)"),
        ..Case::default()
    });
}

/// Whose mark is there, whose spelling, whose e-mail: each decides only where what goes before does not.
#[test]
fn whose_the_one_on_the_target_is_shows_by_mark_then_spelling_then_e_mail() {
    let seniors = [
        ("user oidc/bob key=bob mark=oidc/Bob email=junior@x", true),
        ("user oidc/bob key=bob mark=oidc/Bob@ email=junior@x", true),
        ("user oidc/Bob key=bob email=junior@x", false),
        ("user oidc/BOB key=bob email=Senior@x", false),
    ];
    for (bob, is_ours) in seniors {
        let update = if is_ours { "update users oidc/Bob /email" } else { "" };
        check(Case {
            source: TWO_BOBS,
            target: &format!("{bob}\norg acme mark"),
            plan: &format!(
                "{update}
                 create consumer_orgs senior
                 create members acme/oidc/Bob
                 {JUNIOR_STAYS}"
            ),
            ..Case::default()
        });
    }
    check(Case {
        source: TWO_BOBS,
        target: "user oidc/bob key=bob mark=oidc/Bob@elsewhere email=senior@x
                 org acme mark",
        plan: "create consumer_orgs junior
               create members acme/oidc/bob
               withheld create users oidc/Bob: user oidc/Bob and user oidc/bob are one to the target: user oidc/bob is carried (the target spells it so)
               withheld create consumer_orgs senior: hangs on oidc/Bob
               withheld create members acme/oidc/Bob: user oidc/Bob and user oidc/bob are one",
        ..Case::default()
    });
}

#[test]
fn nobody_is_carried_where_nothing_tells_whose_the_one_on_the_target_is() {
    check(Case {
        source: TWO_BOBS,
        target: "user oidc/BOB key=bob email=other@x
                 org acme mark",
        plan: "withheld create users oidc/Bob: user oidc/Bob and oidc/bob are one to the target, and nothing tells whose user oidc/BOB there is
               withheld create users oidc/bob: user oidc/Bob and oidc/bob are one to the target, and nothing tells whose user oidc/BOB there is
               withheld create consumer_orgs senior: hangs on oidc/Bob
               withheld create consumer_orgs junior: hangs on oidc/bob
               withheld create members acme/oidc/Bob: user oidc/Bob and oidc/bob are one
               withheld create members acme/oidc/bob: user oidc/Bob and oidc/bob are one
               count users only_on_target=0",
        ..Case::default()
    });
}

/// The second one's membership is not taken for the first one's, whatever it bears, and is not removed for lack of a mark.
#[test]
fn the_membership_of_one_is_never_that_of_the_other() {
    check(Case {
        source: r#"user oidc/Bob key=bob at=1
                   user oidc/bob key=bob at=2
                   org senior owner=oidc/Bob
                   org acme
                   member acme/oidc/bob roles=["viewer"]"#,
        target: r#"user oidc/Bob key=bob mark
                   org senior owner=oidc/Bob mark
                   org acme mark
                   member acme/oidc/Bob roles=["administrator"]"#,
        settings: "DELETE_UNMARKED_CHILDREN=true",
        plan: "withheld create users oidc/bob: user oidc/bob and user oidc/Bob are one
               withheld create members acme/oidc/bob: user oidc/bob and user oidc/Bob are one
               count members only_on_target=0",
        ..Case::default()
    });
    check(Case {
        source: TWO_BOBS,
        target: r#"user oidc/Bob key=bob mark email=senior@x
                   org senior owner=oidc/Bob mark
                   org acme mark
                   member acme/oidc/Bob roles=["administrator"] mark=acme/oidc/bob"#,
        plan: &format!("update members acme/oidc/Bob /metadata/source_id\n{JUNIOR_STAYS}"),
        ..Case::default()
    });
}

/// A handover to the second one holds back the owner alone.
#[test]
fn an_organization_is_not_handed_to_a_namesake() {
    check(Case {
        source: "user oidc/Bob key=bob at=1
                 user oidc/bob key=bob at=2
                 org senior owner=oidc/Bob
                 org acme owner=oidc/bob title=new",
        target: "user oidc/Bob key=bob mark
                 org senior owner=oidc/Bob mark
                 org acme owner=lur/alice title=old mark",
        plan: "update consumer_orgs acme /title
               withheld update consumer_orgs acme /owner: hangs on oidc/bob
               withheld create users oidc/bob: user oidc/bob and user oidc/Bob are one",
        ..Case::default()
    });
}

#[test]
fn somebody_whom_nothing_in_scope_names_is_in_nobodys_way() {
    let source = "user oidc/Bob key=bob at=1
                  user oidc/bob key=bob at=2
                  org junior owner=oidc/bob";
    check(Case {
        source,
        target: "registry oidc",
        plan: "create users oidc/bob
               create consumer_orgs junior",
        ..Case::default()
    });
    check(Case {
        source,
        target: "user oidc/Bob key=bob mark",
        plan: "withheld create users oidc/bob: user oidc/bob and user oidc/Bob are one
               withheld create consumer_orgs junior: hangs on oidc/bob",
        ..Case::default()
    });
}

#[test]
fn of_one_subscription_twice_one_is_carried() {
    let source = "org acme
                  app acme/shop
                  sub acme/shop/petstore:1/gold id=s1 at=2
                  sub acme/shop/petstore:1/gold id=s2 at=1";
    let told = "withheld create subscriptions acme/shop/petstore:1/gold: subscription acme/shop/petstore:1/gold (id s1) \
                and subscription acme/shop/petstore:1/gold (id s2) are one to the target";
    check(Case {
        source,
        target: "org acme mark
                 app acme/shop mark
                 product petstore:1",
        plan: &format!("create subscriptions acme/shop/petstore:1/gold marked s2@prod\n{told}"),
        ..Case::default()
    });
    check(Case {
        source,
        target: "org acme mark
                 app acme/shop mark
                 sub acme/shop/petstore:1/gold mark=s2",
        plan: told,
        ..Case::default()
    });
}
