//! Maps written as one formula, generic over the number it is evaluated with.

use crate::error::Result;
use crate::jet::{Jet1, Jet2, Jet3};
use crate::map::{C1Map, C2Map, C3Map, Map};
use crate::scalar::Scalar;
use crate::taylor::{Taylor1, Taylor2, Taylor3};

/// Up to this many coordinates and components a formula is evaluated on the stack.
pub const INLINE_DIM: usize = 24;

/// A smooth map given by one formula. Everything that implements this is a [`Map`], [`C1Map`], [`C2Map`] and
/// [`C3Map`].
///
/// The same text gives the value over `f64`, the Jacobian over [`Taylor1`], the Hessian over [`Taylor2`] and
/// third derivatives over [`Taylor3`], all exact to rounding, each at the price of its order. Nothing is
/// allocated for up to [`INLINE_DIM`] coordinates and components.
///
/// ```
/// use geogate_geometry::{C2Map, Formula, Jet2, Scalar};
///
/// /// (u, v) ↦ (u, v, u² − v²)
/// struct Saddle;
///
/// impl Formula for Saddle {
///     fn source_dim(&self) -> usize {
///         2
///     }
///     fn target_dim(&self) -> usize {
///         3
///     }
///     fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
///         out[0] = x[0];
///         out[1] = x[1];
///         out[2] = x[0] * x[0] - x[1] * x[1];
///     }
/// }
///
/// let mut jet = Jet2::new();
/// Saddle.jet2(&[1.0, 3.0], &mut jet);
/// assert_eq!(jet.first.value(), [1.0, 3.0, -8.0]);
/// assert_eq!(jet.first.column(1), [0.0, 1.0, -6.0]);
/// assert_eq!(jet.second(0, 0), [0.0, 0.0, 2.0]);
/// ```
pub trait Formula {
    /// Number d of coordinates.
    fn source_dim(&self) -> usize;

    /// Number n of components of a value.
    fn target_dim(&self) -> usize;

    /// f(x) over any scalar: `x` has d entries, `out` has n.
    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]);

    /// Whether x is where the formula is meant to be used; see [`Map::domain`].
    fn domain(&self, x: &[f64]) -> Result<()> {
        let _ = x;
        Ok(())
    }
}

impl<F: Formula> Map for F {
    fn source_dim(&self) -> usize {
        Formula::source_dim(self)
    }

    fn target_dim(&self) -> usize {
        Formula::target_dim(self)
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        self.eval(x, out);
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        Formula::domain(self, x)
    }
}

impl<F: Formula> C1Map for F {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        let d = Formula::source_dim(self);
        out.reshape(d, Formula::target_dim(self));
        match d {
            1 => first_block::<F, 1>(self, x, 0, out),
            2 => first_block::<F, 2>(self, x, 0, out),
            3 => first_block::<F, 3>(self, x, 0, out),
            4 => first_block::<F, 4>(self, x, 0, out),
            5 => first_block::<F, 5>(self, x, 0, out),
            _ => (0..d)
                .step_by(4)
                .for_each(|at| first_block::<F, 4>(self, x, at, out)),
        }
    }
}

impl<F: Formula> C2Map for F {
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        let d = Formula::source_dim(self);
        out.reshape(d, Formula::target_dim(self));
        match d {
            1 => second_block::<F, 1>(self, x, [0], out),
            2 => second_block::<F, 2>(self, x, [0, 1], out),
            3 => second_block::<F, 3>(self, x, [0, 1, 2], out),
            4 => second_block::<F, 4>(self, x, [0, 1, 2, 3], out),
            5 => second_block::<F, 5>(self, x, [0, 1, 2, 3, 4], out),
            // every pair of two-blocks together covers every pair of coordinates
            _ => (0..d).step_by(2).for_each(|a| {
                (a + 2..d).step_by(2).for_each(|b| {
                    second_block::<F, 4>(self, x, [a, a + 1, b, b + 1], out);
                });
            }),
        }
    }

    fn second_along(&self, x: &[f64], v: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        let (d, n) = (Formula::source_dim(self), Formula::target_dim(self));
        jet.reshape(d, n);
        self.jet1(x, &mut jet.first);
        with_numbers(d, Taylor2::<1>::constant(0.0), |along| {
            for ((t, &x), &v) in along.iter_mut().zip(x).zip(v) {
                *t = Taylor2::new(x, [v]);
            }
            with_numbers(n, Taylor2::<1>::constant(0.0), |values| {
                self.eval(along, values);
                for (o, value) in out.iter_mut().zip(&*values) {
                    *o = value.second(0, 0);
                }
            });
        });
    }
}

