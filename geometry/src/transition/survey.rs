//! Defects over many points: values and a summary.

use super::defect::Transition;
use crate::error::{Error, Result};
use crate::map::Map;

/// The defects of a transition at one point.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PointDefects {
    /// The point z.
    pub point: Vec<f64>,
    /// Norm of the isometry defect.
    pub isometry: f64,
    /// Norm of the affine defect.
    pub affine: f64,
    /// |R_t(τ(z)) − R_s(z)|.
    pub curvature: f64,
    /// Length of τ⁻¹(τ(z)) − z, where a candidate inverse was given.
    pub inverse: Option<f64>,
}

/// The distribution of a non-negative quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Summary {
    /// Number of values.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Root mean square.
    pub rms: f64,
    /// Median (the upper one of two).
    pub median: f64,
    /// 95th percentile (the nearest value above).
    pub p95: f64,
    /// Largest value.
    pub max: f64,
}

impl Summary {
    /// The summary of some values; all NaN for none.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len();
        let n = count as f64;
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |fraction: f64| {
            sorted
                .get(((fraction * n) as usize).min(count.saturating_sub(1)))
                .copied()
        };
        Self {
            count,
            mean: values.iter().sum::<f64>() / n,
            rms: (values.iter().map(|v| v * v).sum::<f64>() / n).sqrt(),
            median: at(0.5).unwrap_or(f64::NAN),
            p95: at(0.95).unwrap_or(f64::NAN),
            max: sorted.last().copied().unwrap_or(f64::NAN),
        }
    }
}

/// The defects of a transition over a set of points.
#[derive(Clone, Debug)]
pub struct TransitionSurvey {
    /// Per point, in order; a point where a quantity does not exist has the error instead.
    pub points: Vec<Result<PointDefects>>,
    /// Isometry defects.
    pub isometry: Summary,
    /// Affine defects.
    pub affine: Summary,
    /// Absolute curvature defects.
    pub curvature: Summary,
    /// Inverse defects, where a candidate inverse was given.
    pub inverse: Option<Summary>,
}

impl TransitionSurvey {
    /// The errors met, with the index of their point.
    pub fn failures(&self) -> impl Iterator<Item = (usize, &Error)> {
        self.points
            .iter()
            .enumerate()
            .filter_map(|(index, point)| point.as_ref().err().map(|error| (index, error)))
    }
}

impl Transition<'_> {
    /// All defects at z.
    ///
    /// # Errors
    /// As [`isometry`](Self::isometry).
    pub fn defects(&self, inverse: Option<&dyn Map>, z: &[f64]) -> Result<PointDefects> {
        Ok(PointDefects {
            point: z.to_vec(),
            isometry: self.isometry(z)?.norm,
            affine: self.affine(z)?.norm,
            curvature: self.curvature(z)?.abs(),
            inverse: inverse
                .map(|candidate| self.inverse(candidate, z))
                .transpose()?,
        })
    }

    /// All defects at many points, `[point][i]`.
    pub fn survey(&self, inverse: Option<&dyn Map>, points: &[f64]) -> TransitionSurvey {
        let points: Vec<_> = points
            .chunks_exact(self.map().source_dim())
            .map(|z| self.defects(inverse, z))
            .collect();
        let summary = |value: &dyn Fn(&PointDefects) -> Option<f64>| {
            let values: Vec<f64> = points.iter().flatten().filter_map(value).collect();
            Summary::of(&values)
        };
        TransitionSurvey {
            isometry: summary(&|p| Some(p.isometry)),
            affine: summary(&|p| Some(p.affine)),
            curvature: summary(&|p| Some(p.curvature)),
            inverse: inverse.map(|_| summary(&|p| p.inverse)),
            points,
        }
    }
}
