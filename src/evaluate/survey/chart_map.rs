//! The map of a chart: latent vectors in their principal plane, with metric and geodesics.

use std::f64::consts::TAU;

use rayon::prelude::*;

use super::principal::PrincipalPlane;
use super::quantiles::Quantiles;
use super::{Survey, shooting};
use crate::chart::LatentChart;
use crate::geometry::metric;

/// Ellipses drawn at most.
const ELLIPSES: usize = 30;
/// Geodesics drawn at most.
const PATHS: usize = 6;
/// Pieces of a drawn ellipse, and of a drawn geodesic.
const PIECES: usize = 48;
/// Half the width or height of a middling ellipse, whichever is more, as a share of the map's.
const ELLIPSE_SIZE: f64 = 0.03;
/// Up to this ratio of width and height a map has one scale; beyond, its axes have one each, or a
/// thin cloud would leave it empty.
const THINNEST: f64 = 4.0;

/// The latent vectors of one task in their principal plane.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartMap {
    /// The task.
    pub task: usize,
    /// The plane.
    pub plane: PrincipalPlane,
    /// Every point of the sample.
    pub places: Vec<[f64; 2]>,
    /// Whether one unit is as long on both axes.
    pub one_scale: bool,
    /// Metric ellipses at some points, spread over the map.
    pub ellipses: Vec<Ellipse>,
    /// The length ρ that every ellipse stands for.
    pub radius: f64,
    /// Geodesics from one point to some others.
    pub paths: Vec<Path>,
    /// Pairs of points between which no geodesic was found.
    pub lost: usize,
}

/// What vectors of length at most ρ look like in the plane.
///
/// ```text
/// { P v : v g v ≤ ρ² } = { w : w S⁻¹ w ≤ ρ² },   S = P g⁻¹ Pᵀ       P the principal axes, 2 × d
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ellipse {
    /// The point.
    pub point: usize,
    /// The ellipse around its place, closed.
    pub outline: Vec<[f64; 2]>,
}

/// A geodesic and the straight line of latent coordinates between the same points.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The point where both begin.
    pub from: usize,
    /// The point where both end.
    pub to: usize,
    /// The geodesic in the plane.
    pub geodesic: Vec<[f64; 2]>,
    /// The straight line in the plane.
    pub straight: Vec<[f64; 2]>,
    /// Length of the geodesic.
    pub length: f64,
    /// Length of the straight line, by chords of its image.
    pub straight_length: f64,
}

impl ChartMap {
    /// The map of task t.
    pub fn of(survey: &Survey, t: usize) -> Self {
        let plane = PrincipalPlane::of(&survey.latents[t], survey.latent_dim());
        let points = 0..survey.sample.len();
        let places: Vec<[f64; 2]> = points
            .map(|point| plane.place(survey.latent(t, point)))
            .collect();
        let extent = extent(&places);
        let (longer, shorter) = (extent[0].max(extent[1]), extent[0].min(extent[1]));
        // a map without extent along an axis has one scale too
        let one_scale = shorter == 0.0 || longer <= THINNEST * shorter;
        let scales = if one_scale { [longer; 2] } else { extent };
        let (radius, ellipses) = ellipses(survey, t, (&plane, scales), &places);
        let (paths, lost) = paths(survey, t, &plane);
        Self {
            task: t,
            plane,
            places,
            one_scale,
            ellipses,
            radius,
            paths,
            lost,
        }
    }
}

/// Ellipses at points far from each other.
fn ellipses(
    survey: &Survey,
    t: usize,
    (plane, scales): (&PrincipalPlane, [f64; 2]),
    places: &[[f64; 2]],
) -> (f64, Vec<Ellipse>) {
    let chart = &survey.charts.tasks()[t].transfer;
    if survey.latent_dim() < 2 {
        return (f64::NAN, Vec::new());
    }
    let factor = |point| Some((point, unit_ellipse(chart, survey.latent(t, point), plane)?));
    let spread = spread_out(places, survey.around, ELLIPSES);
    let factors: Vec<(usize, [f64; 3])> = spread.into_iter().filter_map(factor).collect();
    // L of the unit circle reaches L_11 across and |(L_21, L_22)| up
    let share = |&(_, [a, b, c]): &(usize, [f64; 3])| (a / scales[0]).max(b.hypot(c) / scales[1]);
    let middling = Quantiles::of(factors.iter().map(share)).p50;
    let radius = two_digits(ELLIPSE_SIZE / middling);
    let outline = |(point, [a, b, c]): (usize, [f64; 3])| {
        let [x, y]: [f64; 2] = places[point];
        let turn = |k: usize| {
            let (sine, cosine) = (TAU * k as f64 / PIECES as f64).sin_cos();
            [
                x + radius * a * cosine,
                y + radius * (b * cosine + c * sine),
            ]
        };
        Ellipse {
            point,
            outline: (0..=PIECES).map(turn).collect(),
        }
    };
    if !(radius.is_finite() && radius > 0.0) {
        return (f64::NAN, Vec::new());
    }
    (radius, factors.into_iter().map(outline).collect())
}

