//! From rows of a corpus to the batches a network sees.

use crate::data::{Corpus, FeatureScaler, Inputs, LabelScaler, Part, Partition};
use crate::method::{Batch, LabelLoss};
use crate::nn::Features;
#[cfg(feature = "molecule")]
use crate::nn::GraphBatch;
use crate::tensor::graph::gather;
use crate::tensor::{Real, Tensor, Write};

/// Inputs with the scaling of numeric features (empty for molecules alone).
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) scaling: &'a FeatureScaler,
}

impl Source<'_> {
    /// The features of some rows, in this order.
    pub(super) fn features<T: Real>(&self, rows: &[usize]) -> Features<T> {
        let width = self.inputs.feature_names().len();
        let entry = |i: usize, j: usize| {
            let value = self.inputs.features_of(rows[i])[j];
            T::from_f64(self.scaling.columns[j].standardise(value))
        };
        let numbers = || Tensor::from_fn(rows.len(), width, entry);
        #[cfg(feature = "molecule")]
        if let Some(graphs) = self.inputs.graphs() {
            let graphs = molecules(graphs, rows);
            return match width {
                0 => Features::Graphs(graphs),
                _ => Features::Both(graphs, numbers()),
            };
        }
        Features::Numeric(numbers())
    }
}

/// What networks that no longer change make of some rows.
pub(super) struct Fixed<T> {
    /// Rows of the corpus, ascending.
    rows: Vec<usize>,
    /// Vectors of the rows, `[rows, e]`.
    x: Tensor<T>,
    /// What the method computes from these once, a row each.
    others: Vec<Tensor<T>>,
}

impl<T: Real> Fixed<T> {
    /// The vectors `x` of `rows`, which ascend, and what is computed from them.
    pub(super) fn new(rows: Vec<usize>, x: Tensor<T>, others: Vec<Tensor<T>>) -> Self {
        Self { rows, x, others }
    }

    fn features(&self, rows: &[usize]) -> Features<T> {
        let place = |row: &usize| {
            let found = self.rows.binary_search(row);
            found.expect("every row of a stage is computed") as u32
        };
        let places: Vec<u32> = rows.iter().map(place).collect();
        let chosen = |of: &Tensor<T>| {
            let mut chosen = Tensor::zeros(places.len(), of.cols());
            gather(&mut chosen, Write::Replace, of, &places);
            chosen
        };
        Features::Fixed(chosen(&self.x), self.others.iter().map(chosen).collect())
    }
}

/// Where a network's inputs come from.
pub(super) enum InputView<'a, T> {
    /// From the corpus.
    Inputs(Source<'a>),
    /// From networks that no longer change.
    Fixed(Fixed<T>),
}

impl<T: Real> InputView<'_, T> {
    /// The features of some rows, in this order.
    pub(super) fn features(&self, rows: &[usize]) -> Features<T> {
        match self {
            Self::Inputs(source) => source.features(rows),
            Self::Fixed(fixed) => fixed.features(rows),
        }
    }
}

#[cfg(feature = "molecule")]
fn molecules<T: Real>(graphs: &[crate::molecule::MolecularGraph], rows: &[usize]) -> GraphBatch<T> {
    use crate::molecule::{ATOM_FEATURES, BOND_FEATURES, MoleculeBatch};
    use crate::nn::Kinds;
    use crate::tensor::graph::BondGraph;

    let batch = MoleculeBatch::collate(rows.iter().map(|&row| &graphs[row]));
    let matrix = |entries: &[f32], width: usize| {
        let convert = entries.iter().map(|&x| T::from_f64(f64::from(x)));
        Tensor::from_vec(entries.len() / width, width, convert.collect())
    };
    let atoms = matrix(&batch.atom_kinds, ATOM_FEATURES);
    let bonds = matrix(&batch.bond_kinds, BOND_FEATURES);
    let graph = BondGraph::new(batch.source, batch.destination, batch.molecule_offsets);
    GraphBatch::new(
        graph,
        Kinds::new(atoms, batch.kind_of_atom),
        Kinds::new(bonds, batch.kind_of_bond),
    )
}

/// How the labels of a stage are learned from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Supervision<'a> {
    /// Whether each task of the model lends its labels.
    pub(super) supervised: &'a [bool],
    /// A task of n labels weighs `(n_max / n)^balance`.
    pub(super) balance: f64,
    /// What a residual costs.
    pub(super) loss: LabelLoss,
}

