//! Reading settings one by one while collecting all that is wrong with them.

use super::env::{Environment, FlagValues};
use super::parse;
use super::problem::{Problem, Problems, Warning};
use super::spelling::{self, Misspelling};
use super::unverified;
use super::vars::{self, Setting, ValueType};
use crate::visible::beginning;

/// One pass over the configuration. A setting that cannot be read yields nothing, and a problem is remembered; so the
/// values that come out count only if [`Reading::finish`] agrees.
pub(super) struct Reading<'a> {
    environment: &'a Environment,
    flags: &'a FlagValues,
    misspellings: Vec<Misspelling>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    oddities: Vec<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(environment: &'a Environment, flags: &'a FlagValues) -> Self {
        let misspellings = spelling::misspellings(environment);
        Self { environment, flags, misspellings, problems: Vec::new(), warnings: Vec::new(), oddities: Vec::new() }
    }

    /// The setting's value or its default, parsed. The parser's error says what would have been right.
    pub(super) fn value<T>(&mut self, setting: &Setting, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.given(setting).or(setting.variable.default)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.refuse_value(setting, expected);
                None
            }
        }
    }

    /// Like [`Reading::value`], for a setting without which there can be no run.
    pub(super) fn required<T>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if !self.is_set(setting) {
            self.refuse_value(setting, setting.variable.values.expected());
        }
        self.value(setting, parse)
    }

    /// What the user gave: the flag before the variable, and of two spellings the lower-case one. Nothing when unset.
    pub(super) fn text(&self, setting: &Setting) -> Option<&'a str> {
        let name = setting.name();
        if let Some(value) = self.flags.get(&name) {
            return Some(value).filter(|value| !value.is_empty());
        }
        let lower_case = setting.variable.lower_case_too.then(|| self.environment.get(&name.to_ascii_lowercase()));
        lower_case.flatten().or_else(|| self.environment.get(&name))
    }

    /// What the user gave; refused, and nothing, when it is no text.
    pub(super) fn given(&mut self, setting: &Setting) -> Option<&'a str> {
        let name = setting.name();
        let lower_case = setting.variable.lower_case_too.then(|| name.to_ascii_lowercase());
        let is_text = [Some(name), lower_case].iter().flatten().all(|name| self.environment.is_utf8(name));
        if is_text || self.is_flag(setting) {
            return self.text(setting);
        }
        self.refuse_value(setting, "text in UTF-8");
        None
    }

    pub(super) fn is_set(&self, setting: &Setting) -> bool {
        self.text(setting).is_some()
    }

    pub(super) fn is_flag(&self, setting: &Setting) -> bool {
        self.flags.get(&setting.name()).is_some()
    }

    /// Refuses what stands in a setting, or that nothing does.
    pub(super) fn refuse_value(&mut self, setting: &Setting, expected: impl Into<String>) {
        self.refuse_all_of(&[*setting], expected);
    }

    /// Refuses several settings of which one was needed, on account of the first.
    pub(super) fn refuse_all_of(&mut self, settings: &[Setting], expected: impl Into<String>) {
        let Some(first) = settings.first() else {
            return;
        };
        let problem = Problem {
            variable: first.name(),
            found: self.shown(first),
            expected: expected.into(),
            example: first.example(),
            note: self.misspelling_of(settings),
        };
        self.refuse(problem);
    }

    /// Remembers a problem; one for each variable is enough.
    pub(super) fn refuse(&mut self, problem: Problem) {
        if self.problems.iter().all(|known| known.variable != problem.variable) {
            self.problems.push(problem);
        }
    }

    pub(super) fn warn(&mut self, setting: &Setting, message: impl Into<String>) {
        self.warnings.push(Warning { variable: setting.name(), message: message.into() });
    }

    /// Remembers what is odd about a secret and may yet be meant.
    pub(super) fn note_oddity(&mut self, oddity: String) {
        self.oddities.push(oddity);
    }

    /// Hands out what was odd about the secrets that were read since the last time.
    pub(super) fn take_oddities(&mut self) -> Vec<String> {
        std::mem::take(&mut self.oddities)
    }

    /// Warns of variables that somebody has set in vain.
    pub(super) fn warn_of_the_environment(&mut self) {
        self.warnings.extend(self.misspellings.iter().map(Misspelling::warning));
        self.warnings.extend(unverified::warnings(self.environment));
    }

    /// What this release does not heed must not look as if it were heeded.
    pub(super) fn refuse_unsupported(&mut self) {
        for setting in vars::settings().filter(|setting| !setting.variable.supported) {
            if self.text(&setting).is_some_and(|text| !is_default(&setting, text)) {
                let default = setting.variable.default.map_or(String::new(), |default| format!(" or {default}"));
                self.refuse_value(&setting, format!("unset{default}: this release does not support it yet"));
            }
        }
    }

    /// The settings that are neither secret nor what holds without them, by name.
    pub(super) fn in_force(&self) -> Vec<(String, String)> {
        vars::settings()
            .filter(|setting| !setting.is_secret())
            .filter_map(|setting| {
                let text = self.text(&setting)?;
                let value = printable(&setting, text);
                (!is_default(&setting, text)).then(|| (setting.name(), value))
            })
            .collect()
    }

    /// Hands out the value if nothing was wrong on the way.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<(T, Vec<Warning>), Problems> {
        match value {
            Some(value) if self.problems.is_empty() => Ok((value, self.warnings)),
            _ => Err(Problems { problems: self.problems, warnings: self.warnings }),
        }
    }

    fn shown(&self, setting: &Setting) -> Option<String> {
        if setting.is_secret() && self.is_set(&setting.file()) {
            return Some("(secret, in a file)".to_owned());
        }
        let text = self.text(setting)?;
        let value = if setting.is_secret() { "(secret)".to_owned() } else { printable(setting, text) };
        let flag = setting.flag().filter(|_| self.is_flag(setting));
        Some(flag.map_or(value.clone(), |flag| format!("{value} (given as --{flag})")))
    }

    /// Names the variables that look as if one of these had been meant, when all of these are missing.
    fn misspelling_of(&self, settings: &[Setting]) -> Option<String> {
        let meant: Vec<String> = settings.iter().flat_map(|setting| [setting.name(), setting.file().name()]).collect();
        let found = self.misspellings.iter().filter(|misspelling| meant.contains(&misspelling.meant));
        let names: Vec<String> =
            found.map(|misspelling| format!("{} (for {})", misspelling.found, misspelling.meant)).collect();
        let missing = !names.is_empty() && !settings.iter().any(|setting| self.is_set(setting));
        missing.then(|| format!("set, but probably misspelt: {}", names.join(", ")))
    }
}

