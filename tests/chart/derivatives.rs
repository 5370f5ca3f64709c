//! Every derivative of a perceptron by independent routes: jets at a point, the tape, and Taylor
//! numbers on the same weights.

use geogate::autograd::{Tape, jet::Jet};
use geogate::chart::{Dense, Perceptron};
use geogate::geometry::{C1Map, C2Map, C3Map, Jet1, Jet2, Jet3, Map};
use geogate::nn::Pass;
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;

use super::networks::{Network, Plain, Written, gallery, points};
use crate::closeness::{assert_close, size};

/// Roundings in third derivatives of four layers of up to 16 units: 5e-13 of the largest entry.
const ROUNDINGS: f64 = 2048.0;

/// Fails unless the entries agree within roundings of the largest.
#[track_caller]
fn assert_agree(got: &[f64], want: &[f64]) {
    assert_close(got, want, ROUNDINGS, size(want, 1.0));
}

fn jet2(map: &dyn C2Map, x: &[f64]) -> Jet2 {
    let mut jet = Jet2::new();
    map.jet2(x, &mut jet);
    jet
}

#[track_caller]
fn assert_jets_agree(got: &Jet1, want: &Jet1) {
    assert_agree(got.value(), want.value());
    assert_agree(got.jac(), want.jac());
}

#[test]
fn jets_agree_with_taylor_numbers() {
    for network in gallery() {
        let map = &network.perceptron;
        let written = Written(map);
        for x in points(2, map.inputs(), 3).chunks(map.inputs()) {
            let (mut first, mut got, mut want) = (Jet1::new(), Jet3::new(), Jet3::new());
            let mut value = vec![f64::NAN; map.outputs()];
            map.value(x, &mut value);
            map.jet1(x, &mut first);
            map.jet3(x, &mut got);
            written.jet3(x, &mut want);
            assert_agree(&value, want.second.first.value());
            assert_jets_agree(&first, &want.second.first);
            assert_jets_agree(&got.second.first, &want.second.first);
            assert_agree(got.second.hess(), want.second.hess());
            assert_agree(jet2(map, x).hess(), want.second.hess());
            assert_agree(got.thirds(), want.thirds());
        }
    }
}

#[test]
fn second_derivatives_along_a_vector_agree_with_taylor_numbers_and_the_full_jet() {
    for network in gallery() {
        let map = &network.perceptron;
        let (d, n) = (map.inputs(), map.outputs());
        let (x, v) = (points(1, d, 4), points(1, d, 5));
        let along = |map: &dyn C2Map| {
            let (mut jet, mut out) = (Jet2::new(), vec![f64::NAN; n]);
            map.second_along(&x, &v, &mut jet, &mut out);
            (jet.first, out)
        };
        let (first, got) = along(map);
        for other in [&Plain(map) as &dyn C2Map, &Written(map)] {
            let (want_first, want) = along(other);
            assert_agree(&got, &want);
            assert_jets_agree(&first, &want_first);
        }
    }
}

#[test]
fn directional_derivatives_agree_with_the_tape() {
    for network in gallery() {
        let map = &network.perceptron;
        let (d, n) = (map.inputs(), map.outputs());
        let x = points(1, d, 7);
        let directions: Vec<Tensor<f64>> = (0..3)
            .map(|k| Tensor::from_vec(1, d, points(1, d, 8 + k)))
            .collect();
        let mut tape = Tape::new();
        let weights = network.parameters.bind(&mut tape, false);
        let at = tape.constant(&Tensor::from_vec(1, d, x.clone()));
        let jet = Jet::seed(&mut tape, at, &directions, 2);
        let jet = (network.mlp).forward_jet(&mut Pass::new(&mut tape, &weights), jet);
        let value = jet.value(&mut tape);
        for (k, v) in directions.iter().enumerate() {
            let (first, second) = (jet.first(&mut tape, k), jet.second(&mut tape, k));
            let (mut jet, mut along) = (Jet2::new(), vec![f64::NAN; n]);
            map.second_along(&x, v.as_slice(), &mut jet, &mut along);
            assert_agree(jet.first.value(), tape.value(value).as_slice());
            assert_agree(&along, tape.value(second).as_slice());
            jet.first.push_forward(v.as_slice(), &mut along);
            assert_agree(&along, tape.value(first).as_slice());
        }
    }
}

