//! Laws of curvature at a point.

use super::local::{difference, moved};
use super::{Agreement, CurvatureScale, Law, Probe, ROUNDING, Subject, always, curved, in_frame};
use geogate_geometry::connection::{christoffel, connection_jet};
use geogate_geometry::curvature::{ricci, riemann, scalar_curvature, sectional_curvature, weyl};
use geogate_geometry::metric::{inverse, metric, orthonormal_frame};
use geogate_geometry::{C3Space, Result, Tensor};

pub(super) const LAWS: &[Law] = &[
    Law {
        name: "Riemann symmetries",
        statement: "R_ijkl = −R_jikl = −R_ijlk = R_klij",
        integrates: false,
        applies: curved,
        check: symmetries,
    },
    Law {
        name: "first Bianchi",
        statement: "R_ijkl + R_iklj + R_iljk = 0",
        integrates: false,
        applies: curved,
        check: first_bianchi,
    },
    Law {
        name: "second Bianchi",
        statement: "∇_m R_ijkl + ∇_k R_ijlm + ∇_l R_ijmk = 0, by differences",
        integrates: false,
        applies: |subject| {
            if subject.dim() >= 3 {
                Ok(())
            } else {
                Err("empty below three dimensions")
            }
        },
        check: second_bianchi,
    },
    Law {
        name: "two routes",
        statement: "Riemann by the Gauss equation or from ∂²g equals Riemann from Γ and ∂Γ",
        integrates: false,
        applies: |subject| {
            let known = subject.c3.is_some() || subject.stated.is_some();
            if known {
                curved(subject)
            } else {
                Err("needs third derivatives")
            }
        },
        check: two_routes,
    },
    Law {
        name: "contractions",
        statement: "Ric_jl = g^ik R_ijkl, R = g^jl Ric_jl, Ric symmetric",
        integrates: false,
        applies: curved,
        check: contractions,
    },
    Law {
        name: "surface curvature",
        statement: "R = 2K in two dimensions",
        integrates: false,
        applies: |subject| {
            if subject.dim() == 2 {
                Ok(())
            } else {
                Err("two dimensions only")
            }
        },
        check: surface,
    },
    Law {
        name: "sectional curvature of a plane",
        statement: "K(u, v) = K(au + bv, cu + dv)",
        integrates: false,
        applies: curved,
        check: plane,
    },
    Law {
        name: "constant curvature",
        statement: "Ric = (d − 1) K g",
        integrates: false,
        applies: |subject| match subject.curvature {
            Some(_) => curved(subject),
            None => Err("curvature not known to be constant"),
        },
        check: constant,
    },
    Law {
        name: "Einstein",
        statement: "Ric = (R/d) g",
        integrates: false,
        applies: |subject| {
            if subject.einstein {
                curved(subject)
            } else {
                Err("not known to be Einstein")
            }
        },
        check: einstein,
    },
    Law {
        name: "Weyl",
        statement: "W has no traces and the symmetries of R",
        integrates: false,
        applies: |subject| {
            if subject.dim() >= 4 {
                Ok(())
            } else {
                Err("vanishes below four dimensions")
            }
        },
        check: weyl_traces,
    },
    Law {
        name: "stated curvature",
        statement: "R and R_ijkl are those the space states",
        integrates: false,
        applies: |subject| match subject.stated {
            Some(_) => always(subject),
            None => Err("states no closed forms"),
        },
        check: stated,
    },
];

/// The Riemann tensor R_ijkl at x by the coordinate formula, from Γ and ∂Γ: a second route to `riemann` of the
/// library that loses digits where Γ is large.
///
/// # Errors
/// As `riemann`.
pub fn riemann_by_coordinates(space: &dyn C3Space, x: &[f64]) -> Result<Tensor<4>> {
    let d = x.len();
    let jet = connection_jet(space, x)?;
    let (gamma, dgamma) = (&jet.gamma, &jet.dgamma);
    let mut upper = Tensor::<4>::zeros(d);
    let mut out = Tensor::<4>::zeros(d);
    for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
        for (k, l) in (0..d * d).map(|at| (at / d, at % d)) {
            let products = (0..d)
                .map(|m| gamma[[i, k, m]] * gamma[[m, l, j]] - gamma[[i, l, m]] * gamma[[m, k, j]])
                .sum::<f64>();
            upper[[i, j, k, l]] = dgamma[[k, i, l, j]] - dgamma[[l, i, k, j]] + products;
        }
    }
    let block = d * d * d;
    for (i, row) in out.components_mut().chunks_exact_mut(block).enumerate() {
        for m in 0..d {
            let up = &upper.components()[m * block..(m + 1) * block];
            row.iter_mut()
                .zip(up)
                .for_each(|(o, u)| *o += jet.g[[i, m]] * u);
        }
    }
    Ok(out)
}

