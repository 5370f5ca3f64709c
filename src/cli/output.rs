//! The folder a run writes into: claimed before the work, so that nothing of the user's is ever
//! replaced by accident.

use std::fs;
use std::io::ErrorKind as IoKind;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::train::INNER_FOLDER;
use crate::train::files::{create_folder, is_unfinished, remove_file, write_atomically};

/// The effective configuration; its first line says which command wrote the folder.
pub(super) const CONFIG: &str = "config.toml";

/// Every file the subcommands write into their folder. `--force` removes these and no others.
const FILES: [&str; 17] = [
    CONFIG,
    "checkpoint.safetensors",
    "model.safetensors",
    "model.json",
    "history.csv",
    "predictions.csv",
    "metrics.json",
    "timing.json",
    "report.html",
    "results.csv",
    "summary.json",
    "comparison.csv",
    "lab.csv",
    "geometry.json",
    "points.csv",
    "pairs.csv",
    "stability.csv",
];

/// Folder of a survey's pictures.
pub(super) const PICTURES: &str = "pictures";

/// Folders within the folder, of which `--force` removes files with these endings: a comparison's
/// jobs, what an unfinished run has of its inner validation, a survey's pictures.
const FOLDERS: [(&str, [&str; 2]); 3] = [
    ("jobs", ["csv", "json"]),
    (INNER_FOLDER, INNER),
    (PICTURES, ["csv", "svg"]),
];

/// Endings of what an unfinished inner validation keeps.
const INNER: [&str; 2] = ["json", "json"];

/// What may become of a folder that exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Permission {
    /// Results of any geogate command may be replaced.
    pub(super) force: bool,
    /// A run of the same command may be continued.
    pub(super) resume: bool,
    /// Results of the same command may be replaced.
    pub(super) own: bool,
}

/// An output folder that may be written: nothing has been touched yet.
#[derive(Debug)]
pub(super) struct OutputFolder {
    path: PathBuf,
    command: &'static str,
    /// Holds a run of this command that is to be continued.
    pub(super) resumed: bool,
    replaced: bool,
}

/// What a path holds.
enum Content {
    Nothing,
    Geogate(String),
    Foreign,
}

impl OutputFolder {
    /// Checks that `command` may write into `path`.
    ///
    /// # Errors
    /// [`ErrorKind::OutputExists`] for results that are not to be replaced,
    /// [`ErrorKind::Usage`] for a file or a folder of something else.
    pub(super) fn claim(
        path: &Path,
        command: &'static str,
        permission: Permission,
    ) -> Result<Self> {
        let (resumed, replaced) = match content(path)? {
            Content::Nothing => (false, false),
            Content::Geogate(writer) if permission.resume => {
                if writer != command {
                    return Err(Error::usage(
                        format!("{} holds a run of geogate {writer}", path.display()),
                        format!("--resume goes on with a run of geogate {command}"),
                    ));
                }
                (true, false)
            }
            Content::Geogate(writer)
                if permission.force || (permission.own && writer == command) =>
            {
                (false, true)
            }
            Content::Geogate(_) => {
                let path = path.to_path_buf();
                return Err(ErrorKind::OutputExists { path }.into());
            }
            Content::Foreign => {
                return Err(Error::usage(
                    format!(
                        "{} exists already and is no output of geogate",
                        path.display()
                    ),
                    "choose another --out; it is not replaced, not even with --force",
                ));
            }
        };
        Ok(Self {
            path: path.to_path_buf(),
            command,
            resumed,
            replaced,
        })
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Creates the folder, without results of an earlier run unless they are continued and without what it left
    /// unfinished, and writes the configuration.
    pub(super) fn open(&self, config: &impl Serialize) -> Result<()> {
        if self.replaced {
            self.clear()?;
        }
        create_folder(&self.path)?;
        self.sweep()?;
        let text = toml::to_string_pretty(config).expect("configurations are tables");
        let text = format!("{}\n{text}", signature(self.command));
        write_atomically(&self.file(CONFIG), text.as_bytes())
    }

    /// Removes what this run left, after a failure that leaves nothing to resume.
    pub(super) fn abandon(&self) -> Result<()> {
        if self.resumed {
            return Ok(());
        }
        self.clear()?;
        match fs::remove_dir(&self.path) {
            Err(source) if source.kind() != IoKind::DirectoryNotEmpty => {
                Err(Error::io("remove", &self.path, source))
            }
            _ => Ok(()),
        }
    }

    /// Removes what an inner validation has kept: the run is finished.
    pub(super) fn remove_inner(&self) -> Result<()> {
        clear_folder(&self.file(INNER_FOLDER), &INNER)
    }

    /// Removes the files that a killed run was writing.
    fn sweep(&self) -> Result<()> {
        let within = FOLDERS.map(|(name, _)| self.file(name));
        for folder in within.iter().chain([&self.path]) {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let paths = entries.map(|entry| entry.path());
            for path in paths.filter(|path| is_unfinished(path)) {
                remove_file(&path)?;
            }
        }
        Ok(())
    }

    fn clear(&self) -> Result<()> {
        for name in FILES {
            remove_file(&self.file(name))?;
        }
        for (name, endings) in FOLDERS {
            clear_folder(&self.file(name), &endings)?;
        }
        Ok(())
    }
}

/// Removes the files with these endings, and the folder if nothing else is in it.
fn clear_folder(folder: &Path, endings: &[&str]) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| endings.contains(&ending)) || is_unfinished(&path) {
            remove_file(&path)?;
        }
    }
    // stays where it holds something else
    let _ = fs::remove_dir(folder);
    Ok(())
}

