//! Files that are whole or absent.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use super::names::PASSING;
use crate::error::{Error, Result};

/// Writes `bytes` to `path`, which holds the old content or the new at any moment (a device or a pipe has what was
/// written before a fault).
///
/// # Errors
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io), the destination untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = PendingFile::create(path)?;
    file.write_all(bytes)
        .map_err(|source| Error::io("write", path, source))?;
    file.commit()
}

/// Writes `value` to `path` as indented JSON with a final newline; NaN becomes `null`.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|source| Error::io("write", path, io::Error::from(source)))?;
    text.push(b'\n');
    write_atomically(path, &text)
}

/// A file under construction: nothing shows at its destination before [`PendingFile::commit`], and
/// nothing is left behind when it is dropped instead.
///
/// A link is followed: the file it leads to is replaced, and the link stays. What is no plain file (a device, a pipe, a
/// stream of this process) is not replaced but written as the bytes come, and has what was written before a fault.
#[derive(Debug)]
pub struct PendingFile {
    bytes: BufWriter<Destination>,
    path: PathBuf,
}

/// Where the bytes of a [`PendingFile`] go.
#[derive(Debug)]
enum Destination {
    /// Into a file beside the one at this path, which takes its place.
    Beside(NamedTempFile, PathBuf),
    /// Into what is there.
    Through(fs::File),
}

impl Destination {
    fn of(path: &Path) -> io::Result<Self> {
        if is_written_through(path) {
            return Ok(Self::Through(open_through(path)?));
        }
        let real = followed(path)?;
        let folder = match real.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            let problem = format!("there is no folder {}", folder.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, problem));
        }
        Ok(Self::Beside(temporary_file().tempfile_in(folder)?, real))
    }

    fn finish(self) -> io::Result<()> {
        match self {
            // a device or a pipe cannot always be synchronised
            Self::Through(mut file) => file.flush(),
            Self::Beside(file, path) => {
                file.as_file().sync_all()?;
                file.persist(path).map_err(|error| error.error).map(drop)
            }
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside(file, _) => file.write(bytes),
            Self::Through(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside(file, _) => file.flush(),
            Self::Through(file) => file.flush(),
        }
    }
}

/// Is something at `path` that is written as the bytes come, and so neither replaced nor lost: a device, a pipe, a
/// socket, a stream of this process?
pub fn is_written_through(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => false,
        Ok(found) if found.is_file() => STREAMS.iter().any(|stream| path.starts_with(stream)),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// Names of the streams of this process, behind which may be a plain file.
const STREAMS: [&str; 6] = [
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/fd",
    "/proc/self/fd",
    "/proc/thread-self/fd",
];

/// Is `path` a name of standard output?
pub fn is_standard_output(path: &Path) -> bool {
    ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .iter()
        .any(|name| path == Path::new(name))
}

/// Opens a device or a pipe; where the system can say so, a pipe without a reader is an error instead of a wait.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn open_through(path: &Path) -> io::Result<fs::File> {
    use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
    use std::os::unix::fs::FileTypeExt;
    let is_pipe = || fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo());
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = open(path, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::NXIO if is_pipe() => {
            io::Error::other("nobody reads this pipe: start its reader first")
        }
        error => error.into(),
    })?;
    // once open, writing waits for the reader
    fcntl_setfl(&opened, fcntl_getfl(&opened)? - OFlags::NONBLOCK)?;
    Ok(opened.into())
}

/// Opens a device or a pipe, and waits for the reader of a pipe.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn open_through(path: &Path) -> io::Result<fs::File> {
    fs::File::options().append(true).open(path)
}

/// Where a chain of links ends, whether or not there is a file.
fn followed(path: &Path) -> io::Result<PathBuf> {
    /// As many as systems follow.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        if !fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            return Ok(path);
        }
        let next = fs::read_link(&path)?;
        // relative to the folder of the link; an absolute one replaces it
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(io::Error::other("too many links lead on from here"))
}

