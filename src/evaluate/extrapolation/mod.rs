//! Error against distance from the training rows: of the label, of the molecule, of its group.
//!
//! Everything comes from the jobs' own predictions: what a job trained on are the rows they call [`Part::Train`]. The
//! corpus adds what a molecule is made of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::job::JobResult;
use super::outcome::LabelledPrediction;
use super::pair::Pair;
use crate::data::{Corpus, Part, Scaler};
use crate::method::MethodName;

mod novelty;

pub use novelty::Novelty;

/// Bins of the label's distance from the range of the training labels, in their standard deviations: upper ends,
/// which belong to the bin. The first is the range itself.
const LABEL_ENDS: [f64; 5] = [0.0, 0.25, 0.5, 1.0, f64::INFINITY];
/// Where the bins of labels are drawn: the middle; the range itself at 0, the open one as if it were half as wide as its
/// lower end.
const LABEL_CENTRES: [f64; 5] = [0.0, 0.125, 0.375, 0.75, 1.25];
/// Bins of novelty: upper ends, which belong to the bin.
const NOVELTY_ENDS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
/// Where the bins of novelty are drawn: the middle.
const NOVELTY_CENTRES: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];

/// Errors on test rows by how far these lie from what was trained on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extrapolation {
    /// By the distance of the row's label from the range of the target's training labels, in their standard
    /// deviations (0 within): see [`LabelRange`].
    pub label_distance: Vec<Bin>,
    /// By 1 − the largest similarity to a training row of the target: see [`Novelty`]; absent without molecules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub novelty: Option<Vec<Bin>>,
    /// By whether the row's group (scaffold, skeleton, group column) is among the training rows of the target: not
    /// (0), or so (1); absent without groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_seen: Option<Vec<Bin>>,
}

/// Test rows at some distance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// The largest value in the bin, which reaches down to that of the bin before; `null` for no end.
    pub up_to: f64,
    /// Where it is drawn.
    pub centre: f64,
    /// Every method with a row in it.
    pub errors: Vec<BinError>,
}

/// One method on the rows of a bin, those of every split together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BinError {
    /// The method.
    pub method: MethodName,
    /// Test rows.
    pub n: usize,
    /// Root mean square error over them, in the target's unit.
    pub rmse: f64,
}

/// The range of training labels, by which labels are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelRange {
    low: f64,
    high: f64,
    std: f64,
}

impl LabelRange {
    /// Of some labels; none of fewer than two different ones.
    pub fn of(labels: &[f64]) -> Option<Self> {
        Some(Self {
            std: Scaler::fit(labels)?.std,
            low: labels.iter().copied().fold(f64::INFINITY, f64::min),
            high: labels.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// How far a label lies outside, in standard deviations (of the population) of the labels; 0 inside.
    pub fn distance(&self, label: f64) -> f64 {
        (self.low - label).max(label - self.high).max(0.0) / self.std
    }
}

/// Of every test row of one job a distance.
#[derive(Clone, Debug)]
struct Distances {
    label: Vec<f64>,
    novelty: Option<Vec<f64>>,
    group: Option<Vec<f64>>,
}

/// The target's rows of one job.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rows {
    trained: Vec<usize>,
    tested: Vec<usize>,
}

impl Rows {
    fn of(job: &JobResult) -> Self {
        let of_part = |part| job.of_part(part).map(|found| found.row).collect();
        Self {
            trained: of_part(Part::Train),
            tested: of_part(Part::Test),
        }
    }
}

/// The tables of a pair, and what is known of distances between their rows.
pub(super) struct PairDistances<'a> {
    pair: &'a Pair,
    tables: Vec<CorpusDistances<'a>>,
}

/// A corpus with the distances between its rows that are known so far.
struct CorpusDistances<'a> {
    corpus: &'a Corpus,
    novelty: Option<Novelty>,
    /// Methods share their splits.
    known: BTreeMap<Rows, Distances>,
}

impl<'a> CorpusDistances<'a> {
    fn new(corpus: &'a Corpus) -> Self {
        Self {
            corpus,
            novelty: Novelty::of(&corpus.inputs),
            known: BTreeMap::new(),
        }
    }

    fn distances(&mut self, rows: Rows) -> &Distances {
        let Self {
            corpus, novelty, ..
        } = self;
        self.known.entry(rows).or_insert_with_key(|rows| {
            let Rows { trained, tested } = rows;
            let label = |&row: &usize| corpus.label(row, corpus.target);
            let range = LabelRange::of(&trained.iter().map(label).collect::<Vec<f64>>());
            let beyond = |row| range.map_or(f64::NAN, |range| range.distance(label(row)));
            Distances {
                label: tested.iter().map(beyond).collect(),
                novelty: novelty.as_ref().map(|novelty| novelty.at(tested, trained)),
                group: corpus.has_groups().then(|| seen(corpus, tested, trained)),
            }
        })
    }
}

/// 1 for each row whose group is among those trained on, 0 for the others.
fn seen(corpus: &Corpus, tested: &[usize], trained: &[usize]) -> Vec<f64> {
    let of_row = &corpus.groups().of_row;
    let mut groups: Vec<usize> = trained.iter().filter_map(|&row| of_row[row]).collect();
    groups.sort_unstable();
    let known = |&row: &usize| of_row[row].is_some_and(|g| groups.binary_search(&g).is_ok());
    tested
        .iter()
        .map(|row| f64::from(u8::from(known(row))))
        .collect()
}

