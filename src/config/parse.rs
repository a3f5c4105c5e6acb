//! From text to values. An error is what would have been right, as a fragment for the message.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::SignedDuration;
use secrecy::SecretString;
use url::Url;

use super::vars::ValueType;

/// Which name on the target answers to a name on the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameMapping(BTreeMap<String, String>);

impl NameMapping {
    /// The target's name for a source's name; the same name where nothing is mapped.
    #[must_use]
    pub fn target_of<'a>(&'a self, source: &'a str) -> &'a str {
        self.0.get(source).map_or(source, String::as_str)
    }

    /// The pairs, source name first.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(source, target)| (source.as_str(), target.as_str()))
    }
}

pub(super) fn text(text: &str) -> Result<String, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() { Err("more than blanks".to_owned()) } else { Ok(trimmed.to_owned()) }
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(ValueType::Boolean.expected()),
    }
}

/// A whole number within the range of the variable's [`Values::Whole`].
pub(super) fn whole<T: TryFrom<u32>>(values: ValueType) -> impl FnOnce(&str) -> Result<T, String> {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| within(values, u64::from(*number)));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| values.expected())
    }
}

/// A time within the range of the variable's [`Values::Seconds`].
pub(super) fn time(values: ValueType) -> impl FnOnce(&str) -> Result<Duration, String> {
    move |text| {
        seconds(text)
            .filter(|time| {
                // What is more than a whole second counts as the next one, so that nothing exceeds the range.
                let rounded_up = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
                within(values, time.as_secs()) && within(values, rounded_up)
            })
            .ok_or_else(|| values.expected())
    }
}

/// `30s`, `5m`, `24h`, `1h30m`; a bare number is seconds.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Duration::try_from(text.parse::<SignedDuration>().ok()?).ok()
}

/// One of the variable's words, which the caller pairs with values.
pub(super) fn one_of<T: Copy>(words: &[(&str, T)]) -> impl FnOnce(&str) -> Result<T, String> {
    move |text| {
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            words.join(" or ")
        })
    }
}

/// A comma-separated list of kinds, in the spelling of `kinds`.
pub(super) fn kinds(kinds: &[&str]) -> impl FnOnce(&str) -> Result<Vec<String>, String> {
    move |text| {
        let listed = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let known = listed.map(|name| kinds.iter().find(|kind| kind.eq_ignore_ascii_case(name)));
        let known: Option<Vec<String>> = known.map(|kind| kind.map(|kind| (*kind).to_owned())).collect();
        known
            .filter(|known| !known.is_empty())
            .ok_or_else(|| format!("a comma-separated list of kinds: {}", kinds.join(", ")))
    }
}

/// Words, separated by commas.
pub(super) fn list(text: &str) -> Result<Vec<String>, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_owned).collect();
    if words.is_empty() {
        return Err("at least one, separated by commas".to_owned());
    }
    Ok(words)
}

/// `src1,tgt1;src2,tgt2`; a trailing `;` does no harm.
pub(super) fn mapping(text: &str) -> Result<NameMapping, String> {
    let mut mapping = BTreeMap::new();
    let mut targets = BTreeSet::new();
    for pair in text.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
        let names: Vec<&str> = pair.split(',').map(str::trim).collect();
        let [source, target] = names[..] else {
            return Err(ValueType::Mapping.expected());
        };
        if source.is_empty() || target.is_empty() {
            return Err(ValueType::Mapping.expected());
        }
        if !targets.insert(target.to_owned()) {
            return Err(format!("each target name once, but `{target}` stands there twice"));
        }
        if mapping.insert(source.to_owned(), target.to_owned()).is_some() {
            return Err(format!("each source name once, but `{source}` stands there twice"));
        }
    }
    if mapping.is_empty() { Err(ValueType::Mapping.expected()) } else { Ok(NameMapping(mapping)) }
}

/// The base of a REST API: `/api` where no path is given, and never a slash at the end.
pub(super) fn server(text: &str) -> Result<Url, String> {
    let expected = || ValueType::Server.expected();
    let mut url = Url::parse(text.trim()).map_err(|_| expected())?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !plain || !url.has_host() || !matches!(url.scheme(), "http" | "https") {
        return Err(expected());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(if path.is_empty() { "/api" } else { &path });
    Ok(url)
}

/// A proxy's URL; like everywhere, `http://` may be left out.
pub(super) fn proxy(text: &str) -> Result<SecretString, String> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&full).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
    url.map(|url| SecretString::from(String::from(url))).ok_or_else(|| ValueType::Proxy.expected())
}

fn within(values: ValueType, number: u64) -> bool {
    match values {
        ValueType::Whole(least, most) => (u64::from(least)..=u64::from(most)).contains(&number),
        ValueType::Seconds(least, most) => (least..=most).contains(&number),
        _ => false,
    }
}
