//! The conventional methods GATE is compared with, on the same embedding, encoder and head.
//!
//! | method | file | reference |
//! |---|---|---|
//! | `stl`, `mtl` | `shared` | Caruana 1997 |
//! | `ft-all`, `ft-head` | `fine_tuning` | Yosinski et al. 2014 |
//! | `kd`, `gsp-kd` | `distillation` | Romero et al. 2015; Park et al. 2019 |
//! | `ridge` | `ridge`: no network, the yardstick | Hoerl and Kennard 1970 |

mod distances;
mod distillation;
mod fine_tuning;
mod ridge;
mod shared;

pub use distillation::{Distillation, Structure, TEACHER};
pub use fine_tuning::{Tuned, fine_tuning};
pub use ridge::{Form, Ridge, RidgeWeights, SparseRow};
pub use shared::HardSharing;
