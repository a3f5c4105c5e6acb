//! Each side has its own pace.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use apic_configsync::sandbox::{Effect, Fault, RateLimit};
use tokio::time::Instant;

use super::{company, slow_down};
use crate::stage::Stage;

/// How long the source's lists are read, from the first page to the last: those of the whole catalog, and those under one
/// organization each.
async fn lists_are_read_in(stage: &Stage) -> Duration {
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let seen = Arc::clone(&times);
    let note = Effect::call(move |_| seen.lock().unwrap().push(Instant::now()));
    for list in ["/apps?", "/members?"] {
        let pages = Fault::on("GET", list, note.clone());
        stage.source().faults.add(pages);
    }
    stage.plan().await;
    let times = times.lock().unwrap();
    assert!(times.len() > 20, "{times:?}");
    *times.last().unwrap() - times[0]
}

fn paged() -> Stage {
    company(20, Duration::from_millis(20)).with("API_CACHE_REQUEST_PAGE_SIZE", "10")
}

#[tokio::test(start_paused = true)]
async fn a_slow_or_limited_target_does_not_slow_the_source() {
    let at_ease = lists_are_read_in(&paged()).await;
    let slow = paged();
    slow_down(&slow.target, Duration::from_secs(3));
    let limited = paged();
    limited.target().limit = Some(RateLimit::bucket(2, 1));
    for stage in [slow, limited] {
        let read = lists_are_read_in(&stage).await;
        assert!(read == at_ease, "{read:?} in place of {at_ease:?}");
    }
}
