//! What a writer may add to a molecule without changing it, taken off before anything is perceived.
//!
//! With [`perception`](super::perception) the only file that knows `chematic`.

use chematic_core::{
    Atom, AtomIdx, BondIdx, BondOrder, Chirality, Element, Molecule as Parsed, MoleculeBuilder,
};

/// A molecule as read, without the notes of its writer: without atom maps, and without the slope
/// of a written hydrogen whose carbon holds another one, so that no geometry hangs on it.
pub(super) fn without_notes(parsed: Parsed) -> Parsed {
    let mapped = |atom: &Atom| atom.atom_map.is_some();
    let (mut any_map, mut any_hydrogen) = (false, false);
    for (_, atom) in parsed.atoms() {
        any_map |= mapped(atom);
        any_hydrogen |= is_plain_hydrogen(atom);
    }
    let mut parsed = match any_map {
        true => without_maps(&parsed),
        false => parsed,
    };
    if any_hydrogen {
        level_idle_hydrogens(&mut parsed);
    }
    parsed
}

fn without_maps(parsed: &Parsed) -> Parsed {
    let mut builder = MoleculeBuilder::with_capacity(parsed.atom_count(), parsed.bond_count());
    for (_, atom) in parsed.atoms() {
        let atom_map = None;
        builder.add_atom(Atom {
            atom_map,
            ..atom.clone()
        });
    }
    for (_, bond) in parsed.bonds() {
        let added = builder.add_bond(bond.atom1, bond.atom2, bond.order);
        added.expect("a bond of a molecule joins two of its atoms once");
    }
    builder.copy_stereo_from(parsed);
    builder.copy_bond_directions_from(parsed);
    builder.build()
}

fn is_plain_hydrogen(atom: &Atom) -> bool {
    !atom.wildcard && atom.element == Element::H && atom.isotope.is_none() && atom.charge == 0
}

/// `[H]/C=C/F` has no geometry, but a hydrogen with a slope would be kept as an atom.
fn level_idle_hydrogens(parsed: &mut Parsed) {
    let is_idle = |(atom, bond): (AtomIdx, BondIdx)| {
        let carbon = parsed.atom(atom);
        let sloped = matches!(parsed.bond(bond).order, BondOrder::Up | BondOrder::Down);
        sloped
            && !carbon.wildcard
            && (carbon.element, carbon.charge) == (Element::C, 0)
            && carbon.hydrogen_count != Some(0)
            && parsed.degree(atom) == 2
    };
    let hydrogens = parsed.atoms().filter(|(_, atom)| is_plain_hydrogen(atom));
    let bonds = hydrogens.flat_map(|(hydrogen, _)| parsed.neighbors(hydrogen));
    let idle: Vec<BondIdx> = bonds
        .filter(|&n| is_idle(n))
        .map(|(_, bond)| bond)
        .collect();
    for bond in idle {
        parsed.set_bond_order(bond, BondOrder::Single);
    }
}

/// The molecule without stereo marks and labels of isotopes: a hydrogen that was kept for either is
/// one of the hydrogens of its atom again.
pub(super) fn bare(parsed: &Parsed) -> Parsed {
    let mut bare = parsed.clone();
    for (index, atom) in parsed.atoms() {
        if atom.isotope.is_some() {
            bare.set_isotope(index, None);
        }
        if atom.chirality != Chirality::None {
            bare.set_chirality(index, Chirality::None);
            bare.clear_stereo_neighbor_order(index);
        }
    }
    for (index, bond) in parsed.bonds() {
        if matches!(bond.order, BondOrder::Up | BondOrder::Down) {
            bare.set_bond_order(index, BondOrder::Single);
        }
        if parsed.bond_direction(index).is_some() {
            bare.clear_bond_direction(index);
        }
    }
    bare
}

/// From this size on a ring leaves its O and S out of an aromatic system.
const LARGE_RING: usize = 9;

