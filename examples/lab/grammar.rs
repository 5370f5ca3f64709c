//! The grammar of the lab's molecules: pieces with one open bond, and the few ways to build larger
//! pieces from smaller ones. Each way knows the groups it adds, so the group counts of a molecule
//! are known without looking at its SMILES.
//!
//! One invariant makes pieces compose: the first atom of a piece carries the open bond, and
//! everything else hangs on that atom in parentheses. Two pieces written one after the other are
//! then bonded by their first atoms.

use super::joback::{Group, GroupCounts};

/// A piece of a molecule with one open bond, on its first atom; or, made by [`Piece::bond`] or
/// [`bare_ring`], a whole molecule.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// The SMILES of the piece, with the invariant of the module.
    pub(crate) smiles: String,
    /// The groups of the piece.
    pub(crate) groups: GroupCounts,
}

impl Piece {
    fn new(smiles: &str, groups: &[Group]) -> Self {
        Self {
            smiles: smiles.to_owned(),
            groups: GroupCounts::of(groups),
        }
    }

    /// An atom (`symbol`, `group`) that carries `branches` beside its open bond.
    fn branched(symbol: &str, group: Group, branches: &[&Piece]) -> Self {
        let mut piece = Self::new(symbol, &[group]);
        for branch in branches {
            piece.smiles += &format!("({})", branch.smiles);
            piece.groups += branch.groups;
        }
        piece
    }

    /// The molecule of two pieces.
    pub(crate) fn bond(&self, other: &Piece) -> Piece {
        let bond = between(&self.smiles, &other.smiles);
        let mut groups = self.groups;
        groups += other.groups;
        Piece {
            smiles: format!("{}{bond}{}", self.smiles, other.smiles),
            groups,
        }
    }
}

/// The bond written between two pieces: a bond left out between two aromatic atoms would be read
/// as aromatic.
fn between(first: &str, second: &str) -> &'static str {
    let aromatic = |smiles: &str| smiles.starts_with(char::is_lowercase);
    if aromatic(first) && aromatic(second) {
        "-"
    } else {
        ""
    }
}

/// A group with one bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Fluoro,
    Chloro,
    Bromo,
    /// On a carbon that is not aromatic, nor of a double bond.
    Hydroxy,
    /// On an aromatic carbon.
    PhenolHydroxy,
    Amino,
    Formyl,
    Carboxy,
    Vinyl,
}

impl End {
    /// The end as a piece.
    pub(crate) fn piece(self) -> Piece {
        let (smiles, groups): (_, &[Group]) = match self {
            Self::Fluoro => ("F", &[Group::Fluorine]),
            Self::Chloro => ("Cl", &[Group::Chlorine]),
            Self::Bromo => ("Br", &[Group::Bromine]),
            Self::Hydroxy => ("O", &[Group::Alcohol]),
            Self::PhenolHydroxy => ("O", &[Group::Phenol]),
            Self::Amino => ("N", &[Group::PrimaryAmine]),
            Self::Formyl => ("C(=O)", &[Group::Aldehyde]),
            Self::Carboxy => ("C(=O)(O)", &[Group::Acid]),
            Self::Vinyl => ("C(=C)", &[Group::VinylCh, Group::VinylCh2]),
        };
        Piece::new(smiles, groups)
    }
}

/// A group with two bonds, which carries a piece on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// `-CH2-`.
    Methylene,
    /// `-CH(CH3)-`.
    Ethylidene,
    /// `-C(CH3)2-`.
    Isopropylidene,
    /// `-CH=CH-`.
    Vinylene,
    /// `-O-`.
    Oxygen,
    /// `-C(=O)-`.
    Carbonyl,
    /// `-C(=O)-O-`.
    Carboxylate,
    /// `-O-C(=O)-`.
    Acyloxy,
    /// `-NH-`.
    Imino,
}

