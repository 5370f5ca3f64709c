//! Files of a room look at one another in one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms whose files form no ring of imports.
const ROOMS: [&str; 9] = [
    "baseline", "cli", "data", "evaluate", "files", "gate", "method", "report", "train",
];

/// A module by the names that lead to it.
type Module = Vec<String>;

/// Every module under a folder with the code of its file, tests and comments left out.
fn modules(folder: &Path, at: &[String], found: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut module = at.to_vec();
        if path.is_dir() {
            module.push(name);
            modules(&path, &module, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            if name != "mod" {
                module.push(name);
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod").next().unwrap_or_default();
            let lines = code.lines();
            let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
            found.insert(module, lines.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// The paths that begin with `word::` in some code, a brace at the end opened.
fn paths(code: &str, word: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices(&format!("{word}::")) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let path = &rest[..end.unwrap_or(rest.len())];
        let names = |text: &str| -> Module {
            let names = text.split("::").filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        };
        let stem = names(path);
        let braces = rest[path.len()..].strip_prefix('{');
        match braces.and_then(|inner| inner.split(';').next()) {
            Some(inner) if path.ends_with("::") => {
                for item in inner.split([',', '}']) {
                    let item = item.trim().split([' ', '{']).next().unwrap_or_default();
                    paths.push([stem.clone(), names(item)].concat());
                }
            }
            _ => paths.push(stem),
        }
    }
    paths
}

/// The modules of the same room that the code of a module names.
fn neighbours(module: &Module, code: &str, all: &BTreeMap<Module, String>) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for word in ["super", "crate"] {
        for path in paths(code, word) {
            let ups = path.iter().take_while(|name| *name == "super").count();
            let base = match word {
                "super" => &module[..module.len().saturating_sub(ups)],
                _ => &[][..],
            };
            let skipped = if word == "super" { ups } else { 1 };
            let mut named = [base, &path[skipped..]].concat();
            while !named.is_empty() && !all.contains_key(&named) {
                named.pop();
            }
            // a folder and what is in it belong together
            let related = module.starts_with(&named) || named.starts_with(module);
            if !named.is_empty() && named[0] == module[0] && !related {
                found.insert(named);
            }
        }
    }
    found
}

#[test]
fn no_room_has_a_ring_of_imports() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in ROOMS {
        let mut all = BTreeMap::new();
        modules(&source.join(room), &[room.to_owned()], &mut all);
        let mut open: BTreeMap<Module, BTreeSet<Module>> = (all.iter())
            .map(|(module, code)| (module.clone(), neighbours(module, code, &all)))
            .collect();
        // what names nothing that is left is taken away until nothing changes
        loop {
            let left: BTreeSet<Module> = open.keys().cloned().collect();
            open.values_mut()
                .for_each(|named| named.retain(|m| left.contains(m)));
            open.retain(|_, named| !named.is_empty());
            if open.len() == left.len() {
                break;
            }
        }
        let ring: Vec<String> = open.keys().map(|module| module.join("/")).collect();
        assert!(
            ring.is_empty(),
            "files of {room} in a ring, or above one: {ring:?}"
        );
    }
}
