//! Logs: to stderr, as JSON where nobody watches, as lines where somebody does.

use std::io;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    config::{LogEncoding, LogSettings},
    visible::{LogForm, LogLines},
};

/// Starts logging. Only our own words are logged above warnings: those of libraries could quote what they carry.
pub fn start(logging: &LogSettings, terminal: bool, color: bool) {
    let level = logging.level.as_str().to_lowercase();
    let filter = EnvFilter::new(format!("warn,apic_configsync={level}"));
    let encoding = logging.encoding.unwrap_or(if terminal { LogEncoding::Console } else { LogEncoding::Json });
    let colored = terminal && color;
    let registry = tracing_subscriber::registry().with(filter);
    // A second start, as in tests, changes nothing.
    let _ = match encoding {
        LogEncoding::Json => registry
            .with(fmt::layer().json().flatten_event(true).with_writer(|| LogLines::new(io::stderr(), LogForm::Json)))
            .try_init(),
        LogEncoding::Console => {
            let form = if colored { LogForm::Colored } else { LogForm::Plain };
            registry
                .with(
                    fmt::layer()
                        .with_ansi(colored)
                        .with_target(false)
                        .with_writer(move || LogLines::new(io::stderr(), form)),
                )
                .try_init()
        }
    };
}
