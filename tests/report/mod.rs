//! Pictures of reports.

#[cfg(feature = "molecule")]
mod molecule;
mod plot;
