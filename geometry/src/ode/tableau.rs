//! Explicit Runge–Kutta methods as validated data.

/// Coefficients of an explicit Runge–Kutta method.
///
/// ```text
/// k_s = f(t + c_s h, y + h Σ_{r<s} a_sr k_r),   y' = y + h Σ b_s k_s,   error = h Σ e_s k_s
/// ```
pub(super) struct Tableau {
    /// `a[s]` holds the s weights of stage s.
    pub(super) a: &'static [&'static [f64]],
    /// Weights of the solution, repeated as the last row of `a`.
    #[cfg(test)]
    b: &'static [f64],
    /// Nodes; the row sums of `a`.
    pub(super) c: &'static [f64],
    /// Weights of the error estimate; empty for a method without one.
    pub(super) error: &'static [f64],
    /// Weights of the top coefficient of the dense output; empty for cubic Hermite interpolation.
    pub(super) dense: &'static [f64],
}

/// The classical method of order 4 (Kutta 1901). Its fifth stage is the derivative at the end of the step, for
/// Hermite interpolation.
pub(super) const RK4: Tableau = Tableau {
    a: &[
        &[],
        &[0.5],
        &[0.0, 0.5],
        &[0.0, 0.0, 1.0],
        &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0],
    ],
    #[cfg(test)]
    b: &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0, 0.0],
    c: &[0.0, 0.5, 0.5, 1.0, 1.0],
    error: &[],
    dense: &[],
};

/// The pair of orders 5 and 4 of Dormand and Prince (J. Comput. Appl. Math. 6, 19, 1980), with the dense output of
/// order 4 of Hairer, Nørsett, Wanner, Solving ODEs I, II.6.
pub(super) const DORMAND_PRINCE: Tableau = Tableau {
    a: &[
        &[],
        &[1.0 / 5.0],
        &[3.0 / 40.0, 9.0 / 40.0],
        &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
        &[
            19372.0 / 6561.0,
            -25360.0 / 2187.0,
            64448.0 / 6561.0,
            -212.0 / 729.0,
        ],
        &[
            9017.0 / 3168.0,
            -355.0 / 33.0,
            46732.0 / 5247.0,
            49.0 / 176.0,
            -5103.0 / 18656.0,
        ],
        &[
            35.0 / 384.0,
            0.0,
            500.0 / 1113.0,
            125.0 / 192.0,
            -2187.0 / 6784.0,
            11.0 / 84.0,
        ],
    ],
    #[cfg(test)]
    b: &[
        35.0 / 384.0,
        0.0,
        500.0 / 1113.0,
        125.0 / 192.0,
        -2187.0 / 6784.0,
        11.0 / 84.0,
        0.0,
    ],
    c: &[0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0],
    error: &[
        71.0 / 57600.0,
        0.0,
        -71.0 / 16695.0,
        71.0 / 1920.0,
        -17253.0 / 339200.0,
        22.0 / 525.0,
        -1.0 / 40.0,
    ],
    dense: &[
        -12715105075.0 / 11282082432.0,
        0.0,
        87487479700.0 / 32700410799.0,
        -10690763975.0 / 1880347072.0,
        701980252875.0 / 199316789632.0,
        -1453857185.0 / 822651844.0,
        69997945.0 / 29380423.0,
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Σ b = 1, row sums equal nodes, the last stage is the solution (its derivative is needed at both ends),
    /// error and dense weights sum to zero (a constant right-hand side has no error), and the order conditions
    /// Σ b c^q = 1/(q+1).
    #[test]
    fn tableaus_are_consistent() {
        for (method, order) in [(&RK4, 4), (&DORMAND_PRINCE, 5)] {
            for (row, c) in method.a.iter().zip(method.c) {
                assert!((row.iter().sum::<f64>() - c).abs() < 1e-14);
            }
            let last = method.a.len() - 1;
            assert_eq!(method.a[last], &method.b[..last]);
            for weights in [method.error, method.dense] {
                assert!(weights.iter().sum::<f64>().abs() < 1e-13);
            }
            for q in 0..order {
                let moment: f64 = method
                    .b
                    .iter()
                    .zip(method.c)
                    .map(|(b, c)| b * c.powi(q))
                    .sum();
                assert!(
                    (moment - 1.0 / f64::from(q + 1)).abs() < 1e-14,
                    "order condition {q}"
                );
            }
        }
    }
}
