//! Counted circular substructures: what surrounds each atom, up to a number of bonds.

use std::collections::HashMap;
use std::ops::Range;

use super::features::{CHIRALITY_COLUMNS, HYBRIDISATION_COLUMNS, STEREO_COLUMNS};
use super::graph::MolecularGraph;

/// The substructures of some molecules, and how often a molecule has each.
///
/// The substructure of an atom at radius 0 is its element, degree, charge, hydrogens, aromaticity and
/// whether it is in a ring; at radius r it is that of radius r − 1 with the bonds (order, aromaticity, ring) to
/// the neighbours' (Morgan 1965; Rogers and Hahn 2010, "Extended-connectivity fingerprints"). It is counted
/// where it holds a bond that the smaller one does not. Stereo and isotopes are left aside. Substructures are
/// told apart exactly: nothing is hashed into fewer columns.
///
/// ```
/// use geogate::molecule::{MolecularGraph, Substructures};
/// let propane = MolecularGraph::parse("CCC")?;
/// let known = Substructures::of([&propane], 2);
/// // CH3, CH2; CH3 of CH2, CH2 between two CH3; CH3 of the whole
/// assert_eq!(known.len(), 5);
/// let mut counts: Vec<u32> = known.counts(&propane).iter().map(|&(_, n)| n).collect();
/// counts.sort();
/// assert_eq!(counts, [1, 1, 2, 2, 2]);
/// # Ok::<(), geogate::molecule::SmilesError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Substructures {
    radius: usize,
    /// Number of each substructure by its description.
    known: HashMap<Vec<u32>, u32>,
}

impl Substructures {
    /// The substructures of `graphs` up to `radius` bonds around an atom, numbered as they are met.
    pub fn of<'a>(graphs: impl IntoIterator<Item = &'a MolecularGraph>, radius: usize) -> Self {
        let mut known = HashMap::new();
        for graph in graphs {
            walk(graph, radius, |description| {
                let next = known.len() as u32;
                Some(*known.entry(description).or_insert(next))
            });
        }
        Self { radius, known }
    }

    /// Number of substructures.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True if there is no substructure, because there was no molecule.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The substructures of `graph` that are known, by number, each with its count; others are left out.
    pub fn counts(&self, graph: &MolecularGraph) -> Vec<(u32, u32)> {
        let find = |description: Vec<u32>| self.known.get(&description).copied();
        let mut found = walk(graph, self.radius, find);
        found.sort_unstable();
        let runs = found.chunk_by(|a, b| a == b);
        runs.map(|run| (run[0], run.len() as u32)).collect()
    }
}

/// A neighbour: kind of the bond, atom.
type BondedAtom = (u32, usize);

/// Every substructure of `graph` that `number` knows, by its number, atom by atom within a radius.
///
/// A description begins with the radius. What holds an unknown substructure is unknown.
fn walk(
    graph: &MolecularGraph,
    radius: usize,
    mut number: impl FnMut(Vec<u32>) -> Option<u32>,
) -> Vec<u32> {
    let neighbours = neighbours(graph);
    let atoms = 0..graph.atom_count();
    let mut numbers: Vec<Option<u32>> = atoms
        .clone()
        .map(|atom| number(atom_description(graph, atom, &neighbours[atom])))
        .collect();
    let mut found: Vec<u32> = numbers.iter().copied().flatten().collect();
    for r in 1..=radius {
        let inner = numbers.clone();
        for atom in atoms.clone() {
            // where no bond is added, the smaller substructure stands for it
            if !grows(&neighbours, atom, r) {
                continue;
            }
            let description = description(r, inner[atom], &neighbours[atom], &inner);
            numbers[atom] = description.and_then(&mut number);
            found.extend(numbers[atom]);
        }
    }
    found
}

