//! All tasks joined: a row per distinct molecule or feature vector, a column per task.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use rayon::prelude::*;

use super::account::Account;
use super::inputs::{InputKind, Inputs, retain};
use super::names::task_index;
use super::part::{Part, stream_index};
use crate::error::Result;
use crate::random::{Purpose, Stream};

/// All tasks of a run joined by molecule: a row per distinct molecule (or feature vector), in the
/// order of first appearance in the tables, and a column of labels per task.
///
/// What is drawn from it (samples, splits) depends on which molecules have a label of a task, not on
/// the order of rows or on the other tasks: adding a source moves no test row of the target.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// Names of the tasks.
    pub tasks: Vec<String>,
    /// Index of the target in `tasks`.
    pub target: usize,
    /// What a model sees of each row.
    pub inputs: Inputs,
    /// Labels `[rows x tasks]`, row-major, in the units of the tables; NaN where there is none.
    pub labels: Vec<f64>,
    /// How outputs name a row: the SMILES as first read, or the features joined by `;` where there are no molecules. A
    /// molecule with features beside it may be several rows of one identifier.
    pub identifiers: Vec<String>,
    /// What makes a row distinct: the canonical SMILES, the features, or both, joined by `;`.
    pub keys: Vec<String>,
    /// What was read, left out and merged.
    pub account: Account,
    /// Labels of sources that [`sampled`](Self::sampled) has not drawn, of rows that are there for another label, like
    /// `labels`; none where all were drawn.
    pub(super) undrawn: Option<Vec<f64>>,
    /// Class of the row under strict overlap: molecules that differ in stereo alone share one.
    pub(super) overlap_classes: Vec<u32>,
    /// The key of each class.
    pub(super) held_out_keys: Vec<String>,
    /// Parts of the split column, rows without one `None`; none without the column.
    pub(super) declared_parts: Option<Vec<Option<Part>>>,
    /// Name of the group of each of the target's rows: what the group column says, else the scaffold or skeleton, where
    /// it was found in reading.
    pub(super) group_names: Option<Vec<Option<String>>>,
    /// Do these come from a group column?
    pub(super) declared_groups: bool,
    /// Groups of the target's rows, found when first asked for.
    pub(super) groups: OnceLock<Groups>,
}

/// The groups of the target's rows, which the scaffold split keeps together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups {
    /// Names of the groups: scaffolds, skeletons, or what the group column says.
    pub names: Vec<String>,
    /// Group of each row of the corpus, an index into `names`; `None` without a target label.
    pub of_row: Vec<Option<usize>>,
}

impl Groups {
    /// Rows per group.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.names.len()];
        for &group in self.of_row.iter().flatten() {
            sizes[group] += 1;
        }
        sizes
    }
}

impl Corpus {
    /// A corpus of molecules from memory, one row each: `smiles` by row and `labels` `[rows x tasks]`, NaN where
    /// there is none.
    ///
    /// # Errors
    /// An invalid SMILES, or one molecule on two rows.
    ///
    /// # Panics
    /// If `labels` is not `[rows x tasks]` or `target` is no task.
    #[cfg(feature = "molecule")]
    #[track_caller]
    pub fn of_molecules(
        tasks: Vec<String>,
        target: usize,
        smiles: Vec<String>,
        labels: Vec<f64>,
    ) -> Result<Self> {
        let entries = super::entry::molecule_entries(&smiles)?;
        let kind = InputKind {
            molecules: true,
            ..InputKind::default()
        };
        Self::of_entries((tasks, target), kind, smiles, entries, labels)
    }

    /// A corpus of feature vectors from memory: `values` `[rows x names]` and `labels`
    /// `[rows x tasks]`, NaN where there is none.
    ///
    /// # Errors
    /// A feature that is not finite, or one feature vector on two rows.
    ///
    /// # Panics
    /// If `values` or `labels` have another shape or `target` is no task.
    #[track_caller]
    pub fn of_features(
        tasks: Vec<String>,
        target: usize,
        names: Vec<String>,
        values: Vec<f64>,
        labels: Vec<f64>,
    ) -> Result<Self> {
        assert!(
            !names.is_empty() && values.len().is_multiple_of(names.len()),
            "{} values for {} features",
            values.len(),
            names.len()
        );
        let entries = super::entry::feature_entries(&names, &values)?;
        let identifiers = entries.iter().map(|entry| entry.key.clone()).collect();
        let kind = InputKind {
            molecules: false,
            features: names,
        };
        Self::of_entries((tasks, target), kind, identifiers, entries, labels)
    }

