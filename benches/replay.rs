//! A bare replay: the same requests, in the order in which they arrived, with as many in flight as the engine may have,
//! by a plain client that keeps its connections and looks at nothing but the status.

use std::{
    env,
    io::{self, Write},
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, Url, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    process::{self, Usage},
    recording::{Recorded, Side},
    servers::Servers,
};

/// Reads in flight to one side, the engine's default.
pub(crate) const READS: usize = 16;
/// Writes in flight to one side, the engine's default.
pub(crate) const WRITES: usize = 8;

/// What a replay came to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Finished {
    pub(crate) usage: Usage,
    /// How many requests were answered with another status than the recorded one.
    pub(crate) otherwise: usize,
    /// What the servers used of the processor meanwhile.
    #[serde(skip)]
    pub(crate) served: Duration,
}

/// Replays requests against these servers.
pub(crate) fn start(servers: &Servers, requests: &[Recorded]) -> Result<Finished> {
    let before = servers.processor_time()?;
    let mut child = process::role("replay", servers.variables())?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the replay did not start")?;
    let mut input = io::BufWriter::new(child.stdin.take().context("the replay has no stdin")?);
    for request in requests {
        serde_json::to_writer(&mut input, request)?;
        writeln!(input)?;
    }
    drop(input.into_inner().context("the replay does not listen")?);
    let output = child.wait_with_output().context("the replay is lost")?;
    ensure!(output.status.success(), "the replay failed");
    let mut finished: Finished = process::hear(&output.stdout)?;
    finished.served = servers.processor_time()?.saturating_sub(before);
    Ok(finished)
}

/// The process that replays.
pub(crate) fn run() -> Result<()> {
    let requests: Vec<Recorded> =
        io::stdin().lines().map(|line| process::hear(line?.as_bytes())).collect::<Result<_>>()?;
    let began = Instant::now();
    let otherwise = process::runtime()?.block_on(replay(requests))?;
    process::say(&Finished { usage: Usage::since(began)?, otherwise, served: Duration::ZERO })
}

async fn replay(requests: Vec<Recorded>) -> Result<usize> {
    let (source, target) = requests.into_iter().partition(|request: &Recorded| request.side == Side::Source);
    let (source, target) = tokio::try_join!(replay_side(Side::Source, source), replay_side(Side::Target, target))?;
    Ok(source + target)
}

async fn replay_side(side: Side, requests: Vec<Recorded>) -> Result<usize> {
    let mut requests = requests.into_iter();
    let login = requests.next().filter(Recorded::is_login).context("the recording does not begin with a login")?;
    let session = Arc::new(Session::begin(side, &login).await?);
    let (reads, writes) = (Arc::new(Semaphore::new(READS)), Arc::new(Semaphore::new(WRITES)));
    let mut sent = JoinSet::new();
    for request in requests {
        let lane = if request.is_read() { &reads } else { &writes };
        let place = Arc::clone(lane).acquire_owned().await?;
        let session = Arc::clone(&session);
        sent.spawn(async move {
            let status = session.send(&request).await;
            drop(place);
            anyhow::Ok(status? != request.status)
        });
    }
    let mut otherwise = 0;
    while let Some(differs) = sent.join_next().await {
        otherwise += usize::from(differs??);
    }
    Ok(otherwise)
}

/// A client that has logged in.
struct Session {
    client: Client,
    base: Url,
    token: SecretString,
}

#[derive(Deserialize)]
struct Token {
    access_token: SecretString,
}

impl Session {
    async fn begin(side: Side, login: &Recorded) -> Result<Self> {
        let variable = format!("{}_MGMT_SERVER", side.prefix());
        let base = env::var(&variable).with_context(|| format!("{variable} is not set"))?;
        let mut session = Self {
            client: Client::builder().http1_only().no_proxy().pool_max_idle_per_host(READS + WRITES).build()?,
            base: Url::parse(&base)?,
            token: SecretString::default(),
        };
        let answer = session.request(login)?.send().await?.error_for_status()?;
        let token: Token = serde_json::from_slice(&answer.bytes().await?).context("the login gave no token")?;
        session.token = token.access_token;
        Ok(session)
    }

    async fn send(&self, request: &Recorded) -> Result<u16> {
        let answer = self.request(request)?.bearer_auth(self.token.expose_secret()).send().await?;
        let status = answer.status().as_u16();
        answer.bytes().await?;
        Ok(status)
    }

    fn request(&self, request: &Recorded) -> Result<reqwest::RequestBuilder> {
        let mut url = self.base.join(&request.path)?;
        url.set_query(Some(request.query.as_str()).filter(|query| !query.is_empty()));
        let builder = self.client.request(Method::from_bytes(request.method.as_bytes())?, url);
        let builder = builder.header(header::ACCEPT, "application/json");
        Ok(if request.body.is_empty() {
            builder
        } else {
            builder.header(header::CONTENT_TYPE, "application/json").body(request.body.clone())
        })
    }
}
