//! The virtual lab: organic molecules with physical properties, so that the main job runs with no
//! file at all.
//!
//! **The labels are not measurements.** They are the estimates of a published group-contribution
//! method (Joback and Reid, 1987) for molecules that a small grammar builds from the method's
//! groups, with seeded noise on top: see [`NOTICE`]. What the lab is good for is that it knows the
//! truth, so that a prediction can be scored without error on as many molecules as one likes.
//!
//! The molecules are the same under every seed: those of `assets/virtual_lab.csv`, which
//! example `12_virtual_lab` writes. The seed draws the noise and, in a [`Situation`], which
//! molecules carry which labels.
//!
//! ```
//! use geogate::data::virtual_lab::VirtualLab;
//! let lab = VirtualLab::new(0);
//! let acetone = lab.molecules().iter().find(|m| m.smiles == "CC(C)=O").expect("a ketone");
//! assert!((acetone.truth.critical_temperature_k - 500.25).abs() < 0.5);
//! ```

mod situation;

use crate::random::{Purpose, Stream};

pub use situation::{
    Role, SOURCE, SPLIT_COLUMN, Situation, TARGET, TARGET_LABELS, TEST_MOLECULES, VALIDATION_LABELS,
};

/// What the lab's numbers are, for whoever reads results made from them.
pub const NOTICE: &str = "\
The virtual lab's labels are estimates, not measurements: the group-contribution method of Joback \
and Reid (1987), with seeded Gaussian noise (1 % on temperatures, 2 % on pressure and volume) on \
the labels for training and validation. Test molecules are scored against the estimates without \
noise.";

/// Standard deviation of the labels' noise relative to the truth, in the order of
/// [`Properties::NAMES`]. On the boiling points it comes to about 5 K, the disagreement one meets
/// between sources of measured values.
pub const NOISE: [f64; 4] = [0.01, 0.01, 0.02, 0.02];

/// Columns `smiles`, `group_key` and [`Properties::NAMES`], a molecule a line.
const MOLECULES: &str = include_str!("../../../assets/virtual_lab.csv");

/// The four properties of a molecule, in the units of the method's tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Properties {
    /// Normal boiling point, K.
    pub boiling_point_k: f64,
    /// Critical temperature, K.
    pub critical_temperature_k: f64,
    /// Critical pressure, bar.
    pub critical_pressure_bar: f64,
    /// Critical volume, cm³/mol.
    pub critical_volume_cm3_mol: f64,
}

impl Properties {
    /// The properties' names as columns of a table, units included.
    pub const NAMES: [&str; 4] = [
        "boiling_point_k",
        "critical_temperature_k",
        "critical_pressure_bar",
        "critical_volume_cm3_mol",
    ];

    /// The values in the order of [`Properties::NAMES`].
    pub fn values(&self) -> [f64; 4] {
        [
            self.boiling_point_k,
            self.critical_temperature_k,
            self.critical_pressure_bar,
            self.critical_volume_cm3_mol,
        ]
    }
}

impl From<[f64; 4]> for Properties {
    /// From values in the order of [`Properties::NAMES`].
    fn from(values: [f64; 4]) -> Self {
        Self {
            boiling_point_k: values[0],
            critical_temperature_k: values[1],
            critical_pressure_bar: values[2],
            critical_volume_cm3_mol: values[3],
        }
    }
}

/// A molecule of the lab, with the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabMolecule {
    /// Canonical SMILES.
    pub smiles: String,
    /// Ring scaffold or acyclic skeleton: [`Molecule::group_key`](crate::molecule::Molecule::group_key).
    pub group_key: String,
    /// The method's estimates, without noise.
    pub truth: Properties,
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
}

fn molecules() -> Vec<LabMolecule> {
    const BUNDLED: &str = "the bundled table is what the grammar wrote";
    let mut table = csv::Reader::from_reader(MOLECULES.as_bytes());
    let records = table.records().map(|record| record.expect(BUNDLED));
    records
        .map(|record| LabMolecule {
            smiles: record[0].to_owned(),
            group_key: record[1].to_owned(),
            truth: [2, 3, 4, 5]
                .map(|column| record[column].parse().expect(BUNDLED))
                .into(),
        })
        .collect()
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
