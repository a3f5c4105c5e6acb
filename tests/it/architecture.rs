//! The arrows of the code: which folder may import which (`src/lib.rs`, invariant 7).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The rooms of the engine, each with those that it may import.
const ENGINE: [(&str, &[&str]); 11] = [
    ("model", &[]),
    ("change", &["model"]),
    ("catalog", &["model", "change"]),
    ("plan", &["model", "change"]),
    ("collect", &["model", "change", "catalog", "plan"]),
    ("confirm", &["model", "change", "catalog", "plan"]),
    ("apply", &["model", "change", "catalog", "plan"]),
    ("plan_file", &["model", "change", "catalog", "plan"]),
    ("time_limit", &["model", "catalog"]),
    ("trial", &["model", "change", "catalog", "plan"]),
    ("report", &["model", "change", "catalog", "plan", "apply", "plan_file"]),
];

/// What the engine must not import.
const OUTSIDE: [&str; 7] = ["cli", "commands", "config", "http", "logging", "platform", "sandbox"];

#[test]
fn imports_of_the_engine_run_one_way() {
    let mut wrong = Vec::new();
    for (file, imported) in imports("src/engine") {
        let own = room(&file);
        let Some((_, allowed)) = ENGINE.iter().find(|(name, _)| *name == own) else {
            continue;
        };
        let is_wrong = |other: &&String| **other != own && !allowed.contains(&other.as_str());
        let rooms = imported.iter().filter(|path| path[0] == "engine").filter_map(|path| path.get(1));
        wrong.extend(rooms.filter(is_wrong).map(|other| format!("{}: {own} imports {other}", file.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_engine_knows_no_configuration_no_http_and_no_platform() {
    let outside = imports("src/engine").into_iter().flat_map(|(file, imported)| {
        let outside = imported.into_iter().filter(|path| OUTSIDE.contains(&path[0].as_str()));
        outside.map(move |path| format!("{}: {}", file.display(), path.join("::")))
    });
    let outside: Vec<String> = outside.collect();
    assert!(outside.is_empty(), "{}", outside.join("\n"));
}

#[test]
fn no_two_top_level_folders_import_each_other() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, imported) in imports("src") {
        let own = top(&file);
        // The binary and the commands stand above all, and the list of modules imports nothing.
        arrows.entry(own.clone()).or_default().extend(imported.into_iter().map(|path| path[0].clone()));
    }
    let both = arrows.iter().flat_map(|(one, others)| others.iter().map(move |other| (one, other)));
    let circles = both.filter(|(one, other)| one < other && arrows.get(*other).is_some_and(|it| it.contains(*one)));
    let circles: Vec<_> = circles.collect();
    assert!(circles.is_empty(), "{circles:?}");
}

/// Words of platforms that must not stand in the code of what serves them all (`src/lib.rs`, invariant 8): kinds, fields, names.
const WORDS_OF_PLATFORMS: [&str; 14] = [
    "consumer_org",
    "consumer org",
    "applications",
    "product",
    "subscri",
    "toolkit",
    "api connect",
    "api_connect",
    "api-connect",
    "hash_client",
    "config_sync_target",
    "gatewayscript",
    "user_registr",
    "x-ibm",
];

#[test]
fn what_serves_every_platform_speaks_the_words_of_none() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut spoken = Vec::new();
    for file in ["src/engine", "src/http", "src/commands"].iter().flat_map(|folder| files(&root.join(folder))) {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_lowercase();
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        for (number, line) in (1..).zip(code) {
            let words = WORDS_OF_PLATFORMS.iter().filter(|word| line.contains(**word));
            spoken.extend(words.map(|word| format!("{}:{number}: {word}", file.display())));
        }
    }
    assert!(spoken.is_empty(), "{}", spoken.join("\n"));
}

/// What each file of a folder imports from this crate, as paths. What a file has for its tests alone does not count.
fn imports(folder: &str) -> Vec<(PathBuf, Vec<Vec<String>>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = files(&root.join(folder));
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
        let uses = text.split("\nuse ").skip(1).filter_map(|it| it.split(';').next());
        let modules = modules_above(file.strip_prefix(root.join("src")).unwrap());
        let mut paths = Vec::new();
        for tree in uses {
            let tree: String = tree.split_whitespace().collect();
            let mut leaves = Vec::new();
            flatten(&[], &tree, &mut leaves);
            paths.extend(leaves.into_iter().filter_map(|leaf| from_root(&leaf, &modules)));
        }
        (file.strip_prefix(root).unwrap().to_owned(), paths)
    };
    files.into_iter().map(read).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The modules that lead to what `super` means in a file.
fn modules_above(file: &Path) -> Vec<String> {
    let mut modules: Vec<String> = file.with_extension("").iter().map(|it| it.to_str().unwrap().to_owned()).collect();
    if modules.last().is_some_and(|it| it == "mod") {
        modules.pop();
    }
    modules.pop();
    modules
}

/// All paths of a tree of imports.
fn flatten(above: &[String], tree: &str, leaves: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let mut item = String::new();
    let mut items = Vec::new();
    for letter in tree.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if letter == ',' && depth == 0 {
            items.push(std::mem::take(&mut item));
        } else {
            item.push(letter);
        }
    }
    items.push(item);
    for item in items.iter().filter(|item| !item.is_empty()) {
        let (path, rest) = item.split_once('{').unwrap_or((item, ""));
        let parts = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned);
        let path: Vec<String> = above.iter().cloned().chain(parts).collect();
        match rest.strip_suffix('}') {
            Some(inner) => flatten(&path, inner, leaves),
            None => leaves.push(path),
        }
    }
}

/// A path from the crate's root; none for what another crate has.
fn from_root(path: &[String], above: &[String]) -> Option<Vec<String>> {
    match path.first().map(String::as_str) {
        Some("crate") => Some(path[1..].to_vec()),
        Some("super") => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let base = above.len().checked_sub(ups - 1)?;
            Some(above[..base].iter().chain(&path[ups..]).cloned().collect())
        }
        _ => None,
    }
    .filter(|path| !path.is_empty())
}

fn room(file: &Path) -> String {
    let name = file.iter().nth(2).unwrap_or_default().to_str().unwrap();
    name.trim_end_matches(".rs").to_owned()
}

fn top(file: &Path) -> String {
    let name = file.iter().nth(1).unwrap_or_default().to_str().unwrap();
    name.trim_end_matches(".rs").to_owned()
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let mut leaves = Vec::new();
    flatten(&[], "crate::{a::{b,c::D},e}", &mut leaves);
    let joined: Vec<String> = leaves.iter().map(|leaf| leaf.join("::")).collect();
    assert_eq!(joined, ["crate::a::b", "crate::a::c::D", "crate::e"]);
    let above = modules_above(Path::new("engine/plan/pair/claim.rs"));
    let path = ["super", "super", "gaps"].map(str::to_owned).to_vec();
    assert_eq!(from_root(&path, &above).unwrap().join("::"), "engine::plan::gaps");
}
