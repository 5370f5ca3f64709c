//! A folder of its own for each test, with small tables, in which the program runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A network that trains in no time.
pub(crate) const TINY: &str = "--hidden 4 --embedding 4 --latent-dim 2 --lf-dim 2 --depth 1 \
                               --min-steps 1 --epochs 2 --split random --val-fraction 0.25 --quiet";

/// The tables that [`Scratch::new`] writes, as arguments.
pub(crate) const TABLES: &str = "--task tb=tb.csv --task tc=tc.csv --target tc";

/// What the program answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A temporary folder.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    /// A folder with `tb.csv` and `tc.csv`: alcohols and alkanes with values linear in their size.
    pub(crate) fn new() -> Self {
        let scratch = Self(tempfile::tempdir().unwrap());
        scratch.write("tb.csv", table(|size| 200.0 + 7.0 * size));
        scratch.write("tc.csv", table(|size| 400.0 + 9.0 * size));
        scratch
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program with these arguments, separated by blanks.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_geogate"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.0.path());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &str) -> Answer {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().unwrap();
        Answer {
            status: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Runs the program, which must succeed.
    #[track_caller]
    pub(crate) fn succeed(&self, arguments: &str) -> Answer {
        let answer = self.run(arguments);
        assert_eq!(answer.status, Some(0), "{arguments}\n{answer:?}");
        answer
    }

    /// Runs the program, which must refuse with status 2 and say each of `words`.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &str, words: &[&str]) {
        let answer = self.run(arguments);
        assert_eq!(answer.status, Some(2), "{arguments}\n{answer:?}");
        for word in words {
            assert!(
                answer.stderr.contains(word),
                "`{word}` in {}",
                answer.stderr
            );
        }
    }

    /// Names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        names(&self.path(folder))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Rows `smiles,value` of 78 molecules.
pub(crate) fn rows(value: impl Fn(f64) -> f64) -> Vec<String> {
    let chains = (1..40).flat_map(|size| ["", "O"].map(|head| (head, size)));
    chains
        .map(|(head, size)| {
            let bonus = if head.is_empty() { 0.0 } else { 11.0 };
            let value = value(size as f64) + bonus;
            format!("{head}{},{value}", "C".repeat(size))
        })
        .collect()
}

fn table(value: impl Fn(f64) -> f64) -> String {
    format!("smiles,value\n{}\n", rows(value).join("\n"))
}

/// The table of `rows` with more rows behind.
pub(crate) fn table_with(more: &[&str]) -> String {
    let mut rows = rows(|size| 400.0 + 9.0 * size);
    rows.extend(more.iter().map(|row| (*row).to_owned()));
    format!("smiles,value\n{}\n", rows.join("\n"))
}
