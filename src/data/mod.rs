//! Tables, joins, splits and scalers.
//!
//! [`Corpus::read`] joins the tables of a run by molecule, [`Partition`] divides its rows,
//! [`LabelScaler`]s are fitted on the training rows of the division, and
//! [`Check`](check::Check) tells beforehand what a run would make of the tables.
//!
//! ```
//! use geogate::data::config::{SplitConfig, SplitName};
//! use geogate::data::{Corpus, Part, Partition, TargetTransform};
//!
//! // y = x² at a hundred points
//! let x: Vec<f64> = (0..100).map(f64::from).collect();
//! let y = x.iter().map(|x| x * x).collect();
//! let corpus = Corpus::of_features(vec!["y".into()], 0, vec!["x".into()], x, y)?;
//! let split = SplitConfig { split: SplitName::Random, val_fraction: 0.2, ..Default::default() };
//! let partition = Partition::holdout(&corpus, &split, 0)?;
//! assert_eq!(partition.count(0, Part::Test), 20);
//! assert_eq!(partition.count(0, Part::Val), 16);
//! let scaler = corpus.scaler(&partition, 0, TargetTransform::None)?;
//! assert!((scaler.restore(scaler.standardise(7.0)) - 7.0).abs() < 1e-12);
//! # Ok::<(), geogate::error::Error>(())
//! ```

pub mod account;
mod assembly;
mod cell;
pub mod check;
pub mod config;
mod corpus;
mod corruption;
mod entry;
mod inner;
mod inputs;
mod labels;
mod lines;
pub(crate) mod names;
mod part;
mod partition;
mod plan;
mod reading;
pub mod rows;
mod scaler;
mod split;
pub(crate) mod statistics;
pub mod table;
mod transform;
#[cfg(feature = "molecule")]
pub mod virtual_lab;

pub use corpus::{Corpus, Groups};
pub use corruption::Corruption;
pub use inputs::{InputKind, Inputs};
pub use part::{MIN_ROWS, Part};
pub use partition::{Divided, Partition};
pub use scaler::{FeatureScaler, Scaler};
pub use transform::{LabelScaler, TargetTransform, Transform};
