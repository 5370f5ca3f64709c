//! One pair of a comparison with its rows read and divided.

use std::collections::BTreeSet;

use super::config::{CompareConfig, EvidenceUse};
use super::job::Job;
use super::pairs::PairPlan;
use super::setting::{MethodSetting, settings};
use crate::data::config::SplitConfig;
use crate::data::{Corpus, Part, Partition};
use crate::error::Result;
use crate::method::MethodName;
use crate::train::config::RunConfig;

/// A target with its sources: tables read, rows divided once per kind of split, seed and fold.
#[derive(Debug)]
pub struct Pair {
    plan: PairPlan,
    /// Each method as it is, then the variants.
    pub(super) settings: Vec<MethodSetting>,
    corpora: Vec<Corpus>,
    /// Every division of the rows.
    pub(super) divisions: Vec<PairDivision>,
    /// Draws of a search for options within each job.
    pub(super) tune: usize,
    /// Whether labels of other tasks are given at the target's held-out rows.
    pub(super) evidence: EvidenceUse,
}

/// One division of the rows, on which every method runs.
#[derive(Debug)]
pub(super) struct PairDivision {
    /// Index of the kind of split.
    pub(super) kind: usize,
    seed: u64,
    fold: usize,
    /// The table it divides, among [`Pair::corpora`].
    pub(super) corpus: usize,
    pub(super) partition: Partition,
}

impl Pair {
    /// Reads the tables of `plan` and divides their rows. Each method has its own network, its defaults
    /// under the options given.
    ///
    /// # Errors
    /// Those of [`ModelOptions::resolve`](crate::method::ModelOptions::resolve), [`settings`], [`Corpus::read`] and [`Partition`].
    pub(super) fn prepare(plan: PairPlan, compare: &CompareConfig) -> Result<Self> {
        let training = &plan.config.training;
        let plain = |&method: &MethodName| {
            let model = plan.given.resolve(Some(method))?;
            model.validate()?;
            Ok(MethodSetting::of(model, training))
        };
        let plain: Vec<MethodSetting> = compare.methods.iter().map(plain).collect::<Result<_>>()?;
        let settings = settings(compare, &plain)?;
        let first = plan.config.training.seed;
        let mut data = plan.config.data.clone();
        let limits = std::mem::take(&mut data.max_rows);
        let whole = Corpus::read(&data, &plan.config.split, first)?;
        let tasks = whole.tasks.len();
        settings
            .iter()
            .try_for_each(|setting| setting.validate_for(tasks))?;
        let seeds = (first..).take(compare.seeds);
        // the seed matters to the rows only where they are sampled
        let corpora = if limits.is_empty() {
            vec![whole]
        } else {
            let sample = |seed| whole.clone().sampled(&limits, seed);
            seeds.map(sample).collect::<Result<_>>()?
        };
        let mut pair = Self {
            plan,
            settings,
            corpora,
            divisions: Vec::new(),
            tune: compare.tune,
            evidence: compare.evidence,
        };
        for kind in 0..pair.plan.splits.len() {
            pair.divide(kind, compare)?;
        }
        Ok(pair)
    }

    /// Divides the rows in this kind of split under every seed and for every fold.
    fn divide(&mut self, kind: usize, compare: &CompareConfig) -> Result<()> {
        let split = &self.plan.splits[kind];
        for index in 0..compare.seeds {
            let seed = self.plan.config.training.seed + index as u64;
            let corpus = index.min(self.corpora.len() - 1);
            let rows = &self.corpora[corpus];
            for fold in 0..compare.folds.unwrap_or(1) {
                let partition = match compare.folds {
                    None => Partition::holdout(rows, split, seed)?,
                    Some(folds) => Partition::fold(rows, split, seed, folds, fold)?,
                };
                self.divisions.push(PairDivision {
                    kind,
                    seed,
                    fold,
                    corpus,
                    partition,
                });
            }
        }
        Ok(())
    }

    /// Name in files and reports; empty where it is the only pair.
    pub fn name(&self) -> &str {
        &self.plan.name
    }

    /// Name of the target task.
    pub fn target(&self) -> &str {
        let corpus = &self.corpora[0];
        &corpus.tasks[corpus.target]
    }

    /// Names of the source tasks.
    pub fn sources(&self) -> Vec<String> {
        let corpus = &self.corpora[0];
        let names = corpus.sources().map(|task| corpus.tasks[task].clone());
        names.collect()
    }

    /// The tables read: one corpus, or one per seed where rows are sampled.
    pub fn corpora(&self) -> &[Corpus] {
        &self.corpora
    }

    /// The kinds of split.
    pub fn splits(&self) -> &[SplitConfig] {
        &self.plan.splits
    }

    /// Divisions of one kind of split that test the very molecules (or rows) of an earlier one.
    pub(super) fn repeats(&self, kind: usize) -> usize {
        let mut tests = BTreeSet::new();
        let of_kind = self.divisions.iter().filter(|d| d.kind == kind);
        let tested = of_kind.map(|division| {
            let corpus = &self.corpora[division.corpus];
            let rows = division.partition.rows(corpus.target, Part::Test);
            let keys = rows.iter().map(|&row| corpus.keys[row].as_str());
            keys.collect::<BTreeSet<_>>()
        });
        tested.filter(|test| !tests.insert(test.clone())).count()
    }

    /// Options that a search leaves alone, in the order of their names: those of networks that were given, and that
    /// of the setting's variant.
    pub(super) fn held(&self, setting: usize) -> Vec<String> {
        let varied = self.settings[setting].variant.as_ref();
        let varied = varied.map(|variant| variant.key.clone());
        let held: BTreeSet<String> = self.plan.given.keys().cloned().chain(varied).collect();
        held.into_iter().collect()
    }

    /// The job of a setting on a division, by their places.
    pub(super) fn job(&self, setting: usize, division: usize) -> Job {
        let (setting, division) = (&self.settings[setting], &self.divisions[division]);
        Job {
            pair: self.plan.name.clone(),
            split: self.plan.splits[division.kind].name().to_owned(),
            method: setting.method(),
            variant: setting.variant_name(),
            seed: division.seed,
            fold: division.fold,
        }
    }

    /// The rows of a division.
    pub(super) fn rows(&self, division: &PairDivision) -> &Corpus {
        &self.corpora[division.corpus]
    }

    /// What the result of such a job depends on: the pair's options with network and optimisation of the setting,
    /// the division's kind of split and its seed.
    pub(super) fn config(&self, setting: usize, division: usize) -> RunConfig {
        let (setting, division) = (&self.settings[setting], &self.divisions[division]);
        let mut config = self.plan.config.clone();
        config.model.clone_from(&setting.model);
        config.training.clone_from(&setting.training);
        config.split.clone_from(&self.plan.splits[division.kind]);
        config.training.seed = division.seed;
        config
    }
}