fn is_default(setting: &Setting, text: &str) -> bool {
    let default = setting.variable.default.unwrap_or_default();
    match setting.variable.values {
        ValueType::Seconds(..) => parse::seconds(text).is_some_and(|value| Some(value) == parse::seconds(default)),
        _ => text.trim().eq_ignore_ascii_case(default),
    }
}

/// The value on one line, without the credentials that a URL may hold.
fn printable(setting: &Setting, text: &str) -> String {
    let text = match setting.variable.values {
        ValueType::Server | ValueType::Proxy => without_credentials(text),
        _ => text.to_owned(),
    };
    beginning(&text, 200).chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Hides all that stands before the last `@` and behind the first `?` or `#`: user, password, keys in a query.
fn without_credentials(text: &str) -> String {
    let (scheme, rest) = text.split_at(text.find("://").map_or(0, |at| at + "://".len()));
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("***@", rest));
    let (rest, query) = rest.find(['?', '#']).map_or((rest, ""), |at| (&rest[..at], &rest[at..]));
    let query = query.chars().next().map_or(String::new(), |mark| format!("{mark}***"));
    format!("{scheme}{user}{rest}{query}")
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        for (text, shown) in [
            ("https://host/api", "https://host/api"),
            ("https://user:pa@ss@host/api", "https://***@host/api"),
            ("user:pass@host", "***@host"),
            ("https://host/api?key=1#x", "https://host/api?***"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }
}
