//! Two clusters behind real sockets, and the binary between them.

use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard, mpsc::Receiver},
};

use apic_configsync::sandbox::{
    Cluster, Server, SharedCluster,
    faults::RequestRecord,
    seed::{self, Size},
    share,
    world::Secret,
};
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;

use super::{
    front::Front,
    program::{Ended, GUARD, Program, Remote},
};
use crate::secrets::Secrets;

/// Two clusters and what the operator set.
pub(super) struct Pair {
    source: SharedCluster,
    target: SharedCluster,
    settings: BTreeMap<String, String>,
    /// Signals the process that runs between them.
    pub(super) remote: Remote,
    pub(super) secrets: Secrets,
}

pub(super) type Variables = BTreeMap<String, String>;

impl Pair {
    pub(super) fn of((mut source, mut target): (Cluster, Cluster)) -> Self {
        let secrets = Secrets::default();
        for cluster in [&mut source, &mut target] {
            secrets.watch(cluster);
        }
        let settings =
            BTreeMap::from([("SyncProductsAndAPIs".into(), "false".into()), ("DELETE_GRACE".into(), "0s".into())]);
        Self { source: share(source), target: share(target), settings, remote: Remote::default(), secrets }
    }

    /// A first sync of a few organizations, all of which can be carried.
    pub(super) fn first_sync() -> Self {
        Self::of(seed::large(size(2)))
    }

    /// Sets a variable; an empty value unsets it.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    pub(super) fn source(&self) -> MutexGuard<'_, Cluster> {
        self.source.lock().unwrap()
    }

    pub(super) fn target(&self) -> MutexGuard<'_, Cluster> {
        self.target.lock().unwrap()
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_edited(arguments, |_| {})
    }

    /// The same, with the target behind a front.
    pub(super) fn run_behind(&self, front: &Front, arguments: &[&str]) -> Ended {
        self.run_edited(arguments, |variables| stand_before_target(front, variables))
    }

    /// Two runs at once: one behind the front until it is `held`, then another from its beginning to its end, then the
    /// rest of the first.
    pub(super) fn run_two(&self, front: &Front, held: &Receiver<()>) -> [Ended; 2] {
        let servers = Servers::start([&self.source, &self.target]);
        let variables = self.variables(&servers);
        let mut fronted = variables.clone();
        stand_before_target(front, &mut fronted);
        self.learn_secrets();
        let first = Program::new(&["sync"], &self.secrets).with(fronted);
        let first = first.controlled_by(&self.remote).start();
        held.recv_timeout(GUARD).expect("the first run is held");
        let second = Program::new(&["sync"], &self.secrets).with(variables).run();
        front.release();
        let first = first.finish();
        drop(servers);
        assert_eq!(writes(&self.source()), [], "the source was written");
        [first, second]
    }

    /// Runs the binary with variables that a test has had its hands on last.
    ///
    /// The servers end with the run, so that nothing a dead process has sent takes effect later.
    pub(super) fn run_edited(&self, arguments: &[&str], edit: impl FnOnce(&mut Variables)) -> Ended {
        self.run_as(arguments, |program, mut variables| {
            edit(&mut variables);
            program.with(variables)
        })
    }

    /// Runs the binary with the variables, as a test makes it up.
    pub(super) fn run_as(&self, arguments: &[&str], make: impl FnOnce(Program, Variables) -> Program) -> Ended {
        let servers = Servers::start([&self.source, &self.target]);
        let variables = self.variables(&servers);
        self.learn_secrets();
        let program = make(Program::new(arguments, &self.secrets), variables);
        let ended = program.controlled_by(&self.remote).run();
        drop(servers);
        assert_eq!(writes(&self.source()), [], "the source was written");
        ended
    }

    fn variables(&self, servers: &Servers) -> Variables {
        let source = self.source().variables("SOURCE", &servers.urls[0]);
        let mut variables: Variables = source.into_iter().collect();
        variables.extend(self.target().variables("TARGET", &servers.urls[1]));
        variables.extend(self.settings.clone());
        variables
    }

    fn learn_secrets(&self) {
        self.secrets.learn_worlds([&self.source, &self.target]);
    }

    /// How many writes the target has been sent.
    pub(super) fn writes(&self) -> usize {
        writes(&self.target()).len()
    }

    /// Insists that both sides hold the same, ids and marks aside, and that every key works.
    #[track_caller]
    pub(super) fn assert_mirrored(&self) {
        assert_eq!(self.source().snapshot(), self.target().snapshot());
        self.assert_keys_verify();
    }

    /// Insists that the target lets in whoever the source lets in.
    #[track_caller]
    pub(super) fn assert_keys_verify(&self) {
        let (source, target) = (self.source(), self.target());
        let orgs = source.consumer_orgs.rows_under(source.home);
        let orgs = orgs.filter(|org| org.head.name != "sandbox-test-org");
        for credential in orgs.flat_map(|org| source.credentials.rows_under(org.head.id)) {
            let Secret::Clear(secret) = &credential.secret else {
                panic!("the source hashes secrets");
            };
            let id = &credential.client_id;
            assert!(target.verify(id, secret.expose_secret()), "{id}");
        }
    }
}

fn stand_before_target(front: &Front, variables: &mut Variables) {
    let server = variables.get_mut("TARGET_MGMT_SERVER").unwrap();
    *server = front.stand_before(server);
}

/// A world of that many organizations, each with two members beside its owner, two apps and four subscriptions.
pub(super) fn size(orgs: usize) -> Size {
    Size { orgs, members_per_org: 3, apps_per_org: 2, credentials: orgs * 2 + orgs / 2, subscriptions_per_app: 2 }
}

fn writes(cluster: &Cluster) -> Vec<RequestRecord> {
    let requests = cluster.requests().iter();
    requests.filter(|request| request.is_write()).cloned().collect()
}

/// The servers of one run, on threads of their own.
struct Servers {
    urls: [String; 2],
    /// Ended before the runtime, which waits for what is being handled.
    _running: [Server; 2],
    _runtime: Runtime,
}

impl Servers {
    fn start(clusters: [&SharedCluster; 2]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let entered = runtime.enter();
        let servers = clusters.map(|cluster| Server::start(Arc::clone(cluster)).unwrap());
        drop(entered);
        Self { urls: [servers[0].url(), servers[1].url()], _running: servers, _runtime: runtime }
    }
}
