//! The jobs of a comparison: prepared from the tables before anything is written, run one per core,
//! kept one by one, so that an interrupted comparison goes on where it stopped.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use super::config::CompareConfig;
use super::job::{Job, JobRecord, fingerprint};
use super::learner::{Learner, Situation};
use super::outcome::{predictions_csv, scores};
use super::results::{results_csv, split_name};
use super::summary::{JobFailure, Summary, method_summaries};
use crate::data::{Corpus, Part, Partition};
use crate::error::{ErrorKind, Result};
use crate::gate::config::{ModelConfig, ModelOptions};
use crate::train::config::RunConfig;
use crate::train::files::{create_folder, write_atomically, write_json};
use crate::train::{RunControl, Silent};

/// A comparison whose tables are read and whose splits are made: what can be wrong with the input
/// has been found.
#[derive(Debug)]
pub struct Comparison {
    config: RunConfig,
    compare: CompareConfig,
    /// The options of networks that were given.
    given: ModelOptions,
    /// The network of each method.
    models: Vec<ModelConfig>,
    corpora: Vec<Corpus>,
    splits: Vec<Split>,
}

/// One division of the rows, on which every method runs.
#[derive(Debug)]
struct Split {
    seed: u64,
    fold: usize,
    corpus: usize,
    partition: Partition,
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
    /// Records of the finished jobs, method by method, then by seed and fold.
    pub records: Vec<JobRecord>,
    /// Means, ratios and failures.
    pub summary: Summary,
}

/// What one job came to.
enum JobOutcome {
    Finished(Box<JobRecord>),
    Failed(JobFailure),
    Stopped,
}

impl Comparison {
    /// Reads the tables and divides their rows, once per seed and fold. Each method has its own
    /// network, its defaults under the options given.
    ///
    /// # Errors
    /// Those of [`CompareConfig::check`], [`ModelConfig::validate`], [`Corpus::read`] and
    /// [`Partition`].
    pub fn prepare(
        config: &RunConfig,
        given: &ModelOptions,
        compare: &CompareConfig,
    ) -> Result<Self> {
        compare.check()?;
        let methods = compare.methods.iter();
        let models: Vec<ModelConfig> = methods
            .map(|method| method.model(given))
            .collect::<Result<_>>()?;
        let first = config.training.seed;
        let mut whole = config.data.clone();
        let limits = std::mem::take(&mut whole.max_rows);
        let whole = Corpus::read(&whole, &config.split, first)?;
        let tasks = whole.tasks.len();
        models
            .iter()
            .try_for_each(|model| model.validate_for(tasks))?;
        let seeds = (first..).take(compare.seeds);
        // the seed matters to the rows only where they are sampled
        let corpora = if limits.is_empty() {
            vec![whole]
        } else {
            let sample = |seed| whole.clone().sampled(&limits, seed);
            seeds.clone().map(sample).collect::<Result<_>>()?
        };
        let mut splits = Vec::new();
        for (index, seed) in seeds.enumerate() {
            let corpus = index.min(corpora.len() - 1);
            for fold in 0..compare.folds.unwrap_or(1) {
                let rows = &corpora[corpus];
                let partition = match compare.folds {
                    None => Partition::holdout(rows, &config.split, seed)?,
                    Some(folds) => Partition::fold(rows, &config.split, seed, folds, fold)?,
                };
                splits.push(Split {
                    seed,
                    fold,
                    corpus,
                    partition,
                });
            }
        }
        Ok(Self {
            config: config.clone(),
            compare: compare.clone(),
            given: given.clone(),
            models,
            corpora,
            splits,
        })
    }

    /// Name of the target task.
    pub fn target(&self) -> &str {
        let corpus = &self.corpora[0];
        &corpus.tasks[corpus.target]
    }

    /// Names of the source tasks.
    pub fn sources(&self) -> Vec<String> {
        let corpus = &self.corpora[0];
        let sources = corpus.tasks.iter().enumerate();
        sources
            .filter(|(task, _)| *task != corpus.target)
            .map(|(_, name)| name.clone())
            .collect()
    }

    /// The tables read: one corpus, or one per seed where rows are sampled.
    pub fn corpora(&self) -> &[Corpus] {
        &self.corpora
    }

    /// What the result of a job depends on.
    fn job_config(&self, job: Job) -> RunConfig {
        let methods = self.compare.methods.iter().zip(&self.models);
        let of_job = |(method, _): &(&Learner, &ModelConfig)| **method == job.method;
        let (_, model) = { methods }.find(of_job).expect("jobs are of the methods");
        job.config(&self.config, model)
    }

    /// Number of jobs.
    pub fn jobs(&self) -> usize {
        self.compare.methods.len() * self.splits.len()
    }

    /// Runs what is not finished yet and writes `jobs/`, `results.csv` and `summary.json`.
    ///
    /// A job that fails is reported in the summary while the others go on. A record left by an
    /// earlier run counts if its fingerprint is that of the job.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] once `stop` is set, the finished jobs kept;
    /// [`ErrorKind::Io`] where the folder cannot be written.
    pub fn run(&self, control: &JobControl<'_>) -> Result<ComparisonResults> {
        create_folder(&control.folder.join("jobs"))?;
        let plan = self.plan();
        let mut outcomes: Vec<Option<JobOutcome>> = plan
            .iter()
            .map(|&(job, split)| {
                let record = self.finished(job, split, control.folder)?;
                control.observer.finished(&record, true);
                Some(JobOutcome::Finished(Box::new(record)))
            })
            .collect();
        let open: Vec<usize> = (0..plan.len())
            .filter(|&index| outcomes[index].is_none())
            .collect();
        // with fewer jobs than cores, a job's own shards use the others
        let parallel = open.len() < control.threads;
        let run = |&index: &usize| {
            let (job, split) = plan[index];
            self.attempt(job, split, control, parallel)
        };
        for (&index, outcome) in open.iter().zip(on_threads(&open, control.threads, run)) {
            outcomes[index] = Some(outcome?);
        }
        let outcomes: Vec<JobOutcome> = outcomes.into_iter().flatten().collect();
        self.conclude(outcomes, control.folder)
    }

