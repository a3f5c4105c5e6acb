//! What is deleted, and what is not.

use super::{Case, check};

#[test]
fn what_the_tool_made_goes_with_its_original_and_takes_along_what_lies_below() {
    check(Case {
        source: "org other",
        target: "org other mark
                 org acme mark
                 member acme/lur/alice mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark
                 sub acme/shop/petstore:1/gold mark",
        plan: "delete consumer_orgs acme takes acme/lur/alice, acme/shop, acme/shop/key, acme/shop/petstore:1/gold
               count applications managed=1 only_on_target=0",
        ..Case::default()
    });
}

#[test]
fn children_go_alone_where_their_parent_stays_and_the_source_is_asked_for_each() {
    check(Case {
        source: "org acme id=1
                 app acme/shop id=2",
        target: "org acme mark=1
                 member acme/lur/bob mark=m
                 app acme/shop mark=2
                 app acme/old mark=a
                 credential acme/shop/key secret=hush-1 mark=c
                 sub acme/shop/petstore:1/gold mark=s",
        plan: "delete members acme/lur/bob asks 1/m
               delete applications acme/old asks 1/a
               delete credentials acme/shop/key asks 1/2/c
               delete subscriptions acme/shop/petstore:1/gold asks 1/2/s",
        ..Case::default()
    });
}

#[test]
fn what_bears_no_mark_is_left_alone_and_counted() {
    check(Case {
        source: "org acme
                 app acme/shop",
        target: "org acme mark
                 org own
                 app own/app
                 member acme/lur/bob
                 app acme/shop mark
                 app acme/own
                 credential acme/shop/own secret=hush-1",
        plan: "count consumer_orgs only_on_target=1
               count members only_on_target=1
               count applications only_on_target=2
               count credentials only_on_target=1",
        ..Case::default()
    });
}

#[test]
fn users_are_never_deleted() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 user lur/bob mark
                 member acme/lur/bob mark",
        plan: "delete members acme/lur/bob",
        ..Case::default()
    });
}

#[test]
fn what_the_source_cannot_be_asked_for_stays() {
    check(Case {
        target: "org acme
                 app acme/old mark",
        plan: "withheld delete applications acme/old: the consumer organization acme that it is in bears no mark",
        ..Case::default()
    });
}

#[test]
fn deletions_may_be_only_reported() {
    check(Case {
        source: "org acme
                 app acme/shop",
        target: "org acme mark
                 app acme/shop mark
                 app acme/old mark",
        settings: "DELETE_POLICY=report",
        plan: "withheld delete applications acme/old: DELETE_POLICY=report
               approved",
        ..Case::default()
    });
}

#[test]
fn unmarked_children_go_only_when_asked_for() {
    let (source, target) = (
        "org acme
         app acme/shop
         credential acme/shop/key secret=hush-1",
        "org acme mark
         app acme/shop mark
         credential acme/shop/key secret=hush-1
         credential acme/shop/old secret=hush-2
         sub acme/shop/petstore:1/gold",
    );
    check(Case {
        source,
        target,
        plan: "count credentials only_on_target=1
               count subscriptions only_on_target=1",
        ..Case::default()
    });
    check(Case {
        source,
        target,
        settings: "DELETE_UNMARKED_CHILDREN=true",
        plan: "delete credentials acme/shop/old
               delete subscriptions acme/shop/petstore:1/gold
               count credentials only_on_target=0",
        ..Case::default()
    });
}

#[test]
fn unmarked_children_stay_where_the_server_stores_marks_or_the_parent_has_none() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1
                 org born mark
                 app born/app mark",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark
                 credential acme/shop/own secret=hush-2
                 org born
                 app born/app
                 sub born/app/petstore:1/gold",
        settings: "DELETE_UNMARKED_CHILDREN=true",
        plan: "count credentials only_on_target=1
               count subscriptions only_on_target=1",
        ..Case::default()
    });
}

#[test]
fn unmarked_organizations_and_apps_stay_in_any_case() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/own
                 org own",
        settings: "DELETE_UNMARKED_CHILDREN=true",
        plan: "count applications only_on_target=1",
        ..Case::default()
    });
}

#[test]
fn what_was_born_on_the_target_is_not_taken_along() {
    check(Case {
        source: "org other",
        target: "org other mark
                 org acme mark
                 app acme/copy mark
                 app acme/own",
        plan: "delete applications acme/copy
               withheld delete consumer_orgs acme: the source has deleted it, but under it the target has what the source never had: acme/own; delete it on the target yourself",
        ..Case::default()
    });
}

#[test]
fn of_many_things_born_on_the_target_three_are_named() {
    let own = ["acme/own1", "acme/own2", "acme/own3", "acme/own4"];
    for (number, named) in [(3, "own3; delete it"), (4, "own3 and 1 more; delete it")] {
        let lines: Vec<String> = own[..number].iter().map(|app| format!("app {app}")).collect();
        check(Case {
            source: "org other",
            target: &format!("org other mark\norg acme mark\n{}", lines.join("\n")),
            plan: &format!(
                "withheld delete consumer_orgs acme: the source has deleted it, but under it the target has what the source never had: acme/own1, acme/own2, acme/{named}"
            ),
            ..Case::default()
        });
    }
}

