//! The graph of a canonical SMILES, read from the text alone.
//!
//! A text that RDKit's writer produced says nearly everything about the sanitised molecule:
//! aromaticity, charges, bond types, and hydrogens by a rule without exceptions. What is left to
//! find are rings, conjugation and hybridisation, which RDKit derives from the same facts by the
//! short rules below. So the molecule need not be sanitised a second time for its features, which
//! is a third of the cost of reading it.
//!
//! Only atoms whose valence is an ordinary one are read here. For anything else (metals, radicals,
//! hypervalent halogens, isotopes of hydrogen, double-bond stereo, which RDKit names by the ranks
//! of Cahn, Ingold and Prelog) the answer is `None`, and [`perception`](super::perception) asks
//! the reader.

use super::features::{AtomCode, AtomFacts, BondCode, BondFacts, BondKind, Hybridisation};
use super::graph::MolecularGraph;
use super::mass::atomic_mass;
use super::ring::ring_bonds;

/// The graph of `text`, a canonical SMILES, atoms in its order; `None` if it holds something out
/// of the ordinary.
pub(super) fn graph(text: &str) -> Option<MolecularGraph> {
    let mut sketch = Text::new(text).sketch()?;
    sketch.order_bonds();
    sketch.check_and_complete()?;
    let conjugated = sketch.conjugated();
    let ends: Vec<(u32, u32)> = sketch.bonds.iter().map(|b| (b.begin, b.end)).collect();
    let in_ring = ring_bonds(sketch.atoms.len(), &ends, |_| false);
    let atoms = (0..sketch.atoms.len())
        .map(|atom| AtomCode::new(&sketch.facts(atom, &conjugated)))
        .collect();
    let bonds = sketch.bonds.iter().zip(conjugated.iter().zip(in_ring));
    let bonds = bonds.map(|(bond, (&conjugated, in_ring))| {
        let facts = BondFacts {
            kind: bond.kind,
            conjugated,
            in_ring,
            stereo: 0,
        };
        (bond.begin, bond.end, BondCode::new(&facts))
    });
    Some(MolecularGraph {
        atoms,
        bonds: bonds.collect(),
    })
}

/// An atom as written.
#[derive(Clone, Copy)]
struct Atom {
    element: u8,
    aromatic: bool,
    charge: i8,
    /// Hydrogens in brackets; `None` without brackets until they are counted.
    hydrogens: Option<u8>,
    isotope: Option<u16>,
    /// 0, 1 for `@@`, 2 for `@`.
    chirality: u8,
    degree: u8,
    /// Hydrogens counted as bonds, aromatic bonds as in a Kekulé structure.
    valence: u8,
}

#[derive(Clone, Copy)]
struct Bond {
    begin: u32,
    end: u32,
    kind: BondKind,
    /// Ring number, and which use of it; 0 for a bond between atoms written one after another.
    closure: (u32, u32),
}

/// A molecule as written, with the order in which the text mentions the bonds of an atom.
struct Sketch {
    atoms: Vec<Atom>,
    bonds: Vec<Bond>,
    /// `(atom, bond)` in the order of the text.
    mentions: Vec<(u32, u32)>,
}

struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
    sketch: Sketch,
    current: Option<u32>,
    bond: Option<BondKind>,
    branches: Vec<u32>,
    /// Ring number and bond of rings that are open.
    open: Vec<(u32, u32)>,
}

impl<'a> Text<'a> {
    fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        Self {
            bytes,
            at: 0,
            sketch: Sketch {
                atoms: Vec::with_capacity(bytes.len()),
                bonds: Vec::with_capacity(bytes.len()),
                mentions: Vec::with_capacity(2 * bytes.len()),
            },
            current: None,
            bond: None,
            branches: Vec::new(),
            open: Vec::new(),
        }
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn sketch(mut self) -> Option<Sketch> {
        while self.at < self.bytes.len() {
            self.token()?;
        }
        self.open.is_empty().then_some(self.sketch)
    }

    fn token(&mut self) -> Option<()> {
        let byte = self.peek();
        match byte {
            b'[' => {
                let atom = self.bracket()?;
                self.place(atom);
                return Some(());
            }
            b'0'..=b'9' | b'%' => return self.ring(),
            b'(' => self.branches.push(self.current?),
            b')' => self.current = Some(self.branches.pop()?),
            b'.' => self.current = None,
            b'-' if self.bytes.get(self.at + 1) != Some(&b'>') => {
                self.bond = Some(BondKind::Single);
            }
            b'=' => self.bond = Some(BondKind::Double),
            b'#' => self.bond = Some(BondKind::Triple),
            b':' => self.bond = Some(BondKind::Aromatic),
            _ => {
                let (element, aromatic) = self.symbol()?;
                self.place(Atom::new(element, aromatic));
                return Some(());
            }
        }
        self.at += 1;
        Some(())
    }

