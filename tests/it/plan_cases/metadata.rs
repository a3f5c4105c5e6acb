//! Free metadata: copied, later changes carried, the target's own keys kept.

use super::{Case, check};

#[test]
fn keys_of_the_source_are_copied_at_creation() {
    check(Case {
        source: "org acme meta.team=a",
        target: "user lur/alice",
        plan: r#"create consumer_orgs acme marked acme@prod writes {"team":"a"}"#,
        ..Case::default()
    });
}

#[test]
fn changes_are_carried_and_the_whole_map_is_sent() {
    check(Case {
        source: "org acme meta.team=b meta.new=n",
        target: "org acme meta.team=a meta.own=o mark",
        plan: r#"update consumer_orgs acme /metadata/new /metadata/team marked acme@prod writes {"new":"n","own":"o","team":"b"}"#,
        ..Case::default()
    });
}

#[test]
fn keys_of_the_target_alone_are_no_difference() {
    check(Case {
        source: "org acme
                 org other meta.team=a",
        target: "org acme meta.own=o mark
                 org other meta.team=a meta.own=o mark",
        plan: "count consumer_orgs unchanged=2",
        ..Case::default()
    });
}

#[test]
fn another_change_leaves_the_metadata_out() {
    check(Case {
        source: "org acme title=new
                 org other title=new",
        target: "org acme title=old meta.own=o mark
                 org other title=old mark=@",
        plan: "update consumer_orgs acme /title
               update consumer_orgs other /title marked other@prod
               count consumer_orgs marked=2",
        ..Case::default()
    });
}

#[test]
fn a_server_that_stores_no_metadata_on_a_kind_is_not_written_for_ever() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1 meta.team=a",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1",
        plan: "count credentials unchanged=1",
        ..Case::default()
    });
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1 meta.team=a",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark",
        plan: "update credentials acme/shop/key /metadata/team",
        ..Case::default()
    });
}
