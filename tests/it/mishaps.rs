//! Random mishaps while a run goes on: whatever they are, nothing is lost or doubled, and once they stop the target
//! becomes the mirror of the source.

use std::collections::BTreeSet;

use apic_configsync::{
    report::{ExitStatus, Report},
    sandbox::{Effect, Fault},
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::{
    random_products::{acts, play},
    random_world::{bare, deeds, perform},
    stage::{Stage, shown},
};

/// Something that goes wrong with some requests of one side.
#[derive(Debug, Clone)]
struct Mishap {
    on_source: bool,
    path: &'static str,
    effect: u8,
    skip: u32,
    times: Option<u32>,
}

fn mishap() -> impl Strategy<Value = Mishap> {
    let path = prop_oneof![
        Just("/consumer-orgs"),
        Just("/apps"),
        Just("/credentials"),
        Just("/subscriptions"),
        Just("/members"),
        Just("/users"),
        Just("/products"),
    ];
    at(path)
}

/// Where publishing can go wrong.
fn mishap_to_products() -> impl Strategy<Value = Mishap> {
    at(prop_oneof![
        Just("/products"),
        Just("/apis"),
        Just("/publish"),
        Just("/document"),
        Just("/consumer-orgs"),
        Just("/configured-gateway-services"),
        Just("/consumer-groups"),
        Just("/subscriptions"),
    ])
}

fn at(path: impl Strategy<Value = &'static str>) -> impl Strategy<Value = Mishap> {
    let times = prop_oneof![Just(None), (1..8u32).prop_map(Some)];
    (any::<bool>(), path, 0..14u8, 0..6u32, times).prop_map(
        |(on_source, path, effect, skip, times)| Mishap {
            on_source,
            path,
            effect,
            skip,
            times,
        },
    )
}

fn effect(number: u8) -> Effect {
    match number {
        0 => Effect::status(500),
        1 => Effect::status(403),
        2 => Effect::ingress(502),
        3 => Effect::ingress(404),
        4 => Effect::throttle(0),
        5 => Effect::Reset,
        6 => Effect::LoseAnswer,
        7 => Effect::Truncate,
        8 => Effect::HtmlPage,
        9 => Effect::ExpireTokens,
        10 => Effect::EmptyList,
        11 => Effect::DropRow(0),
        12 => Effect::RepeatRow(0),
        _ => Effect::Replace(json!({"results": []})),
    }
}

fn strike(stage: &Stage, mishaps: &[Mishap]) {
    for mishap in mishaps {
        // What alters a body makes sense for lists alone; everything else may hit any request.
        let method = if mishap.effect >= 10 { "GET" } else { "*" };
        let mut fault = Fault::on(method, mishap.path, effect(mishap.effect)).after(mishap.skip);
        if let Some(times) = mishap.times {
            fault = fault.times(times);
        }
        if mishap.on_source {
            stage.source().faults.add(fault);
        } else {
            stage.target().faults.add(fault);
        }
    }
}

/// Addresses of everything on the target that bears no mark, users aside.
fn unmarked(dump: &Value) -> BTreeSet<String> {
    let kinds = ["consumer_orgs", "applications"];
    let rows = kinds.iter().flat_map(|kind| {
        let rows = dump[kind].as_object().unwrap();
        rows.iter().map(move |(address, row)| (kind, address, row))
    });
    rows.filter(|(_, _, row)| row["metadata"]["source_id"].is_null())
        .map(|(kind, address, _)| format!("{kind} {address}"))
        .collect()
}

fn assert_truthful(report: &Report) {
    if report.exit_status == ExitStatus::Success {
        assert!(report.gaps.is_empty(), "{}", shown(report));
    }
}

async fn survive(stage: &Stage, mishaps: &[Mishap]) {
    let own = unmarked(&stage.target().dump());
    strike(stage, mishaps);
    for _ in 0..2 {
        assert_truthful(&stage.sync().await);
    }
    for mut cluster in [stage.source(), stage.target()] {
        cluster.faults.clear();
    }
    let left = unmarked(&stage.target().dump());
    assert!(
        own.is_subset(&left),
        "what bore no mark is gone: {own:?} {left:?}"
    );
    let first = stage.sync().await;
    let second = stage.sync().await;
    assert_eq!(
        second.exit_status,
        ExitStatus::Success,
        "{}{}",
        shown(&first),
        shown(&second)
    );
    stage.assert_mirrored();
    stage.again().await;
}

fn stage() -> Stage {
    Stage::of(bare())
        .with("MAX_DELETE_PERCENT", "100")
        .with("ALLOW_EMPTY_SOURCE", "true")
}

fn block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(future);
}

/// The same worlds in every run of the suite; by hand, more cases and `TestRunner::new` draw new ones.
fn check<S: Strategy>(worlds: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config {
        cases: 150,
        failure_persistence: None,
        ..Config::default()
    };
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, seed);
    runner.run(&worlds, property).unwrap();
}

#[test]
fn whatever_goes_wrong_two_quiet_runs_mend_it() {
    let worlds = (deeds(25), deeds(12), vec(mishap(), 1..5));
    check(worlds, |(first, next, mishaps)| {
        let stage = stage();
        block_on(async {
            perform(&mut stage.source(), &first);
            stage.sync().await;
            perform(&mut stage.source(), &next);
            survive(&stage, &mishaps).await;
        });
        Ok(())
    });
}

#[test]
fn so_they_do_with_products() {
    let worlds = (acts(25), acts(12), vec(mishap_to_products(), 1..5));
    check(worlds, |(first, next, mishaps)| {
        let stage = stage().with("SyncProductsAndAPIs", "true");
        block_on(async {
            play(&mut stage.source(), &first);
            stage.sync().await;
            play(&mut stage.source(), &next);
            survive(&stage, &mishaps).await;
            stage.assert_products_mirrored();
        });
        Ok(())
    });
}
