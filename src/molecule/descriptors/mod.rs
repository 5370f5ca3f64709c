//! Molecular descriptors: numbers of a molecule's composition, surface, charges and bonds, as RDKit
//! defines them.
//!
//! Everything is computed from the canonical SMILES, so that all spellings of a molecule have the same
//! numbers to the last bit. Typing by patterns, aromaticity, charges and surfaces are those of
//! `chematic-chem`; masses and all that rests on bonds alone are computed here, at a fraction of the cost.

mod connections;
mod names;

use chematic_chem as chem;
use chematic_core::Molecule as Parsed;

use super::graph::MolecularGraph;
use super::mass::atomic_mass;
use connections::{Connections, Vertex};

/// Numbers that are computed together: their names, and how they come from a molecule as RDKit models it; none
/// where they do not exist for it.
type Family = (&'static str, fn(&Parsed, &Connections) -> Vec<f64>);

/// The families: 133 numbers at about 55 µs for a molecule of 10 heavy atoms and 150 µs for one of 16.
///
/// ```text
/// µs a molecule, one thread, of tables of boiling (10 heavy atoms) and melting points (16)
/// reading the SMILES      3    6    paid once for all families
/// mass, composition       1    1
/// groups                  8   16    patterns
/// rings                   5   18    10 of them the aromatic view that others share
/// Crippen                20   53    patterns
/// surface                 3    5
/// Crippen's surface       2    5    beside Crippen, whose patterns it shares; else as Crippen
/// charge                  5    9
/// state                   4   15
/// connectivity            5   16
/// distance                4   15
/// carbons                 3    5
/// ```
const FAMILIES: [Family; 12] = [
    (names::MASS, masses),
    (names::COMPOSITION, |_, bonds| composition(bonds)),
    (names::GROUPS, |model, _| groups(model)),
    (names::RINGS, |model, _| rings(model)),
    (names::CRIPPEN, |model, _| {
        let (log_p, refractivity) = chem::logp_and_mr(model);
        vec![log_p, refractivity]
    }),
    (names::SURFACE, |model, _| {
        vec![
            chem::rdkit_tpsa(model),
            chem::labute_asa(model),
            chem::vabc(model),
        ]
    }),
    (names::CRIPPEN_SURFACE, |model, _| {
        [chem::slogp_vsa(model), chem::smr_vsa(model)].concat()
    }),
    (names::CHARGE, |model, _| charges(model).unwrap_or_default()),
    (names::STATE, |model, bonds| {
        states(model, bonds).unwrap_or_default()
    }),
    (names::CONNECTIVITY, |model, bonds| {
        bonds.connectivity(model)
    }),
    (names::DISTANCE, |model, bonds| {
        let mut row = bonds.extent();
        row.push(chem::try_balaban_j(model).unwrap_or(f64::NAN));
        row
    }),
    (names::CARBONS, carbons),
];

/// Names of the [`descriptors`], all different.
pub fn descriptor_names() -> impl Iterator<Item = &'static str> {
    FAMILIES
        .into_iter()
        .flat_map(|(names, _)| names.split_whitespace())
}

/// The descriptors of a molecule, one for each of [`descriptor_names`]; NaN where the number does not exist for it, as
/// the partial charges of a metal complex, and never another value in its place.
///
/// ```
/// use geogate::molecule::{MolecularGraph, descriptor_names, descriptors};
/// let aspirin = MolecularGraph::parse("CC(=O)Oc1ccccc1C(=O)O")?;
/// let row = descriptors(&aspirin);
/// let (_, area) = descriptor_names().zip(&row).find(|(name, _)| *name == "TPSA").unwrap();
/// assert!((area - 63.6).abs() < 1e-9); // Å²
/// # Ok::<(), geogate::molecule::SmilesError>(())
/// ```
pub fn descriptors(graph: &MolecularGraph) -> Vec<f64> {
    let Ok(parsed) = chematic_smiles::parse_template(graph.smiles()) else {
        return vec![f64::NAN; descriptor_names().count()];
    };
    // the molecule as RDKit models it; what is asked of it below, it models no second time
    let mut row = chematic_smiles::with_rdkit_model_molecule(&parsed, row_of);
    for value in row.iter_mut().filter(|value| !value.is_finite()) {
        *value = f64::NAN;
    }
    row
}