    /// Every job with its split, in the order of the results.
    fn plan(&self) -> Vec<(Job, &Split)> {
        let methods = self.compare.methods.iter();
        methods
            .flat_map(|&method| {
                self.splits.iter().map(move |split| {
                    let Split { seed, fold, .. } = *split;
                    (Job { method, seed, fold }, split)
                })
            })
            .collect()
    }

    /// The record of the job, if an earlier run finished this very job.
    fn finished(&self, job: Job, split: &Split, folder: &Path) -> Option<JobRecord> {
        let text = fs::read(job.record_path(folder)).ok()?;
        let record: JobRecord = serde_json::from_slice(&text).ok()?;
        let corpus = &self.corpora[split.corpus];
        let expected = fingerprint(job.method, &self.job_config(job), corpus, &split.partition);
        let complete = job.predictions_path(folder).is_file();
        (record.job == job && record.fingerprint == expected && complete).then_some(record)
    }

    /// Runs a job; its failure is an outcome, a folder that cannot be written an error.
    fn attempt(
        &self,
        job: Job,
        split: &Split,
        control: &JobControl<'_>,
        parallel: bool,
    ) -> Result<JobOutcome> {
        if control.stop.load(Ordering::Relaxed) {
            return Ok(JobOutcome::Stopped);
        }
        match self.job(job, split, control, parallel) {
            Ok(record) => {
                control.observer.finished(&record, false);
                Ok(JobOutcome::Finished(Box::new(record)))
            }
            Err(error) => match error.kind() {
                ErrorKind::Interrupted { .. } => Ok(JobOutcome::Stopped),
                ErrorKind::Io { .. } => Err(error),
                _ => {
                    let failure = JobFailure {
                        job,
                        error: error.to_string(),
                    };
                    control.observer.failed(&failure);
                    Ok(JobOutcome::Failed(failure))
                }
            },
        }
    }

    /// Trains, predicts, scores and keeps one job.
    fn job(
        &self,
        job: Job,
        split: &Split,
        control: &JobControl<'_>,
        parallel: bool,
    ) -> Result<JobRecord> {
        let start = Instant::now();
        let corpus = &self.corpora[split.corpus];
        let config = self.job_config(job);
        let run = RunControl {
            // jobs run side by side: their epochs would interleave
            observer: &Silent,
            parallel,
            checkpoint: None,
            resume: false,
            stop: control.stop,
        };
        let situation = Situation {
            config: &config,
            given: &self.given,
            corpus,
            partition: &split.partition,
        };
        let learned = job.method.learn(&situation, &run)?;
        let part = |part| scores(&learned.predictions, corpus.target, part);
        let record = JobRecord {
            job,
            fingerprint: fingerprint(job.method, &config, corpus, &split.partition),
            n_train: part(Part::Train).n,
            val: part(Part::Val),
            test: part(Part::Test),
            epochs: learned.epochs,
            best_epoch: learned.best_epoch,
            seconds: start.elapsed().as_secs_f64(),
            notes: learned.notes,
        };
        let table = predictions_csv(&learned.predictions, corpus);
        write_atomically(&job.predictions_path(control.folder), &table)?;
        // last: the record says that the job is complete
        write_json(&job.record_path(control.folder), &record)?;
        Ok(record)
    }

    /// Writes the tables of finished jobs, unless the run was stopped.
    fn conclude(&self, outcomes: Vec<JobOutcome>, folder: &Path) -> Result<ComparisonResults> {
        let (mut records, mut failures) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            match outcome {
                JobOutcome::Finished(record) => records.push(*record),
                JobOutcome::Failed(failure) => failures.push(failure),
                JobOutcome::Stopped => {
                    let checkpoint = Some(folder.to_path_buf());
                    return Err(ErrorKind::Interrupted { checkpoint }.into());
                }
            }
        }
        let sources = self.sources();
        let results = results_csv(
            &records,
            |job| self.job_config(job),
            &sources,
            self.target(),
        );
        write_atomically(&folder.join("results.csv"), &results)?;
        let summary = Summary {
            target: self.target().to_owned(),
            sources,
            split: split_name(&self.config).to_owned(),
            methods: method_summaries(&records, &self.compare.methods),
            failures,
        };
        write_json(&folder.join("summary.json"), &summary)?;
        Ok(ComparisonResults { records, summary })
    }
}

/// `work` of every item on up to `threads` threads, results in the order of the items.
///
/// Plain threads and not rayon's: a worker of a pool that waits inside a job may pick up another.
fn on_threads<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while let Some(index) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&index| index < items.len())
                {
                    let result = work(&items[index]);
                    *results[index].lock().expect("no holder panics") = Some(result);
                }
            });
        }
    });
    results
        .into_iter()
        .map(|slot| {
            let result = slot.into_inner().expect("no holder panics");
            result.expect("every item is visited once")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_keep_the_order_of_the_items_whatever_finishes_first() {
        let items: Vec<u64> = (0..20).collect();
        let results = on_threads(&items, 4, |&item| {
            thread::sleep(Duration::from_millis(20 - item));
            item * item
        });
        assert_eq!(
            results,
            items.iter().map(|item| item * item).collect::<Vec<_>>()
        );
        assert!(on_threads(&[] as &[u64], 4, |&item| item).is_empty());
    }
}
