//! What is created and updated, in which order, and what servers make along with it.

use super::{Case, check};

#[test]
fn a_tree_is_created_from_its_references_down() {
    check(Case {
        source: "org acme
                 member acme/lur/alice
                 member acme/lur/bob
                 app acme/shop
                 credential acme/shop/key secret=hush-1
                 sub acme/shop/petstore:1/gold",
        target: "product petstore:1",
        plan: "create users lur/alice
               create users lur/bob
               create consumer_orgs acme after create lur/alice
               create members acme/lur/alice along after create lur/alice, create acme
               create members acme/lur/bob after create lur/bob, create acme
               create applications acme/shop brings acme/shop/key after create acme
               create credentials acme/shop/key along after create acme/shop
               create subscriptions acme/shop/petstore:1/gold after create acme/shop",
        ..Case::default()
    });
}

#[test]
fn the_first_credential_comes_with_its_app_and_no_credential_is_none() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/a secret=hush-1 at=2
                 credential acme/shop/b secret=hush-2 at=1
                 app acme/none",
        target: "org acme mark",
        plan: "create applications acme/none bare
               create applications acme/shop brings acme/shop/b
               create credentials acme/shop/a
               create credentials acme/shop/b along",
        ..Case::default()
    });
}

#[test]
fn an_app_is_created_as_the_server_does_it_where_credentials_are_excluded() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1",
        target: "org acme mark",
        settings: "EXCLUDE_KINDS=credentials",
        plan: "create applications acme/shop
               count credentials unchanged=0",
        ..Case::default()
    });
}

#[test]
fn what_exists_has_no_place_among_the_needs() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1
                 credential acme/shop/new secret=hush-2",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark",
        plan: "create credentials acme/shop/new marked acme.shop.new@prod
               count credentials source=2 target=1 unchanged=1 managed=1",
        ..Case::default()
    });
}

#[test]
fn the_changed_fields_are_told_with_their_values() {
    check(Case {
        source: r#"org acme title=B summary=s
                   app acme/shop state=disabled redirect_endpoints=["a","b"]"#,
        target: r#"org acme title=A state=enabled mark
                   app acme/shop state=enabled redirect_endpoints=["a"] mark"#,
        plan: r#"update consumer_orgs acme /summary null->s /title A->B
                 update applications acme/shop /redirect_endpoints ["a"]->["a","b"] /state enabled->disabled"#,
        ..Case::default()
    });
}

#[test]
fn a_changed_secret_is_told_without_a_value() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-2",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark",
        plan: "update credentials acme/shop/key /client_secret_hashed (secret)->(secret)",
        ..Case::default()
    });
}

#[test]
fn a_secret_that_nobody_can_read_is_reported_and_the_rest_carried() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key title=new
                 credential acme/shop/new",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key title=old secret=hush-1 mark",
        plan: "update credentials acme/shop/key /title
               create credentials acme/shop/new
               withheld update credentials acme/shop/key: the source shows neither the secret nor its hash
               withheld create credentials acme/shop/new: the source shows neither the secret nor its hash",
        ..Case::default()
    });
}

#[test]
fn a_secret_that_the_target_hides_is_written() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1 title=a",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key title=b mark",
        plan: "update credentials acme/shop/key /client_secret_hashed /title",
        ..Case::default()
    });
}

#[test]
fn a_product_that_the_target_lacks_withholds_the_subscription() {
    check(Case {
        source: "org acme
                 app acme/shop
                 sub acme/shop/petstore:1/gold",
        target: "org acme mark
                 app acme/shop mark
                 product petstore:2",
        plan: "withheld create subscriptions acme/shop/petstore:1/gold: the target has no Product petstore:1",
        ..Case::default()
    });
}

#[test]
fn a_registry_that_the_target_lacks_withholds_what_needs_it() {
    check(Case {
        source: "org acme owner=ldap/bob
                 app acme/shop
                 org other
                 member other/ldap/bob",
        target: "org other mark",
        plan: "withheld create users ldap/bob: the target has no user registry ldap (it has: lur)
               withheld create consumer_orgs acme: hangs on ldap/bob
               withheld create applications acme/shop: hangs on acme
               withheld create members other/ldap/bob: hangs on ldap/bob",
        ..Case::default()
    });
}

#[test]
fn an_owner_who_is_not_to_be_seen_withholds_the_organization() {
    check(Case {
        source: "user ldap/bob unlisted
                 org acme owner=ldap/bob",
        target: "",
        plan: "withheld create consumer_orgs acme: its owner was not found on the source",
        ..Case::default()
    });
}

#[test]
fn users_count_only_where_somebody_in_scope_refers_to_them() {
    check(Case {
        source: "user lur/nobody email=new
                 org acme
                 member acme/lur/bob
                 org other owner=lur/dave
                 member other/lur/erin",
        target: "user lur/nobody email=old
                 org acme mark",
        settings: "EXCLUDE_CONSUMER_ORGS=other",
        plan: "create users lur/bob
               create members acme/lur/bob
               count users source=2 target=1",
        ..Case::default()
    });
}

#[test]
fn what_came_with_an_app_and_was_not_completed_becomes_its_first_credential_without_a_partner() {
    let source = "org acme
                  app acme/shop
                  credential acme/shop/a secret=hush-1 at=3
                  credential acme/shop/b secret=hush-2 at=2
                  credential acme/shop/c secret=hush-3 at=1";
    let target = "org acme mark
                  app acme/shop mark
                  credential acme/shop/c secret=hush-3 mark
                  credential acme/shop/configsync-unused-1 secret=random mark=acme.shop@";
    check(Case {
        source,
        target,
        plan: "create credentials acme/shop/a
               update credentials acme/shop/b /client_id /client_secret_hashed /metadata/source_id",
        ..Case::default()
    });
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/c secret=hush-3",
        target,
        plan: "delete credentials acme/shop/configsync-unused-1",
        ..Case::default()
    });
}

/// It is known by its client id, so it proves nothing about what the server stores.
#[test]
fn what_came_with_an_app_does_not_make_a_server_store_marks() {
    check(Case {
        source: "org acme
                 app acme/one
                 app acme/two
                 credential acme/one/a secret=hush-1",
        target: "org acme mark
                 app acme/one mark
                 credential acme/one/configsync-unused-1 secret=random mark=acme.one@
                 app acme/two mark
                 credential acme/two/old secret=hush-2",
        settings: "DELETE_UNMARKED_CHILDREN=true",
        plan: "update credentials acme/one/a /client_id /client_secret_hashed /metadata/source_id
               delete credentials acme/two/old",
        ..Case::default()
    });
}

#[test]
fn the_credential_that_comes_with_an_app_goes_before_its_siblings() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/a secret=hush-1 at=2
                 credential acme/shop/b secret=hush-2 at=1",
        target: "org acme mark",
        plan: "create applications acme/shop
               create credentials acme/shop/b after create acme/shop
               create credentials acme/shop/a after create acme/shop, create acme/shop/b",
        ..Case::default()
    });
}

#[test]
fn a_person_whom_another_sync_keeps_up_to_date_is_left_to_it() {
    check(Case {
        source: "org acme
                 user lur/alice email=new",
        target: "org acme mark
                 user lur/alice email=old mark=1@elsewhere",
        plan: "count users unchanged=1",
        ..Case::default()
    });
}
