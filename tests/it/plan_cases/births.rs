//! What a server makes along with a parent, where a run could not mark it: it goes with the parent, and nothing else does.

use super::{Case, check};

/// The target stores marks on credentials and subscriptions, and the source has lost an app made at ten seconds.
#[track_caller]
fn check_lost(below: &str, plan: &str) {
    let stays = "org acme
        app acme/stays
        credential acme/stays/key secret=hush-1
        sub acme/stays/petstore:1/gold";
    let marked: Vec<String> = stays.lines().map(|line| format!("{line} mark")).collect();
    check(Case {
        source: stays,
        target: &format!("{}\napp acme/shop at=10000 mark\n{below}", marked.join("\n")),
        plan,
        ..Case::default()
    });
}

const OWN: &str = "withheld delete applications acme/shop: the source has deleted it, but under it the target has what the source never had";

#[test]
fn the_credential_of_the_same_moment_goes_with_its_app() {
    for at in [10_000, 15_000] {
        check_lost(
            &format!("credential acme/shop/first at={at} secret=hush-2"),
            "delete applications acme/shop takes acme/shop/first",
        );
    }
}

#[test]
fn one_of_another_moment_is_the_targets_own() {
    for at in [9_999, 15_001] {
        check_lost(&format!("credential acme/shop/own at={at} secret=hush-2"), &format!("{OWN}: acme/shop/own"));
    }
}

#[test]
fn a_subscription_of_the_same_moment_is_the_targets_own() {
    check_lost("sub acme/shop/petstore:1/gold at=10000", &format!("{OWN}: acme/shop/petstore:1/gold"));
}

#[test]
fn below_an_app_of_the_targets_own_nothing_came_by_itself() {
    check(Case {
        source: "org acme
                 app acme/shop
                 credential acme/shop/key secret=hush-1",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark
                 org gone mark
                 app gone/own at=10000
                 credential gone/own/first at=10000 secret=hush-2",
        plan: "withheld delete consumer_orgs gone: the source has deleted it, but under it the target has what the source never had: gone/own, gone/own/first;",
        ..Case::default()
    });
}

/// A person was added within seconds after the organization was made. The owner's membership came along with that, and bears
/// its mark already.
#[test]
fn what_somebody_adds_at_once_did_not_come_along() {
    let people = "user lur/alice
                  user lur/bob";
    for (at, plan) in [(12_000, "count members only_on_target=1"), (9_000, "count members only_on_target=1")] {
        check(Case {
            source: "user lur/alice
                     org acme owner=lur/alice
                     member acme/lur/alice",
            target: &format!(
                "{people}
                 org acme owner=lur/alice at=10000 by=us mark
                 member acme/lur/alice at=10000 mark
                 member acme/lur/bob at={at}"
            ),
            plan,
            ..Case::default()
        });
    }
}