/// Kind and end of the bonds of each atom.
fn neighbours(graph: &MolecularGraph) -> Vec<Vec<BondedAtom>> {
    let mut neighbours = vec![Vec::new(); graph.atom_count()];
    for bond in 0..graph.bond_count() {
        let (begin, end) = graph.endpoints(bond);
        let columns = graph.bond_columns(bond);
        let kind = code(columns, &[STEREO_COLUMNS, CONJUGATION]);
        neighbours[begin].push((kind, end));
        neighbours[end].push((kind, begin));
    }
    neighbours
}

/// The column of conjugation, which order and aromaticity of the bonds around already tell.
const CONJUGATION: Range<usize> = 5..6;
/// The column of rings among those of a bond.
const IN_RING: u32 = 1 << 6;

fn atom_description(graph: &MolecularGraph, atom: usize, neighbours: &[BondedAtom]) -> Vec<u32> {
    let ring = neighbours.iter().any(|&(kind, _)| kind & IN_RING != 0);
    let left_aside = |column: &usize| {
        CHIRALITY_COLUMNS.contains(column) || HYBRIDISATION_COLUMNS.contains(column)
    };
    let columns = graph.atom_columns(atom).filter(|c| !left_aside(c));
    [0, u32::from(ring)]
        .into_iter()
        .chain(columns.map(|column| column as u32))
        .collect()
}

/// A bit for each of `columns` outside `left_aside`.
fn code(columns: impl Iterator<Item = usize>, left_aside: &[Range<usize>]) -> u32 {
    let kept = columns.filter(|column| !left_aside.iter().any(|range| range.contains(column)));
    kept.fold(0, |code, column| code | 1 << column)
}

/// The radius, the smaller substructure, and bond and substructure of each neighbour in order; none where one is
/// unknown.
fn description(
    radius: usize,
    own: Option<u32>,
    neighbours: &[BondedAtom],
    inner: &[Option<u32>],
) -> Option<Vec<u32>> {
    let around: Option<Vec<[u32; 2]>> = neighbours
        .iter()
        .map(|&(kind, atom)| Some([kind, inner[atom]?]))
        .collect();
    let mut around = around?;
    around.sort_unstable();
    let head = [radius as u32, own?];
    Some(
        head.into_iter()
            .chain(around.into_iter().flatten())
            .collect(),
    )
}

