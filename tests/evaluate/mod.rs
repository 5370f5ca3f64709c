//! Statistics of comparisons, surveys of trained models.

mod statistics;
mod survey;
mod yardstick;
