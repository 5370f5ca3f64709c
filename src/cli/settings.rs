//! The effective options of a run: defaults, then the configuration file, then flags.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::config::{ADVICE, differences, lay_over, read_file, read_from, table_of};
use crate::data::config::UseMolecules;
use crate::error::{Error, Result};
use crate::evaluate::config::CompareConfig;
use crate::files::{Permission, names::CONFIG, resumable};
use crate::method::ModelOptions;
use crate::train::Model;
use crate::train::config::RunConfig;

/// A configuration file: what a run depends on, and how it is carried out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    data: crate::data::config::DataConfig,
    split: crate::data::config::SplitConfig,
    model: crate::method::ModelConfig,
    training: crate::train::config::TrainingConfig,
    addition: Option<crate::train::config::AdditionConfig>,
    pub(super) compare: CompareConfig,
    pub(super) run: RunSettings,
    /// What was given of the network; the rest are defaults of the method.
    #[serde(skip)]
    pub(super) given: ModelOptions,
}

/// How a run is carried out: nothing here changes its numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RunSettings {
    pub(super) out: Option<PathBuf>,
    pub(super) force: bool,
    pub(super) resume: bool,
    pub(super) threads: Option<usize>,
    pub(super) quiet: bool,
    pub(super) json: bool,
}

impl RunSettings {
    /// What may become of results that are there.
    pub(super) fn permission(&self) -> Permission {
        Permission {
            force: self.force,
            resume: self.resume,
            own: false,
        }
    }
}

/// Flags that were given, as a sparse configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay(Table);

impl Overlay {
    /// Lays `flags` over section `section`.
    pub(super) fn with(mut self, section: &str, flags: &impl Serialize) -> Self {
        let layer = Table::from_iter([(section.to_owned(), Value::Table(table_of(flags)))]);
        lay_over(&mut self.0, layer);
        self
    }

    /// Lays `flags` over section `section`, where any was given.
    pub(super) fn with_some(self, section: &str, flags: &impl Serialize) -> Self {
        if table_of(flags).is_empty() {
            return self;
        }
        self.with(section, flags)
    }
}

impl Settings {
    /// The file's options (defaults where it has none), flags over them; with `--resume` and no
    /// file, those of the run of `command` that is resumed.
    pub(super) fn read(file: Option<&Path>, flags: &Overlay, command: &str) -> Result<Self> {
        let settings = Self::layered(file, flags)?;
        let RunSettings { resume, out, .. } = &settings.run;
        let saved = out.as_ref().map(|out| resumable(out, command).join(CONFIG));
        match saved.filter(|saved| *resume && file.is_none() && saved.is_file()) {
            Some(saved) => Self::layered(Some(&saved), flags),
            None => Ok(settings),
        }
    }

    fn layered(file: Option<&Path>, flags: &Overlay) -> Result<Self> {
        let mut table = match file {
            Some(file) => options_of(file)?,
            None => Table::new(),
        };
        lay_over(&mut table, flags.0.clone());
        let model = table.get("model").and_then(Value::as_table).cloned();
        let given = ModelOptions::new(model.unwrap_or_default());
        let mut settings: Self = read_from(table, "")?;
        settings.model = given.resolve(None)?;
        settings.given = given;
        if let ([only], "") = (&settings.data.tasks[..], settings.data.target.as_str()) {
            settings.data.target = only.name.clone();
        }
        Ok(settings)
    }

    /// What the numbers of the run depend on.
    pub(super) fn config(&self) -> RunConfig {
        RunConfig {
            data: self.data.clone(),
            split: self.split.clone(),
            model: self.model.clone(),
            training: self.training.clone(),
            addition: self.addition.clone(),
        }
    }

