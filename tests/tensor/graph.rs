//! The kernels of message passing: shapes are checked, maps are adjoint to each other.

use geogate::tensor::graph::{self, BondGraph};
use geogate::tensor::{Tensor, Write};
use proptest::prelude::*;

use crate::closeness::assert_close;
use crate::strategies;

fn inner(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    let pairs = a.as_slice().iter().zip(b.as_slice());
    pairs.map(|(a, b)| a * b).sum()
}

proptest! {
    #![proptest_config(strategies::cases(96))]

    /// `⟨M h, g⟩ = ⟨h, Mᵀ g⟩`, written over whatever was there or added to it.
    #[test]
    fn maps_and_their_adjoints(
        molecules in strategies::molecules(), entries in strategies::moderate_entries(),
        cols in strategies::length(),
    ) {
        let graph = strategies::union(&molecules);
        let (bonds, atoms, count) = (graph.bonds(), graph.atoms(), graph.molecules());
        prop_assert_eq!(count, molecules.len());
        let draw = |rows, salt| entries.matrix(rows, cols, salt);
        // entries up to 2, products up to 4, sums over all bonds of sums over seven neighbours
        let scale = 64.0 * (1 + (bonds + atoms) * cols) as f64;
        let same = |a: f64, b: f64| assert_close(&[a], &[b], 4.0, scale);

        let (h, g) = (draw(bonds, 0), draw(bonds, 1));
        let messages = |x: &Tensor<f64>, transposed| {
            let mut out = Tensor::from_fn(bonds, cols, |_, _| f64::NAN);
            let mut sums = Tensor::from_fn(atoms, cols, |_, _| f64::NAN);
            graph::bond_messages(&mut out, Write::Replace, x, &graph, &mut sums, transposed);
            let mut twice = out.clone();
            graph::bond_messages(&mut twice, Write::Add, x, &graph, &mut sums, transposed);
            let doubled: Vec<f64> = out.as_slice().iter().map(|x| 2.0 * x).collect();
            assert_eq!(twice.as_slice(), doubled);
            out
        };
        same(inner(&messages(&h, false), &g), inner(&h, &messages(&g, true)));

        let (x, y) = (draw(atoms, 2), draw(count, 3));
        let weight = |i: usize| 1.0 / (i + 1) as f64;
        let mut sums = Tensor::from_fn(count, cols, |_, _| f64::NAN);
        graph::segment_sum(&mut sums, &x, graph.molecule_offsets(), weight);
        let mut spread = Tensor::from_fn(atoms, cols, |_, _| f64::NAN);
        graph::segment_spread(&mut spread, Write::Replace, &y, graph.molecule_offsets(), weight);
        same(inner(&sums, &y), inner(&x, &spread));

        let mut gathered = Tensor::from_fn(bonds, cols, |_, _| f64::NAN);
        graph::gather(&mut gathered, Write::Replace, &x, graph.source());
        let mut scattered = Tensor::zeros(atoms, cols);
        graph::scatter_add(&mut scattered, &g, graph.source());
        same(inner(&gathered, &g), inner(&x, &scattered));
    }
}

#[test]
fn the_default_graph_has_no_molecules() {
    let graph = BondGraph::default();
    assert_eq!((graph.molecules(), graph.atoms(), graph.bonds()), (0, 0, 0));
    let mut out = Tensor::<f64>::zeros(0, 3);
    let empty = Tensor::zeros(0, 3);
    graph::segment_sum(&mut out, &empty, graph.molecule_offsets(), |_| 1.0);
}

#[test]
#[should_panic(expected = "segment_sum: rows of the input")]
fn atoms_beyond_the_last_molecule_are_refused() {
    let x = Tensor::<f64>::zeros(4, 1);
    graph::segment_sum(&mut Tensor::zeros(1, 1), &x, &[0, 3], |_| 1.0);
}

#[test]
#[should_panic(expected = "segment_spread: rows of the output")]
fn rows_that_no_molecule_reaches_are_refused() {
    let y = Tensor::<f64>::zeros(1, 1);
    let mut out = Tensor::zeros(4, 1);
    graph::segment_spread(&mut out, Write::Replace, &y, &[0, 3], |_| 1.0);
}

#[test]
#[should_panic(expected = "offsets do not rise from zero")]
fn offsets_rise() {
    BondGraph::new(vec![], vec![], vec![0, 3, 2]);
}

#[test]
#[should_panic(expected = "not reverse to each other")]
fn bonds_stay_inside_the_batch() {
    BondGraph::new(vec![0, 3], vec![3, 0], vec![0, 3]);
}
