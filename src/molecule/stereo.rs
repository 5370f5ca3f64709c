//! Stereo as a drawing marks it: `@` at an atom, `/` and `\` beside a double bond.

use super::features::BondKind;
use super::sketch::{Bond, Sketch, Slope};

/// RDKit's `BondStereo` of a double bond with its higher ranked neighbours on one side.
const Z: u8 = 2;
/// The same with the neighbours on opposite sides.
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
    /// ends. `None` where the names are not decided by the neighbours of the double bond alone: two
    /// neighbours of one element at an end (the rules of Cahn, Ingold and Prelog look further), and
    /// double bonds in rings (RDKit names none in small ones).
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
            let above = ends.map(|end| self.leading_neighbour_is_above(end, bond));
            stereo[bond] = if above[0]? == above[1]? { Z } else { E };
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
    /// aside, is drawn above `atom`; `None` if two neighbours are of one element.
    fn leading_neighbour_is_above(&self, atom: u32, double: usize) -> Option<bool> {
        let mut others = self.bonds_of(atom).filter(|&bond| bond != double);
        let first = others.next()?;
        let second = others.next();
        if others.next().is_some() {
            return None;
        }
        let element = |bond: usize| self.atoms[self.bonds[bond].other(atom) as usize].element;
        // the one of two that is not marked stands on the side the marked one leaves free
        let marked = [Some(first), second].into_iter().flatten();
        let mut above = marked.map(|bond| (bond, self.bonds[bond].other_is_above(atom)));
        let (shown, is_above) = above.find_map(|(bond, above)| Some((bond, above?)))?;
        let Some(second) = second else {
            return Some(is_above);
        };
        let leading = match element(first).cmp(&element(second)) {
            std::cmp::Ordering::Greater => first,
            std::cmp::Ordering::Less => second,
            std::cmp::Ordering::Equal => return None,
        };
        Some(is_above == (leading == shown))
    }
}

impl Bond {
    /// The end that is not `atom`.
    fn other(&self, atom: u32) -> u32 {
        if self.begin == atom {
            self.end
        } else {
            self.begin
        }
    }

    /// Whether the other end is drawn above `atom`; `None` without a mark.
    fn other_is_above(&self, atom: u32) -> Option<bool> {
        match self.slope {
            Slope::Level => None,
            slope => Some((slope == Slope::Up) == (self.begin == atom)),
        }
    }
}