impl Link {
    /// The link with `end` on its far side.
    pub(crate) fn to(self, end: &Piece) -> Piece {
        let (before, after, groups): (_, _, &[Group]) = match self {
            Self::Methylene => ("C(", ")", &[Group::Methylene]),
            Self::Ethylidene => ("C(C)(", ")", &[Group::Methine, Group::Methyl]),
            Self::Isopropylidene => (
                "C(C)(C)(",
                ")",
                &[Group::Quaternary, Group::Methyl, Group::Methyl],
            ),
            Self::Vinylene => ("C(=C(", "))", &[Group::VinylCh, Group::VinylCh]),
            Self::Oxygen => ("O(", ")", &[Group::Ether]),
            Self::Carbonyl => ("C(=O)(", ")", &[Group::Ketone]),
            Self::Carboxylate => ("C(=O)(O(", "))", &[Group::Ester]),
            Self::Acyloxy => ("O(C(=O)(", "))", &[Group::Ester]),
            Self::Imino => ("N(", ")", &[Group::SecondaryAmine]),
        };
        let mut piece = Piece::new(&format!("{before}{}{after}", end.smiles), groups);
        piece.groups += end.groups;
        piece
    }
}

/// `end` behind several links, the first of which carries the open bond.
pub(crate) fn through(links: &[Link], end: &Piece) -> Piece {
    links
        .iter()
        .rev()
        .fold(end.clone(), |piece, link| link.to(&piece))
}

/// A saturated carbon outside rings with its open bond and up to three `branches`; the rest is
/// hydrogen.
pub(crate) fn carbon(branches: &[&Piece]) -> Piece {
    const GROUP: [Group; 4] = [
        Group::Methyl,
        Group::Methylene,
        Group::Methine,
        Group::Quaternary,
    ];
    Piece::branched("C", GROUP[branches.len()], branches)
}

/// The straight alkyl of `carbons` carbons.
pub(crate) fn chain(carbons: usize) -> Piece {
    (1..carbons).fold(carbon(&[]), |piece, _| carbon(&[&piece]))
}

/// Every alkyl of at most `carbons` carbons, smallest first: a carbon with up to three smaller
/// alkyls on it (1, 1, 2, 4, 8, 17, 39, 89 … of 1, 2, 3 … carbons).
pub(crate) fn alkyls(carbons: usize) -> Vec<Piece> {
    let mut found = Vec::new();
    for size in 0..carbons {
        let smaller = found.clone();
        grow(&smaller, size, &mut Vec::new(), &mut found);
    }
    found
}

/// Adds to `found` the carbons that carry `branches` and, in every way that repeats none, further
/// ones of `smaller` with `left` carbons in all.
fn grow<'a>(
    smaller: &'a [Piece],
    left: usize,
    branches: &mut Vec<&'a Piece>,
    found: &mut Vec<Piece>,
) {
    if left == 0 {
        found.push(carbon(branches));
        return;
    }
    if branches.len() == 3 {
        return;
    }
    for (place, piece) in smaller.iter().enumerate() {
        let size = piece.groups.heavy_atoms();
        if size <= left {
            branches.push(piece);
            grow(&smaller[place..], left - size, branches, found);
            branches.pop();
        }
    }
}

/// An alkene with up to two pieces on either end of its double bond.
pub(crate) fn alkene(left: &[&Piece], right: &[&Piece]) -> Piece {
    const GROUP: [Group; 3] = [Group::VinylCh2, Group::VinylCh, Group::VinylC];
    let right = Piece::branched("C", GROUP[right.len()], right);
    let mut whole = Piece::branched("C", GROUP[left.len()], left);
    whole.smiles += &format!("={}", right.smiles);
    whole.groups += right.groups;
    whole
}

/// An atom of a ring: its symbol, its group with hydrogen, and its group with a substituent in
/// the place of that hydrogen, where the grammar offers the place.
struct RingAtom(char, Group, Option<Group>);

impl RingAtom {
    /// What a letter of a ring's template stands for; `None` for digits, bonds, parentheses.
    fn named(letter: char) -> Option<Self> {
        Some(match letter {
            'C' => Self('C', Group::RingCh2, Some(Group::RingCh)),
            'V' => Self('C', Group::RingVinylCh, Some(Group::RingVinylC)),
            'c' => Self('c', Group::RingVinylCh, Some(Group::RingVinylC)),
            'H' => Self('C', Group::RingCh, None),
            'A' => Self('c', Group::RingVinylC, None),
            _ => return None,
        })
    }
}

