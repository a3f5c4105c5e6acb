//! What fails for ever is not asked for five times each time.

use std::time::Duration;

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus},
    sandbox::{Effect, Fault},
};

use super::company;

/// Without a budget, each user would be written four times.
#[tokio::test(start_paused = true)]
async fn what_fails_for_ever_costs_few_requests() {
    let stage = company(100, Duration::from_millis(20));
    let broken = Fault::on("POST", "/users", Effect::status(503));
    stage.target().faults.add(broken);
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    let failures: Vec<&str> = report
        .changes
        .iter()
        .filter(|change| change.result == ChangeResult::Failed)
        .filter_map(|change| change.reason.as_deref())
        .collect();
    let requests = report.target.requests;
    let tried =
        stage.target().requests().iter().filter(|request| request.method == "POST" && request.status == 503).count();
    let told = failures.iter().filter(|reason| reason.contains("retries for this server are used up")).count();
    assert!(failures.len() >= 300, "{}", failures.len());
    // The reserve, and a fifth of what was sent.
    let paid = 4 * (16 + 8) + usize::try_from(requests.reads + requests.writes).unwrap() / 5;
    assert!(tried <= failures.len() + paid, "{tried}, {requests:?}");
    assert!(told > 100, "{told}: {:?}", failures.last());
}
