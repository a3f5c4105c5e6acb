//! The keys of snapshots, as the settings name them.

use std::path::Path;

use secrecy::SecretString;

use super::file::{Encryption, Identities, KeyError, Keys, Passphrase, Recipients};
use crate::config::{Problem, SnapshotSettings, vars};

/// How a capture is encrypted.
///
/// # Errors
/// When the settings name no way, two ways, or keys that cannot be used.
pub fn encryption(settings: &SnapshotSettings) -> Result<Encryption, Problem> {
    let ways = [settings.recipients.is_some(), settings.passphrase_file.is_some(), settings.unencrypted];
    match (ways.into_iter().filter(|way| *way).count(), &settings.recipients, &settings.passphrase_file) {
        (1, Some(recipients), _) => {
            let recipients = Recipients::from_setting(recipients);
            recipients
                .map(Encryption::Recipients)
                .map_err(|error| problem(&vars::SNAPSHOT_RECIPIENTS, Some(recipients_shown(settings)), &error))
        }
        (1, _, Some(file)) => passphrase(file).map(Encryption::Passphrase),
        (1, None, None) => Ok(Encryption::None),
        (0, ..) => Err(no_way(None)),
        _ => Err(no_way(Some("more than one of them".to_owned()))),
    }
}

/// The keys that open snapshots.
///
/// # Errors
/// When a file of keys that the settings name cannot be used.
pub fn opening_keys(settings: &SnapshotSettings) -> Result<Keys, Problem> {
    let identities = settings.identity_file.as_deref().map(|file| {
        let found = Some(file.display().to_string());
        Identities::from_file(file).map_err(|error| problem(&vars::SNAPSHOT_IDENTITY_FILE, found, &error))
    });
    Ok(Keys {
        identities: identities.transpose()?,
        passphrase: settings.passphrase_file.as_deref().map(passphrase).transpose()?,
    })
}

fn passphrase(file: &Path) -> Result<Passphrase, Problem> {
    let told = |reason: String| Problem {
        variable: vars::SNAPSHOT_PASSPHRASE_FILE.once().name(),
        found: Some(file.display().to_string()),
        expected: format!("a file with a passphrase ({reason})"),
        example: vars::SNAPSHOT_PASSPHRASE_FILE.once().example(),
        note: None,
    };
    let text = std::fs::read_to_string(file).map_err(|error| told(error.to_string()))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text)).to_owned();
    Passphrase::new(SecretString::from(text)).map_err(|error| told(error.to_string()))
}

fn problem(variable: &'static vars::Variable, found: Option<String>, error: &KeyError) -> Problem {
    let setting = variable.once();
    Problem {
        variable: setting.name(),
        found,
        expected: format!("{} ({error})", variable.values.expected()),
        example: setting.example(),
        note: None,
    }
}

/// Who has mistaken a private key for a public one finds it nowhere in a message.
fn recipients_shown(settings: &SnapshotSettings) -> String {
    let text = settings.recipients.as_deref().unwrap_or_default();
    if text.to_ascii_uppercase().contains("AGE-SECRET-KEY") { "(secret)".to_owned() } else { text.to_owned() }
}

fn no_way(found: Option<String>) -> Problem {
    Problem {
        variable: vars::SNAPSHOT_RECIPIENTS.once().name(),
        found,
        expected:
            "one way to encrypt: SNAPSHOT_RECIPIENTS, SNAPSHOT_PASSPHRASE_FILE, or SNAPSHOT_ENCRYPTION=none for a file \
                   that anybody who has it can read"
                .to_owned(),
        example: vars::SNAPSHOT_RECIPIENTS.once().example(),
        note: None,
    }
}
