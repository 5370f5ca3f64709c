//! Inductive transfer for regression by explicit differential geometry: few labels of one property,
//! many of another, trained together, so that the scarce one is predicted better where they are related.
//!
//! The method is GATE, the geometrically aligned transfer encoder ([arXiv 2310.06369]): every task
//! has its own latent chart, the charts are glued through one shared, locally flat frame, and what
//! one task knows reaches the others along the maps between their charts.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//!
//! use geogate::data::{Part, config::Overlap, virtual_lab::VirtualLab};
//! use geogate::method::ModelConfig;
//! use geogate::train::{RunControl, Silent, config::TrainingConfig, fit};
//!
//! // 150 critical temperatures, 2,332 boiling points, and molecules of scaffolds neither has seen
//! let lab = VirtualLab::new(0);
//! let situation = lab.situation();
//! let corpus = situation.corpus();
//! let partition = situation.partition(&corpus, Overlap::Strict)?;
//!
//! // a tiny network and two epochs, to be quick; the defaults are the real thing
//! let model = ModelConfig { embedding: 20, hidden: 20, ..ModelConfig::default() };
//! let training = TrainingConfig { epochs: 2, min_steps: 0, ..TrainingConfig::default() };
//! let stop = AtomicBool::new(false);
//! let control = RunControl {
//!     observer: &Silent,
//!     parallel: true,
//!     checkpoint: None,
//!     resume: false,
//!     stop: &stop,
//! };
//! let fitted = fit(&corpus, &partition, &model, &training, &control)?;
//!
//! let unseen = partition.rows(corpus.target, Part::Test);
//! let kelvin = fitted.model.predict(&corpus.inputs, &unseen)?.means(corpus.target);
//! assert_eq!(kelvin.len(), unseen.len());
//! assert!(kelvin.iter().all(|&k| 100.0 < k && k < 1500.0));
//! # Ok::<(), geogate::error::Error>(())
//! ```
//!
//! # Rooms
//!
//! Each looks only into those above it.
//!
//! | room | what is in it |
//! |---|---|
//! | [`error`], [`random`], [`files`] | the one error type, seeded random streams, files that are whole or absent; for all but [`geometry`] |
//! | [`geometry`] | the crate `geogate-geometry`: charts, metric, connection, curvature, geodesics, transitions |
//! | [`tensor`] | dense matrices over f32 and f64, GEMM, sums over graphs, loops vectorised at run time |
//! | [`autograd`] | tape, rules with reverse and forward derivatives, jets, gradient checks |
//! | [`nn`] | layers, message passing, activations to the third derivative, optimiser, schedules |
//! | [`chart`] | any multilayer perceptron as a map or chart of [`geometry`] |
//! | `molecule` | SMILES, features, keys, batches (feature `molecule`) |
//! | [`data`] | tables, joins, splits, scalers, the virtual lab |
//! | [`gate`], [`baseline`] | GATE and its losses; the conventional methods it is compared with |
//! | [`train`], [`evaluate`] | the loop, checkpoints, models on disk; comparisons |
//! | `report`, `cli` | pictures and pages; the program (features `report`, `cli`) |
//!
//! Index order, signs and storage of geometric quantities are those of [`geometry::conventions`].
//! Failures are [`error::Error`]s that name file, row and value and say what to try; panics are for
//! arguments of the wrong shape. Same seed, same bits, for any number of threads.
//!
//! [arXiv 2310.06369]: https://arxiv.org/abs/2310.06369

pub mod autograd;
pub mod baseline;
pub mod chart;
#[cfg(feature = "cli")]
pub mod cli;
mod config;
pub mod data;
pub mod error;
pub mod evaluate;
pub mod files;
pub mod gate;
pub mod method;
#[cfg(feature = "molecule")]
pub mod molecule;
pub mod nn;
pub mod random;
#[cfg(feature = "report")]
pub mod report;
pub mod tensor;
pub mod train;

pub use geogate_geometry as geometry;
