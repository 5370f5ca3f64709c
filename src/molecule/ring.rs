//! Which bonds are in a ring: those that are no bridges of the graph.

/// For each of `bonds` between `atoms` atoms, whether it lies on a cycle that avoids the bonds
/// `skipped` names.
///
/// A bond is a bridge exactly if no other bond leads from the part behind it back to an atom seen
/// before (Tarjan 1974); the walk is iterative, so a long chain needs no deep stack.
pub(super) fn ring_bonds(
    atoms: usize,
    bonds: &[(u32, u32)],
    skipped: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut in_ring = vec![false; bonds.len()];
    if bonds.len() < 3 {
        return in_ring;
    }
    let neighbours = Neighbours::new(atoms, bonds, skipped);
    let mut seen = vec![UNSEEN; atoms];
    let mut lowest = vec![UNSEEN; atoms];
    let mut stack: Vec<Step> = Vec::with_capacity(atoms);
    let mut order = 0;
    for root in 0..atoms {
        if seen[root] != UNSEEN {
            continue;
        }
        stack.push(neighbours.step(root, NO_BOND));
        (seen[root], lowest[root]) = (order, order);
        order += 1;
        while let Some(step) = stack.last_mut() {
            if step.next == step.end {
                let (atom, through) = (step.atom, step.through);
                stack.pop();
                if let Some(parent) = stack.last() {
                    let parent = parent.atom;
                    in_ring[through as usize] = lowest[atom] <= seen[parent];
                    lowest[parent] = lowest[parent].min(lowest[atom]);
                }
                continue;
            }
            let (other, bond) = neighbours.entries[step.next];
            step.next += 1;
            let (atom, through) = (step.atom, step.through);
            let other = other as usize;
            if bond == through {
                continue;
            }
            if seen[other] == UNSEEN {
                (seen[other], lowest[other]) = (order, order);
                order += 1;
                stack.push(neighbours.step(other, bond));
            } else {
                in_ring[bond as usize] = true;
                lowest[atom] = lowest[atom].min(seen[other]);
            }
        }
    }
    in_ring
}

const UNSEEN: u32 = u32::MAX;
const NO_BOND: u32 = u32::MAX;

/// An atom on the path of the walk, the bond it was reached by, and its unvisited neighbours.
struct Step {
    atom: usize,
    through: u32,
    next: usize,
    end: usize,
}

/// Neighbours of every atom in one array.
struct Neighbours {
    first: Vec<usize>,
    /// Neighbour and bond.
    entries: Vec<(u32, u32)>,
}

impl Neighbours {
    fn new(atoms: usize, bonds: &[(u32, u32)], skipped: impl Fn(usize) -> bool) -> Self {
        let mut first = vec![0; atoms + 1];
        let kept = |&(bond, _): &(usize, &(u32, u32))| !skipped(bond);
        for (_, &(begin, end)) in bonds.iter().enumerate().filter(kept) {
            first[begin as usize + 1] += 1;
            first[end as usize + 1] += 1;
        }
        for atom in 0..atoms {
            first[atom + 1] += first[atom];
        }
        let mut free = first.clone();
        let mut entries = vec![(0, 0); first[atoms]];
        for (bond, &(begin, end)) in bonds.iter().enumerate().filter(kept) {
            for (from, to) in [(begin, end), (end, begin)] {
                entries[free[from as usize]] = (to, bond as u32);
                free[from as usize] += 1;
            }
        }
        Self { first, entries }
    }

    fn step(&self, atom: usize, through: u32) -> Step {
        Step {
            atom,
            through,
            next: self.first[atom],
            end: self.first[atom + 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUSED: &[(u32, u32)] = &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3)];

    #[test]
    fn a_bridge_between_rings_is_in_no_ring() {
        let expected = [true, true, true, false, true, true, true];
        assert_eq!(ring_bonds(6, FUSED, |_| false), expected);
    }

    #[test]
    fn a_cycle_through_a_skipped_bond_is_no_ring() {
        let expected = [false, false, false, false, true, true, true];
        assert_eq!(ring_bonds(6, FUSED, |bond| bond == 2), expected);
    }

    /// Second route: a bond is a bridge if its ends fall apart without it.
    #[test]
    fn random_graphs_agree_with_the_definition() {
        let mut stream = crate::random::Stream::new(1, crate::random::Purpose::Test, 0);
        for _ in 0..300 {
            let atoms = 2 + stream.below(12);
            let mut bonds: Vec<(u32, u32)> = Vec::new();
            for begin in 0..atoms as u32 {
                for end in begin + 1..atoms as u32 {
                    if stream.uniform() < 0.2 {
                        bonds.push((begin, end));
                    }
                }
            }
            let expected: Vec<bool> = (0..bonds.len())
                .map(|left_out| connected_without(atoms, &bonds, left_out))
                .collect();
            assert_eq!(ring_bonds(atoms, &bonds, |_| false), expected, "{bonds:?}");
        }
    }

    fn connected_without(atoms: usize, bonds: &[(u32, u32)], left_out: usize) -> bool {
        let mut part: Vec<usize> = (0..atoms).collect();
        for _ in 0..atoms {
            for (bond, &(begin, end)) in bonds.iter().enumerate() {
                if bond != left_out {
                    let (begin, end) = (begin as usize, end as usize);
                    let least = part[begin].min(part[end]);
                    (part[begin], part[end]) = (least, least);
                }
            }
        }
        let (begin, end) = bonds[left_out];
        part[begin as usize] == part[end as usize]
    }
}
