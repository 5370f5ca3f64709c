//! Activations.
use serde::{Deserialize, Serialize};
/// Activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// x·sigmoid(x).
    #[default]
    Silu,
}
