//! The command line. Every setting that is not a secret is a flag here, made from the registry of variables.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, ArgMatches, value_parser};

use crate::{
    config::{
        FlagValues,
        vars::{self, Origin, Setting, ValueType, VariableScope},
    },
    engine::report::ExitStatus,
};

/// What the user called for.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// What shall be done.
    pub command: Command,
    /// The settings given as flags; each goes before its variable.
    pub flags: FlagValues,
}

/// What shall be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// One run; also when no command is given.
    Sync,
    /// The same without applying.
    Plan {
        /// Exit 5 when changes are pending.
        detailed_exit_code: bool,
        /// Keep the plan in this file.
        out: Option<PathBuf>,
    },
    /// Carries out a kept plan.
    Apply {
        /// The file.
        file: PathBuf,
        /// Carry it out although a limit refuses it.
        accept_limits: bool,
    },
    /// Only the preflight.
    Check {
        /// Also of a run with source and target swapped.
        reverse: bool,
    },
    /// Keeps the source as a snapshot.
    Capture {
        /// The file.
        file: PathBuf,
        /// Leave hashes of keys out.
        without_secrets: bool,
    },
    /// Two small catalogs inside the process; needs no settings.
    Sandbox {
        /// Keep them up and print the variables that point at them.
        serve: bool,
    },
}

/// Reads the command line, the program's name first.
///
/// # Errors
///
/// Wrong usage, and also what is no error to the user: the texts of `--help` and `--version`. [`clap::Error`] knows
/// where to print itself and which status to exit with.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Invocation, clap::Error> {
    let matches = command().try_get_matches_from(arguments)?;
    let command = match matches.subcommand() {
        Some(("plan", plan)) => {
            Command::Plan { detailed_exit_code: plan.get_flag("detailed-exitcode"), out: plan.get_one("out").cloned() }
        }
        Some(("apply", apply)) => Command::Apply {
            // Clap has insisted on it.
            file: apply.get_one("file").cloned().unwrap_or_default(),
            accept_limits: apply.get_flag("accept-limits"),
        },
        Some(("check", check)) => Command::Check { reverse: check.get_flag("reverse") },
        Some(("capture", capture)) => Command::Capture {
            // Clap has insisted on it.
            file: capture.get_one("file").cloned().unwrap_or_default(),
            without_secrets: capture.get_flag("without-secrets"),
        },
        Some(("sandbox", sandbox)) => Command::Sandbox { serve: sandbox.get_flag("serve") },
        _ => Command::Sync,
    };
    Ok(Invocation { command, flags: flags(&matches) })
}

/// The command line's grammar and help.
#[must_use]
pub fn command() -> clap::Command {
    clap::Command::new(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("Replicates one API management catalog to another: users, consumer organizations, applications, subscriptions")
        .after_help(after_help())
        .max_term_width(120)
        .disable_help_subcommand(true)
        .args(vars::settings().filter_map(|setting| argument(&setting)))
        .subcommand(clap::Command::new("sync").about("Check, read both catalogs, plan, apply, report (the default)"))
        .subcommand(plan())
        .subcommand(apply())
        .subcommand(check())
        .subcommand(capture())
        .subcommand(sandbox())
}

fn plan() -> clap::Command {
    let detailed = Arg::new("detailed-exitcode").long("detailed-exitcode").action(ArgAction::SetTrue);
    let out = Arg::new("out").long("out").value_name("FILE").value_parser(value_parser!(PathBuf));
    clap::Command::new("plan")
        .about("The same as sync without applying")
        .arg(detailed.help("Exit with 5 when changes are pending"))
        .arg(out.help("Keep the plan in this file as JSON, for `apply`; also one that a limit refuses"))
}

fn apply() -> clap::Command {
    let file = Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    let accept = Arg::new("accept-limits").long("accept-limits").action(ArgAction::SetTrue);
    clap::Command::new("apply")
        .about("Carry out a plan that `plan --out` kept; what has changed since is skipped and reported")
        .arg(file.help("The kept plan"))
        .arg(accept.help("Approve this plan although a safety limit refuses it"))
}

fn check() -> clap::Command {
    let reverse = Arg::new("reverse").long("reverse").action(ArgAction::SetTrue);
    clap::Command::new("check")
        .about("Only the preflight: prints what to mend and how")
        .arg(reverse.help(
            "Also whether a run with source and target swapped would work today, as after a fail-over; findings of it begin with `reverse: `",
        ))
}

fn capture() -> clap::Command {
    let file = Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    let without = Arg::new("without-secrets").long("without-secrets").action(ArgAction::SetTrue);
    clap::Command::new("capture")
        .about("Keep the source as a snapshot, to plan or restore from when it is out of reach; needs the SOURCE_… settings only")
        .arg(file.help("Where it is written; a former one stays until the new one is whole"))
        .arg(without.help("Leave the hashes of keys out"))
}

fn sandbox() -> clap::Command {
    let serve = Arg::new("serve").long("serve").action(ArgAction::SetTrue);
    clap::Command::new("sandbox")
        .about("Start two small catalogs inside the process and synchronize them; needs no settings")
        .arg(serve.help("Keep them up and print the variables that point at them"))
}

fn argument(setting: &Setting) -> Option<Arg> {
    let flag = setting.flag()?;
    let argument = Arg::new(setting.name())
        .long(flag)
        .global(true)
        .value_name("VALUE")
        .help(help(setting))
        .help_heading(heading(setting));
    Some(match setting.variable.values {
        ValueType::Boolean => argument.num_args(0..=1).require_equals(true).default_missing_value("true"),
        ValueType::Presence => argument.action(ArgAction::Set).num_args(0).default_missing_value("true"),
        _ => argument,
    })
}

fn help(setting: &Setting) -> StyledStr {
    let variable = setting.variable;
    if setting.in_file {
        let secret = variable.meaning;
        return format!("File from which this secret is read: {secret} [variable: {setting}]").into();
    }
    let unset = match (variable.default, variable.otherwise) {
        (Some(default), _) => format!(" [default: {default}]"),
        (None, "none") => String::new(),
        (None, words) if words.contains("required") => format!(" [{words}]"),
        (None, words) => format!(" [default: {words}]"),
    };
    format!("{} [variable: {setting}]{unset}", variable.description()).into()
}

fn heading(setting: &Setting) -> &'static str {
    let variable = setting.variable;
    match (variable.supported, variable.origin, variable.scope) {
        (false, ..) => "Not supported by this release, refused when set",
        (_, Origin::Vendor, VariableScope::PerSide) => "Documented by the vendor, per side",
        (_, Origin::Vendor, VariableScope::Global) => "Documented by the vendor",
        (_, Origin::Ours, VariableScope::PerSide) => "Ours, per side",
        (_, Origin::Ours, VariableScope::Global) => "Ours",
        (_, Origin::Convention, _) => "As everywhere",
    }
}