/// A ring system with its open bond on its first atom and `substituents` at other places.
///
/// The `template` is the SMILES of the hydrocarbon with letters that name groups:
///
/// ```text
/// C  −CH2−, saturated          V  =CH−, olefinic       c  =CH−, aromatic
/// H  >CH− where rings meet     A  =C<, aromatic, where rings meet
/// ```
///
/// Places count the atoms `C`, `V`, `c` from 0, the open one. A substituent takes the hydrogen
/// of a place and holds no ring, whose numbers would clash.
pub(crate) fn ring(template: &str, substituents: &[(usize, &Piece)]) -> Piece {
    write_ring(template, true, substituents)
}

/// A ring system without substituents.
pub(crate) fn bare_ring(template: &str) -> Piece {
    write_ring(template, false, &[])
}

fn write_ring(template: &str, open: bool, substituents: &[(usize, &Piece)]) -> Piece {
    let mut ring = Piece::new("", &[]);
    let mut place = 0;
    let mut letters = template.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(RingAtom(symbol, plain, substituted)) = RingAtom::named(letter) else {
            ring.smiles.push(letter);
            continue;
        };
        ring.smiles.push(symbol);
        while let Some(digit) = letters.next_if(char::is_ascii_digit) {
            ring.smiles.push(digit);
        }
        let first = ring.groups == GroupCounts::default();
        let branch = substituents
            .iter()
            .find(|(at, _)| *at == place && substituted.is_some());
        let taken = (first && open) || branch.is_some();
        ring.groups += GroupCounts::of(&[substituted.filter(|_| taken).unwrap_or(plain)]);
        if let Some((_, branch)) = branch {
            ring.smiles += &format!("({})", branch.smiles);
            ring.groups += branch.groups;
        }
        if first {
            ring.smiles.push('(');
        }
        place += usize::from(substituted.is_some());
    }
    ring.smiles.push(')');
    ring
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alkyls_are_counted_as_rooted_trees() {
        // the series of rooted trees with at most three branches at the root and elsewhere (A000598)
        for (carbons, total) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 33), (7, 72)] {
            assert_eq!(alkyls(carbons).len(), total, "up to {carbons} carbons");
        }
    }

    #[test]
    fn pieces_are_written_with_their_groups() {
        let chloride = chain(2).bond(&End::Chloro.piece());
        assert_eq!(chloride.smiles, "C(C)Cl");
        let toluene = ring("c1ccccc1", &[]).bond(&chain(1));
        assert_eq!(toluene.smiles, "c1(ccccc1)C");
        assert_eq!(toluene.groups.count(Group::RingVinylCh), 5);
        assert_eq!(toluene.groups.count(Group::RingVinylC), 1);
        let biphenyl = ring("c1ccccc1", &[]).bond(&ring("c1ccccc1", &[]));
        assert_eq!(biphenyl.smiles, "c1(ccccc1)-c1(ccccc1)");
        let decalin = bare_ring("C1CCCH2CCCCH12");
        assert_eq!(decalin.smiles, "C1(CCCC2CCCCC12)");
        assert_eq!(decalin.groups.count(Group::RingCh2), 8);
        assert_eq!(decalin.groups.count(Group::RingCh), 2);
    }

    #[test]
    fn substituents_take_their_places() {
        let bromo = End::Bromo.piece();
        let meta = ring("c1ccccc1", &[(2, &bromo)]).bond(&End::PhenolHydroxy.piece());
        assert_eq!(meta.smiles, "c1(cc(Br)ccc1)O");
        assert_eq!(meta.groups.count(Group::RingVinylC), 2);
        let fused = ring("c1ccA2CCCA2c1", &[(3, &bromo)]);
        assert_eq!(fused.smiles, "c1(ccc2C(Br)CCc2c1)");
        assert_eq!(fused.groups.count(Group::RingCh), 1);
    }
}
