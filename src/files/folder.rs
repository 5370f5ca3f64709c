//! The folder a run writes into: claimed before the work, so that nothing of the user's is ever
//! replaced by accident, and nothing finished before its successor is.

use std::fs;
use std::io::ErrorKind as IoKind;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::atomic::write_atomically;
use super::lock::FolderLock;
use super::names::{CONFIG, is_passing};
use super::replacement::{
    beside, clear, clear_state, is_marked, lock, mark, place, replace, sweep, unmark,
};
use crate::error::{Error, ErrorKind, Result};

/// What may become of a folder that exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Results of any geogate command may be replaced.
    pub force: bool,
    /// A run of the same command may be continued.
    pub resume: bool,
    /// Results of the same command may be replaced.
    pub own: bool,
}

/// An output folder that may be written, by nobody else as long as this lives.
///
/// Where results are to be replaced, their successor is made in a folder beside, `NAME.unfinished`, and takes their
/// place with [`OutputFolder::finish`]; whatever ends the run before leaves them as they are.
#[derive(Debug)]
pub struct OutputFolder {
    /// The path as the user has it.
    named: PathBuf,
    command: &'static str,
    resumed: bool,
    /// The folder beside, which is to take the place of this one.
    successor: Option<FolderLock>,
    lock: FolderLock,
}

/// What a path holds.
enum Content {
    Nothing,
    Geogate(String),
    Foreign,
}

impl OutputFolder {
    /// Locks `path` and checks that `command` may write into it; no result is touched yet.
    ///
    /// # Errors
    /// [`ErrorKind::OutputExists`] for results that are not to be replaced, [`ErrorKind::Usage`] for a folder that
    /// another run is writing into, for a file or a folder of something else, also where the successor would be made.
    pub fn claim(path: &Path, command: &'static str, permission: Permission) -> Result<Self> {
        let named: PathBuf = path.components().collect();
        if let Content::Foreign = content(&named)? {
            return Err(foreign(&named));
        }
        let place = place(&named)?;
        let lock = lock(&place)?;
        let (mut resumed, mut successor) = (false, None);
        if permission.resume && is_successor(&beside(&place), command) {
            resumed = true;
            successor = Some(FolderLock::take(&beside(&place))?);
        } else {
            match content(&place)? {
                Content::Nothing => {}
                Content::Geogate(writer) if permission.resume && writer == command => {
                    resumed = true;
                }
                Content::Geogate(writer) if permission.resume => {
                    return Err(Error::usage(
                        format!("{} holds a run of geogate {writer}", named.display()),
                        format!("option `resume` goes on with a run of geogate {command}"),
                    ));
                }
                Content::Geogate(writer)
                    if permission.force || (permission.own && writer == command) =>
                {
                    successor = Some(lock_successor(&place)?);
                }
                Content::Geogate(_) => {
                    return Err(ErrorKind::OutputExists { path: named }.into());
                }
                Content::Foreign => return Err(foreign(&named)),
            }
        }
        Ok(Self {
            named,
            command,
            resumed,
            successor,
            lock,
        })
    }

    /// Does it hold a run of this command that is to be continued?
    pub fn resumed(&self) -> bool {
        self.resumed
    }

    /// The folder that is written: the one claimed, or its successor.
    pub fn path(&self) -> &Path {
        self.successor
            .as_ref()
            .map_or(&self.named, FolderLock::folder)
    }

    /// A file in [`Self::path`].
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Where a file will be when the run is finished.
    pub fn finished_file(&self, name: &str) -> PathBuf {
        self.named.join(name)
    }

