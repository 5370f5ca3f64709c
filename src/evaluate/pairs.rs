//! Several targets in one comparison: `pairs.toml`.
//!
//! ```toml
//! split = ["scaffold", "random"]        # of every pair that has none of its own
//!
//! [[pair]]
//! name = "tc"                           # optional: target and sources otherwise
//! target = "tc=critical_temperature.csv"
//! sources = ["tb=boiling_point.csv"]    # NAME=FILE[:COLUMN], like --task
//! max_rows = { tb = 2000, tc = 400 }
//! overlap = "shared"                    # like the flags: test_fraction, val_fraction, split_column,
//!                                       # split_seed, features, group, on_bad_row
//! [pair.model]                          # options of the network, as in a configuration file
//! hidden = 200
//! [pair.training]
//! epochs = 30
//! ```
//!
//! Files are relative to the folder of `pairs.toml`. What a pair says wins over flags and configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use super::config::without_method;
use crate::config::{changed, read_file};
use crate::data::config::{OnBadRow, Overlap, SplitConfig, SplitName, TaskSource};
use crate::error::{Error, ErrorKind, Result};
use crate::method::ModelOptions;
use crate::train::config::RunConfig;

/// What one pair of a comparison runs on: the tables and every kind of split.
#[derive(Clone, Debug, PartialEq)]
pub struct PairPlan {
    /// Name in files and reports; empty where it is the only pair.
    pub name: String,
    /// Tables and optimisation, with the first kind of split.
    pub config: RunConfig,
    /// The options of networks that were given.
    pub given: ModelOptions,
    /// The kinds of split.
    pub splits: Vec<SplitConfig>,
}

impl PairPlan {
    /// The only pair of a comparison.
    pub fn single(config: &RunConfig, given: &ModelOptions) -> Self {
        Self {
            name: String::new(),
            config: config.clone(),
            given: given.clone(),
            splits: vec![config.split.clone()],
        }
    }
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairsFile {
    split: Option<Splits>,
    #[serde(default)]
    pair: Vec<PairEntry>,
}

/// A split, or a list of them.
#[derive(Clone)]
struct Splits(Vec<SplitName>);

impl<'de> Deserialize<'de> for Splits {
    /// By hand, for an error that names the split there is not.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let names = match Value::deserialize(deserializer)? {
            Value::Array(names) => names,
            name => vec![name],
        };
        if names.is_empty() {
            return Err(D::Error::custom(
                "`split` names no split; leave it out for scaffold",
            ));
        }
        let splits = names.into_iter().map(SplitName::deserialize);
        let splits: std::result::Result<_, toml::de::Error> = splits.collect();
        splits
            .map(Self)
            .map_err(|error| D::Error::custom(error.message()))
    }
}

/// A `[[pair]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairEntry {
    name: Option<String>,
    target: String,
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    max_rows: BTreeMap<String, usize>,
    features: Option<Vec<String>>,
    group: Option<String>,
    on_bad_row: Option<OnBadRow>,
    split: Option<Splits>,
    split_column: Option<String>,
    test_fraction: Option<f64>,
    val_fraction: Option<f64>,
    overlap: Option<Overlap>,
    split_seed: Option<u64>,
    #[serde(default)]
    model: Table,
    #[serde(default)]
    training: Table,
}

