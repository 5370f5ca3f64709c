//! One job of a comparison: a method on one split under one seed.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::EvidenceUse;
use super::levels::LevelCount;
use super::outcome::{LabelledPrediction, scored_rows};
use super::prediction_file::PredictionRow;
use super::tuning::Draw;
use super::uncertainty::UncertaintyScores;
use crate::config::{Digest, is_default};
use crate::data::{Corpus, Part, Partition};
use crate::files::names::JOBS;
use crate::method::MethodName;
use crate::train::Prediction;
use crate::train::config::RunConfig;
use crate::train::metrics::Scores;

/// A method on one fold (0 for a holdout split) under one seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Name of the pair; empty where there is one alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pair: String,
    /// Name of the split, as `results.csv` has it.
    pub split: String,
    /// The method.
    pub method: MethodName,
    /// Name of the variant, the option changed; empty for the method as it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// Seed of sample, split, initialisation and batches.
    pub seed: u64,
    /// The fold that is the test set; 0 for a holdout split.
    pub fold: usize,
}

impl Job {
    /// Name of the job's files in `jobs/`.
    pub fn id(&self) -> String {
        let Self {
            pair,
            split,
            method,
            variant,
            seed,
            fold,
        } = self;
        let variant = if variant.is_empty() {
            String::new()
        } else {
            format!("@{variant}")
        };
        let id = format!("{}{variant}-seed{seed}-fold{fold}", method.as_str());
        if pair.is_empty() {
            return id;
        }
        format!("{pair}-{split}-{id}")
    }

    /// The record of the finished job under `folder`.
    pub fn record_path(&self, folder: &Path) -> PathBuf {
        folder.join(JOBS).join(format!("{}.json", self.id()))
    }

    /// The job's predictions under `folder`, of the target's rows at least: see
    /// [`prediction_file`](super::prediction_file).
    pub fn predictions_path(&self, folder: &Path) -> PathBuf {
        folder.join(JOBS).join(format!("{}.csv", self.id()))
    }
}

/// Where a job stands in its comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobIndex {
    /// Index of the job's pair of tasks.
    pub pair: usize,
    /// Index of the pair in the job's kind of split, among the
    /// [summaries](super::summary::ComparisonSummary::pairs).
    pub section: usize,
    /// Index of what the job runs with: the pair's methods as they are, in their order, then the
    /// variants.
    pub setting: usize,
    /// Index of the job's rows, among the divisions of the pair.
    pub division: usize,
}

/// A finished job with what it says of the target's rows.
#[derive(Clone, Debug, PartialEq)]
pub struct JobResult {
    /// Where it stands.
    pub index: JobIndex,
    /// What is kept of it.
    pub record: JobRecord,
    /// Training, validation and test rows of the target, in the corpus's order.
    pub predictions: Vec<LabelledPrediction>,
}

impl JobResult {
    /// The target's rows of a part.
    pub fn of_part(&self, part: Part) -> impl Iterator<Item = &LabelledPrediction> {
        self.predictions
            .iter()
            .filter(move |found| found.part == part)
    }
}

/// The target's predictions among the `rows` of a job's file; none where these are not of this corpus and partition.
pub(super) fn of_target(
    rows: Vec<PredictionRow>,
    corpus: &Corpus,
    partition: &Partition,
) -> Option<Vec<LabelledPrediction>> {
    let target = corpus.target;
    let mut rows = rows
        .into_iter()
        .filter(|row| row.task == corpus.tasks[target]);
    let matched = scored_rows(corpus, partition).map(|(row, part)| {
        let found = rows.next()?;
        // inner folds turn validation rows into training rows, and leave the test rows alone
        let tested = part == Part::Test;
        let truth = corpus.label(row, target);
        let agrees = found.identifier == corpus.identifiers[row] && found.truth == truth;
        (agrees && tested == (found.part == Part::Test)).then(|| LabelledPrediction {
            row,
            task: target,
            part: found.part,
            truth,
            prediction: Prediction::of(found.mean),
            bar: found.bar,
        })
    });
    let predictions = matched.collect::<Option<Vec<_>>>()?;
    rows.next().is_none().then_some(predictions)
}

