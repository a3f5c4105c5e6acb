//! Times in settings: what is accepted lies within the range that the documentation gives, and means the same written otherwise.

use std::time::Duration;

use apic_configsync::config::{
    Settings,
    vars::{self, ValueType, Variable},
};
use jiff::SignedDuration;

use super::{environment::settings, tape::Tape};

const TIMES: [&Variable; 4] =
    [&vars::HTTP_CLIENT_TIMEOUT, &vars::PUBLISH_TIMEOUT, &vars::DELETE_GRACE, &vars::RUN_DEADLINE];

/// Which of the settings, and its text.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let which = tape.roll(4);
    let text = tape.text();
    if text.is_empty() {
        return;
    }
    let Some(read) = value(which, &text) else {
        return;
    };
    let ValueType::Seconds(least, most) = TIMES[which].values else {
        panic!("{} is no time", TIMES[which].name);
    };
    let range = Duration::from_secs(least)..=Duration::from_secs(most);
    assert!(range.contains(&read), "{text:?} was read as {read:?}");
    let signed = SignedDuration::try_from(read).unwrap();
    for other in [format!("{signed}"), format!("{signed:#}"), format!(" {signed:#} ")] {
        let again = value(which, &other);
        assert_eq!(again, Some(read), "{text:?} written as {other:?}");
    }
    if read.subsec_nanos() == 0 {
        assert_eq!(value(which, &read.as_secs().to_string()), Some(read));
    }
}

/// What comes of the text; nothing where it is refused, which must be on account of this variable alone.
fn value(which: usize, text: &str) -> Option<Duration> {
    let name = TIMES[which].name;
    match settings([(name, text)]) {
        Ok(settings) => of(which, &settings),
        Err(problems) => {
            let named: Vec<&str> = problems.problems.iter().map(|problem| problem.variable.as_str()).collect();
            assert_eq!(named, [name]);
            None
        }
    }
}

fn of(which: usize, settings: &Settings) -> Option<Duration> {
    match which {
        0 => Some(settings.http.timeout),
        1 => Some(settings.http.publish_timeout),
        2 => Some(settings.deletion.grace),
        _ => settings.deadline,
    }
}
