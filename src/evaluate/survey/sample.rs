//! Which molecules a survey looks at.

use std::path::Path;

use super::config::SurveyConfig;
use crate::data::account::Skipped;
use crate::data::rows::InputColumns;
use crate::data::table::{CHUNK_ROWS, Table};
use crate::data::{Corpus, Inputs, Partition};
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "molecule")]
use crate::molecule::MolecularGraph;
use crate::random::{Purpose, Stream};
use crate::train::Model;

/// The molecules (or feature vectors) of a survey.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What the model sees.
    pub inputs: Inputs,
    /// Of each point the place among the inputs, ascending.
    pub places: Vec<usize>,
    /// Of each point the number of its row, the first row of a table being 1.
    pub rows: Vec<usize>,
    /// Of each point its SMILES, or its features joined by `;`.
    pub identifiers: Vec<String>,
    /// How many there were to draw from.
    pub available: usize,
    /// Where they come from, as a reader would say it.
    pub origin: String,
    /// Rows that could not be read.
    pub unreadable: Option<UnreadableRows>,
    /// The point that `around` names.
    pub around: Option<usize>,
}

/// Everything that may be drawn or named.
struct Candidates {
    inputs: Inputs,
    rows: Vec<usize>,
    identifiers: Vec<String>,
}

/// Rows of a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRows {
    /// How many.
    pub count: usize,
    /// Line of the first.
    pub line: u64,
    /// What is wrong with the first.
    pub reason: String,
}

impl Sample {
    /// Training rows of a run: those of its union table.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] where `around` names no row.
    pub fn of_training(
        corpus: &Corpus,
        partition: &Partition,
        config: &SurveyConfig,
    ) -> Result<Self> {
        let candidates = Candidates {
            inputs: corpus.inputs.clone(),
            rows: (1..=corpus.rows()).collect(),
            identifiers: corpus.identifiers.clone(),
        };
        let pool = partition.training_rows();
        candidates.draw(pool, "training molecules", config)
    }

    /// Rows of a CSV file with the columns the model reads.
    ///
    /// # Errors
    /// [`ErrorKind::Table`] for a table without those columns or any readable row;
    /// [`ErrorKind::Usage`] where `around` names no row.
    pub fn of_table(model: &Model, file: &Path, config: &SurveyConfig) -> Result<Self> {
        let mut table = Table::open(file)?;
        let columns = InputColumns::of(&table, &model.inputs())?;
        let mut candidates = Candidates {
            inputs: columns.no_rows(),
            rows: Vec::new(),
            identifiers: Vec::new(),
        };
        let (mut count, mut bad, mut first) = (0, 0, None::<Skipped>);
        while let Some(rows) = table.chunk(CHUNK_ROWS)? {
            let read = columns.read(&rows);
            for (row, place) in rows.iter().zip(&read.places) {
                count += 1;
                match place {
                    Ok(place) => {
                        candidates.rows.push(count);
                        let features = read.inputs.features_of(*place);
                        candidates
                            .identifiers
                            .push(columns.identifier(row, features));
                    }
                    Err(refusal) => {
                        bad += 1;
                        first.get_or_insert_with(|| Skipped::clone(refusal));
                    }
                }
            }
            candidates.inputs.append(read.inputs);
        }
        if candidates.rows.is_empty() {
            return Err(nothing_readable(file, first));
        }
        let pool = (0..candidates.rows.len()).collect();
        let mut sample = candidates.draw(pool, &format!("rows of {}", file.display()), config)?;
        sample.unreadable = first.map(|skip| UnreadableRows {
            count: bad,
            line: skip.line,
            reason: skip.fault(),
        });
        Ok(sample)
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// True of no point.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl Candidates {
    /// `points` of the pool at random, in the order of the table, with what `around` names among
    /// them.
    fn draw(self, pool: Vec<usize>, origin: &str, config: &SurveyConfig) -> Result<Sample> {
        let available = pool.len();
        let around = match &config.around {
            Some(text) => Some(self.named(text)?),
            None => None,
        };
        let mut places = pool;
        if places.len() > config.points {
            Stream::new(config.seed, Purpose::Survey, 0).shuffle(&mut places);
            places.truncate(config.points);
        }
        if let Some(place) = around.filter(|place| !places.contains(place)) {
            if places.len() >= config.points {
                places.pop();
            }
            places.push(place);
        }
        places.sort_unstable();
        let rows = places.iter().map(|&place| self.rows[place]).collect();
        let identifiers = places.iter().map(|&place| self.identifiers[place].clone());
        Ok(Sample {
            rows,
            identifiers: identifiers.collect(),
            around: around.and_then(|place| places.iter().position(|&p| p == place)),
            places,
            inputs: self.inputs,
            available,
            origin: origin.to_owned(),
            unreadable: None,
        })
    }

    /// The place of the row of this number, or of this molecule.
    fn named(&self, text: &str) -> Result<usize> {
        let number = text.parse::<usize>().ok();
        let found = match number {
            Some(row) => self.rows.iter().position(|&r| r == row),
            None => self.spelled(text)?,
        };
        found.ok_or_else(|| {
            let last = self.rows.last().copied().unwrap_or(0);
            Error::usage(
                format!("option `around` = {text}: there is no such row in the table"),
                format!(
                    "give a number from 1 to {last} (column `row` of points.csv), or a molecule of \
                     the table, or name a table that has it with option `input`"
                ),
            )
        })
    }

    #[cfg(feature = "molecule")]
    fn spelled(&self, text: &str) -> Result<Option<usize>> {
        let equal = self.identifiers.iter().position(|name| name == text);
        let (None, Some(graphs)) = (equal, self.inputs.graphs()) else {
            return Ok(equal);
        };
        let wanted = MolecularGraph::parse(text).map_err(|error| {
            Error::usage(
                format!("option `around` = {text}: {}", error.reason()),
                "give a SMILES, or the number of a row",
            )
        })?;
        // all spellings of a molecule have one graph
        Ok(graphs.iter().position(|graph| *graph == wanted))
    }

    #[cfg(not(feature = "molecule"))]
    fn spelled(&self, text: &str) -> Result<Option<usize>> {
        Ok(self.identifiers.iter().position(|name| name == text))
    }
}

fn nothing_readable(file: &Path, first: Option<Skipped>) -> Error {
    let (line, problem) = match first {
        Some(skip) => (
            Some(skip.line),
            format!("no row could be read, the first because: {}", skip.fault()),
        ),
        None => (None, "there are no rows under the header".to_owned()),
    };
    ErrorKind::Table {
        file: file.to_path_buf(),
        line,
        column: None,
        value: None,
        problem,
        advice: "give a table with a line for each molecule".to_owned(),
    }
    .into()
}
