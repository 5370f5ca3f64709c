//! The graph of a molecule from its drawing: atoms, charges and bonds as a canonical SMILES has
//! them.
//!
//! A text that RDKit's writer produced says nearly everything about the sanitised molecule:
//! aromaticity, charges, bond types, and hydrogens by a rule without exceptions. What is left to
//! find are rings, conjugation and hybridisation, which RDKit derives from the same facts by the
//! short rules below. So the molecule need not be sanitised a second time for its features, which
//! would be a third of the cost of reading it.
//!
//! Only atoms whose valence is an ordinary one have rules here, and only double bonds whose
//! configuration the elements of the neighbours decide. For anything else (metals, radicals,
//! hypervalent halogens, isotopes of hydrogen; marks beside two neighbours of one element or at a
//! double bond in a ring) the answer is `None`, and [`perception`](super::perception) asks the
//! reader.

use super::features::{AtomCode, AtomFacts, BondCode, BondFacts, BondKind, Hybridisation};
use super::graph::MolecularGraph;
use super::mass::atomic_mass;
use super::ring::ring_bonds;

/// An atom as written.
#[derive(Clone, Copy)]
pub(super) struct Atom {
    pub(super) element: u8,
    pub(super) aromatic: bool,
    pub(super) charge: i8,
    /// Hydrogens in brackets; `None` without brackets until they are counted.
    pub(super) hydrogens: Option<u8>,
    pub(super) isotope: Option<u16>,
    /// 0, 1 for `@@`, 2 for `@`.
    pub(super) chirality: u8,
    pub(super) degree: u8,
    /// Hydrogens counted as bonds, aromatic bonds as in a Kekulé structure.
    pub(super) valence: u8,
}

#[derive(Clone, Copy)]
pub(super) struct Bond {
    pub(super) begin: u32,
    pub(super) end: u32,
    pub(super) kind: BondKind,
    /// Ring number, and which use of it; 0 for a bond between atoms written one after another.
    pub(super) closure: (u32, u32),
    pub(super) slope: Slope,
}

/// How a bond beside a double bond is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slope {
    /// No mark, as at every bond that closes a ring.
    Level,
    /// `/`: `end` stands above `begin`.
    Up,
    /// `\`: `end` stands below `begin`.
    Down,
}

impl Bond {
    /// The end that is not `atom`.
    pub(super) fn other(&self, atom: u32) -> u32 {
        match self.begin == atom {
            true => self.end,
            false => self.begin,
        }
    }
}

/// A molecule as written, with the order in which the text mentions the bonds of an atom.
pub(super) struct Sketch {
    pub(super) atoms: Vec<Atom>,
    pub(super) bonds: Vec<Bond>,
    /// `(atom, bond)` in the order of the text.
    pub(super) mentions: Vec<(u32, u32)>,
}

impl Atom {
    pub(super) fn new(element: u8, aromatic: bool) -> Self {
        Self {
            element,
            aromatic,
            charge: 0,
            hydrogens: None,
            isotope: None,
            chirality: 0,
            degree: 0,
            valence: 0,
        }
    }

    pub(super) fn hydrogens(&self) -> u8 {
        self.hydrogens.unwrap_or(0)
    }

    pub(super) fn total_degree(&self) -> u8 {
        self.degree + self.hydrogens()
    }

    fn outer_electrons(&self) -> i32 {
        match self.element {
            5 => 3,
            6 | 14 => 4,
            7 | 15 => 5,
            8 | 16 | 34 => 6,
            _ => 7,
        }
    }

    /// Valence of the neutral atom in the absence of anything else.
    fn default_valence(&self) -> u8 {
        match self.element {
            5 | 7 | 15 => 3,
            6 | 14 => 4,
            8 | 16 | 34 => 2,
            _ => 1,
        }
    }

    /// True for the valences, given the charge, of an atom without unpaired electrons.
    fn is_ordinary(&self) -> bool {
        matches!(
            (self.element, self.charge, self.valence),
            (5, 0, 3)
                | (5, -1, 4)
                | (6 | 14, 0, 4)
                | (7, 0, 3)
                | (7 | 15, 1, 4)
                | (7, -1, 2)
                | (8, 0, 2)
                | (8 | 16, 1, 3)
                | (8 | 16, -1, 1)
                | (9 | 17 | 35 | 53, 0, 1)
                | (9 | 17 | 35 | 53, -1, 0)
                | (15, 0, 3 | 5)
                | (16, 0, 2 | 4 | 6)
                | (34, 0, 2)
        )
    }