    /// Begins the run: without results of an earlier one unless they are continued and without what it left
    /// unfinished, with the configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn open(&self, config: &impl Serialize) -> Result<()> {
        let path = self.path();
        if self.successor.is_some() && !self.resumed {
            mark(path)?;
            clear(path)?;
        }
        sweep(path)?;
        let text = toml::to_string_pretty(config).expect("configurations are tables");
        let text = format!("{}\n{text}", signature(self.command));
        write_atomically(&self.file(CONFIG), text.as_bytes())
    }

    /// Ends the run whose last file is written: what only an unfinished one needs is removed, a successor takes its
    /// place. Gives the folder in which the results are now.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; no result is lost.
    pub fn finish(self) -> Result<PathBuf> {
        clear_state(self.path())?;
        if let Some(successor) = self.successor {
            replace(self.lock, successor)?;
        }
        Ok(self.named)
    }

    /// Removes what this run left, after a failure that leaves nothing to resume.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn abandon(self) -> Result<()> {
        if self.resumed {
            return Ok(());
        }
        clear(self.path())?;
        if let Some(successor) = self.successor {
            unmark(successor.folder())?;
            successor.remove_folder();
        }
        Ok(())
    }
}

/// The folder that a run of `command` into `path` with option `resume` goes on with: the unfinished successor, if
/// there is one of this command.
pub fn resumable(path: &Path, command: &str) -> PathBuf {
    let successor = place(path).map(|place| beside(&place));
    let successor = successor.ok().filter(|path| is_successor(path, command));
    successor.unwrap_or_else(|| path.to_path_buf())
}

/// Does the folder hold an unfinished run of `command` that is to take another's place?
fn is_successor(path: &Path, command: &str) -> bool {
    let writer = content(path);
    is_marked(path) && matches!(writer, Ok(Content::Geogate(writer)) if writer == command)
}

/// Locks the folder in which the successor of `place` is made from the beginning.
fn lock_successor(place: &Path) -> Result<FolderLock> {
    let path = beside(place);
    if !matches!(content(&path)?, Content::Nothing) && !is_marked(&path) {
        return Err(Error::usage(
            format!(
                "{} is in the way, where the successor of {} would be made",
                path.display(),
                place.display()
            ),
            "move it, or name another folder with option `out`",
        ));
    }
    let lock = FolderLock::take(&path)?;
    if systems_differ(place, &path) {
        return Err(Error::usage(
            format!(
                "{} is a file system of its own and cannot be replaced as a whole",
                place.display()
            ),
            "name a folder in it with option `out`",
        ));
    }
    Ok(lock)
}

#[cfg(unix)]
fn systems_differ(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path| fs::metadata(path).map(|found| found.dev()).ok();
    device(one) != device(other)
}

#[cfg(not(unix))]
fn systems_differ(_: &Path, _: &Path) -> bool {
    false
}

