//! The geometry of a trained model at a sample of its molecules: what `geogate geometry` reports.
//!
//! | to … | see |
//! |---|---|
//! | choose the molecules | [`Sample`], [`SurveyConfig`] |
//! | survey every chart and pair | [`Survey`], [`ChartPoint`], [`PairPoint`] |
//! | have it in numbers | [`SurveySummary`], [`points_csv`], [`pairs_csv`], [`definitions`] |
//! | have what pictures show | [`ChartMap`], [`Neighbourhood`] |
//! | compare models of one target | [`Stability`], [`linear_cka`] |
//!
//! Per chart and point: singular values and rank of the Jacobian, metric, volume, scalar and
//! sectional curvature, flatness radius. Per ordered pair of charts and point: consistency, whether
//! the point is on the overlap, and the five defects of the transition ([`Defects`]). The
//! numbers are those of [`geometry`](crate::geometry) on the model's charts, in double precision;
//! where one does not exist, the point says why.

mod chart_map;
mod chart_point;
mod config;
mod definitions;
mod neighbourhood;
mod pair_point;
mod planes;
mod principal;
mod quantiles;
mod quantities;
mod sample;
mod shooting;
mod stability;
mod summary;
mod tables;

pub use chart_map::{ChartMap, Ellipse, Path};
pub use chart_point::{ChartPoint, PointCurvature, PointGeometry};
pub use config::SurveyConfig;
pub use definitions::definitions;
pub use neighbourhood::{ChartNeighbour, Neighbourhood};
pub use pair_point::{Defects, PairPoint};
pub use principal::PrincipalPlane;
pub use quantiles::Quantiles;
pub use quantities::{TaskSummary, TransitionSummary};
pub use sample::{Sample, UnreadableRows};
pub use stability::{Similarity, Stability, SurveyedModel, Undefined, linear_cka};
pub use summary::SurveySummary;
pub use tables::{pairs_csv, points_csv};

use std::cell::Cell;

use crate::chart::Dense;
use crate::error::Result;
use crate::gate::{TaskChart, TaskCharts};
use crate::geometry::Map;
use crate::nn::activation::Activation;
use crate::random::{Purpose, Stream};
use crate::train::Model;
use chart_point::SurveyedChart;
use pair_point::{OverlapBound, SurveyedAtlas, TransitionIndex};

/// The geometry of a model at the points of a sample.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The options.
    pub config: SurveyConfig,
    /// The molecules.
    pub sample: Sample,
    /// The method that trained the model.
    pub method: &'static str,
    /// Number of the target among the tasks.
    pub target: usize,
    /// The maps of every task.
    pub charts: TaskCharts,
    /// Latent vectors of every task, `[task][point · d]`.
    pub latents: Vec<Vec<f64>>,
    /// Every chart at every point, `[task][point]`.
    pub points: Vec<Vec<ChartPoint>>,
    /// Every ordered pair of different tasks.
    pub pairs: Vec<TaskPair>,
    /// The point nearest the median, or the one that was named.
    pub around: usize,
}

/// One ordered pair of tasks at every point.
#[derive(Clone, Debug)]
pub struct TaskPair {
    /// Task s.
    pub from: usize,
    /// Task t.
    pub to: usize,
    /// What errors are compared with to decide on the overlap.
    pub scale: f64,
    /// What there is to say of τ_{s→t}, in the order of the sample.
    pub points: Vec<PairPoint>,
}

/// Told how many steps are done, some hundreds at a time.
pub type StepCallback<'a> = &'a (dyn Fn(usize) + Sync);

impl Survey {
    /// Steps that [`Survey::of`] counts for so many points.
    pub fn steps(tasks: usize, points: usize) -> usize {
        tasks * tasks * points
    }

