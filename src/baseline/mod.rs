//! The conventional methods GATE is compared with, on the same embedding, encoder and head.
//!
//! | method | file | reference |
//! |---|---|---|
//! | `stl`, `mtl` | `shared` | Caruana 1997 |
//! | `ft-all`, `ft-head` | `fine_tuning` | Yosinski et al. 2014 |
//! | `kd`, `gsp-kd` | `distillation` | Romero et al. 2015; Park et al. 2019 |
//! | `ridge` | `ridge`: no network | Hoerl and Kennard 1970 |

mod distances;
mod distillation;
mod fine_tuning;
mod ridge;
mod shared;

pub use distillation::{Distillation, Structure};
pub use ridge::{Form, Ridge, RidgeWeights, SparseRow};
pub use shared::HardSharing;

use crate::method::{Construction, MethodName, Stage};
use crate::tensor::Real;

/// The stages of training of a conventional method.
///
/// # Panics
/// If the method is none of them, or no network.
#[track_caller]
pub fn stages<T: Real>(from: &mut Construction<'_, T>) -> Vec<Stage<T>> {
    match from.config.method {
        MethodName::Stl | MethodName::Mtl => {
            let network = HardSharing::new(from);
            vec![Stage::new(network, vec![true; from.tasks.len()])]
        }
        MethodName::FtAll | MethodName::FtHead => fine_tuning::stages(from).into(),
        MethodName::Kd | MethodName::GspKd => Distillation::stages(from).into(),
        other => panic!("{} is no conventional network", other.as_str()),
    }
}
