//! Every rule: its value against loops, its reverse mode against forward mode and differences.

use std::collections::BTreeSet;
use std::path::Path;

use geogate::autograd::gradcheck::disagreement;
use geogate::autograd::{Tape, Var};
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;
use proptest::prelude::*;

use super::projection::project;
use super::setting::{Setting, setting};
use super::{immersion, loops};
use crate::closeness::{assert_close, assert_gradient, size};
use crate::strategies;

/// Step of the extrapolated differences.
const STEP: f64 = 1e-3;

/// One use of an operation.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Shapes of its variables.
    pub(super) shapes: fn(&Setting) -> Vec<(usize, usize)>,
    pub(super) apply: fn(&mut Tape<f64>, &[Var], &Setting) -> Var,
    /// Its value by loops.
    pub(super) loops: fn(&[Tensor<f64>], &Setting) -> Tensor<f64>,
}

/// Every use: those of this file, and those of immersions.
fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain(immersion::CASES)
}

const CASES: &[Case] = &[
    Case {
        name: "add",
        shapes: |s| vec![(s.n, s.k); 2],
        apply: |t, x, _| t.add(x[0], x[1]),
        loops: |x, _| loops::combination(&[(&x[0], 1.0), (&x[1], 1.0)]),
    },
    Case {
        name: "sub",
        shapes: |s| vec![(s.n, s.k); 2],
        apply: |t, x, _| t.sub(x[0], x[1]),
        loops: |x, _| loops::combination(&[(&x[0], 1.0), (&x[1], -1.0)]),
    },
    Case {
        name: "scale",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, _| t.scale(x[0], -1.7),
        loops: |x, _| loops::combination(&[(&x[0], -1.7)]),
    },
    Case {
        name: "combination with one variable twice",
        shapes: |s| vec![(s.n, s.k); 2],
        apply: |t, x, _| t.combination(&[(x[0], 2.0), (x[1], -3.0), (x[0], 0.5)]),
        loops: |x, _| loops::combination(&[(&x[0], 2.5), (&x[1], -3.0)]),
    },
    Case {
        name: "mul",
        shapes: |s| vec![(s.n, s.k); 2],
        apply: |t, x, _| t.mul(x[0], x[1]),
        loops: |x, _| loops::product(&x[0], &x[1]),
    },
    Case {
        name: "mul of a variable with itself",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, _| t.mul(x[0], x[0]),
        loops: |x, _| loops::product(&x[0], &x[0]),
    },
    Case {
        name: "matmul",
        shapes: |s| vec![(s.n, s.k), (s.k, s.m)],
        apply: |t, x, _| t.matmul(x[0], x[1]),
        loops: |x, _| loops::linear(&x[0], &x[1], None, 0),
    },
    Case {
        name: "relu of linear onto chosen rows, away from the kink",
        shapes: |s| vec![(s.n, s.m), (s.n, s.k), (s.k, s.m)],
        apply: |t, x, s| {
            let side = t.constant(&s.sides());
            let base = t.add(x[0], side);
            t.relu_linear_onto((base, &s.chosen()), x[1], x[2])
        },
        loops: |x, s| {
            let product = loops::linear(&x[1], &x[2], None, 0);
            let base = loops::combination(&[(&x[0], 1.0), (&s.sides(), 1.0)]);
            let base = loops::row_map(s.n, &base, |i, k| f64::from(s.chosen()[i] as usize == k));
            let u = loops::combination(&[(&base, 1.0), (&product, 1.0)]);
            Tensor::from_fn(s.n, s.m, |i, j| loops::at(&u, i, j).max(0.0))
        },
    },
    Case {
        name: "linear",
        shapes: |s| vec![(s.n, s.k), (s.k, s.m), (1, s.m)],
        apply: |t, x, _| t.linear(x[0], x[1], Some(x[2])),
        loops: |x, s| loops::linear(&x[0], &x[1], Some(&x[2]), s.n),
    },
    Case {
        name: "linear_stacked",
        shapes: |s| vec![(s.n, s.k), (s.k, s.m), (1, s.m)],
        apply: |t, x, s| t.linear_stacked(x[0], x[1], Some(x[2]), s.n / 2),
        loops: |x, s| loops::linear(&x[0], &x[1], Some(&x[2]), s.n / 2),
    },
    Case {
        name: "matmul of a variable with itself",
        shapes: |s| vec![(s.n, s.n)],
        apply: |t, x, _| t.matmul(x[0], x[0]),
        loops: |x, _| loops::linear(&x[0], &x[0], None, 0),
    },
    Case {
        name: "concat_columns",
        shapes: |s| vec![(s.n, s.k), (s.n, s.m)],
        apply: |t, x, _| t.concat_columns(&[x[0], x[1], x[0]]),
        loops: |x, _| {
            let (a, b) = (loops::transpose(&x[0]), loops::transpose(&x[1]));
            loops::transpose(&loops::over(&[&a, &b, &a]))
        },
    },
    Case {
        name: "concat_rows",
        shapes: |s| vec![(s.n, s.k), (s.m, s.k)],
        apply: |t, x, _| t.concat_rows(&[x[0], x[1], x[0]]),
        loops: |x, _| loops::over(&[&x[0], &x[1], &x[0]]),
    },
    Case {
        name: "displaced",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, s| t.displaced(x[0], s.constant(3 * s.n, s.k, 0)),
        loops: |x, s| {
            let copies = loops::over(&[&x[0], &x[0], &x[0]]);
            loops::combination(&[(&copies, 1.0), (&s.constant(3 * s.n, s.k, 0), 1.0)])
        },
    },
    Case {
        name: "slice_rows, overlapping",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, s| {
            let (a, b) = (s.n / 3, s.n - s.n / 4);
            let (upper, lower) = (t.slice_rows(x[0], 0, b), t.slice_rows(x[0], a, s.n));
            t.concat_rows(&[upper, lower])
        },
        loops: |x, s| {
            let (a, b) = (s.n / 3, s.n - s.n / 4);
            loops::over(&[&loops::rows(&x[0], 0, b), &loops::rows(&x[0], a, s.n)])
        },
    },
    Case {
        name: "gather_rows",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, s| t.gather_rows(x[0], &s.chosen()),
        loops: |x, s| loops::row_map(s.n, &x[0], |i, k| f64::from(s.chosen()[i] as usize == k)),
    },
    Case {
        name: "sum_lists",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, s| t.sum_lists(x[0], &s.lists(), |n| 1.0 / (n + 1) as f64),
        loops: |x, s| {
            let lists = s.lists();
            loops::row_map(lists.len(), &x[0], |i, k| {
                let list = lists.list(i);
                let times = list.iter().filter(|&&row| row as usize == k).count();
                times as f64 / (list.len() + 1) as f64
            })
        },
    },
    Case {
        name: "mean_square",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, _| t.mean_square(x[0]),
        loops: |x, _| loops::mean(&x[0], &x[0], |a, b| a * b),
    },
    Case {
        name: "mean_square_difference",
        shapes: |s| vec![(s.n, s.k); 2],
        apply: |t, x, _| t.mean_square_difference(x[0], x[1]),
        loops: |x, _| loops::mean(&x[0], &x[1], |a, b| (a - b).powi(2)),
    },
    Case {
        name: "weighted_square_error",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, s| {
            let (labels, weights) = s.labels();
            t.weighted_square_error(x[0], &labels, &weights)
        },
        loops: |x, s| {
            let (y, w) = s.labels();
            let terms = (0..s.n * s.k).filter(|&k| w.as_slice()[k] != 0.0);
            let term = |k: usize| w.as_slice()[k] * (x[0].as_slice()[k] - y.as_slice()[k]).powi(2);
            Tensor::scalar(terms.map(term).sum())
        },
    },
    Case {
        name: "weighted_huber_error, away from where it turns straight",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, s| {
            let (labels, weights) = s.labels();
            let bounded = t.pointwise(x[0], Activation::Tanh);
            let centres = t.constant(&s.centres());
            let prediction = t.combination(&[(bounded, 0.3), (centres, 1.0)]);
            t.weighted_huber_error(prediction, &labels, &weights, 0.7)
        },
        loops: |x, s| {
            let ((y, w), centres) = (s.labels(), s.centres());
            let terms = (0..s.n * s.k).filter(|&k| w.as_slice()[k] != 0.0);
            let term = |k: usize| {
                let prediction = centres.as_slice()[k] + 0.3 * x[0].as_slice()[k].tanh();
                let r = (prediction - y.as_slice()[k]).abs();
                let h = if r <= 0.7 { r * r } else { 1.4 * r - 0.49 };
                w.as_slice()[k] * h
            };
            Tensor::scalar(terms.map(term).sum())
        },
    },
    Case {
        name: "pointwise",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, _| t.pointwise(x[0], Activation::Silu),
        loops: |x, _| {
            Tensor::from_fn(x[0].rows(), x[0].cols(), |i, j| {
                let u = loops::at(&x[0], i, j);
                u / (1.0 + (-u).exp())
            })
        },
    },
    Case {
        name: "row_dot",
        shapes: |s| vec![(s.n, s.k); 2],
        apply: |t, x, _| t.row_dot(x[0], x[1]),
        loops: |x, _| loops::per_row(&x[0], &x[1], |a, b| a * b),
    },
    Case {
        name: "row_dot of a variable with itself",
        shapes: |s| vec![(s.n, s.k)],
        apply: |t, x, _| t.row_dot(x[0], x[0]),
        loops: |x, _| loops::per_row(&x[0], &x[0], |a, b| a * b),
    },
    Case {
        name: "row_square_distance",
        shapes: |s| vec![(s.n, s.k); 2],
        apply: |t, x, _| t.row_square_distance(x[0], x[1]),
        loops: |x, _| loops::per_row(&x[0], &x[1], |a, b| (a - b).powi(2)),
    },
];

