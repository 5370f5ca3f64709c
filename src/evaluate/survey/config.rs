//! What a survey looks at.

use serde::{Deserialize, Serialize};

use crate::config::Bounds;
use crate::error::Result;

/// The options of a survey; no thread count, which changes no bit of the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SurveyConfig {
    /// Molecules looked at: all, or a seeded sample of so many.
    pub points: usize,
    /// Seed of the sample and of the planes from which the search for extreme curvature starts.
    pub seed: u64,
    /// A molecule is on the overlap of two charts where both inverse errors and the consistency
    /// error are at most this fraction of the pair's scale.
    pub overlap_tolerance: f64,
    /// ε of the flatness radius.
    pub flatness: f64,
    /// The molecule of the picture in normal coordinates: a SMILES, or a number in column `row` of
    /// `points.csv`; the one nearest the median if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub around: Option<String>,
}

impl Default for SurveyConfig {
    fn default() -> Self {
        Self {
            points: 1_000,
            seed: 0,
            overlap_tolerance: 0.1,
            flatness: 0.01,
            around: None,
        }
    }
}

impl SurveyConfig {
    /// Refuses options outside their range.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage).
    pub fn validate(&self) -> Result<()> {
        Bounds::from_to(1.0, 1e9).check_count("points", self.points, 1000)?;
        Bounds::above(0.0, 1e6).check("overlap_tolerance", self.overlap_tolerance, 0.1)?;
        Bounds::above(0.0, 1e6).check("flatness", self.flatness, 0.01)
    }
}