/// Squared errors by method and bin.
struct BinSums<'a> {
    ends: &'a [f64],
    centres: &'a [f64],
    /// `[bin][method]`.
    bins: Vec<Vec<Sum>>,
}

/// Squared errors of one method in one bin.
#[derive(Clone, Copy, Default)]
struct Sum {
    rows: usize,
    squares: f64,
}

impl<'a> BinSums<'a> {
    fn new(ends: &'a [f64], centres: &'a [f64], methods: usize) -> Self {
        Self {
            ends,
            centres,
            bins: vec![vec![Sum::default(); methods]; ends.len()],
        }
    }

    /// Takes in the errors of a method; a distance that is NaN is in no bin.
    fn add<'b>(
        &mut self,
        method: usize,
        distances: &[f64],
        tested: impl Iterator<Item = &'b LabelledPrediction>,
    ) {
        for (distance, found) in distances.iter().zip(tested) {
            let Some(bin) = self.ends.iter().position(|end| distance <= end) else {
                continue;
            };
            let sum = &mut self.bins[bin][method];
            sum.rows += 1;
            sum.squares += (found.prediction.mean() - found.truth).powi(2);
        }
    }

    fn bins(&self, methods: &[MethodName]) -> Vec<Bin> {
        let ends = self.ends.iter().zip(self.centres).zip(&self.bins);
        let bin = |((&up_to, &centre), sums): ((&f64, &f64), &Vec<Sum>)| {
            let error = |(&method, sum): (&MethodName, &Sum)| BinError {
                method,
                n: sum.rows,
                rmse: (sum.squares / sum.rows as f64).sqrt(),
            };
            let errors = methods.iter().zip(sums).map(error);
            Bin {
                up_to,
                centre,
                errors: errors.filter(|error| error.n > 0).collect(),
            }
        };
        ends.map(bin).collect()
    }
}

impl<'a> PairDistances<'a> {
    pub(super) fn new(pair: &'a Pair) -> Self {
        Self {
            pair,
            tables: pair.corpora().iter().map(CorpusDistances::new).collect(),
        }
    }

    /// What the `jobs` of `methods`, as they are, come to, which are of this pair and of one kind of split; none
    /// without a finished job.
    pub(super) fn extrapolation(
        &mut self,
        jobs: &[&JobResult],
        methods: &[MethodName],
    ) -> Option<Extrapolation> {
        let sums = |ends, centres| BinSums::new(ends, centres, methods.len());
        let mut label = sums(&LABEL_ENDS, &LABEL_CENTRES);
        let mut novelty = sums(&NOVELTY_ENDS, &NOVELTY_CENTRES);
        let mut group = sums(&[0.0, 1.0], &[0.0, 1.0]);
        let (mut any, mut molecules, mut groups) = (false, false, false);
        // variants are behind the methods
        for job in jobs.iter().filter(|job| job.index.setting < methods.len()) {
            any = true;
            let (method, division) = (job.index.setting, job.index.division);
            let table = &mut self.tables[self.pair.divisions[division].corpus];
            let distances = table.distances(Rows::of(job));
            let tested = || job.of_part(Part::Test);
            label.add(method, &distances.label, tested());
            if let Some(distances) = &distances.novelty {
                molecules = true;
                novelty.add(method, distances, tested());
            }
            if let Some(distances) = &distances.group {
                groups = true;
                group.add(method, distances, tested());
            }
        }
        any.then(|| Extrapolation {
            label_distance: label.bins(methods),
            novelty: molecules.then(|| novelty.bins(methods)),
            group_seen: groups.then(|| group.bins(methods)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Prediction;

    #[test]
    fn errors_are_pooled_in_their_bins() {
        let [stl, gate] = [MethodName::Stl, MethodName::Gate];
        let mut sums = BinSums::new(&LABEL_ENDS, &LABEL_CENTRES, 2);
        let distances = [0.0, 0.25, 0.250_001, 7.0, f64::NAN];
        let mut add = |method, distances: &[f64], tested: &[(f64, f64)]| {
            let tested = tested.iter().map(|&(truth, mean)| LabelledPrediction {
                row: 0,
                task: 0,
                part: Part::Test,
                truth,
                prediction: Prediction::of(mean),
                bar: None,
            });
            sums.add(method, distances, tested.collect::<Vec<_>>().iter());
        };
        let tested = [(1.0, 4.0), (1.0, 2.0), (1.0, 1.0), (0.0, -6.0), (0.0, 99.0)];
        add(0, &distances, &tested);
        add(0, &[0.1], &[(2.0, 9.0)]);
        add(1, &[0.0, 0.0], &[(2.0, 5.0), (2.0, 6.0)]);
        let bins = sums.bins(&[stl, gate]);
        let found = |bin: usize| -> Vec<(MethodName, usize, f64)> {
            let errors = bins[bin].errors.iter();
            errors.map(|e| (e.method, e.n, e.rmse)).collect()
        };
        assert_eq!(found(0), [(stl, 1, 3.0), (gate, 2, 12.5_f64.sqrt())]);
        // 1² and 7²
        assert_eq!(found(1), [(stl, 2, 5.0)]);
        assert_eq!(found(2), [(stl, 1, 0.0)]);
        assert_eq!(found(3), []);
        assert_eq!(found(4), [(stl, 1, 6.0)]);
    }
}