impl<F: Formula> C3Map for F {
    fn jet3(&self, x: &[f64], out: &mut Jet3) {
        let d = Formula::source_dim(self);
        out.reshape(d, Formula::target_dim(self));
        match d {
            1 => third_block::<F, 1>(self, x, [0], out),
            2 => third_block::<F, 2>(self, x, [0, 1], out),
            3 => third_block::<F, 3>(self, x, [0, 1, 2], out),
            4 => third_block::<F, 4>(self, x, [0, 1, 2, 3], out),
            _ => (0..d).for_each(|a| {
                (a + 1..d).for_each(|b| {
                    (b + 1..d).for_each(|c| third_block::<F, 3>(self, x, [a, b, c], out));
                });
            }),
        }
    }
}

/// Calls `use_it` with `count` numbers, on the stack where they fit.
#[inline(always)]
fn with_numbers<S: Scalar>(count: usize, zero: S, use_it: impl FnOnce(&mut [S])) {
    match count {
        0..=4 => use_it(&mut [zero; 4][..count]),
        5..=10 => use_it(&mut [zero; 10][..count]),
        11..=INLINE_DIM => use_it(&mut [zero; INLINE_DIM][..count]),
        _ => use_it(&mut vec![zero; count]),
    }
}

/// Value and the derivatives along the D coordinates from `at` on (as far as they exist).
#[inline(always)]
fn first_block<F: Formula, const D: usize>(formula: &F, x: &[f64], at: usize, out: &mut Jet1) {
    let (d, n) = (x.len(), out.target_dim());
    with_numbers(d, Taylor1::<D>::constant(0.0), |variables| {
        for (t, &value) in variables.iter_mut().zip(x) {
            *t = Taylor1::constant(value);
        }
        for i in at..d.min(at + D) {
            variables[i] = Taylor1::variable(x[i], i - at);
        }
        with_numbers(n, Taylor1::<D>::constant(0.0), |values| {
            formula.eval(variables, values);
            for (a, value) in values.iter().enumerate() {
                out.value_mut()[a] = value.real();
                for i in at..d.min(at + D) {
                    out.column_mut(i)[a] = value.first(i - at);
                }
            }
        });
    });
}

/// Value and the derivatives to second order in the D coordinates `of`; those ≥ d are left out.
#[inline(always)]
fn second_block<F: Formula, const D: usize>(
    formula: &F,
    x: &[f64],
    of: [usize; D],
    out: &mut Jet2,
) {
    let (d, n) = (x.len(), out.first.target_dim());
    with_numbers(d, Taylor2::<D>::constant(0.0), |variables| {
        for (t, &value) in variables.iter_mut().zip(x) {
            *t = Taylor2::constant(value);
        }
        for (slot, &i) in of.iter().enumerate().filter(|&(_, &i)| i < d) {
            variables[i] = Taylor2::variable(x[i], slot);
        }
        with_numbers(n, Taylor2::<D>::constant(0.0), |values| {
            formula.eval(variables, values);
            for (a, value) in values.iter().enumerate() {
                out.first.value_mut()[a] = value.real();
                for (p, &i) in of.iter().enumerate().filter(|&(_, &i)| i < d) {
                    out.first.column_mut(i)[a] = value.first(p);
                    for (q, &j) in of.iter().enumerate().take(p + 1) {
                        out.second_mut(i, j)[a] = value.second(p, q);
                    }
                }
            }
        });
    });
}

/// Value and the derivatives to third order in the D coordinates `of`, which ascend.
#[inline(always)]
fn third_block<F: Formula, const D: usize>(formula: &F, x: &[f64], of: [usize; D], out: &mut Jet3) {
    let (d, n) = (x.len(), out.second.first.target_dim());
    with_numbers(d, Taylor3::<D>::constant(0.0), |variables| {
        for (t, &value) in variables.iter_mut().zip(x) {
            *t = Taylor3::constant(value);
        }
        for (slot, &i) in of.iter().enumerate() {
            variables[i] = Taylor3::variable(x[i], slot);
        }
        with_numbers(n, Taylor3::<D>::constant(0.0), |values| {
            formula.eval(variables, values);
            for (a, value) in values.iter().enumerate() {
                out.second.first.value_mut()[a] = value.real();
                for p in 0..D {
                    out.second.first.column_mut(of[p])[a] = value.first(p);
                    for q in 0..=p {
                        out.second.second_mut(of[p], of[q])[a] = value.second(p, q);
                        for r in 0..=q {
                            out.third_mut(of[p], of[q], of[r])[a] = value.third_sorted(p, q, r);
                        }
                    }
                }
            }
        });
    });
}
