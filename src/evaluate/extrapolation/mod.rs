//! Error against distance from the training rows: of the label, of the molecule, of its group.
//!
//! Everything comes from the jobs' own predictions: what a job trained on are the rows its file calls `train`. The
//! corpus adds what a molecule is made of.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::job::{Job, JobRecord, PredictionRow};
use super::outcome::conditions;
use super::pair::Pair;
use super::results::split_name;
use super::summary::Summary;
use crate::data::{Corpus, Part, Scaler};
use crate::error::Result;
use crate::method::MethodName;

mod novelty;

pub use novelty::Novelty;

/// Bonds around an atom within which substructures are compared.
pub const RADIUS: usize = 2;

/// Bins of the label's distance from the range of the training labels, in their standard deviations: upper ends,
/// which belong to the bin. The first is the range itself.
const LABEL_ENDS: [f64; 5] = [0.0, 0.25, 0.5, 1.0, f64::INFINITY];
/// Where these bins are drawn: the middle; the range itself at 0, the open one as if it were half as wide as its
/// lower end.
const LABEL_CENTRES: [f64; 5] = [0.0, 0.125, 0.375, 0.75, 1.25];
/// Bins of novelty, likewise.
const NOVELTY_ENDS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
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

/// Of every test row of one job a distance, in the order of its file.
#[derive(Clone, Debug, Default)]
struct Distances {
    label: Vec<f64>,
    novelty: Option<Vec<f64>>,
    group: Option<Vec<f64>>,
}

/// The target's rows of one job.
struct Rows {
    /// Labels that were trained on.
    trained: Vec<f64>,
    /// Rows of the corpus that were trained on, and those of the test set.
    places: [Vec<usize>; 2],
    /// Truth and prediction of the test set.
    tested: Vec<(f64, f64)>,
}

impl Rows {
    /// From the rows of a job's file; those of molecules that are not in the corpus are left out.
    fn new(rows: Vec<PredictionRow>, target: &str, places: &BTreeMap<RowName, usize>) -> Self {
        let mut ours = Self {
            trained: Vec::new(),
            places: [Vec::new(), Vec::new()],
            tested: Vec::new(),
        };
        for row in rows.into_iter().filter(|row| row.task == target) {
            let PredictionRow {
                smiles, conditions, ..
            } = row;
            let Some(&place) = places.get(&(smiles, conditions)) else {
                continue;
            };
            if row.split == Part::Train.name() {
                ours.trained.push(row.y_true);
                ours.places[0].push(place);
            } else if row.split == Part::Test.name() {
                ours.tested
                    .push((row.y_true, row.y_pred.unwrap_or(f64::NAN)));
                ours.places[1].push(place);
            }
        }
        ours
    }
}

/// The tables of a pair, looked up by what its jobs' files say.
struct Tables<'a> {
    corpora: Vec<Table<'a>>,
    target: &'a str,
}

/// What tells a row from every other in a job's file: the molecule (or the features), and the features beside it.
type RowName = (String, Vec<String>);

/// One of them.
struct Table<'a> {
    corpus: &'a Corpus,
    /// Row of each name.
    places: BTreeMap<RowName, usize>,
    novelty: Option<Novelty>,
    /// Distances by the rows trained on and tested: methods share their splits.
    known: BTreeMap<[Vec<usize>; 2], Distances>,
}

impl<'a> Table<'a> {
    fn new(corpus: &'a Corpus) -> Self {
        let name = |row: usize| {
            (
                corpus.identifiers[row].clone(),
                conditions(corpus, row).collect(),
            )
        };
        Self {
            corpus,
            places: (0..corpus.rows()).map(|row| (name(row), row)).collect(),
            novelty: Novelty::of(&corpus.inputs),
            known: BTreeMap::new(),
        }
    }

