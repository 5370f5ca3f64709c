//! What error bars are worth: the share of labels their intervals hold, how wide these are, proper scores of the
//! predicted distributions, and whether large ones go with large errors.
//!
//! With y a label, μ and σ its predicted mean and standard deviation, z = (y − μ) / σ, Φ and φ the standard normal
//! distribution and its density (Gneiting and Raftery, 2007, sections 4.2 and 5):
//!
//! ```text
//! NLPD = ½ ln 2πσ² + ½ z²
//! CRPS = σ (z (2 Φ(z) − 1) + 2 φ(z) − 1/√π)
//! ```

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::labelled::{COVERAGE, LabelledPrediction, of_part};
use crate::data::Part;
use crate::train::ErrorBar;
use crate::train::metrics::{number_or_nan, spearman};

/// A label with the distribution and interval that were predicted of it, in the task's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelledInterval {
    /// The label.
    pub truth: f64,
    /// The predicted mean.
    pub mean: f64,
    /// Standard deviation, above zero, and interval.
    pub bar: ErrorBar,
}

impl LabelledInterval {
    /// Of a prediction; none where it has no error bar.
    pub fn of(found: &LabelledPrediction) -> Option<Self> {
        Some(Self {
            truth: found.truth,
            mean: found.prediction.mean(),
            bar: found.bar?,
        })
    }

    pub(super) fn error(&self) -> f64 {
        (self.truth - self.mean).abs()
    }

    fn is_held(&self) -> bool {
        (self.bar.lower..=self.bar.upper).contains(&self.truth)
    }

    /// The negative logarithm of the predicted density at the label.
    fn nlpd(&self) -> f64 {
        let z = self.error() / self.bar.sd;
        0.5 * (2.0 * PI).ln() + self.bar.sd.ln() + 0.5 * z * z
    }

    /// The continuous ranked probability score, in the unit of the label.
    fn crps(&self) -> f64 {
        let z = self.error() / self.bar.sd;
        let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
        // 2 Φ(z) − 1
        let within = libm::erf(z * FRAC_1_SQRT_2);
        self.bar.sd * (z * within + 2.0 * density - PI.sqrt().recip())
    }
}

/// Scores of error bars over one set of rows, in the unit of the task where they have one; NaN (`null`) where the rows
/// do not define one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UncertaintyScores {
    /// Number of rows.
    pub n: usize,
    /// The share of labels within their intervals, ends included.
    #[serde(deserialize_with = "number_or_nan")]
    pub coverage: f64,
    /// Mean width of the intervals; infinite (`"inf"`) where one is.
    #[serde(serialize_with = "wide", deserialize_with = "width")]
    pub width: f64,
    /// Mean negative logarithm of the predicted density, which depends on the unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub nlpd: f64,
    /// Mean continuous ranked probability score.
    #[serde(deserialize_with = "number_or_nan")]
    pub crps: f64,
    /// Spearman's correlation of standard deviation and absolute error.
    #[serde(deserialize_with = "number_or_nan")]
    pub sd_error_rank: f64,
    /// Mean absolute error of the quarter of the rows with the smallest standard deviations.
    #[serde(deserialize_with = "number_or_nan")]
    pub most_trusted_mae: f64,
    /// Mean absolute error of the quarter of the rows with the largest standard deviations.
    #[serde(deserialize_with = "number_or_nan")]
    pub least_trusted_mae: f64,
    /// The width of intervals `μ ± q`, q one number, that hold as many of these very labels: with hindsight, what
    /// standard deviations that differ have to beat.
    #[serde(deserialize_with = "number_or_nan")]
    pub constant_width: f64,
}