    /// The rows of this corpus with the labels of one task alone, which is the target.
    ///
    /// # Panics
    /// If there is no such task.
    #[track_caller]
    pub fn single(&self, task: usize) -> Self {
        let of_task = |row: &[f64]| row[task];
        Self {
            tasks: vec![self.tasks[task].clone()],
            target: 0,
            labels: self
                .labels
                .chunks_exact(self.tasks.len())
                .map(of_task)
                .collect(),
            account: Account::default(),
            undrawn: None,
            declared_parts: None,
            group_names: None,
            declared_groups: false,
            groups: OnceLock::new(),
            ..self.clone()
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.identifiers.len()
    }

    /// Label of `row` for `task`; NaN where there is none.
    ///
    /// # Panics
    /// If `row` or `task` is out of range.
    #[track_caller]
    pub fn label(&self, row: usize, task: usize) -> f64 {
        assert!(task < self.tasks.len(), "task {task} of {:?}", self.tasks);
        self.labels[row * self.tasks.len() + task]
    }

    /// What was measured of `row` for the source `task`: its label, or the one that [`sampled`](Self::sampled) has not
    /// drawn; NaN where there is none. It may be told where the row is predicted; to learn from and to score by there are
    /// [labels](Self::label) alone.
    ///
    /// # Panics
    /// If `row` or `task` is out of range, or `task` is the target.
    #[track_caller]
    pub fn measured(&self, row: usize, task: usize) -> f64 {
        assert_ne!(task, self.target, "the target is what is predicted");
        let label = self.label(row, task);
        match &self.undrawn {
            Some(undrawn) if label.is_nan() => undrawn[row * self.tasks.len() + task],
            _ => label,
        }
    }

    /// The labels of sources that [`sampled`](Self::sampled) has not drawn, `[rows x tasks]`, NaN elsewhere; empty where
    /// all were drawn.
    pub(crate) fn undrawn(&self) -> &[f64] {
        self.undrawn.as_deref().unwrap_or_default()
    }

    /// How messages name a row: its identifier, and behind a molecule the features it is under.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn name(&self, row: usize) -> String {
        row_name(&self.inputs, &self.identifiers, row)
    }

    /// Rows with a label of `task`, in order.
    pub fn labelled(&self, task: usize) -> Vec<usize> {
        let rows = 0..self.rows();
        rows.filter(|&row| !self.label(row, task).is_nan())
            .collect()
    }

    /// Index of the task called `name`.
    ///
    /// # Errors
    /// No such task: the error lists those there are.
    pub fn task_index(&self, name: &str) -> Result<usize> {
        task_index(&self.tasks, name)
    }

