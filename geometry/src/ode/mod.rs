//! Initial-value problems with dense output, for the small smooth systems of geometry.

mod tableau;

use crate::error::{Error, ErrorKind, Result};
use tableau::{DORMAND_PRINCE, RK4, Tableau};

/// The default local tolerance, relative to the size of the solution: with it, geodesics of the reference charts
/// end within about 1e-11 of their length up to a length of two; [the module](mod@crate::geodesic) says how the error
/// grows beyond.
pub const DEFAULT_TOLERANCE: f64 = 1e-12;

/// The default limit of steps tried.
pub const DEFAULT_STEP_LIMIT: usize = 20_000;

/// The largest number of equal steps.
pub const MOST_EQUAL_STEPS: usize = 10_000_000;

/// How to integrate.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Integrator {
    /// Dormand–Prince 5(4) with steps chosen so that the local error stays below `tolerance`, relative to the size
    /// of the solution.
    DormandPrince {
        /// Local error per step, relative; between 0 and 1.
        tolerance: f64,
    },
    /// Dormand–Prince 5(4) with equal steps.
    DormandPrinceFixed {
        /// Number of steps, from 1 to [`MOST_EQUAL_STEPS`].
        steps: usize,
    },
    /// The classical fourth-order method with equal steps.
    Rk4 {
        /// Number of steps, from 1 to [`MOST_EQUAL_STEPS`].
        steps: usize,
    },
}

impl Default for Integrator {
    fn default() -> Self {
        Self::DormandPrince {
            tolerance: DEFAULT_TOLERANCE,
        }
    }
}

impl Integrator {
    /// Whether the settings are in their ranges.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for no steps, too many, or a tolerance that is not between 0 and 1.
    pub fn check(self) -> Result<()> {
        match self {
            Self::DormandPrince { tolerance } => {
                check_tolerance("tolerance of the integrator", tolerance)
            }
            Self::DormandPrinceFixed { steps } | Self::Rk4 { steps } => {
                if (1..=MOST_EQUAL_STEPS).contains(&steps) {
                    return Ok(());
                }
                Err(ErrorKind::Setting {
                    name: "number of steps",
                    value: steps as f64,
                    range: "from 1 to 10000000",
                }
                .into())
            }
        }
    }
}

/// A relative tolerance lies between 0 and 1.
///
/// # Errors
/// [`ErrorKind::Setting`] where it does not.
pub(crate) fn check_tolerance(name: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value < 1.0 {
        return Ok(());
    }
    let range = "between 0 and 1, such as 1e-10";
    Err(ErrorKind::Setting { name, value, range }.into())
}

/// What an integration did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Effort {
    /// Steps taken.
    pub steps: usize,
    /// Steps refused and tried again shorter.
    pub refused: usize,
    /// Evaluations of the right-hand side.
    pub evaluations: usize,
}

/// A first-order system y' = f(t, y).
pub(crate) trait System {
    /// f(t, y) into `dy`; an error refuses the step.
    fn rhs(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<()>;
}

/// A solution on [0, 1] as one polynomial of degree 4 per step.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Trajectory {
    dim: usize,
    /// Ends of the steps, the first 0.
    times: Vec<f64>,
    /// Five coefficients per step and component, `[step][coefficient][component]`.
    coefficients: Vec<f64>,
    end: Vec<f64>,
    pub(crate) effort: Effort,
}

impl Trajectory {
    /// The state at t in [0, 1] (clamped).
    pub(crate) fn at(&self, t: f64) -> Vec<f64> {
        let t = t.clamp(0.0, 1.0);
        if t == 1.0 || self.times.len() < 2 {
            return self.end.clone();
        }
        let step = self
            .times
            .partition_point(|&s| s <= t)
            .clamp(1, self.times.len() - 1)
            - 1;
        let (from, to) = (self.times[step], self.times[step + 1]);
        let theta = (t - from) / (to - from);
        let width = 5 * self.dim;
        interpolated(&self.coefficients[step * width..(step + 1) * width], theta)
    }

