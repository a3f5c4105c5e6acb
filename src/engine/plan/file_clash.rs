//! Files that are written together and told apart by their names alone.

use std::collections::BTreeMap;

use crate::engine::{change::Bundle, model::File};

/// Why the files of a package cannot be written together: one name is to be two files. Names count as equal where a
/// server might take them for equal, equal contents under one name are one file. A file whose
/// name nothing fixes gets one of its own.
#[must_use]
pub fn clash_of_files(package: &Bundle) -> Option<String> {
    let mut seen: BTreeMap<(&str, String), &File> = BTreeMap::new();
    let carried = package.carried.iter().flat_map(|(_, files)| files.iter());
    for file in carried.filter(|file| file.has_fixed_name) {
        let first = *seen.entry((file.role, folded(&file.name))).or_insert(file);
        if first.bytes != file.bytes {
            let (role, one, other) = (file.role, &first.name, &file.name);
            return Some(format!(
                "two of its APIs have a {role} file of one name with different contents ({one}, {other}): rename one of the \
                 files, in the document that names it too"
            ));
        }
    }
    None
}

/// A name as a server compares it that heeds no case and knows what is replaced in a header.
fn folded(name: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    decoded.replace('\\', "/").to_lowercase()
}
