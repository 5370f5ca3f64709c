//! Every example runs to its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the examples are built: beside the program.
fn built(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_geogate"));
    program.with_file_name("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION)
}

#[test]
fn every_example_runs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let place = tempfile::tempdir().unwrap();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 80, "{name} has {lines} lines, an example has at most 80");
        let output = Command::new(built(name)).current_dir(place.path()).output();
        let output = output.unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} failed:\n{errors}");
        assert!(!output.stdout.is_empty(), "{name} printed nothing");
        count += 1;
    }
    assert!(count > 0, "no example found");
}
