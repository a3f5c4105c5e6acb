//! Things that are made from documents and carry others, and the states that they go through.

use super::{Case, check};

#[tokio::test]
async fn a_bundle_brings_what_it_carries() {
    check(Case {
        source: "bundle pets manifest={\"v\":1} schemas=cat,dog
            schema cat schema={\"legs\":4}",
        target: "site main",
        plan: "create bundles pets
            create schemas cat after create pets
            create schemas dog after create pets",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn documents_that_say_the_same_are_no_difference() {
    check(Case {
        source: "bundle pets manifest={\"a\":1,\"b\":2}",
        target: "bundle pets manifest={\"b\":2,\"a\":1.0}",
        plan: "update bundles pets /manifest/a",
        ..Case::default()
    })
    .await;
    check(Case {
        source: "bundle pets manifest={\"a\":1,\"b\":2}",
        target: "bundle pets manifest={\"b\":2,\"a\":1}",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_part_that_changes_is_written_with_what_carries_it() {
    check(Case {
        source: "bundle pets schemas=cat,dog
            schema cat schema={\"legs\":4}",
        target: "bundle pets schemas=cat,dog
            schema cat schema={\"legs\":3}",
        plan: "update bundles pets /schemas/cat
            update schemas cat /schema/legs after update pets",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_part_of_two_is_written_once_with_each() {
    check(Case {
        source: "bundle pets schemas=cat
            bundle zoo schemas=cat
            schema cat schema={\"legs\":4}",
        target: "bundle pets schemas=cat
            bundle zoo schemas=cat
            schema cat schema={\"legs\":3}",
        plan: "update bundles pets /schemas/cat
            update bundles zoo /schemas/cat
            update schemas cat /schema/legs",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_bundle_that_goes_takes_along_what_nothing_else_carries() {
    check(Case {
        source: "bundle zoo schemas=cat",
        target: "bundle zoo schemas=cat
            bundle pets schemas=cat,dog",
        plan: "delete bundles pets takes dog",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn what_is_in_the_making_stays_at_home() {
    check(Case {
        source: "bundle pets stage=draft schemas=cat
            bundle zoo stage=retired",
        target: "site main",
        plan: "withheld create bundles pets: is draft on the source, and stays there
            withheld create bundles zoo: is retired on the source, and stays there
            withheld create schemas cat: hangs on pets, which is withheld",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_state_in_which_nothing_new_comes_is_entered_last() {
    check(Case {
        source: "bundle pets stage=frozen
            feed acme/plans/f bundle=pets pin=some-pin",
        target: "board acme/plans",
        plan: "create bundles pets
            create feeds acme/plans/f after create pets
            finish bundles pets /stage after create pets, create acme/plans/f",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_state_that_empties_a_bundle_waits_for_what_lives_by_it() {
    check(Case {
        source: "bundle pets stage=retired
            board acme/plans",
        target: "bundle pets
            feed acme/plans/f bundle=pets pin=some-pin",
        plan: "delete feeds acme/plans/f
            update bundles pets /stage after delete acme/plans/f",
        ..Case::default()
    })
    .await;
    check(Case {
        source: "bundle pets stage=retired
            board acme/plans",
        target: "bundle pets
            feed acme/plans/mine bundle=pets pin=some-pin unmarked",
        plan: "withheld update bundles pets /stage: the source has deleted it, but under it the target has what the source \
               never had: acme/plans/mine",
        ..Case::default()
    })
    .await;
}

#[tokio::test]
async fn a_bundle_stays_as_long_as_something_of_the_targets_own_lives_by_it() {
    check(Case {
        source: "bundle zoo
            board acme/plans",
        target: "bundle zoo
            bundle pets
            feed acme/plans/mine bundle=pets pin=some-pin unmarked",
        plan: "withheld delete bundles pets: the source has deleted it, but under it the target has what the source never \
               had: acme/plans/mine",
        ..Case::default()
    })
    .await;
}
