//! Variables that are defined but belong to later releases. Set to anything but their default they are refused, because
//! a safety setting that is silently ignored is worse than none.

use super::{Origin, Values, Variable};

const fn later(name: &'static str, values: Values, example: &'static str) -> Variable {
    Variable::new(Origin::Ours, name, values, example).later()
}

static MANAGE_ORIGINALS: Variable = later("MANAGE_ORIGINALS", Values::Boolean, "false")
    .default("false")
    .meaning("Objects born on the target that came to the source by a reverse sync are marked as managed.");
static DELETE_GRACE: Variable = later("DELETE_GRACE", Values::Seconds(0, 2_592_000), "24h")
    .default("0s")
    .meaning("How long something must have been missing from the source before it is deleted.");
static METRICS_FILE: Variable = later(
    "METRICS_FILE",
    Values::Text("a file"),
    "/metrics/config-sync.prom",
)
.meaning("Prometheus text for a collector.");
static METRICS_PUSH_URL: Variable = later(
    "METRICS_PUSH_URL",
    Values::Server,
    "http://pushgateway:9091",
)
.meaning("A Pushgateway.");

pub(super) static ALL: &[&Variable] = &[
    &MANAGE_ORIGINALS,
    &DELETE_GRACE,
    &METRICS_FILE,
    &METRICS_PUSH_URL,
];
