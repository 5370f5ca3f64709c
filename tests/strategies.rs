//! Structured, nasty inputs of property tests.

use std::sync::Arc;

use geogate::random::{Purpose, Stream};
use geogate::tensor::graph::BondGraph;
use geogate::tensor::{Real, Tensor};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// A configuration of `cases` cases, unless PROPTEST_CASES says otherwise.
pub(crate) fn cases(cases: u32) -> Config {
    let wanted = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok());
    Config::with_cases(wanted.unwrap_or(cases))
}

/// What the entries of a matrix look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Texture {
    /// Uniform in ±2.
    Plain,
    /// A third of them zero, of either sign.
    Sparse,
    /// All but equal: 1 + 1e-9 times a normal number.
    NearlyEqual,
    /// Rows of sizes from 1e-4 to 1e4.
    Graded,
    /// All zero.
    Zero,
}

/// Entries uniform in ±2, the same in every run.
pub(crate) const PLAIN: Entries = Entries {
    texture: Texture::Plain,
    seed: 1,
};

/// A recipe for matrices: one seed gives matrices of any shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entries {
    texture: Texture,
    seed: u64,
}

impl Entries {
    /// The matrix number `salt` of this shape.
    pub(crate) fn matrix(self, rows: usize, cols: usize, salt: u64) -> Tensor<f64> {
        let mut stream = Stream::new(self.seed, Purpose::Test, 1000 + salt);
        let entries = (0..rows * cols).map(|k| self.entry(k / cols, &mut stream));
        Tensor::from_vec(rows, cols, entries.collect())
    }

    fn entry(self, row: usize, stream: &mut Stream) -> f64 {
        let x = 4.0 * stream.uniform() - 2.0;
        match self.texture {
            Texture::Plain => x,
            Texture::Sparse if stream.below(3) == 0 => 0.0_f64.copysign(x),
            Texture::Sparse => x,
            Texture::NearlyEqual => 1.0 + 1e-9 * x,
            Texture::Graded => x * 10.0_f64.powi((row * 7 % 9) as i32 - 4),
            Texture::Zero => 0.0,
        }
    }
}

/// Entries of moderate size, on which differences can be trusted.
pub(crate) fn moderate_entries() -> impl Strategy<Value = Entries> {
    entries_of(&[Texture::Plain, Texture::Sparse])
}

/// Entries of every texture.
pub(crate) fn entries() -> impl Strategy<Value = Entries> {
    entries_of(&[
        Texture::Plain,
        Texture::Sparse,
        Texture::NearlyEqual,
        Texture::Graded,
        Texture::Zero,
    ])
}

fn entries_of(textures: &'static [Texture]) -> impl Strategy<Value = Entries> {
    (proptest::sample::select(textures), 0_u64..1 << 32)
        .prop_map(|(texture, seed)| Entries { texture, seed })
}

/// A number of rows or columns: none, one, a few, and around the vector lengths of machines.
pub(crate) fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        1 => Just(0_usize),
        2 => Just(1_usize),
        4 => 2_usize..6,
        1 => 15_usize..19,
    ]
}

/// A molecule-like graph: a random tree over the atoms and up to two ring closures.
#[derive(Clone, Debug)]
pub(crate) struct Molecule {
    pub(crate) atoms: usize,
    /// Ends of the undirected bonds.
    pub(crate) bonds: Vec<(usize, usize)>,
}

/// Trees with rings of up to seven atoms, among them single atoms, and disconnected pieces.
pub(crate) fn molecule() -> impl Strategy<Value = Molecule> {
    let size = prop_oneof![2 => Just(1_usize), 1 => Just(2_usize), 4 => 3_usize..8];
    (size, 0_u64..1 << 32).prop_map(|(atoms, seed)| {
        let mut stream = Stream::new(seed, Purpose::Test, 0);
        let mut bonds: Vec<(usize, usize)> = Vec::new();
        for v in 1..atoms {
            // one atom in eight is bound to none before it: a salt
            if stream.below(8) != 0 {
                bonds.push((stream.below(v), v));
            }
        }
        for _ in 0..stream.below(3) {
            let (a, b) = (stream.below(atoms), stream.below(atoms));
            if a < b && !bonds.contains(&(a, b)) && !bonds.contains(&(b, a)) {
                bonds.push((b, a));
            }
        }
        Molecule { atoms, bonds }
    })
}

/// A few molecules.
pub(crate) fn molecules() -> impl Strategy<Value = Vec<Molecule>> {
    proptest::collection::vec(molecule(), 0..5)
}

/// The disjoint union of molecules.
pub(crate) fn union(molecules: &[Molecule]) -> Arc<BondGraph> {
    let (mut source, mut destination, mut offsets) = (vec![], vec![], vec![0]);
    let mut first = 0;
    for molecule in molecules {
        for &(a, b) in &molecule.bonds {
            source.extend([(first + a) as u32, (first + b) as u32]);
            destination.extend([(first + b) as u32, (first + a) as u32]);
        }
        first += molecule.atoms;
        offsets.push(first as u32);
    }
    Arc::new(BondGraph::new(source, destination, offsets))
}

/// The same numbers in another precision.
pub(crate) fn cast<T: Real>(x: &Tensor<f64>) -> Tensor<T> {
    Tensor::from_fn(x.rows(), x.cols(), |i, j| T::from_f64(x.row(i)[j]))
}

#[test]
fn one_recipe_gives_one_matrix() {
    let recipe = Entries {
        texture: Texture::Sparse,
        seed: 5,
    };
    assert_eq!(recipe.matrix(4, 3, 1), recipe.matrix(4, 3, 1));
    assert_ne!(recipe.matrix(4, 3, 1), recipe.matrix(4, 3, 2));
}
