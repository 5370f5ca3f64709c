//! Files with predictions, statistics of comparisons, surveys of trained models.

mod closed_forms;
mod evidence;
mod levels;
mod pairs;
mod prediction_file;
mod ridge;
mod statistics;
mod survey;
mod variant;
