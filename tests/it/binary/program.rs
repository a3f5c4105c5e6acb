//! The binary as a child process: started with nothing but the variables that a test gives it, watched line by line,
//! signalled by its own id, and searched for secrets when it has ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::secrets::Secrets;

/// Guards against a process that hangs; nothing waits this long otherwise.
pub(super) const GUARD: Duration = Duration::from_secs(180);
/// What the log says once a signal has been noticed.
const STOPPING: &str = "stopping: running writes are finished";

/// How to start the binary.
pub(super) struct Program {
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    secrets: Secrets,
    remote: Remote,
    shell: Option<&'static str>,
    reader_leaves: bool,
}

impl Program {
    pub(super) fn new(arguments: &[&str], secrets: &Secrets) -> Self {
        Self {
            arguments: arguments.iter().map(ToString::to_string).collect(),
            variables: BTreeMap::from([("LOG_LEVEL".into(), "trace".into())]),
            secrets: secrets.clone(),
            remote: Remote::default(),
            shell: None,
            reader_leaves: false,
        }
    }

    /// Starts it by way of a shell, in whose script `"$@"` stands for the program and its arguments.
    pub(super) fn within(mut self, script: &'static str) -> Self {
        self.shell = Some(script);
        self
    }

    /// Closes the end of stdout that is read, before anything can have been written.
    pub(super) fn without_reader(mut self) -> Self {
        self.reader_leaves = true;
        self
    }

    fn command(&self) -> Command {
        let binary = env!("CARGO_BIN_EXE_apic-configsync");
        let mut command = match self.shell {
            None => Command::new(binary),
            Some(script) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", script, "sh", binary]);
                shell
            }
        };
        command.args(&self.arguments);
        command
    }

    /// Adds variables; each takes the place of one of the same name.
    pub(super) fn with(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables.extend(variables);
        self
    }

    /// The remote through which others may signal the process.
    pub(super) fn controlled_by(mut self, remote: &Remote) -> Self {
        self.remote = remote.clone();
        self
    }

    pub(super) fn run(self) -> Ended {
        self.start().finish()
    }

    pub(super) fn start(self) -> Running {
        let files = tempfile::tempdir().unwrap();
        self.secrets.learn_variables(self.variables.clone());
        // Held while the process starts: a hook of a server that it talks to must find it.
        let mut slot = self.remote.0.child.lock().unwrap();
        let mut child = self
            .command()
            .env_clear()
            .env("REPORT_FILE", files.path().join("report.json"))
            .envs(&self.variables)
            .current_dir(files.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        if self.reader_leaves {
            drop(stdout);
        } else {
            thread::spawn(move || pass_on(stdout, &sender));
        }
        let remote = self.remote.clone();
        let stderr = thread::spawn(move || remote.listen(stderr));
        *slot = Some(child);
        drop(slot);
        Running { lines, stderr, files, secrets: self.secrets, _guard: Guard(self.remote.clone()), remote: self.remote }
    }
}

fn pass_on(stdout: impl Read, lines: &Sender<String>) {
    for line in BufReader::new(stdout).lines() {
        let line = line.expect("stdout is text");
        if lines.send(line + "\n").is_err() {
            return;
        }
    }
}

/// A process under way.
pub(super) struct Running {
    lines: Receiver<String>,
    stderr: JoinHandle<String>,
    files: TempDir,
    secrets: Secrets,
    pub(super) remote: Remote,
    _guard: Guard,
}

/// Ends the process when the test that started it fails.
struct Guard(Remote);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut child = self.0.0.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = child.as_mut() {
            // One that has ended already is no failure.
            let _ = child.kill();
        }
    }
}

impl Running {
    /// The next line of stdout, newline included; `None` when it has ended.
    pub(super) fn line(&self) -> Option<String> {
        use std::sync::mpsc::RecvTimeoutError;
        match self.lines.recv_timeout(GUARD) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.remote.kill();
                panic!("the process hangs");
            }
        }
    }

    /// Waits for the end and searches what the process has left behind.
    pub(super) fn finish(self) -> Ended {
        let stdout: String = std::iter::from_fn(|| self.line()).collect();
        let code = self.remote.exit_code();
        let stderr = self.stderr.join().unwrap();
        self.secrets.assert_absent("stdout", &stdout);
        self.secrets.assert_absent("stderr", &stderr);
        for entry in std::fs::read_dir(self.files.path()).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            self.secrets.assert_absent(path.to_str().unwrap(), &text);
        }
        let entries = std::fs::read_dir(self.files.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let files = names.collect();
        let report = std::fs::read(self.files.path().join("report.json"));
        let report = report.map_or(Value::Null, |it| serde_json::from_slice(&it).unwrap());
        Ended { code, stdout, stderr, report, files }
    }
}

