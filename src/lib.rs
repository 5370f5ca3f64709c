//! Inductive transfer for regression by explicit differential geometry: few labels of one property,
//! many of another, trained together, so that the scarce one is predicted better where they are related.
//!
//! The method is GATE, the geometrically aligned transfer encoder ([arXiv 2310.06369]): every task
//! has its own latent chart, the charts are glued through one shared, locally flat frame, and what
//! one task knows reaches the others along the maps between their charts. What is predicted is read by a head of the
//! network, or by a Gaussian process over what it has learnt, with error bars.
//!
//! ```
//! use geogate::{MethodName, Model, Tables, Training};
//! # let place = tempfile::tempdir()?;
//! # let lab = place.path().join("lab.csv");
//! # geogate::data::virtual_lab::VirtualLab::new(0).situation().write_table(std::fs::File::create(&lab)?)?;
//! # let run = place.path().join("run");
//!
//! // a CSV file with the columns smiles, boiling_point_k, critical_temperature_k and others: few values of the second,
//! // which is the target
//! let mut tables = Tables::of_target("critical_temperature_k").wide(&lab);
//! tables.data.sources = vec!["boiling_point_k".to_owned()];
//!
//! // a tiny network and two epochs, to be quick; the defaults are the real thing
//! let mut training = Training::new(MethodName::Gate);
//! (training.network.embedding, training.network.hidden) = (20, 20);
//! (training.optimisation.epochs, training.optimisation.min_steps) = (2, 0);
//! let fitted = training.fit(&tables)?;
//! println!("{:?}", fitted.metrics.tasks["critical_temperature_k"].test);
//! fitted.save(&run)?;
//!
//! // the same folder is what `geogate train` writes and `geogate predict` takes
//! let model = Model::load(&run)?;
//! let kelvin = model.predict_smiles(&["CCO", "c1ccccc1O"])?;
//! assert_eq!((kelvin.rows(), kelvin.tasks().len()), (2, 2));
//! assert!(kelvin.row(0).iter().all(|k| (100.0..1500.0).contains(&k.mean())));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Tables`] say what is read, [`Training`] how, a [`Run`] holds model, predictions and scores; `examples/00_main_job.rs`
//! is the whole of it on your own files. Beneath them: [`data`] reads and divides, [`train`] fits, [`evaluate`] scores and
//! compares, and [`geometry`] shows what a model has learned.
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
//! | `molecule` | SMILES, features, descriptors, keys, batches (feature `molecule`) |
//! | [`data`] | tables, joins, splits, scalers, the virtual lab |
//! | [`method`] | what a method is: names, presets, losses, stages of training |
//! | [`gate`], [`baseline`] | GATE and its losses; the conventional methods it is compared with |
//! | [`gp`] | Gaussian processes of several tasks over views: kernels, likelihoods with gradients, posteriors |
//! | [`train`], [`evaluate`] | the loop, checkpoints, what a Gaussian process reads, models on disk; comparisons |
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
pub mod gp;
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

pub use error::{Error, ErrorKind, Result};
pub use evaluate::run::{Run, Tables, Timing, Training};
pub use method::{MethodName, ModelConfig};
pub use train::config::TrainingConfig;
pub use train::{Absence, Estimate, Model, Prediction, Predictions, RunControl};
