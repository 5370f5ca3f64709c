//! A molecule's neighbours in Riemann normal coordinates.

use rayon::prelude::*;

use super::{Survey, shooting};
use crate::geometry::{self, Tensor, metric};
use crate::tensor::SymmetricEigen;

/// Neighbours drawn at most.
const NEIGHBOURS: usize = 24;

/// The neighbours of a molecule in the normal coordinates of one chart, `x(ξ) = exp_p(E ξ)`, seen in
/// a plane through the molecule: ξ itself in two dimensions, above them the two axes along which
/// the ξ of the neighbours are widest.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbourhood {
    /// The task.
    pub task: usize,
    /// The molecule.
    pub base: usize,
    /// Neighbours of the molecule, nearest first.
    pub neighbours: Vec<ChartNeighbour>,
    /// Neighbours to which no geodesic was found.
    pub lost: usize,
    /// The flatness radius at the molecule, none in one dimension; infinite where it is flat.
    pub radius: Option<f64>,
    /// The radius that the curvature operator's bounds certify.
    pub certified_radius: Option<f64>,
}

/// One neighbour.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartNeighbour {
    /// The point of the sample.
    pub point: usize,
    /// ξ, the normal coordinates.
    pub normal: Vec<f64>,
    /// ξ in the plane.
    pub place: [f64; 2],
    /// The straight difference of latent coordinates in the same frame and plane, E⁻¹(z − p): where
    /// the neighbour would be were the chart flat and affine.
    pub straight: [f64; 2],
    /// |ξ|: the length of the geodesic.
    pub distance: f64,
}

impl Neighbourhood {
    /// The neighbours of the molecule the survey is around, in the chart of task t.
    ///
    /// # Errors
    /// Where the chart has no metric at the molecule.
    pub fn of(survey: &Survey, t: usize) -> geometry::Result<Self> {
        let chart = &survey.charts.tasks()[t].transfer;
        let base = survey.around;
        let p = survey.latent(t, base);
        chart.immersion(p)?;
        let coframe = coframe(
            &metric::orthonormal_frame(chart, p)?,
            &metric::metric(chart, p)?,
        );
        let nearest = nearest(survey, t, &coframe);
        let normal = |&(point, _): &(usize, f64)| {
            let v = shooting::velocity(chart, p, survey.latent(t, point)).ok()?;
            Some((point, times(&coframe, &v)))
        };
        let found: Vec<Option<(usize, Vec<f64>)>> = nearest.par_iter().map(normal).collect();
        let lost = found.iter().filter(|found| found.is_none()).count();
        let found: Vec<(usize, Vec<f64>)> = found.into_iter().flatten().collect();
        let axes = axes(found.iter().map(|(_, xi)| xi.as_slice()), p.len());
        let place = |xi: &[f64]| [0, 1].map(|k| axes.get(k).map_or(0.0, |axis| dot(axis, xi)));
        let neighbours = found.into_iter().map(|(point, normal)| ChartNeighbour {
            point,
            place: place(&normal),
            straight: place(&times(&coframe, &apart(survey.latent(t, point), p))),
            distance: dot(&normal, &normal).sqrt(),
            normal,
        });
        let curvature = survey.points[t][base].curvature();
        let epsilon = survey.config.flatness;
        Ok(Self {
            task: t,
            base,
            neighbours: neighbours.collect(),
            lost,
            radius: curvature.map(|k| k.flatness_radius(epsilon)),
            certified_radius: curvature.map(|k| k.certified_radius(epsilon)),
        })
    }
}

/// E⁻¹ = Eᵀ g, `[a][i]`.
fn coframe(frame: &Tensor<2>, g: &Tensor<2>) -> Tensor<2> {
    let d = frame.dim();
    let mut out = Tensor::<2>::zeros(d);
    for (a, i) in (0..d * d).map(|at| (at / d, at % d)) {
        out[[a, i]] = (0..d).map(|j| frame[[j, a]] * g[[j, i]]).sum();
    }
    out
}

/// The points nearest in the metric at the base, with their distance there; not those on it.
fn nearest(survey: &Survey, t: usize, coframe: &Tensor<2>) -> Vec<(usize, f64)> {
    let p = survey.latent(t, survey.around);
    let mut others: Vec<(usize, f64)> = (0..survey.sample.len())
        .map(|point| {
            let xi = times(coframe, &apart(survey.latent(t, point), p));
            (point, dot(&xi, &xi).sqrt())
        })
        .filter(|&(_, distance)| distance > 0.0)
        .collect();
    others.sort_by(|a, b| a.1.total_cmp(&b.1));
    others.truncate(NEIGHBOURS);
    others
}

/// The frame's own axes up to two dimensions, above them the two widest of the vectors, measured
/// from the origin.
fn axes<'a>(vectors: impl Iterator<Item = &'a [f64]>, d: usize) -> Vec<Vec<f64>> {
    let unit = |k: usize| (0..d).map(|i| if i == k { 1.0 } else { 0.0 }).collect();
    if d <= 2 {
        return (0..d).map(unit).collect();
    }
    let mut moments = vec![0.0; d * d];
    for xi in vectors {
        for (at, moment) in moments.iter_mut().enumerate() {
            *moment += xi[at / d] * xi[at % d];
        }
    }
    let eigen = SymmetricEigen::of(&moments, d);
    [d - 1, d - 2].map(|k| eigen.vector(k).to_vec()).to_vec()
}

fn apart(z: &[f64], p: &[f64]) -> Vec<f64> {
    z.iter().zip(p).map(|(z, p)| z - p).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn times(matrix: &Tensor<2>, v: &[f64]) -> Vec<f64> {
    let rows = matrix.components().chunks_exact(v.len());
    rows.map(|row| dot(row, v)).collect()
}