fn row_of(model: &Parsed) -> Vec<f64> {
    let connections = Connections::new(model);
    let mut row = Vec::new();
    for (names, numbers) in FAMILIES {
        let values = numbers(model, &connections);
        let count = names.split_whitespace().count();
        match values.len() == count {
            true => row.extend(values),
            false => row.extend(std::iter::repeat_n(f64::NAN, count)),
        }
    }
    row
}

fn masses(model: &Parsed, connections: &Connections) -> Vec<f64> {
    let hydrogen = atomic_mass(1, None);
    let heavy = |atom: &&Vertex| atom.element != 1;
    let mass = |atom: &Vertex| atomic_mass(atom.element, atom.isotope.filter(|&i| i > 0));
    let all = |atom: &Vertex| mass(atom) + f64::from(atom.hydrogens) * hydrogen;
    vec![
        connections.atoms.iter().map(all).sum(),
        connections.atoms.iter().filter(heavy).map(mass).sum(),
        chem::exact_mass(model),
    ]
}

fn composition(connections: &Connections) -> Vec<f64> {
    let over = |what: fn(&Vertex) -> f64| connections.atoms.iter().map(what).sum::<f64>();
    let hydrogens = over(|atom| f64::from(atom.hydrogens) + f64::from(u8::from(atom.element == 1)));
    let polar = |atom: &Vertex| matches!(atom.element, 7 | 8);
    let carbon = |atom: &Vertex| atom.element == 6;
    let full = |atom: &Vertex| carbon(atom) && atom.neighbours + atom.hydrogens == 4;
    let carbons = connections.count(carbon);
    let elements = ELEMENTS.map(|z| connections.count(|atom| atom.element == z));
    let row = [
        connections.count(Vertex::is_heavy),
        hydrogens,
        connections.count(|atom| !matches!(atom.element, 1 | 6)),
        over(|atom| match atom.element {
            7 | 8 => f64::from(atom.hydrogens),
            _ => 0.0,
        }),
        connections.count(polar),
        connections.valence_electrons(),
        over(|atom| f64::from(atom.charge)),
        match carbons > 0.0 {
            true => connections.count(full) / carbons,
            false => 0.0,
        },
    ];
    [row.as_slice(), &elements].concat()
}

/// Atomic numbers of the elements that are counted, in the order of their columns.
const ELEMENTS: [u8; 11] = [6, 7, 8, 9, 16, 17, 35, 53, 15, 14, 5];

/// Counts as columns.
fn counts<const N: usize>(counts: [usize; N]) -> Vec<f64> {
    counts.map(|count| count as f64).to_vec()
}

fn groups(model: &Parsed) -> Vec<f64> {
    counts([
        chem::hbd_count(model),
        chem::rdkit_hba_count(model),
        chem::num_amide_bonds(model),
        chem::num_ester_bonds(model),
    ])
}

fn rings(model: &Parsed) -> Vec<f64> {
    counts([
        chem::rdkit_num_rings(model),
        chem::rdkit_aromatic_ring_count(model),
        chem::ring_system_count(model),
        chem::num_spiro_atoms(model),
        chem::num_bridgehead_atoms(model),
    ])
}

fn carbons(model: &Parsed, connections: &Connections) -> Vec<f64> {
    // neighbours, hybridisation
    const TYPES: [(u8, u8); 9] = [
        (1, 1),
        (2, 1),
        (1, 2),
        (2, 2),
        (3, 2),
        (1, 3),
        (2, 3),
        (3, 3),
        (4, 3),
    ];
    let hybridisations = chem::hybridization_per_atom(model);
    let count = |(neighbours, wanted): (u8, u8)| {
        let atoms = connections.atoms.iter().zip(&hybridisations);
        let alike = atoms.filter(|&(atom, &hybridisation)| {
            (atom.element, atom.neighbours, hybridisation) == (6, neighbours, wanted)
        });
        alike.count()
    };
    counts(TYPES.map(count))
}

