//! A trained model: what predicts, and how it lies on disk.
//!
//! A model folder holds `model.safetensors` (every weight matrix by name) and `model.json` (configuration, tasks,
//! scalers, version, and the checksum of the weights' file). A model read by a Gaussian process has `readout.json`
//! (hyperparameters, errors on rows left out) and `readout.csv` (the rows it learns from) beside them, and in `frames/`
//! what its frames beyond the first are.

use std::path::Path;

use super::batch::Source;
use super::config::{Precision, TrainingConfig};
use super::description::ModelDescription;
use super::frame::{Frame, FrameFiles};
use super::prediction::{Absence, ErrorBar, Prediction, Predictions};
use super::readout::Readout;
use super::relevance::Relevance;
use crate::data::{Corpus, InputKind, Inputs, Partition};
use crate::error::{Error, Result};
use crate::files::create_folder;
use crate::files::names::FRAMES;
use crate::method::ModelConfig;

/// A trained model that predicts in the tasks' own units.
pub struct Model {
    /// The model's networks: one, or several that a Gaussian process reads together.
    pub(super) frames: Vec<Frame>,
    /// The Gaussian process, if one reads them.
    pub(super) readout: Option<Readout>,
}

impl From<Frame> for Model {
    fn from(frame: Frame) -> Self {
        Self {
            frames: vec![frame],
            readout: None,
        }
    }
}

impl Model {
    /// The model as [`fit`](super::fit) starts it: scalers of the training rows, weights drawn with the
    /// seed, not one step taken. What training has changed is told by comparison with it.
    ///
    /// # Errors
    /// Options out of their range, or labels that cannot be scaled.
    pub fn untrained(
        corpus: &Corpus,
        partition: &Partition,
        model: &ModelConfig,
        training: &TrainingConfig,
    ) -> Result<Self> {
        Ok(Frame::untrained(corpus, partition, model, training)?.into())
    }

    /// The model's first network.
    pub(super) fn frame(&self) -> &Frame {
        &self.frames[0]
    }

    pub(super) fn description(&self) -> &ModelDescription {
        &self.frame().description
    }

    /// Tasks the model predicts, in the order of its outputs.
    pub fn tasks(&self) -> &[String] {
        self.frame().tasks()
    }

    /// Name of the target task.
    pub fn target(&self) -> &str {
        &self.description().target
    }

    /// The configuration of the network.
    pub fn config(&self) -> &ModelConfig {
        &self.description().model
    }

    /// What was found of the sources, where they are weighed.
    pub fn relevance(&self) -> &[Relevance] {
        &self.description().relevance
    }

    /// The floating-point format of its weights.
    pub fn precision(&self) -> Precision {
        self.description().training.precision
    }

    /// What the model reads of a row: a molecule, named features, or both.
    pub fn inputs(&self) -> InputKind {
        self.description().inputs()
    }

    /// Why the task is not predicted, whatever the row; none where it is.
    pub fn absence(&self, task: &str) -> Option<Absence> {
        self.frame().absence(task)
    }

    /// The Gaussian process that reads it, if one does.
    pub fn readout(&self) -> Option<&Readout> {
        self.readout.as_ref()
    }

    /// The Gaussian process that reads it, which takes measured labels into account.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where a network's head reads it.
    pub fn read_by_process(&self) -> Result<&Readout> {
        self.readout.as_ref().ok_or_else(|| {
            Error::usage(
                "measured labels of other tasks are of use to a Gaussian process alone, and a network's head reads this model",
                "train with option `head` = gp, or leave the evidence out",
            )
        })
    }

    /// How far off a prediction of the task of that column may be, with the interval that holds this share of labels;
    /// none where it is not known.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn error_bar(
        &self,
        column: usize,
        prediction: Prediction,
        coverage: f64,
    ) -> Option<ErrorBar> {
        let (readout, of) = (self.readout()?, prediction.uncertainty()?);
        let [lower, upper] = readout.interval(column, &of, coverage);
        Some(ErrorBar {
            sd: of.sd,
            lower,
            upper,
            trust: of.trust,
        })
    }

    /// Predictions for molecules, each in its task's own unit.
    ///
    /// # Errors
    /// A SMILES that is refused; [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where the model reads other
    /// inputs.
    #[cfg(feature = "molecule")]
    pub fn predict_smiles(&self, smiles: &[impl AsRef<str> + Sync]) -> Result<Predictions> {
        let rows: Vec<usize> = (0..smiles.len()).collect();
        self.predict(&Inputs::of_smiles(smiles)?, &rows)
    }

    /// Predictions for some rows of the inputs, each in its task's own unit.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where the inputs are not of the kind
    /// the model was trained on.
    pub fn predict(&self, inputs: &Inputs, rows: &[usize]) -> Result<Predictions> {
        self.predict_given(inputs, rows, &[])
    }

    /// Predictions in view of measured labels of some of the rows, each in its task's own unit.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); evidence for a model that no Gaussian process reads.
    ///
    /// # Panics
    /// If evidence is of a row or a task that is not there.
    pub fn predict_given(
        &self,
        inputs: &Inputs,
        rows: &[usize],
        evidence: &[Evidence],
    ) -> Result<Predictions> {
        let _ = self.source(inputs)?;
        if let Some(readout) = &self.readout {
            return readout.predict(&self.frames, (inputs, rows), evidence);
        }
        if !evidence.is_empty() {
            self.read_by_process()?;
        }
        let means = self.frame().heads(inputs, rows)?;
        let absences: Vec<Option<Absence>> =
            self.tasks().iter().map(|task| self.absence(task)).collect();
        let values = means.into_iter().zip(absences.into_iter().cycle());
        let values = values.map(|(mean, absence)| {
            absence.map_or_else(|| Prediction::of(mean), Prediction::Absent)
        });
        let (values, none) = (values.collect(), Vec::new());
        Ok(Predictions::new(self.tasks(), values, none, Vec::new()))
    }

    /// The inputs with the model's scaling, if they are of its kind.
    pub(super) fn source<'a>(&'a self, inputs: &'a Inputs) -> Result<Source<'a>> {
        self.frame().source(inputs)
    }

    /// Writes the model into a folder that exists.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        for (index, frame) in self.frames.iter().enumerate().skip(1) {
            create_folder(&folder.join(FRAMES))?;
            frame.save(&FrameFiles::of(folder, index))?;
        }
        if let Some(readout) = &self.readout {
            readout.save(folder, self.tasks())?;
        }
        self.frame().save(&FrameFiles::first(folder))
    }

    /// Reads a model back.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::error::ErrorKind::Model) where the folder holds no model, a
    /// truncated or foreign file, or a model of a later program.
    pub fn load(folder: &Path) -> Result<Self> {
        let first = Frame::load(&FrameFiles::first(folder))?;
        if !first.description.model.reads_by_gp() {
            return Ok(first.into());
        }
        let (frames, readout) = Readout::load(folder, first)?;
        Ok(Self {
            frames,
            readout: Some(readout),
        })
    }
}

/// A measured label of a row that is predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The row, an index into those that are predicted.
    pub row: usize,
    /// The task, an index into those of the model.
    pub task: usize,
    /// The label, in the task's unit.
    pub value: f64,
}
