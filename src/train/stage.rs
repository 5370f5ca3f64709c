//! A stage of training in numbers: how long, along which learning rate, judged by which rows.

use super::batch::InputView;
use super::config::TrainingConfig;
use super::description::ModelDescription;
use super::network::Network;
use crate::data::{Corpus, Divided, Part};
use crate::nn::Schedule;
use crate::tensor::Real;

/// The plan of one stage of a network.
#[derive(Clone, Debug)]
pub(super) struct StagePlan {
    /// Which of the network's stages.
    pub(super) stage: usize,
    /// Passes over its table.
    pub(super) epochs: usize,
    /// The learning rate along its steps.
    pub(super) schedule: Schedule,
    /// Steps that the mean of the weights remembers.
    pub(super) memory: u64,
    /// Is it a stage before the one that predicts?
    pub(super) pretraining: bool,
    /// Rows of the corpus that train, or whose error decides which epoch is kept.
    pub(super) seen: Vec<usize>,
    /// Rows of the corpus whose error decides which epoch is kept …
    rows: Vec<usize>,
    /// … and the model's tasks labelled there: `(index into rows, task)`.
    labelled: Vec<(usize, usize)>,
}

impl StagePlan {
    /// The plans of a network, one for each of its stages. The last is judged by the target's validation
    /// rows, one before by those of the tasks that lend their labels (by their training rows, where a split
    /// leaves them no others).
    pub(super) fn all<T: Real>(
        network: &Network<T>,
        description: &ModelDescription,
        Divided { corpus, partition }: Divided<'_>,
    ) -> Vec<Self> {
        let columns = description.columns(corpus);
        let (last, target) = (network.stages.len() - 1, description.target_index());
        let training = (
            description.newest_training(),
            description.newest_model().average,
        );
        let labels = |tasks: &[usize], part| -> Vec<(usize, usize)> {
            let all = (0..corpus.rows()).flat_map(|row| tasks.iter().map(move |&k| (row, k)));
            let of_part = |&(row, k): &(usize, usize)| {
                columns[k].is_some_and(|column| partition.part(row, column) == part)
            };
            all.filter(of_part).collect()
        };
        let stage = |(stage, supervised): (usize, &Vec<bool>)| {
            let lending: Vec<usize> = (0..columns.len()).filter(|&k| supervised[k]).collect();
            let trained = labels(&lending, Part::Train);
            let judges = if stage == last {
                labels(&[target], Part::Val)
            } else {
                labels(&lending, Part::Val)
            };
            let judges = match (judges.is_empty(), stage == last) {
                (true, false) => trained.clone(),
                _ => judges,
            };
            let table_rows = distinct_rows(&trained);
            Self::new(training, table_rows, judges, (stage, stage != last))
        };
        let supervised = network.stages.iter().map(|stage| &stage.supervised);
        supervised.enumerate().map(stage).collect()
    }

    fn new(
        (training, average): (&TrainingConfig, f64),
        mut table_rows: Vec<usize>,
        judges: Vec<(usize, usize)>,
        (stage, pretraining): (usize, bool),
    ) -> Self {
        let per_epoch = table_rows.len().div_ceil(training.batch_size).max(1);
        let epochs = training.epochs.max(training.min_steps.div_ceil(per_epoch));
        let total = (epochs * per_epoch) as u64;
        let rows = distinct_rows(&judges);
        let index = |row: usize| rows.partition_point(|&r| r < row);
        let labelled = judges.iter().map(|&(row, k)| (index(row), k)).collect();
        table_rows.extend(&rows);
        table_rows.sort_unstable();
        table_rows.dedup();
        Self {
            stage,
            epochs,
            schedule: Schedule::new(training.schedule, training.lr, training.warmup, total),
            memory: (average * total as f64).round() as u64,
            pretraining,
            seen: table_rows,
            rows,
            labelled,
        }
    }

    /// Is there a row that judges? The training of a chosen length has none.
    pub(super) fn judged(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Ends the stage after this share of its epochs, at least one; the learning rate runs as if it went on.
    pub(super) fn shorten(&mut self, share: f64) {
        self.epochs = ((share * self.epochs as f64).round() as usize).max(1);
    }

    /// What the network says at the rows that judge.
    pub(super) fn validation<T: Real>(
        &self,
        network: &Network<T>,
        view: &InputView<'_, T>,
        (description, corpus): (&ModelDescription, &Corpus),
    ) -> Validation {
        let columns = description.columns(corpus);
        let method = &*network.stages[self.stage].method;
        let y = network.predict_by(method, view, &self.rows);
        let mut predictions = Vec::new();
        let mut square = |&(i, k): &(usize, usize)| {
            let scaler = &description.scalers[k];
            let column = columns[k].expect("a task that judges is in the corpus");
            let (found, label) = (y.row(i)[k].to_f64(), corpus.label(self.rows[i], column));
            let error = if self.pretraining {
                found - scaler.standardise(label)
            } else {
                predictions.push(scaler.restore(found));
                scaler.restore(found) - label
            };
            error * error
        };
        let sum: f64 = self.labelled.iter().map(&mut square).sum();
        Validation {
            rmse: (sum / self.labelled.len() as f64).sqrt(),
            predictions,
        }
    }
}

/// What a network says at the rows that judge it.
pub(super) struct Validation {
    /// Root mean square error: in the target's unit, or, before the last stage, in standard deviations; NaN where
    /// no row judges.
    pub(super) rmse: f64,
    /// Values of the target's rows, in their order, in its unit; none before the last stage.
    pub(super) predictions: Vec<f64>,
}

/// The rows of labels `(row, task)` that are ordered by row.
fn distinct_rows(labels: &[(usize, usize)]) -> Vec<usize> {
    let mut rows: Vec<usize> = labels.iter().map(|&(row, _)| row).collect();
    rows.dedup();
    rows
}
