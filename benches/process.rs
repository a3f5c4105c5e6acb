//! Processes that this program starts of itself, and what they use.

use std::{
    env, fs,
    io::{self, Write},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::runtime::Runtime;

/// What one process used. Linux tells it under `/proc/self` (`man 5 proc`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) wall: Duration,
    pub(crate) processor: Duration,
    /// The most memory that was resident at once, in KiB.
    pub(crate) peak_kib: u64,
}

impl Usage {
    /// What this process has used, wall time since `began`.
    pub(crate) fn since(began: Instant) -> Result<Self> {
        Ok(Self { wall: began.elapsed(), processor: processor_time("self")?, peak_kib: peak_memory()? })
    }
}

fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("no memory use is told")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
        .context("/proc/self/status has no VmHWM")
}

/// What a process, by its number or `self`, has used of the processor so far.
pub(crate) fn processor_time(process: &str) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("no processor time is told")?;
    // The second field is the program's name and may hold spaces; utime and stime are the 12th and 13th after it.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().context("the stat of a process is not as expected"))
        .sum::<Result<u64>>()?;
    // USER_HZ is 100 on every architecture that this builds for.
    Ok(Duration::from_millis(ticks * 10))
}

/// This program in another role, its environment these variables and nothing else but where the system's roots are.
pub(crate) fn role(name: &str, variables: &[(String, String)]) -> Result<Command> {
    let mut command = Command::new(env::current_exe().context("this program has no path")?);
    let roots = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
    let roots = roots.into_iter().filter_map(|name| Some((name, env::var_os(name)?)));
    command.arg(name).env_clear().envs(roots).envs(variables.iter().map(|(name, value)| (name, value)));
    Ok(command)
}

pub(crate) fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime did not start")
}

/// Says one thing on stdout, as a line of JSON.
pub(crate) fn say(thing: &impl Serialize) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, thing)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Reads one thing that another process said.
pub(crate) fn hear<T: DeserializeOwned>(line: &[u8]) -> Result<T> {
    let said = String::from_utf8_lossy(line);
    serde_json::from_slice(line).with_context(|| format!("another process said: {said}"))
}
