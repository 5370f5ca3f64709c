//! Laws about what does not change: ambient rigid motions, scaling, and changes of coordinates.

use super::{
    Agreement, CurvatureScale, Inverse, Law, Probe, PulledBack, ROUNDING, Subject, Warp, curved,
    immersions,
};
use geogate_geometry::connection::christoffel;
use geogate_geometry::curvature::{riemann, scalar_curvature};
use geogate_geometry::metric::{metric, volume_element};
use geogate_geometry::nalgebra::DMatrix;
use geogate_geometry::transition::{Affine, Composite};
use geogate_geometry::{C1Map, C2Map, Chart, Jet1, MetricSource, Result, Space};

pub(super) const LAWS: &[Law] = &[
    Law {
        name: "ambient rigid motion",
        statement: "g, Γ and R do not change when the ambient space is moved",
        integrates: false,
        applies: immersions,
        check: rigid,
    },
    Law {
        name: "ambient scaling",
        statement: "by c: g → c² g, Γ^k_ij unchanged, R_ijkl → c² R_ijkl, R → R/c²",
        integrates: false,
        applies: immersions,
        check: scaling,
    },
    Law {
        name: "change of coordinates",
        statement: "R and √det g dx do not change under a diffeomorphism of the chart",
        integrates: false,
        applies: curved,
        check: coordinates,
    },
];

/// Calls `see` with the chart after an affine map of the ambient space.
fn with_ambient(
    chart: &dyn Chart,
    affine: &Affine,
    see: &mut dyn FnMut(&dyn Space) -> Result<Agreement>,
) -> Result<Agreement> {
    let moved = Composite::<dyn C2Map, dyn Chart>::new(affine, chart);
    see(&MovedChart(&moved))
}

/// A composite that is a chart because its inner map is one and its outer map is injective.
struct MovedChart<'a>(&'a dyn C2Map);

impl geogate_geometry::Map for MovedChart<'_> {
    fn source_dim(&self) -> usize {
        self.0.source_dim()
    }

    fn target_dim(&self) -> usize {
        self.0.target_dim()
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        self.0.value(x, out);
    }
}

impl C1Map for MovedChart<'_> {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        self.0.jet1(x, out);
    }
}

impl C2Map for MovedChart<'_> {
    fn jet2(&self, x: &[f64], out: &mut geogate_geometry::Jet2) {
        self.0.jet2(x, out);
    }
}

impl Chart for MovedChart<'_> {}

/// Compares g, Γ, R_ijkl and R of two spaces, the first scaled by c² (and R by 1/c²).
fn same_geometry(
    subject: &Subject<'_>,
    other: &dyn Space,
    c2: f64,
    x: &[f64],
) -> Result<Agreement> {
    let space = subject.space();
    let scale = CurvatureScale::at(subject, x)?;
    let (g, other_g) = (metric(space, x)?, metric(other, x)?);
    let scaled =
        |values: &[f64], factor: f64| -> Vec<f64> { values.iter().map(|v| v * factor).collect() };
    let size = g.max_abs();
    let mut worst = Agreement::compare(
        other_g.components(),
        &scaled(g.components(), c2),
        1e-12 * c2 * size,
    );
    let (gamma, other_gamma) = (christoffel(space, x)?, christoffel(other, x)?);
    let bound = ROUNDING * gamma.max_abs().max(1.0);
    worst = worst.worse(Agreement::compare(
        other_gamma.components(),
        gamma.components(),
        bound,
    ));
    let (riem, other_riem) = (riemann(space, x)?, riemann(other, x)?);
    let bound = c2 * scale.bound(ROUNDING) * size * size;
    worst = worst.worse(Agreement::compare(
        other_riem.components(),
        &scaled(riem.components(), c2),
        bound,
    ));
    let (r, other_r) = (scalar_curvature(space, x)?, scalar_curvature(other, x)?);
    Ok(worst.worse(Agreement::scalar(
        other_r * c2,
        r,
        x.len() as f64 * scale.bound(ROUNDING),
    )))
}

fn rigid(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let Some(chart) = subject.chart() else {
        return Ok(Agreement::scalar(0.0, 0.0, 0.0));
    };
    let (n, mut draw) = (chart.target_dim(), probe.draws());
    let rotation = DMatrix::from_fn(n, n, |_, _| 2.0 * draw() - 1.0).qr().q();
    let shift: Vec<f64> = (0..n).map(|_| 2.0 * draw() - 1.0).collect();
    let affine = Affine::new(rotation.transpose().as_slice().to_vec(), shift);
    with_ambient(chart, &affine, &mut |moved| {
        same_geometry(subject, moved, 1.0, &probe.point)
    })
}

fn scaling(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let Some(chart) = subject.chart() else {
        return Ok(Agreement::scalar(0.0, 0.0, 0.0));
    };
    let n = chart.target_dim();
    let c = 1.5 + probe.parts[0][0];
    let matrix = (0..n * n)
        .map(|at| if at / n == at % n { c } else { 0.0 })
        .collect();
    let affine = Affine::new(matrix, vec![0.0; n]);
    with_ambient(chart, &affine, &mut |scaled| {
        same_geometry(subject, scaled, c * c, &probe.point)
    })
}

/// How far the warps bend coordinates.
const WARP: f64 = 0.5;

fn coordinates(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let x = &probe.point;
    let warp = Warp::from_draws(x.len(), WARP, &mut probe.draws());
    let start = Inverse::new(&warp, x);
    let mut jet = Jet1::new();
    start.jet1(x, &mut jet);
    let y = jet.value().to_vec();
    let mut forward = Jet1::new();
    warp.jet1(&y, &mut forward);
    let stretch = DMatrix::from_column_slice(x.len(), x.len(), forward.jac())
        .determinant()
        .abs();
    let volume = volume_element(subject.space(), x)? * stretch;
    let scalar = scalar_curvature(subject.space(), x)?;
    // new coordinates turn more: their tangential part is what rounding is relative to
    let compare = |other: &dyn Space| -> Result<Agreement> {
        let scale = CurvatureScale::at(&Subject::new(other), &y)?;
        let bound = x.len() as f64 * (scale.bound(ROUNDING) + 1e-12 * scale.total);
        let density = Agreement::scalar(volume_element(other, &y)?, volume, 1e-11 * volume);
        Ok(density.worse(Agreement::scalar(
            scalar_curvature(other, &y)?,
            scalar,
            bound,
        )))
    };
    match subject.space {
        MetricSource::Immersion(chart) => {
            compare(&Composite::<dyn Chart, dyn C2Map>::new(chart, &warp))
        }
        MetricSource::Field(field) => compare(&PulledBack::new(field, &warp)),
    }
}
