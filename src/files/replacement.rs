//! A finished folder takes another's place, at one moment: whoever looks finds the one or the other, whole.
//!
//! The successor is made beside the folder under a name of its own, and marked. Where the system can, the two are
//! exchanged; elsewhere the old one is renamed out of the way and the new one into its place. What is not geogate's
//! moves from the old folder into the new one, the old one is removed, and last the mark. So after a crash
//!
//! | the folder | beside it | what happened |
//! |---|---|---|
//! | unmarked | marked | the successor is not finished |
//! | marked | unmarked | the successor is in place, the old folder is left to remove |
//! | missing | both | the crash came between two renames |

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic::{create_folder, remove_file};
use super::lock::FolderLock;
use super::names::{
    CHECKPOINT, FILES, FOLDERS, INNER, LOCK, REPLACED, SUCCESSOR, UNFINISHED, is_passing,
};
use crate::error::{Error, Result};

/// Where the folder lies that is named so: beside it lies its successor.
pub(super) fn place(named: &Path) -> Result<PathBuf> {
    let plain: PathBuf = named.components().collect();
    let link = fs::symlink_metadata(&plain).is_ok_and(|found| found.is_symlink());
    if plain.file_name().is_some() && !link {
        return Ok(plain);
    }
    fs::canonicalize(&plain).map_err(|source| Error::io("write", named, source))
}

/// Where the successor of a folder is made.
pub(super) fn beside(folder: &Path) -> PathBuf {
    sibling(folder, UNFINISHED)
}

fn sibling(folder: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = folder.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    folder.with_file_name(name)
}

/// Marks a folder as one that is to take another's place.
pub(super) fn mark(folder: &Path) -> Result<()> {
    let path = folder.join(SUCCESSOR);
    fs::write(&path, "").map_err(|source| Error::io("write", &path, source))
}

/// Takes the mark away.
pub(super) fn unmark(folder: &Path) -> Result<()> {
    remove_file(&folder.join(SUCCESSOR))
}

/// Is the folder marked?
pub(super) fn is_marked(folder: &Path) -> bool {
    folder.join(SUCCESSOR).exists()
}

/// The folder whose place the unfinished one at `path` is to take; none if it is to take no other's.
pub fn replaced_by(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(UNFINISHED)?;
    is_marked(path).then(|| path.with_file_name(name))
}

/// Locks a folder, after mending what a crash has left of a replacement.
pub(super) fn lock(folder: &Path) -> Result<FolderLock> {
    let former = sibling(folder, REPLACED);
    let between = !folder.exists() && former.is_dir() && is_marked(&beside(folder));
    let mut lock = FolderLock::take(if between { &former } else { folder })?;
    if between {
        lock.release_to_move();
        fs::rename(&former, folder).map_err(|source| Error::io("rename", &former, source))?;
        lock.moved(folder);
    }
    if is_marked(folder) {
        let left = [former, beside(folder)].into_iter();
        let left: Vec<PathBuf> = left
            .filter(|path| path.is_dir() && !is_marked(path))
            .collect();
        for former in &left {
            remove_former(former, folder)?;
        }
        // a successor called by its own name is still to take another's place
        if !left.is_empty() || replaced_by(folder).is_none() {
            unmark(folder)?;
        }
    }
    Ok(lock)
}

/// Puts the folder `new` into the place of `old`.
///
/// # Errors
/// [`Io`](crate::error::ErrorKind::Io): either nothing has changed, or the new folder is in place and something is
/// left of the old one, which the next [`lock`] removes.
pub(super) fn replace(mut old: FolderLock, mut new: FolderLock) -> Result<()> {
    let (place, made) = (old.folder().to_path_buf(), new.folder().to_path_buf());
    if let Ok(metadata) = fs::metadata(&place) {
        // who may look into it does not change
        let _ = fs::set_permissions(&made, metadata.permissions());
    }
    old.release_to_move();
    new.release_to_move();
    let former = match exchange(&place, &made) {
        Ok(()) => made,
        Err(_) => {
            let former = sibling(&place, REPLACED);
            rename_both(&place, &made, &former).map_err(|source| {
                let what = format!("{} in the place of {}", made.display(), place.display());
                Error::io("put", what, source)
            })?;
            former
        }
    };
    new.moved(&place);
    old.moved(&former);
    drop(old);
    remove_former(&former, &place)?;
    unmark(&place)
}

/// Exchanges two folders at one moment.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The next best: for a moment there is no folder at `place`.
fn rename_both(place: &Path, made: &Path, former: &Path) -> io::Result<()> {
    fs::rename(place, former)?;
    fs::rename(made, place).or_else(|source| {
        fs::rename(former, place)?;
        Err(source)
    })
}

/// Removes a folder whose successor is in place; what is not geogate's moves into the successor.
fn remove_former(former: &Path, successor: &Path) -> Result<()> {
    clear(former)?;
    remove_file(&former.join(LOCK))?;
    move_content(former, successor)?;
    fs::remove_dir(former).map_err(|source| Error::io("remove", former, source))
}

