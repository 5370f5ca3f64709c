//! One run at a time writes into a folder: a lock of the operating system, which dies with its process.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind as IoKind};
use std::path::{Path, PathBuf};

use super::names::LOCK;
use crate::error::{Error, Result};

/// Times that a lock is tried for which another run removes at the same moment.
const ATTEMPTS: usize = 100;

/// A locked folder. What was created for the lock goes with it, unless something else has come into it.
#[derive(Debug)]
pub(super) struct FolderLock {
    folder: PathBuf,
    file: Option<File>,
    /// Folders to remove with it where they are empty, deepest first.
    created: Vec<PathBuf>,
}

impl FolderLock {
    /// Locks `folder`, created where it is missing.
    ///
    /// # Errors
    /// [`Usage`](crate::error::ErrorKind::Usage) where another process holds it,
    /// [`Io`](crate::error::ErrorKind::Io) where it does not take files.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        for _ in 0..ATTEMPTS {
            let created = create(folder).map_err(|source| Error::io("create", folder, source))?;
            // for writing: a network file system locks nothing else
            let mut options = File::options();
            let file = match options.create(true).truncate(false).write(true).open(&path) {
                // whoever had created the folder has just removed it
                Err(source) if source.kind() == IoKind::NotFound => continue,
                other => other.map_err(|source| Error::io("write", &path, source))?,
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Err(in_use(folder)),
                // removed, or moved with its folder, between opening and locking
                Ok(()) if !leads_to(&path, &file) => continue,
                // a file system without locks is no reason to refuse the work
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            return Ok(Self {
                folder: folder.to_path_buf(),
                file: Some(file),
                created,
            });
        }
        Err(in_use(folder))
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder is at `place` from now on.
    pub(super) fn moved(&mut self, place: &Path) {
        self.folder = place.to_path_buf();
        self.created.clear();
    }

    /// Removes the folder with the lock, if it is empty then.
    pub(super) fn remove_folder(mut self) {
        self.created.insert(0, self.folder.clone());
    }

    /// Lets go of the file where a folder with an open one cannot be moved.
    pub(super) fn release_to_move(&mut self) {
        if cfg!(windows) {
            self.file = None;
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // a lock file that stays is free for the next run
        let _ = fs::remove_file(self.folder.join(LOCK));
        // closed first: a network file system keeps a removed file that is open, and its folder
        self.file = None;
        for folder in &self.created {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Creates a folder with what leads to it; gives what was missing, deepest first.
fn create(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut created = Vec::new();
    let way: Vec<&Path> = folder.ancestors().collect();
    for path in way.into_iter().rev() {
        match fs::create_dir(path) {
            Ok(()) => created.insert(0, path.to_path_buf()),
            Err(_) if path.is_dir() || path.as_os_str().is_empty() => {}
            Err(source) => return Err(source),
        }
    }
    Ok(created)
}

fn in_use(folder: &Path) -> Error {
    Error::usage(
        format!("another run is writing into {}", folder.display()),
        "wait until it has ended, or name another folder with option `out`",
    )
}

#[cfg(unix)]
fn leads_to(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let [named, open] = [fs::metadata(path), file.metadata()].map(|found| found.map(place).ok());
    named.is_some() && named == open
}

#[cfg(not(unix))]
fn leads_to(path: &Path, _: &File) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_lock_at_a_time() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("a/b");
        let lock = FolderLock::take(&folder).unwrap();
        let refused = FolderLock::take(&folder).unwrap_err().to_string();
        assert!(refused.contains("another run"), "{refused}");
        assert!(folder.join(LOCK).exists(), "left to its holder");
        drop(lock);
        assert!(!scratch.path().join("a").exists(), "nothing came into it");
    }

    #[test]
    fn what_came_into_the_folder_stays() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("a");
        let lock = FolderLock::take(&folder).unwrap();
        fs::write(folder.join("notes.txt"), "").unwrap();
        drop(lock);
        assert!(folder.join("notes.txt").exists() && !folder.join(LOCK).exists());
        drop(FolderLock::take(&folder).unwrap());
        assert!(folder.exists(), "was there before");
    }

    #[test]
    fn threads_at_once_hold_it_one_by_one() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("a");
        let (inside, held) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let contend = || {
            for _ in 0..200 {
                if let Ok(lock) = FolderLock::take(&folder) {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two holders");
                    held.fetch_add(1, Ordering::SeqCst);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(lock);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(contend);
            }
        });
        assert!(held.into_inner() > 0);
    }
}
