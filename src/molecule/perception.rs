//! What is asked of `chematic`, the reader of SMILES at RDKit parity: text to sanitised graph,
//! canonical texts, scaffolds. Beside this file only [`spelling`](super::spelling), [`drawing`](super::drawing) and
//! [`descriptors`](super::descriptors) with its families know it.
//!
//! Of that crate only the functions that reproduce RDKit's `MolFromSmiles` are used; its own
//! aromaticity, scaffolds, formulas and masses differ from RDKit's and are not.

use chematic_core::Molecule as Parsed;
use chematic_smiles::{
    OgbGraphFeatures, RdkitMolView, RdkitSmilesError, SmilesError as ParseError,
};

use super::error::{SmilesError, SmilesErrorKind as Kind};
use super::features::{AtomCode, AtomFacts, BondCode, BondFacts, BondKind, Hybridisation};
use super::graph::MolecularGraph;
use super::mass::atomic_mass;
use super::ring::ring_bonds;
use super::{MAX_BYTES, canonical, spelling, syntax};

/// A molecule as the reader holds it.
#[derive(Clone)]
pub(super) struct Perceived {
    parsed: Parsed,
}

impl Perceived {
    /// Reads, checks and sanitises a SMILES; the molecule and its canonical text.
    pub(super) fn parse(smiles: &str) -> Result<(Self, String), SmilesError> {
        let text = smiles.trim_ascii();
        if text.is_empty() {
            return Err(SmilesError::new(Kind::Empty, text, None));
        }
        if text.len() > MAX_BYTES {
            let bytes = text.len();
            return Err(SmilesError::new(Kind::TooLong { bytes }, text, None));
        }
        let positions = syntax::atom_positions(text)?;
        // as a template: sanitisation judges valences, and does so by RDKit's rules
        let parsed =
            chematic_smiles::parse_template(text).map_err(|error| parse_error(&error, text))?;
        let parsed = spelling::without_notes(parsed);
        let ordered = spelling::small_rings_first(&parsed);
        let perceived = ordered.as_ref().unwrap_or(&parsed);
        match chematic_smiles::rdkit_canonical_smiles(perceived) {
            Ok(canonical) => {
                let parsed = ordered.unwrap_or(parsed);
                Ok((Self { parsed }, canonical))
            }
            Err(error) => Err(sanitisation_error(error, &parsed, text, &positions)),
        }
    }

    /// The molecule without stereo marks and isotopes.
    pub(super) fn bare(&self) -> Self {
        let parsed = spelling::bare(&self.parsed);
        Self { parsed }
    }

    /// RDKit's canonical SMILES, if it can be written.
    pub(super) fn canonical_smiles(&self) -> Option<String> {
        chematic_smiles::rdkit_canonical_smiles(&self.parsed).ok()
    }

    /// The Bemis–Murcko scaffold, stereo marks included; empty without rings.
    pub(super) fn scaffold(&self) -> Option<String> {
        chematic_smiles::rdkit_murcko_scaffold(&self.parsed).ok()
    }
}

/// The graph of a canonical text, atoms in its order.
pub(super) fn graph(canonical: &str) -> Result<MolecularGraph, SmilesError> {
    match ordinary_graph(canonical) {
        Some(graph) => Ok(graph),
        None => unusual_graph(canonical),
    }
}

/// The graph of a canonical text, from the text alone; `None` for a molecule out of the ordinary.
fn ordinary_graph(canonical: &str) -> Option<MolecularGraph> {
    canonical::sketch(canonical)?.graph(canonical)
}

/// The graph of a canonical text of any molecule, which is sanitised once more.
fn unusual_graph(canonical: &str) -> Result<MolecularGraph, SmilesError> {
    let parsed = chematic_smiles::parse_template(canonical)
        .map_err(|error| parse_error(&error, canonical))?;
    sanitised_graph(&parsed, canonical)
        .map_err(|error| sanitisation_error(error, &parsed, canonical, &[]))
}

/// Features of the sanitised molecule.
///
/// The categorical features of the Open Graph Benchmark come from one sanitisation and say all but
/// three things: which unusual hybridisation, which unusual bond, which chirality class beyond
/// tetrahedral. A second view tells those, for the few molecules that have them.
fn sanitised_graph(parsed: &Parsed, canonical: &str) -> Result<MolecularGraph, RdkitSmilesError> {
    let facts = chematic_smiles::ogb_graph_features(parsed)?;
    let isotopes = isotopes(parsed, facts.node_feat.len());
    let view = match is_unusual(&facts) {
        true => Some(full_view(parsed)?),
        false => None,
    };
    let rows = facts.node_feat.iter().enumerate();
    let atoms = rows.map(|(i, row)| AtomCode::new(&atom_facts(row, i, &isotopes, view.as_ref())));
    Ok(MolecularGraph {
        smiles: canonical.into(),
        atoms: atoms.collect(),
        bonds: bonds(&facts, view.as_ref()),
    })
}

