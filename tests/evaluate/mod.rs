//! Files with predictions, statistics of comparisons, surveys of trained models.

mod prediction_file;
mod statistics;
mod survey;
mod yardstick;