    /// Indices of the tasks that are not the target.
    pub fn sources(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.tasks.len()).filter(|&task| task != self.target)
    }

    /// Class of each row under strict overlap: rows of one class are the same molecule but for
    /// stereo and isotopes, whatever features it has beside it. Rows of features alone are classes of their own.
    pub fn overlap_classes(&self) -> &[u32] {
        &self.overlap_classes
    }

    /// The text that rows of one overlap class have in common, and no others: that of the molecule, or the features
    /// joined by `;`.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn held_out_key(&self, row: usize) -> &str {
        &self.held_out_keys[self.overlap_classes[row] as usize]
    }

    /// True if [`groups`](Self::groups) knows how to group rows: molecules, or a group column.
    pub fn has_groups(&self) -> bool {
        self.declared_groups || self.inputs.has_molecules()
    }

    /// The groups of the target's rows: what the group column says, else the scaffold or skeleton
    /// of a molecule; a row of features without group column is a group of its own. Found at the
    /// first call, over all threads.
    pub fn groups(&self) -> &Groups {
        self.groups.get_or_init(|| {
            let rows = self.labelled(self.target);
            let names: Vec<String> = rows.par_iter().map(|&row| self.group_name(row)).collect();
            let mut groups = Groups {
                names: Vec::new(),
                of_row: vec![None; self.rows()],
            };
            let mut index = HashMap::new();
            for (row, name) in rows.into_iter().zip(names) {
                let next = groups.names.len();
                let group = *index.entry(name).or_insert_with_key(|name: &String| {
                    groups.names.push(name.clone());
                    next
                });
                groups.of_row[row] = Some(group);
            }
            groups
        })
    }

    /// Name of the row's group, where it is known; else scaffold or skeleton of its molecule; the identifier where there
    /// is none.
    fn group_name(&self, row: usize) -> String {
        let known = self
            .group_names
            .as_ref()
            .and_then(|names| names[row].clone());
        if let Some(name) = known {
            return name;
        }
        let identifier = &self.identifiers[row];
        #[cfg(feature = "molecule")]
        if self.inputs.has_molecules() {
            let molecule = crate::molecule::Molecule::parse(identifier);
            return molecule
                .expect("an identifier is the text the molecule was read from")
                .group_key();
        }
        identifier.clone()
    }

    /// Keeps of each task named in `max_rows` a sample of its molecules, and of the rows those
    /// that still have a label. The sample depends on the task's name, its molecules and `seed`. Labels of
    /// sources that are not drawn are kept as [measured](Self::measured), where their rows are kept for another label.
    ///
    /// # Errors
    /// A name that is no task.
    pub fn sampled(mut self, max_rows: &BTreeMap<String, usize>, seed: u64) -> Result<Self> {
        for (name, &limit) in max_rows {
            let task = self.task_index(name)?;
            let mut rows = self.labelled_by_key(task);
            if rows.len() > limit {
                Stream::new(seed, Purpose::RowSample, stream_index(name)).shuffle(&mut rows);
                self.leave_undrawn(task, &rows.split_off(limit));
            }
            if let Some(account) = self.account.tasks.get_mut(task) {
                account.kept = rows.len();
            }
        }
        if !max_rows.is_empty() {
            self.drop_unlabelled();
        }
        Ok(self)
    }

    /// Takes the task's labels of `rows` out of the corpus, and keeps those of a source as measured.
    fn leave_undrawn(&mut self, task: usize, rows: &[usize]) {
        let width = self.tasks.len();
        for cell in rows.iter().map(|row| row * width + task) {
            let label = std::mem::replace(&mut self.labels[cell], f64::NAN);
            if task != self.target {
                let none = || vec![f64::NAN; self.labels.len()];
                self.undrawn.get_or_insert_with(none)[cell] = label;
            }
        }
    }

    /// Rows with a label of `task`, ordered by key: an order that neither the tables' order nor
    /// another task can change.
    pub(super) fn labelled_by_key(&self, task: usize) -> Vec<usize> {
        let mut rows = self.labelled(task);
        rows.sort_unstable_by(|&a, &b| self.keys[a].cmp(&self.keys[b]));
        rows
    }

    fn drop_unlabelled(&mut self) {
        let width = self.tasks.len();
        let keep: Vec<bool> = self
            .labels
            .chunks_exact(width)
            .map(|labels| labels.iter().any(|label| !label.is_nan()))
            .collect();
        if keep.iter().all(|&kept| kept) {
            return;
        }
        self.inputs.retain(&keep);
        retain(&mut self.identifiers, &keep, 1);
        retain(&mut self.keys, &keep, 1);
        retain(&mut self.overlap_classes, &keep, 1);
        retain(&mut self.labels, &keep, width);
        if let Some(undrawn) = &mut self.undrawn {
            retain(undrawn, &keep, width);
        }
        if let Some(parts) = &mut self.declared_parts {
            retain(parts, &keep, 1);
        }
        if let Some(groups) = &mut self.group_names {
            retain(groups, &keep, 1);
        }
        self.groups = OnceLock::new();
    }
}

/// The identifier of a row, and behind a molecule the features it is under: `CCO (T = 300)`.
pub(super) fn row_name(inputs: &Inputs, identifiers: &[String], row: usize) -> String {
    let identifier = identifiers[row].clone();
    if !inputs.has_both() {
        return identifier;
    }
    let named = inputs.feature_names().iter().zip(inputs.features_of(row));
    let features: Vec<String> = named.map(|(name, x)| format!("{name} = {x}")).collect();
    format!("{identifier} ({})", features.join(", "))
}
