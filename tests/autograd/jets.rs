//! Jets of perceptrons: against the closed form, nested differences and an unrolled chain rule, and
//! gradients of losses made of them.

use geogate::autograd::gradcheck::disagreement;
use geogate::autograd::jet::{Jet, symmetric_pairs};
use geogate::autograd::{Tape, Var};
use geogate::nn::activation::Activation;
use geogate::nn::{Bound, Mlp, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;
use proptest::prelude::*;

use super::mlp::Perceptron;
use crate::closeness::{assert_close, assert_gradient, size};
use crate::strategies::{self, Entries};

const SMOOTH: [Activation; 4] = [
    Activation::Silu,
    Activation::Tanh,
    Activation::Softplus,
    Activation::Gelu,
];
/// Step of differences extrapolated to fourth order.
const STEP: f64 = 1e-3;
/// Roundings of a perceptron with at most four layers of six units and its second derivatives.
const ROUNDINGS: f64 = 64.0;
/// Extrapolated differences in units of ε: rounding 1/h = 1e3, truncation h⁴/ε = 5e3 times a fifth
/// derivative, which along directions of length 5 through three layers is up to 1e5 of the value.
const DIFFERENCES: f64 = 1e9;

/// A perceptron, points and directions.
#[derive(Clone, Debug)]
struct Scene {
    network: Mlp,
    parameters: Parameters<f64>,
    activation: Activation,
    x: Tensor<f64>,
    directions: Vec<Tensor<f64>>,
}

impl Scene {
    fn new(
        (activation, sizes): (Activation, &[usize]),
        (rows, directions): (usize, usize),
        entries: Entries,
        seed: u64,
    ) -> Self {
        let mut stream = Stream::new(seed, Purpose::Test, 0);
        let mut parameters = Parameters::new();
        let network = Mlp::new(&mut parameters, "f", sizes, activation, &mut stream);
        // wider than at the start of training: the curvature should matter
        parameters.values_mut().iter_mut().for_each(|w| *w *= 2.0);
        let draw = |salt| entries.matrix(rows, sizes[0], salt);
        Self {
            network,
            parameters,
            activation,
            x: draw(0),
            directions: (1..).take(directions).map(draw).collect(),
        }
    }

    fn weights(&self) -> Vec<Tensor<f64>> {
        let all = self.parameters.iter();
        all.map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec()))
            .collect()
    }

    fn closed_form(&self) -> Perceptron {
        let weights = self.weights();
        let layers = weights.chunks(2).map(|l| (l[0].clone(), l[1].clone()));
        Perceptron {
            layers: layers.collect(),
            activation: self.activation,
        }
    }

    /// Value, first and second derivatives at x, evaluated by a jet.
    fn jet(&self, x: &Tensor<f64>, order: usize) -> [Vec<Tensor<f64>>; 3] {
        let mut tape = Tape::new();
        let bound = self.parameters.bind(&mut tape, false);
        let x = tape.constant(x);
        let jet = Jet::seed(&mut tape, x, &self.directions, order);
        let jet = self
            .network
            .forward_jet(&mut Pass::new(&mut tape, &bound), jet);
        let value = jet.value(&mut tape);
        let mut blocks = [vec![tape.value(value).clone()], vec![], vec![]];
        for k in 0..self.directions.len() {
            let first = jet.first(&mut tape, k);
            blocks[1].push(tape.value(first).clone());
            if order == 2 {
                let second = jet.second(&mut tape, k);
                blocks[2].push(tape.value(second).clone());
            }
        }
        blocks
    }

    fn value(&self, x: &Tensor<f64>) -> Tensor<f64> {
        let mut tape = Tape::new();
        let bound = self.parameters.bind(&mut tape, false);
        let x = tape.constant(x);
        let y = self.network.forward(&mut Pass::new(&mut tape, &bound), x);
        tape.value(y).clone()
    }
}

fn scene() -> impl Strategy<Value = Scene> {
    let sizes = (
        1_usize..6,
        prop::collection::vec(1_usize..7, 0..4),
        1_usize..5,
    );
    (
        prop::sample::select(&SMOOTH),
        sizes,
        (0_usize..4, 0_usize..4),
        strategies::moderate_entries(),
        any::<u64>(),
    )
        .prop_map(
            |(activation, (inputs, hidden, outputs), counts, entries, seed)| {
                let sizes = [vec![inputs], hidden, vec![outputs]].concat();
                Scene::new((activation, &sizes), counts, entries, seed)
            },
        )
}

