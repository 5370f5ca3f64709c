//! Fine-tuning: hard sharing over the sources' labels first, then the target's alone (Yosinski et al.
//! 2014, "How transferable are features in deep neural networks?").

use super::shared::HardSharing;
use crate::gate::Course;
use crate::nn::Parameters;
use crate::tensor::Real;

/// What the second course changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuned {
    /// Every weight.
    All,
    /// The target's head, on the sources' embedding and encoder.
    Head,
}

/// The two courses for the tasks `names` of `network`: the sources' labels train what is shared and their
/// heads; then the target's labels train what is `tuned`.
pub fn fine_tuning<T: Real>(
    network: &HardSharing,
    parameters: &Parameters<T>,
    (names, target): (&[String], usize),
    tuned: Tuned,
) -> [Course<T>; 2] {
    let head = HardSharing::head_name(&names[target]);
    let frozen = match tuned {
        Tuned::All => Vec::new(),
        Tuned::Head => parameters.named(|name| !name.starts_with(&head)),
    };
    let lends = |of_target: bool| (0..names.len()).map(move |t| (t == target) == of_target);
    let course = |of_target: bool, frozen| Course {
        method: Box::new(network.clone()),
        lends: lends(of_target).collect(),
        frozen,
        embedded: None,
    };
    [course(false, Vec::new()), course(true, frozen)]
}
