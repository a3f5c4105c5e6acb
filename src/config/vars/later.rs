//! Variables that are defined but belong to later releases. Set to anything but their default they are refused, because
//! a safety setting that is silently ignored is worse than none.

use super::{Origin, ValueType, Variable};

const fn later(name: &'static str, values: ValueType, example: &'static str) -> Variable {
    Variable::new(Origin::Ours, name, values, example).later()
}

static METRICS_FILE: Variable = later("METRICS_FILE", ValueType::Text("a file"), "/metrics/config-sync.prom")
    .meaning("Prometheus text for a collector.");
static METRICS_PUSH_URL: Variable =
    later("METRICS_PUSH_URL", ValueType::Server, "http://pushgateway:9091").meaning("A Pushgateway.");

pub(super) static ALL: &[&Variable] = &[&METRICS_FILE, &METRICS_PUSH_URL];
