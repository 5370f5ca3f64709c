//! Laws that follow geodesics.

use super::local::{difference, moved};
use super::{Agreement, Inverse, Law, Probe, PulledBack, Subject, Warp, always, curved};
use crate::dense;
use geogate_geometry::connection::christoffel;
use geogate_geometry::geodesic::{exp, exp_differential, geodesic, log, transport};
use geogate_geometry::metric::{inner, metric};
use geogate_geometry::normal::NormalCoordinates;
use geogate_geometry::transition::{Composite, Transition};
use geogate_geometry::{C1Map, C2Map, Chart, Integrator, Jet1, Jet2, MetricSource, Result, Space};

pub(super) const LAWS: &[Law] = &[
    Law {
        name: "constant speed",
        statement: "geodesics keep g(ẋ, ẋ)",
        integrates: true,
        applies: always,
        check: speed,
    },
    Law {
        name: "homogeneity",
        statement: "exp(t v) is the point at t of the geodesic along v",
        integrates: true,
        applies: always,
        check: homogeneity,
    },
    Law {
        name: "parallel transport",
        statement: "parallel transport keeps inner products",
        integrates: true,
        applies: always,
        check: inner_products,
    },
    Law {
        name: "log inverts exp",
        statement: "log_p(exp_p v) = v",
        integrates: true,
        applies: always,
        check: log_of_exp,
    },
    Law {
        name: "differential of exp",
        statement: "Jacobi fields are the derivative of exp, by differences",
        integrates: true,
        applies: always,
        check: differential,
    },
    Law {
        name: "Gauss lemma",
        statement: "g_ij(ξ) ξ^j = ξ^i in normal coordinates",
        integrates: true,
        applies: always,
        check: gauss_lemma,
    },
    Law {
        name: "exp of coordinates",
        statement: "geodesics of the warped chart are mapped to geodesics of equal length",
        integrates: true,
        applies: curved,
        check: invariance,
    },
    Law {
        name: "affine defect",
        statement: "∇dτ(v, v) is the covariant acceleration of the image of the geodesic along v",
        integrates: true,
        applies: always,
        check: acceleration,
    },
    Law {
        name: "stated geodesics",
        statement: "exp and distance are those the space states",
        integrates: true,
        applies: |subject| {
            let Some(space) = subject.stated else {
                return Err("states no closed forms");
            };
            let (x, zero) = (space.region().centre(), vec![0.0; space.dim()]);
            let known =
                space.stated_exp(&x, &zero).is_some() || space.stated_distance(&x, &x).is_some();
            if known {
                Ok(())
            } else {
                Err("states no geodesics")
            }
        },
        check: stated,
    },
];

/// Accuracy of an integration at the default tolerance, relative to the length.
const INTEGRATION: f64 = 1e-9;

fn speed(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let space = subject.space();
    let v = probe.velocity(space)?;
    let curve = geodesic(space, &probe.point, &v, Integrator::default())?;
    let mut worst = Agreement::scalar(curve.length(), probe.reach, 1e-12 * probe.reach);
    for t in [0.0, 0.37, 0.71, 1.0] {
        let velocity = curve.velocity(t);
        let square = inner(space, &curve.position(t), &velocity, &velocity)?;
        let want = probe.reach * probe.reach;
        // interpolation between steps is of one order less than the steps
        worst = worst.worse(Agreement::scalar(square, want, 1e-8 * want));
    }
    Ok(worst)
}

fn homogeneity(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let space = subject.space();
    let v = probe.velocity(space)?;
    let curve = geodesic(space, &probe.point, &v, Integrator::default())?;
    let t = 0.6;
    let end = exp(
        space,
        &probe.point,
        &v.iter().map(|v| t * v).collect::<Vec<_>>(),
    )?;
    Ok(Agreement::compare(
        &curve.position(t),
        &end,
        1e-8 * dense::norm(&v),
    ))
}

fn inner_products(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let space = subject.space();
    let v = probe.velocity(space)?;
    let [_, a, b] = &probe.vectors;
    let moved = transport(
        space,
        &probe.point,
        &v,
        &[a.as_slice(), b].concat(),
        Integrator::default(),
    )?;
    let (end, vectors) = (moved.position(1.0), moved.vectors(1.0));
    let (a1, b1) = vectors.split_at(a.len());
    let bound =
        INTEGRATION * (inner(space, &probe.point, a, a)? + inner(space, &probe.point, b, b)?);
    let product = |x: &[f64], u: &[f64], v: &[f64]| inner(space, x, u, v);
    Ok(
        Agreement::scalar(product(&end, a1, b1)?, product(&probe.point, a, b)?, bound).worse(
            Agreement::scalar(product(&end, a1, a1)?, product(&probe.point, a, a)?, bound),
        ),
    )
}

fn log_of_exp(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let space = subject.space();
    let v = probe.velocity(space)?;
    let q = exp(space, &probe.point, &v)?;
    let found = log(space, &probe.point, &q)?;
    let off: Vec<f64> = found.velocity.iter().zip(&v).map(|(a, b)| a - b).collect();
    let error = inner(space, &probe.point, &off, &off)?.sqrt();
    Ok(Agreement::scalar(error, 0.0, INTEGRATION * probe.reach))
}

fn differential(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x) = (subject.space(), &probe.point);
    let (v, w) = (probe.velocity(space)?, &probe.vectors[1]);
    let jacobi = exp_differential(space, x, &v, Integrator::default())?.differential;
    let step = 2e-3 * probe.reach;
    let slope = difference(&mut |t| exp(space, x, &moved(&v, w, t)), step)?;
    let got: Vec<f64> = (0..x.len())
        .map(|i| (0..x.len()).map(|j| jacobi[[i, j]] * w[j]).sum())
        .collect();
    let size = dense::norm(&slope).max(dense::norm(w)).max(dense::norm(&v));
    Ok(Agreement::compare(&got, &slope, 1e-6 * size))
}

