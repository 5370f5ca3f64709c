//! The labels of a task as a network sees them: transformed and scaled by its training rows.

use super::corpus::Corpus;
use super::part::Part;
use super::partition::Partition;
use super::transform::{LabelScaler, TargetTransform, Transform};
use crate::error::{Error, Result};

impl Corpus {
    /// The scaler of `task` under a transform, both fitted on its training rows.
    ///
    /// # Errors
    /// No training row; labels that are all the same or too large to be scaled; a training or
    /// validation label without logarithm, where that is asked for.
    pub fn scaler(
        &self,
        partition: &Partition,
        task: usize,
        transform: TargetTransform,
    ) -> Result<LabelScaler> {
        let rows = partition.rows(task, Part::Train);
        let labels: Vec<f64> = rows.iter().map(|&row| self.label(row, task)).collect();
        let fitted = match transform {
            TargetTransform::None => Some(Transform::None),
            TargetTransform::Log => {
                self.check_positive(partition, task)?;
                Some(Transform::Log)
            }
            TargetTransform::YeoJohnson => Transform::yeo_johnson(&labels),
            TargetTransform::Auto => {
                let positive = self.check_positive(partition, task).is_ok();
                Some(Transform::chosen(&labels, positive))
            }
        };
        let scaler = fitted.and_then(|fitted| LabelScaler::fit(&labels, fitted));
        scaler.ok_or_else(|| unscalable(&self.tasks[task], &labels))
    }

    /// Refuses the logarithm of a task with a training or validation label that is not positive.
    fn check_positive(&self, partition: &Partition, task: usize) -> Result<()> {
        let parts = [Part::Train, Part::Val];
        let rows: Vec<usize> = parts
            .iter()
            .flat_map(|&p| partition.rows(task, p))
            .collect();
        let bad = |row: &&usize| self.label(**row, task) <= 0.0;
        let Some(&row) = rows.iter().find(bad) else {
            return Ok(());
        };
        let others = rows.iter().filter(bad).count() - 1;
        let problem = format!(
            "option `target_transform` = log: task `{}` has the label {} at {}{}, which has no logarithm",
            self.tasks[task],
            self.label(row, task),
            self.name(row),
            if others == 0 {
                String::new()
            } else {
                format!(" (and {others} more that are not positive)")
            }
        );
        let advice = "choose option `target_transform` = yeo-johnson, which takes labels of any sign, or auto";
        Err(Error::usage(problem, advice))
    }
}

fn unscalable(task: &str, labels: &[f64]) -> Error {
    let Some(first) = labels.first() else {
        return Error::usage(
            format!("task `{task}` has no training row"),
            "choose another split, or leave the task out",
        );
    };
    let problem = if labels.iter().all(|label| label == first) {
        format!(
            "all {} training labels of task `{task}` are {first}",
            labels.len()
        )
    } else {
        format!("the training labels of task `{task}` are too large to be scaled")
    };
    Error::usage(
        problem,
        "nothing can be learned from that: look at its column with `geogate check`",
    )
}
