//! The heavy-atom skeleton of an acyclic molecule as a canonical text.

use super::graph::MolecularGraph;
use super::ring::ring_bonds;

/// The carbon skeleton of an acyclic molecule: every heavy atom C, every bond single, hydrogens
/// left out, components sorted and joined by `.`.
///
/// A tree has one centre or two adjacent ones; rooted there, its canonical text writes the texts
/// of its branches in order of length, then alphabet (Aho, Hopcroft and Ullman 1974). The key is
/// the text that starts at the other end of that one: equal trees, equal ends. A dative bond on a
/// cycle, which is no ring in RDKit's sense, is left out.
pub(super) fn skeleton(graph: &MolecularGraph) -> String {
    let forest = Forest::new(graph);
    let mut seen = vec![false; graph.atom_count()];
    let mut parts = Vec::new();
    for atom in 0..graph.atom_count() {
        if !seen[atom] && !graph.atoms[atom].is_hydrogen() {
            let members = forest.component(atom, &mut seen);
            parts.push(forest.canonical(&members));
        }
    }
    parts.sort_unstable_by(|a, b| by_length(a, b));
    parts.join(".")
}

/// Which bonds close a cycle without being ordinary.
fn cyclic_bonds(graph: &MolecularGraph) -> Vec<bool> {
    let ordinary = |bond: usize| graph.bonds[bond].2.is_ordinary();
    if (0..graph.bond_count()).all(ordinary) {
        return vec![false; graph.bond_count()];
    }
    let ends: Vec<(u32, u32)> = graph.bonds.iter().map(|&(a, b, _)| (a, b)).collect();
    let mut cyclic = ring_bonds(graph.atom_count(), &ends, |_| false);
    for (bond, cyclic) in cyclic.iter_mut().enumerate() {
        *cyclic &= !ordinary(bond);
    }
    cyclic
}

struct Forest {
    neighbours: Vec<Vec<usize>>,
}

impl Forest {
    fn new(graph: &MolecularGraph) -> Self {
        let mut neighbours = vec![Vec::new(); graph.atom_count()];
        let hydrogen = |atom: usize| graph.atoms[atom].is_hydrogen();
        let cyclic = cyclic_bonds(graph);
        for (bond, cyclic) in cyclic.into_iter().enumerate() {
            let (begin, end) = graph.endpoints(bond);
            if !cyclic && !hydrogen(begin) && !hydrogen(end) {
                neighbours[begin].push(end);
                neighbours[end].push(begin);
            }
        }
        Self { neighbours }
    }

    fn component(&self, atom: usize, seen: &mut [bool]) -> Vec<usize> {
        let mut members = vec![atom];
        seen[atom] = true;
        let mut next = 0;
        while next < members.len() {
            for &other in &self.neighbours[members[next]] {
                if !seen[other] {
                    seen[other] = true;
                    members.push(other);
                }
            }
            next += 1;
        }
        members
    }

    fn canonical(&self, members: &[usize]) -> String {
        let centres = self.centres(members).into_iter();
        let from_centre = centres.map(|centre| self.rooted(centre, usize::MAX));
        let (_, end) = from_centre
            .max_by(|a, b| by_length(&a.0, &b.0))
            .expect("a tree has a centre");
        self.rooted(end, usize::MAX).0
    }

    /// What is left of a tree after its leaves are taken away again and again.
    fn centres(&self, members: &[usize]) -> Vec<usize> {
        let mut degree: Vec<usize> = self.neighbours.iter().map(Vec::len).collect();
        let mut left = members.len();
        let mut leaves: Vec<usize> = members
            .iter()
            .copied()
            .filter(|&atom| degree[atom] <= 1)
            .collect();
        while left > 2 {
            left -= leaves.len();
            let mut next = Vec::new();
            for &leaf in &leaves {
                for &other in &self.neighbours[leaf] {
                    degree[other] = degree[other].saturating_sub(1);
                    if degree[other] == 1 {
                        next.push(other);
                    }
                }
            }
            leaves = next;
        }
        leaves
    }

    /// The text of the subtree at `atom`, seen from `parent`, and the last atom in it. As deep as
    /// the tree, which `MAX_ATOMS` bounds.
    fn rooted(&self, atom: usize, parent: usize) -> (String, usize) {
        let children = self.neighbours[atom].iter().filter(|&&c| c != parent);
        let mut branches: Vec<_> = children.map(|&c| self.rooted(c, atom)).collect();
        branches.sort_unstable_by(|a, b| by_length(&a.0, &b.0));
        let mut text = String::from("C");
        let Some((tail, end)) = branches.pop() else {
            return (text, atom);
        };
        for (branch, _) in branches {
            text.extend(["(", &branch, ")"]);
        }
        text.push_str(&tail);
        (text, end)
    }
}

fn by_length(a: &str, b: &str) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}