/// Signals a process, from the test or from within a server that the process talks to.
#[derive(Clone, Default)]
pub(super) struct Remote(Arc<Shared>);

#[derive(Default)]
struct Shared {
    child: Mutex<Option<Child>>,
    stopping: Mutex<bool>,
    noticed: Condvar,
    answers: Mutex<Vec<Answer>>,
}

/// What happens once the log has said something often enough.
struct Answer {
    words: &'static str,
    times: u32,
    then: Box<dyn Fn() + Send>,
}

/// The standard library sends no signal but SIGKILL.
fn kill(signal: &str, pid: u32) -> Command {
    let mut kill = Command::new("kill");
    kill.args(["-s", signal, &pid.to_string()]);
    kill
}

impl Remote {
    /// Sends `TERM` or `INT`.
    pub(super) fn signal(&self, name: &str) {
        let pid = self.0.child.lock().unwrap().as_ref().unwrap().id();
        assert!(kill(name, pid).status().unwrap().success());
    }

    /// Sends `TERM` or `INT` to a process that may have come to its end.
    pub(super) fn signal_or_miss(&self, name: &str) {
        let pid = self.0.child.lock().unwrap().as_ref().map(Child::id);
        let sent = pid.map(|pid| kill(name, pid).status());
        assert!(sent.is_none_or(|status| status.is_ok()));
    }

    /// Sends `TERM` or `INT`, and comes back when the process says that it has noticed.
    pub(super) fn signal_and_wait(&self, name: &str) {
        self.signal(name);
        let stopping = self.0.stopping.lock().unwrap();
        let waited = self.0.noticed.wait_timeout_while(stopping, GUARD, |stopping| !*stopping);
        assert!(!waited.unwrap().1.timed_out(), "{name} went unnoticed");
    }

    /// Does something as soon as the log has said these words so many times.
    pub(super) fn when_said(&self, words: &'static str, times: u32, then: impl Fn() + Send + 'static) {
        let then = Box::new(then);
        self.0.answers.lock().unwrap().push(Answer { words, times, then });
    }

    /// `kill -9`; comes back when the process is no more.
    pub(super) fn kill(&self) {
        let mut child = self.0.child.lock().unwrap();
        let child = child.as_mut().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// `None` for a process that a signal has ended.
    fn exit_code(&self) -> Option<i32> {
        let mut child = self.0.child.lock().unwrap();
        child.as_mut().unwrap().wait().unwrap().code()
    }

    fn listen(&self, stderr: impl Read) -> String {
        let mut all = String::new();
        for line in BufReader::new(stderr).lines() {
            let line = line.expect("stderr is text");
            if line.contains(STOPPING) {
                *self.0.stopping.lock().unwrap() = true;
                self.0.noticed.notify_all();
            }
            for answer in &mut *self.0.answers.lock().unwrap() {
                if line.contains(answer.words) {
                    answer.times = answer.times.wrapping_sub(1);
                    if answer.times == 0 {
                        (answer.then)();
                    }
                }
            }
            all.push_str(&line);
            all.push('\n');
        }
        all
    }
}

/// What a process has left behind.
pub(super) struct Ended {
    /// `None` after `kill -9`.
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// The content of `REPORT_FILE`; null without one.
    pub(super) report: Value,
    /// The names of the files in its folder.
    pub(super) files: BTreeSet<String>,
}

impl Ended {
    /// Insists on an exit status; gives the end back for further questions.
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        if self.report.is_object() {
            assert_eq!(self.report["exit_status"], code, "{}", self.report);
        }
        self
    }

    /// Insists on the run's outcome, as the report file has it.
    #[track_caller]
    pub(super) fn with_outcome(self, outcome: &str) -> Self {
        assert_eq!(self.report["outcome"], outcome, "{}", self.stdout);
        self
    }

    /// Insists that stdout says all of this.
    #[track_caller]
    pub(super) fn says(self, words: &[&str]) -> Self {
        says(&self.stdout, words);
        self
    }

    /// Insists that stderr says all of this and stdout nothing, as before a run.
    #[track_caller]
    pub(super) fn complains(self, words: &[&str]) -> Self {
        says(&self.stderr, words);
        assert_eq!(self.stdout, "");
        self
    }

    /// How many changes came to that result.
    pub(super) fn changes(&self, result: &str) -> usize {
        let changes = self.report["changes"].as_array().unwrap();
        changes.iter().filter(|change| change["result"] == result).count()
    }

    /// How many lists could not be read whole.
    pub(super) fn gaps(&self) -> usize {
        self.report["gaps"].as_array().unwrap().len()
    }
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
}