/// Element 118 of the benchmark's table stands for everything that is none.
const MISC_ELEMENT: i64 = 118;
const MISC_CHARGE: i64 = 11;
const MISC_HYBRIDISATION: i64 = 5;
const MISC_CHIRALITY: i64 = 4;
const MISC_BOND: i64 = 4;
const MISC_STEREO: i64 = 5;

fn is_unusual(facts: &OgbGraphFeatures) -> bool {
    let atom = |row: &[i64; 9]| {
        row[1] == MISC_CHIRALITY || (row[6] == MISC_HYBRIDISATION && !has_only_s(row))
    };
    facts.node_feat.iter().any(atom) || facts.edge_feat.iter().any(|row| row[0] == MISC_BOND)
}

/// True for an atom of unnamed hybridisation that can only be S: hydrogen, and a bare atom that is
/// not negative, whose at most 12 outer electrons fill at most 6 orbitals (7 would be unnamed too).
fn has_only_s(row: &[i64; 9]) -> bool {
    let [element, _, degree, charge, ..] = *row;
    let hydrogen = element == 0 && degree <= 1;
    let bare = element < MISC_ELEMENT && degree == 0 && (5..MISC_CHARGE).contains(&charge);
    hydrogen || bare
}

/// The molecule as RDKit models it; hydrogens written as atoms must be suppressed first.
fn full_view(parsed: &Parsed) -> Result<RdkitMolView, RdkitSmilesError> {
    match chematic_smiles::rdkit_hydrogen_suppressed(parsed) {
        Some(suppressed) => chematic_smiles::rdkit_mol_view(&suppressed),
        None => chematic_smiles::rdkit_mol_view(parsed),
    }
}

/// Isotope of each of the `count` atoms that sanitisation keeps; nothing if there are none.
fn isotopes(parsed: &Parsed, count: usize) -> Vec<Option<u16>> {
    if parsed.atoms().all(|(_, atom)| atom.isotope.is_none()) {
        return Vec::new();
    }
    let kept = match parsed.atom_count() == count {
        true => None,
        false => chematic_smiles::rdkit_hydrogen_suppressed_with_map(parsed),
    };
    match kept {
        Some((suppressed, _)) => suppressed.atoms().map(|(_, atom)| atom.isotope).collect(),
        None => parsed.atoms().map(|(_, atom)| atom.isotope).collect(),
    }
}

fn atom_facts(
    row: &[i64; 9],
    index: usize,
    isotopes: &[Option<u16>],
    view: Option<&RdkitMolView>,
) -> AtomFacts {
    let [
        element,
        chirality,
        degree,
        charge,
        hydrogens,
        _,
        hybridisation,
        aromatic,
        _,
    ] = *row;
    // 0 is the wildcard `*`, which the benchmark counts among "misc"
    let atomic_number = (element + 1) % (MISC_ELEMENT + 1);
    let hybridisation = match hybridisation {
        0 => Hybridisation::Sp,
        1 => Hybridisation::Sp2,
        2 => Hybridisation::Sp3,
        3 => Hybridisation::Sp3d,
        4 => Hybridisation::Sp3d2,
        _ if has_only_s(row) => Hybridisation::S,
        _ => unusual_hybridisation(index, view),
    };
    AtomFacts {
        atomic_number: atomic_number as u8,
        total_degree: degree as u8,
        charge: (charge - 5) as i8,
        chirality: chirality as u8,
        hydrogens: hydrogens as u8,
        hybridisation,
        aromatic: aromatic == 1,
        mass: atomic_mass(atomic_number as u8, isotopes.get(index).copied().flatten()),
    }
}

fn unusual_hybridisation(atom: usize, view: Option<&RdkitMolView>) -> Hybridisation {
    match view.map(|view| view.atoms[atom].hybridization) {
        Some(1) => Hybridisation::S,
        Some(7) => Hybridisation::Sp2d,
        _ => Hybridisation::Other,
    }
}

/// Bonds in RDKit's order; the benchmark lists each in both directions.
fn bonds(facts: &OgbGraphFeatures, view: Option<&RdkitMolView>) -> Vec<(u32, u32, BondCode)> {
    let pairs = facts.edge_index.iter().step_by(2);
    let ends: Vec<(u32, u32)> = pairs.map(|&[a, b]| (a as u32, b as u32)).collect();
    // rings do not run through dative bonds, here as in RDKit
    const DATIVE: u8 = 17;
    let dative = |bond: usize| view.is_some_and(|view| view.bonds[bond].bond_type == DATIVE);
    let in_ring = ring_bonds(facts.node_feat.len(), &ends, dative);
    let rows = facts.edge_feat.iter().step_by(2);
    ends.iter()
        .zip(rows)
        .zip(in_ring)
        .map(|((&(begin, end), row), in_ring)| {
            let code = BondCode::new(&bond_facts(row, in_ring));
            (begin, end, code)
        })
        .collect()
}