    /// The state at t = 1, without interpolation.
    pub(crate) fn end(&self) -> &[f64] {
        &self.end
    }

    /// Ends of the steps, from 0 to 1.
    pub(crate) fn times(&self) -> &[f64] {
        &self.times
    }
}

/// r_1 + θ (r_2 + (1−θ) (r_3 + θ (r_4 + (1−θ) r_5))).
fn interpolated(coefficients: &[f64], theta: f64) -> Vec<f64> {
    let n = coefficients.len() / 5;
    let r = |k: usize, i: usize| coefficients[k * n + i];
    let back = 1.0 - theta;
    (0..n)
        .map(|i| {
            r(0, i) + theta * (r(1, i) + back * (r(2, i) + theta * (r(3, i) + back * r(4, i))))
        })
        .collect()
}

/// Solves y' = f(t, y), y(0) = y0, on [0, 1]. `floor` is the absolute size per component below which errors are not
/// resolved relatively; `dense` keeps what interpolation needs.
pub(crate) fn solve(
    system: &mut dyn System,
    y0: &[f64],
    floor: &[f64],
    method: Integrator,
    dense: bool,
) -> Result<Trajectory> {
    method.check()?;
    let (tableau, steps, tolerance) = match method {
        Integrator::DormandPrince { tolerance } => (&DORMAND_PRINCE, 0, tolerance),
        Integrator::DormandPrinceFixed { steps } => (&DORMAND_PRINCE, steps, f64::INFINITY),
        Integrator::Rk4 { steps } => (&RK4, steps, f64::INFINITY),
    };
    let mut run = Integration::new(tableau, y0, dense);
    run.evaluate_first(system)?;
    if steps > 0 {
        run.fixed(system, steps)?
    } else {
        run.adaptive(system, floor, tolerance)?
    }
    run.out.end = run.y;
    Ok(run.out)
}

/// A solution under way.
struct Integration<'a> {
    tableau: &'a Tableau,
    y: Vec<f64>,
    next: Vec<f64>,
    /// Stage derivatives, `[stage][component]`; the first is f at the current point.
    k: Vec<f64>,
    dense: bool,
    out: Trajectory,
}

impl<'a> Integration<'a> {
    fn new(tableau: &'a Tableau, y0: &[f64], dense: bool) -> Self {
        let out = Trajectory {
            dim: y0.len(),
            times: vec![0.0],
            ..Trajectory::default()
        };
        let k = vec![0.0; tableau.a.len() * y0.len()];
        Self {
            tableau,
            y: y0.to_vec(),
            next: y0.to_vec(),
            k,
            dense,
            out,
        }
    }

    fn evaluate_first(&mut self, system: &mut dyn System) -> Result<()> {
        self.out.effort.evaluations += 1;
        system.rhs(0.0, &self.y, &mut self.k[..self.y.len()])
    }

    /// All later stages of a step from t; the last is f at its end, `next`.
    fn stages(&mut self, system: &mut dyn System, t: f64, h: f64) -> Result<()> {
        let n = self.y.len();
        for s in 1..self.tableau.a.len() {
            let (known, current) = self.k.split_at_mut(s * n);
            self.next.copy_from_slice(&self.y);
            for (&weight, k) in self.tableau.a[s]
                .iter()
                .zip(known.chunks_exact(n))
                .filter(|(w, _)| **w != 0.0)
            {
                self.next
                    .iter_mut()
                    .zip(k)
                    .for_each(|(y, k)| *y += h * weight * k);
            }
            self.out.effort.evaluations += 1;
            system.rhs(t + self.tableau.c[s] * h, &self.next, &mut current[..n])?;
        }
        Ok(())
    }

