//! The virtual lab: organic molecules with physical properties, so that the main job runs with no
//! file at all.
//!
//! **The labels are not measurements.** They are the estimates of a published group-contribution
//! method (Joback and Reid, 1987) for molecules that a small grammar builds from the method's
//! groups, with seeded noise on top: see [`NOTICE`]. What the lab is good for is that it knows the
//! truth, so that a prediction can be scored without error on as many molecules as one likes.
//!
//! The molecules are the same under every seed: all that the grammar builds, once each (by canonical
//! SMILES), where the method holds (at most [`MOST_HEAVY_ATOMS`] heavy atoms and a sum for the
//! critical temperature below [`HIGHEST_TC_SUM`]). The seed draws the noise and, in a
//! [[`Situation`]], which molecules carry which labels.
//!
//! ```
//! use geogate::data::virtual_lab::VirtualLab;
//! let lab = VirtualLab::new(0);
//! let acetone = lab.molecules().iter().find(|m| m.smiles == "CC(C)=O").expect("a ketone");
//! assert!((acetone.truth.critical_temperature_k - 500.25).abs() < 0.5);
//! ```

mod acyclic;
mod cyclic;
mod family;
mod grammar;
mod joback;
mod situation;

use std::collections::HashSet;

use rayon::prelude::*;

use crate::molecule::Molecule;
use crate::random::{Purpose, Stream};
use grammar::Piece;

pub use family::Family;
pub use joback::{CONTRIBUTIONS, Contribution, GROUPS, Group, GroupCounts, Properties};
pub use situation::{
    Role, SOURCE, SPLIT_COLUMN, Situation, TARGET, TARGET_LABELS, TEST_MOLECULES, VALIDATION_LABELS,
};

/// What the lab's numbers are, for whoever reads results made from them.
pub const NOTICE: &str = "\
The virtual lab's labels are estimates, not measurements: the group-contribution method of Joback \
and Reid (1987), with seeded Gaussian noise (1 % on temperatures, 2 % on pressure and volume) on \
the labels for training and validation. Test molecules are scored against the estimates without \
noise.";

/// Heavy atoms of the lab's largest molecules.
pub const MOST_HEAVY_ATOMS: usize = 20;

/// The sum of the groups' contributions to the critical temperature stays below this: the
/// method's denominator is largest at 0.4825 and falls beyond, which is no physics.
pub const HIGHEST_TC_SUM: f64 = 0.48;

/// Standard deviation of the labels' noise relative to the truth, in the order of
/// [`Properties::NAMES`]. On the boiling points it comes to about 5 K, the disagreement one meets
/// between sources of measured values.
pub const NOISE: [f64; 4] = [0.01, 0.01, 0.02, 0.02];

/// A molecule of the lab, with the truth about it.
#[derive(Clone, Debug)]
pub struct LabMolecule {
    /// Canonical SMILES.
    pub smiles: String,
    /// Ring scaffold or acyclic skeleton: [`Molecule::group_key`].
    pub group_key: String,
    /// What the grammar was asked to build.
    pub family: Family,
    /// The groups it was built from.
    pub groups: GroupCounts,
    /// The method's estimates from those groups, without noise.
    pub truth: Properties,
}

impl LabMolecule {
    fn of((family, piece): &(Family, Piece)) -> Self {
        let molecule = Molecule::parse(&piece.smiles)
            .expect("pieces hold each atom's valence, and close their rings and parentheses");
        Self {
            smiles: molecule.canonical_smiles(),
            group_key: molecule.group_key(),
            family: *family,
            groups: piece.groups,
            truth: piece.groups.properties(),
        }
    }
}

/// The lab: its molecules and a noisy label for each property of each.
#[derive(Clone, Debug)]
pub struct VirtualLab {
    seed: u64,
    molecules: Vec<LabMolecule>,
    labels: Vec<Properties>,
}

impl VirtualLab {
    /// The lab whose noise and choices are drawn with `seed`.
    pub fn new(seed: u64) -> Self {
        let molecules = molecules();
        let labels = noisy(&molecules, seed);
        Self {
            seed,
            molecules,
            labels,
        }
    }

    /// The molecules, families together, in an order that never changes.
    pub fn molecules(&self) -> &[LabMolecule] {
        &self.molecules
    }

    /// What the lab's instruments read: the truth about each molecule with noise, in the
    /// molecules' order.
    pub fn labels(&self) -> &[Properties] {
        &self.labels
    }

    /// The seed of the noise and the choices.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// All molecules of the grammar where the method holds, once each.
fn molecules() -> Vec<LabMolecule> {
    let built: Vec<(Family, Piece)> = Family::ALL
        .into_iter()
        .flat_map(|family| {
            family
                .molecules()
                .into_iter()
                .map(move |piece| (family, piece))
        })
        .filter(|(_, piece)| holds_for(&piece.groups))
        .collect();
    let mut molecules: Vec<LabMolecule> = built.par_iter().map(LabMolecule::of).collect();
    let mut seen = HashSet::new();
    molecules.retain(|molecule| seen.insert(molecule.smiles.clone()));
    molecules
}

fn holds_for(groups: &GroupCounts) -> bool {
    groups.heavy_atoms() <= MOST_HEAVY_ATOMS
        && groups.sum(|line| line.critical_temperature) < HIGHEST_TC_SUM
}

/// The truth with noise, from one stream per property.
fn noisy(molecules: &[LabMolecule], seed: u64) -> Vec<Properties> {
    let mut streams = [0, 1, 2, 3].map(|index| Stream::new(seed, Purpose::VirtualLab, index));
    molecules
        .iter()
        .map(|molecule| {
            let mut values = molecule.truth.values();
            for ((value, stream), size) in values.iter_mut().zip(&mut streams).zip(NOISE) {
                *value *= 1.0 + size * stream.normal();
            }
            Properties::from(values)
        })
        .collect()
}
