//! Fine-tuning: hard sharing over the sources' labels first, then the target's alone (Yosinski et al.
//! 2014, "How transferable are features in deep neural networks?").

use super::shared::HardSharing;
use crate::method::{Construction, MethodName, Stage};
use crate::tensor::Real;

/// Two stages: the sources' labels train what is shared and their heads; then the target's labels train every weight,
/// or, for `ft-head`, the target's head on the sources' embedding and encoder.
pub(super) fn stages<T: Real>(from: &mut Construction<'_, T>) -> [Stage<T>; 2] {
    let network = HardSharing::new(from);
    let head = HardSharing::head_name(&from.tasks[from.target]);
    let frozen = match from.config.method {
        MethodName::FtHead => from.parameters.named(|name| !name.starts_with(&head)),
        _ => Vec::new(),
    };
    [
        Stage::new(network.clone(), from.sources()),
        Stage {
            frozen,
            ..Stage::new(network, from.target_alone())
        },
    ]
}
