//! Pairwise distances of latent vectors within a shard, on the tape.

use crate::autograd::{Pointwise, Tape, Var};
use crate::tensor::Real;

/// Added to squared distances: two molecules at one point have a distance with a slope.
const FLOOR: f64 = 1e-12;

/// `√(u + FLOOR)`.
#[derive(Clone, Copy)]
struct Root;

/// `1 / u`.
#[derive(Clone, Copy)]
struct Reciprocal;

impl<T: Real> Pointwise<T> for Root {
    fn derivatives(&self, u: &[T], out: &mut [&mut [T]]) {
        powers(u, out, 0.5, FLOOR);
    }
}

impl<T: Real> Pointwise<T> for Reciprocal {
    fn derivatives(&self, u: &[T], out: &mut [&mut [T]]) {
        powers(u, out, -1.0, 0.0);
    }
}

/// `(u + shift)^p` and its derivatives `p (p − 1) … (u + shift)^{p − k}`.
fn powers<T: Real>(u: &[T], out: &mut [&mut [T]], p: f64, shift: f64) {
    let mut factor = 1.0;
    for (k, out) in out.iter_mut().enumerate() {
        let power = p - k as f64;
        for (out, u) in out.iter_mut().zip(u) {
            *out = T::from_f64(factor * (u.to_f64() + shift).powf(power));
        }
        factor *= power;
    }
}

/// Distances of all pairs of rows of z over their mean, `[pairs, 1]` (Park et al. 2019, "Relational
/// knowledge distillation", eqs. 5 and 6): row i against row i + k (cyclically), k = 1 … n / 2, so that every
/// pair occurs, those of k = n / 2 twice for even n. None for a single row.
pub(super) fn normalised<T: Real>(tape: &mut Tape<T>, z: Var) -> Option<Var> {
    let n = tape.shape(z).0;
    if n < 2 {
        return None;
    }
    let rotated: Vec<Var> = (1..=n / 2)
        .map(|k| {
            let (tail, head) = (tape.slice_rows(z, k, n), tape.slice_rows(z, 0, k));
            tape.concat_rows(&[tail, head])
        })
        .collect();
    let others = tape.concat_rows(&rotated);
    let pivots = tape.concat_rows(&vec![z; n / 2]);
    let squares = tape.row_square_distance(pivots, others);
    let distances = tape.pointwise(squares, Root); // [n · (n / 2), 1]
    let pairs = tape.shape(distances).0;
    let share = T::from_f64(1.0 / pairs as f64);
    let shares = tape.constant(&crate::tensor::Tensor::from_fn(1, pairs, |_, _| share));
    let mean = tape.matmul(shares, distances);
    let scale = tape.pointwise(mean, Reciprocal);
    Some(tape.matmul(distances, scale))
}
