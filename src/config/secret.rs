//! Secrets and PEM files. What is read here can't be printed, and neither can its problem.

use std::path::Path;

use secrecy::SecretString;

use super::reading::Reading;
use super::vars::Setting;

impl Reading<'_> {
    /// Whether a secret is given, as a value or as a file.
    pub(super) fn has_secret(&self, setting: &Setting) -> bool {
        self.is_set(setting) || self.is_set(&setting.file())
    }

    /// A secret from its variable or from the file that `NAME_FILE` names; one newline at its end is dropped.
    pub(super) fn secret(&mut self, setting: &Setting) -> Option<SecretString> {
        let file = setting.file();
        if self.is_set(setting) && self.is_set(&file) {
            self.refuse_value(setting, format!("one of {setting} and {file}, but both are set"));
            return None;
        }
        if self.text(&file).is_some() {
            return self.secret_file(&file);
        }
        let text = self.given(setting)?;
        Some(self.trimmed(setting, text))
    }

    /// Many a secret was made with `echo secret | base64`. More than one line end, or blanks, may be meant: these stay,
    /// and are remembered as odd.
    fn trimmed(&mut self, setting: &Setting, text: &str) -> SecretString {
        let secret = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        if secret.trim().is_empty() {
            let place = if setting.in_file { "a file with the secret in it" } else { "the secret" };
            self.refuse_value(setting, format!("{place}, but it is empty"));
        }
        if let Some(oddity) = oddity(secret) {
            self.note_oddity(format!("{setting} {oddity}"));
        }
        SecretString::from(secret)
    }

    /// Like [`Reading::secret`], for a secret without which there can be no run.
    pub(super) fn required_secret(&mut self, setting: &Setting) -> Option<SecretString> {
        if !self.has_secret(setting) {
            let expected = format!("{}; or {} naming its file", setting.variable.values.expected(), setting.file());
            self.refuse_value(setting, expected);
        }
        self.secret(setting)
    }

    /// A PEM file that holds something under the given label.
    pub(super) fn pem_file(&mut self, setting: &Setting, label: &str) -> Option<Vec<u8>> {
        let content = self.file(setting)?;
        if !is_pem(&content, label) {
            self.refuse_value(setting, format!("a PEM file with a {label}, but there is none in it"));
        }
        Some(content)
    }

    /// The PEM files of the directories that a setting lists with `:` between them, as `SSL_CERT_DIR` does.
    pub(super) fn pem_directories(&mut self, setting: &Setting, label: &str) -> Option<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        for directory in self.given(setting)?.split(':').filter(|directory| !directory.is_empty()) {
            match pem_files_in(Path::new(directory), label) {
                Ok(files) => found.extend(files),
                Err(error) => self.refuse_value(setting, format!("readable directories, but {directory}: {error}")),
            }
        }
        Some(found)
    }

    fn secret_file(&mut self, setting: &Setting) -> Option<SecretString> {
        let content = String::from_utf8(self.file(setting)?);
        let Ok(text) = content else {
            self.refuse_value(setting, "a file of UTF-8 text");
            return None;
        };
        Some(self.trimmed(setting, &text))
    }

    fn file(&mut self, setting: &Setting) -> Option<Vec<u8>> {
        match std::fs::read(self.given(setting)?) {
            Ok(content) => Some(content),
            Err(error) => {
                self.refuse_value(setting, format!("a file that can be read, but: {error}"));
                None
            }
        }
    }
}

/// What about a secret is probably not meant, without showing it.
fn oddity(secret: &str) -> Option<&'static str> {
    if secret.starts_with('\u{feff}') {
        Some("begins with a byte order mark")
    } else if secret.ends_with(['\n', '\r']) {
        Some("ends with a line end")
    } else if secret.ends_with(char::is_whitespace) {
        Some("ends with white space")
    } else if secret.starts_with(char::is_whitespace) {
        Some("begins with white space")
    } else if secret.contains(crate::visible::is_hidden) {
        Some("holds a character that does not show")
    } else {
        None
    }
}

/// Files that hold nothing of the kind are passed over: certificate directories also hold other things.
fn pem_files_in(directory: &Path, label: &str) -> std::io::Result<Vec<Vec<u8>>> {
    let mut paths =
        std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let readable = paths.into_iter().filter_map(|path| std::fs::read(path).ok());
    Ok(readable.filter(|content| is_pem(content, label)).collect())
}

fn is_pem(content: &[u8], label: &str) -> bool {
    let text = String::from_utf8_lossy(content);
    text.lines().any(|line| line.starts_with("-----BEGIN ") && line.trim_end().ends_with(&format!("{label}-----")))
}