/// The pairs of `file` under the options `config` and `given`, which have no tables.
///
/// # Errors
/// A file that cannot be read or says what cannot be; two pairs of one name, or of the same names of tasks.
pub fn read(file: &Path, config: &RunConfig, given: &ModelOptions) -> Result<Vec<PairPlan>> {
    let parsed: PairsFile = read_file(file, ADVICE)?;
    if parsed.pair.is_empty() {
        let problem = format!("{} has no pair", file.display());
        return Err(Error::usage(problem, ADVICE));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let shared = parsed.split;
    let plan = |entry: PairEntry| {
        let name = entry.name.as_ref().unwrap_or(&entry.target).clone();
        let plan = entry.plan(folder, shared.clone(), config, given);
        plan.map_err(|error| of_pair(error, file, &name))
    };
    let plans: Vec<PairPlan> = parsed.pair.into_iter().map(plan).collect::<Result<_>>()?;
    check(&plans).map_err(|error| placed(error, &file.display().to_string()))?;
    Ok(plans)
}

const ADVICE: &str = "write a [[pair]] with target = \"NAME=FILE\" and sources = [\"NAME=FILE\"]";

/// Results tell pairs apart by their names, and by the names of their tasks.
fn check(plans: &[PairPlan]) -> Result<()> {
    let tasks = |plan: &PairPlan| -> Vec<String> {
        let tasks = plan.config.data.tasks.iter();
        tasks.map(|task| task.name.clone()).collect()
    };
    for (index, plan) in plans.iter().enumerate() {
        for other in &plans[..index] {
            if other.name == plan.name || tasks(other) == tasks(plan) {
                return Err(Error::usage(
                    format!("pairs `{}` and `{}` have one name", other.name, plan.name),
                    "give each pair a name and names of tasks of its own",
                ));
            }
        }
    }
    Ok(())
}

impl PairEntry {
    fn plan(
        self,
        folder: &Path,
        shared: Option<Splits>,
        config: &RunConfig,
        given: &ModelOptions,
    ) -> Result<PairPlan> {
        let task = |text: &String| -> Result<TaskSource> {
            let source: TaskSource = text.parse()?;
            let file = within(folder, source.file);
            Ok(TaskSource { file, ..source })
        };
        let target = task(&self.target)?;
        let sources: Vec<TaskSource> = self.sources.iter().map(task).collect::<Result<_>>()?;
        let name = self.name.clone();
        let name = name.unwrap_or_else(|| default_name(&target, &sources));
        file_name(&name)?;
        let mut config = config.clone();
        config.data.target.clone_from(&target.name);
        config.data.tasks = sources.into_iter().chain([target]).collect();
        config.data.max_rows.extend(self.max_rows.clone());
        config.training = changed(&config.training, self.training.clone(), "[pair.training]: ")?;
        config.training.validate()?;
        without_method(self.model.keys(), "[pair.model]")?;
        let splits = self.splits(shared, &config.split);
        self.data(&mut config);
        config.split = splits[0].clone();
        Ok(PairPlan {
            given: given.under(self.model),
            name,
            config,
            splits,
        })
    }

    fn data(&self, config: &mut RunConfig) {
        let data = &mut config.data;
        data.features = self.features.clone().unwrap_or(data.features.clone());
        data.group = self.group.clone().or(data.group.take());
        data.on_bad_row = self.on_bad_row.unwrap_or(data.on_bad_row);
    }

    /// Each kind of split of the pair, or of the file, or `base`.
    fn splits(&self, shared: Option<Splits>, base: &SplitConfig) -> Vec<SplitConfig> {
        let own = SplitConfig {
            split: base.split,
            split_column: self.split_column.clone().or(base.split_column.clone()),
            test_fraction: self.test_fraction.unwrap_or(base.test_fraction),
            val_fraction: self.val_fraction.unwrap_or(base.val_fraction),
            overlap: self.overlap.unwrap_or(base.overlap),
            split_seed: self.split_seed.or(base.split_seed),
            final_run: base.final_run,
        };
        let given = self.split.clone().or(shared);
        let mut names = given.map_or_else(|| vec![base.split], |Splits(names)| names);
        if names.is_empty() || own.split_column.is_some() {
            names = vec![base.split];
        }
        let mut splits: Vec<SplitConfig> = Vec::new();
        for split in names {
            let split = SplitConfig {
                split,
                ..own.clone()
            };
            if splits.iter().all(|other| other.name() != split.name()) {
                splits.push(split);
            }
        }
        splits
    }
}

/// The error with the file and the name of its pair, where it does not name a table.
pub(super) fn of_pair(error: Error, file: &Path, pair: &str) -> Error {
    placed(error, &format!("{}, pair `{pair}`", file.display()))
}

/// The error said of `place`, where it does not name a table.
fn placed(error: Error, place: &str) -> Error {
    match error.kind() {
        ErrorKind::Usage { problem, advice } => {
            Error::usage(format!("{place}: {problem}"), advice.clone())
        }
        ErrorKind::TooFewRows {
            what,
            found,
            needed,
            advice,
        } => ErrorKind::TooFewRows {
            what: format!("{what} ({place})"),
            found: *found,
            needed: *needed,
            advice: advice.clone(),
        }
        .into(),
        _ => error,
    }
}

/// `file`, from `folder` unless it begins at the root.
fn within(folder: &Path, file: PathBuf) -> PathBuf {
    if folder.as_os_str().is_empty() {
        file
    } else {
        folder.join(file)
    }
}

/// `tc-from-tb+vc`, or the target alone where nothing is to help it.
fn default_name(target: &TaskSource, sources: &[TaskSource]) -> String {
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    match &names[..] {
        [] => target.name.clone(),
        _ => format!("{}-from-{}", target.name, names.join("+")),
    }
}

/// Refuses what cannot be part of a file's name.
fn file_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_alphanumeric() || "_-+.".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(Error::usage(
            format!("`{name}` cannot name the files of a pair"),
            "use letters, digits and _ - + . for the names of pairs and tasks, or give the pair a name",
        ));
    }
    Ok(())
}