    /// Surveys every chart and every ordered pair of charts of `model` at the points of `sample`,
    /// over the thread pool; the result does not depend on the number of threads.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for options outside their range, a
    /// method without latent charts, and inputs of another kind than the model's.
    pub fn of(
        model: &Model,
        sample: Sample,
        config: &SurveyConfig,
        progress: StepCallback<'_>,
    ) -> Result<Self> {
        config.validate()?;
        let charts = model.charts()?;
        let latents = model.latents(&sample.inputs, &sample.places)?.latents;
        let target = charts.index(model.target())?;
        let done = Cell::new(0);
        let step = |count| {
            done.set(done.get() + count);
            progress(done.get());
        };
        let surveyed: Vec<_> = charts.tasks().iter().map(SurveyedChart::new).collect();
        let points = chart_points(&surveyed, &latents, config.seed, &step);
        let atlas = SurveyedAtlas::new(&surveyed, &charts);
        let tolerance = config.overlap_tolerance;
        let pairs = pairs(&atlas, &latents, &points, tolerance, &step);
        let around = sample.around.unwrap_or_else(|| {
            let d = charts.tasks()[target].transfer.source_dim();
            nearest_to_median(&latents[target], d)
        });
        Ok(Self {
            config: config.clone(),
            method: model.config().method.as_str(),
            target,
            sample,
            charts,
            latents,
            points,
            pairs,
            around,
        })
    }

    /// Name of task t.
    pub fn task(&self, t: usize) -> &str {
        &self.charts.tasks()[t].name
    }

    /// Number of tasks.
    pub fn tasks(&self) -> usize {
        self.charts.tasks().len()
    }

    /// Dimension d of the charts.
    pub fn latent_dim(&self) -> usize {
        self.charts.tasks()[0].transfer.source_dim()
    }

    /// Dimension m of the locally flat frame.
    pub fn lf_dim(&self) -> usize {
        self.charts.tasks()[0].transfer.target_dim()
    }

    /// z_t of a point.
    pub fn latent(&self, t: usize, point: usize) -> &[f64] {
        let d = self.latent_dim();
        &self.latents[t][point * d..(point + 1) * d]
    }

    /// What a reader has to know before the numbers: flatness by construction, no curvature in one
    /// dimension, points without metric, rows that could not be read.
    pub fn remarks(&self) -> Vec<String> {
        let (d, m) = (self.latent_dim(), self.lf_dim());
        let mut remarks = Vec::new();
        if let Some(UnreadableRows {
            count,
            line,
            reason,
        }) = &self.sample.unreadable
        {
            remarks.push(format!(
                "{count} rows could not be read and are left out, the first on line {line}: {reason}."
            ));
        }
        if d == 1 {
            remarks.push(
                "The charts have one dimension: a curve has no intrinsic curvature, so the columns \
                 of curvature are empty."
                    .to_owned(),
            );
        } else if m == d {
            remarks.push(format!(
                "The locally flat frame has as many dimensions as the charts (m = d = {d}): φ is a \
                 change of coordinates, so every chart is flat by construction. Curvatures are zero, \
                 stated and not measured; train with option `lf_dim` above option `latent_dim` for curved charts."
            ));
        }
        let relu = |layer: &Dense| layer.activation() == Some(Activation::Relu);
        let has_relu = |task: &TaskChart| task.transfer.map().layers().iter().any(relu);
        if d > 1 && m > d && self.charts.tasks().iter().any(has_relu) {
            remarks.push(
                "The charts are piecewise linear (ReLU): their curvature is zero off the kinks and not \
                 defined on them. Train with option `activation` = silu for smooth charts."
                    .to_owned(),
            );
        }
        for (t, points) in self.points.iter().enumerate() {
            let lost = points.iter().filter(|p| p.local.is_err()).count();
            if lost > 0 {
                remarks.push(format!(
                    "{lost} of {} points of {} have no metric: the Jacobian of φ has not full rank \
                     there. points.csv has the singular values.",
                    points.len(),
                    self.task(t)
                ));
            }
        }
        remarks.extend(self.pairs.iter().filter_map(|pair| self.no_overlap(pair)));
        remarks
    }

