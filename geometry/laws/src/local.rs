//! Laws of the metric, the connection and the second fundamental form at a point.

use super::{Agreement, Law, Probe, ROUNDING, Subject, always, immersions, in_frame};
use crate::dense::{self, dot, max_abs};
use geogate_geometry::connection::{christoffel, christoffel_first_kind};
use geogate_geometry::extrinsic::second_fundamental_form;
use geogate_geometry::metric::{inverse, metric, orthonormal_frame};
use geogate_geometry::{C2Map, Jet2, MetricSource, Result, Tensor};

pub(super) const LAWS: &[Law] = &[
    Law {
        name: "jets",
        statement: "J and H are the derivatives of the value, by differences",
        integrates: false,
        applies: always,
        check: jets,
    },
    Law {
        name: "lean second derivatives",
        statement: "D²f(v, v) of the map agrees with its full Hessian",
        integrates: false,
        applies: always,
        check: lean,
    },
    Law {
        name: "metric",
        statement: "g is symmetric and g(u, u) > 0",
        integrates: false,
        applies: always,
        check: positive,
    },
    Law {
        name: "frame",
        statement: "Eᵀ g E = I and g g⁻¹ = I",
        integrates: false,
        applies: always,
        check: frame,
    },
    Law {
        name: "torsion",
        statement: "Γ^k_ij = Γ^k_ji",
        integrates: false,
        applies: always,
        check: torsion,
    },
    Law {
        name: "metric compatibility",
        statement: "∂_k g_ij = Γ_{i,jk} + Γ_{j,ik}, by differences",
        integrates: false,
        applies: always,
        check: compatibility,
    },
    Law {
        name: "normality",
        statement: "⟨II_ij, J_k⟩ = 0",
        integrates: false,
        applies: immersions,
        check: normality,
    },
    Law {
        name: "stated metric and connection",
        statement: "g and Γ are those the space states",
        integrates: false,
        applies: |subject| subject.stated.map(|_| ()).ok_or("states no closed forms"),
        check: stated,
    },
];

/// The step of central differences: truncation h² against rounding ε/h of a fourth-order rule.
const STEP: f64 = 1e-3;
/// What a fourth-order difference with that step can resolve, relative to the size of higher derivatives.
const DIFFERENCES: f64 = 1e-8;

/// The derivative at 0 of h along a coordinate step, by the five-point rule.
pub(super) fn difference(
    h: &mut dyn FnMut(f64) -> Result<Vec<f64>>,
    step: f64,
) -> Result<Vec<f64>> {
    let (a, b, c, d) = (h(-2.0 * step)?, h(-step)?, h(step)?, h(2.0 * step)?);
    let rule = |i: usize| (a[i] - 8.0 * b[i] + 8.0 * c[i] - d[i]) / (12.0 * step);
    Ok((0..a.len()).map(rule).collect())
}

/// x moved by t along v.
pub(super) fn moved(x: &[f64], v: &[f64], t: f64) -> Vec<f64> {
    x.iter().zip(v).map(|(x, v)| x + t * v).collect()
}

fn map_of<'a>(subject: &Subject<'a>) -> &'a dyn C2Map {
    match subject.space {
        MetricSource::Immersion(chart) => chart,
        MetricSource::Field(field) => field,
    }
}

fn jets(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let map = map_of(subject);
    let (x, v) = (&probe.point, &probe.vectors[0]);
    let (mut jet, n) = (Jet2::new(), map.target_dim());
    let mut at = |t: f64| {
        map.jet2(&moved(x, v, t), &mut jet);
        let mut slope = vec![0.0; n];
        jet.first.push_forward(v, &mut slope);
        let mut second = vec![0.0; n];
        jet.second_along(v, v, &mut second);
        [jet.first.value().to_vec(), slope, second]
    };
    let [value, slope, second] = at(0.0);
    // higher derivatives grow like those at hand
    let size = max_abs(&value) + max_abs(&slope) + max_abs(&second);
    let scale = size * (1.0 + max_abs(&second) / (max_abs(&slope) + f64::MIN_POSITIVE)).powi(4);
    let by_value = difference(&mut |t| Ok(at(t)[0].clone()), STEP)?;
    let by_slope = difference(&mut |t| Ok(at(t)[1].clone()), STEP)?;
    let bound = DIFFERENCES * scale;
    Ok(Agreement::compare(&by_value, &slope, bound)
        .worse(Agreement::compare(&by_slope, &second, bound)))
}

fn lean(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let map = map_of(subject);
    let (x, v, n) = (&probe.point, &probe.vectors[0], map.target_dim());
    let (mut full, mut scratch) = (Jet2::new(), Jet2::new());
    map.jet2(x, &mut full);
    let (mut along, mut want) = (vec![0.0; n], vec![0.0; n]);
    map.second_along(x, v, &mut scratch, &mut along);
    full.second_along(v, v, &mut want);
    let bound = |values: &[f64]| 1e-12 * values.iter().map(|v| v.abs()).sum::<f64>();
    let square = dot(v, v);
    let worst = Agreement::compare(&along, &want, square * bound(full.hess()));
    Ok(worst.worse(Agreement::compare(
        scratch.first.jac(),
        full.first.jac(),
        bound(full.first.jac()),
    )))
}

