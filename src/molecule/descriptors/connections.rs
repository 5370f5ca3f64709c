//! Numbers of the bonds alone and of the atoms at their ends: counts, connectivity and shape indices,
//! electrotopological states, distances.
//!
//! Hydrogens are counted at their atoms; one that is an atom itself (an isotope, a proton, a molecule of
//! hydrogen) is an atom here as in RDKit.

use chematic_chem as chem;
use chematic_core::{AtomIdx, Molecule as Parsed, implicit_hcount};

/// Outer electrons of the elements from hydrogen on, as in RDKit's periodic table.
const OUTER_ELECTRONS: [u8; 118] = [
    1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 2, 3,
    4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 3, 4, 5, 6,
    7, 8, 9, 10, 11, 12, 13, 14, 15, 4, 5, 6, 7, 8, 9, 10, 11, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 3,
    4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
];

/// Longest path of a connectivity index, in bonds.
const LONGEST: usize = 4;

/// An atom: 0 is the element of the wildcard `*`.
#[derive(Clone, Copy)]
pub(super) struct Vertex {
    pub(super) element: u8,
    pub(super) isotope: Option<u16>,
    pub(super) charge: i8,
    pub(super) hydrogens: u8,
    pub(super) neighbours: u8,
}

impl Vertex {
    fn outer_electrons(&self) -> f64 {
        let row = usize::from(self.element).checked_sub(1);
        let electrons = row.and_then(|row| OUTER_ELECTRONS.get(row));
        f64::from(electrons.copied().unwrap_or(0))
    }

    pub(super) fn is_heavy(&self) -> bool {
        self.element > 1
    }

    /// δ to the power −1/2 of the outer electrons outside hydrogens; 0 where δ = 0.
    fn simple_weight(&self) -> f64 {
        inverse_root(self.outer_electrons() - f64::from(self.hydrogens))
    }

    /// δᵛ to the power −1/2 of the outer electrons outside hydrogens, beyond the second row over
    /// the number of inner electrons (Kier and Hall); 0 where δᵛ = 0.
    fn valence_weight(&self) -> f64 {
        let outer = self.outer_electrons();
        let delta = outer - f64::from(self.hydrogens);
        match self.element {
            0 | 1 => 0.0,
            2..=10 => inverse_root(delta),
            z => inverse_root(delta / (f64::from(z) - outer - 1.0)),
        }
    }

    /// Intrinsic state (4/N² · δᵛ + 1) / δ, N the principal quantum number; 0 without neighbours.
    fn intrinsic_state(&self) -> f64 {
        if self.neighbours == 0 {
            return 0.0;
        }
        let row = match self.element {
            0..=2 => 1.0,
            3..=10 => 2.0,
            11..=18 => 3.0,
            19..=36 => 4.0,
            37..=54 => 5.0,
            55..=86 => 6.0,
            _ => 7.0,
        };
        let delta = self.outer_electrons() - f64::from(self.hydrogens);
        (4.0 / (row * row) * delta + 1.0) / f64::from(self.neighbours)
    }
}

fn inverse_root(delta: f64) -> f64 {
    match delta == 0.0 {
        true => 0.0,
        false => delta.sqrt().recip(),
    }
}

/// The bonds of a molecule.
pub(super) struct Connections {
    pub(super) atoms: Vec<Vertex>,
    bonds: Vec<(usize, usize)>,
    neighbours: Vec<Vec<usize>>,
}

impl Connections {
    pub(super) fn new(parsed: &Parsed) -> Self {
        let mut neighbours = vec![Vec::new(); parsed.atom_count()];
        let ends = parsed.bonds().map(|(_, bond)| bond);
        let bonds: Vec<(usize, usize)> = ends
            .map(|bond| (bond.atom1.0 as usize, bond.atom2.0 as usize))
            .collect();
        for &(a, b) in &bonds {
            neighbours[a].push(b);
            neighbours[b].push(a);
        }
        let vertex = |(index, atom): (AtomIdx, &chematic_core::Atom)| Vertex {
            element: match atom.wildcard {
                true => 0,
                false => atom.element.atomic_number(),
            },
            isotope: atom.isotope,
            charge: atom.charge,
            hydrogens: match atom.wildcard {
                true => atom.hydrogen_count.unwrap_or(0),
                false => implicit_hcount(parsed, index),
            },
            neighbours: neighbours[index.0 as usize].len() as u8,
        };
        Self {
            atoms: parsed.atoms().map(vertex).collect(),
            bonds,
            neighbours,
        }
    }

