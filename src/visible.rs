//! What other people wrote, made visible: names and messages may hold characters that steer a terminal, turn the
//! direction of a line round or show nothing at all. Whatever leaves the process as text passes through here last.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// Whether a character does something else to its reader than being read.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control() || turns_direction(c) || shows_nothing(c)
}

/// Bidirectional marks, embeddings, overrides and isolates.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Blanks without width, fillers, separators that break lines, tags, and selectors of variants.
fn shows_nothing(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text on one line: every hidden character is written out, line ends too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden, push_escape)
}

/// A text of several lines: like [`line()`], but its line ends stay.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_hidden(c), push_escape)
}

/// JSON that means the same: hidden characters, which can stand only within its texts, become JSON's own escapes.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_hidden(c), push_json_escape)
}

/// The beginning of a text, of at most so many characters.
#[must_use]
pub fn beginning(text: &str, longest: usize) -> &str {
    text.char_indices().nth(longest).map_or(text, |(end, _)| &text[..end])
}

/// A text of at most so many characters; of a longer one its beginning, and how long it is.
#[must_use]
pub fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    match beginning(text, longest) {
        whole if whole.len() == text.len() => Cow::Borrowed(text),
        start => Cow::Owned(format!("{start}… ({} characters)", text.chars().count())),
    }
}

/// Anything as indented JSON without hidden characters, ending with a newline.
///
/// # Errors
/// What serde says.
pub fn pretty_json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    Ok(json(&text).into_owned())
}

fn escaped(text: &str, is_to_escape: impl Fn(char) -> bool, push: impl Fn(&mut String, char)) -> Cow<'_, str> {
    let Some(first) = text.find(&is_to_escape) else {
        return Cow::Borrowed(text);
    };
    let mut shown = text[..first].to_owned();
    for c in text[first..].chars() {
        if is_to_escape(c) {
            push(&mut shown, c);
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn push_escape(shown: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = match c {
        '\n' => shown.write_str("\\n"),
        '\r' => shown.write_str("\\r"),
        '\t' => shown.write_str("\\t"),
        c => write!(shown, "\\u{{{:x}}}", u32::from(c)),
    };
}

fn push_json_escape(shown: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(shown, "\\u{unit:04x}");
    }
}

/// Where log lines go: each is written by one call, and comes out as one visible line. A log that cannot be written is no
/// reason to stop, or to say so in the same place.
#[derive(Debug)]
pub struct LogLines<W> {
    to: W,
    form: LogForm,
}

/// How a log line is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// JSON.
    Json,
    /// Words.
    Plain,
    /// Words with colours, which are sequences of control characters themselves.
    Colored,
}

impl<W> LogLines<W> {
    /// Lines of this form for `to`.
    pub fn new(to: W, form: LogForm) -> Self {
        Self { to, form }
    }
}

impl<W: io::Write> io::Write for LogLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let (text, end) = match text.strip_suffix('\n') {
            Some(text) => (text, "\n"),
            None => (&*text, ""),
        };
        let shown = match self.form {
            LogForm::Json => json(text),
            LogForm::Plain => line(text),
            LogForm::Colored => Cow::Owned(colored(text)),
        };
        let _ = self.to.write_all(format!("{shown}{end}").as_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.to.flush();
        Ok(())
    }
}

/// A line whose colours stay. Within values the library that makes the line has escaped what begins a colour.
fn colored(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut shown = line(pieces.next().unwrap_or_default()).into_owned();
    for piece in pieces {
        let code = piece.find(|c: char| !c.is_ascii_digit() && c != ';');
        match code {
            Some(end) if piece[end..].starts_with('m') => shown.push_str("\u{1b}["),
            _ => shown.push_str(&line("\u{1b}[")),
        }
        shown.push_str(&line(piece));
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const NASTY: &str = "a\u{1b}[31m\u{7}\u{7f}\u{9b}\u{202e}\u{200b}\u{feff}\u{e0041}\r\nb\u{2028}é漢";

    #[test]
    fn what_steers_turns_or_hides_is_written_out() {
        assert_eq!(
            line(NASTY),
            "a\\u{1b}[31m\\u{7}\\u{7f}\\u{9b}\\u{202e}\\u{200b}\\u{feff}\\u{e0041}\\r\\nb\\u{2028}é漢"
        );
        assert_eq!(lines("a\tb\nc"), "a\\tb\nc");
        assert!(matches!(line("plain, é, 漢, «»"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({ NASTY: [NASTY] });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = json(&text);
        assert!(!shown.chars().any(|c| c != '\n' && is_hidden(c)), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    #[test]
    fn a_log_line_is_one_line_and_keeps_its_colours() {
        let written = |form, text: &str| {
            let mut to = Vec::new();
            LogLines::new(&mut to, form).write_all(text.as_bytes()).unwrap();
            String::from_utf8(to).unwrap()
        };
        assert_eq!(written(LogForm::Plain, "a\nINFO b\u{1b}[1mc\n"), "a\\nINFO b\\u{1b}[1mc\n");
        assert_eq!(written(LogForm::Json, "{\"a\":\"\u{9b}\"}\n"), "{\"a\":\"\\u009b\"}\n");
        assert_eq!(
            written(LogForm::Colored, "\u{1b}[2mnow\u{1b}[0m a\nb\u{1b}]0;c\u{7}\u{1b}[2Jd\n"),
            "\u{1b}[2mnow\u{1b}[0m a\\nb\\u{1b}]0;c\\u{7}\\u{1b}[2Jd\n"
        );
    }

    #[test]
    fn a_log_that_cannot_be_written_stops_nothing() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::StorageFull.into())
            }
        }
        let mut log = LogLines::new(Full, LogForm::Plain);
        log.write_all(b"said\n").unwrap();
        log.flush().unwrap();
    }
}