/// L with `L Lᵀ = P g⁻¹ Pᵀ`, as (L_11, L_21, L_22): the ellipse is L of the unit circle.
fn unit_ellipse(chart: &LatentChart, z: &[f64], plane: &PrincipalPlane) -> Option<[f64; 3]> {
    let g_inv = metric::inverse(chart, z).ok()?;
    let d = z.len();
    let entry = |p: &[f64], q: &[f64]| -> f64 {
        (0..d * d)
            .map(|at| p[at / d] * g_inv[[at / d, at % d]] * q[at % d])
            .sum()
    };
    let (p, q) = (&plane.axes[0], &plane.axes[1]);
    let a = entry(p, p).sqrt();
    let b = entry(p, q) / a;
    let c = (entry(q, q) - b * b).max(0.0).sqrt();
    [a, b, c].iter().all(|x| x.is_finite()).then_some([a, b, c])
}

/// Points chosen one by one, each the farthest from those before, from `first` on.
fn spread_out(places: &[[f64; 2]], first: usize, count: usize) -> Vec<usize> {
    let mut chosen = vec![first];
    let mut nearest = vec![f64::INFINITY; places.len()];
    while chosen.len() < count {
        let last = places[chosen[chosen.len() - 1]];
        for (distance, place) in nearest.iter_mut().zip(places) {
            let apart = (place[0] - last[0]).powi(2) + (place[1] - last[1]).powi(2);
            *distance = distance.min(apart);
        }
        let far = nearest.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        match far {
            Some((point, &distance)) if distance > 0.0 => chosen.push(point),
            _ => break,
        }
    }
    chosen
}

/// Geodesics from the point the survey is around, to points evenly far by rank of their distance.
fn paths(survey: &Survey, t: usize, plane: &PrincipalPlane) -> (Vec<Path>, usize) {
    let from = survey.around;
    if survey.latent_dim() < 2 || survey.points[t][from].local.is_err() {
        return (Vec::new(), 0);
    }
    let p = survey.latent(t, from);
    let distance = |point| {
        let z: &[f64] = survey.latent(t, point);
        z.iter().zip(p).map(|(z, p)| (z - p).powi(2)).sum::<f64>()
    };
    let mut others: Vec<usize> = (0..survey.sample.len())
        .filter(|&point| distance(point) > 0.0)
        .collect();
    others.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
    let step = others.len() / PATHS;
    let ends: Vec<usize> = if step == 0 {
        others
    } else {
        (0..PATHS).map(|k| others[k * step + step / 2]).collect()
    };
    let found: Vec<Option<Path>> = ends
        .par_iter()
        .map(|&to| path(survey, t, (from, to), plane))
        .collect();
    let lost = found.iter().filter(|path| path.is_none()).count();
    (found.into_iter().flatten().collect(), lost)
}

fn path(
    survey: &Survey,
    t: usize,
    (from, to): (usize, usize),
    plane: &PrincipalPlane,
) -> Option<Path> {
    let chart = &survey.charts.tasks()[t].transfer;
    let (p, q) = (survey.latent(t, from), survey.latent(t, to));
    let v = shooting::velocity(chart, p, q).ok()?;
    let curve = shooting::curve(chart, p, &v, PIECES).ok()?;
    Some(Path {
        from,
        to,
        geodesic: curve.iter().map(|z| plane.place(z)).collect(),
        straight: vec![plane.place(p), plane.place(q)],
        length: metric::inner(chart, p, &v, &v).ok()?.sqrt(),
        straight_length: chord_length(chart, p, q),
    })
}

/// Length of the image of the segment from p to q, by chords.
fn chord_length(chart: &LatentChart, p: &[f64], q: &[f64]) -> f64 {
    let image = |k: usize| {
        let s = k as f64 / PIECES as f64;
        let z: Vec<f64> = p.iter().zip(q).map(|(p, q)| p + s * (q - p)).collect();
        chart.map().evaluate(&z)
    };
    let images: Vec<Vec<f64>> = (0..=PIECES).map(image).collect();
    let chord = |ends: &[Vec<f64>]| {
        let apart = ends[0].iter().zip(&ends[1]);
        apart.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    images.windows(2).map(chord).sum()
}

/// Width and height of a cloud.
fn extent(places: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|k| {
        let values = places.iter().map(|place| place[k]);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        values.fold(f64::NEG_INFINITY, f64::max) - low
    })
}

/// The number with two significant digits.
fn two_digits(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor() - 1.0);
    (value / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farthest_come_first() {
        let places = [[0.0, 0.0], [1.0, 0.0], [5.0, 0.0], [5.0, 0.0], [2.0, 0.0]];
        assert_eq!(spread_out(&places, 0, 3), [0, 3, 4]);
        assert_eq!(
            spread_out(&places, 0, 9).len(),
            4,
            "duplicates are one place"
        );
        assert_eq!(spread_out(&places[..1], 0, 9), [0]);
    }

    #[test]
    fn two_digits_are_kept() {
        for (value, want) in [(0.012_345, 0.012), (98.7, 99.0), (1.0, 1.0)] {
            assert!((two_digits(value) / want - 1.0).abs() < 1e-12);
        }
        assert!(two_digits(f64::NAN).is_nan());
    }
}