    /// Remark that a pair has no overlap, and what tolerance would give it one; none where it has.
    fn no_overlap(&self, pair: &TaskPair) -> Option<String> {
        // both directions have the same
        if pair.from > pair.to || pair.points.iter().any(|point| point.overlap) {
            return None;
        }
        let errors = pair.points.iter().map(|point| point.overlap_error);
        let least = errors.clone().fold(f64::INFINITY, f64::min);
        Some(format!(
            "No point is on the overlap of {} and {}: errors are {:.3} of the scale and more, {:.3} in the \
             median. Train longer, or set option `overlap_tolerance` (now {}) between them; geometry.json has \
             the defects over all points.",
            self.task(pair.from),
            self.task(pair.to),
            least,
            Quantiles::of(errors).p50,
            self.config.overlap_tolerance
        ))
    }
}

/// Every chart at every point, `[task][point]`.
fn chart_points(
    charts: &[SurveyedChart<'_>],
    latents: &[Vec<f64>],
    seed: u64,
    step: &impl Fn(usize),
) -> Vec<Vec<ChartPoint>> {
    let survey = |(t, (chart, latents)): (usize, (&SurveyedChart<'_>, &Vec<f64>))| {
        let (d, _) = chart.dims();
        let mut points = Vec::with_capacity(latents.len() / d);
        for z in latents.chunks(chart.block() * d) {
            let before = points.len();
            let starts = |point| {
                let index = 1 + ((before + point) * charts.len() + t) as u64;
                Stream::new(seed, Purpose::Survey, index)
            };
            points.extend(chart.at(z, starts));
            step(points.len() - before);
        }
        points
    };
    charts.iter().zip(latents).enumerate().map(survey).collect()
}

/// Every ordered pair of charts at every point.
fn pairs(
    atlas: &SurveyedAtlas<'_>,
    latents: &[Vec<f64>],
    points: &[Vec<ChartPoint>],
    overlap_tolerance: f64,
    step: &impl Fn(usize),
) -> Vec<TaskPair> {
    let tasks = points.len();
    let spreads: Vec<f64> = points.iter().map(|points| spread(points)).collect();
    let ordered = (0..tasks).flat_map(|s| (0..tasks).map(move |t| TransitionIndex { s, t }));
    let survey = |index: TransitionIndex| {
        let TransitionIndex { s, t } = index;
        let scale = 0.5 * (spreads[s] + spreads[t]);
        let overlap = OverlapBound {
            scale,
            tolerance: overlap_tolerance,
        };
        let transition = atlas.transition(index);
        let ((d, _), block) = (atlas.charts[s].dims(), atlas.charts[s].block());
        let ends = points[s].chunks(block).zip(points[t].chunks(block));
        let blocks = latents[s].chunks(block * d).zip(ends);
        let mut found = Vec::with_capacity(points[s].len());
        for (z, (from, to)) in blocks {
            found.extend(transition.at(z, [from, to], overlap));
            step(from.len());
        }
        TaskPair {
            from: s,
            to: t,
            scale,
            points: found,
        }
    };
    ordered.filter(|of| of.s != of.t).map(survey).collect()
}

/// The median distance of φ(z) from its mean over the sample.
fn spread(points: &[ChartPoint]) -> f64 {
    let Some(first) = points.first() else {
        return f64::NAN;
    };
    let mut mean = vec![0.0; first.image.len()];
    for point in points {
        mean.iter_mut().zip(&point.image).for_each(|(m, u)| *m += u);
    }
    mean.iter_mut().for_each(|m| *m /= points.len() as f64);
    let distance = |point: &ChartPoint| {
        let apart = point.image.iter().zip(&mean);
        apart.map(|(u, m)| (u - m).powi(2)).sum::<f64>().sqrt()
    };
    Quantiles::of(points.iter().map(distance)).p50
}

/// The point whose latent vector is nearest the median of each coordinate.
fn nearest_to_median(latents: &[f64], d: usize) -> usize {
    let median = |i: usize| Quantiles::of(latents.iter().skip(i).step_by(d).copied()).p50;
    let centre: Vec<f64> = (0..d).map(median).collect();
    let distance = |z: &[f64]| -> f64 { z.iter().zip(&centre).map(|(z, c)| (z - c).powi(2)).sum() };
    let distances = latents.chunks_exact(d).map(distance).enumerate();
    let nearest = distances.min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.map_or(0, |(point, _)| point)
}
