//! The kernels of message passing: shapes are checked, maps are adjoint to each other.

use geogate::tensor::graph::{
    self, BondGraph, RowLists, gather, scatter_add, spread_lists, sum_lists,
};
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

        // the bonds that meet each atom, those that end there twice
        let mut lists = RowLists::default();
        for atom in 0..atoms as u32 {
            let meeting = |ends: &[u32]| {
                let of = ends.iter().zip(0..).filter(move |&(&end, _)| end == atom);
                of.map(|(_, bond)| bond).collect::<Vec<u32>>()
            };
            let into = meeting(graph.destination());
            lists.push([into.clone(), meeting(graph.source()), into].concat());
        }
        let (h, g, y) = (draw(bonds, 0), draw(bonds, 1), draw(atoms, 2));
        let scales: Vec<f64> = (0..atoms).map(|i| 1.0 / (i + 1) as f64).collect();
        let mut sums = Tensor::from_fn(atoms, cols, |_, _| f64::NAN);
        graph::sum_lists(&mut sums, &h, &lists, &scales);
        let mut spread = Tensor::zeros(bonds, cols);
        graph::spread_lists(&mut spread, &y, &lists, &scales);
        same(inner(&sums, &y), inner(&h, &spread));

        let x = draw(atoms, 3);
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
    let lists = RowLists::default();
    assert!(lists.is_empty());
    let mut out = Tensor::<f64>::zeros(0, 3);
    graph::sum_lists(&mut out, &Tensor::zeros(0, 3), &lists, &[]);
}

/// One list, of the only row.
fn one() -> RowLists {
    let mut lists = RowLists::default();
    lists.push([0]);
    lists
}

#[test]
#[should_panic(expected = "sum_lists: shape of the output")]
fn a_row_for_each_list_is_asked_for() {
    let x = Tensor::<f64>::zeros(1, 1);
    graph::sum_lists(&mut Tensor::zeros(2, 1), &x, &one(), &[1.0]);
}

#[test]
#[should_panic(expected = "spread_lists: scales")]
fn a_scale_for_each_list_is_asked_for() {
    let g = Tensor::<f64>::zeros(1, 1);
    graph::spread_lists(&mut Tensor::zeros(1, 1), &g, &one(), &[]);
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

fn column(values: &[f64]) -> Tensor<f64> {
    Tensor::from_vec(values.len(), 1, values.to_vec())
}

#[test]
fn lists_are_summed_and_spread() {
    let mut lists = RowLists::default();
    for list in [&[0, 2, 0][..], &[], &[1]] {
        lists.push(list.iter().copied());
    }
    assert_eq!(
        lists.iter().map(<[u32]>::len).collect::<Vec<_>>(),
        [3, 0, 1]
    );
    let (x, scales) = (column(&[1.0, 2.0, 4.0]), [0.5, 3.0, 1.0]);
    let mut out = column(&[f64::NAN; 3]);
    sum_lists(&mut out, &x, &lists, &scales);
    assert_eq!(out.as_slice(), [3.0, 0.0, 2.0]);
    let mut back = column(&[1.0; 3]);
    spread_lists(&mut back, &out, &lists, &scales);
    assert_eq!(back.as_slice(), [4.0, 3.0, 2.5]);
}

#[test]
fn gather_and_scatter_are_adjoint() {
    let x = column(&[1.0, 2.0, 4.0]);
    let index = [2, 0, 2, 1];
    let mut y = Tensor::zeros(4, 1);
    gather(&mut y, Write::Replace, &x, &index);
    assert_eq!(y.as_slice(), [4.0, 1.0, 4.0, 2.0]);
    let g = column(&[1.0, 10.0, 100.0, 1000.0]);
    let mut back = Tensor::zeros(3, 1);
    scatter_add(&mut back, &g, &index);
    let dot = |a: &Tensor<f64>, b: &Tensor<f64>| -> f64 {
        a.as_slice()
            .iter()
            .zip(b.as_slice())
            .map(|(x, y)| x * y)
            .sum()
    };
    assert_eq!(dot(&y, &g), dot(&x, &back));
}

#[test]
#[should_panic(expected = "not reverse to each other")]
fn bonds_must_come_in_pairs() {
    BondGraph::new(vec![0, 1], vec![1, 2], vec![0, 3]);
}