/// Has the surrounding of radius `r` a bond that the one of r − 1 has not: is there a bond from an atom r − 1
/// bonds away to one that is no nearer?
fn grows(neighbours: &[Vec<BondedAtom>], atom: usize, r: usize) -> bool {
    let mut reached = vec![atom];
    let mut shell = 0..1;
    for _ in 1..r {
        let next = shell.end;
        for at in shell {
            for &(_, other) in &neighbours[reached[at]] {
                if !reached.contains(&other) {
                    reached.push(other);
                }
            }
        }
        shell = next..reached.len();
    }
    let nearer = &reached[..shell.start];
    let mut outward = reached[shell.clone()].iter().flat_map(|&a| &neighbours[a]);
    outward.any(|(_, other)| !nearer.contains(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::{Purpose, Stream};

    /// The graph with its atoms and bonds in another order, bonds turned around.
    fn renumbered(graph: &MolecularGraph, seed: u64) -> MolecularGraph {
        let mut stream = Stream::new(seed, Purpose::Test, 0);
        let order = stream.permutation(graph.atom_count());
        let mut place = vec![0; order.len()];
        for (at, &atom) in order.iter().enumerate() {
            place[atom] = at as u32;
        }
        let turned = |&bond: &usize| {
            let (begin, end, code) = graph.bonds[bond];
            let (begin, end) = (place[begin as usize], place[end as usize]);
            if bond % 2 == 0 {
                (begin, end, code)
            } else {
                (end, begin, code)
            }
        };
        let bonds = stream.permutation(graph.bond_count());
        MolecularGraph {
            smiles: graph.smiles.clone(),
            atoms: order.iter().map(|&atom| graph.atoms[atom]).collect(),
            bonds: bonds.iter().map(turned).collect(),
        }
    }

    const MOLECULES: [&str; 8] = [
        "CC(=O)Oc1ccccc1C(=O)O",
        "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
        "C1CC2CCC1C2",
        "C12C3C4C1C5C2C3C45",
        "OC(=O)[C@@H]1CCCN1.Cl",
        "FC(F)(F)C#CC=C",
        "c1ccc2c(c1)ccc1ccccc12",
        "[O-][N+](=O)c1ccc(cc1)S(=O)(=O)N",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Counts do not depend on the numbers of the atoms, whichever numbering the substructures were met in.
        #[test]
        fn counts_do_not_depend_on_numbering(
            of in 0..MOLECULES.len(), met in 0..MOLECULES.len(), radius in 0_usize..5, seed: u64
        ) {
            let parse = |at: usize| MolecularGraph::parse(MOLECULES[at]).unwrap();
            let graph = parse(of);
            let other = renumbered(&graph, seed);
            for known in [&graph, &other, &parse(met)] {
                let known = Substructures::of([known], radius);
                prop_assert_eq!(known.counts(&graph), known.counts(&other));
            }
        }
    }

    /// Counts of the molecule's own substructures, in ascending order.
    fn own_counts(smiles: &str, radius: usize) -> Vec<u32> {
        let graph = MolecularGraph::parse(smiles).unwrap();
        let known = Substructures::of([&graph], radius);
        let counts = known.counts(&graph);
        assert_eq!(counts.len(), known.len());
        let mut counts: Vec<u32> = counts.into_iter().map(|(_, count)| count).collect();
        counts.sort_unstable();
        counts
    }

    #[test]
    fn counts_of_small_molecules() {
        // methane: an atom without bonds, at any radius
        assert_eq!(own_counts("C", 3), [1]);
        // ethane: CH3, and CH3 with its bond; the second radius adds nothing
        assert_eq!(own_counts("CC", 3), [2, 2]);
        // ethanol: three atoms, their bonds, and the two ends again with both bonds
        assert_eq!(own_counts("CCO", 2), [1; 8]);
        // benzene: six alike; radius 3 adds the last bond of the ring
        assert_eq!(own_counts("c1ccccc1", 0), [6]);
        assert_eq!(own_counts("c1ccccc1", 3), [6, 6, 6, 6]);
        assert_eq!(own_counts("c1ccccc1", 4), [6, 6, 6, 6]);
        // cyclopropane: the opposite bond comes with radius 2
        assert_eq!(own_counts("C1CC1", 3), [3, 3, 3]);
        // components do not see one another
        assert_eq!(own_counts("C.C", 2), [2]);
    }

    #[test]
    fn rings_bonds_and_charges_tell_atoms_apart() {
        let parse = |smiles: &str| MolecularGraph::parse(smiles).unwrap();
        let shared = |a: &str, b: &str, radius| {
            let known = Substructures::of([&parse(a)], radius);
            let counts = known.counts(&parse(b));
            counts.into_iter().map(|(_, n)| n).sum::<u32>()
        };
        // a CH2 of a ring is none of a chain
        assert_eq!(shared("CCCCCC", "C1CCCCC1", 2), 0);
        assert_eq!(shared("CC([O-])=O", "CC(O)=O", 0), 3);
        // stereo is left aside
        assert_eq!(shared("C/C=C/C", "C/C=C\\C", 2), 4 + 4 + 4);
        assert_eq!(shared("N[C@H](C)O", "N[C@@H](C)O", 1), 4 + 4);
    }

    #[test]
    fn what_was_not_met_is_left_out() {
        let parse = |smiles: &str| MolecularGraph::parse(smiles).unwrap();
        let known = Substructures::of([&parse("CC")], 2);
        // butane has two CH3, but each at a CH2
        let counts = known.counts(&parse("CCCC"));
        assert_eq!(counts, [(0, 2)]);
        assert!(known.counts(&parse("[Na+]")).is_empty());
        assert!(Substructures::of([], 2).is_empty());
    }
}
