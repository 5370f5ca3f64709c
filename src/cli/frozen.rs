//! What a model that a task is added to has seen of the new task's held-out rows.

use std::collections::HashSet;
use std::path::Path;

use super::table::grouped;
use crate::data::{Corpus, Inputs, Part, Partition};
use crate::molecule::Molecule;

/// A remark on held-out molecules that the frozen model's own tasks trained or validated on, as the
/// `predictions.csv` of its folder lists them: labels of other tasks, which a strict overlap would have kept
/// from it. None where there are none, or no such file.
pub(super) fn seen_by(folder: &Path, corpus: &Corpus, partition: &Partition) -> Option<String> {
    let mut table = csv::Reader::from_path(folder.join("predictions.csv")).ok()?;
    let key = |text: &str| match corpus.inputs {
        Inputs::Molecules(_) => Molecule::parse(text).ok().map(|m| m.flat_smiles()),
        Inputs::Numeric { .. } => Some(text.to_owned()),
    };
    let read = |row: csv::StringRecord| {
        let learnt = matches!(row.get(1), Some("train" | "val"));
        row.get(0).filter(|_| learnt).map(str::to_owned)
    };
    let learnt: HashSet<String> = table.records().flatten().filter_map(read).collect();
    let learnt: HashSet<String> = learnt.iter().filter_map(|text| key(text)).collect();
    let held = [Part::Val, Part::Test].map(|part| partition.rows(corpus.target, part));
    let [val, test] = held.map(|rows| {
        let known =
            |row: &&usize| key(&corpus.identifiers[**row]).is_some_and(|key| learnt.contains(&key));
        (rows.iter().filter(known).count(), rows.len())
    });
    (val.0 + test.0 > 0).then(|| {
        format!(
            "The frozen model has learnt from {} of the {} test and {} of the {} validation molecules, by labels \
             of its own tasks.",
            grouped(test.0),
            grouped(test.1),
            grouped(val.0),
            grouped(val.1)
        )
    })
}