impl UncertaintyScores {
    /// Scores of these rows; none without a row.
    pub fn of(rows: &[LabelledInterval]) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let mean = |of: &dyn Fn(&LabelledInterval) -> f64| {
            rows.iter().map(of).sum::<f64>() / rows.len() as f64
        };
        let errors: Vec<f64> = rows.iter().map(LabelledInterval::error).collect();
        let sds: Vec<f64> = rows.iter().map(|row| row.bar.sd).collect();
        let [most_trusted_mae, least_trusted_mae] = quarters(&sds, &errors);
        let held = rows.iter().filter(|row| row.is_held()).count();
        Some(Self {
            n: rows.len(),
            coverage: held as f64 / rows.len() as f64,
            width: mean(&|row| row.bar.upper - row.bar.lower),
            nlpd: mean(&LabelledInterval::nlpd),
            crps: mean(&LabelledInterval::crps),
            sd_error_rank: spearman(&sds, &errors),
            most_trusted_mae,
            least_trusted_mae,
            constant_width: constant_width(&errors, held),
        })
    }

    /// Scores of the test rows of a task that have an error bar; none where none has.
    pub fn of_test(predictions: &[LabelledPrediction], task: usize) -> Option<Self> {
        let tested = of_part(predictions, task, Part::Test);
        Self::of(&tested.filter_map(LabelledInterval::of).collect::<Vec<_>>())
    }

    /// What the intervals of [`COVERAGE`] came to on the test rows.
    pub(super) fn sentence(&self) -> String {
        format!(
            "Intervals for {:.0} % of the labels hold {:.0} % of the {} test labels; the rank correlation of standard \
             deviation and error is {:.2}.",
            100.0 * COVERAGE,
            100.0 * self.coverage,
            self.n,
            self.sd_error_rank
        )
    }
}

/// Mean errors of the quarters of the rows with the smallest and with the largest standard deviations; a quarter is of
/// at least one row.
fn quarters(sds: &[f64], errors: &[f64]) -> [f64; 2] {
    let mut order: Vec<usize> = (0..sds.len()).collect();
    order.sort_by(|&a, &b| sds[a].total_cmp(&sds[b]));
    let quarter = sds.len().div_ceil(4);
    let mean = |rows: &[usize]| {
        let errors = rows.iter().map(|&row| errors[row]);
        errors.sum::<f64>() / rows.len() as f64
    };
    [
        mean(&order[..quarter]),
        mean(&order[order.len() - quarter..]),
    ]
}

/// Twice the `held`-th smallest error; 0 where nothing is held.
fn constant_width(errors: &[f64], held: usize) -> f64 {
    let mut sorted = errors.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    match held {
        0 => 0.0,
        held => 2.0 * sorted[held - 1],
    }
}

/// An infinite width in JSON, which has no number for it.
const INFINITE: &str = "inf";

pub(super) fn wide<S: Serializer>(width: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match width.is_infinite() {
        true => serializer.serialize_str(INFINITE),
        false => serializer.serialize_f64(*width),
    }
}

