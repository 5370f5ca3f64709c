//! The learning rate along a run.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// The one-cycle schedule starts at the peak divided by this …
const ONE_CYCLE_START: f64 = 25.0;
/// … and ends at its start divided by this (Smith and Topin 2019; the divisors of common practice).
const ONE_CYCLE_END: f64 = 1e4;

/// How the learning rate changes along a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleName {
    /// A constant rate.
    Constant,
    /// Linear warm-up, then half a cosine from the peak to zero.
    Cosine,
    /// Linear warm-up, then proportional to the inverse square root of the step.
    Noam,
    /// Cosine warm-up to the peak, then cosine decay to almost zero.
    #[default]
    OneCycle,
}

/// A learning rate as a function of the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    name: ScheduleName,
    peak: f64,
    warmup: f64,
    total: f64,
}

impl Schedule {
    /// A schedule over `total` steps of which the share `warmup` in `[0, 1)` warms up to `peak`.
    pub fn new(name: ScheduleName, peak: f64, warmup: f64, total: u64) -> Self {
        let total = total.max(1) as f64;
        Self {
            name,
            peak,
            warmup: (warmup * total).max(1.0),
            total,
        }
    }

    /// The rate of step `step`, counted from 0.
    ///
    /// ```text
    /// cosine     η (s+1)/w, then η (1 + cos π p)/2          p = (s − w)/(total − w), w the warm-up
    /// noam       η min((s+1)/w, √(w/(s+1)))                 (Vaswani et al. 2017, eq. 3)
    /// one-cycle  from η/25 to η and down to η/250000, each along half a cosine
    /// ```
    pub fn rate(&self, step: u64) -> f64 {
        let s = step as f64;
        let rising = (s + 1.0) / self.warmup;
        let falling = ((s - self.warmup) / (self.total - self.warmup).max(1.0)).clamp(0.0, 1.0);
        match self.name {
            ScheduleName::Constant => self.peak,
            ScheduleName::Cosine if rising < 1.0 => self.peak * rising,
            ScheduleName::Cosine => self.peak * 0.5 * (1.0 + (PI * falling).cos()),
            ScheduleName::Noam => self.peak * rising.min(rising.recip().sqrt()),
            ScheduleName::OneCycle => {
                let start = self.peak / ONE_CYCLE_START;
                if s < self.warmup {
                    blend(start, self.peak, s / self.warmup)
                } else {
                    blend(self.peak, start / ONE_CYCLE_END, falling)
                }
            }
        }
    }
}

/// From `a` to `b` along half a cosine as p goes from 0 to 1.
fn blend(a: f64, b: f64, p: f64) -> f64 {
    b + (a - b) * 0.5 * (1.0 + (PI * p).cos())
}
