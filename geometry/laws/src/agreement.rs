//! Agreement of numbers within a bound: the one way to compare them.

use std::fmt;

/// The outcome of a comparison: the worst entry and the bound it is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Position of the worst entry.
    pub index: usize,
    /// The value there.
    pub got: f64,
    /// The value expected there.
    pub want: f64,
    /// |got − want| there; NaN if any entry is NaN, ∞ if the lengths differ.
    pub error: f64,
    /// The largest error accepted.
    pub bound: f64,
}

impl Agreement {
    /// Compares entry by entry; `bound` is absolute, in the unit of the entries.
    pub fn compare(got: &[f64], want: &[f64], bound: f64) -> Self {
        let mut worst = Self {
            index: 0,
            got: 0.0,
            want: 0.0,
            error: 0.0,
            bound,
        };
        if got.len() != want.len() {
            return Self {
                got: got.len() as f64,
                want: want.len() as f64,
                error: f64::INFINITY,
                ..worst
            };
        }
        for (index, (&got, &want)) in got.iter().zip(want).enumerate() {
            // equal infinities are close, and inf − inf would say NaN
            let error = if got == want { 0.0 } else { (got - want).abs() };
            if error.is_nan() {
                return Self {
                    index,
                    got,
                    want,
                    error,
                    bound,
                };
            }
            if error > worst.error {
                worst = Self {
                    index,
                    got,
                    want,
                    error,
                    bound,
                };
            }
        }
        worst
    }

    /// Compares one number.
    pub fn scalar(got: f64, want: f64, bound: f64) -> Self {
        Self::compare(&[got], &[want], bound)
    }

    /// Whether the error is within the bound; NaN is not.
    pub fn holds(&self) -> bool {
        self.error <= self.bound
    }

    /// The one of two that is further from holding, relative to its bound.
    pub fn worse(self, other: Self) -> Self {
        let severity = |e: &Self| match (e.holds(), e.error / e.bound) {
            (true, ratio) if ratio.is_nan() => 0.0,
            (false, ratio) if ratio.is_nan() => f64::INFINITY,
            (_, ratio) => ratio,
        };
        if severity(&other) > severity(&self) {
            other
        } else {
            self
        }
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index,
            got,
            want,
            error,
            bound,
        } = self;
        let verdict = if self.holds() { "within" } else { "above" };
        write!(
            f,
            "entry {index}: got {got:e}, want {want:e}, error {error:e} {verdict} {bound:e}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Agreement;

    #[test]
    fn nan_infinity_sign_and_length_fail() {
        let within = |got: &[f64], want: &[f64]| Agreement::compare(got, want, 0.5).holds();
        assert!(within(&[1.0, 2.0], &[1.4, 1.6]));
        assert!(within(&[f64::INFINITY], &[f64::INFINITY]));
        assert!(!within(&[1.0, f64::NAN], &[1.0, 2.0]));
        assert!(!within(&[f64::NAN], &[f64::NAN]));
        assert!(!within(&[f64::INFINITY], &[f64::NEG_INFINITY]));
        assert!(!within(&[f64::INFINITY], &[1.0]));
        assert!(!within(&[-1.0], &[1.0]));
        assert!(!within(&[1.0], &[1.0, 1.0]));
        assert!(!Agreement::compare(&[1.0], &[1.0], f64::NAN).holds());
    }

    #[test]
    fn worse_prefers_failure_and_nan() {
        let fine = Agreement::scalar(1.0, 1.0, 0.0);
        let off = Agreement::scalar(1.0, 2.0, 0.1);
        let nan = Agreement::scalar(f64::NAN, 2.0, 0.1);
        assert!(!fine.clone().worse(off.clone()).holds());
        assert!(!off.clone().worse(fine).holds());
        assert!(off.worse(nan).error.is_nan());
    }
}
