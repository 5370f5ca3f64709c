//! Kernels as functions of what is known of two points: their distance, their product, or their common counts.

use serde::{Deserialize, Serialize};

use crate::tensor::Real;
use crate::tensor::elementwise::vectorised;

/// A positive definite function of two points of a view.
///
/// ```text
/// matern52   (1 + √5 r/ℓ + 5 r²/3ℓ²) e^{−√5 r/ℓ}     r the distance over the view's median distance
/// linear     x · y / f                                f the number of coordinates
/// min-max    Σ min(x, y) / Σ max(x, y)                of counts
/// ```
///
/// (Rasmussen and Williams 2006, eq. 4.17; Ralaivola et al. 2005 for the last.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// Matérn of order 5/2, of vectors.
    Matern52,
    /// Linear, of vectors.
    Linear,
    /// Min–max, of counts.
    MinMax,
}

impl Kernel {
    /// Has it a length ℓ?
    pub fn has_length(self) -> bool {
        self == Self::Matern52
    }

    /// Replaces distances by the values of the kernel at length ℓ; products and ratios are its values, and stay.
    pub(super) fn evaluate(self, base: &mut [f64], length: f64) {
        if self.has_length() {
            let scale = 5.0_f64.sqrt() / length;
            vectorised(
                #[inline(always)]
                || base.iter_mut().for_each(|r| *r = matern52(*r * scale)),
            );
        }
    }

    /// Adds `w ∂k(x, y)/∂x` of two vectors, the length in the unit of their coordinates:
    ///
    /// ```text
    /// matern52   −(5 / 3 ℓ²) (1 + s) e^{−s} (x − y),   s = √5 |x − y| / ℓ
    /// linear     y / f
    /// ```
    ///
    /// and nothing for counts, which are whole numbers.
    pub(super) fn add_slope(self, out: &mut [f64], w: f64, (x, y): (&[f64], &[f64]), length: f64) {
        let pairs = x.iter().zip(y);
        match self {
            Self::Matern52 => {
                let square: f64 = pairs.clone().map(|(x, y)| (x - y).powi(2)).sum();
                let s = (5.0 * square).sqrt() / length;
                let factor = -5.0 / (3.0 * length * length) * (1.0 + s) * (-s).exp();
                let slopes = out.iter_mut().zip(pairs);
                slopes.for_each(|(out, (x, y))| *out += w * factor * (x - y));
            }
            Self::Linear => {
                let f = x.len() as f64;
                let slopes = out.iter_mut().zip(y);
                slopes.for_each(|(out, y)| *out += w * y / f);
            }
            Self::MinMax => {}
        }
    }

    /// `Σ_i w_i k(base_i)` and `Σ_i w_i ∂k(base_i)/∂ log ℓ`, over as many weights w as distances, products or ratios.
    pub(super) fn weighted(self, base: &[f64], weights: &[f64], length: f64) -> [f64; 2] {
        if !self.has_length() {
            return [dot(base, weights), 0.0];
        }
        let scale = 5.0_f64.sqrt() / length;
        vectorised(
            #[inline(always)]
            || {
                let (mut values, mut slopes) = ([0.0; LANES], [0.0; LANES]);
                let mut add = |lane: usize, r: f64, w: f64| {
                    let s = r * scale;
                    let decay = (-s).exponential() * w;
                    values[lane] += (s * s / 3.0 + s + 1.0) * decay;
                    slopes[lane] += (s + 1.0) * (s * s / 3.0) * decay;
                };
                let ((r, rest_r), (w, rest_w)) = (base.as_chunks(), weights.as_chunks());
                for (r, w) in r.iter().zip(w) {
                    let (r, w): (&[f64; LANES], &[f64; LANES]) = (r, w);
                    (0..LANES).for_each(|lane| add(lane, r[lane], w[lane]));
                }
                let rest = rest_r.iter().zip(rest_w).enumerate();
                rest.for_each(|(lane, (r, w))| add(lane, *r, *w));
                [values.iter().sum(), slopes.iter().sum()]
            },
        )
    }
}

/// Sums that a loop keeps side by side, in a fixed order.
const LANES: usize = 8;

/// `(1 + s + s²/3) e^{−s}`.
#[inline(always)]
fn matern52(s: f64) -> f64 {
    (s * s / 3.0 + s + 1.0) * (-s).exponential()
}

/// `Σ_i a_i b_i` in double precision, in a fixed order.
pub(super) fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    vectorised(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            let ((x, rest_x), (y, rest_y)) = (a.as_chunks(), b.as_chunks());
            for (x, y) in x.iter().zip(y) {
                let (x, y): (&[T; LANES], &[T; LANES]) = (x, y);
                (0..LANES).for_each(|lane| sums[lane] += x[lane].to_f64() * y[lane].to_f64());
            }
            let rest = rest_x.iter().zip(rest_y).enumerate();
            rest.for_each(|(lane, (x, y))| sums[lane] += x.to_f64() * y.to_f64());
            sums.iter().sum()
        },
    )
}

/// `Σ min / Σ max` of two lists of counts by ascending number; 1 for two empty ones, which are alike.
pub(super) fn min_max(a: &[(u32, u32)], b: &[(u32, u32)]) -> f64 {
    let (mut common, mut all) = (0_u64, 0_u64);
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let ((m, x), (n, y)) = (a[i], b[j]);
        let (x, y) = (u64::from(x), u64::from(y));
        match m.cmp(&n) {
            std::cmp::Ordering::Less => (all, i) = (all + x, i + 1),
            std::cmp::Ordering::Greater => (all, j) = (all + y, j + 1),
            std::cmp::Ordering::Equal => {
                (common, all) = (common + x.min(y), all + x.max(y));
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    let rest = a[i..].iter().chain(&b[j..]);
    all += rest.map(|&(_, x)| u64::from(x)).sum::<u64>();
    if all == 0 {
        1.0
    } else {
        common as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matern_by_hand_and_its_slope_by_differences() {
        let length = 0.7_f64;
        let r = [0.0, 0.3, 1.0, 2.5, 7.0];
        let mut k = r;
        Kernel::Matern52.evaluate(&mut k, length);
        for (r, k) in r.iter().zip(k) {
            let s = 5.0_f64.sqrt() * r / length;
            let want = (1.0 + s + s * s / 3.0) * (-s).exp();
            assert!((k - want).abs() < 1e-14, "{k} {want}");
        }
        let w = [1.0, -2.0, 0.5, 3.0, 1.0];
        let at = |log: f64| Kernel::Matern52.weighted(&r, &w, log.exp())[0];
        let (log, h) = (length.ln(), 1e-5);
        let slope = (at(log + h) - at(log - h)) / (2.0 * h);
        let found = Kernel::Matern52.weighted(&r, &w, length);
        assert!((found[1] - slope).abs() < 1e-8, "{} {slope}", found[1]);
        let value: f64 = k.iter().zip(w).map(|(k, w)| k * w).sum();
        assert!((found[0] - value).abs() < 1e-14);
    }

    #[test]
    fn common_counts_by_hand() {
        // min 1 + 0 + 2, max 2 + 3 + 2 + 1
        let (a, b) = ([(0, 2), (1, 3), (5, 2)], [(0, 1), (5, 2), (7, 1)]);
        assert_eq!(min_max(&a, &b), 3.0 / 8.0);
        assert_eq!(
            (min_max(&a, &a), min_max(&a, &[]), min_max(&[], &[])),
            (1.0, 0.0, 1.0)
        );
    }
}