    fn distances(&mut self, rows: &Rows) -> &Distances {
        let Self {
            corpus,
            novelty,
            known,
            ..
        } = self;
        known.entry(rows.places.clone()).or_insert_with(|| {
            let [trained, tested] = &rows.places;
            let range = LabelRange::of(&rows.trained);
            let label = |&(truth, _): &(f64, f64)| range.map_or(f64::NAN, |r| r.distance(truth));
            Distances {
                label: rows.tested.iter().map(label).collect(),
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
struct Sums {
    ends: Vec<f64>,
    centres: Vec<f64>,
    /// Rows and sum of squares, `[bin][method]`.
    bins: Vec<Vec<(usize, f64)>>,
}

impl Sums {
    fn new(ends: &[f64], centres: &[f64], methods: usize) -> Self {
        Self {
            ends: ends.to_vec(),
            centres: centres.to_vec(),
            bins: vec![vec![(0, 0.0); methods]; ends.len()],
        }
    }

    /// Takes in the errors of a method; a distance that is NaN is in no bin.
    fn add(&mut self, method: usize, distances: &[f64], tested: &[(f64, f64)]) {
        for (distance, (truth, found)) in distances.iter().zip(tested) {
            let Some(bin) = self.ends.iter().position(|end| distance <= end) else {
                continue;
            };
            let (n, sum) = &mut self.bins[bin][method];
            *n += 1;
            *sum += (found - truth).powi(2);
        }
    }

    fn bins(&self, methods: &[MethodName]) -> Vec<Bin> {
        let ends = self.ends.iter().zip(&self.centres).zip(&self.bins);
        let bin = |((&up_to, &centre), sums): ((&f64, &f64), &Vec<(usize, f64)>)| {
            let error = |(&method, &(n, sum)): (&MethodName, &(usize, f64))| BinError {
                method,
                n,
                rmse: (sum / n as f64).sqrt(),
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

impl<'a> Tables<'a> {
    fn new(pair: &'a Pair) -> Self {
        Self {
            corpora: pair.corpora().iter().map(Table::new).collect(),
            target: pair.target(),
        }
    }

    /// The rows of a job, with the table they are of.
    fn rows(&mut self, job: &Job, folder: &Path, first: u64) -> Result<(&mut Table<'a>, Rows)> {
        let last = self.corpora.len() - 1;
        let index = usize::try_from(job.seed - first).map_or(last, |seed| seed.min(last));
        let table = &mut self.corpora[index];
        let rows = Rows::new(job.rows(folder)?, self.target, &table.places);
        Ok((table, rows))
    }
}

/// Adds to the summary of each pair and kind of split what its jobs come to, read back from `folder`.
///
/// # Errors
/// A job's predictions that cannot be read.
pub(super) fn add(
    summary: &mut Summary,
    (pairs, methods): (&[Pair], &[MethodName]),
    records: &[JobRecord],
    folder: &Path,
) -> Result<()> {
    // a summary for each kind of split of each pair, in this order
    let mut summaries = summary.pairs.iter_mut();
    for pair in pairs {
        for found in of_pair(pair, records, methods, folder)? {
            let summary = summaries.next().expect("every kind of split has a summary");
            summary.extrapolation = found;
        }
    }
    Ok(())
}

/// What the finished jobs of `methods`, as they are, on `pair` come to in each of its kinds of split; none for one without
/// a finished job.
fn of_pair(
    pair: &Pair,
    records: &[JobRecord],
    methods: &[MethodName],
    folder: &Path,
) -> Result<Vec<Option<Extrapolation>>> {
    let mut tables = Tables::new(pair);
    let splits = pair.splits().iter().map(|split| {
        let own = |job: &&Job| {
            let plain = job.variant.is_empty();
            plain && job.pair == pair.name() && job.split == split_name(split)
        };
        let jobs = records.iter().map(|record| &record.job);
        let jobs: Vec<&Job> = jobs.filter(own).collect();
        of_jobs(&mut tables, (&jobs, pair.first_seed()), methods, folder)
    });
    splits.collect()
}

fn of_jobs(
    tables: &mut Tables<'_>,
    (jobs, first): (&[&Job], u64),
    methods: &[MethodName],
    folder: &Path,
) -> Result<Option<Extrapolation>> {
    let sums = |ends: &[f64], centres: &[f64]| Sums::new(ends, centres, methods.len());
    let mut label = sums(&LABEL_ENDS, &LABEL_CENTRES);
    let mut novelty = sums(&NOVELTY_ENDS, &NOVELTY_CENTRES);
    let mut group = sums(&[0.0, 1.0], &[0.0, 1.0]);
    let (mut molecules, mut groups) = (false, false);
    for job in jobs {
        let method = methods.iter().position(|method| *method == job.method);
        let method = method.expect("jobs are of the methods");
        let (table, rows) = tables.rows(job, folder, first)?;
        let distances = table.distances(&rows);
        label.add(method, &distances.label, &rows.tested);
        if let Some(distances) = &distances.novelty {
            molecules = true;
            novelty.add(method, distances, &rows.tested);
        }
        if let Some(distances) = &distances.group {
            groups = true;
            group.add(method, distances, &rows.tested);
        }
    }
    Ok((!jobs.is_empty()).then(|| Extrapolation {
        label_distance: label.bins(methods),
        novelty: molecules.then(|| novelty.bins(methods)),
        group_seen: groups.then(|| group.bins(methods)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::MethodName;

    #[test]
    fn labels_are_measured_from_the_range() {
        // mean 2, deviations −2, 0, 0, 2: standard deviation √2
        let trained = [0.0, 2.0, 2.0, 4.0];
        let range = LabelRange::of(&trained).unwrap();
        let at = |label| range.distance(label);
        assert_eq!([at(0.0), at(1.0), at(4.0)], [0.0; 3]);
        assert!((at(5.0) - 0.5_f64.sqrt()).abs() < 1e-15);
        assert!((at(-4.0) - 8_f64.sqrt()).abs() < 1e-15);
        assert_eq!(LabelRange::of(&[3.0, 3.0]), None);
    }

    #[test]
    fn errors_are_pooled_in_their_bins() {
        let [stl, gate] = [MethodName::Stl, MethodName::Gate];
        let mut sums = Sums::new(&LABEL_ENDS, &LABEL_CENTRES, 2);
        let distances = [0.0, 0.25, 0.250_001, 7.0, f64::NAN];
        let tested = [(1.0, 4.0), (1.0, 2.0), (1.0, 1.0), (0.0, -6.0), (0.0, 99.0)];
        sums.add(0, &distances, &tested);
        sums.add(0, &[0.1], &[(2.0, 9.0)]);
        sums.add(1, &[0.0, 0.0], &[(2.0, 5.0), (2.0, 6.0)]);
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
