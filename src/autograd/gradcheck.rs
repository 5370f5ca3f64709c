//! Checks of gradients: reverse mode against forward mode, and against differences.

use super::tape::{Tape, Var};
use crate::random::{Purpose, Stream};
use crate::tensor::{Tensor, reduce};

/// Directions along which a gradient is checked.
const DIRECTIONS: u64 = 3;
/// Gradients that differences cannot tell from shorter ones.
const SHORTEST: f64 = 1e-5;

/// How far the derivatives of one scalar function disagree, relative to the size of the gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disagreement {
    /// Reverse against forward mode: rounding alone.
    pub forward: f64,
    /// Reverse mode against central differences extrapolated to step zero (Richardson): rounding
    /// and truncation.
    pub differences: f64,
}

/// Compares the directional derivatives of `f` (variables ↦ a 1 × 1 variable) at `inputs` along
/// seeded random directions: reverse mode, forward mode, and differences of step `h`
///
/// ```text
/// f' ≈ (4 D(h/2) − D(h)) / 3,   D(h) = (f(x + h v) − f(x − h v)) / 2h,   error O(h⁴)
/// ```
///
/// `f` must compute the same function at every call. Disagreements are relative to `‖∇f‖ ‖v‖`, or
/// absolute where the gradient is zero; for differences, which know the slope of a function of size one to
/// 1e-12 and not better, a gradient shorter than 1e-5 counts as that long. NaN in, NaN out.
///
/// # Panics
/// If `f` returns a variable that is not 1 × 1.
#[track_caller]
pub fn disagreement(
    inputs: &[Tensor<f64>],
    h: f64,
    f: impl Fn(&mut Tape<f64>, &[Var]) -> Var,
) -> Disagreement {
    let mut tape = Tape::new();
    let vars: Vec<Var> = inputs.iter().map(|x| tape.variable(x)).collect();
    let y = f(&mut tape, &vars);
    tape.backward(y);
    let zero = |x: &Tensor<f64>| Tensor::zeros(x.rows(), x.cols());
    let gradients: Vec<Tensor<f64>> = (vars.iter().zip(inputs))
        .map(|(&var, x)| tape.gradient(var).cloned().unwrap_or_else(|| zero(x)))
        .collect();
    let value = |step: f64, v: &[Tensor<f64>]| {
        let mut tape = Tape::new();
        let moved: Vec<Var> = inputs
            .iter()
            .zip(v)
            .map(|(x, v)| tape.variable(&shifted(x, step, v)))
            .collect();
        let y = f(&mut tape, &moved);
        tape.value(y).to_scalar()
    };
    let central = |step: f64, v: &[Tensor<f64>]| (value(step, v) - value(-step, v)) / (2.0 * step);
    let mut worst = Disagreement {
        forward: 0.0,
        differences: 0.0,
    };
    for k in 0..DIRECTIONS {
        let v = directions(inputs, k);
        let reverse: f64 = gradients.iter().zip(&v).map(|(g, v)| dot(g, v)).sum();
        let seeds: Vec<_> = vars.iter().copied().zip(v.iter().cloned()).collect();
        let forward = tape.tangents(&seeds, &[y])[0].to_scalar();
        let differences = (4.0 * central(h / 2.0, &v) - central(h, &v)) / 3.0;
        let size = norm(&gradients) * norm(&v);
        let scale = if size == 0.0 { 1.0 } else { size };
        worst.forward = larger(worst.forward, (reverse - forward).abs() / scale);
        let scale = if size == 0.0 {
            1.0
        } else {
            larger(size, SHORTEST * norm(&v))
        };
        worst.differences = larger(worst.differences, (reverse - differences).abs() / scale);
    }
    worst
}

/// The larger of the two; NaN if either is.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

fn directions(inputs: &[Tensor<f64>], index: u64) -> Vec<Tensor<f64>> {
    let mut stream = Stream::new(0, Purpose::Test, index);
    let mut draw = |x: &Tensor<f64>| {
        let entries = (0..x.rows() * x.cols()).map(|_| stream.normal()).collect();
        Tensor::from_vec(x.rows(), x.cols(), entries)
    };
    inputs.iter().map(&mut draw).collect()
}

fn shifted(x: &Tensor<f64>, step: f64, v: &Tensor<f64>) -> Tensor<f64> {
    Tensor::from_fn(x.rows(), x.cols(), |i, j| x.row(i)[j] + step * v.row(i)[j])
}

fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    reduce::sum2(a.as_slice(), b.as_slice(), |a, b| a * b)
}

fn norm(tensors: &[Tensor<f64>]) -> f64 {
    tensors
        .iter()
        .map(|t| reduce::sum_of_squares(t.as_slice()))
        .sum::<f64>()
        .sqrt()
}