    /// An element among those with rules here, and whether it is written aromatic.
    fn symbol(&mut self) -> Option<(u8, bool)> {
        let (element, aromatic, length) = match &self.bytes[self.at..] {
            [b'C', b'l', ..] => (17, false, 2),
            [b'B', b'r', ..] => (35, false, 2),
            [b'S', b'i', ..] => (14, false, 2),
            [b'S', b'e', ..] => (34, false, 2),
            [b'C', ..] => (6, false, 1),
            [b'c', ..] => (6, true, 1),
            [b'N', ..] => (7, false, 1),
            [b'n', ..] => (7, true, 1),
            [b'O', ..] => (8, false, 1),
            [b'o', ..] => (8, true, 1),
            [b'F', ..] => (9, false, 1),
            [b'S', ..] => (16, false, 1),
            [b's', ..] => (16, true, 1),
            [b'P', ..] => (15, false, 1),
            [b'I', ..] => (53, false, 1),
            [b'B', ..] => (5, false, 1),
            _ => return None,
        };
        self.at += length;
        Some((element, aromatic))
    }

    fn number(&mut self) -> Option<u32> {
        let from = self.at;
        let mut value = 0;
        while self.peek().is_ascii_digit() && self.at < from + 5 {
            value = 10 * value + u32::from(self.peek() - b'0');
            self.at += 1;
        }
        (self.at > from).then_some(value)
    }

    fn bracket(&mut self) -> Option<Atom> {
        self.at += 1;
        let isotope = self.number();
        let (element, aromatic) = self.symbol()?;
        let mut atom = Atom::new(element, aromatic);
        atom.isotope = isotope.map(u16::try_from).transpose().ok()?;
        if self.skip(b'@') {
            atom.chirality = if self.skip(b'@') { 1 } else { 2 };
        }
        atom.hydrogens = Some(0);
        if self.skip(b'H') {
            atom.hydrogens = Some(self.number().unwrap_or(1) as u8);
        }
        let sign = match self.peek() {
            b'+' => 1,
            b'-' => -1,
            _ => 0,
        };
        if sign != 0 {
            self.at += 1;
            atom.charge = sign * i8::try_from(self.number().unwrap_or(1)).ok()?;
        }
        if self.skip(b':') {
            self.number()?;
        }
        self.skip(b']').then_some(atom)
    }

    fn skip(&mut self, byte: u8) -> bool {
        let here = self.peek() == byte;
        self.at += usize::from(here);
        here
    }

    fn place(&mut self, atom: Atom) {
        let index = self.sketch.atoms.len() as u32;
        self.sketch.atoms.push(atom);
        if let Some(previous) = self.current {
            let kind = self.bond.take();
            self.bond(previous, index, kind, (0, 0));
            self.mention(previous);
            self.mention(index);
        }
        self.current = Some(index);
    }

    fn bond(&mut self, begin: u32, end: u32, kind: Option<BondKind>, closure: (u32, u32)) {
        let kind = kind.unwrap_or(BondKind::Other);
        self.sketch.bonds.push(Bond {
            begin,
            end,
            kind,
            closure,
        });
    }

    /// Notes that `atom` takes part in the newest bond.
    fn mention(&mut self, atom: u32) {
        let bond = self.sketch.bonds.len() as u32 - 1;
        self.sketch.mentions.push((atom, bond));
    }

