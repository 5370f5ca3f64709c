//! The jobs of a comparison: prepared from the tables before anything is written, run one per core,
//! kept one by one, so that an interrupted comparison goes on where it stopped.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::config::{CompareConfig, EvidenceUse, without_method};
use super::job::{Job, JobIndex, JobRecord, JobResult, SearchOptions, fingerprint, of_target};
use super::outcome::{LabelledPrediction, scores};
use super::pair::{Pair, PairDivision};
use super::pairs::{self, PairPlan};
use super::prediction_file::{self, predictions_csv};
use super::queue::on_threads;
use super::results::{ResultRow, results_csv};
use super::setting;
use super::situation::JobSituation;
use super::summary::{ComparisonSummary, JobFailure};
use super::tuning::{self, SearchResult, search};
use super::uncertainty::UncertaintyScores;
use crate::data::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::files::names::{JOBS, REPORT, RESULTS, SUMMARY};
use crate::files::{create_folder, remove_file, write_atomically, write_json};
use crate::method::{MethodName, ModelOptions};
use crate::train::config::{LARGEST_SEED, RunConfig};
use crate::train::{EpochRecord, RunControl, Silent};

/// A comparison whose tables are read and whose splits are made: what can be wrong with the input
/// has been found. All pairs are held in memory.
#[derive(Debug)]
pub struct Comparison {
    methods: Vec<MethodName>,
    pairs: Vec<Pair>,
}

/// How to run the jobs.
pub struct JobControl<'a> {
    /// Folder of the results; job records and predictions go into its `jobs/`.
    pub folder: &'a Path,
    /// Jobs at a time; each runs on one thread while others run.
    pub threads: usize,
    /// Set to stop after the current steps.
    pub stop: &'a AtomicBool,
    /// Hears of each job.
    pub observer: &'a dyn JobObserver,
}

/// Hears of the jobs of a comparison, from the threads that run them.
pub trait JobObserver: Sync {
    /// A job has finished (`reused`: in an earlier run).
    fn finished(&self, record: &JobRecord, reused: bool);
    /// A job has failed; the others go on.
    fn failed(&self, failure: &JobFailure);
}

/// What became of the jobs.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonResults {
    /// The finished jobs, method by method, then by seed and fold.
    pub jobs: Vec<JobResult>,
    /// Means, ratios and failures.
    pub summary: ComparisonSummary,
}

/// What is made of all jobs together.
const OF_ALL_JOBS: [&str; 3] = [RESULTS, SUMMARY, REPORT];

/// What one job came to.
enum JobOutcome {
    Finished(Box<JobResult>),
    Failed(JobFailure),
    Stopped,
}

/// A job with what it runs on.
struct Planned<'a> {
    index: JobIndex,
    job: Job,
    pair: &'a Pair,
    division: &'a PairDivision,
}

impl Comparison {
    /// Reads the tables of every pair and divides their rows, once per kind of split, seed and fold.
    ///
    /// # Errors
    /// Those of [`CompareConfig::check`], [`pairs::read`] and [`Pair`]; of a pair in a file, both are
    /// said. Options that are not used, and options varied that change nothing.
    pub fn prepare(
        config: &RunConfig,
        given: &ModelOptions,
        compare: &CompareConfig,
    ) -> Result<Self> {
        compare.check()?;
        let (first, seeds) = (config.training.seed, compare.seeds as u64);
        if first.saturating_add(seeds) - 1 > LARGEST_SEED {
            return Err(Error::usage(
                format!("{seeds} seeds from option `seed` = {first} on go beyond {LARGEST_SEED}"),
                "choose a smaller seed",
            ));
        }
        used(config, given)?;
        if config.split.final_run {
            return Err(Error::usage(
                "a comparison needs test rows, which `final` in [split] trains on",
                "leave it out",
            ));
        }
        let plans = match &compare.pairs {
            None => vec![PairPlan::single(config, given)],
            Some(file) => pairs::read(file, config, given)?,
        };
        let pairs = plans.into_iter().map(|plan| {
            let name = plan.name.clone();
            Pair::prepare(plan, compare).map_err(|error| match &compare.pairs {
                None => error,
                Some(file) => pairs::of_pair(error, file, &name),
            })
        });
        let pairs: Vec<Pair> = pairs.collect::<Result<_>>()?;
        setting::check(compare, pairs.iter().flat_map(|pair| &pair.settings))?;
        Ok(Self {
            methods: compare.methods.clone(),
            pairs,
        })
    }

