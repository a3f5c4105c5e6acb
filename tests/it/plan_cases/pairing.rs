//! Which target object answers to which source object.

use super::{Case, check};

#[test]
fn a_mark_pairs_whatever_the_names() {
    check(Case {
        source: "org new id=1
                 app new/mobile id=2",
        target: "org old mark=1
                 app old/shop mark=2",
        plan: "update consumer_orgs new /name
               update applications new/mobile /name",
        ..Case::default()
    });
}

#[test]
fn a_mark_goes_before_a_reverse_mark_and_that_before_a_name() {
    check(Case {
        source: "org acme id=1 mark=2
                 org born id=3 mark=4",
        target: "org one mark=1
                 org two id=2
                 org three id=4
                 org born id=5",
        plan: "update consumer_orgs acme /name
               withheld update consumer_orgs born /name: name born is held on the target by consumer organization born, which stays
               count consumer_orgs only_on_target=2",
        ..Case::default()
    });
}

#[test]
fn a_copy_finds_its_original_by_reverse_mark_and_the_original_gets_none() {
    check(Case {
        source: "org acme mark
                 app acme/shop title=new mark=acme/old",
        target: "org acme
                 app acme/old title=old",
        plan: "update applications acme/shop /name /title",
        ..Case::default()
    });
    check(Case {
        source: "org acme title=new mark",
        target: "org acme title=old meta.team=a",
        plan: "update consumer_orgs acme /title",
        ..Case::default()
    });
}

#[test]
fn an_original_whose_metadata_changes_is_written_without_a_mark() {
    check(Case {
        source: "org acme meta.team=b mark",
        target: "org acme meta.team=a",
        plan: r#"update consumer_orgs acme /metadata/team writes {"team":"b"}"#,
        ..Case::default()
    });
    check(Case {
        source: "org acme meta.team=b",
        target: "org acme meta.team=a mark",
        plan: "update consumer_orgs acme /metadata/team marked acme@prod",
        ..Case::default()
    });
}

#[test]
fn a_reverse_run_and_then_a_forward_one_find_nothing_to_do() {
    check(Case {
        source: "org acme title=A
                 app acme/shop
                 credential acme/shop/key secret=hush-1",
        target: "org acme title=A mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark",
        plan: "count applications unchanged=1",
        ..Case::default()
    });
    check(Case {
        source: "org acme title=A mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark",
        target: "org acme title=A
                 app acme/shop
                 credential acme/shop/key secret=hush-1",
        plan: "count applications unchanged=1",
        ..Case::default()
    });
}

#[test]
fn users_answer_to_their_registry_and_name() {
    check(Case {
        source: "org acme owner=lur/alice
                 user lur/alice id=1 email=new",
        target: "org acme owner=lur/alice mark
                 user lur/alice id=9 email=old by=us
                 user lur/1 id=1 email=old",
        plan: "update users lur/alice /email",
        ..Case::default()
    });
}

#[test]
fn users_whose_names_differ_in_case_are_one_where_the_registry_says_so() {
    check(Case {
        source: "user lur/Alice key=alice
                 org acme owner=lur/Alice
                 member acme/lur/Alice",
        target: "user lur/alice key=alice
                 org acme owner=lur/alice mark
                 member acme/lur/alice",
        plan: "count members unchanged=1",
        ..Case::default()
    });
    check(Case {
        source: "org acme owner=lur/Alice",
        target: "org acme owner=lur/alice mark",
        plan: "create users lur/Alice
               update consumer_orgs acme /owner",
        ..Case::default()
    });
}

#[test]
fn members_credentials_and_subscriptions_answer_to_their_natural_keys() {
    check(Case {
        source: r#"org acme
                   member acme/lur/bob id=1 roles=["developer"]
                   app acme/shop
                   credential acme/shop/key id=2 secret=hush-1 title=new
                   sub acme/shop/petstore:1/gold id=3 state=disabled"#,
        target: r#"org acme mark
                   member acme/lur/bob id=7 roles=["viewer"]
                   app acme/shop mark
                   credential acme/shop/key id=8 secret=hush-1 title=old
                   sub acme/shop/petstore:1/gold id=9 state=enabled"#,
        plan: "update members acme/lur/bob /roles marked 1@prod
               update credentials acme/shop/key /title marked 2@prod
               update subscriptions acme/shop/petstore:1/gold /state marked 3@prod",
        ..Case::default()
    });
}

