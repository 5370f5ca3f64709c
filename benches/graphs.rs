//! Made-up molecules: a ring of six atoms with a chain, features as unequally spread as those of real ones.

use geogate::nn::{GraphBatch, Kinds};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;
use geogate::tensor::graph::BondGraph;

/// Atoms of a molecule: as many as handbook tables have in the mean.
const ATOMS: usize = 10;
/// Features of an atom and of a bond.
pub(crate) const FEATURES: (usize, usize) = (72, 14);
/// Distinct rows of features among the atoms and the bonds of a batch.
pub(crate) const KINDS: (usize, usize) = (30, 6);
/// Kind k is drawn in proportion to `(k + 1)^-SKEW`. At depth 3 a shard of 32 then multiplies a third of the rows that it
/// would bond by bond and atom by atom; shards of boiling points 0.39 of them.
const SKEW: i32 = 3;

/// Normal numbers.
pub(crate) fn matrix(rows: usize, cols: usize, salt: u64) -> Tensor<f32> {
    let mut stream = Stream::new(0, Purpose::Test, salt);
    let entries = (0..rows * cols).map(|_| stream.normal() as f32);
    Tensor::from_vec(rows, cols, entries.collect())
}

/// A batch of `count` molecules.
pub(crate) fn molecules(count: usize, salt: u64) -> GraphBatch<f32> {
    let (mut source, mut destination) = (Vec::new(), Vec::new());
    for first in (0..count).map(|i| (i * ATOMS) as u32) {
        let chain = (1..ATOMS as u32).map(|v| (v - 1, v));
        for (a, b) in chain.chain([(0, 5)]) {
            source.extend([first + a, first + b]);
            destination.extend([first + b, first + a]);
        }
    }
    let offsets = (0..=count).map(|i| (i * ATOMS) as u32).collect();
    let graph = BondGraph::new(source, destination, offsets);
    let mut stream = Stream::new(1, Purpose::Test, salt);
    let atoms: Vec<u32> = (0..graph.atoms())
        .map(|_| kind(&mut stream, KINDS.0))
        .collect();
    // a bond and its reverse have the same features
    let bonds: Vec<u32> = (0..graph.bonds() / 2)
        .flat_map(|_| [kind(&mut stream, KINDS.1); 2])
        .collect();
    let atoms = Kinds::new(matrix(KINDS.0, FEATURES.0, salt), atoms);
    let bonds = Kinds::new(matrix(KINDS.1, FEATURES.1, salt + 1), bonds);
    GraphBatch::new(graph, atoms, bonds)
}

/// One of `count` kinds.
fn kind(stream: &mut Stream, count: usize) -> u32 {
    let share = |k: usize| f64::from(k as u32 + 1).powi(-SKEW);
    let total: f64 = (0..count).map(share).sum();
    let mut left = stream.uniform() * total;
    let found = (0..count).find(|&k| {
        left -= share(k);
        left < 0.0
    });
    found.unwrap_or(count - 1) as u32
}