    /// Number of atoms for which `test` holds.
    pub(super) fn count(&self, test: impl Fn(&Vertex) -> bool) -> f64 {
        self.atoms.iter().filter(|atom| test(atom)).count() as f64
    }

    /// Outer electrons, those of hydrogens included, less the charge.
    pub(super) fn valence_electrons(&self) -> f64 {
        let electrons = |atom: &Vertex| {
            atom.outer_electrons() + f64::from(atom.hydrogens) - f64::from(atom.charge)
        };
        self.atoms.iter().map(electrons).sum()
    }

    /// Chi0, Chi1; Chi0n … Chi4n; Chi0v … Chi4v; Kappa1 … Kappa3, Hall–Kier alpha, flexibility Phi.
    pub(super) fn connectivity(&self, parsed: &Parsed) -> Vec<f64> {
        let degrees = self.atoms.iter().map(|a| f64::from(a.neighbours));
        let degree: Vec<f64> = degrees.map(inverse_root).collect();
        let edges = |weight: &[f64]| -> f64 {
            let bonds = self.bonds.iter();
            bonds.map(|&(a, b)| weight[a] * weight[b]).sum()
        };
        let simple: Vec<f64> = self.atoms.iter().map(Vertex::simple_weight).collect();
        let valence: Vec<f64> = self.atoms.iter().map(Vertex::valence_weight).collect();
        let paths = self.paths(&simple, &valence);
        let mut row = vec![degree.iter().sum(), edges(&degree)];
        for (column, weight) in [simple, valence].iter().enumerate() {
            row.extend([weight.iter().sum(), edges(weight)]);
            row.extend(paths.iter().map(|sums| sums[column]));
        }
        let alpha = chem::hall_kier_alpha(parsed);
        let kappa = self.kappa(alpha, paths[0][2], paths[1][2]);
        let flexibility = kappa[0] * kappa[1] / self.count(Vertex::is_heavy);
        row.extend(kappa);
        row.extend([alpha, flexibility]);
        row
    }

    /// Kappa1, Kappa2 and Kappa3, of `two` paths of two bonds and `three` of three (Hall and Kier 1991).
    fn kappa(&self, alpha: f64, two: f64, three: f64) -> [f64; 3] {
        let heavy = self.count(Vertex::is_heavy);
        let size = heavy + alpha;
        let over = |numerator: f64, paths: f64| match paths + alpha == 0.0 {
            true => 0.0,
            false => numerator / (paths + alpha).powi(2),
        };
        let last = if heavy % 2.0 == 1.0 { 1.0 } else { 2.0 };
        [
            over(size * (size - 1.0).powi(2), self.bonds.len() as f64),
            over((size - 1.0) * (size - 2.0).powi(2), two),
            over((size - last) * (size - 3.0).powi(2), three),
        ]
    }

    /// Over the paths of 2, 3 and 4 bonds without hydrogens: the sums of the products of `simple` and
    /// `valence` weights, and the number of paths.
    ///
    /// As in RDKit a path may end at an atom it holds already: in a ring, which counts its first
    /// atom once, or in a loop, which counts the atom twice.
    fn paths(&self, simple: &[f64], valence: &[f64]) -> [[f64; 3]; LONGEST - 1] {
        let mut walk = Walk {
            connections: self,
            weights: simple
                .iter()
                .zip(valence)
                .map(|(&n, &v)| [n, v, 1.0])
                .collect(),
            path: Vec::with_capacity(LONGEST + 1),
            sums: [[0.0; 3]; LONGEST - 1],
        };
        for atom in (0..self.atoms.len()).filter(|&a| self.atoms[a].element != 1) {
            walk.extend(atom, walk.weights[atom]);
        }
        walk.sums
    }

