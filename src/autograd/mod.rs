//! Automatic differentiation: a define-by-run tape with one rule per operation.
//!
//! Each operation of [`Tape`] evaluates at once and records a [`Rule`]; a rule knows both ways
//! to differentiate its operation — [`Rule::reverse`] carries adjoints from outputs to inputs,
//! [`Rule::tangent`] carries tangents from inputs to outputs. The first gives gradients, the second
//! directional derivatives, and each checks the other ([`gradcheck`]).
//!
//! Derivatives with respect to *inputs of a network* that a loss depends on are pushed forward as
//! part of the computation ([`jet`]) and are differentiated in reverse like everything else.
//!
//! ```
//! use geogate::autograd::Tape;
//! use geogate::tensor::Tensor;
//! let mut tape = Tape::<f64>::new();
//! let x = tape.variable(&Tensor::from_vec(1, 2, vec![3.0, 4.0]));
//! let loss = tape.mean_square(x); // (9 + 16) / 2
//! tape.backward(loss);
//! assert_eq!(tape.value(loss).to_scalar(), 12.5);
//! assert_eq!(tape.gradient(x).unwrap().as_slice(), [3.0, 4.0]); // x
//! ```

pub mod gradcheck;
pub mod jet;
mod pool;
mod rule;
mod rules;
mod tape;

pub use rule::{Forward, Reverse, Rule};
pub use rules::immersion::{Breakdown, Masked, Side};
pub use rules::pointwise::Pointwise;
pub use tape::{Tape, Var};