fn positive(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let g = metric(subject.space(), &probe.point)?;
    let d = g.dim();
    let turned: Vec<f64> = (0..d * d).map(|at| g[[at % d, at / d]]).collect();
    let symmetric = Agreement::compare(g.components(), &turned, 0.0);
    // in the frame's parts the square is Euclidean
    let (u, part) = (&probe.vectors[1], &probe.parts[1]);
    let want = dot(part, part);
    Ok(symmetric.worse(Agreement::scalar(
        dense::bilinear(g.components(), u, u),
        want,
        ROUNDING * want,
    )))
}

fn frame(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x) = (subject.space(), &probe.point);
    let (g, g_inv, e) = (
        metric(space, x)?,
        inverse(space, x)?,
        orthonormal_frame(space, x)?,
    );
    let d = x.len();
    let identity = Tensor::identity(d);
    let column = |a: usize| -> Vec<f64> { (0..d).map(|i| e[[i, a]]).collect() };
    let gram: Vec<f64> = (0..d * d)
        .map(|at| dense::bilinear(g.components(), &column(at / d), &column(at % d)))
        .collect();
    let product: Vec<f64> = (0..d * d)
        .map(|at| (0..d).map(|k| g[[at / d, k]] * g_inv[[k, at % d]]).sum())
        .collect();
    let condition = g.max_abs() * g_inv.max_abs();
    let orthonormal = Agreement::compare(&gram, identity.components(), 1e-13 * condition.max(1.0));
    Ok(orthonormal.worse(Agreement::compare(
        &product,
        identity.components(),
        1e-13 * condition.max(1.0),
    )))
}

fn torsion(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let gamma = christoffel(subject.space(), &probe.point)?;
    let d = gamma.dim();
    let turned: Vec<f64> = (0..d * d * d)
        .map(|at| gamma[[at / (d * d), at % d, at / d % d]])
        .collect();
    Ok(Agreement::compare(gamma.components(), &turned, 0.0))
}

fn compatibility(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x, v) = (subject.space(), &probe.point, &probe.vectors[0]);
    let d = x.len();
    let frame = orthonormal_frame(space, x)?;
    let first = christoffel_first_kind(space, x)?;
    let size = max_abs(&in_frame(&first, &frame));
    // g along v, in the frame at x, so that entries are comparable
    let framed = |g: &Tensor<2>| -> Vec<f64> {
        let column = |a: usize| -> Vec<f64> { (0..d).map(|i| frame[[i, a]]).collect() };
        (0..d * d)
            .map(|at| dense::bilinear(g.components(), &column(at / d), &column(at % d)))
            .collect()
    };
    let step = STEP.min(0.1 * probe.reach / (1.0 + size));
    let slope = difference(&mut |t| Ok(framed(&metric(space, &moved(x, v, t))?)), step)?;
    let mut derivative = Tensor::<2>::zeros(d);
    for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
        derivative[[i, j]] = (0..d)
            .map(|k| v[k] * (first[[i, j, k]] + first[[j, i, k]]))
            .sum();
    }
    let bound = DIFFERENCES * (1.0 + size).powi(5);
    Ok(Agreement::compare(&slope, &framed(&derivative), bound))
}

fn normality(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x) = (subject.space(), &probe.point);
    let form = second_fundamental_form(space, x)?;
    let frame = orthonormal_frame(space, x)?;
    let mut jet = Jet2::new();
    map_of(subject).jet2(x, &mut jet);
    let d = x.len();
    let mut got = Vec::new();
    for a in 0..d {
        let mut tangent = vec![0.0; form.ambient_dim()];
        let column: Vec<f64> = (0..d).map(|i| frame[[i, a]]).collect();
        jet.first.push_forward(&column, &mut tangent);
        got.extend((0..d * d).map(|at| dot(form.of(at / d, at % d), &tangent)));
    }
    let bound = 1e-12 * (max_abs(jet.hess()) * d as f64 + f64::MIN_POSITIVE);
    Ok(Agreement::compare(&got, &vec![0.0; got.len()], bound))
}

fn stated(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let x = &probe.point;
    let Some(space) = subject.stated else {
        return Ok(Agreement::scalar(0.0, 0.0, 0.0));
    };
    let mut worst = Agreement::scalar(0.0, 0.0, 0.0);
    if let Some(want) = space.stated_metric(x) {
        let got = metric(subject.space(), x)?;
        worst = worst.worse(Agreement::compare(
            got.components(),
            want.components(),
            1e-13 * want.max_abs(),
        ));
    }
    if let Some(want) = space.stated_christoffel(x) {
        let got = christoffel(subject.space(), x)?;
        let bound = ROUNDING * want.max_abs().max(1.0);
        worst = worst.worse(Agreement::compare(
            got.components(),
            want.components(),
            bound,
        ));
    }
    Ok(worst)
}
