//! What leaves the process as text: nothing in it steers, turns or hides, and JSON means what it meant.

use std::io::Write;

use apic_configsync::visible::{self, LogForm, LogLines, is_hidden};
use serde_json::{Value, json};

/// Any text.
pub(super) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let line = visible::line(&text);
    assert!(!line.contains(is_hidden), "{line:?}");
    assert!(!visible::lines(&text).contains(|c| c != '\n' && is_hidden(c)));
    let value = json!({ text.as_ref(): [text.as_ref()] });
    let shown = visible::json(&value.to_string()).into_owned();
    assert!(!shown.contains(is_hidden), "{shown:?}");
    assert_eq!(serde_json::from_str::<Value>(&shown).ok(), Some(value));
    for form in [LogForm::Plain, LogForm::Json, LogForm::Colored] {
        log(form, &text);
    }
}

/// One call is one line, in which only colours are left of all that steers.
fn log(form: LogForm, text: &str) {
    let mut written = Vec::new();
    let said = format!("{text}\n");
    LogLines::new(&mut written, form).write_all(said.as_bytes()).unwrap();
    let written = String::from_utf8(written).unwrap();
    let line = written.strip_suffix('\n').unwrap();
    let colors = form == LogForm::Colored;
    let hidden = line.chars().filter(|c| is_hidden(*c));
    let others: Vec<char> =
        hidden.filter(|c| !(colors && *c == '\u{1b}' || form == LogForm::Json && *c == '\n')).collect();
    assert!(others.is_empty(), "{written:?}");
    for code in line.split('\u{1b}').skip(1).filter(|_| colors) {
        let end = code.find(|c: char| c != '[' && c != ';' && !c.is_ascii_digit());
        assert!(end.is_some_and(|end| code[end..].starts_with('m')), "{written:?}");
    }
}
