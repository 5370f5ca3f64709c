//! Files with predictions, statistics of comparisons, surveys of trained models.

mod evidence;
mod prediction_file;
mod ridge;
mod statistics;
mod survey;