/// R_ijkl in the orthonormal frame.
fn framed(subject: &Subject<'_>, x: &[f64]) -> Result<Tensor<4>> {
    let frame = orthonormal_frame(subject.space(), x)?;
    let riem = riemann(subject.space(), x)?;
    Ok(Tensor::<4>::from_components(
        x.len(),
        in_frame(&riem, &frame),
    ))
}

fn indices(d: usize) -> impl Iterator<Item = [usize; 4]> {
    (0..d * d * d * d).map(move |at| [at / (d * d * d), at / (d * d) % d, at / d % d, at % d])
}

/// Compares a sum over every index with zero.
fn vanishing(d: usize, bound: f64, entry: impl FnMut([usize; 4]) -> f64) -> Agreement {
    let got: Vec<f64> = indices(d).map(entry).collect();
    Agreement::compare(&got, &vec![0.0; got.len()], bound)
}

fn symmetries(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let r = framed(subject, &probe.point)?;
    let bound = CurvatureScale::at(subject, &probe.point)?.bound(ROUNDING);
    Ok(vanishing(r.dim(), bound, |[i, j, k, l]| {
        r[[i, j, k, l]] + r[[j, i, k, l]]
    })
    .worse(vanishing(r.dim(), bound, |[i, j, k, l]| {
        r[[i, j, k, l]] + r[[i, j, l, k]]
    }))
    .worse(vanishing(r.dim(), bound, |[i, j, k, l]| {
        r[[i, j, k, l]] - r[[k, l, i, j]]
    })))
}

fn first_bianchi(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let r = framed(subject, &probe.point)?;
    let bound = CurvatureScale::at(subject, &probe.point)?.bound(ROUNDING);
    Ok(vanishing(r.dim(), bound, |[i, j, k, l]| {
        r[[i, j, k, l]] + r[[i, k, l, j]] + r[[i, l, j, k]]
    }))
}

/// The three covariant derivatives along coordinates m, k, l, the partial ones by differences.
fn second_bianchi(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x) = (subject.space(), &probe.point);
    let d = x.len();
    let (r, gamma) = (riemann(space, x)?, christoffel(space, x)?);
    let frame = orthonormal_frame(space, x)?;
    let scale = CurvatureScale::at(subject, x)?;
    // the coordinates' own unit of length at x
    let unit = |m: usize| frame[[m, m]].abs();
    let step = 2e-3 * probe.reach.min(1.0) / (1.0 + scale.total.sqrt());
    let mut partial = Vec::new();
    for m in 0..d {
        let mut direction = vec![0.0; d];
        direction[m] = unit(m);
        partial.push(difference(
            &mut |t| {
                Ok(riemann(space, &moved(x, &direction, t))?
                    .components()
                    .to_vec())
            },
            step,
        )?);
    }
    let nabla = |m: usize, [i, j, k, l]: [usize; 4]| -> f64 {
        let turned = |slot: usize, index: [usize; 4]| -> f64 {
            (0..d)
                .map(|p| {
                    let mut replaced = index;
                    replaced[slot] = p;
                    gamma[[p, m, index[slot]]] * r[replaced]
                })
                .sum()
        };
        let at = ((i * d + j) * d + k) * d + l;
        partial[m][at] / unit(m) - (0..4).map(|slot| turned(slot, [i, j, k, l])).sum::<f64>()
    };
    let mut worst = Agreement::scalar(0.0, 0.0, 0.0);
    for m in 0..d {
        for [i, j, k, l] in indices(d).filter(|[_, _, k, l]| *k > m && l > k) {
            let weight: f64 = [i, j, k, l, m].into_iter().map(unit).product();
            let sum = nabla(m, [i, j, k, l]) + nabla(k, [i, j, l, m]) + nabla(l, [i, j, m, k]);
            let bound = 1e-7 * (1.0 + scale.total).powi(3);
            worst = worst.worse(Agreement::scalar(sum * weight, 0.0, bound));
        }
    }
    Ok(worst)
}

fn two_routes(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let x = &probe.point;
    let Some(other) = subject.riemann_by_coordinates(x) else {
        return Ok(Agreement::scalar(0.0, 0.0, 0.0));
    };
    let frame = orthonormal_frame(subject.space(), x)?;
    let other = in_frame(&other?, &frame);
    let bound = 1e-8 * CurvatureScale::at(subject, x)?.total;
    Ok(Agreement::compare(
        framed(subject, x)?.components(),
        &other,
        bound,
    ))
}

