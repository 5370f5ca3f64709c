//! The situation the project is for, played in the lab: many labels of one property, few of
//! another, and molecules of unseen kinds to predict the other for.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{LabMolecule, Properties, VirtualLab};
use crate::data::Part;
use crate::random::{Purpose, Stream};

/// Name of the source task: normal boiling point, K.
pub const SOURCE: &str = Properties::NAMES[BOILING_POINT];
/// Name of the target task: critical temperature, K.
pub const TARGET: &str = Properties::NAMES[CRITICAL_TEMPERATURE];
/// Name of the column that tells the target's training, validation and test rows.
pub const SPLIT_COLUMN: &str = "split";

/// Molecules with a label of the target for training and validation.
pub const TARGET_LABELS: usize = 150;
/// How many of [`TARGET_LABELS`] are for validation.
pub const VALIDATION_LABELS: usize = 30;
/// Fewest molecules to score on; whole groups make it a few more.
pub const TEST_MOLECULES: usize = 500;

const BOILING_POINT: usize = 0;
const CRITICAL_TEMPERATURE: usize = 1;

/// What is known about the target of a molecule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing: only the source is known.
    Source,
    /// A noisy label to train on.
    Train,
    /// A noisy label to validate on.
    Val,
    /// The truth, to score on. No molecule of its scaffold or skeleton has another role.
    Test,
}

impl Role {
    /// The part of the target's rows that the molecule is in, as the split column says it. A
    /// molecule without a target label is a training row, of the source alone.
    pub fn part(self) -> Part {
        match self {
            Self::Source | Self::Train => Part::Train,
            Self::Val => Part::Val,
            Self::Test => Part::Test,
        }
    }
}

/// Which molecules carry which labels: the source's for all, the target's for [`TARGET_LABELS`]
/// drawn at random from the molecules outside the test part, and the truth about the target for
/// at least [`TEST_MOLECULES`] in groups (scaffolds, skeletons) of their own.
///
/// Under strict overlap a run that uses it sees no source label of the test and validation
/// molecules either, so that the test groups are unseen by every task.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    lab: &'a VirtualLab,
    roles: Vec<Role>,
}

impl VirtualLab {
    /// The situation drawn with the lab's seed.
    pub fn situation(&self) -> Situation<'_> {
        Situation {
            lab: self,
            roles: roles(&self.molecules, self.seed),
        }
    }
}

impl Situation<'_> {
    /// The role of each molecule, in the lab's order.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// What the table says of a property of a molecule, by their indices: for the target as the
    /// molecule's role has it, for every other property the noisy label.
    fn label(&self, molecule: usize, property: usize) -> Option<f64> {
        let noisy = self.lab.labels[molecule].values()[property];
        match self.roles[molecule] {
            Role::Source if property == CRITICAL_TEMPERATURE => None,
            Role::Test if property == CRITICAL_TEMPERATURE => {
                Some(self.lab.molecules[molecule].truth.critical_temperature_k)
            }
            _ => Some(noisy),
        }
    }

    /// Writes the situation as one wide CSV table: `smiles`, a column per property of
    /// [`Properties::NAMES`] (blank where nothing is known) and [`SPLIT_COLUMN`]. Numbers are
    /// written in full.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write_table(&self, out: impl Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        table.write_field("smiles")?;
        table.write_record(Properties::NAMES.iter().chain([&SPLIT_COLUMN]))?;
        for (index, molecule) in self.lab.molecules.iter().enumerate() {
            table.write_field(&molecule.smiles)?;
            for property in 0..Properties::NAMES.len() {
                let label = self.label(index, property);
                table.write_field(label.map_or(String::new(), |value| value.to_string()))?;
            }
            table.write_record([self.roles[index].part().name()])?;
        }
        table.flush()
    }
}

/// Test molecules by whole groups, then the target's labels among the rest.
fn roles(molecules: &[LabMolecule], seed: u64) -> Vec<Role> {
    let stream = |index| Stream::new(seed, Purpose::VirtualLab, index);
    let mut roles = vec![Role::Source; molecules.len()];
    for row in test_rows(molecules, &mut stream(STREAM_OF_GROUPS)) {
        roles[row] = Role::Test;
    }
    let mut rest: Vec<usize> = (0..molecules.len())
        .filter(|&row| roles[row] == Role::Source)
        .collect();
    stream(STREAM_OF_LABELS).shuffle(&mut rest);
    for (place, &row) in rest[..TARGET_LABELS].iter().enumerate() {
        roles[row] = if place < VALIDATION_LABELS {
            Role::Val
        } else {
            Role::Train
        };
    }
    roles
}

// streams of the lab's purpose after those of the properties' noise
const STREAM_OF_GROUPS: u64 = Properties::NAMES.len() as u64;
const STREAM_OF_LABELS: u64 = STREAM_OF_GROUPS + 1;

/// Rows of groups in random order until there are enough; a group larger than half the test part
/// stays out of it, as in the scaffold split.
fn test_rows(molecules: &[LabMolecule], stream: &mut Stream) -> Vec<usize> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, molecule) in molecules.iter().enumerate() {
        groups.entry(&molecule.group_key).or_default().push(row);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.retain(|rows| rows.len() <= TEST_MOLECULES / 2);
    stream.shuffle(&mut groups);
    let mut test = Vec::new();
    for group in groups {
        if test.len() >= TEST_MOLECULES {
            break;
        }
        test.extend(group);
    }
    test
}
