//! Features and keys of a thousand molecules, recorded from RDKit 2026.03.6.
//!
//! A line of the file holds, between tabs: the text read; RDKit's canonical SMILES; the same
//! without stereo and isotopes, former isotopes of hydrogen among the hydrogens of their atom (`=` if
//! equal); the group key; the atoms and the bonds of the
//! canonical SMILES, a word each, in RDKit's order; other spellings. An atom is one character per one-hot block (0-9, a-z, A-B:
//! the place in its block), `a` or `-` for aromatic, and the mass in u. A bond is
//! `begin-end:` and the place of its type (0 for none), conjugated, in ring, the place of its stereo.

use std::collections::HashMap;

use geogate::molecule::{MolecularGraph, Molecule};

/// First column of the six one-hot blocks of an atom.
const ATOM_BLOCKS: [usize; 6] = [0, 38, 45, 51, 56, 62];
const AROMATIC: usize = 70;
const CONJUGATED: usize = 5;
const IN_RING: usize = 6;
const STEREO: usize = 7;

pub(super) struct Entry {
    pub(super) smiles: &'static str,
    pub(super) canonical: &'static str,
    pub(super) flat: &'static str,
    pub(super) group: &'static str,
    atoms: Vec<(Vec<usize>, f32)>,
    bonds: Vec<((usize, usize), Vec<usize>)>,
    pub(super) spellings: Vec<&'static str>,
}

pub(super) fn entries() -> Vec<Entry> {
    include_str!("../golden/molecule_features.tsv")
        .lines()
        .map(entry)
        .collect()
}

fn entry(line: &'static str) -> Entry {
    let fields: Vec<&str> = line.split('\t').collect();
    let [smiles, canonical, flat, group, atoms, bonds, spellings] = fields[..] else {
        panic!("{} fields in {line:?}", fields.len());
    };
    Entry {
        smiles,
        canonical,
        flat: if flat == "=" { canonical } else { flat },
        group,
        atoms: atoms.split_whitespace().map(atom).collect(),
        bonds: bonds.split_whitespace().map(bond).collect(),
        spellings: spellings.split_whitespace().collect(),
    }
}

fn atom(word: &str) -> (Vec<usize>, f32) {
    let (places, mass) = word.split_at(7);
    let place = |c: char| match c {
        'A'..='Z' => 36 + (c as usize - 'A' as usize),
        _ => c.to_digit(36).unwrap() as usize,
    };
    let mut columns: Vec<usize> = ATOM_BLOCKS
        .iter()
        .zip(places.chars())
        .map(|(first, c)| first + place(c))
        .collect();
    columns.extend(places.ends_with('a').then_some(AROMATIC));
    let mass: f64 = mass.parse().unwrap();
    (columns, (0.01 * mass) as f32)
}

fn bond(word: &str) -> ((usize, usize), Vec<usize>) {
    let (ends, places) = word.split_once(':').unwrap();
    let (begin, end) = ends.split_once('-').unwrap();
    let places: Vec<usize> = places.chars().map(|c| c as usize - '0' as usize).collect();
    let [kind, conjugated, in_ring, stereo] = places[..] else {
        panic!("bond {word:?}");
    };
    let mut columns = Vec::new();
    columns.extend((kind > 0).then_some(kind)); // types begin at column 1
    columns.extend((conjugated == 1).then_some(CONJUGATED));
    columns.extend((in_ring == 1).then_some(IN_RING));
    columns.push(STEREO + stereo);
    ((begin.parse().unwrap(), end.parse().unwrap()), columns)
}

/// Collects failures, so that one run shows them all.
fn report(failures: Vec<String>) {
    let shown = failures[..failures.len().min(40)].join("\n");
    assert!(failures.is_empty(), "{} failures:\n{shown}", failures.len());
}

#[test]
fn the_file_is_large_enough() {
    assert!(entries().len() >= 1000, "{}", entries().len());
}

#[test]
fn every_feature_is_that_of_rdkit() {
    let mut failures = Vec::new();
    for entry in entries() {
        match MolecularGraph::parse(entry.smiles) {
            Ok(graph) => failures.extend(differences(&entry, &graph)),
            Err(error) => failures.push(format!("{}: {error}", entry.smiles)),
        }
    }
    report(failures);
}

fn differences(entry: &Entry, graph: &MolecularGraph) -> Vec<String> {
    let smiles = entry.smiles;
    if (graph.atom_count(), graph.bond_count()) != (entry.atoms.len(), entry.bonds.len()) {
        return vec![format!("{smiles}: {} atoms", graph.atom_count())];
    }
    let mut differences = Vec::new();
    for (i, (want, mass)) in entry.atoms.iter().enumerate() {
        let got: Vec<usize> = graph.atom_columns(i).collect();
        if got != *want || graph.scaled_mass(i) != *mass {
            let scaled = graph.scaled_mass(i);
            let text = format!("{smiles}: atom {i} is {got:?} {scaled}, RDKit {want:?} {mass}");
            differences.push(text);
        }
    }
    for (i, (ends, want)) in entry.bonds.iter().enumerate() {
        let got: Vec<usize> = graph.bond_columns(i).collect();
        if got != *want || graph.endpoints(i) != *ends {
            let at = graph.endpoints(i);
            differences.push(format!(
                "{smiles}: bond {i} is {at:?} {got:?}, RDKit {ends:?} {want:?}"
            ));
        }
    }
    differences
}

#[test]
fn canonical_smiles_and_connectivity_are_those_of_rdkit() {
    let mut failures = Vec::new();
    for entry in entries() {
        let smiles = entry.smiles;
        let molecule = Molecule::parse(smiles).unwrap_or_else(|error| panic!("{error}"));
        let (canonical, flat) = (molecule.canonical_smiles(), molecule.connectivity_key());
        if canonical != entry.canonical || flat != entry.flat {
            failures.push(format!(
                "{smiles}: {canonical} {flat}, RDKit {} {}",
                entry.canonical, entry.flat
            ));
        }
    }
    report(failures);
}

/// Scaffolds are compared as texts. Skeletons are written in an order of our own, so there the two
/// must tell the same molecules apart: a one-to-one map between our keys and RDKit's.
#[test]
fn groups_are_those_of_rdkit() {
    let mut failures = Vec::new();
    let (mut ours, mut theirs) = (HashMap::new(), HashMap::new());
    for entry in entries() {
        let key = Molecule::parse(entry.smiles).unwrap().group_key();
        let (smiles, want) = (entry.smiles, entry.group);
        let same = match want.starts_with("acyclic ") {
            true => {
                *ours.entry(key.clone()).or_insert(want) == want
                    && *theirs.entry(want).or_insert(key.clone()) == key
            }
            false => key == want,
        };
        if !same {
            failures.push(format!("{smiles}: group {key}, RDKit {want}"));
        }
    }
    report(failures);
    assert!(ours.len() > 40, "{} skeletons", ours.len());
}