    /// Distances in bonds from each atom to those it is connected with, as `(atom, atom, distance)`, each
    /// pair once.
    fn distances(&self) -> Vec<(usize, usize, u32)> {
        let mut pairs = Vec::with_capacity(self.atoms.len() * self.atoms.len() / 2);
        let mut queue = Vec::with_capacity(self.atoms.len());
        for start in 0..self.atoms.len() {
            let mut distance = vec![u32::MAX; self.atoms.len()];
            distance[start] = 0;
            queue.clear();
            queue.push(start);
            let mut next = 0;
            while let Some(&atom) = queue.get(next) {
                next += 1;
                for &other in &self.neighbours[atom] {
                    if distance[other] == u32::MAX {
                        distance[other] = distance[atom] + 1;
                        queue.push(other);
                    }
                }
            }
            let later = queue.iter().filter(|&&atom| atom > start);
            pairs.extend(later.map(|&atom| (start, atom, distance[atom])));
        }
        pairs
    }

    /// Electrotopological state Iᵢ + Σⱼ (Iᵢ − Iⱼ) / (dᵢⱼ + 1)² of each atom (Hall, Mohney and Kier 1991).
    pub(super) fn states(&self) -> Vec<f64> {
        let intrinsic: Vec<f64> = self.atoms.iter().map(Vertex::intrinsic_state).collect();
        let mut states = intrinsic.clone();
        for (a, b, distance) in self.distances() {
            let part = (intrinsic[a] - intrinsic[b]) / f64::from(distance + 1).powi(2);
            states[a] += part;
            states[b] -= part;
        }
        states
    }

    /// Wiener index Σ d, least and greatest eccentricity (radius and diameter), and the Zagreb indices Σ δ²
    /// over atoms and Σ δδ over bonds. Distances are those within components.
    pub(super) fn extent(&self) -> Vec<f64> {
        let mut eccentricity = vec![0; self.atoms.len()];
        let mut wiener = 0.0;
        for (a, b, distance) in self.distances() {
            wiener += f64::from(distance);
            eccentricity[a] = distance.max(eccentricity[a]);
            eccentricity[b] = distance.max(eccentricity[b]);
        }
        let degree = |atom: usize| f64::from(self.atoms[atom].neighbours);
        let first = (0..self.atoms.len()).map(|a| degree(a).powi(2)).sum();
        let second = self.bonds.iter().map(|&(a, b)| degree(a) * degree(b));
        let radius = eccentricity.iter().min().copied().unwrap_or(0);
        let diameter = eccentricity.iter().max().copied().unwrap_or(0);
        let second = second.sum();
        vec![wiener, radius.into(), diameter.into(), first, second]
    }
}

/// A path as it grows.
struct Walk<'a> {
    connections: &'a Connections,
    weights: Vec<[f64; 3]>,
    path: Vec<usize>,
    sums: [[f64; 3]; LONGEST - 1],
}

impl Walk<'_> {
    /// Counts every path that begins with the present one and `atom`, of the weight `product`.
    fn extend(&mut self, atom: usize, product: [f64; 3]) {
        // an open path is met from both ends
        self.add(self.path.len(), product, 0.5);
        if self.path.len() == LONGEST {
            return;
        }
        let previous = self.path.last().copied();
        self.path.push(atom);
        let bonds = self.path.len();
        let connections = self.connections;
        for &other in &connections.neighbours[atom] {
            let vertex = connections.atoms[other];
            if Some(other) == previous || vertex.element == 1 {
                continue;
            }
            let weight = self.weights[other];
            let longer = [0, 1, 2].map(|column| product[column] * weight[column]);
            match self.path.iter().position(|&on_path| on_path == other) {
                None => self.extend(other, longer),
                // a ring is met from each of its atoms in both directions
                Some(0) => self.add(bonds, product, 0.5 / bonds as f64),
                // a loop is met in both directions
                Some(_) => self.add(bonds, longer, 0.5),
            }
        }
        self.path.pop();
    }

    fn add(&mut self, bonds: usize, product: [f64; 3], times: f64) {
        if let Some(row) = bonds.checked_sub(2)
            && let Some(sums) = self.sums.get_mut(row)
        {
            for (sum, value) in sums.iter_mut().zip(product) {
                *sum += times * value;
            }
        }
    }
}