/// The derivative of `f` along v at x, by central differences extrapolated to fourth order.
fn difference(
    x: &Tensor<f64>,
    v: &Tensor<f64>,
    f: impl Fn(&Tensor<f64>) -> Tensor<f64>,
) -> Vec<f64> {
    let moved = |h: f64| {
        f(&Tensor::from_fn(x.rows(), x.cols(), |i, j| {
            x.row(i)[j] + h * v.row(i)[j]
        }))
    };
    let central = |h: f64| -> Vec<f64> {
        let (ahead, behind) = (moved(h), moved(-h));
        let pairs = ahead.as_slice().iter().zip(behind.as_slice());
        pairs.map(|(a, b)| (a - b) / (2.0 * h)).collect()
    };
    let (fine, coarse) = (central(STEP / 2.0), central(STEP));
    let pairs = fine.iter().zip(&coarse);
    pairs.map(|(f, c)| (4.0 * f - c) / 3.0).collect()
}

proptest! {
    #![proptest_config(strategies::cases(128))]

    #[test]
    fn jets_agree_with_the_closed_form(scene in scene(), order in 1_usize..3) {
        let reference = scene.closed_form();
        let points: Vec<_> = (0..scene.x.rows())
            .map(|i| reference.derivatives(scene.x.row(i)))
            .collect();
        let [value, first, second] = scene.jet(&scene.x, order);
        let want: Vec<f64> = points.iter().flat_map(|p| p.value.clone()).collect();
        assert_close(value[0].as_slice(), &want, ROUNDINGS, size(&want, 1.0));
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        for (k, v) in scene.directions.iter().enumerate() {
            let rows = || points.iter().enumerate().map(|(i, p)| (p, v.row(i)));
            let want: Vec<f64> = rows()
                .flat_map(|(p, v)| p.jacobian.iter().map(move |row| dot(row, v)))
                .collect();
            assert_close(first[k].as_slice(), &want, ROUNDINGS, size(&want, 1.0));
            if order == 2 {
                let form = |h: &Vec<Vec<f64>>, v: &[f64]| -> f64 {
                    h.iter().zip(v).map(|(row, &vi)| vi * dot(row, v)).sum()
                };
                let want: Vec<f64> = rows()
                    .flat_map(|(p, v)| p.hessian.iter().map(move |h| form(h, v)))
                    .collect();
                assert_close(second[k].as_slice(), &want, ROUNDINGS, size(&want, 1.0));
            }
        }
    }

    #[test]
    fn each_order_is_the_difference_of_the_one_below(scene in scene()) {
        let [value, first, second] = scene.jet(&scene.x, 2);
        let plain = scene.value(&scene.x);
        assert_close(value[0].as_slice(), plain.as_slice(), ROUNDINGS, size(plain.as_slice(), 1.0));
        for (k, v) in scene.directions.iter().enumerate() {
            let want = difference(&scene.x, v, |x| scene.value(x));
            assert_close(first[k].as_slice(), &want, DIFFERENCES, size(&want, 1.0));
            let want = difference(&scene.x, v, |x| scene.jet(x, 1)[1].swap_remove(k));
            assert_close(second[k].as_slice(), &want, DIFFERENCES, size(&want, 1.0));
        }
    }
}

/// A loss of everything in a jet: sizes of first and second derivatives, differences between
/// directions, products of value and derivatives.
fn loss_of_blocks(tape: &mut Tape<f64>, value: Var, first: &[Var], second: &[Var]) -> Var {
    let mut terms = vec![tape.mean_square(value)];
    for block in first.iter().chain(second) {
        terms.push(tape.mean_square(*block));
        let inner = tape.row_dot(value, *block);
        terms.push(tape.mean_square(inner));
    }
    for pair in first.windows(2).chain(second.windows(2)) {
        terms.push(tape.mean_square_difference(pair[0], pair[1]));
    }
    for (one, two) in first.iter().zip(second) {
        // <F_vv, F_v>: what an isometry keeps constant along v
        let inner = tape.row_dot(*one, *two);
        terms.push(tape.mean_square(inner));
    }
    let terms: Vec<(Var, f64)> = terms
        .into_iter()
        .zip((1..).map(|k| 1.0 / f64::from(k)))
        .collect();
    tape.combination(&terms)
}