    /// The model that the target is added to, if to any; the run's network, inputs and precision become
    /// those of the model.
    pub(super) fn frozen_model(&mut self) -> Result<Option<Model>> {
        let Some(addition) = &self.addition else {
            return Ok(None);
        };
        let model = Model::load(&addition.model)?;
        model.check_addition(&self.data.target)?;
        self.model = self.given.over(model.config())?;
        let inputs = model.inputs();
        if self.data.molecules == UseMolecules::Auto && !inputs.features.is_empty() {
            self.data.molecules = match inputs.molecules {
                true => UseMolecules::Yes,
                false => UseMolecules::No,
            };
        }
        if self.data.features.is_empty() {
            self.data.features = inputs.features;
        }
        self.training.precision = model.precision();
        Ok(Some(model))
    }

    /// The output folder.
    pub(super) fn out(&self) -> Result<&Path> {
        self.run.out.as_deref().ok_or_else(|| {
            Error::usage(
                "there is no folder for the results",
                "name one with --out DIR",
            )
        })
    }

    /// Refuses options but those of the network outside their range, and the lack of any table.
    pub(super) fn check(&self) -> Result<()> {
        if let (true, true, Some(out)) = (
            self.run.resume,
            self.data == Default::default() && self.compare.pairs.is_none(),
            &self.run.out,
        ) {
            return Err(Error::usage(
                format!("there is no run in {} to go on with", out.display()),
                "name the --out folder of the interrupted run, or give the tables to begin one",
            ));
        }
        let tables = !self.data.tasks.is_empty() || self.data.wide.is_some();
        if tables && self.compare.pairs.is_some() {
            return Err(Error::usage(
                "there are tables beside a file of pairs",
                "give either --pairs FILE, or the tables of one target",
            ));
        }
        if !tables && self.compare.pairs.is_none() {
            return Err(Error::usage(
                "there is no table to read",
                "name one per task with --task NAME=FILE, or a wide one with --data FILE",
            ));
        }
        self.split.validate()?;
        self.training.validate()
    }
}

/// The options in which a run of `command`, whose configuration is in the file `saved`, differs from `config`.
///
/// # Errors
/// A file that is no configuration of this program.
pub(super) fn differing(saved: &Path, command: &str, config: &RunConfig) -> Result<Vec<String>> {
    let begun = Settings::read(Some(saved), &Overlay::default(), command)?.config();
    let found = differences(&begun, config).into_iter();
    Ok(found.map(|found| found.option).collect())
}

/// The table of a configuration file, once known to hold only options.
fn options_of(file: &Path) -> Result<Table> {
    let _: Settings = read_file(file, ADVICE)?;
    read_file(file, ADVICE)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::options::{NetworkFlags, TrainingFlags};

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let file = file("[model]\nhidden = 300\ndepth = 4\n[training]\nepochs = 7\n");
        let flags = Overlay::default()
            .with(
                "model",
                &NetworkFlags {
                    depth: Some(5),
                    ..Default::default()
                },
            )
            .with(
                "training",
                &TrainingFlags {
                    lr: Some(0.5),
                    ..Default::default()
                },
            );
        let config = Settings::read(Some(file.path()), &flags, "train")
            .unwrap()
            .config();
        assert_eq!((config.model.hidden, config.model.depth), (300, 5));
        assert_eq!((config.training.epochs, config.training.lr), (7, 0.5));
        let default = RunConfig::default();
        assert_eq!(config.training.batch_size, default.training.batch_size);
        assert_eq!(config.data, default.data);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let file = file("[model]\nhidden = 300\n\n[training]\nepoch = 7\n");
        let error = Settings::read(Some(file.path()), &Overlay::default(), "train").unwrap_err();
        let message = error.to_string();
        assert!(error.is_input());
        assert!(
            message.contains("line 5") && message.contains("epoch"),
            "{message}"
        );
    }

    #[test]
    fn the_effective_configuration_reads_back_the_same() {
        let config = RunConfig::default();
        let file = file(&toml::to_string_pretty(&config).unwrap());
        let back = Settings::read(Some(file.path()), &Overlay::default(), "train").unwrap();
        assert_eq!(back.config(), config);
    }
}