    /// The pairs, in the order of their file.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Number of jobs.
    pub fn jobs(&self) -> usize {
        self.plan().len()
    }

    /// Runs what is not finished yet and writes `jobs/`, `results.csv` and `summary.json`. Where there is something to
    /// run, tables and report of an earlier run are removed first.
    ///
    /// A job that fails is reported in the summary while the others go on. A record left by an
    /// earlier run counts if its fingerprint is that of the job, and its predictions are of the job's rows.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] once `stop` is set, the finished jobs kept;
    /// [`ErrorKind::Io`] where the folder cannot be written, after which no job is begun.
    pub fn run(&self, control: &JobControl<'_>) -> Result<ComparisonResults> {
        create_folder(&control.folder.join(JOBS))?;
        let plan = self.plan();
        let mut outcomes: Vec<Option<JobOutcome>> = plan
            .iter()
            .map(|planned| {
                let kept = planned.finished(control.folder)?;
                control.observer.finished(&kept.record, true);
                Some(JobOutcome::Finished(Box::new(kept)))
            })
            .collect();
        let open: Vec<usize> = (0..plan.len())
            .filter(|&index| outcomes[index].is_none())
            .collect();
        if !open.is_empty() {
            // those of an earlier run: this one may have other options, and be interrupted
            for file in OF_ALL_JOBS {
                remove_file(&control.folder.join(file))?;
            }
        }
        // with fewer jobs than cores, a job's own shards use the others
        let parallel = open.len() < control.threads;
        let run = |&index: &usize| plan[index].attempt(control, parallel);
        let fresh = on_threads(&open, control.threads, run)?;
        for (index, outcome) in open.into_iter().zip(fresh) {
            outcomes[index] = Some(outcome);
        }
        let outcomes: Vec<JobOutcome> = outcomes.into_iter().flatten().collect();
        self.conclude(outcomes, control.folder)
    }

    /// Every job with what it runs on, in the order of the results: setting by setting within a kind of split.
    fn plan(&self) -> Vec<Planned<'_>> {
        let mut plan = Vec::new();
        let mut section = 0;
        for (at, pair) in self.pairs.iter().enumerate() {
            for kind in 0..pair.splits().len() {
                for setting in 0..pair.settings.len() {
                    let divisions = pair.divisions.iter().enumerate();
                    let of_kind = divisions.filter(|(_, division)| division.kind == kind);
                    plan.extend(of_kind.map(|(place, division)| Planned {
                        index: JobIndex {
                            pair: at,
                            section,
                            setting,
                            division: place,
                        },
                        job: pair.job(setting, place),
                        pair,
                        division,
                    }));
                }
                section += 1;
            }
        }
        plan
    }

    /// Writes the tables of finished jobs, unless the run was stopped.
    fn conclude(&self, outcomes: Vec<JobOutcome>, folder: &Path) -> Result<ComparisonResults> {
        let (mut jobs, mut failures) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            match outcome {
                JobOutcome::Finished(job) => jobs.push(*job),
                JobOutcome::Failed(failure) => failures.push(failure),
                JobOutcome::Stopped => {
                    let checkpoint = Some(folder.to_path_buf());
                    return Err(ErrorKind::Interrupted { checkpoint }.into());
                }
            }
        }
        let rows = jobs
            .iter()
            .map(|job: &JobResult| ResultRow::new(job, &self.pairs[job.index.pair]));
        write_atomically(&folder.join(RESULTS), &results_csv(rows))?;
        let summary = ComparisonSummary::of(&jobs, failures, &self.methods, &self.pairs);
        write_json(&folder.join(SUMMARY), &summary)?;
        Ok(ComparisonResults { jobs, summary })
    }
}

