//! How unlike a molecule is to those trained on.

use rayon::prelude::*;

#[cfg(feature = "molecule")]
use super::super::ridge::RADIUS;
use crate::data::Inputs;
#[cfg(feature = "molecule")]
use crate::molecule::{MolecularGraph, Substructures};

/// Counted circular substructures of every molecule of a table, within [`RADIUS`] bonds.
///
/// The similarity of molecules with counts a and b is Tanimoto's for counts (also MinMax; Swamidass et al. 2005,
/// Bioinformatics 21, i359, equation 5), and the novelty of a molecule is its distance from the nearest trained on:
///
/// ```text
/// s(a, b) = Σ_k min(a_k, b_k) / Σ_k max(a_k, b_k)        novelty = 1 − max over the trained of s
/// ```
#[derive(Clone, Debug)]
pub struct Novelty {
    /// `(substructure, count)` of each molecule, ascending.
    counts: Vec<Vec<(u32, u32)>>,
    /// Substructures there are.
    kinds: usize,
}

impl Novelty {
    /// The molecules of a table; none where there are no molecules.
    #[cfg(feature = "molecule")]
    pub fn of(inputs: &Inputs) -> Option<Self> {
        inputs.graphs().map(Self::of_molecules)
    }

    /// None: there are no molecules.
    #[cfg(not(feature = "molecule"))]
    pub fn of(_: &Inputs) -> Option<Self> {
        None
    }

    #[cfg(feature = "molecule")]
    fn of_molecules(graphs: &[MolecularGraph]) -> Self {
        let known = Substructures::of(graphs, RADIUS);
        Self {
            counts: graphs.par_iter().map(|graph| known.counts(graph)).collect(),
            kinds: known.len(),
        }
    }

    /// The novelty of each of `rows` beside those `trained` on, in [0, 1]; 1 where nothing is trained on.
    ///
    /// # Panics
    /// If the table has no such row.
    pub fn at(&self, rows: &[usize], trained: &[usize]) -> Vec<f64> {
        // for each substructure who of the trained has it, and how often
        let mut holders: Vec<Vec<(usize, u32)>> = vec![Vec::new(); self.kinds];
        for (k, &row) in trained.iter().enumerate() {
            for &(kind, count) in &self.counts[row] {
                holders[kind as usize].push((k, count));
            }
        }
        let sizes: Vec<u32> = trained.iter().map(|&row| size(&self.counts[row])).collect();
        let novelty = |&row: &usize| {
            let own = &self.counts[row];
            let mut common = vec![0; trained.len()]; // Σ min
            for &(kind, count) in own {
                for &(k, other) in &holders[kind as usize] {
                    common[k] += count.min(other);
                }
            }
            // Σ max = Σ a + Σ b − Σ min
            let all = sizes
                .iter()
                .zip(&common)
                .map(|(other, both)| size(own) + other - both);
            let similar = common
                .iter()
                .zip(all)
                .map(|(&both, all)| f64::from(both) / f64::from(all));
            1.0 - similar.fold(0.0, f64::max)
        };
        rows.par_iter().map(novelty).collect()
    }
}

/// Substructures of a molecule, each as often as it is there.
fn size(counts: &[(u32, u32)]) -> u32 {
    counts.iter().map(|&(_, count)| count).sum()
}

#[cfg(all(test, feature = "molecule"))]
mod tests {
    use super::*;

    #[test]
    fn similarities_by_hand() {
        let graphs = ["CC", "CCC", "CCO", "CC"].map(|s| MolecularGraph::parse(s).unwrap());
        let novelty = Novelty::of_molecules(&graphs);
        // ethane: 2 CH3, 2 ends of the whole at radius 1. propane: 2 CH3, 1 CH2, 2 CH3 of CH2, 1 CH2 of two CH3,
        // 2 ends of the whole. In common: the 2 CH3; 2 / (4 + 8 − 2)
        assert_eq!(size(&novelty.counts[0]), 4);
        assert_eq!(size(&novelty.counts[1]), 8);
        let found = novelty.at(&[0, 1], &[1]);
        assert!(
            (found[0] - 0.8).abs() < 1e-15 && found[1] == 0.0,
            "{found:?}"
        );
        // the nearest counts, and the order of the trained does not
        assert_eq!(novelty.at(&[0], &[1, 3, 2]), [0.0]);
        assert_eq!(novelty.at(&[0], &[2, 1]), novelty.at(&[0], &[1, 2]));
        assert_eq!(novelty.at(&[2], &[]), [1.0]);
    }
}