/// The loss of a jet, as a function of the points and the weights.
fn loss_by_jet(scene: &Scene, tape: &mut Tape<f64>, vars: &[Var], order: usize) -> Var {
    let bound = Bound::from_vars(vars[1..].to_vec());
    let jet = Jet::seed(tape, vars[0], &scene.directions, order);
    let jet = scene.network.forward_jet(&mut Pass::new(tape, &bound), jet);
    let directions = 0..scene.directions.len();
    let value = jet.value(tape);
    let first: Vec<Var> = directions.clone().map(|k| jet.first(tape, k)).collect();
    let second: Vec<Var> = directions
        .filter(|_| order == 2)
        .map(|k| jet.second(tape, k))
        .collect();
    loss_of_blocks(tape, value, &first, &second)
}

/// σ'(u) and σ''(u) from products on the tape.
fn slope_and_curve(tape: &mut Tape<f64>, activation: Activation, u: Var) -> (Var, Var) {
    let (rows, cols) = tape.shape(u);
    let one = tape.constant(&Tensor::from_fn(rows, cols, |_, _| 1.0));
    let half = tape.scale(u, 0.5);
    let t = tape.pointwise(half, Activation::Tanh);
    let s = tape.combination(&[(one, 0.5), (t, 0.5)]); // sigmoid(u) = (1 + tanh(u/2))/2
    let s_squared = tape.mul(s, s);
    let q = tape.sub(s, s_squared);
    let r = tape.combination(&[(one, 1.0), (s, -2.0)]);
    match activation {
        Activation::Tanh => {
            let t = tape.pointwise(u, Activation::Tanh);
            let t_squared = tape.mul(t, t);
            let slope = tape.sub(one, t_squared);
            let product = tape.mul(t, slope);
            (slope, tape.scale(product, -2.0))
        }
        Activation::Softplus => (s, q),
        Activation::Silu => {
            let uq = tape.mul(u, q);
            let uqr = tape.mul(uq, r);
            (tape.add(s, uq), tape.combination(&[(q, 2.0), (uqr, 1.0)]))
        }
        Activation::Relu | Activation::Gelu => unreachable!("not made of products"),
    }
}

/// The same loss without jets: value and each derivative carried through the layers by products.
fn loss_unrolled(scene: &Scene, tape: &mut Tape<f64>, vars: &[Var]) -> Var {
    let layers = (vars.len() - 1) / 2;
    let (rows, cols) = scene.x.shape();
    let mut value = vars[0];
    let mut first: Vec<Var> = scene.directions.iter().map(|v| tape.constant(v)).collect();
    let mut second: Vec<Var> = (first.iter())
        .map(|_| tape.constant(&Tensor::zeros(rows, cols)))
        .collect();
    for k in 0..layers {
        let (w, b) = (vars[1 + 2 * k], vars[2 + 2 * k]);
        value = tape.linear(value, w, Some(b));
        for block in first.iter_mut().chain(&mut second) {
            *block = tape.matmul(*block, w);
        }
        if k + 1 == layers {
            break;
        }
        let (slope, curve) = slope_and_curve(tape, scene.activation, value);
        value = tape.pointwise(value, scene.activation);
        for (u1, u2) in first.iter_mut().zip(&mut second) {
            let squared = tape.mul(*u1, *u1);
            let (quadratic, along) = (tape.mul(curve, squared), tape.mul(slope, *u2));
            *u2 = tape.add(quadratic, along);
            *u1 = tape.mul(slope, *u1);
        }
    }
    loss_of_blocks(tape, value, &first, &second)
}

