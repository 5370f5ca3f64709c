//! Layers point down: no module names a module above it.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms that every room may look into.
const FREE: [&str; 3] = ["error", "random", "files"];

/// Every room of the library with the rooms it may look into, beside itself and the free ones.
const MAY_USE: [(&str, &[&str]); 15] = [
    ("files", &[]),
    ("tensor", &[]),
    ("autograd", &["tensor"]),
    ("nn", &["tensor", "autograd"]),
    ("chart", &["tensor", "autograd", "nn"]),
    ("gp", &["tensor"]),
    ("molecule", &[]),
    ("data", &["molecule"]),
    ("method", &["tensor", "autograd", "nn", "chart"]),
    ("gate", &["tensor", "autograd", "nn", "chart", "method"]),
    ("baseline", &["tensor", "autograd", "nn", "chart", "method"]),
    (
        "train",
        &[
            "tensor", "autograd", "nn", "chart", "gp", "method", "gate", "baseline", "molecule",
            "data",
        ],
    ),
    (
        "evaluate",
        &[
            "tensor", "nn", "chart", "method", "gate", "baseline", "molecule", "data", "train",
        ],
    ),
    (
        "report",
        &[
            "nn", "method", "gate", "molecule", "data", "train", "evaluate",
        ],
    ),
    (
        "cli",
        &[
            "nn", "method", "gate", "molecule", "data", "train", "evaluate", "report",
        ],
    ),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    files
}

/// The lines of a file outside its tests and comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("#[cfg(test)]\nmod").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// The rooms that a file names as `crate::room`, outside its tests and comments.
fn rooms_named(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for line in code(text) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            rooms.push(name);
        }
    }
    rooms
}

#[test]
fn no_room_looks_up() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms: Vec<&str> = MAY_USE.iter().map(|(room, _)| *room).collect();
    let mut faults = Vec::new();
    for (room, below) in MAY_USE {
        let folder = source.join(room);
        if !folder.exists() {
            continue;
        }
        for file in sources(&folder) {
            for named in rooms_named(&fs::read_to_string(&file).unwrap()) {
                let free = named == room || FREE.contains(&named.as_str());
                if !free && rooms.contains(&named.as_str()) && !below.contains(&named.as_str()) {
                    faults.push(format!("{} uses {named}", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "layers point up:\n{}", faults.join("\n"));
}

/// What the library says names options; the program turns them into its flags.
#[test]
fn flags_are_named_by_the_program_alone() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&source).into_iter();
    for file in files.filter(|file| !file.starts_with(source.join("cli"))) {
        let text = fs::read_to_string(&file).unwrap();
        let flag = |line: &&str| {
            let mut after = line.split("--").skip(1);
            after.any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
        };
        let named = code(&text).find(flag);
        assert!(named.is_none(), "{}: {named:?}", file.display());
    }
}

#[test]
fn every_room_is_on_the_list() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(
                name == "random" || MAY_USE.iter().any(|(room, _)| *room == name),
                "{name} has no place in the layers"
            );
        }
    }
}

#[test]
fn geometry_knows_nothing_of_the_rest() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("geometry/Cargo.toml");
    let text = fs::read_to_string(manifest).unwrap();
    let after = text.split("[dependencies]").nth(1).expect("dependencies");
    let section = after.split("\n[").next().unwrap_or_default();
    let names: Vec<&str> = section
        .lines()
        .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim()))
        .collect();
    assert!(
        names
            .iter()
            .all(|name| ["nalgebra", "serde"].contains(name)),
        "{names:?}"
    );
}
