//! Tables on disk: what is read, refused, merged and divided.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may panic, and a test that is skipped says so"
)]

mod bad_input;
mod check;
#[cfg(feature = "molecule")]
mod conditions;
mod corruption;
#[cfg(feature = "molecule")]
mod joins;
mod known_manifold;
#[cfg(feature = "molecule")]
mod leakage;
#[cfg(feature = "molecule")]
mod real;
mod scaler;
mod splits;
mod table;
mod transform;

use std::path::PathBuf;

use geogate::data::Corpus;
use geogate::data::config::{DataConfig, SplitConfig};
use geogate::error::Result;

/// Small tables in a folder of their own, and the options that read them.
pub(crate) struct Tables {
    folder: tempfile::TempDir,
    pub(crate) data: DataConfig,
    pub(crate) split: SplitConfig,
}

impl Tables {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            data: DataConfig::default(),
            split: SplitConfig::default(),
        }
    }

    /// A file of this content; its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }

    /// Adds `--task NAME=FILE[:COLUMN]`; the first one is the target.
    pub(crate) fn task(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let (name, column) = match name.split_once(':') {
            Some((name, column)) => (name, format!(":{column}")),
            None => (name, String::new()),
        };
        let file = self.file(&format!("{name}.csv"), content);
        let option = format!("{name}={}{column}", file.display());
        self.data.tasks.push(option.parse().unwrap());
        if self.data.target.is_empty() {
            self.data.target = name.to_owned();
        }
        self
    }

    /// The wide table `--data FILE --target TARGET`.
    pub(crate) fn wide(mut self, target: &str, content: impl AsRef<[u8]>) -> Self {
        self.data.wide = Some(self.file("wide.csv", content));
        self.data.target = target.to_owned();
        self
    }

    /// With `--features`.
    pub(crate) fn features(mut self, names: &[&str]) -> Self {
        self.data.features = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// With other options of the data.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut DataConfig)) -> Self {
        change(&mut self.data);
        self
    }

    /// With other options of the split.
    pub(crate) fn split(mut self, change: impl FnOnce(&mut SplitConfig)) -> Self {
        change(&mut self.split);
        self
    }

    pub(crate) fn read(&self) -> Result<Corpus> {
        Corpus::read(&self.data, &self.split, 0)
    }

    /// The message of the error that reading meets.
    #[track_caller]
    pub(crate) fn refusal(&self) -> String {
        let error = self.read().expect_err("the tables should be refused");
        assert!(error.is_input(), "{error} is not called an input error");
        error.to_string()
    }
}
