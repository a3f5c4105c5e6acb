//! Two sandbox servers in a process of their own, so that what they use is not taken for the engine's.
//!
//! The process prints the variables that point at them and an empty line. Each line that it reads on stdin makes it
//! print what was requested since, an empty line at the end, and forget it. It ends with its stdin.

use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use apic_configsync::sandbox::{
    Cluster, Effect, Fault, Server, SharedCluster,
    seed::{self, Size},
    share,
};
use bytes::Bytes;

use crate::{
    process,
    recording::{Recorded, Side},
};

/// How long each answer takes, whatever was asked.
pub(crate) const LATENCY: Duration = Duration::from_millis(20);

/// The servers as the measuring process sees them; they stop when it drops this.
pub(crate) struct Servers {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    variables: Vec<(String, String)>,
}

impl Servers {
    /// Starts servers of a full source and an empty target.
    pub(crate) fn start(size: Size) -> Result<Self> {
        let mut child = process::role("serve", &[])?
            .arg(size.orgs.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the servers did not start")?;
        let answers = child.stdout.take().context("the servers have no stdout")?;
        let mut servers =
            Self { questions: child.stdin.take(), answers: BufReader::new(answers), child, variables: Vec::new() };
        let lines = servers.answer()?;
        servers.variables = lines
            .iter()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(servers)
    }

    /// What points a program at them.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// What they have used of the processor so far.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        process::processor_time(&self.child.id().to_string())
    }

    /// What was requested since this was last asked.
    pub(crate) fn take_recording(&mut self) -> Result<Vec<Recorded>> {
        let questions = self.questions.as_mut().context("the servers have no stdin")?;
        writeln!(questions, "take").context("the servers are gone")?;
        self.answer()?.iter().map(|line| process::hear(line.as_bytes())).collect()
    }

    fn answer(&mut self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let read = self.answers.read_line(&mut line).context("the servers cannot be heard")?;
            ensure!(read > 0, "the servers have ended too early");
            match line.trim_end() {
                "" => return Ok(lines),
                said => lines.push(said.to_owned()),
            }
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.questions.take());
        // Whether it ended well is of no interest any more.
        let _ = self.child.wait();
    }
}

/// The process with the servers.
pub(crate) fn serve(size: Size) -> Result<()> {
    let runtime = process::runtime()?;
    let _entered = runtime.enter();
    let (source, target) = seed::large(size);
    let stations = [Station::open(Side::Source, source)?, Station::open(Side::Target, target)?];
    let mut out = io::stdout().lock();
    for station in &stations {
        station.introduce(&mut out)?;
    }
    writeln!(out)?;
    out.flush()?;
    for question in io::stdin().lock().lines() {
        question?;
        for station in &stations {
            station.tell(&mut out)?;
        }
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}

/// One server, and the bodies that it was sent.
struct Station {
    side: Side,
    cluster: SharedCluster,
    bodies: Arc<Mutex<Vec<Bytes>>>,
    server: Server,
}

impl Station {
    fn open(side: Side, mut cluster: Cluster) -> Result<Self> {
        let bodies: Arc<Mutex<Vec<Bytes>>> = Arc::default();
        let heard = Arc::clone(&bodies);
        // The cluster's log has no bodies. A fault looks at every request just before it is logged.
        let slow = Fault::on("*", "", Effect::Delay(LATENCY)).when(move |request| {
            locked(&heard).push(request.body().clone());
            true
        });
        cluster.faults.add(slow);
        let cluster = share(cluster);
        let server = Server::start(Arc::clone(&cluster)).context("no server can be started on 127.0.0.1")?;
        Ok(Self { side, cluster, bodies, server })
    }

    fn introduce(&self, out: &mut impl Write) -> Result<()> {
        let variables = locked(&self.cluster).variables(self.side.prefix(), &self.server.url());
        for (name, value) in variables {
            writeln!(out, "{name}={value}")?;
        }
        Ok(())
    }

    /// Tells what was requested, and forgets it.
    fn tell(&self, out: &mut impl Write) -> Result<()> {
        let mut cluster = locked(&self.cluster);
        let bodies = std::mem::take(&mut *locked(&self.bodies));
        for (request, body) in cluster.requests().iter().zip(bodies) {
            let recorded = Recorded {
                side: self.side,
                method: request.method.clone(),
                path: request.path.clone(),
                query: request.query.clone(),
                status: request.status,
                body: String::from_utf8_lossy(&body).into_owned(),
            };
            serde_json::to_writer(&mut *out, &recorded)?;
            writeln!(out)?;
        }
        cluster.clear_requests();
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