/// What is kept of a finished job: `jobs/ID.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRecord {
    /// The job.
    pub job: Job,
    /// Everything its result depends on: see [`fingerprint`].
    pub fingerprint: String,
    /// Training rows of the target.
    pub n_train: usize,
    /// Scores on the target's validation rows.
    pub val: Scores,
    /// Scores on the target's test rows.
    pub test: Scores,
    /// Epochs trained.
    pub epochs: usize,
    /// Epoch whose weights were kept.
    pub best_epoch: usize,
    /// Errors on the target's validation rows after each epoch of training on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<f64>,
    /// Every draw of the search for options, of which the best was kept; empty without a search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<Draw>,
    /// Wall-clock time.
    pub seconds: f64,
    /// What the method chose on validation rows, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The error that a Gaussian process expects of the target's new rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_rmse: Option<f64>,
    /// How well error bars hold on the target's test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertainty: Option<UncertaintyScores>,
    /// How many of the target's test labels intervals hold that are to hold a given share of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelCount>,
    /// Whether labels of other tasks were given at the target's held-out rows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub evidence: EvidenceUse,
    /// Scores on the test rows of the same model where these labels are not given; none where none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_evidence: Option<Scores>,
}

impl JobRecord {
    /// Scores on the target's test rows without labels of other tasks there; none where these were given and an earlier
    /// program has kept no others.
    pub fn unaided(&self) -> Option<&Scores> {
        match self.evidence {
            EvidenceUse::None => Some(&self.test),
            EvidenceUse::Given => self.without_evidence.as_ref(),
        }
    }
}

#[cfg(test)]
impl JobRecord {
    /// A record of `method` under a seed, as it is, with this error.
    pub(super) fn of_error(method: MethodName, seed: u64, rmse: f64) -> Self {
        let scores = Scores {
            rmse,
            mae: rmse / 2.0,
            r2: 0.5,
            pearson: 0.7,
            spearman: 0.7,
            n: 10,
        };
        Self {
            job: Job {
                pair: String::new(),
                split: "random".to_owned(),
                method,
                variant: String::new(),
                seed,
                fold: 0,
            },
            fingerprint: String::new(),
            n_train: 100,
            val: scores,
            test: scores,
            epochs: 1,
            best_epoch: 1,
            validation: Vec::new(),
            draws: Vec::new(),
            seconds: 0.0,
            notes: Vec::new(),
            expected_rmse: None,
            uncertainty: None,
            levels: Vec::new(),
            evidence: EvidenceUse::None,
            without_evidence: None,
        }
    }
}

/// The search for options within a job, and what it predicts in view of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchOptions {
    /// Number of draws; 0 is no search.
    pub draws: usize,
    /// Options that it leaves alone.
    pub held: Vec<String>,
    /// Whether labels of other tasks are given; to a method that has no use for them they are not.
    pub evidence: EvidenceUse,
}

/// Digest of what a job's result depends on: version of the program, method, search, network,
/// optimisation, overlap and seed of the split, and the very rows, labels and parts — not the files' names, so that tables
/// may move. Where labels of other tasks are given, those beyond the sample are among them.
pub fn fingerprint(
    (method, search): (MethodName, &SearchOptions),
    config: &RunConfig,
    corpus: &Corpus,
    partition: &Partition,
) -> String {
    let mut digest = Digest::default();
    let version = env!("CARGO_PKG_VERSION");
    digest.value(&(version, method, search.draws));
    digest.value(&(&config.model, &config.training));
    // inner folds are drawn by these, whatever the parts of the job itself
    digest.value(&(config.split.overlap, config.split.split_seed));
    digest.value(&(&corpus.tasks, corpus.target));
    if search.draws > 0 {
        digest.value(&search.held);
    }
    if search.evidence == EvidenceUse::Given {
        digest.value(&search.evidence);
        digest.numbers(corpus.undrawn());
    }
    partition.digest_into(corpus, &mut digest);
    digest.finish()
}