#[test]
fn a_credential_born_on_the_target_keeps_its_app_where_marks_are_stored() {
    check(Case {
        source: "org acme
                 app acme/stays
                 credential acme/stays/key secret=hush-3",
        target: "org acme mark
                 app acme/stays mark
                 credential acme/stays/key secret=hush-3 mark
                 app acme/shop mark
                 credential acme/shop/copy secret=hush-1 mark
                 credential acme/shop/own secret=hush-2",
        plan: "delete credentials acme/shop/copy
               withheld delete applications acme/shop: the source has deleted it, but under it the target has what the source never had: acme/shop/own",
        ..Case::default()
    });
}

#[test]
fn a_credential_born_on_the_target_keeps_its_app_in_the_next_run_too() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/copy secret=hush-1 mark
                 credential acme/shop/own secret=hush-2",
        plan: "delete credentials acme/shop/copy
               withheld delete applications acme/shop: the source has deleted it, but under it the target has what the source never had: acme/shop/own",
        ..Case::default()
    });
}

#[test]
fn a_credential_as_old_as_its_app_came_with_it_and_does_not_keep_it() {
    for (age, came_along) in [("999", false), ("1000", true), ("6000", true), ("6001", false)] {
        let plan = if came_along {
            "delete applications acme/shop takes acme/shop/born"
        } else {
            "withheld delete applications acme/shop: the source has deleted it, but under it the target has what the source never had: acme/shop/born"
        };
        check(Case {
            source: "org acme
                     app acme/stays
                     credential acme/stays/key secret=hush-3",
            target: &format!(
                "org acme mark
                 app acme/stays mark
                 credential acme/stays/key secret=hush-3 mark
                 app acme/shop at=1000 mark
                 credential acme/shop/born at={age} secret=hush-1"
            ),
            plan,
            ..Case::default()
        });
    }
}

#[test]
fn what_bears_no_mark_where_none_are_stored_goes_with_its_parent() {
    check(Case {
        source: "org acme",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1",
        settings: "DELETE_UNMARKED_CHILDREN=true",
        plan: "delete applications acme/shop takes acme/shop/key",
        ..Case::default()
    });
}

#[test]
fn the_owners_member_that_came_with_an_organization_does_not_keep_it() {
    check(Case {
        source: "org other
                 member other/lur/bob",
        target: "org other mark
                 member other/lur/bob mark
                 org acme mark
                 member acme/lur/alice",
        plan: "delete consumer_orgs acme takes acme/lur/alice",
        ..Case::default()
    });
}

#[test]
fn a_sync_back_never_deletes_what_was_born_on_the_new_target() {
    check(Case {
        source: "org acme mark
                 app acme/shop mark",
        target: "org acme
                 app acme/shop
                 app acme/late
                 org late",
        plan: "count consumer_orgs only_on_target=1
               count applications only_on_target=1",
        ..Case::default()
    });
}

#[test]
fn what_bears_no_mark_goes_with_its_parent_where_no_copy_of_its_kind_bears_one() {
    check(Case {
        source: "org acme
                 app acme/stays
                 credential acme/stays/key secret=hush-3",
        target: "org acme mark
                 app acme/stays mark
                 credential acme/stays/key secret=hush-3
                 app acme/shop mark
                 credential acme/shop/key2 secret=hush-1",
        plan: "delete applications acme/shop takes acme/shop/key2",
        ..Case::default()
    });
}

#[test]
fn one_copy_with_a_mark_shows_that_what_bears_none_is_the_targets_own() {
    check(Case {
        source: "org acme
                 app acme/stays
                 credential acme/stays/key secret=hush-3
                 credential acme/stays/other secret=hush-4",
        target: "org acme mark
                 app acme/stays mark
                 credential acme/stays/key secret=hush-3
                 credential acme/stays/other secret=hush-4 mark
                 app acme/shop mark
                 credential acme/shop/own secret=hush-1",
        plan: "withheld delete applications acme/shop: the source has deleted it, but under it the target has what the source never had: acme/shop/own",
        ..Case::default()
    });
}

#[test]
fn what_has_a_name_or_another_syncs_mark_is_the_targets_own_in_any_case() {
    let own = "the source has deleted it, but under it the target has what the source never had";
    check(Case {
        source: "org other",
        target: "org other mark
                 org acme mark
                 app acme/own
                 org globex mark
                 member globex/lur/bob mark=1@elsewhere",
        settings: "DELETE_UNMARKED_CHILDREN=true",
        plan: &format!(
            "withheld delete consumer_orgs acme: {own}: acme/own
             withheld delete consumer_orgs globex: {own}: globex/lur/bob"
        ),
        ..Case::default()
    });
}