/// First line of a configuration written by `command`.
fn signature(command: &str) -> String {
    format!("# geogate {command} {}", env!("CARGO_PKG_VERSION"))
}

fn content(path: &Path) -> Result<Content> {
    let metadata = match fs::metadata(path) {
        Err(source) if source.kind() == IoKind::NotFound => return Ok(Content::Nothing),
        other => other.map_err(|source| Error::io("write", path, source))?,
    };
    if !metadata.is_dir() {
        return Ok(Content::Foreign);
    }
    let entries = fs::read_dir(path).map_err(|source| Error::io("read", path, source))?;
    // a run may have been killed before its first file was whole
    if entries.flatten().all(|entry| is_unfinished(&entry.path())) {
        return Ok(Content::Nothing);
    }
    let text = fs::read_to_string(path.join(CONFIG)).unwrap_or_default();
    let writer = text
        .strip_prefix("# geogate ")
        .and_then(|rest| rest.split_whitespace().next());
    Ok(writer.map_or(Content::Foreign, |writer| {
        Content::Geogate(writer.to_owned())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::config::RunConfig;

    const FORCE: Permission = Permission {
        force: true,
        resume: false,
        own: false,
    };
    const RESUME: Permission = Permission {
        force: false,
        resume: true,
        own: false,
    };
    const OWN: Permission = Permission {
        force: false,
        resume: false,
        own: true,
    };

    fn written(path: &Path, command: &'static str) -> OutputFolder {
        let folder = OutputFolder::claim(path, command, Permission::default()).unwrap();
        folder.open(&RunConfig::default()).unwrap();
        folder
    }

    #[test]
    fn a_finished_run_is_refused_unless_permitted() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        written(&path, "train");
        let refused = OutputFolder::claim(&path, "train", Permission::default()).unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::OutputExists { .. }));
        assert!(OutputFolder::claim(&path, "train", RESUME).unwrap().resumed);
        assert!(OutputFolder::claim(&path, "train", OWN).is_ok());
        assert!(OutputFolder::claim(&path, "demo", OWN).is_err());
        assert!(OutputFolder::claim(&path, "compare", RESUME).is_err());
        assert!(OutputFolder::claim(&path, "compare", FORCE).is_ok());
    }

    #[test]
    fn force_replaces_our_files_and_no_others() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        written(&path, "train");
        fs::write(path.join("metrics.json"), "{}").unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        let again = OutputFolder::claim(&path, "train", FORCE).unwrap();
        assert!(
            path.join("metrics.json").exists(),
            "claiming touches nothing"
        );
        again.open(&RunConfig::default()).unwrap();
        assert!(!path.join("metrics.json").exists());
        assert!(path.join("notes.txt").exists());
    }

    #[test]
    fn what_a_killed_run_was_writing_is_swept() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        let unfinished = [".geogate-Ab12cd", "jobs/.geogate-Ef34gh"].map(|name| path.join(name));
        fs::create_dir(&path).unwrap();
        fs::write(&unfinished[0], "").unwrap();
        written(&path, "compare");
        assert!(!unfinished[0].exists(), "killed before anything was whole");
        fs::create_dir(path.join("jobs")).unwrap();
        fs::write(path.join("jobs").join("stl.csv"), "").unwrap();
        for permission in [RESUME, FORCE] {
            for file in &unfinished {
                fs::write(file, "").unwrap();
            }
            let folder = OutputFolder::claim(&path, "compare", permission).unwrap();
            folder.open(&RunConfig::default()).unwrap();
            assert!(unfinished.iter().all(|file| !file.exists()));
        }
        assert!(!path.join("jobs").exists(), "nothing else was in it");
    }

    #[test]
    fn something_else_is_never_replaced() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("thesis");
        fs::create_dir(&path).unwrap();
        assert!(
            OutputFolder::claim(&path, "train", Permission::default()).is_ok(),
            "empty"
        );
        fs::write(path.join(CONFIG), "[package]").unwrap();
        for permission in [FORCE, RESUME, OWN] {
            assert!(OutputFolder::claim(&path, "train", permission).is_err());
        }
        let file = path.join(CONFIG);
        assert!(OutputFolder::claim(&file, "train", FORCE).is_err());
    }

    #[test]
    fn an_abandoned_run_leaves_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        let folder = written(&path, "train");
        folder.abandon().unwrap();
        assert!(!path.exists());
    }
}
