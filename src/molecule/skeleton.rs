//! The heavy-atom skeleton of an acyclic molecule as a canonical text.

use super::graph::MolecularGraph;

/// The carbon skeleton of an acyclic molecule: every heavy atom C, every bond single, hydrogens
/// left out, components sorted and joined by `.`.
///
/// A tree has one centre or two adjacent ones; rooted there, its canonical text writes the texts
/// of its branches in order of length, then alphabet (Aho, Hopcroft and Ullman 1974). Bonds
/// outside the four ordinary types are left out, because rings may run through dative bonds.
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
    parts.sort_unstable_by(by_length);
    parts.join(".")
}

struct Forest {
    neighbours: Vec<Vec<usize>>,
}

impl Forest {
    fn new(graph: &MolecularGraph) -> Self {
        let mut neighbours = vec![Vec::new(); graph.atom_count()];
        let hydrogen = |atom: u32| graph.atoms[atom as usize].is_hydrogen();
        for &(begin, end, bond) in &graph.bonds {
            if bond.is_ordinary() && !hydrogen(begin) && !hydrogen(end) {
                neighbours[begin as usize].push(end as usize);
                neighbours[end as usize].push(begin as usize);
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
        let roots = self.centres(members).into_iter();
        roots
            .map(|root| self.rooted(root, usize::MAX))
            .max_by(by_length)
            .expect("a tree has a centre")
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

    /// The subtree at `atom`, seen from `parent`; at most half of `MAX_ATOMS` deep.
    fn rooted(&self, atom: usize, parent: usize) -> String {
        let children = self.neighbours[atom].iter().filter(|&&c| c != parent);
        let mut branches: Vec<String> = children.map(|&c| self.rooted(c, atom)).collect();
        branches.sort_unstable_by(by_length);
        let mut text = String::from("C");
        let last = branches.pop();
        for branch in branches {
            text.extend(["(", &branch, ")"]);
        }
        text.extend(last);
        text
    }
}

fn by_length(a: &String, b: &String) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}
