//! Stereo as a drawing marks it: `@` at an atom, `/` and `\` beside a double bond.

use std::cmp::Ordering;

use super::features::BondKind;
use super::sketch::{Bond, Sketch, Slope};

/// RDKit's `BondStereo` of a double bond with its higher ranked neighbours on one side.
const Z: u8 = 2;
/// RDKit's `BondStereo` of a double bond with its higher ranked neighbours on opposite sides.
const E: u8 = 3;

impl Sketch {
    /// The written `@` relative to the order of bonds instead of the order of the text: turned
    /// over by an odd permutation, and by RDKit's conventions for a ligand that is not a bond.
    pub(super) fn tetrahedral_tag(&self, index: usize) -> u8 {
        let atom = &self.atoms[index];
        if atom.chirality == 0 {
            return 0;
        }
        let bonds: Vec<usize> = self.bonds_of(index as u32).collect();
        let inversions = (0..bonds.len())
            .flat_map(|i| (0..i).map(move |j| (j, i)))
            .filter(|&(j, i)| bonds[j] > bonds[i])
            .count();
        let of_atom = || bonds.iter().map(|&bond| &self.bonds[bond]);
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

    /// RDKit's `BondStereo` of each bond: 0, or `Z` or `E` for a double bond with a mark at both
    /// ends. `None` where the neighbours of the double bond do not tell: in a ring (RDKit names none
    /// in small ones), and where [`leads_above`](Self::leads_above) does not say.
    pub(super) fn configurations(&self, in_ring: &[bool]) -> Option<Vec<u8>> {
        let mut stereo = vec![0; self.bonds.len()];
        if self.bonds.iter().all(|bond| bond.slope == Slope::Level) {
            return Some(stereo);
        }
        for (bond, double) in self.bonds.iter().enumerate() {
            let ends = [double.begin, double.end];
            if double.kind != BondKind::Double || !ends.iter().all(|&end| self.is_marked(end)) {
                continue;
            }
            if in_ring[bond] {
                return None;
            }
            let [begin, end] = ends.map(|end| self.leads_above(end, bond));
            stereo[bond] = if begin? == end? { Z } else { E };
        }
        Some(stereo)
    }

    /// True if a bond of `atom` is drawn with a slope.
    fn is_marked(&self, atom: u32) -> bool {
        self.bonds_of(atom)
            .any(|bond| self.bonds[bond].slope != Slope::Level)
    }

    /// Bonds of `atom`, in the order of the text.
    fn bonds_of(&self, atom: u32) -> impl Iterator<Item = usize> + '_ {
        let mentions = self.mentions.iter();
        let of_atom = mentions.filter(move |&&(mentioned, _)| mentioned == atom);
        of_atom.map(|&(_, bond)| bond as usize)
    }

    /// Whether the neighbour of `atom` of the greatest atomic number, the other end of `double`
    /// aside, is drawn above `atom`. `None` if there are three, if two are of one element (the rules of
    /// Cahn, Ingold and Prelog look further), or if two are drawn on one side.
    fn leads_above(&self, atom: u32, double: usize) -> Option<bool> {
        let mut others = self.bonds_of(atom).filter(|&bond| bond != double);
        let first = &self.bonds[others.next()?];
        let Some(second) = others.next().map(|bond| &self.bonds[bond]) else {
            return first.is_above(atom);
        };
        if others.next().is_some() {
            return None;
        }
        let first_is_above = match (first.is_above(atom), second.is_above(atom)) {
            (Some(first), Some(second)) if first == second => return None,
            (Some(first), _) => first,
            (None, second) => !second?,
        };
        let element = |bond: &Bond| self.atoms[bond.other(atom) as usize].element;
        match element(first).cmp(&element(second)) {
            Ordering::Greater => Some(first_is_above),
            Ordering::Less => Some(!first_is_above),
            Ordering::Equal => None,
        }
    }
}

impl Bond {
    /// Whether the end that is not `atom` is drawn above it; `None` without a mark.
    fn is_above(&self, atom: u32) -> Option<bool> {
        match self.slope {
            Slope::Level => None,
            Slope::Up => Some(self.begin == atom),
            Slope::Down => Some(self.end == atom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::canonical;
    use super::super::features::STEREO_COLUMNS;

    /// `BondStereo` of the bonds that have one; `None` if the text does not tell.
    fn named(text: &str) -> Option<Vec<usize>> {
        let graph = canonical::sketch(text)?.graph(text)?;
        let bonds = 0..graph.bond_count();
        let stereo = bonds.filter_map(|bond| {
            let mut columns = graph.bond_columns(bond);
            columns.find(|column| STEREO_COLUMNS.contains(column))
        });
        let named = stereo.map(|column| column - STEREO_COLUMNS.start);
        Some(named.filter(|&stereo| stereo > 0).collect())
    }

    /// Expected values are those of RDKit.
    #[test]
    fn neighbours_of_different_elements_name_a_double_bond() {
        const Z: usize = 2;
        const E: usize = 3;
        let texts: [(&str, &[usize]); 12] = [
            ("F/C=C/F", &[E]),
            (r"F/C=C\F", &[Z]),
            ("C(/F)=C/F", &[Z]),
            // the mark stands at the lesser neighbour, and at the greater one
            (r"F/C(Cl)=C\F", &[E]),
            ("FC(/Cl)=C/F", &[Z]),
            ("C/C(=C/F)Cl", &[Z]),
            (r"N/C(O)=C(\F)Cl", &[Z]),
            (r"C/C=N\O", &[Z]),
            // one mark serves two double bonds, or the second has none at its other end
            (r"C/C=C/C=C\C", &[E, Z]),
            ("C/C=C/C=C", &[E]),
            ("C/C=C=C/C", &[]),
            ("C/C=C=C=C/C", &[]),
        ];
        for (text, stereo) in texts {
            assert_eq!(named(text).as_deref(), Some(stereo), "{text}");
        }
    }

    #[test]
    fn what_the_neighbours_do_not_tell_is_left_open() {
        // two carbons at an end, two marks against each other, a ring, a mark where one closes
        for text in [
            "CC/C(C)=C/F",
            r"F/C(\Cl)=C/F",
            "C/C1=C(/F)CCC1",
            "C/C=C/1CCCC1",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