fn after_help() -> String {
    let mut text = "Secrets are variables only; each may be read from the file that NAME_FILE names:\n".to_owned();
    // Writing to a String cannot fail.
    for secret in vars::settings().filter(Setting::is_secret) {
        let _ = writeln!(text, "  {secret}");
    }
    text.push_str("\nExit statuses:\n");
    for (status, meaning) in ExitStatus::ALL.map(|status| (status.code(), status.meaning())) {
        let _ = writeln!(text, "  {status:>3}  {meaning}");
    }
    text
}

fn flags(matches: &ArgMatches) -> FlagValues {
    let given = vars::settings().filter(|setting| setting.flag().is_some()).map(|setting| setting.name());
    given.filter_map(|name| matches.get_one::<String>(&name).map(|value| (name.clone(), value.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{Command, Invocation, parse};

    fn invoke(arguments: &[&str]) -> Result<Invocation, clap::Error> {
        parse(["apic-configsync"].iter().chain(arguments).map(OsString::from))
    }

    #[test]
    fn commands_are_told_apart_and_sync_is_the_default() {
        for (arguments, command) in [
            (&[][..], Command::Sync),
            (&["sync"], Command::Sync),
            (&["--output", "json"], Command::Sync),
            (&["plan"], Command::Plan { detailed_exit_code: false, out: None }),
            (&["plan", "--detailed-exitcode"], Command::Plan { detailed_exit_code: true, out: None }),
            (&["plan", "--out", "a.json"], Command::Plan { detailed_exit_code: false, out: Some("a.json".into()) }),
            (&["apply", "a.json"], Command::Apply { file: "a.json".into(), accept_limits: false }),
            (
                &["apply", "--accept-limits", "--output=json", "a.json"],
                Command::Apply { file: "a.json".into(), accept_limits: true },
            ),
            (&["check"], Command::Check { reverse: false }),
            (&["check", "--reverse"], Command::Check { reverse: true }),
            (&["sandbox"], Command::Sandbox { serve: false }),
            (&["sandbox", "--serve"], Command::Sandbox { serve: true }),
        ] {
            assert_eq!(invoke(arguments).unwrap().command, command, "{arguments:?}");
        }
    }

    #[test]
    fn flags_stand_before_or_behind_the_command() {
        for (arguments, name, value) in [
            (&["--max-delete-percent", "5"][..], "MAX_DELETE_PERCENT", "5"),
            (&["plan", "--max-delete-percent=5"], "MAX_DELETE_PERCENT", "5"),
            (&["--output", "json", "plan"], "OUTPUT", "json"),
            (&["--deep-compare"], "DEEP_COMPARE", "true"),
            (&["--deep-compare", "plan"], "DEEP_COMPARE", "true"),
            (&["--deep-compare=false"], "DEEP_COMPARE", "false"),
            (&["--sync-products-and-apis=false"], "SyncProductsAndAPIs", "false"),
            (&["--source-org", "acme"], "SOURCE_ORG", "acme"),
            (&["--target-admin-apikey-file", "/key"], "TARGET_ADMIN_APIKEY_FILE", "/key"),
            (&["--no-color"], "NO_COLOR", "true"),
            (&["--exclude-kinds="], "EXCLUDE_KINDS", ""),
        ] {
            assert_eq!(invoke(arguments).unwrap().flags.get(name), Some(value), "{arguments:?}");
        }
        assert_eq!(invoke(&["plan"]).unwrap().flags.get("DEEP_COMPARE"), None);
        assert_eq!(invoke(&["plan"]).unwrap().flags.get("NO_COLOR"), None);
    }

    #[test]
    fn wrong_usage_exits_with_2_and_help_with_0() {
        for arguments in [
            &["--nonsense"][..],
            &["nonsense"],
            &["--source-admin-password", "x"],
            &["sync", "--serve"],
            &["apply"],
            &["sync", "--out", "a.json"],
            &["plan", "--accept-limits"],
            &["plan", "--reverse"],
            &["--reverse"],
        ] {
            assert_eq!(invoke(arguments).unwrap_err().exit_code(), 2, "{arguments:?}");
        }
        for arguments in [["--help"], ["--version"]] {
            assert_eq!(invoke(&arguments).unwrap_err().exit_code(), 0, "{arguments:?}");
        }
    }
}