/// The molecule with such O and S first as stand in a small and in a large ring; `None` where
/// there are none.
///
/// RDKit's rule of aromaticity judges an O or S by the first of its rings, and which one is first
/// depends on the order of the atoms: a furan with a bridge between its positions 2 and 5 would be
/// aromatic in one spelling and not in another. The search for rings begins at the first atom
/// with two neighbours, at its smallest ring; so with these atoms first a furan is a furan.
pub(super) fn small_rings_first(parsed: &Parsed) -> Option<Parsed> {
    if parsed.smiles_ring_closure_bond_count() < 2 {
        return None;
    }
    let mut search = PathSearch::new(parsed);
    let chalcogens = parsed.atoms().filter(|(_, atom)| is_chalcogen(atom));
    let first: Vec<AtomIdx> = chalcogens
        .map(|(atom, _)| atom)
        .filter(|&atom| search.is_in_both(atom))
        .collect();
    if first.is_empty() {
        return None;
    }
    let others = parsed.atoms().map(|(atom, _)| atom);
    let others = others.filter(|atom| !first.contains(atom));
    let order: Vec<AtomIdx> = first.iter().copied().chain(others).collect();
    parsed.renumber_atoms(&order).ok()
}

fn is_chalcogen(atom: &Atom) -> bool {
    matches!(atom.element, Element::O | Element::S) && !atom.wildcard && atom.charge == 0
}

/// False for a saturated carbon, which no aromatic ring contains.
fn may_be_aromatic(parsed: &Parsed, index: AtomIdx) -> bool {
    let atom = parsed.atom(index);
    let saturated = |order| matches!(order, BondOrder::Single | BondOrder::Up | BondOrder::Down);
    let mut bonds = parsed.neighbor_slice(index).iter();
    atom.aromatic
        || (atom.element, atom.charge) != (Element::C, 0)
        || bonds.any(|&(_, bond)| !saturated(parsed.bond(bond).order))
}

/// Shortest ways from one atom with two neighbours to all others.
struct PathSearch<'a> {
    parsed: &'a Parsed,
    /// Number of bonds on the way, and bits of the two neighbours over which it may lead.
    reached: Vec<(usize, u8)>,
    queue: Vec<AtomIdx>,
}

impl<'a> PathSearch<'a> {
    fn new(parsed: &'a Parsed) -> Self {
        Self {
            parsed,
            reached: Vec::new(),
            queue: Vec::new(),
        }
    }

    /// Whether `atom` has two neighbours and stands in a small and in a large ring, of which one
    /// may be aromatic.
    ///
    /// A ring of a smallest set is two shortest ways from any of its atoms and a bond between
    /// their ends (Horton 1987), so none is missed; a large one that shares a way with a smaller
    /// may be found in vain.
    fn is_in_both(&mut self, atom: AtomIdx) -> bool {
        let &[(left, _), (right, _)] = self.parsed.neighbor_slice(atom) else {
            return false;
        };
        if ![left, right]
            .iter()
            .all(|&end| may_be_aromatic(self.parsed, end))
        {
            return false;
        }
        self.spread(atom, [left, right]);
        let (mut small, mut large) = (false, false);
        for (_, bond) in self.parsed.bonds() {
            let [(near, a), (far, b)] =
                [bond.atom1, bond.atom2].map(|atom| self.reached[atom.0 as usize]);
            if a | b == 3 {
                match near + far + 1 < LARGE_RING {
                    true => small = true,
                    false => large = true,
                }
            }
        }
        small && large
    }

    fn spread(&mut self, atom: AtomIdx, neighbours: [AtomIdx; 2]) {
        self.reached.clear();
        self.reached.resize(self.parsed.atom_count(), (0, 0));
        self.queue.clear();
        self.queue.extend(neighbours);
        for (bit, neighbour) in neighbours.into_iter().enumerate() {
            self.reached[neighbour.0 as usize] = (1, 1 << bit);
        }
        let mut next = 0;
        while let Some(&from) = self.queue.get(next) {
            next += 1;
            let (distance, bits) = self.reached[from.0 as usize];
            for &(to, _) in self.parsed.neighbor_slice(from) {
                let (known, over) = &mut self.reached[to.0 as usize];
                if to == atom {
                    continue;
                }
                if *over == 0 {
                    *known = distance + 1;
                    self.queue.push(to);
                }
                if *known == distance + 1 {
                    *over |= bits;
                }
            }
        }
    }
}
