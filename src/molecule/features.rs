//! Where each chemical fact stands in a feature row: the layout of chemprop v2.
//!
//! An atom has 72 columns, six one-hot blocks and two numbers:
//!
//! ```text
//!  0..38  element: atomic numbers 1-36, 53, other
//! 38..45  total degree, hydrogens included: 0-5, other
//! 45..51  formal charge: -1, -2, 1, 2, 0, other
//! 51..56  tetrahedral tag: none, clockwise, counter-clockwise, 3, other
//! 56..62  hydrogens: 0-4, other
//! 62..70  hybridisation: S, SP, SP2, SP2D, SP3, SP3D, SP3D2, other
//! 70      1 if aromatic
//! 71      mass / (100 u)
//! ```
//!
//! A bond has 14, of which column 0 ("no bond") is never 1:
//!
//! ```text
//!  1..5   single, double, triple, aromatic (a dative or quadruple bond: none of them)
//!  5      1 if conjugated
//!  6      1 if in a ring
//!  7..14  stereo: none, any, Z, E, cis, trans, other
//! ```

use std::ops::Range;

/// Columns of an atom's feature row.
pub const ATOM_FEATURES: usize = 72;
/// Columns of a bond's feature row.
pub const BOND_FEATURES: usize = 14;

/// Columns of an atom's tetrahedral tag.
pub(super) const CHIRALITY_COLUMNS: Range<usize> = 51..56;
/// Columns of an atom's hybridisation.
pub(super) const HYBRIDISATION_COLUMNS: Range<usize> = 62..70;
/// Columns of a bond's stereo.
pub(super) const STEREO_COLUMNS: Range<usize> = 7..14;

const ELEMENT: u8 = 0;
const DEGREE: u8 = 38;
const CHARGE: u8 = 45;
const CHIRALITY: u8 = 51;
const HYDROGENS: u8 = 56;
const HYBRIDISATION: u8 = 62;
const AROMATIC: usize = 70;
const MASS: usize = 71;

const BOND_TYPE: u8 = 1;
const CONJUGATED: usize = 5;
const IN_RING: usize = 6;
const STEREO: u8 = 7;

/// Orbital hybridisation as RDKit assigns it, in the order of the feature block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Hybridisation {
    S,
    Sp,
    Sp2,
    Sp2d,
    Sp3,
    Sp3d,
    Sp3d2,
    Other,
}

/// Chemical facts of an atom.
#[derive(Clone, Copy, Debug)]
pub(super) struct AtomFacts {
    pub(super) atomic_number: u8,
    pub(super) total_degree: u8,
    pub(super) charge: i8,
    /// 0 none, 1 clockwise, 2 counter-clockwise, above 3 a class that is not tetrahedral.
    pub(super) chirality: u8,
    pub(super) hydrogens: u8,
    pub(super) hybridisation: Hybridisation,
    pub(super) aromatic: bool,
    /// Mass in u.
    pub(super) mass: f64,
}

/// Chemical facts of a bond.
#[derive(Clone, Copy, Debug)]
pub(super) struct BondFacts {
    pub(super) kind: BondKind,
    pub(super) conjugated: bool,
    pub(super) in_ring: bool,
    /// RDKit's `BondStereo`: 0 none, 1 any, 2 Z, 3 E.
    pub(super) stereo: u8,
}

/// Bond type, in the order of the feature block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum BondKind {
    Single,
    Double,
    Triple,
    Aromatic,
    Other,
}

/// An atom's feature row in 12 bytes: the columns that are 1, and the mass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AtomCode {
    columns: [u8; 6],
    aromatic: bool,
    scaled_mass: f32,
}

/// A bond's feature row in 4 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BondCode {
    /// Column of the bond type; `None` for the types without a column.
    kind: Option<std::num::NonZeroU8>,
    stereo: u8,
    conjugated: bool,
    in_ring: bool,
}

/// `first + value` if `value` is below `count`, else the "other" column behind the block.
fn column(first: u8, value: u8, count: u8) -> u8 {
    first + value.min(count)
}

impl AtomCode {
    pub(super) fn new(atom: &AtomFacts) -> Self {
        let element = match atom.atomic_number {
            z @ 1..=36 => z - 1,
            53 => 36,
            _ => 37,
        };
        let charge = match atom.charge {
            -1 => 0,
            -2 => 1,
            1 => 2,
            2 => 3,
            0 => 4,
            _ => 5,
        };
        Self {
            columns: [
                ELEMENT + element,
                column(DEGREE, atom.total_degree, 6),
                CHARGE + charge,
                column(CHIRALITY, atom.chirality, 4),
                column(HYDROGENS, atom.hydrogens, 5),
                HYBRIDISATION + atom.hybridisation as u8,
            ],
            aromatic: atom.aromatic,
            scaled_mass: (0.01 * atom.mass) as f32,
        }
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        let aromatic = self.aromatic.then_some(AROMATIC);
        self.columns.iter().map(|&c| usize::from(c)).chain(aromatic)
    }

    pub(super) fn is_hydrogen(&self) -> bool {
        self.columns[0] == ELEMENT
    }

    pub(super) fn scaled_mass(&self) -> f32 {
        self.scaled_mass
    }

    /// Writes the row into `row`, which must be zero.
    pub(super) fn write(&self, row: &mut [f32; ATOM_FEATURES]) {
        for &column in &self.columns {
            row[usize::from(column)] = 1.0;
        }
        row[AROMATIC] = f32::from(u8::from(self.aromatic));
        row[MASS] = self.scaled_mass;
    }
}

impl BondCode {
    pub(super) fn new(bond: &BondFacts) -> Self {
        let kind = match bond.kind {
            BondKind::Other => None,
            kind => std::num::NonZeroU8::new(BOND_TYPE + kind as u8),
        };
        Self {
            kind,
            stereo: column(STEREO, bond.stereo, 6),
            conjugated: bond.conjugated,
            in_ring: bond.in_ring,
        }
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        let kind = self.kind.map(|c| usize::from(c.get()));
        let conjugated = self.conjugated.then_some(CONJUGATED);
        let in_ring = self.in_ring.then_some(IN_RING);
        kind.into_iter()
            .chain(conjugated)
            .chain(in_ring)
            .chain([usize::from(self.stereo)])
    }

    pub(super) fn in_ring(&self) -> bool {
        self.in_ring
    }

    /// True for a single, double, triple or aromatic bond.
    pub(super) fn is_ordinary(&self) -> bool {
        self.kind.is_some()
    }

    /// Writes the row into `row`, which must be zero.
    pub(super) fn write(&self, row: &mut [f32; BOND_FEATURES]) {
        for column in self.columns() {
            row[column] = 1.0;
        }
    }
}
