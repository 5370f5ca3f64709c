//! Rules of jets and of immersions, for [`super::rules`]; closed forms of curvature; degenerate
//! points.

use geogate::autograd::jet::{DirectionPair, Jet, symmetric_pairs};
use geogate::autograd::{Side, Tape, Var};
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;

use super::loops;
use super::rules::Case;
use super::setting::Setting;
use crate::closeness::assert_close;

/// Coordinates and frame of the immersions of these cases.
const D: usize = 2;
const M: usize = 3;
const PAIRS: usize = 3;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "jet of order 1",
        shapes: |s| vec![(s.n, s.k), (s.k, s.m), (1, s.m)],
        apply: |t, x, s| jet_layers(t, x, s, |_| vec![]),
        loops: |x, s| jet_loops(x, s, |_| vec![]),
    },
    Case {
        name: "jet of order 2, pure",
        shapes: |s| vec![(s.n, s.k), (s.k, s.m), (1, s.m)],
        apply: |t, x, s| jet_layers(t, x, s, pure),
        loops: |x, s| jet_loops(x, s, pure),
    },
    Case {
        name: "jet of order 2, every pair",
        shapes: |s| vec![(s.n, s.k), (s.k, s.m), (1, s.m)],
        apply: |t, x, s| jet_layers(t, x, s, symmetric_pairs),
        loops: |x, s| jet_loops(x, s, symmetric_pairs),
    },
    Case {
        name: "pullback_metric",
        shapes: |s| vec![(D * s.n, M)],
        apply: |t, x, s| {
            let j = immersed(t, x[0], s);
            t.pullback_metric(j, D)
        },
        loops: |x, s| {
            let columns = columns(&x[0], s);
            per_point(s, D * D, |i, at| {
                dot(&columns[i][at / D], &columns[i][at % D])
            })
        },
    },
    Case {
        name: "frame_factor",
        shapes: |s| vec![(D * s.n, M)],
        apply: |t, x, s| {
            let j = immersed(t, x[0], s);
            t.frame_factor(j, D).value
        },
        loops: |x, s| {
            let columns = columns(&x[0], s);
            // L = (√g_11, 0 / g_12/√g_11, √(det g/g_11))
            per_point(s, D * D, |i, at| {
                let [g11, g12, g22] = metric(&columns[i]);
                let det = g11 * g22 - g12 * g12;
                [g11.sqrt(), 0.0, g12 / g11.sqrt(), (det / g11).sqrt()][at]
            })
        },
    },
    Case {
        name: "row_solve with L",
        shapes: |s| vec![(D * s.n, M), (s.n, D)],
        apply: |t, x, s| solve(t, x, s, Side::Lower),
        loops: |x, s| {
            let columns = columns(&x[0], s);
            per_point(s, D, |i, at| {
                let [l11, l21, l22] = factor(&columns[i]);
                let first = loops::at(&x[1], i, 0) / l11;
                [first, (loops::at(&x[1], i, 1) - l21 * first) / l22][at]
            })
        },
    },
    Case {
        name: "row_solve with the transpose of L",
        shapes: |s| vec![(D * s.n, M), (s.n, D)],
        apply: |t, x, s| solve(t, x, s, Side::Upper),
        loops: |x, s| {
            let columns = columns(&x[0], s);
            per_point(s, D, |i, at| {
                let [l11, l21, l22] = factor(&columns[i]);
                let last = loops::at(&x[1], i, 1) / l22;
                [(loops::at(&x[1], i, 0) - l21 * last) / l11, last][at]
            })
        },
    },
    Case {
        name: "push_forward",
        shapes: |s| vec![(D * s.n, M), (s.n, D)],
        apply: |t, x, _| t.push_forward(x[0], x[1]),
        loops: |x, s| {
            per_point(s, M, |i, a| {
                let terms =
                    (0..D).map(|k| loops::at(&x[1], i, k) * loops::at(&x[0], k * s.n + i, a));
                terms.sum()
            })
        },
    },
    Case {
        name: "pull_back",
        shapes: |s| vec![(D * s.n, M), (s.n, M)],
        apply: |t, x, _| t.pull_back((x[0], D), x[1]),
        loops: |x, s| per_point(s, D, |i, k| dot(x[0].row(k * s.n + i), x[1].row(i))),
    },
    Case {
        name: "scalar_curvature",
        shapes: |s| vec![(D * s.n, M), (PAIRS * s.n, M)],
        apply: |t, x, s| {
            let j = immersed(t, x[0], s);
            let h = t.pointwise(x[1], Activation::Tanh);
            t.scalar_curvature((j, D), h).value
        },
        loops: |x, s| {
            let columns = columns(&x[0], s);
            per_point(s, 1, |i, _| {
                2.0 * gauss(&columns[i], &second_derivatives(&x[1], s, i))
            })
        },
    },
    Case {
        name: "ricci_curvature",
        shapes: |s| vec![(D * s.n, M), (PAIRS * s.n, M), (s.n, D)],
        apply: |t, x, s| {
            let j = immersed(t, x[0], s);
            let [h, w] = [x[1], x[2]].map(|x| t.pointwise(x, Activation::Tanh));
            t.ricci_curvature((j, D), h, w).value
        },
        loops: |x, s| {
            // in two dimensions Ric = K g
            let columns = columns(&x[0], s);
            per_point(s, 1, |i, _| {
                let w = [0, 1].map(|k| loops::at(&x[2], i, k).tanh());
                let [g11, g12, g22] = metric(&columns[i]);
                let length = g11 * w[0] * w[0] + 2.0 * g12 * w[0] * w[1] + g22 * w[1] * w[1];
                gauss(&columns[i], &second_derivatives(&x[1], s, i)) * length
            })
        },
    },
];