    fn ring(&mut self) -> Option<()> {
        let number = match self.skip(b'%') {
            true if self.peek() == b'(' => return None,
            true => {
                let digits = self.bytes.get(self.at..self.at + 2)?;
                self.at += 2;
                u32::from(digits[0] - b'0') * 10 + u32::from(digits[1] - b'0')
            }
            false => {
                self.at += 1;
                u32::from(self.bytes[self.at - 1] - b'0')
            }
        };
        let atom = self.current?;
        let kind = self.bond.take();
        match self.open.iter().position(|&(open, _)| open == number) {
            Some(place) => {
                let (_, bond) = self.open.swap_remove(place);
                self.sketch.mentions.push((atom, bond));
                let bond = &mut self.sketch.bonds[bond as usize];
                (bond.begin, bond.end) = match bond.kind {
                    // RDKit keeps the end at which the bond was written
                    BondKind::Other => (atom, bond.begin),
                    _ => (bond.begin, atom),
                };
                bond.kind = kind.unwrap_or(bond.kind);
            }
            None => {
                let uses = self.sketch.bonds.len() as u32; // grows from use to use
                self.open.push((number, self.sketch.bonds.len() as u32));
                self.bond(atom, atom, kind, (number + 1, uses));
                self.mention(atom);
            }
        }
        Some(())
    }
}

impl Atom {
    fn new(element: u8, aromatic: bool) -> Self {
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

    fn hydrogens(&self) -> u8 {
        self.hydrogens.unwrap_or(0)
    }

    fn total_degree(&self) -> u8 {
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
}

impl Sketch {
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
            if !atom.is_ordinary() {
                return None;
            }
        }
        Some(())
    }
}

impl Atom {
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
}

impl Sketch {
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
            let other = |bond: u32| {
                let Bond { begin, end, .. } = self.bonds[bond as usize];
                (if begin == centre { end } else { begin }) as usize
            };
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

    fn facts(&self, index: usize, conjugated: &[bool]) -> AtomFacts {
        let atom = &self.atoms[index];
        let chirality = self.tetrahedral_tag(index);
        AtomFacts {
            atomic_number: atom.element,
            total_degree: atom.total_degree(),
            charge: atom.charge,
            chirality,
            hydrogens: atom.hydrogens(),
            hybridisation: self.hybridisation(index, chirality, conjugated),
            aromatic: atom.aromatic,
            mass: atomic_mass(atom.element, atom.isotope),
        }
    }

    /// By the number of bonds and lone pairs; an atom with lone pairs beside a conjugated bond
    /// gives one to it (RDKit's `setHybridization`).
    fn hybridisation(&self, index: usize, chirality: u8, conjugated: &[bool]) -> Hybridisation {
        let atom = &self.atoms[index];
        let degree = i32::from(atom.total_degree());
        if chirality > 0 && degree == 4 {
            return Hybridisation::Sp3;
        }
        let free = atom.outer_electrons() - i32::from(atom.valence) - i32::from(atom.charge);
        match degree + free / 2 {
            0 | 1 => Hybridisation::S,
            2 => Hybridisation::Sp,
            3 => Hybridisation::Sp2,
            4 if degree < 4 && self.has_conjugated_bond(index, conjugated) => Hybridisation::Sp2,
            4 => Hybridisation::Sp3,
            5 => Hybridisation::Sp3d,
            6 => Hybridisation::Sp3d2,
            _ => Hybridisation::Other,
        }
    }

    fn has_conjugated_bond(&self, atom: usize, conjugated: &[bool]) -> bool {
        let mut bonds = self.bonds.iter().zip(conjugated);
        bonds.any(|(b, &c)| c && (b.begin as usize == atom || b.end as usize == atom))
    }

    /// The written `@` relative to the order of bonds instead of the order of the text: turned
    /// over by an odd permutation, and by RDKit's conventions for a ligand that is not a bond.
    fn tetrahedral_tag(&self, index: usize) -> u8 {
        let atom = &self.atoms[index];
        if atom.chirality == 0 {
            return 0;
        }
        let mentions = self.mentions.iter();
        let bonds: Vec<u32> = mentions
            .filter(|&&(mentioned, _)| mentioned as usize == index)
            .map(|&(_, bond)| bond)
            .collect();
        let inversions = (0..bonds.len())
            .flat_map(|i| (0..i).map(move |j| (j, i)))
            .filter(|&(j, i)| bonds[j] > bonds[i])
            .count();
        let of_atom = || bonds.iter().map(|&bond| &self.bonds[bond as usize]);
        let first = !of_atom().any(|b| b.closure.0 == 0 && b.end as usize == index);
        let closures = of_atom().filter(|b| b.closure.0 > 0).count();
        let saturated = of_atom().all(|b| b.kind == BondKind::Single);
        let implicit = match (atom.degree, atom.hydrogens()) {
            (3, 1) => first,
            (3, _) => closures == 1 && saturated,
            _ => false,
        };
        match (inversions % 2 == 1) ^ implicit {
            true => 3 - atom.chirality,
            false => atom.chirality,
        }
    }
}
