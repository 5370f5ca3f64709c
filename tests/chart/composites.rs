//! Composites of perceptrons are perceptrons, and equal the composites of `geometry`.

use geogate::geometry::{C2Map, C3Map, Composite, Jet2, Jet3, Map};
use geogate::nn::activation::Activation;

use super::networks::{Network, points};
use crate::closeness::{assert_close, size};

/// Roundings in the chain rule of third order through three networks.
const ROUNDINGS: f64 = 4096.0;

#[test]
fn composites_agree_with_the_chain_rule() {
    for (k, [a, b, c, e]) in [[3, 2, 4, 2], [2, 5, 5, 3], [1, 3, 1, 1], [4, 1, 2, 6]]
        .into_iter()
        .enumerate()
    {
        let seed = 100 + 10 * k as u64;
        let inner = Network::new(&[a, 7, b], Activation::Silu, seed).perceptron;
        let middle = Network::new(&[b, 6, 5, c], Activation::Tanh, seed + 1).perceptron;
        let outer = Network::new(&[c, 8, e], Activation::Softplus, seed + 2).perceptron;
        let got = inner.then(&middle).then(&outer);
        assert_eq!(got.layers().len(), 7);
        let lower = Composite::new(&middle, &inner);
        let want = Composite::new(&outer, &lower);
        let x = points(1, a, seed + 3);
        let (mut jet, mut reference) = (Jet3::new(), Jet3::new());
        got.jet3(&x, &mut jet);
        want.jet3(&x, &mut reference);
        let agree = |got: &[f64], want: &[f64]| assert_close(got, want, ROUNDINGS, size(want, 1.0));
        agree(jet.second.first.value(), reference.second.first.value());
        agree(jet.second.first.jac(), reference.second.first.jac());
        agree(jet.second.hess(), reference.second.hess());
        agree(jet.thirds(), reference.thirds());
        let (v, mut two, mut along) = (points(1, a, seed + 4), Jet2::new(), vec![f64::NAN; e]);
        got.second_along(&x, &v, &mut two, &mut along);
        let mut expected = vec![f64::NAN; e];
        reference.second.second_along(&v, &v, &mut expected);
        agree(&along, &expected);
    }
}

#[test]
fn a_composite_keeps_the_bottleneck() {
    let wide = Network::new(&[6, 30, 2], Activation::Tanh, 200).perceptron;
    let back = Network::new(&[2, 30, 6], Activation::Tanh, 201).perceptron;
    let widths: Vec<usize> = (wide.then(&back).layers().iter())
        .map(|layer| layer.outputs())
        .collect();
    assert_eq!(widths, [30, 2, 30, 6]);
    let values = wide.then(&back).evaluate(&points(3, 6, 202));
    assert_eq!(values, back.evaluate(&wide.evaluate(&points(3, 6, 202))));
}

#[test]
#[should_panic(expected = "then: 3 outputs into 2 inputs")]
fn networks_that_do_not_fit_are_named() {
    let a = Network::new(&[2, 3], Activation::Tanh, 0).perceptron;
    let _ = a.then(&a);
}

#[test]
fn a_single_precision_copy_is_the_nearest() {
    let map = Network::new(&[2, 5, 3], Activation::Gelu, 210).perceptron;
    let single = map.cast::<f32>();
    let back = single.cast::<f64>();
    for (layer, nearest) in map.layers().iter().zip(back.layers()) {
        for (w, near) in (layer.weight().as_slice().iter()).zip(nearest.weight().as_slice()) {
            assert_eq!(f64::from(*w as f32), *near);
        }
    }
    assert_eq!(back.cast::<f32>(), single);
    assert_eq!(map.target_dim(), 3);
}