/// Moves what is in one folder into another; folders of ours that hold something else are united.
fn move_content(from: &Path, to: &Path) -> Result<()> {
    for path in entries(from) {
        let name = path.file_name().unwrap_or_default();
        let target = to.join(name);
        if FOLDERS.iter().any(|(ours, _)| name == *ours) && path.is_dir() {
            create_folder(&target)?;
            move_content(&path, &target)?;
            fs::remove_dir(&path).map_err(|source| Error::io("remove", &path, source))?;
        } else {
            fs::rename(&path, &target).map_err(|source| Error::io("move", &path, source))?;
        }
    }
    Ok(())
}

/// Paths of what is in a folder; nothing where it cannot be read.
pub(super) fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

/// Removes every file that the subcommands write, and the folders they write into unless they hold something else.
pub(super) fn clear(folder: &Path) -> Result<()> {
    for (name, endings) in FOLDERS {
        clear_folder(&folder.join(name), endings)?;
    }
    for name in FILES {
        remove_file(&folder.join(name))?;
    }
    sweep(folder)
}

/// Removes the files with these endings, and the folder if nothing else is in it.
fn clear_folder(folder: &Path, endings: &[&str]) -> Result<()> {
    for path in entries(folder) {
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| endings.contains(&ending)) || is_passing(&path) {
            remove_file(&path)?;
        }
    }
    // stays where it holds something else
    let _ = fs::remove_dir(folder);
    Ok(())
}

/// Removes what only an unfinished run needs.
pub(super) fn clear_state(folder: &Path) -> Result<()> {
    for (name, endings) in FOLDERS.iter().filter(|(name, _)| *name == INNER) {
        clear_folder(&folder.join(name), endings)?;
    }
    remove_file(&folder.join(CHECKPOINT))
}

/// Removes the files that a killed run was writing.
pub(super) fn sweep(folder: &Path) -> Result<()> {
    let kept = [LOCK, SUCCESSOR].map(|name| folder.join(name));
    let within = FOLDERS.map(|(name, _)| folder.join(name));
    for folder in within.iter().map(PathBuf::as_path).chain([folder]) {
        for path in entries(folder).filter(|path| is_passing(path) && !kept.contains(path)) {
            remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::names::{CONFIG, METRICS};

    /// A folder with its configuration and scores; and, where it is one, the mark of a successor.
    fn write(folder: &Path, text: &str, marked: bool) {
        fs::create_dir_all(folder).unwrap();
        for name in [CONFIG, METRICS] {
            fs::write(folder.join(name), text).unwrap();
        }
        if marked {
            mark(folder).unwrap();
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<String> = entries(folder).map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_replacement_is_ended_after_a_crash() {
        for former in ["run.unfinished", "run.replaced"] {
            let scratch = tempfile::tempdir().unwrap();
            let [run, former] = ["run", former].map(|name| scratch.path().join(name));
            write(&run, "new", true);
            write(&former, "old", false);
            fs::write(former.join("notes.txt"), "mine").unwrap();
            drop(lock(&run).unwrap());
            assert_eq!(names(scratch.path()), ["run"]);
            assert_eq!(names(&run), [CONFIG, METRICS, "notes.txt"]);
            assert_eq!(fs::read(run.join(METRICS)).unwrap(), b"new");
        }
    }

    #[test]
    fn a_crash_between_two_renames_leaves_the_old_folder() {
        let scratch = tempfile::tempdir().unwrap();
        let place = |name: &str| scratch.path().join(name);
        write(&place("run.replaced"), "old", false);
        write(&place("run.unfinished"), "new", true);
        drop(lock(&place("run")).unwrap());
        assert_eq!(names(scratch.path()), ["run", "run.unfinished"]);
        assert_eq!(fs::read(place("run/metrics.json")).unwrap(), b"old");
    }

    #[test]
    fn folders_of_the_user_are_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let all = ["run", "run.replaced", "run.unfinished"];
        for name in all {
            write(&scratch.path().join(name), name, false);
        }
        drop(lock(&scratch.path().join("run")).unwrap());
        for name in all {
            let file = scratch.path().join(name).join(METRICS);
            assert_eq!(fs::read(file).unwrap(), name.as_bytes());
        }
    }

    #[test]
    fn a_second_rename_that_fails_undoes_the_first() {
        let scratch = tempfile::tempdir().unwrap();
        let [run, made, former] =
            ["run", "run.unfinished", "run.replaced"].map(|name| scratch.path().join(name));
        write(&run, "old", false);
        assert!(rename_both(&run, &made, &former).is_err());
        assert_eq!(fs::read(run.join(METRICS)).unwrap(), b"old");
        write(&made, "new", true);
        rename_both(&run, &made, &former).unwrap();
        assert_eq!(fs::read(run.join(METRICS)).unwrap(), b"new");
        assert_eq!(fs::read(former.join(METRICS)).unwrap(), b"old");
    }
}
