//! Hints and clocks: what changed within the last minutes, by the earliest clock of the run, is neither noted nor believed to
//! be as it was noted.

use apic_configsync::{
    commands::Task,
    engine::report::{ExitStatus, Report, RunResult},
    sandbox::{
        Cluster, Effect, Fault,
        switches::ListedHash,
        world::{Credential, Product},
    },
};
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    stage::{SETTLED, Stage, exits, shown},
    whole::{
        products::{api, bare, documents_read, product, publish, rest},
        replication::one_app,
    },
};

/// Two hours, in seconds.
const FAR: i64 = 7200;

/// A source on which a Product was published just now.
fn fresh() -> Stage {
    let stage = Stage::with_products(bare());
    publish(&mut stage.source(), "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    stage
}

fn pass(stage: &Stage, seconds: i64) {
    for mut cluster in [stage.source(), stage.target()] {
        cluster.tick(seconds);
    }
}

/// How many documents a run reads that finds nothing to do and writes nothing.
async fn read_in_vain(stage: &Stage) -> usize {
    for mut cluster in [stage.source(), stage.target()] {
        cluster.clear_requests();
    }
    stage.again().await;
    documents_read(&stage.source()) + documents_read(&stage.target())
}

#[track_caller]
fn assert_silent(report: &Report, writes: u64) {
    exits(report, ExitStatus::Success);
    assert_eq!(report.outcome, RunResult::InSync, "{}", shown(report));
    assert!(report.changes.is_empty(), "{}", shown(report));
    assert_eq!(report.target.requests.writes, writes, "{}", shown(report));
    for (kind, counts) in &report.kinds {
        assert_eq!(counts.unchanged, counts.source, "{kind} {}", shown(report));
    }
}

#[tokio::test]
async fn a_fresh_change_is_read_until_it_has_settled_and_noted_once_in_silence() {
    let stage = fresh();
    stage.settle().await;
    for _ in 0..2 {
        assert!(read_in_vain(&stage).await > 0);
        pass(&stage, 30);
    }
    pass(&stage, SETTLED);
    let plan = Task::Plan { detailed_exit_code: true, keep: None };
    assert_silent(&stage.execute(plan).await, 0);
    assert_silent(&stage.sync().await, 1);
    assert_eq!(read_in_vain(&stage).await, 0);
    rest(&stage).await;
}

#[tokio::test]
async fn a_second_change_within_the_same_second_is_seen_whichever_clock_runs_ahead() {
    let ahead: [fn(&Stage); 4] = [
        |_| {},
        |stage| stage.source().switches.date_ahead = FAR,
        |stage| stage.target().switches.date_ahead = FAR,
        |stage| stage.wait_hours(2),
    ];
    for turn in ahead {
        let stage = fresh();
        turn(&stage);
        pass(&stage, 60);
        stage.settle().await;
        {
            let mut source = stage.source();
            let shown = api(&source, "pets:1.0.0");
            let before = source.api("pets:1.0.0").unwrap().head.updated_at;
            let back = before - source.clock().now() - 1;
            source.tick(back);
            source.change_api_document(shown, |document| {
                document["info"]["title"] = json!("Pets");
            });
            assert_eq!(source.api("pets:1.0.0").unwrap().head.updated_at, before);
            source.tick(-back);
        }
        stage.settle().await;
        stage.assert_products_mirrored();
    }
}

#[tokio::test]
async fn one_odd_date_lets_no_change_seem_old() {
    for place in ["/token", "/settings", "/products"] {
        let stage = fresh();
        stage.settle().await;
        for mut cluster in [stage.source(), stage.target()] {
            let odd = Fault::on("", place, Effect::ShiftDate(FAR)).once();
            cluster.faults.add(odd);
        }
        assert!(read_in_vain(&stage).await > 0, "{place}");
        pass(&stage, SETTLED);
        assert_silent(&stage.sync().await, 1);
    }
}

#[tokio::test]
async fn one_odd_date_lets_no_change_seem_new() {
    let stage = fresh();
    pass(&stage, SETTLED);
    stage.settle().await;
    for place in ["/token", "/settings", "/products"] {
        for mut cluster in [stage.source(), stage.target()] {
            let odd = Fault::on("", place, Effect::ShiftDate(-FAR)).once();
            cluster.faults.add(odd);
        }
        assert_eq!(read_in_vain(&stage).await, 0, "{place}");
    }
}

#[tokio::test]
async fn by_a_clock_that_is_behind_nothing_is_noted_nor_believed() {
    let behind: [fn(&Stage); 3] = [
        |stage| stage.source().switches.date_ahead = -FAR,
        |stage| stage.target().switches.date_ahead = -FAR,
        |stage| {
            let now = stage.now.get() - SignedDuration::from_hours(2);
            stage.now.set(now);
        },
    ];
    for turn in behind {
        let stage = fresh();
        pass(&stage, SETTLED);
        stage.settle().await;
        assert_eq!(read_in_vain(&stage).await, 0);
        turn(&stage);
        assert!(read_in_vain(&stage).await > 0);
    }
}

/// One app with a key, on servers whose lists show no hash.
fn hidden_key() -> Stage {
    let stage = one_app();
    for mut cluster in [stage.source(), stage.target()] {
        cluster.switches.listed_hash = ListedHash::Never;
    }
    stage
}

#[tokio::test]
async fn a_forged_note_of_the_future_or_of_the_last_minutes_is_not_believed() {
    for ahead in [3600, -60] {
        let stage = hidden_key();
        stage.settle().await;
        let at = {
            let mut source = stage.source();
            let app = source.app("acme", "shop").unwrap().head.id;
            let key = source.credentials(app)[0].head.id;
            source.tick(ahead);
            source.change_secret(key, "rotated");
            source.tick(-ahead);
            source.credentials(app)[0].head.updated_at
        };
        let time = jiff::Timestamp::from_second(at).unwrap();
        forge_note(&mut stage.target(), &time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string());
        stage.settle().await;
        assert!(stage.target().verify("shop-id", "rotated"), "{ahead}");
    }
}

fn forge_note(target: &mut Cluster, hint: &str) {
    let app = target.app("acme", "shop").unwrap().head.id;
    let copy = target.credentials(app)[0].head.id;
    target.change::<Credential>(copy, |row| {
        let metadata = row.head.metadata.as_mut().unwrap();
        metadata.insert("source_hint".into(), hint.into());
    });
}

#[tokio::test]
async fn keys_that_were_new_when_they_were_carried_are_noted_later() {
    let stage = hidden_key();
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let key = source.credentials(app)[0].head.id;
        source.change_secret(key, "rotated");
    }
    stage.settle().await;
    pass(&stage, SETTLED);
    assert_silent(&stage.sync().await, 1);
    stage.again().await;
}

#[tokio::test]
async fn a_note_that_fails_is_nothing_left_undone() {
    let stage = fresh();
    stage.settle().await;
    pass(&stage, SETTLED);
    let refusal = Fault::on("PATCH", "/products/", Effect::status(403)).once();
    stage.target().faults.add(refusal);
    assert_silent(&stage.sync().await, 1);
    assert_silent(&stage.sync().await, 1);
    stage.again().await;
}

#[tokio::test]
async fn notes_are_no_reason_to_write_for_ever_where_marks_are_lost() {
    let stage = fresh();
    stage.settle().await;
    pass(&stage, SETTLED);
    {
        let mut target = stage.target();
        let copy = product(&target, "petstore:1.0.0");
        target.change::<Product>(copy, |row| row.head.metadata = None);
    }
    assert!(read_in_vain(&stage).await > 0);
}