    /// The valence an aromatic atom has in every Kekulé structure, and the hydrogens that are not
    /// written: one on a carbon with two ring bonds and nothing else.
    fn complete_aromatic(&mut self, aromatic: u8, others: u8) -> Option<()> {
        let single = self.degree - aromatic == others;
        if self.hydrogens.is_none() {
            let bare = self.element == 6 && self.degree == 2 && aromatic == 2;
            self.hydrogens = Some(u8::from(bare));
        }
        self.valence = match (self.element, self.charge, self.total_degree()) {
            (6, 0, 3) => 4,
            (7, 0, 2 | 3) if single => 3,
            (7, 1, 3) if single => 4,
            (8 | 16, 0, 2) if single => 2,
            _ => return None,
        };
        Some(())
    }

    /// True if the atom may pass a conjugated system on (RDKit's `isAtomConjugCand`): it has an
    /// electron to give, and is of the second row or a chalcogen at the end of a chain.
    fn conjugates(&self) -> bool {
        if self.charge == 0 && self.valence > self.default_valence() {
            return false;
        }
        let outer = self.outer_electrons();
        let default = i32::from(self.default_valence());
        let degree = i32::from(self.total_degree());
        let suited = self.element <= 10 || (outer == 6 && degree < 2) || !matches!(outer, 5 | 6);
        let lone = (outer - default - i32::from(self.charge)).max(0);
        suited && default > 1 && degree <= 3 && default - degree + lone > 0
    }

    /// By the number of bonds and lone pairs; an atom with lone pairs `beside` a conjugated
    /// bond gives one to it (RDKit's `setHybridization`).
    fn hybridisation(&self, chirality: u8, beside: bool) -> Hybridisation {
        let degree = i32::from(self.total_degree());
        if chirality > 0 && degree == 4 {
            return Hybridisation::Sp3;
        }
        let free = self.outer_electrons() - i32::from(self.valence) - i32::from(self.charge);
        match degree + free / 2 {
            0 | 1 => Hybridisation::S,
            2 => Hybridisation::Sp,
            3 => Hybridisation::Sp2,
            4 if degree < 4 && beside => Hybridisation::Sp2,
            4 => Hybridisation::Sp3,
            5 => Hybridisation::Sp3d,
            6 => Hybridisation::Sp3d2,
            _ => Hybridisation::Other,
        }
    }
}

impl Sketch {
    /// The graph of the drawing that is `smiles`, atoms in its order; `None` if an atom is out of the
    /// ordinary, or a double bond's configuration is not told by its neighbours.
    pub(super) fn graph(mut self, smiles: &str) -> Option<MolecularGraph> {
        self.order_bonds();
        self.check_and_complete()?;
        let conjugated = self.conjugated();
        let bonds = self.bond_codes(&conjugated)?;
        let mut beside = vec![false; self.atoms.len()];
        for (bond, _) in self.bonds.iter().zip(&conjugated).filter(|(_, c)| **c) {
            beside[bond.begin as usize] = true;
            beside[bond.end as usize] = true;
        }
        let atoms = beside.iter().enumerate();
        let atoms = atoms.map(|(atom, &beside)| AtomCode::new(&self.facts(atom, beside)));
        Some(MolecularGraph {
            smiles: smiles.into(),
            atoms: atoms.collect(),
            bonds,
        })
    }

    fn bond_codes(&self, conjugated: &[bool]) -> Option<Vec<(u32, u32, BondCode)>> {
        let ends: Vec<(u32, u32)> = self.bonds.iter().map(|b| (b.begin, b.end)).collect();
        let in_ring = ring_bonds(self.atoms.len(), &ends, |_| false);
        let stereo = self.configurations(&in_ring)?;
        let bonds = self.bonds.iter().zip(conjugated).zip(in_ring).zip(stereo);
        let codes = bonds.map(|(((bond, &conjugated), in_ring), stereo)| {
            let code = BondCode::new(&BondFacts {
                kind: bond.kind,
                conjugated,
                in_ring,
                stereo,
            });
            (bond.begin, bond.end, code)
        });
        Some(codes.collect())
    }

