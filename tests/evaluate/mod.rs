//! Surveys of trained models.

mod survey;