proptest! {
    #![proptest_config(strategies::cases(48))]

    #[test]
    fn losses_of_jets_have_the_right_gradient(scene in scene(), order in 1_usize..3) {
        let inputs = [vec![scene.x.clone()], scene.weights()].concat();
        let check = disagreement(&inputs, STEP, |tape, vars| loss_by_jet(&scene, tape, vars, order));
        assert_gradient("a loss of a jet", check);
    }

    #[test]
    fn gradients_agree_with_an_unrolled_chain_rule(scene in scene()) {
        prop_assume!(scene.activation != Activation::Gelu);
        let inputs = [vec![scene.x.clone()], scene.weights()].concat();
        let gradients = |f: &dyn Fn(&mut Tape<f64>, &[Var]) -> Var| -> Vec<f64> {
            let mut tape = Tape::new();
            let vars: Vec<Var> = inputs.iter().map(|x| tape.variable(x)).collect();
            let loss = f(&mut tape, &vars);
            tape.backward(loss);
            let zeros = |x: Var| vec![0.0; tape.value(x).as_slice().len()];
            let gradient = |&x: &Var| tape.gradient(x).map_or_else(|| zeros(x), |g| g.as_slice().to_vec());
            let all = vars.iter().flat_map(gradient);
            all.chain([tape.value(loss).to_scalar()]).collect()
        };
        let got = gradients(&|tape, vars| loss_by_jet(&scene, tape, vars, 2));
        let want = gradients(&|tape, vars| loss_unrolled(&scene, tape, vars));
        // squares and fourth powers of derivatives, differentiated once more
        assert_close(&got, &want, 16.0 * ROUNDINGS, size(&want, 1.0));
    }
}

#[test]
#[should_panic(expected = "a second derivative of a jet of order 1")]
fn order_1_has_no_second_derivative() {
    let mut tape = Tape::<f64>::new();
    let x = tape.constant(&Tensor::scalar(1.0));
    let jet = Jet::seed(&mut tape, x, &[Tensor::scalar(1.0)], 1);
    jet.second(&mut tape, 0);
}

#[test]
#[should_panic(expected = "jet: direction 1 of 1")]
fn a_direction_beyond_the_last_is_named() {
    let mut tape = Tape::<f64>::new();
    let x = tape.constant(&Tensor::scalar(1.0));
    let jet = Jet::seed(&mut tape, x, &[Tensor::scalar(1.0)], 1);
    jet.first(&mut tape, 1);
}

proptest! {
    #![proptest_config(strategies::cases(48))]

    /// Mixed second derivatives, of a jet that gets its directions in the middle of a composite.
    #[test]
    fn mixed_derivatives_agree_with_the_closed_form(scene in scene()) {
        let reference = scene.closed_form();
        let count = scene.directions.len();
        let mut tape = Tape::new();
        let bound = scene.parameters.bind(&mut tape, false);
        let x = tape.constant(&scene.x);
        let more = scene.directions.iter().flat_map(|v| v.as_slice().to_vec()).collect();
        let (rows, cols) = scene.x.shape();
        let more = tape.constant(&Tensor::from_vec(count * rows, cols, more));
        let along = tape.constant(&scene.x);
        let jet = Jet::along(&mut tape, x, &[along], &[(0, 0)]);
        let jet = jet.extended(&mut tape, (more, count), &symmetric_pairs(count));
        let jet = scene.network.forward_jet(&mut Pass::new(&mut tape, &bound), jet);
        for (a, b) in symmetric_pairs(count) {
            let got = jet.mixed(&mut tape, 1 + b, 1 + a);
            let want: Vec<f64> = (0..rows)
                .flat_map(|i| {
                    let (v, w) = (scene.directions[a].row(i), scene.directions[b].row(i));
                    let form = move |h: Vec<Vec<f64>>| -> f64 {
                        let dot = |row: &Vec<f64>| row.iter().zip(w).map(|(h, w)| h * w).sum::<f64>();
                        h.iter().zip(v).map(|(row, v)| v * dot(row)).sum()
                    };
                    reference.derivatives(scene.x.row(i)).hessian.into_iter().map(form)
                })
                .collect();
            assert_close(tape.value(got).as_slice(), &want, ROUNDINGS, size(&want, 1.0));
        }
    }
}

#[test]
#[should_panic(expected = "no second derivative along 0 and 1")]
fn a_pair_that_is_not_carried_is_named() {
    let mut tape = Tape::<f64>::new();
    let x = tape.constant(&Tensor::scalar(1.0));
    let v = Tensor::scalar(1.0);
    let jet = Jet::seed(&mut tape, x, &[v.clone(), v], 2);
    jet.mixed(&mut tape, 0, 1);
}
