//! Nothing is allocated per point after a thread's first.

use super::networks::{Network, points};
use crate::counting::allocations_of;
use geogate::geometry::{C2Map, C3Map, Jet2, Jet3, LocalGeometry, Map, quantity};
use geogate::nn::activation::Activation;

#[test]
fn a_perceptron_allocates_nothing_per_point() {
    for (d, hidden, n) in [(1, 8, 2), (2, 16, 3), (4, 32, 9), (8, 100, 16)] {
        let network = Network::new(&[d, hidden, hidden, n], Activation::Silu, 600);
        let map = &network.perceptron;
        let chart = geogate::chart::LatentChart::new(map.clone()).unwrap();
        let (x, v) = (points(2, d, 601), points(1, d, 602));
        let (mut two, mut three, mut local) = (Jet2::new(), Jet3::new(), LocalGeometry::new());
        let mut along = vec![0.0; n];
        let mut everything = |x: &[f64]| {
            map.value(x, &mut along);
            map.jet2(x, &mut two);
            map.second_along(x, &v, &mut two, &mut along);
            map.jet3(x, &mut three);
            let quantities = (quantity::Christoffel, quantity::ScalarCurvature);
            local.at(&chart, x, quantities).unwrap();
        };
        everything(&x[..d]);
        assert_eq!(
            allocations_of(&mut || everything(&x[d..])),
            0,
            "{d} {hidden} {n}"
        );
    }
}