fn foreign(path: &Path) -> Error {
    Error::usage(
        format!(
            "{} exists already and is no output of geogate",
            path.display()
        ),
        "name another folder with option `out`; it is not replaced, not even with option `force`",
    )
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
    if entries.flatten().all(|entry| is_passing(&entry.path())) {
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
    use std::collections::BTreeMap;

    use super::*;
    use crate::files::replaced_by;

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

    fn opened(path: &Path, command: &'static str, permission: Permission) -> OutputFolder {
        let folder = OutputFolder::claim(path, command, permission).unwrap();
        folder.open(&BTreeMap::<String, String>::new()).unwrap();
        folder
    }

    fn written(path: &Path, command: &'static str) {
        let folder = opened(path, command, Permission::default());
        fs::write(folder.file("metrics.json"), "first").unwrap();
        folder.finish().unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = crate::files::replacement::entries(folder);
        let names = names.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_finished_run_is_refused_unless_permitted() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        written(&path, "train");
        let claim = |command, permission| OutputFolder::claim(&path, command, permission);
        let refused = claim("train", Permission::default()).unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::OutputExists { .. }));
        assert!(claim("train", RESUME).unwrap().resumed());
        assert!(claim("train", OWN).is_ok());
        assert!(claim("demo", OWN).is_err());
        assert!(claim("compare", RESUME).is_err());
        assert!(claim("compare", FORCE).is_ok());
        assert_eq!(names(scratch.path()), ["run"], "claiming touches nothing");
    }

    #[test]
    fn results_are_replaced_when_their_successor_is_finished() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        written(&path, "train");
        fs::create_dir(path.join("pictures")).unwrap();
        for file in ["notes.txt", "pictures/mine.png", "pictures/map.svg"] {
            fs::write(path.join(file), "mine").unwrap();
        }
        let again = opened(&path, "train", FORCE);
        assert_eq!(again.path(), scratch.path().join("run.unfinished"));
        fs::write(again.file("history.csv"), "second").unwrap();
        assert!(path.join("metrics.json").exists());
        assert_eq!(again.finish().unwrap(), path);
        let kept = ["config.toml", "history.csv", "notes.txt", "pictures"];
        assert_eq!(names(&path), kept);
        assert_eq!(names(&path.join("pictures")), ["mine.png"]);
        assert_eq!(names(scratch.path()), ["run"]);
    }

    #[test]
    fn an_abandoned_successor_leaves_the_results() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        written(&path, "train");
        for _ in 0..2 {
            drop(opened(&path, "train", FORCE));
            assert_eq!(names(scratch.path()), ["run", "run.unfinished"], "killed");
        }
        opened(&path, "train", FORCE).abandon().unwrap();
        assert_eq!(names(scratch.path()), ["run"]);
        assert_eq!(fs::read(path.join("metrics.json")).unwrap(), b"first");
    }

    #[test]
    fn an_unfinished_successor_is_resumed_by_its_own_command() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        written(&path, "compare");
        let killed = opened(&path, "train", FORCE);
        fs::write(killed.file("history.csv"), "second").unwrap();
        drop(killed);
        let beside = scratch.path().join("run.unfinished");
        assert_eq!(replaced_by(&beside), Some(path.clone()));
        assert_eq!(resumable(&path, "compare"), path);
        assert_eq!(opened(&path, "compare", RESUME).path(), path);
        assert_eq!(resumable(&path, "train"), beside);
        let resumed = opened(&path, "train", RESUME);
        assert!(resumed.resumed() && resumed.path() == beside);
        resumed.finish().unwrap();
        assert_eq!(names(&path), ["config.toml", "history.csv"]);
        assert_eq!(replaced_by(&path), None);
    }

    #[test]
    fn a_folder_where_the_successor_would_be_is_not_touched() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        let beside = scratch.path().join("run.unfinished");
        for foreign in [path.clone(), beside.clone()] {
            written(&foreign, "train");
        }
        let refused = OutputFolder::claim(&path, "train", FORCE).unwrap_err();
        assert!(refused.to_string().contains("in the way"), "{refused}");
        assert_eq!(
            OutputFolder::claim(&path, "train", RESUME).unwrap().path(),
            path
        );
        assert_eq!(names(&beside), ["config.toml", "metrics.json"]);
    }

    #[test]
    fn a_folder_is_written_by_one_run_at_a_time() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        let first = opened(&path, "train", Permission::default());
        for permission in [Permission::default(), FORCE, RESUME] {
            let refused = OutputFolder::claim(&path, "train", permission).unwrap_err();
            assert!(refused.to_string().contains("another run"), "{refused}");
        }
        first.finish().unwrap();
        let second = opened(&path, "train", FORCE);
        assert!(OutputFolder::claim(&path, "train", FORCE).is_err());
        assert!(OutputFolder::claim(second.path(), "train", FORCE).is_err());
        second.finish().unwrap();
        assert_eq!(names(&path), ["config.toml"]);
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
            opened(&path, "compare", permission).finish().unwrap();
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
        let path = scratch.path().join("runs/run");
        opened(&path, "train", Permission::default())
            .abandon()
            .unwrap();
        assert!(names(scratch.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_keeps_leading_to_the_results() {
        let scratch = tempfile::tempdir().unwrap();
        let [far, link] = ["far", "link"].map(|name| scratch.path().join(name));
        fs::create_dir(&far).unwrap();
        std::os::unix::fs::symlink(far.join("run"), &link).unwrap();
        written(&far.join("run"), "train");
        let again = opened(&link, "train", FORCE);
        assert!(again.path().ends_with("far/run.unfinished"));
        assert_eq!(again.finish().unwrap(), link);
        assert_eq!(names(&link), ["config.toml"]);
        assert_eq!(names(&far), ["run"]);
    }
}
