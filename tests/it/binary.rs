//! The binary itself: run as a child process, with an environment of its own, against sandbox servers on loopback.
//!
//! Every run passes through [`program::Program`], which searches all that the process leaves behind (stdout, stderr,
//! files) for every secret there is. Runs log at `trace` and write a `REPORT_FILE` unless a test says otherwise.

mod answers;
mod characters;
mod commands;
mod echoes;
mod excess;
mod front;
mod hostile;
mod impostors;
mod kept_plans;
mod kills;
mod logins;
mod pair;
mod program;
mod publishing;
mod report;
mod sandbox;
mod settings;
mod signals;
mod streams;
mod tls;
mod together;
mod vanishing;