fn gauss_lemma(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let normal = NormalCoordinates::at(subject.space(), &probe.point)?;
    let size = dense::norm(&probe.parts[2]).max(1e-3);
    let xi: Vec<f64> = probe.parts[2]
        .iter()
        .map(|p| p * probe.reach / size)
        .collect();
    let g = normal.metric(&xi)?;
    let d = xi.len();
    let lowered: Vec<f64> = (0..d)
        .map(|i| dense::dot(&g.components()[i * d..(i + 1) * d], &xi))
        .collect();
    Ok(Agreement::compare(
        &lowered,
        &xi,
        INTEGRATION * probe.reach * g.max_abs().max(1.0),
    ))
}

/// A comparison that sees the warp, the warped space, a point and a velocity.
type WarpedCheck<'a> = dyn Fn(&Warp, &dyn Space, &[f64], &[f64]) -> Result<Agreement> + 'a;

/// Calls `see` with the warp, the warped space, the probe's point and velocity in its coordinates.
fn with_warped(subject: &Subject<'_>, probe: &Probe, see: &WarpedCheck<'_>) -> Result<Agreement> {
    let warp = Warp::from_draws(subject.dim(), 0.4, &mut probe.draws());
    let back = Inverse::new(&warp, &probe.point);
    let mut jet = Jet1::new();
    back.jet1(&probe.point, &mut jet);
    let mut v = vec![0.0; subject.dim()];
    jet.push_forward(&probe.velocity(subject.space())?, &mut v);
    match subject.space {
        MetricSource::Immersion(chart) => see(
            &warp,
            &Composite::<dyn Chart, dyn C2Map>::new(chart, &warp),
            jet.value(),
            &v,
        ),
        MetricSource::Field(field) => see(&warp, &PulledBack::new(field, &warp), jet.value(), &v),
    }
}

fn invariance(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let space = subject.space();
    let v = probe.velocity(space)?;
    let end = exp(space, &probe.point, &v)?;
    with_warped(subject, probe, &|warp, warped, y, w| {
        let tau = Transition::new(warped, space, warp);
        let curve = geodesic(warped, y, w, Integrator::default())?;
        let image = tau.image(&curve.position(1.0));
        let length = Agreement::scalar(curve.length(), probe.reach, 1e-11 * probe.reach);
        Ok(length.worse(Agreement::compare(
            &image,
            &end,
            INTEGRATION * 10.0 * dense::norm(&v),
        )))
    })
}

fn acceleration(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    // a map that is no isometry: from the chart to itself by a warp that stays near
    let space = subject.space();
    let d = subject.dim();
    let (x, v) = (&probe.point, &probe.vectors[0]);
    let warp = near_identity(probe, d);
    let tau = Transition::new(space, space, &warp);
    let want = tau.affine(x)?.along(v, v);
    // the geodesic's 2-jet pushed through τ: c' = Dτ v, c'' = D²τ(v, v) − Dτ Γ(v, v)
    let step = 2e-3 * probe.reach;
    let small: Vec<f64> = v.to_vec();
    let curve = |t: f64| -> Result<Vec<f64>> {
        let scaled: Vec<f64> = small.iter().map(|v| v * t).collect();
        let at = exp(space, x, &scaled)?;
        let mut jet = Jet1::new();
        warp.jet1(&at, &mut jet);
        Ok(jet.value().to_vec())
    };
    let (a, b, c, e, f) = (
        curve(-2.0 * step)?,
        curve(-step)?,
        curve(0.0)?,
        curve(step)?,
        curve(2.0 * step)?,
    );
    let second =
        |i: usize| (-a[i] + 16.0 * b[i] - 30.0 * c[i] + 16.0 * e[i] - f[i]) / (12.0 * step * step);
    let mut jet = Jet2::new();
    warp.jet2(x, &mut jet);
    let mut velocity = vec![0.0; d];
    jet.first.push_forward(v, &mut velocity);
    let gamma = christoffel(space, &c)?;
    let got: Vec<f64> = (0..d)
        .map(|k| {
            second(k)
                + dense::bilinear(
                    &gamma.components()[k * d * d..(k + 1) * d * d],
                    &velocity,
                    &velocity,
                )
        })
        .collect();
    let size = dense::norm(&velocity) * (1.0 + gamma.max_abs() * dense::norm(&velocity))
        + metric(space, x)?.max_abs();
    let rounding = 1e-11 * (1.0 + dense::norm(&c)) / (step * step);
    Ok(Agreement::compare(
        &got,
        &want,
        1e-5 * size * (1.0 + gamma.max_abs()).powi(2) + rounding,
    ))
}

/// A warp whose image of the probe's point stays within a tenth of its reach, and so inside the domain.
fn near_identity(probe: &Probe, d: usize) -> Warp {
    Warp::from_draws(d, 0.05 * probe.reach.min(1.0), &mut probe.draws())
}

fn stated(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let mut worst = Agreement::scalar(0.0, 0.0, 0.0);
    let Some(stated) = subject.stated else {
        return Ok(worst);
    };
    let (space, x) = (subject.space(), &probe.point);
    let v = probe.velocity(space)?;
    let end = exp(space, x, &v)?;
    if let Some(want) = stated.stated_exp(x, &v) {
        worst = worst.worse(Agreement::compare(
            &end,
            &want,
            INTEGRATION * dense::norm(&v),
        ));
    }
    if let Some(length) = stated.stated_distance(x, &end) {
        worst = worst.worse(Agreement::scalar(
            length,
            probe.reach,
            INTEGRATION * probe.reach,
        ));
    }
    Ok(worst)
}