    /// Moves to the end of the step, keeping what interpolation needs.
    fn accept(&mut self, t: f64, h: f64) {
        let n = self.y.len();
        let last = (self.tableau.a.len() - 1) * n;
        if self.dense {
            let (start, top) = (self.out.coefficients.len(), self.tableau.dense);
            self.out.coefficients.resize(start + 5 * n, 0.0);
            let r = &mut self.out.coefficients[start..];
            for i in 0..n {
                let rise = self.next[i] - self.y[i];
                let cubic = h * self.k[i] - rise;
                let quartic: f64 = top
                    .iter()
                    .enumerate()
                    .map(|(s, w)| w * self.k[s * n + i])
                    .sum();
                let column = [
                    self.y[i],
                    rise,
                    cubic,
                    rise - h * self.k[last + i] - cubic,
                    h * quartic,
                ];
                column
                    .into_iter()
                    .enumerate()
                    .for_each(|(k, value)| r[k * n + i] = value);
            }
            self.out.times.push(t);
        }
        std::mem::swap(&mut self.y, &mut self.next);
        self.k.copy_within(last.., 0);
        self.out.effort.steps += 1;
    }

    fn fixed(&mut self, system: &mut dyn System, steps: usize) -> Result<()> {
        let h = 1.0 / steps as f64;
        for step in 0..steps {
            let t = step as f64 * h;
            self.stages(system, t, h)
                .map_err(|cause| self.stalled(t, h, Some(cause)))?;
            self.accept(if step + 1 == steps { 1.0 } else { t + h }, h);
        }
        Ok(())
    }

    fn adaptive(&mut self, system: &mut dyn System, floor: &[f64], tolerance: f64) -> Result<()> {
        /// First step tried.
        const START: f64 = 0.05;
        /// Steps below this fraction of the interval mean that the curve cannot be continued.
        const STALL: f64 = 1e-13;
        let (mut t, mut h) = (0.0, START);
        while t < 1.0 {
            if self.out.effort.steps + self.out.effort.refused >= DEFAULT_STEP_LIMIT {
                return Err(ErrorKind::TooManySteps {
                    time: t,
                    limit: DEFAULT_STEP_LIMIT,
                }
                .into());
            }
            // a last step a little longer avoids one that is all rounding
            if t + 1.01 * h >= 1.0 {
                h = 1.0 - t;
            }
            let outcome = self.stages(system, t, h);
            let error = if outcome.is_ok() {
                self.error_ratio(floor, tolerance, h)
            } else {
                f64::NAN
            };
            if error <= 1.0 {
                t = if h == 1.0 - t { 1.0 } else { t + h };
                self.accept(t, h);
                h *= (0.9 * error.max(1e-10).powf(-0.2)).clamp(0.2, 5.0);
            } else {
                self.out.effort.refused += 1;
                h *= if error.is_nan() {
                    0.25
                } else {
                    (0.9 * error.powf(-0.2)).clamp(0.1, 0.9)
                };
                if h < STALL {
                    return Err(self.stalled(t, h, outcome.err()));
                }
            }
        }
        Ok(())
    }

    /// Root mean square of the estimated error over the accepted error per component.
    fn error_ratio(&self, floor: &[f64], tolerance: f64, h: f64) -> f64 {
        let n = self.y.len();
        let mut sum = 0.0;
        for (i, floor) in floor.iter().enumerate().take(n) {
            let error: f64 = self
                .tableau
                .error
                .iter()
                .enumerate()
                .map(|(s, w)| w * self.k[s * n + i])
                .sum();
            let size = self.y[i].abs().max(self.next[i].abs()).max(*floor);
            let ratio = if error == 0.0 {
                0.0
            } else {
                h * error / (tolerance * size)
            };
            sum += ratio * ratio;
        }
        (sum / n as f64).sqrt()
    }

    fn stalled(&self, time: f64, step: f64, cause: Option<Error>) -> Error {
        ErrorKind::Stalled {
            time,
            step,
            state: self.y.clone(),
            cause,
        }
        .into()
    }
}