impl PendingFile {
    /// Starts a file that will appear at `path`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) where the folder does not take files.
    pub fn create(path: &Path) -> Result<Self> {
        let bytes = Destination::of(path).map_err(|source| Error::io("write", path, source))?;
        Ok(Self {
            bytes: BufWriter::new(bytes),
            path: path.to_path_buf(),
        })
    }

    /// Flushes the content to the disk and renames the file to its destination.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io), the destination untouched.
    pub fn commit(self) -> Result<()> {
        let Self { bytes, path } = self;
        bytes
            .into_inner()
            .map_err(|error| error.into_error())
            .and_then(Destination::finish)
            .map_err(|source| Error::io("write", &path, source))
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bytes.flush()
    }
}

/// Temporary files are private by default; the finished file should follow the user's umask.
fn temporary_file() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PASSING);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

/// Creates `folder` and what leads to it.
///
/// # Errors
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io).
pub fn create_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|source| Error::io("create", folder, source))
}

/// Removes the file `path` if there is one.
///
/// # Errors
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io).
pub fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path, source))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, b"first").unwrap();
        write_atomically(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn an_abandoned_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = PendingFile::create(&folder.path().join("a.txt")).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_leads_to_the_new_content() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deep")).unwrap();
        fs::write(at("deep/real.txt"), "old").unwrap();
        symlink("deep/real.txt", at("one")).unwrap();
        symlink(at("one"), at("two")).unwrap();
        symlink("deep/new.txt", at("dangling")).unwrap();
        symlink("loop", at("loop")).unwrap();
        write_atomically(&at("two"), b"new").unwrap();
        write_atomically(&at("dangling"), b"made").unwrap();
        assert_eq!(fs::read(at("deep/real.txt")).unwrap(), b"new");
        assert_eq!(fs::read(at("deep/new.txt")).unwrap(), b"made");
        assert!(
            ["one", "two", "dangling"]
                .iter()
                .all(|name| at(name).is_symlink())
        );
        let error = write_atomically(&at("loop"), b"").unwrap_err().to_string();
        assert!(error.contains("loop"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_stays_a_device() {
        use std::os::unix::fs::{FileTypeExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("null");
        symlink("/dev/null", &link).unwrap();
        for path in [Path::new("/dev/null"), &link] {
            write_atomically(path, b"anything").unwrap();
            assert!(is_written_through(path));
            assert!(fs::metadata(path).unwrap().file_type().is_char_device());
        }
        assert!(link.is_symlink());
        // full: an error, not a file
        let error = write_atomically(Path::new("/dev/full"), b"anything").unwrap_err();
        assert!(error.to_string().contains("/dev/full"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_on_a_device_of_memory_is_replaced_as_any_other() {
        let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
            return;
        };
        let path = folder.path().join("a.txt");
        write_atomically(&path, b"first").unwrap();
        write_atomically(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert!(!is_written_through(&path));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_is_written_where_somebody_reads_it() {
        use std::process::{Command, Stdio};
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let error = write_atomically(&pipe, b"lost").unwrap_err().to_string();
        assert!(error.contains("nobody reads this pipe"), "{error}");
        let copy = folder.path().join("copy");
        let mut reader = Command::new("cat")
            .arg(&pipe)
            .stdout(Stdio::from(fs::File::create(&copy).unwrap()))
            .spawn()
            .unwrap();
        let long = vec![b'x'; 1 << 20];
        // the reader opens the pipe in its own time
        while write_atomically(&pipe, &long).is_err() {
            std::thread::yield_now();
        }
        assert!(reader.wait().unwrap().success());
        assert_eq!(fs::read(&copy).unwrap(), long);
        assert!(!fs::metadata(&pipe).unwrap().is_file());
    }

    #[test]
    fn a_missing_folder_is_an_error_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent").join("a.txt");
        let error = write_atomically(&path, b"").unwrap_err();
        assert!(error.to_string().contains("a.txt"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_readable_as_any_other_of_the_user() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let ours = folder.path().join("ours");
        let plain = folder.path().join("plain");
        write_atomically(&ours, b"").unwrap();
        fs::write(&plain, b"").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