impl Planned<'_> {
    fn config(&self) -> RunConfig {
        self.pair.config(self.index.setting, self.index.division)
    }

    fn fingerprint(&self) -> String {
        let rows = self.pair.rows(self.division);
        let config = self.config();
        let search = SearchOptions {
            draws: tuning::draws(self.job.method, self.pair.tune),
            held: self.pair.held(self.index.setting),
            evidence: match config.model.reads_by_gp() {
                true => self.pair.evidence,
                false => EvidenceUse::None,
            },
        };
        let parts = &self.division.partition;
        fingerprint((self.job.method, &search), &config, rows, parts)
    }

    /// What an earlier run has of this very job, if it finished it and its predictions can be read back.
    fn finished(&self, folder: &Path) -> Option<JobResult> {
        let text = fs::read(self.job.record_path(folder)).ok()?;
        let record: JobRecord = serde_json::from_slice(&text).ok()?;
        if record.job != self.job || record.fingerprint != self.fingerprint() {
            return None;
        }
        let rows = prediction_file::read(&self.job.predictions_path(folder)).ok()?;
        let corpus = self.pair.rows(self.division);
        let predictions = of_target(rows, corpus, &self.division.partition)?;
        let kept = self.result(record, predictions);
        (kept.of_part(Part::Train).count() == kept.record.n_train).then_some(kept)
    }

    fn result(&self, record: JobRecord, predictions: Vec<LabelledPrediction>) -> JobResult {
        JobResult {
            index: self.index,
            record,
            predictions,
        }
    }

    /// Runs the job; its failure is an outcome, a folder that cannot be written an error.
    fn attempt(&self, control: &JobControl<'_>, parallel: bool) -> Result<JobOutcome> {
        if control.stop.load(Ordering::Relaxed) {
            return Ok(JobOutcome::Stopped);
        }
        match self.run(control, parallel) {
            Ok(result) => {
                control.observer.finished(&result.record, false);
                Ok(JobOutcome::Finished(Box::new(result)))
            }
            Err(error) => match error.kind() {
                ErrorKind::Interrupted { .. } => Ok(JobOutcome::Stopped),
                ErrorKind::Io { .. } => Err(error),
                _ => {
                    let failure = JobFailure {
                        job: self.job.clone(),
                        error: error.to_string(),
                    };
                    control.observer.failed(&failure);
                    Ok(JobOutcome::Failed(failure))
                }
            },
        }
    }

    /// Trains, predicts, scores and keeps the job.
    fn run(&self, control: &JobControl<'_>, parallel: bool) -> Result<JobResult> {
        let start = Instant::now();
        let corpus = self.pair.rows(self.division);
        let situation = JobSituation {
            config: &self.config(),
            held: &self.pair.held(self.index.setting),
            corpus,
            partition: &self.division.partition,
            evidence: self.pair.evidence,
        };
        let run = RunControl {
            // jobs run side by side: their epochs would interleave
            observer: &Silent,
            parallel,
            stop: control.stop,
            ..RunControl::default()
        };
        let SearchResult { mut learned, draws } =
            search(self.job.method, &situation, &run, self.pair.tune)?;
        let part = |part| scores(&learned.predictions, corpus.target, part);
        let record = JobRecord {
            job: self.job.clone(),
            fingerprint: self.fingerprint(),
            n_train: part(Part::Train).n,
            val: part(Part::Val),
            test: part(Part::Test),
            epochs: learned.epochs,
            best_epoch: learned.best_epoch,
            validation: validation(&learned.history),
            draws,
            seconds: start.elapsed().as_secs_f64(),
            notes: learned.notes,
            // JSON has no number for what the rows do not define
            expected_rmse: learned.expected_rmse.filter(|rmse| rmse.is_finite()),
            uncertainty: UncertaintyScores::of_test(&learned.predictions, corpus.target),
            levels: learned.levels,
            evidence: learned.evidence,
            without_evidence: learned.without_evidence,
        };
        let table = predictions_csv(&learned.predictions, corpus);
        // first: an earlier record must not stand beside these predictions
        remove_file(&self.job.record_path(control.folder))?;
        write_atomically(&self.job.predictions_path(control.folder), &table)?;
        // last: the record says that the job is complete
        write_json(&self.job.record_path(control.folder), &record)?;
        let of_target = |found: &LabelledPrediction| found.task == corpus.target;
        learned.predictions.retain(of_target);
        Ok(self.result(record, learned.predictions))
    }
}

/// Refuses options of a run that a comparison would not use.
fn used(config: &RunConfig, given: &ModelOptions) -> Result<()> {
    if config.addition.is_some() {
        return Err(Error::usage(
            "[addition] adds a task to one trained model, and a comparison trains its own",
            "leave the section out, or name the method add-task in option `methods`",
        ));
    }
    without_method(given.keys(), "[model]")
}

/// Errors on the target's validation rows, epoch by epoch.
fn validation(history: &[EpochRecord]) -> Vec<f64> {
    let of_target = history.iter().filter(|record| !record.pretraining);
    let errors = of_target.map(|record| record.val_rmse);
    // none where the length was chosen by inner folds
    errors.filter(|rmse| !rmse.is_nan()).collect()
}
