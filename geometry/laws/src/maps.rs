//! Laws of transitions: the identity of defects with what they measure.

use super::{Agreement, CurvatureScale, Inverse, Law, Probe, PulledBack, Subject, Warp, always};
use crate::dense;
use geogate_geometry::metric;
use geogate_geometry::transition::{Composite, Transition};
use geogate_geometry::{C2Map, Chart, Map, MetricSource, Result, Space};

pub(super) const LAWS: &[Law] = &[
    Law {
        name: "change of coordinates is an isometry",
        statement: "from the warped chart to the chart, isometry, affine and curvature defect vanish",
        integrates: false,
        applies: always,
        check: isometry,
    },
    Law {
        name: "inverse",
        statement: "τ⁻¹(τ(z)) = z for the inverse found by Newton's method",
        integrates: false,
        applies: always,
        check: inverse,
    },
];

fn isometry(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let x = &probe.point;
    let warp = Warp::from_draws(x.len(), 0.5, &mut probe.draws());
    let mut y = vec![0.0; x.len()];
    Inverse::new(&warp, x).value(x, &mut y);
    let compare = |warped: &dyn Space| -> Result<Agreement> {
        let tau = Transition::new(warped, subject.space(), &warp);
        let scale = CurvatureScale::at(&Subject::new(warped), &y)?;
        let bound = 1e-10 * (1.0 + scale.total);
        let isometry = Agreement::scalar(tau.isometry(&y)?.norm, 0.0, bound);
        let affine = Agreement::scalar(tau.affine(&y)?.norm, 0.0, bound);
        Ok(isometry.worse(affine).worse(Agreement::scalar(
            tau.curvature(&y)?,
            0.0,
            x.len() as f64 * bound,
        )))
    };
    match subject.space {
        MetricSource::Immersion(chart) => {
            compare(&Composite::<dyn Chart, dyn C2Map>::new(chart, &warp))
        }
        MetricSource::Field(field) => compare(&PulledBack::new(field, &warp)),
    }
}

fn inverse(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let x = &probe.point;
    let warp = Warp::from_draws(x.len(), 0.5, &mut probe.draws());
    let tau = Transition::new(subject.space(), subject.space(), &warp);
    let back = Inverse::new(&warp, x);
    let g = metric::metric(subject.space(), x)?;
    let size = dense::norm(x).max(1.0) * g.max_abs().sqrt();
    Ok(Agreement::scalar(tau.inverse(&back, x)?, 0.0, 1e-11 * size))
}
