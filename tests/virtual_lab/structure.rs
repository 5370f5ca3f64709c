//! The second route to a molecule's groups: from its canonical SMILES alone, by way of a graph,
//! with the rules of the method and none of the grammar that built it.
//!
//! The reader knows the SMILES that the lab needs: organic atoms without brackets, single, double
//! and aromatic bonds, branches, ring numbers.

use super::lab::joback::{Group, GroupCounts};

/// A hydrogen-suppressed graph; orders are 2 for a single, 3 for an aromatic, 4 for a double bond
/// (twice the bond order).
pub(crate) struct Structure {
    symbols: Vec<char>,
    bonds: Vec<[usize; 3]>,
}

impl Structure {
    /// # Panics
    /// On SMILES outside the subset.
    pub(crate) fn read(smiles: &str) -> Self {
        let mut structure = Self {
            symbols: vec![],
            bonds: vec![],
        };
        let (mut previous, mut stack, mut bond) = (None, vec![], None);
        let mut rings: [Option<usize>; 10] = [None; 10];
        let mut letters = smiles.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '(' => stack.push(previous),
                ')' => previous = stack.pop().expect("a branch to close"),
                '=' => bond = Some(4),
                '-' => bond = Some(2),
                '0'..='9' => {
                    let number = letter as usize - '0' as usize;
                    let here = previous.expect("an atom before a ring number");
                    match rings[number].take() {
                        Some(there) => structure.join(there, here, bond.take()),
                        None => rings[number] = Some(here),
                    }
                }
                'C' | 'c' | 'N' | 'O' | 'F' | 'B' => {
                    let chlorine = letter == 'C' && letters.next_if_eq(&'l').is_some();
                    assert!(letter != 'B' || letters.next() == Some('r'), "{smiles}");
                    structure.symbols.push(if chlorine { 'L' } else { letter });
                    let here = structure.symbols.len() - 1;
                    if let Some(there) = previous {
                        structure.join(there, here, bond.take());
                    }
                    previous = Some(here);
                }
                other => panic!("{smiles}: unexpected {other}"),
            }
        }
        assert!(stack.is_empty() && bond.is_none() && rings == [None; 10]);
        structure
    }

    fn join(&mut self, first: usize, second: usize, order: Option<usize>) {
        let aromatic = self.symbols[first] == 'c' && self.symbols[second] == 'c';
        let implicit = if aromatic { 3 } else { 2 };
        self.bonds.push([first, second, order.unwrap_or(implicit)]);
    }

    /// Neighbours of an atom with the order of the bond to each.
    fn neighbours(&self, atom: usize) -> Vec<(usize, usize)> {
        let other = |&[a, b, order]: &[usize; 3]| match atom {
            _ if atom == a => Some((b, order)),
            _ if atom == b => Some((a, order)),
            _ => None,
        };
        self.bonds.iter().filter_map(other).collect()
    }

    fn symbol(&self, atom: usize) -> char {
        self.symbols[atom]
    }

    fn hydrogens(&self, atom: usize) -> usize {
        let valence = match self.symbol(atom) {
            'C' | 'c' => 4,
            'N' => 3,
            'O' => 2,
            _ => 1,
        };
        let orders: usize = self.neighbours(atom).iter().map(|(_, order)| order).sum();
        // an atom where three aromatic rings meet has orders of 3 x 3 for its four valences
        (2 * valence_or(valence, orders) - orders) / 2
    }

    /// Whether the ends of a bond stay connected without it.
    fn in_ring(&self, [start, end, _]: [usize; 3]) -> bool {
        let mut reached = vec![start];
        let mut next = 0;
        while next < reached.len() {
            let here = reached[next];
            for (there, _) in self.neighbours(here) {
                let same_bond = here == start && there == end;
                if !same_bond && !reached.contains(&there) {
                    reached.push(there);
                }
            }
            next += 1;
        }
        reached.contains(&end)
    }

    fn ring_atom(&self, atom: usize) -> bool {
        let touches = |bond: &&[usize; 3]| bond[..2].contains(&atom);
        self.bonds.iter().filter(touches).any(|b| self.in_ring(*b))
    }

    /// The oxygen that a carbonyl carbon carries.
    fn carbonyl_oxygen(&self, atom: usize) -> Option<usize> {
        let is_oxygen = |(n, order): &(usize, usize)| *order == 4 && self.symbol(*n) == 'O';
        self.neighbours(atom)
            .into_iter()
            .find(is_oxygen)
            .map(|(n, _)| n)
    }

    /// The groups of the molecule.
    ///
    /// # Panics
    /// On an atom that belongs to none of the groups.
    pub(crate) fn groups(&self) -> GroupCounts {
        let mut groups = vec![];
        let mut taken = vec![false; self.symbols.len()];
        for atom in 0..self.symbols.len() {
            let Some(oxygen) = self.carbonyl_oxygen(atom) else {
                continue;
            };
            assert!(!self.ring_atom(atom), "ring carbonyl");
            (taken[atom], taken[oxygen]) = (true, true);
            let single = self.neighbours(atom).into_iter().map(|(n, _)| n);
            let bridge = single
                .filter(|&n| n != oxygen)
                .find(|&n| self.symbol(n) == 'O');
            if let Some(bridge) = bridge {
                taken[bridge] = true;
                assert_eq!(self.hydrogens(atom), 0, "a formate");
            }
            groups.push(
                match (bridge.map(|n| self.hydrogens(n)), self.hydrogens(atom)) {
                    (Some(1), _) => Group::Acid,
                    (Some(_), _) => Group::Ester,
                    (None, 1) => Group::Aldehyde,
                    (None, 0) => Group::Ketone,
                    other => panic!("carbonyl {other:?}"),
                },
            );
        }
        let rest = (0..self.symbols.len()).filter(|&atom| !taken[atom]);
        groups.extend(rest.map(|atom| self.simple_group(atom)));
        GroupCounts::of(&groups)
    }

    fn simple_group(&self, atom: usize) -> Group {
        let hydrogens = self.hydrogens(atom);
        let aromatic = |(n, _): &(usize, usize)| self.symbol(*n) == 'c';
        let ring = self.ring_atom(atom);
        match (self.symbol(atom), hydrogens) {
            ('C' | 'c', _) => self.carbon_group(atom, ring, hydrogens),
            (hetero, _) if ring => panic!("{hetero} in a ring"),
            ('F', 0) => Group::Fluorine,
            ('L', 0) => Group::Chlorine,
            ('B', 0) => Group::Bromine,
            ('O', 1) if self.neighbours(atom).iter().any(aromatic) => Group::Phenol,
            ('O', 1) => Group::Alcohol,
            ('O', 0) => Group::Ether,
            ('N', 2) => Group::PrimaryAmine,
            ('N', 1) => Group::SecondaryAmine,
            other => panic!("no group for {other:?}"),
        }
    }

    fn carbon_group(&self, atom: usize, ring: bool, hydrogens: usize) -> Group {
        let bonds: Vec<_> = self
            .bonds
            .iter()
            .filter(|b| b[..2].contains(&atom))
            .collect();
        let unsaturated: Vec<_> = bonds.iter().filter(|b| b[2] > 2).collect();
        assert!(
            unsaturated.iter().filter(|b| b[2] == 4).count() <= 1,
            "cumulene"
        );
        let exocyclic = ring && unsaturated.iter().any(|b| !self.in_ring(***b));
        assert!(!exocyclic, "exocyclic double bond");
        match (ring, unsaturated.is_empty(), hydrogens) {
            (false, true, 3) => Group::Methyl,
            (false, true, 2) => Group::Methylene,
            (false, true, 1) => Group::Methine,
            (false, true, 0) => Group::Quaternary,
            (false, false, 2) => Group::VinylCh2,
            (false, false, 1) => Group::VinylCh,
            (false, false, 0) => Group::VinylC,
            (true, true, 2) => Group::RingCh2,
            (true, true, 1) => Group::RingCh,
            (true, false, 1) => Group::RingVinylCh,
            (true, false, 0) => Group::RingVinylC,
            other => panic!("no group for a carbon {other:?}"),
        }
    }

    /// Reasons why no chemist would have this molecule in a bottle: acetals, enols, peroxides,
    /// acyl halides, amides, anhydrides and their like, none of which the method's groups describe.
    pub(crate) fn oddities(&self) -> Vec<&'static str> {
        let mut found = vec![];
        for &[a, b, _] in &self.bonds {
            if !"Cc".contains(self.symbol(a)) && !"Cc".contains(self.symbol(b)) {
                found.push("two heteroatoms bonded");
            }
        }
        for atom in (0..self.symbols.len()).filter(|&a| self.symbol(a) == 'C') {
            let neighbours = self.neighbours(atom);
            let count = |set: &str| {
                let in_set = |(n, _): &&(usize, usize)| set.contains(self.symbol(*n));
                neighbours.iter().filter(in_set).count()
            };
            let (polar, halogens) = (count("ON"), count("FLB"));
            let olefinic = neighbours
                .iter()
                .any(|&(n, o)| o == 4 && self.symbol(n) == 'C');
            match self.carbonyl_oxygen(atom) {
                Some(_) if halogens + count("N") > 0 => found.push("acyl halide or amide"),
                Some(_) if polar > 2 => found.push("carbonate"),
                None if polar > 1 => found.push("acetal or aminal"),
                None if polar > 0 && halogens > 0 => found.push("halogen beside O or N"),
                None if polar > 0 && olefinic => found.push("enol, enol ether or enamine"),
                _ => {}
            }
        }
        for atom in (0..self.symbols.len()).filter(|&a| "ON".contains(self.symbol(a))) {
            let acyl = |(n, _): &&(usize, usize)| self.carbonyl_oxygen(*n).is_some();
            if self.neighbours(atom).iter().filter(acyl).count() > 1 {
                found.push("anhydride");
            }
        }
        found
    }
}

/// Four valences, or the four and a half that three aromatic bonds take on paper.
fn valence_or(valence: usize, orders: usize) -> usize {
    valence.max(orders.div_ceil(2))
}