/// A well-conditioned Jacobian: `J_k = 3 e_k + tanh(x_k)`, whatever x.
fn immersed(tape: &mut Tape<f64>, x: Var, s: &Setting) -> Var {
    let offset = Tensor::from_fn(D * s.n, M, |at, a| 3.0 * f64::from(at / s.n.max(1) == a));
    let offset = tape.constant(&offset);
    let bounded = tape.pointwise(x, Activation::Tanh);
    tape.add(offset, bounded)
}

/// Its columns at every point.
fn columns(x: &Tensor<f64>, s: &Setting) -> Vec<[[f64; M]; D]> {
    let entry = |i: usize, k: usize, a: usize| {
        3.0 * f64::from(k == a) + loops::at(x, k * s.n + i, a).tanh()
    };
    let point = |i: usize| [0, 1].map(|k| [0, 1, 2].map(|a| entry(i, k, a)));
    (0..s.n).map(point).collect()
}

/// Second derivatives H_11, H_12, H_22 at point i.
fn second_derivatives(x: &Tensor<f64>, s: &Setting, i: usize) -> [[f64; M]; PAIRS] {
    [0, 1, 2].map(|p| [0, 1, 2].map(|a| loops::at(x, p * s.n + i, a).tanh()))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// g_11, g_12, g_22.
fn metric([a, b]: &[[f64; M]; D]) -> [f64; 3] {
    [dot(a, a), dot(a, b), dot(b, b)]
}

/// l_11, l_21, l_22 of the factor.
fn factor(columns: &[[f64; M]; D]) -> [f64; 3] {
    let [g11, g12, g22] = metric(columns);
    let l11 = g11.sqrt();
    [l11, g12 / l11, (g22 - g12 * g12 / g11).sqrt()]
}

/// Gauss curvature of a surface in space: `(L N − M²) / det g` with the unit normal.
fn gauss(columns: &[[f64; M]; D], h: &[[f64; M]; PAIRS]) -> f64 {
    let [a, b] = columns;
    let n = [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ];
    let det = dot(&n, &n); // |a × b|² = det g
    let [l, m, n] = [0, 1, 2].map(|p| dot(&h[p], &n) / det.sqrt());
    (l * n - m * m) / det
}

fn per_point(s: &Setting, cols: usize, f: impl Fn(usize, usize) -> f64) -> Tensor<f64> {
    Tensor::from_fn(s.n, cols, f)
}

fn solve(tape: &mut Tape<f64>, x: &[Var], s: &Setting, side: Side) -> Var {
    let j = immersed(tape, x[0], s);
    let l = tape.frame_factor(j, D).value;
    tape.row_solve(l, x[1], side)
}

fn pure(directions: usize) -> Vec<DirectionPair> {
    (0..directions).map(|k| (k, k)).collect()
}

/// The jet of `softplus(tanh(x) W + b)`, all blocks one over the other, the value twice.
fn jet_layers(
    tape: &mut Tape<f64>,
    x: &[Var],
    s: &Setting,
    pairs: fn(usize) -> Vec<DirectionPair>,
) -> Var {
    let directions: Vec<Var> = s.directions().iter().map(|v| tape.constant(v)).collect();
    let pairs = pairs(directions.len());
    let jet = Jet::along(tape, x[0], &directions, &pairs)
        .pointwise(tape, Activation::Tanh)
        .linear(tape, x[1], Some(x[2]))
        .pointwise(tape, Activation::Softplus);
    let mut parts = vec![jet.value(tape), jet.firsts(tape, 0, directions.len())];
    for &(a, b) in &pairs {
        parts.push(jet.mixed(tape, b, a));
    }
    parts.push(jet.value(tape));
    tape.concat_rows(&parts)
}

/// The same from the chain rule, direction by direction.
fn jet_loops(
    x: &[Tensor<f64>],
    s: &Setting,
    pairs: fn(usize) -> Vec<DirectionPair>,
) -> Tensor<f64> {
    let each = |f: &dyn Fn(usize, usize) -> f64| Tensor::from_fn(s.n, s.k, f);
    let t = each(&|i, j| loops::at(&x[0], i, j).tanh());
    let slope = each(&|i, j| 1.0 - loops::at(&t, i, j).powi(2));
    let u = loops::linear(&t, &x[1], Some(&x[2]), s.n);
    let all = |f: &dyn Fn(usize, usize) -> f64| Tensor::from_fn(s.n, s.m, f);
    let sigmoid = all(&|i, j| 1.0 / (1.0 + (-loops::at(&u, i, j)).exp()));
    let value = all(&|i, j| loops::at(&u, i, j).exp().ln_1p());
    let directions = s.directions();
    let inner = |v: &Tensor<f64>| each(&|i, j| loops::at(&slope, i, j) * loops::at(v, i, j));
    let u_first: Vec<Tensor<f64>> = directions
        .iter()
        .map(|v| loops::linear(&inner(v), &x[1], None, 0))
        .collect();
    let firsts: Vec<Tensor<f64>> = u_first
        .iter()
        .map(|u1| loops::product(&sigmoid, u1))
        .collect();
    let second = |(a, b): DirectionPair| {
        let (t_a, v_b) = (inner(&directions[a]), &directions[b]);
        let second_derivatives =
            each(&|i, j| -2.0 * loops::at(&t, i, j) * loops::at(&t_a, i, j) * loops::at(v_b, i, j));
        let u_ab = loops::linear(&second_derivatives, &x[1], None, 0);
        all(&|i, j| {
            let at = |x: &Tensor<f64>| loops::at(x, i, j);
            let s = at(&sigmoid);
            s * (1.0 - s) * at(&u_first[a]) * at(&u_first[b]) + s * at(&u_ab)
        })
    };
    let seconds: Vec<Tensor<f64>> = pairs(directions.len()).into_iter().map(second).collect();
    let mut parts = vec![&value];
    parts.extend(firsts.iter().chain(&seconds));
    parts.push(&value);
    loops::over(&parts)
}

/// Scalar and, along w, Ricci curvature at one point, from columns and second derivatives (i ≤ j).
fn curvatures(columns: &[Vec<f64>], seconds: &[Vec<f64>], w: &[f64]) -> [f64; 2] {
    let (d, m) = (columns.len(), columns[0].len());
    let mut tape = Tape::<f64>::new();
    let j = tape.constant(&Tensor::from_vec(d, m, columns.concat()));
    let h = tape.constant(&Tensor::from_vec(seconds.len(), m, seconds.concat()));
    let w = tape.constant(&Tensor::from_vec(1, d, w.to_vec()));
    let scalar = tape.scalar_curvature((j, d), h);
    let ricci = tape.ricci_curvature((j, d), h, w);
    assert!(scalar.degenerate.is_empty() && ricci.degenerate.is_empty());
    [scalar, ricci].map(|found| tape.value(found.value).to_scalar())
}

/// The graph of `½ Σ κ_i x_i²` over the origin has sectional curvatures κ_i κ_j.
#[test]
fn a_paraboloid_has_the_products_of_its_curvatures() {
    let kappa = [2.0, -1.5, 0.5];
    let unit = |k: usize| (0..4).map(|a| f64::from(a == k)).collect::<Vec<f64>>();
    let columns: Vec<_> = (0..3).map(unit).collect();
    let second = |(i, j): DirectionPair| {
        unit(3)
            .iter()
            .map(|x| x * kappa[i] * f64::from(i == j))
            .collect()
    };
    let seconds: Vec<Vec<f64>> = symmetric_pairs(3).into_iter().map(second).collect();
    let [scalar, ricci] = curvatures(&columns, &seconds, &[0.0, 1.0, 0.0]);
    // R = 2 (κ1 κ2 + κ1 κ3 + κ2 κ3) = 2 (−3 + 1 − 0.75), Ric(e2, e2) = κ2 (κ1 + κ3)
    assert_close(&[scalar, ricci], &[-5.5, -3.75], 8.0, 8.0);
}

/// The sphere of radius r in polar coordinates, embedded in two more dimensions than it needs.
#[test]
fn a_sphere_has_positive_curvature() {
    let (r, theta, phi) = (2.0_f64, 0.7_f64, 0.4_f64);
    let ((st, ct), (sp, cp)) = (theta.sin_cos(), phi.sin_cos());
    let vector = |x: [f64; 3]| {
        x.iter()
            .map(|x| r * x)
            .chain([0.0, 0.0])
            .collect::<Vec<f64>>()
    };
    let columns = [
        vector([ct * cp, ct * sp, -st]),
        vector([-st * sp, st * cp, 0.0]),
    ];
    let seconds = [
        vector([-st * cp, -st * sp, -ct]),
        vector([-ct * sp, ct * cp, 0.0]),
        vector([-st * cp, -st * sp, 0.0]),
    ];
    // R = 2/r², Ric = g/r²: along ∂_φ it is sin²θ
    let [scalar, ricci] = curvatures(&columns, &seconds, &[0.0, 1.0]);
    assert_close(&[scalar, ricci], &[0.5, st * st], 16.0, 1.0);
}

#[test]
fn a_degenerate_point_is_named_and_has_no_gradient() {
    let mut tape = Tape::<f64>::new();
    // the second of three points has dependent columns, the third none at all
    let first = [1.0, 0.0, 0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0];
    let second = [0.0, 2.0, 0.0, 2.0, 4.0, 6.0, 0.0, 0.0, 0.0];
    let j = tape.variable(&Tensor::from_vec(6, 3, [first, second].concat()));
    let h = tape.variable(&Tensor::from_fn(9, 3, |i, j| (i + 2 * j) as f64 * 0.1));
    let curvature = tape.scalar_curvature((j, 2), h);
    let frame = tape.frame_factor(j, 2);
    assert_eq!(
        (&curvature.degenerate[..], &frame.degenerate[..]),
        (&[1, 2][..], &[1, 2][..])
    );
    assert_eq!(tape.value(frame.value).row(0), [1.0, 0.0, 0.0, 2.0]);
    assert_eq!(tape.value(frame.value).row(1), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(tape.value(curvature.value).as_slice()[1..], [0.0, 0.0]);
    let (a, b) = (
        tape.mean_square(curvature.value),
        tape.mean_square(frame.value),
    );
    let loss = tape.add(a, b);
    tape.backward(loss);
    let gradient = tape.gradient(j).unwrap();
    for row in [1, 2, 4, 5] {
        assert_eq!(gradient.row(row), [0.0; 3], "row {row}");
    }
    assert!(gradient.as_slice().iter().all(|x| x.is_finite()));
    assert!(gradient.row(0).iter().any(|x| *x != 0.0));
    let breakdown = &tape.breakdowns()[1];
    assert_eq!((breakdown.rows, breakdown.degenerate), (3, 2));
    // (1, 2) ⊗ (1, 2, 3): √5 √14
    let values = &breakdown.singular_values;
    assert!(
        (values[0] - 70_f64.sqrt()).abs() < 1e-14 && values[1] < 1e-14,
        "{values:?}"
    );
    tape.clear();
    assert!(tape.breakdowns().is_empty());
}

#[test]
fn what_is_computed_aside_is_forgotten() {
    let mut tape = Tape::<f64>::new();
    let x = tape.variable(&Tensor::scalar(3.0));
    let square = tape.no_grad(|tape| {
        let y = tape.mul(x, x);
        tape.value(y).to_scalar()
    });
    assert_eq!((square, tape.operations().count()), (9.0, 0));
    let y = tape.mean_square(x);
    tape.backward(y);
    assert_eq!(tape.gradient(x).unwrap().to_scalar(), 6.0);
}