#[test]
fn batches_agree_with_single_points() {
    for (activation, d) in [
        (Activation::Tanh, 1),
        (Activation::Silu, 3),
        (Activation::Gelu, 8),
    ] {
        let map = Network::new(&[d, 40, 30, d + 2], activation, 20).perceptron;
        let n = map.outputs();
        // more than a tile, and not a whole number of tiles
        let count = 150;
        let x = points(count, d, 21);
        let mut values = vec![f64::NAN; count * n];
        map.values(&x, &mut values);
        assert_eq!(values, map.evaluate(&x));
        for (p, x) in x.chunks(d).enumerate() {
            let want = jet2(&map, x);
            assert_agree(&values[p * n..(p + 1) * n], want.first.value());
        }
    }
}

#[test]
fn activations_may_stand_anywhere_or_nowhere() {
    let matrix = |rows: usize, cols, seed| Tensor::from_vec(rows, cols, points(rows, cols, seed));
    let [first, last] = [Activation::Tanh, Activation::Softplus].map(Some);
    for at in [
        [None, None, None],
        [first, None, last],
        [None, first, None],
        [None, None, last],
    ] {
        let shapes = [(2, 4), (4, 3), (3, 3)];
        let layers = shapes
            .iter()
            .zip(at)
            .zip(30..)
            .map(|(((i, o), sigma), seed)| {
                // layers without bias, too
                let bias = sigma.map(|_| points(1, *o, seed + 10));
                Dense::new(matrix(*i, *o, seed), bias, sigma).unwrap()
            });
        let map = Perceptron::new(layers.collect()).unwrap();
        let (x, v) = (points(1, 2, 40), [0.3, -0.8]);
        let (mut got, mut want) = (Jet3::new(), Jet3::new());
        map.jet3(&x, &mut got);
        Written(&map).jet3(&x, &mut want);
        assert_jets_agree(&got.second.first, &want.second.first);
        assert_agree(got.second.hess(), want.second.hess());
        assert_agree(got.thirds(), want.thirds());
        let (mut jet, mut along) = (Jet2::new(), vec![f64::NAN; 3]);
        let mut expected = vec![f64::NAN; 3];
        map.second_along(&x, &v, &mut jet, &mut along);
        want.second.second_along(&v, &v, &mut expected);
        assert_agree(&along, &expected);
    }
}

/// y = tanh(2x + 1): y' = 2(1 − y²), y'' = −4·2·y(1 − y²), y''' = 8(1 − y²)(6y² − 2).
#[test]
fn one_unit_has_the_closed_form() {
    let scalar = |w| Tensor::from_vec(1, 1, vec![w]);
    let layer = Dense::new(scalar(2.0), Some(vec![1.0]), Some(Activation::Tanh)).unwrap();
    let map = Perceptron::new(vec![layer]).unwrap();
    let mut jet = Jet3::new();
    map.jet3(&[-0.2], &mut jet);
    let y = 0.6_f64.tanh();
    let q = 1.0 - y * y;
    assert_close(jet.second.first.value(), &[y], 4.0, 1.0);
    assert_close(jet.second.first.jac(), &[2.0 * q], 4.0, 2.0);
    assert_close(jet.second.hess(), &[-8.0 * y * q], 4.0, 8.0);
    assert_close(jet.thirds(), &[8.0 * q * (6.0 * y * y - 2.0)], 4.0, 32.0);
}

/// Relu has the derivatives of its linear pieces.
#[test]
fn relu_is_linear_off_its_kinks() {
    let network = Network::new(&[3, 8, 8, 2], Activation::Relu, 50);
    let (map, x, v) = (&network.perceptron, points(1, 3, 51), points(1, 3, 52));
    let jet = jet2(map, &x);
    assert!(jet.hess().iter().all(|&h| h == 0.0));
    // no kink within a thousandth, so a difference is the derivative
    let moved: Vec<f64> = x.iter().zip(&v).map(|(x, v)| x + 1e-3 * v).collect();
    let mut along = vec![f64::NAN; 2];
    jet.first.push_forward(&v, &mut along);
    let (from, to) = (map.evaluate(&x), map.evaluate(&moved));
    let slope: Vec<f64> = to.iter().zip(&from).map(|(b, a)| (b - a) / 1e-3).collect();
    assert_close(&along, &slope, 1e4, 1.0);
}

#[test]
fn jets_of_one_map_are_the_same_from_every_thread() {
    let map = Network::new(&[3, 20, 20, 5], Activation::Silu, 60).perceptron;
    let small = Network::new(&[1, 2, 1], Activation::Tanh, 61).perceptron;
    let x = points(40, 3, 62);
    let all = || -> Vec<Jet2> {
        let jets = x.chunks(3).map(|x| {
            let jet = jet2(&map, x);
            // another network in the same buffers between
            jet2(&small, &x[..1]);
            jet
        });
        jets.collect()
    };
    let here = all();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(all)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), here);
        }
    });
}