pub(super) fn width<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Width {
        Finite(f64),
        Text(String),
    }
    match Option::deserialize(deserializer)? {
        None => Ok(f64::NAN),
        Some(Width::Finite(width)) => Ok(width),
        Some(Width::Text(text)) if text == INFINITE => Ok(f64::INFINITY),
        Some(Width::Text(text)) => Err(serde::de::Error::custom(format!("`{text}` is no width"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(truth: f64, sd: f64, [lower, upper]: [f64; 2]) -> LabelledInterval {
        LabelledInterval {
            truth,
            mean: 1.0,
            bar: ErrorBar {
                sd,
                lower,
                upper,
                trust: f64::NAN,
            },
        }
    }

    #[track_caller]
    fn close(got: f64, want: f64) {
        // a handful of roundings of numbers of order one
        assert!(
            (got - want).abs() <= 32.0 * f64::EPSILON,
            "got {got}, want {want}"
        );
    }

    #[test]
    fn scores_of_a_row_in_closed_form() {
        // z = 0: σ (√2 − 1) / √π, and ½ ln 2πσ²
        let exact = labelled(1.0, 0.5, [0.0, 2.0]);
        close(exact.crps(), 0.5 * (2_f64.sqrt() - 1.0) / PI.sqrt());
        close(exact.nlpd(), 0.5 * (2.0 * PI * 0.25).ln());
        // z = 1, both sides: Φ(1) = 0.841344746068543, φ(1) = 0.241970724519143
        for truth in [3.0, -1.0] {
            let off = labelled(truth, 2.0, [0.0, 2.0]);
            let want =
                2.0 * (0.682_689_492_137_086 + 0.483_941_449_038_287 - 0.564_189_583_547_756);
            assert!((off.crps() - want).abs() < 1e-14, "{}", off.crps());
            close(off.nlpd(), 0.5 * (2.0 * PI * 4.0).ln() + 0.5);
        }
        // a point: the absolute error
        let sure = labelled(3.0, 1e-12, [1.0, 1.0]);
        assert!((sure.crps() - 2.0).abs() < 1e-11);
    }

    /// CRPS = ∫ (F(t) − 1[t ≥ y])² dt.
    #[test]
    fn the_score_is_the_integral_it_is_defined_by() {
        let row = labelled(2.3, 0.7, [0.0, 2.0]);
        let steps = 40_000;
        let (from, to) = (1.0 - 0.7 * 12.0, 1.0 + 0.7 * 12.0);
        let width = (to - from) / f64::from(steps);
        let square = |step: i32| {
            let t = from + (f64::from(step) + 0.5) * width;
            let below = 0.5 * libm::erfc(-(t - 1.0) / 0.7 * FRAC_1_SQRT_2);
            let said = if t >= row.truth { 1.0 } else { 0.0 };
            (below - said).powi(2) * width
        };
        let integral: f64 = (0..steps).map(square).sum();
        // the step at y is cut within one interval
        assert!((row.crps() - integral).abs() < width, "{integral}");
    }

    #[test]
    fn scores_of_rows_by_hand() {
        // errors 1, 0, 3, 2; sds in another order
        let rows = [
            labelled(2.0, 2.0, [0.0, 2.0]),
            labelled(1.0, 1.0, [0.5, 1.5]),
            labelled(-2.0, 3.0, [-1.0, 3.0]),
            labelled(3.0, 4.0, [-3.0, 5.0]),
        ];
        let scores = UncertaintyScores::of(&rows).unwrap();
        // the first lies on its end, the third without
        assert_eq!((scores.n, scores.coverage), (4, 0.75));
        assert_eq!(scores.width, (2.0 + 1.0 + 4.0 + 8.0) / 4.0);
        // ranks of sds 2 1 3 4, of errors 2 1 4 3: 1 − 6 · 2 / (4 · 15)
        close(scores.sd_error_rank, 0.8);
        assert_eq!(
            (scores.most_trusted_mae, scores.least_trusted_mae),
            (0.0, 2.0)
        );
        // three of four by one number: the third smallest error is 2
        assert_eq!(scores.constant_width, 4.0);
    }

    #[test]
    fn what_rows_do_not_define_is_nan_and_infinite_widths_stay() {
        assert_eq!(UncertaintyScores::of(&[]), None);
        let open = labelled(1.5, 1.0, [f64::NEG_INFINITY, f64::INFINITY]);
        let scores = UncertaintyScores::of(&[open]).unwrap();
        assert_eq!((scores.coverage, scores.width), (1.0, f64::INFINITY));
        assert_eq!(scores.constant_width, 1.0);
        assert!(scores.sd_error_rank.is_nan());
        let text = serde_json::to_string(&scores).unwrap();
        assert!(text.contains(r#""width":"inf""#), "{text}");
        let back: UncertaintyScores = serde_json::from_str(&text).unwrap();
        assert_eq!((back.width, back.nlpd), (scores.width, scores.nlpd));
        assert!(back.sd_error_rank.is_nan());
        // no label within its interval
        let out = UncertaintyScores::of(&[labelled(9.0, 1.0, [0.0, 2.0])]).unwrap();
        assert_eq!((out.coverage, out.constant_width), (0.0, 0.0));
    }
}