fn inputs(case: &Case, setting: &Setting) -> Vec<Tensor<f64>> {
    let shapes = (case.shapes)(setting);
    let shapes = shapes.iter().zip(0..);
    shapes
        .map(|(&(rows, cols), salt)| setting.entries.matrix(rows, cols, salt))
        .collect()
}

/// Value and gradients of `⟨c, case⟩`; inputs at which `fixed` holds are constants.
fn run(
    case: &Case,
    setting: &Setting,
    tape: &mut Tape<f64>,
    fixed: impl Fn(usize) -> bool,
) -> (Tensor<f64>, Vec<Option<Tensor<f64>>>) {
    let place = |(i, x): (usize, &Tensor<f64>)| {
        if fixed(i) {
            tape.constant(x)
        } else {
            tape.variable(x)
        }
    };
    let vars: Vec<Var> = inputs(case, setting)
        .iter()
        .enumerate()
        .map(place)
        .collect();
    let y = (case.apply)(tape, &vars, setting);
    let loss = project(tape, y);
    let value = tape.value(y).clone();
    if tape.wants_gradient(loss) {
        tape.backward(loss);
    }
    let gradients = vars.iter().map(|&x| tape.gradient(x).cloned()).collect();
    (value, gradients)
}

proptest! {
    #![proptest_config(strategies::cases(48))]

    #[test]
    fn values_agree_with_loops_and_gradients_with_differences(
        setting in setting(strategies::moderate_entries()),
    ) {
        for case in cases() {
            let x = inputs(case, &setting);
            let want = (case.loops)(&x, &setting);
            let (got, _) = run(case, &setting, &mut Tape::new(), |_| false);
            prop_assert_eq!(got.shape(), want.shape(), "{}", case.name);
            // sums of products of entries up to 2
            let terms = 4 * (1 + setting.n * setting.k);
            let scale = size(want.as_slice(), terms as f64);
            assert_close(got.as_slice(), want.as_slice(), 16.0, scale);
            let check = disagreement(&x, STEP, |tape, vars| {
                let y = (case.apply)(tape, vars, &setting);
                project(tape, y)
            });
            assert_gradient(case.name, check);
        }
    }

    /// Where entries differ by nine digits, or are all but equal, differences say nothing; the two
    /// modes still agree.
    #[test]
    fn reverse_agrees_with_forward_mode_on_every_texture(
        setting in setting(strategies::entries()),
    ) {
        for case in cases() {
            let mut check = disagreement(&inputs(case, &setting), STEP, |tape, vars| {
                let y = (case.apply)(tape, vars, &setting);
                project(tape, y)
            });
            check.differences = 0.0;
            assert_gradient(case.name, check);
        }
    }

    /// Every output entry is written before it is read, whatever the buffers held.
    #[test]
    fn what_buffers_held_before_has_no_influence(
        setting in setting(strategies::moderate_entries()),
    ) {
        for case in cases() {
            let (value, gradients) = run(case, &setting, &mut Tape::new(), |_| false);
            let mut poisoned = poisoned_tape();
            for _ in 0..2 {
                let again = run(case, &setting, &mut poisoned, |_| false);
                prop_assert_eq!(&again, &(value.clone(), gradients.clone()), "{}", case.name);
                poisoned.clear();
            }
        }
    }

    /// A constant takes no gradient and leaves those of the others as they are.
    #[test]
    fn constants_take_no_part(setting in setting(strategies::moderate_entries())) {
        for case in cases() {
            let (value, gradients) = run(case, &setting, &mut Tape::new(), |_| false);
            for fixed in 0..gradients.len() {
                let (same, others) = run(case, &setting, &mut Tape::new(), |i| i == fixed);
                prop_assert_eq!(&same, &value, "{}", case.name);
                for (i, (got, want)) in others.iter().zip(&gradients).enumerate() {
                    let want = if i == fixed { &None } else { want };
                    prop_assert_eq!(got, want, "{}: input {} with {} constant", case.name, i, fixed);
                }
            }
        }
    }
}