/// The largest and the smallest value.
fn extremes(values: &[f64]) -> [f64; 2] {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    [largest, smallest]
}

/// `None` if an element has no parameters, so that charges are not numbers.
fn charges(model: &Parsed) -> Option<Vec<f64>> {
    let charges = chem::gasteiger_charges(model);
    if charges.iter().any(|charge| !charge.is_finite()) {
        return None;
    }
    let [largest, smallest] = extremes(&charges);
    let (a, b) = (largest.abs(), smallest.abs());
    let bins = binned(&charges, &chem::labute_asa_per_atom(model), &CHARGE_BINS)?;
    Some([vec![largest, smallest, a.max(b), a.min(b)], bins].concat())
}

fn states(model: &Parsed, connections: &Connections) -> Option<Vec<f64>> {
    let states = connections.states();
    let areas = chem::labute_asa_per_atom(model);
    let [largest, smallest] = extremes(&states);
    let sizes: Vec<f64> = states.iter().map(|state| state.abs()).collect();
    let [most, least] = extremes(&sizes);
    let by_state = binned(&states, &areas, &STATE_BINS)?;
    let by_area = binned(&areas, &states, &AREA_BINS)?;
    Some([vec![largest, smallest, most, least], by_state, by_area].concat())
}

/// Bounds of charge in e between the bins of `PEOE_VSA`.
const CHARGE_BINS: [f64; 13] = [
    -0.3, -0.25, -0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3,
];
/// Bounds of state between the bins of `EState_VSA`.
const STATE_BINS: [f64; 10] = [
    -0.39, 0.29, 0.717, 1.165, 1.54, 1.807, 2.05, 4.69, 9.17, 15.0,
];
/// Bounds of surface in Å² between the bins of `VSA_EState`.
const AREA_BINS: [f64; 9] = [4.78, 5.0, 5.41, 5.74, 6.0, 6.07, 6.45, 7.0, 11.0];

/// Sums of `values` over the atoms whose `keys` are in each bin; a bound belongs to the bin above it. `None` if
/// the two are not of the same atoms.
fn binned(keys: &[f64], values: &[f64], bounds: &[f64]) -> Option<Vec<f64>> {
    let mut bins = vec![0.0; bounds.len() + 1];
    for (key, value) in keys.iter().zip(values) {
        bins[bounds.partition_point(|bound| bound <= key)] += value;
    }
    (keys.len() == values.len()).then_some(bins)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reader's numbers do not lean on the order of the atoms either.
    #[test]
    fn orders_of_the_atoms_have_close_numbers() {
        let numbers = |smiles: &str| {
            let parsed = chematic_smiles::parse_template(smiles).unwrap();
            chematic_smiles::with_rdkit_model_molecule(&parsed, row_of)
        };
        for (a, b) in [
            ("CC(=O)Oc1ccccc1C(=O)O", "OC(=O)c1c(OC(C)=O)cccc1"),
            ("O=C(O)[C@@H]1CCCN1", "C1CN[C@H](C(O)=O)C1"),
            ("CC1(C)C2CCC1(C)C(=O)C2", "O=C1CC2CCC1(C)C2(C)C"),
            ("Cn1cnc2c1c(=O)n(C)c(=O)n2C", "O=c1c2n(C)cnc2n(C)c(=O)n1C"),
        ] {
            for ((name, x), y) in descriptor_names().zip(numbers(a)).zip(numbers(b)) {
                let close = (x - y).abs() <= f64::EPSILON.sqrt() * x.abs().max(1.0);
                assert!(close, "{name} of {a}: {x} and {y}");
            }
        }
    }
}