fn contractions(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x) = (subject.space(), &probe.point);
    let d = x.len();
    let (r, ric) = (riemann(space, x)?, ricci(space, x)?);
    let (g, g_inv) = (metric(space, x)?, inverse(space, x)?);
    let scale = CurvatureScale::at(subject, x)?;
    let traced = |j: usize, l: usize| -> f64 {
        (0..d * d)
            .map(|at| g_inv[[at / d, at % d]] * r[[at / d, j, at % d, l]])
            .sum()
    };
    let want: Vec<f64> = (0..d * d).map(|at| traced(at / d, at % d)).collect();
    let turned: Vec<f64> = (0..d * d).map(|at| ric[[at % d, at / d]]).collect();
    let bound = scale.bound(ROUNDING) * g.max_abs();
    let trace: f64 = ric
        .components()
        .iter()
        .zip(g_inv.components())
        .map(|(r, g)| r * g)
        .sum();
    let scalar = Agreement::scalar(
        scalar_curvature(space, x)?,
        trace,
        scale.bound(ROUNDING) * (d * d) as f64,
    );
    Ok(Agreement::compare(ric.components(), &want, bound)
        .worse(Agreement::compare(ric.components(), &turned, bound))
        .worse(scalar))
}

fn surface(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x) = (subject.space(), &probe.point);
    let k = sectional_curvature(space, x, &[1.0, 0.0], &[0.0, 1.0])?;
    let bound = CurvatureScale::at(subject, x)?.bound(ROUNDING);
    Ok(Agreement::scalar(
        scalar_curvature(space, x)?,
        2.0 * k,
        bound,
    ))
}

fn plane(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x) = (subject.space(), &probe.point);
    // two vectors of the frame, so that the plane is never thin
    let frame = orthonormal_frame(space, x)?;
    let [u, v] = [0, 1].map(|a| (0..x.len()).map(|i| frame[[i, a]]).collect::<Vec<f64>>());
    let mix =
        |a: f64, b: f64| -> Vec<f64> { u.iter().zip(&v).map(|(u, v)| a * u + b * v).collect() };
    let t = probe.parts[0][0];
    let (first, second) = (mix(2.0, t), mix(-t, 1.0 + t * t));
    let bound = 10.0 * CurvatureScale::at(subject, x)?.bound(ROUNDING);
    let want = sectional_curvature(space, x, &u, &v)?;
    Ok(Agreement::scalar(
        sectional_curvature(space, x, &first, &second)?,
        want,
        bound,
    ))
}

fn proportional_to_metric(subject: &Subject<'_>, x: &[f64], factor: f64) -> Result<Agreement> {
    let (ric, g) = (ricci(subject.space(), x)?, metric(subject.space(), x)?);
    let want: Vec<f64> = g.components().iter().map(|g| factor * g).collect();
    let bound = CurvatureScale::at(subject, x)?.bound(ROUNDING) * g.max_abs();
    Ok(Agreement::compare(ric.components(), &want, bound))
}

fn constant(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let factor = subject.curvature.unwrap_or(f64::NAN) * (subject.dim() - 1) as f64;
    proportional_to_metric(subject, &probe.point, factor)
}

fn einstein(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let factor = scalar_curvature(subject.space(), &probe.point)? / subject.dim() as f64;
    proportional_to_metric(subject, &probe.point, factor)
}

fn weyl_traces(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let (space, x) = (subject.space(), &probe.point);
    let d = x.len();
    let frame = orthonormal_frame(space, x)?;
    let w = Tensor::<4>::from_components(d, in_frame(&weyl(space, x)?, &frame));
    let bound = 10.0 * CurvatureScale::at(subject, x)?.bound(ROUNDING);
    let traces: Vec<f64> = (0..d * d)
        .map(|at| (0..d).map(|k| w[[k, at / d, k, at % d]]).sum())
        .collect();
    let antisymmetry = vanishing(d, bound, |[i, j, k, l]| w[[i, j, k, l]] + w[[i, j, l, k]]);
    Ok(Agreement::compare(&traces, &vec![0.0; d * d], bound).worse(antisymmetry))
}

fn stated(subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
    let x = &probe.point;
    let mut worst = Agreement::scalar(0.0, 0.0, 0.0);
    let Some(space) = subject.stated else {
        return Ok(worst);
    };
    let bound = CurvatureScale::at(subject, x)?.bound(ROUNDING);
    if let Some(want) = space.stated_scalar(x) {
        worst = worst.worse(Agreement::scalar(
            scalar_curvature(subject.space(), x)?,
            want,
            bound * (x.len() as f64),
        ));
    }
    if let Some(want) = space.stated_riemann(x) {
        let frame = orthonormal_frame(subject.space(), x)?;
        let want = in_frame(&want, &frame);
        worst = worst.worse(Agreement::compare(
            framed(subject, x)?.components(),
            &want,
            bound,
        ));
    }
    Ok(worst)
}