/// The union table of a training run: a row per molecule that has a training label of any of the
/// tasks, missing labels masked.
pub(super) struct TrainingTable<'a, T> {
    view: &'a InputView<'a, T>,
    /// Rows of the corpus.
    rows: Vec<usize>,
    /// Standardised labels, `[rows, tasks]`; NaN where there is none.
    labels: Vec<f64>,
    /// Weight of each task's errors.
    task_weights: Vec<f64>,
    /// What a residual costs.
    loss: LabelLoss,
}

impl<'a, T: Real> TrainingTable<'a, T> {
    /// The training rows of the tasks (columns of the corpus, none for a task that is not in it) that lend
    /// their labels, scaled by `scalers`; a task of n labels weighs `(n_max / n)^balance`; a residual costs
    /// `loss`.
    pub(super) fn new(
        corpus: &Corpus,
        partition: &Partition,
        view: &'a InputView<'a, T>,
        (tasks, scalers): (&[Option<usize>], &[LabelScaler]),
        Supervision {
            supervised,
            balance,
            loss,
        }: Supervision<'_>,
    ) -> Self {
        let label = |row: usize, k: usize| match tasks[k] {
            Some(task) if supervised[k] && partition.part(row, task) == Part::Train => {
                scalers[k].standardise(corpus.label(row, task))
            }
            _ => f64::NAN,
        };
        let mut table = Self {
            view,
            rows: Vec::new(),
            labels: Vec::new(),
            task_weights: Vec::new(),
            loss,
        };
        for row in 0..corpus.rows() {
            let start = table.labels.len();
            table.labels.extend((0..tasks.len()).map(|k| label(row, k)));
            if table.labels[start..].iter().all(|y| y.is_nan()) {
                table.labels.truncate(start);
            } else {
                table.rows.push(row);
            }
        }
        table.task_weights = balanced(&table.labels, tasks.len(), balance);
        table
    }

    fn tasks(&self) -> usize {
        self.task_weights.len()
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Some rows of the table as a shard of a step of `step_rows` molecules.
    pub(super) fn batch(&self, rows: &[usize], step_rows: usize) -> Batch<T> {
        let corpus_rows: Vec<usize> = rows.iter().map(|&row| self.rows[row]).collect();
        let weight = |t: usize| T::from_f64(self.task_weights[t] / step_rows as f64);
        let label = |i: usize, t: usize| self.labels[rows[i] * self.tasks() + t];
        Batch {
            features: self.view.features(&corpus_rows),
            labels: Tensor::from_fn(rows.len(), self.tasks(), |i, t| T::from_f64(label(i, t))),
            weights: Tensor::from_fn(rows.len(), self.tasks(), |i, t| {
                if label(i, t).is_nan() {
                    T::ZERO
                } else {
                    weight(t)
                }
            }),
            share: rows.len() as f64 / step_rows as f64,
            loss: self.loss,
        }
    }
}

/// `(n_max / n_t)^balance` for the numbers n_t of labels in the columns of `labels`; 1 for a task without
/// labels.
fn balanced(labels: &[f64], tasks: usize, balance: f64) -> Vec<f64> {
    let mut counts = vec![0.0_f64; tasks];
    for row in labels.chunks(tasks) {
        for (count, label) in counts.iter_mut().zip(row) {
            *count += f64::from(u8::from(!label.is_nan()));
        }
    }
    let most = counts.iter().fold(1.0, |a: f64, &b| a.max(b));
    let weight = |n: &f64| {
        if *n == 0.0 {
            1.0
        } else {
            (most / n).powf(balance)
        }
    };
    counts.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::balanced;

    #[test]
    fn rare_labels_weigh_more_as_asked() {
        let n = f64::NAN;
        let labels = [1.0, n, n, 2.0, 1.0, n, 3.0, n, n, 4.0, n, n];
        assert_eq!(balanced(&labels, 3, 0.0), [1.0, 1.0, 1.0]);
        assert_eq!(balanced(&labels, 3, 0.5), [1.0, 2.0, 1.0]);
        assert_eq!(balanced(&labels, 3, 1.0), [1.0, 4.0, 1.0]);
    }
}
