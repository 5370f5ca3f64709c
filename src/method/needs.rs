//! What losses need of the forward pass, and what they are sums over.

/// What a loss is a sum over, each part a mean over the molecules of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumOver {
    /// Tasks, or triples of them.
    Tasks,
    /// Unordered pairs of tasks.
    Pairs,
    /// Transitions s → t.
    Transitions,
    /// Transitions s → t, over the molecules labelled for t.
    Labels,
}

/// What the losses need of the forward pass and of the network's options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Derivatives of F along random directions v of the embedding.
    pub directions: bool,
    /// Derivatives along a second set of directions, partners of v.
    pub partners: bool,
    /// Second derivatives along v.
    pub second: bool,
    /// First derivatives of φ by the latent coordinates.
    pub jacobian: bool,
    /// Second derivatives of φ by the latent coordinates.
    pub hessian: bool,
    /// Random directions of any kind, so at least one of them.
    pub draws: bool,
    /// An activation whose second derivative is not zero.
    pub smooth: bool,
    /// A chart that can be curved: d ≥ 2 and m > d.
    pub curved: bool,
    /// A chart of fixed weights: no dropout.
    pub fixed_chart: bool,
    /// Steps of a length above zero.
    pub step: bool,
    /// Tasks, at least so many.
    pub tasks: usize,
}

/// What a loss needs that compares values.
pub(super) const NOTHING: Needs = Needs {
    directions: false,
    partners: false,
    second: false,
    jacobian: false,
    hessian: false,
    draws: false,
    smooth: false,
    curved: false,
    fixed_chart: false,
    step: false,
    tasks: 0,
};

impl Needs {
    /// What either needs.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            directions: self.directions || other.directions,
            partners: self.partners || other.partners,
            second: self.second || other.second,
            jacobian: self.jacobian || other.jacobian,
            hessian: self.hessian || other.hessian,
            draws: self.draws || other.draws,
            smooth: self.smooth || other.smooth,
            curved: self.curved || other.curved,
            fixed_chart: self.fixed_chart || other.fixed_chart,
            step: self.step || other.step,
            tasks: self.tasks.max(other.tasks),
        }
    }
}