/// A tape whose buffers hold NaN.
fn poisoned_tape() -> Tape<f64> {
    let mut tape = Tape::new();
    for class in 0..13 {
        let buffers: Vec<Tensor<f64>> = (0..12)
            .map(|_| {
                let mut buffer = tape.buffer(1 << class, 1);
                buffer.as_mut_slice().fill(f64::NAN);
                buffer
            })
            .collect();
        buffers.into_iter().for_each(|buffer| tape.release(buffer));
    }
    tape
}

/// The types of the rules in the files of a folder.
fn names_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the folder of the rules is there") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            names_in(&path, names);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file is text");
        for after in text.split(" Rule<T> for ").skip(1) {
            names.extend(after.split([' ', '<']).next().map(str::to_owned));
        }
    }
}

#[test]
fn no_rule_is_forgotten() {
    let mut declared = BTreeSet::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/autograd");
    names_in(&sources, &mut declared);
    assert!(
        declared.len() > 15,
        "rules found in the sources: {declared:?}"
    );
    let setting = Setting {
        n: 3,
        k: 2,
        m: 2,
        directions: 1,
        entries: strategies::PLAIN,
    };
    let mut exercised = BTreeSet::new();
    for case in cases() {
        let mut tape = Tape::new();
        run(case, &setting, &mut tape, |_| false);
        // `path::to::Type<arguments>`
        let plain = |name: &str| {
            name.split('<')
                .next()
                .and_then(|name| name.rsplit("::").next())
                .map(str::to_owned)
        };
        exercised.extend(tape.operations().filter_map(plain));
    }
    exercised.remove("Projection");
    assert_eq!(exercised, declared);
}
