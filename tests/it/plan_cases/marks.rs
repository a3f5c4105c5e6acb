//! Marks of other syncs, of the vendor's tool, doubled and stale ones.

use super::{Case, check};

#[test]
fn what_another_sync_made_is_never_touched() {
    check(Case {
        source: "",
        target: "org acme mark=gone@elsewhere
                 app acme/shop mark=gone@elsewhere",
        plan: "count consumer_orgs only_on_target=1 managed=0 marked=0
               count applications only_on_target=1
               marks seen=0 resolved=0
               approved",
        ..Case::default()
    });
}

#[test]
fn a_clash_with_another_sync_is_a_conflict_even_where_all_is_adopted() {
    check(Case {
        source: "org acme
                 app acme/shop",
        target: "org acme mark=acme@elsewhere
                 app acme/shop mark=acme/shop@elsewhere",
        settings: "ADOPT=all",
        plan: "withheld create consumer_orgs acme: consumer organization acme belongs to another sync
               withheld create applications acme/shop: hangs on acme",
        ..Case::default()
    });
}

#[test]
fn a_clash_by_natural_key_is_a_conflict_too() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1
                 sub acme/shop/petstore:1/gold",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark=1@elsewhere
                 sub acme/shop/petstore:1/gold mark=2@elsewhere",
        plan: "withheld create credentials acme/shop/key: credential acme/shop/key belongs to another sync
               withheld create subscriptions acme/shop/petstore:1/gold: subscription acme/shop/petstore:1/gold belongs",
        ..Case::default()
    });
}

#[test]
fn what_another_sync_made_is_not_updated_through_a_reverse_mark() {
    check(Case {
        source: "org acme title=new mark",
        target: "org acme title=old mark=1@elsewhere",
        plan: "withheld update consumer_orgs acme /title: consumer organization acme belongs to another sync",
        ..Case::default()
    });
}

#[test]
fn what_another_sync_made_blocks_the_deletion_of_what_it_lives_in() {
    check(Case {
        source: "org other",
        target: "org other mark
                 org acme mark
                 app acme/shop mark=1@elsewhere",
        plan: "withheld delete consumer_orgs acme: the source has deleted it, but under it the target has what the source never had: acme/shop",
        ..Case::default()
    });
}

#[test]
fn the_vendors_marks_are_ours_and_get_the_second_key_with_the_next_change() {
    check(Case {
        source: "org acme
                 org other title=new",
        target: "org acme mark=@
                 org other title=old mark=@
                 org third mark=gone@",
        plan: "update consumer_orgs other /title marked other@prod
               withheld delete consumer_orgs third: the source has nothing that its `source_id` leads to
               marks seen=0 resolved=0",
        ..Case::default()
    });
}

#[test]
fn of_two_with_one_mark_the_first_made_is_used_and_the_other_left_alone() {
    check(Case {
        source: "org acme
                 app acme/shop id=1 title=new",
        target: "org acme mark
                 app acme/a id=late at=2 title=old mark=1
                 app acme/b id=early at=1 title=old mark=1",
        plan: "update applications acme/shop /name /title
               withheld update applications acme/a: app acme/a bears the same mark as acme/b (id t-early), which was made first
               count applications only_on_target=0",
        ..Case::default()
    });
}

#[test]
fn what_lies_below_a_second_bearer_of_a_mark_is_left_alone_too() {
    check(Case {
        source: "org acme id=1",
        target: "org acme at=1 mark=1
                 org copy at=2 mark=1
                 app copy/shop mark=gone
                 credential copy/shop/key secret=hush-1 mark=gone",
        plan: "withheld update consumer_orgs copy: consumer organization copy bears the same mark as acme",
        ..Case::default()
    });
}

#[test]
fn a_mark_in_the_wrong_place_is_a_conflict() {
    check(Case {
        source: "org acme
                 org other
                 app acme/shop",
        target: "org acme mark
                 org other mark
                 app other/shop mark=acme/shop",
        plan: "create applications acme/shop
               withheld update applications other/shop: app other/shop bears the mark of acme/shop, but stands outside acme",
        ..Case::default()
    });
}

#[test]
fn a_stale_mark_on_the_source_is_ignored() {
    check(Case {
        source: "org acme mark=gone
                 org other mark=gone",
        target: "org acme mark",
        plan: "create consumer_orgs other",
        ..Case::default()
    });
}

#[test]
fn a_source_mark_of_another_catalog_is_no_reverse_mark() {
    check(Case {
        source: "org acme mark=9@elsewhere",
        target: "org old id=9",
        plan: "create consumer_orgs acme",
        ..Case::default()
    });
}

#[test]
fn a_missing_mark_alone_is_no_reason_to_write_and_a_stale_one_is() {
    check(Case {
        source: r#"org acme
                   member acme/lur/bob id=1 roles=["viewer"]
                   member acme/lur/carol id=2 roles=["viewer"]"#,
        target: r#"org acme mark
                   member acme/lur/bob roles=["viewer"]
                   member acme/lur/carol roles=["viewer"] mark=gone"#,
        plan: "update members acme/lur/carol /metadata/source_id marked 2@prod",
        ..Case::default()
    });
}

#[test]
fn users_whom_the_tool_did_not_create_get_no_mark_and_no_field() {
    check(Case {
        source: "org acme
                 user lur/alice email=new
                 member acme/lur/bob",
        target: "org acme mark
                 user lur/alice email=old",
        plan: "create users lur/bob marked lur.bob@prod
               create members acme/lur/bob marked acme.lur.bob@prod",
        ..Case::default()
    });
}

#[test]
fn marks_are_counted_by_whether_they_lead_somewhere() {
    check(Case {
        source: "org acme
                 app acme/shop",
        target: "org acme mark
                 app acme/shop mark
                 app acme/old mark
                 org foreign mark=1@elsewhere",
        plan: "delete applications acme/old
               marks seen=3 resolved=2",
        ..Case::default()
    });
}

#[test]
fn a_doubled_mark_is_told_once_and_only_where_it_is_of_concern() {
    let source = "org acme id=1
                  app acme/shop id=2";
    let target = "org acme at=1 mark=1
                  app acme/shop at=1 mark=2
                  org copy at=2 mark=1
                  app copy/shop at=2 mark=2";
    check(Case {
        source,
        target,
        plan: "withheld update consumer_orgs copy: consumer organization copy bears the same mark as acme",
        ..Case::default()
    });
    check(Case { source, target, settings: "EXCLUDE_CONSUMER_ORGS=copy", plan: "", ..Case::default() });
    check(Case {
        source,
        target: &target.replace("org copy at=2 mark=1", "org copy"),
        settings: "EXCLUDE_KINDS=applications",
        plan: "",
        ..Case::default()
    });
}