    /// Puts the bonds into RDKit's order: as written, then ring bonds by number and use.
    fn order_bonds(&mut self) {
        for bond in &mut self.bonds {
            let aromatic = |atom: u32| self.atoms[atom as usize].aromatic;
            if bond.kind == BondKind::Other {
                bond.kind = match aromatic(bond.begin) && aromatic(bond.end) {
                    true => BondKind::Aromatic,
                    false => BondKind::Single,
                };
            }
        }
        let mut order: Vec<u32> = (0..self.bonds.len() as u32).collect();
        order.sort_by_key(|&bond| self.bonds[bond as usize].closure);
        let mut rank = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            rank[old as usize] = new as u32;
        }
        self.bonds = order.iter().map(|&old| self.bonds[old as usize]).collect();
        for (_, bond) in &mut self.mentions {
            *bond = rank[*bond as usize];
        }
    }

    /// Counts bonds, hydrogens and valences; `None` at the first atom that is not ordinary.
    fn check_and_complete(&mut self) -> Option<()> {
        // (bonds, aromatic bonds, valence of the others) of each atom
        let mut counts = vec![(0_u8, 0_u8, 0_u8); self.atoms.len()];
        for bond in &self.bonds {
            for atom in [bond.begin, bond.end] {
                let (bonds, aromatic, valence) = &mut counts[atom as usize];
                *bonds = bonds.checked_add(1)?;
                match bond.kind {
                    BondKind::Aromatic => *aromatic += 1,
                    kind => *valence = valence.checked_add(kind as u8 + 1)?,
                }
            }
        }
        for (atom, &(bonds, aromatic, valence)) in self.atoms.iter_mut().zip(&counts) {
            atom.degree = bonds;
            match atom.aromatic {
                true => atom.complete_aromatic(aromatic, valence)?,
                false if aromatic > 0 => return None,
                false => {
                    let default = atom.default_valence();
                    let hydrogens = atom.hydrogens.unwrap_or(default.saturating_sub(valence));
                    atom.hydrogens = Some(hydrogens);
                    atom.valence = valence.checked_add(hydrogens)?;
                }
            }
            // RDKit may rewrite such a phosphorus as [P+] when it meets it again
            let ylide = (atom.element, atom.valence) == (15, 5) && atom.total_degree() < 4;
            if ylide || !atom.is_ordinary() {
                return None;
            }
        }
        Some(())
    }

    /// Which bonds are conjugated: aromatic ones, and a multiple bond with each neighbouring bond
    /// that leads to an atom which can take part (RDKit's `setConjugation`).
    fn conjugated(&self) -> Vec<bool> {
        let aromatic = |bond: &Bond| bond.kind == BondKind::Aromatic;
        let mut conjugated: Vec<bool> = self.bonds.iter().map(aromatic).collect();
        if self.bonds.iter().all(|bond| bond.kind == BondKind::Single) {
            return conjugated;
        }
        let takes_part: Vec<bool> = self.atoms.iter().map(Atom::conjugates).collect();
        // the bonds of each atom side by side
        let mut mentions = self.mentions.clone();
        mentions.sort_unstable();
        for bonds in mentions.chunk_by(|a, b| a.0 == b.0) {
            let centre = bonds[0].0;
            let degree = self.atoms[centre as usize].total_degree();
            if !takes_part[centre as usize] || !(2..=3).contains(&degree) {
                continue;
            }
            let other = |bond: u32| self.bonds[bond as usize].other(centre) as usize;
            for &(_, first) in bonds {
                let single = self.bonds[first as usize].kind == BondKind::Single;
                if single || !takes_part[other(first)] {
                    continue;
                }
                for &(_, second) in bonds.iter().filter(|&&(_, second)| second != first) {
                    let end = other(second);
                    if takes_part[end] && self.atoms[end].total_degree() <= 3 {
                        conjugated[first as usize] = true;
                        conjugated[second as usize] = true;
                    }
                }
            }
        }
        conjugated
    }

    fn facts(&self, index: usize, beside: bool) -> AtomFacts {
        let atom = &self.atoms[index];
        let chirality = self.tetrahedral_tag(index);
        AtomFacts {
            atomic_number: atom.element,
            total_degree: atom.total_degree(),
            charge: atom.charge,
            chirality,
            hydrogens: atom.hydrogens(),
            hybridisation: atom.hybridisation(chirality, beside),
            aromatic: atom.aromatic,
            mass: atomic_mass(atom.element, atom.isotope),
        }
    }
}