#[test]
fn natural_keys_count_only_below_partners() {
    check(Case {
        source: "org acme
                 app acme/shop
                 app acme/mobile
                 sub acme/shop/petstore:1/gold",
        target: "org acme mark
                 app acme/shop mark
                 app acme/mobile mark
                 sub acme/mobile/petstore:1/gold",
        plan: "create subscriptions acme/shop/petstore:1/gold
               count subscriptions only_on_target=1",
        ..Case::default()
    });
}

#[test]
fn what_was_made_again_under_its_name_is_marked_again() {
    check(Case {
        source: "org acme id=2
                 app acme/shop id=4
                 credential acme/shop/key secret=hush-1",
        target: "org acme mark=1
                 app acme/shop mark=3
                 credential acme/shop/key secret=hush-1 mark=5",
        plan: "update consumer_orgs acme /metadata/source_id marked 2@prod
               update applications acme/shop /metadata/source_id marked 4@prod
               update credentials acme/shop/key /metadata/source_id marked acme.shop.key@prod",
        ..Case::default()
    });
}

#[test]
fn what_the_vendors_tool_marked_is_marked_again_too() {
    check(Case {
        source: "org acme id=2",
        target: "org acme mark=1@",
        plan: "update consumer_orgs acme /metadata/source_id marked 2@prod",
        ..Case::default()
    });
}

#[test]
fn a_re_mark_needs_the_same_name_below_a_partner() {
    check(Case {
        source: "org acme
                 org other
                 app other/shop id=2",
        target: "org acme mark
                 org other mark
                 app acme/shop mark=1",
        plan: "create applications other/shop
               delete applications acme/shop",
        ..Case::default()
    });
}

#[test]
fn an_unmarked_namesake_is_a_conflict_with_all_below_it() {
    check(Case {
        source: "org acme
                 member acme/lur/bob
                 app acme/shop
                 credential acme/shop/key secret=hush-1",
        target: "org acme
                 app acme/other",
        plan: "withheld create users lur/bob: hangs on acme/lur/bob, which is withheld
               withheld create consumer_orgs acme: consumer organization acme exists on the target without a mark: ADOPT
               withheld create members acme/lur/bob: hangs on acme, which is withheld
               withheld create applications acme/shop: hangs on acme, which is withheld
               withheld create credentials acme/shop/key: hangs on acme/shop, which is withheld
               count consumer_orgs only_on_target=0
               count applications only_on_target=0",
        ..Case::default()
    });
}

#[test]
fn adoption_takes_over_all_or_what_is_listed() {
    let (source, target) = (
        "org acme
         app acme/shop title=new
         app acme/mobile
         org other
         app other/shop",
        "org acme
         app acme/shop title=old
         app acme/mobile
         app acme/own
         org other
         app other/shop",
    );
    check(Case {
        source,
        target,
        settings: "ADOPT=all",
        plan: "update consumer_orgs acme /metadata/source_id marked acme@prod
               update applications acme/mobile /metadata/source_id marked acme.mobile@prod
               update applications acme/shop /title /metadata/source_id marked acme.shop@prod
               update consumer_orgs other /metadata/source_id marked other@prod
               update applications other/shop /metadata/source_id marked other.shop@prod
               count applications only_on_target=1",
        ..Case::default()
    });
    check(Case {
        source,
        target,
        settings: "ADOPT=acme",
        plan: "update consumer_orgs acme /metadata/source_id
               update applications acme/mobile /metadata/source_id
               update applications acme/shop /title /metadata/source_id
               withheld create consumer_orgs other: consumer organization other exists
               withheld create applications other/shop: hangs on other",
        ..Case::default()
    });
}

#[test]
fn an_app_alone_can_be_adopted() {
    check(Case {
        source: "org acme
                 app acme/shop
                 app acme/mobile",
        target: "org acme mark
                 app acme/shop
                 app acme/mobile",
        settings: "ADOPT=acme/shop",
        plan: "update applications acme/shop /metadata/source_id
               withheld create applications acme/mobile: app acme/mobile exists on the target without a mark",
        ..Case::default()
    });
}

#[test]
fn one_target_object_answers_to_one_source_object() {
    check(Case {
        source: "org one mark=9
                 org two mark=9",
        target: "org old id=9",
        plan: "update consumer_orgs one /name
               create consumer_orgs two",
        ..Case::default()
    });
}

#[test]
fn a_name_with_a_slash_is_one_part_of_an_address() {
    check(Case {
        source: "org a%2Fb title=new
                 app a%2Fb/100%25",
        target: "org a%2Fb title=old mark",
        plan: "update consumer_orgs a%2Fb /title
               create applications a%2Fb/100%25",
        ..Case::default()
    });
}
