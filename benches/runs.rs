//! Runs that are measured: over sockets, or in memory with a trouble that grows with the catalog.

use std::{
    env,
    time::{Duration, Instant},
};

use anyhow::Result;
use apic_configsync::{
    commands,
    config::Environment,
    engine::report::Report,
    http::RetryPolicy,
    sandbox::{
        Cluster, Effect, Fault,
        seed::{self, Size},
        share,
        switches::TotalResults,
    },
};
use bytes::Bytes;
use clap::ValueEnum;
use http::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    in_memory,
    process::{self, Usage},
    setup,
};

/// What is missing of the source, once for each organization.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// No list of either side tells how long it is.
    NoTotals,
    /// The list of the members of each organization is refused.
    Gaps,
    /// Each row of the list of apps has no name.
    Rows,
    /// The list of the members of each organization never comes.
    Timeouts,
}

impl Trouble {
    pub(crate) const ALL: [Self; 5] = [Self::None, Self::NoTotals, Self::Gaps, Self::Rows, Self::Timeouts];

    /// As the command line spells it.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn befall(self, source: &mut Cluster, target: &mut Cluster) {
        let fault = match self {
            Self::None => return,
            Self::NoTotals => {
                for cluster in [source, target] {
                    cluster.switches.total_results = TotalResults::Absent;
                }
                return;
            }
            Self::Gaps => Fault::on("GET", "/members", Effect::status(400)),
            Self::Rows => Fault::on("GET", "/apps?", Effect::alter(|_, it| without_names(it))),
            Self::Timeouts => {
                let never = Effect::Delay(Duration::from_secs(86_400));
                Fault::on("GET", "/members", never)
            }
        };
        source.faults.add(fault);
    }
}

fn without_names(answer: Response<Bytes>) -> Response<Bytes> {
    answer.map(|body| {
        let Ok(mut list) = serde_json::from_slice::<Value>(&body) else {
            return body;
        };
        let rows = list["results"].as_array_mut().into_iter().flatten();
        for row in rows.filter_map(Value::as_object_mut) {
            row.remove("name");
        }
        list.to_string().into()
    })
}

/// What a run came to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) exit_status: u8,
    pub(crate) gaps: usize,
    pub(crate) requests: u64,
    pub(crate) usage: Usage,
}

impl Ended {
    fn of(report: &Report, usage: Usage) -> Self {
        let sides = [&report.source.requests, &report.target.requests];
        Self {
            exit_status: report.exit_status.code(),
            gaps: report.gaps.len(),
            requests: sides.iter().map(|it| it.reads + it.writes).sum(),
            usage,
        }
    }
}

/// The process with a run against the servers that its environment names.
pub(crate) fn over_sockets() -> Result<()> {
    let began = Instant::now();
    let config = setup::load(&Environment::from_os(env::vars_os()))?;
    let carriers = commands::carriers(&config)?;
    let report = process::runtime()?.block_on(setup::sync(&config, &carriers));
    process::say(&Ended::of(&report, Usage::since(began)?))
}

/// The process with a run between two clusters in memory.
pub(crate) fn in_memory(trouble: Trouble, orgs: usize) -> Result<()> {
    let whole = Size::default();
    let (mut source, mut target) =
        seed::large_synced(Size { orgs, credentials: whole.credentials * orgs / whole.orgs, ..whole });
    trouble.befall(&mut source, &mut target);
    let (source, target) = (share(source), share(target));
    let before = process::processor_time("self")?;
    let began = Instant::now();
    let (report, _) = in_memory::sync(&source, &target, RetryPolicy::instant())?;
    let mut usage = Usage::since(began)?;
    usage.processor = usage.processor.saturating_sub(before);
    process::say(&Ended::of(&report, usage))
}
