//! The README and `--help` say what the registry says.

use apic_configsync::engine::report::ExitStatus;
use std::path::Path;

use apic_configsync::{cli, config};

const BEGIN: &str = "<!-- variables: made from src/config/vars, see tests/it/docs.rs -->\n";
const END: &str = "<!-- end of variables -->";

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_readmes_tables_are_those_of_the_registry() {
    let readme = readme();
    let (head, rest) = readme.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let wanted = format!("{head}{BEGIN}{}{END}{tail}", config::markdown());
    if wanted != readme {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("README.md");
        std::fs::write(&copy, wanted).unwrap();
        panic!("the README's tables are out of date; refresh them with: cp {} README.md", copy.display());
    }
}

#[test]
fn every_variable_stands_in_the_help() {
    let help = cli::command().term_width(0).render_long_help().to_string();
    for setting in config::vars::settings() {
        let name = setting.name();
        assert!(help.contains(&name), "{name}");
        let flag = setting.flag().map(|flag| format!("--{flag}"));
        assert!(flag.is_none_or(|flag| help.contains(&flag)), "the flag of {name}");
    }
}

#[test]
fn the_help_ends_with_the_exit_statuses_which_the_readme_has_too() {
    let help = cli::command().term_width(0).render_long_help().to_string();
    let (_, end) = help.split_once("Exit statuses:\n").unwrap();
    assert_eq!(end.trim_end().lines().count(), ExitStatus::ALL.len());
    let readme = readme();
    for (status, meaning) in ExitStatus::ALL.map(|status| (status.code(), status.meaning())) {
        assert!(end.contains(&format!("{status}  {meaning}")), "{status} in --help");
        let row = format!("| {status} | {meaning} |\n");
        assert!(readme.contains(&row), "the README lacks the row {row}");
    }
}

#[test]
fn the_two_commands_stand_in_the_readme_and_the_test_command_is_what_ci_runs() {
    let readme = readme();
    for command in ["cargo run --release -- sandbox", "cargo test"] {
        assert!(readme.lines().any(|line| line == command), "{command}");
    }
    let ci = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    assert!(ci.lines().any(|line| line == "cargo test --locked"));
}

#[test]
fn the_grammar_is_sound() {
    cli::command().debug_assert();
}