fn bond_facts(row: &[i64; 3], in_ring: bool) -> BondFacts {
    let [kind, stereo, conjugated] = *row;
    BondFacts {
        kind: match kind {
            0 => BondKind::Single,
            1 => BondKind::Double,
            2 => BondKind::Triple,
            3 => BondKind::Aromatic,
            _ => BondKind::Other,
        },
        conjugated: conjugated == 1,
        in_ring,
        stereo: match stereo {
            0 => 0,
            MISC_STEREO => 1, // a double bond whose geometry is marked as unknown
            z_or_e => z_or_e as u8 + 1,
        },
    }
}

/// The reader's own refusals in our terms. The strict check before it leaves few of them.
fn parse_error(error: &ParseError, text: &str) -> SmilesError {
    let ring = |number: u32, position: usize, problem| {
        SmilesError::new(Kind::Ring { number, problem }, text, Some(position))
    };
    match *error {
        ParseError::UnmatchedRingClosure { ring_num, pos } => {
            ring(u32::from(ring_num), pos, "is never closed")
        }
        ParseError::ConflictingRingBond { ring_num, pos } => {
            ring(u32::from(ring_num), pos, "has a different bond at each end")
        }
        ParseError::ConflictingExtendedRingBond { ring_num, pos } => {
            ring(ring_num, pos, "has a different bond at each end")
        }
        ParseError::NestingTooDeep { pos } => {
            let what = "parentheses this deep".to_owned();
            SmilesError::new(Kind::Unsupported { what }, text, Some(pos))
        }
        ParseError::UnsupportedChiralityClass { pos, .. } => {
            let problem = "a chirality class outside its range";
            SmilesError::new(Kind::Bracket { problem }, text, Some(pos))
        }
        _ => SmilesError::new(
            Kind::Unsupported {
                what: error.to_string(),
            },
            text,
            None,
        ),
    }
}

/// A refusal of sanitisation, with the place of the first atom concerned.
fn sanitisation_error(
    error: RdkitSmilesError,
    parsed: &Parsed,
    text: &str,
    positions: &[u32],
) -> SmilesError {
    let problem = match error {
        RdkitSmilesError::Unsupported(what) => {
            return SmilesError::new(Kind::Unsupported { what }, text, None);
        }
        RdkitSmilesError::Sanitization(problem) => problem,
    };
    let problems = chematic_smiles::rdkit_detect_chemistry_problems(parsed).unwrap_or_default();
    let atom = problems.first().and_then(|problem| problem.atoms.first());
    let position = atom.and_then(|&atom| positions.get(atom).map(|&at| at as usize));
    SmilesError::new(Kind::Chemistry { problem }, text, position)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these texts say all themselves; their graphs are those of a second sanitisation.
    fn count_ordinary<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
        let mut count = 0;
        for text in texts {
            let expected = unusual_graph(text).unwrap();
            if let Some(graph) = ordinary_graph(text) {
                assert_eq!(graph, expected, "{text}");
                count += 1;
            }
        }
        count
    }

    #[test]
    fn the_text_says_what_sanitisation_finds() {
        let golden = include_str!("../../tests/golden/molecule_features.tsv");
        let texts = golden.lines().map(|line| line.split('\t').nth(1).unwrap());
        let (all, ordinary) = (texts.clone().count(), count_ordinary(texts));
        assert!(all > 1000 && ordinary > all * 2 / 3, "{ordinary} of {all}");
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
    fn the_text_says_what_sanitisation_finds_in_real_tables() {
        let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        let folder = std::env::var_os("GEOGATE_DATA").map_or(beside, Into::into);
        for table in ["melting_point.csv", "ccs_mh_plus.csv"] {
            let path = folder.join(table);
            if !path.exists() {
                eprintln!("SKIPPED: no {}", path.display());
                continue;
            }
            let mut reader = csv::Reader::from_path(path).unwrap();
            let rows = reader.records().map(|row| row.unwrap()[0].to_owned());
            let canonical = |smiles: String| Perceived::parse(&smiles).ok().map(|(_, text)| text);
            let texts: Vec<String> = rows.filter_map(canonical).collect();
            let (all, ordinary) = (
                texts.len(),
                count_ordinary(texts.iter().map(String::as_str)),
            );
            assert!(ordinary * 10 > all * 9, "{table}: {ordinary} of {all}");
        }
    }
}
