//! The molecules of the virtual lab: all that the grammar builds, once each (by canonical SMILES),
//! where the method holds (at most [`MOST_HEAVY_ATOMS`] heavy atoms and a sum for the critical
//! temperature below [`HIGHEST_TC_SUM`]).

mod acyclic;
mod cyclic;
mod family;
mod grammar;
pub(crate) mod joback;

use std::collections::HashSet;
use std::io::{self, Write};

use geogate::data::virtual_lab::{LabMolecule, Properties};
use geogate::molecule::Molecule;
use rayon::prelude::*;

use grammar::Piece;
use joback::GroupCounts;

pub(crate) use family::Family;

/// Heavy atoms of the lab's largest molecules.
const MOST_HEAVY_ATOMS: usize = 20;

/// The sum of the groups' contributions to the critical temperature stays below this: the
/// method's denominator is largest at 0.4825 and falls beyond, which is no physics.
const HIGHEST_TC_SUM: f64 = 0.48;

/// A molecule and where it comes from.
pub(crate) struct Built {
    /// What the grammar was asked to build.
    pub(crate) family: Family,
    /// The groups it was built from.
    pub(crate) groups: GroupCounts,
    /// What the lab's table says of it.
    pub(crate) molecule: LabMolecule,
}

impl Built {
    fn of((family, piece): &(Family, Piece)) -> Self {
        let molecule = Molecule::parse(&piece.smiles)
            .expect("pieces hold each atom's valence, and close their rings and parentheses");
        Self {
            family: *family,
            groups: piece.groups,
            molecule: LabMolecule {
                smiles: molecule.canonical_smiles(),
                group_key: molecule.group_key(),
                truth: piece.groups.properties(),
            },
        }
    }
}

/// All molecules of the grammar where the method holds, once each, families together.
pub(crate) fn molecules() -> Vec<Built> {
    let pieces: Vec<(Family, Piece)> = Family::ALL
        .into_iter()
        .flat_map(|family| {
            let pieces = family.molecules().into_iter();
            pieces.map(move |piece| (family, piece))
        })
        .filter(|(_, piece)| holds_for(&piece.groups))
        .collect();
    let mut built: Vec<Built> = pieces.par_iter().map(Built::of).collect();
    let mut seen = HashSet::new();
    built.retain(|built| seen.insert(built.molecule.smiles.clone()));
    built
}

fn holds_for(groups: &GroupCounts) -> bool {
    groups.heavy_atoms() <= MOST_HEAVY_ATOMS
        && groups.sum(|line| line.critical_temperature) < HIGHEST_TC_SUM
}

/// Writes the table that the library bundles. Numbers are written in full: they read back to the
/// same bits.
pub(crate) fn write(built: &[Built], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["smiles", "group_key"].iter().chain(&Properties::NAMES))?;
    for Built { molecule, .. } in built {
        let keys = [&molecule.smiles, &molecule.group_key].map(String::clone);
        let values = molecule.truth.values().map(|value| value.to_string());
        table.write_record(keys.iter().chain(&values))?;
    }
    table.flush()
}
