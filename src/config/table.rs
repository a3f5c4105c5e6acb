//! The variables as tables for the README.

use std::fmt::Write;

use super::vars::{Origin, Variable, VariableScope, variables};

/// The registry in Markdown: one table for each group, and a list of what later releases will heed.
#[must_use]
pub fn markdown() -> String {
    use Origin::{Convention, Ours, Vendor};
    use VariableScope::{Global, PerSide};
    let groups = [
        ("Documented by the vendor, per side (`SOURCE_…` and `TARGET_…`)", Vendor, PerSide),
        ("Documented by the vendor", Vendor, Global),
        ("Ours, per side (`SOURCE_…` and `TARGET_…`)", Ours, PerSide),
        ("Ours", Ours, Global),
        ("As everywhere", Convention, Global),
    ];
    let mut text: String = groups.into_iter().map(|(title, origin, scope)| table(title, origin, scope)).collect();
    let later: Vec<String> =
        variables().filter(|variable| !variable.supported).map(|variable| code(variable.name)).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "Not supported by this release, and refused when set: {}.", later.join(", "));
    text
}

fn table(title: &str, origin: Origin, scope: VariableScope) -> String {
    let rows = variables().filter(|row| row.supported && row.origin == origin && row.scope == scope).map(row);
    format!("**{title}**\n\n| variable | default | meaning |\n|---|---|---|\n{}\n", rows.collect::<String>())
}

fn row(variable: &Variable) -> String {
    let default = variable.default.map_or_else(|| variable.otherwise.to_owned(), code);
    format!("| {} | {default} | {} |\n", names(variable), variable.description())
}

fn names(variable: &Variable) -> String {
    let prefix = if variable.scope == VariableScope::PerSide { "*_" } else { "" };
    let name = format!("`{prefix}{}`", variable.name);
    if variable.secret { format!("{name}, `{prefix}{}_FILE`", variable.name) } else { name }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
