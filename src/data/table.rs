//! A CSV file as chunks of rows that know their lines.

use std::fs::File;
use std::io::{Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use super::account::{OPEN_QUOTE_ADVICE, Reason};
use super::cell::number;
use super::inputs::InputKind;
use super::lines::{LineMarks, line_breaks};
use super::names::{listed, nearest};
use crate::error::{Error, ErrorKind, Result};

/// Bytes looked at before the CSV reader starts, to tell a table from a workbook.
const HEAD_BYTES: u64 = 4096;

/// Rows held as text at a time: memory does not grow with the table.
pub(crate) const CHUNK_ROWS: usize = 4096;

/// A CSV file with a header, read in chunks of rows.
///
/// Fields may be quoted, lines may end in LF, CRLF or CR, a byte-order mark is skipped, empty lines
/// are skipped. Rows with too few or too many fields come through, for the caller to report. A quote
/// that is open at the end of the file is an error.
///
/// ```no_run
/// use geogate::data::table::Table;
/// let mut table = Table::open("boiling_point.csv".as_ref())?;
/// let smiles = table.column("smiles")?;
/// while let Some(rows) = table.chunk(1024)? {
///     for row in rows {
///         assert!(row.text(smiles).is_ok(), "line {}", row.line());
///     }
/// }
/// # Ok::<(), geogate::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Table {
    file: PathBuf,
    header: Vec<String>,
    reader: csv::Reader<LineMarks<Chain<Cursor<Vec<u8>>, File>>>,
}

impl Table {
    /// Opens `file` and reads its header.
    ///
    /// # Errors
    /// A file that cannot be read, is empty, is a workbook or UTF-16 text, whose header is not
    /// UTF-8 or names two columns alike.
    pub fn open(file: &Path) -> Result<Self> {
        let mut handle = File::open(file).map_err(|error| Error::io("read", file, error))?;
        let mut head = Vec::new();
        (&mut handle)
            .take(HEAD_BYTES)
            .read_to_end(&mut head)
            .map_err(|error| Error::io("read", file, error))?;
        refuse_other_formats(file, &head)?;
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(LineMarks::new(Cursor::new(head).chain(handle)));
        let mut table = Self {
            file: file.to_path_buf(),
            header: Vec::new(),
            reader,
        };
        table.header = table.read_header()?;
        Ok(table)
    }

    /// The column names in order, white space around them removed; a name may be empty.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Index of the column called `name`.
    ///
    /// # Errors
    /// No such column: the error lists those there are and offers the nearest name.
    pub fn column(&self, name: &str) -> Result<usize> {
        self.column_read(name, "")
    }

    /// Index of the column of numbers called `name`, one of the inputs `kind`; the error for a
    /// missing column lists these inputs too.
    pub(super) fn input(&self, name: &str, kind: &InputKind) -> Result<usize> {
        self.column_read(name, &all_inputs(kind))
    }

    /// Index of the column called `name`; the error for a missing column ends its sentence with
    /// `read`, which says what else is read.
    fn column_read(&self, name: &str, read: &str) -> Result<usize> {
        let found = self.header.iter().position(|column| column == name);
        found.ok_or_else(|| {
            let named: Vec<&str> = self.names().collect();
            let guess = nearest(name, named.iter().copied());
            let guess = guess.map(|near| format!("did you mean `{near}`? "));
            let columns = format!("the columns are {}", listed(&named));
            let advice = match (guess, no_header(&named)) {
                (None, Some(hint)) => format!("{hint}; {columns}"),
                (guess, _) => format!("{}{columns}", guess.unwrap_or_default()),
            };
            self.problem(format!("there is no column `{name}`{read}"), advice)
        })
    }

    /// The error of a table without rows.
    pub(crate) fn without_rows(&self) -> Error {
        let advice = "add a line for each molecule";
        self.problem("there are no rows under the header", advice)
    }

    /// Index of the column of molecules among the inputs `kind`; capitals do not matter.
    ///
    /// # Errors
    /// No such column.
    pub(super) fn molecules(&self, kind: &InputKind) -> Result<usize> {
        let found = self.find_smiles();
        found.map_or_else(|| self.column_read("smiles", &all_inputs(kind)), Ok)
    }

    /// Index of the `smiles` column, if there is one.
    pub(super) fn find_smiles(&self) -> Option<usize> {
        let exact = self.header.iter().position(|column| column == "smiles");
        let loose = || {
            let mut columns = self.header.iter();
            columns.position(|column| column.eq_ignore_ascii_case("smiles"))
        };
        exact.or_else(loose)
    }

    /// The next rows, at most `rows` of them; `None` after the last.
    ///
    /// # Errors
    /// The file could not be read on, or ends within a quote.
    pub fn chunk(&mut self, rows: usize) -> Result<Option<Vec<Row>>> {
        let mut chunk = Vec::new();
        while chunk.len() < rows {
            match self.next_row()? {
                Some(row) => chunk.push(row),
                None => break,
            }
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    /// An error about the table as a whole.
    pub(super) fn problem(&self, problem: impl Into<String>, advice: impl Into<String>) -> Error {
        table_problem(&self.file, problem, advice)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.header.iter().map(String::as_str);
        names.filter(|name| !name.is_empty())
    }

    fn next_row(&mut self) -> Result<Option<Row>> {
        let mut fields = csv::ByteRecord::new();
        match self.reader.read_byte_record(&mut fields) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return Err(Error::io("read", &self.file, error.into())),
        }
        // the reader counts a line as begun before it skips empty lines and the second half of a
        // CRLF, so lines are counted back from the end of the record, its line break left out
        let end = self.reader.position().byte();
        let marks = self.reader.get_mut();
        // an open quote makes the last line break of the file a part of the field
        let ends_in_quote = marks.ended() && marks.line_break_at(end.saturating_sub(1));
        let last_line = marks.line_breaks_before(end.saturating_sub(1)) + 1;
        let within = fields.iter().map(line_breaks).sum::<u64>() - u64::from(ends_in_quote);
        let unclosed = marks.ended() && marks.within_quotes();
        let line = last_line - within;
        let row = Row {
            line,
            last_line,
            fields,
        };
        match unclosed {
            true => Err(self.unclosed(&row)),
            false => Ok(Some(row)),
        }
    }

    /// The error of a row whose last field begins with a quote that the file never closes.
    fn unclosed(&self, row: &Row) -> Error {
        let opened = row.line_of(row.len().saturating_sub(1));
        let lines = row.last_line - opened;
        let swallowed = match lines {
            0 => String::new(),
            1 => ": it swallows the line after it".to_owned(),
            _ => format!(": it swallows the {lines} lines after it"),
        };
        ErrorKind::Table {
            file: self.file.clone(),
            line: Some(opened),
            column: None,
            value: None,
            problem: format!("a quote that is opened here is never closed{swallowed}"),
            advice: OPEN_QUOTE_ADVICE.to_owned(),
        }
        .into()
    }

    fn read_header(&mut self) -> Result<Vec<String>> {
        let Some(row) = self.next_row()? else {
            return Err(self.problem("the file is empty", EMPTY_ADVICE));
        };
        // a name may hold a line break, but hardly one with commas on both sides
        if let Some((_, reason)) = row.open_quote(2) {
            return Err(self.problem(format!("in the header, {reason}"), OPEN_QUOTE_ADVICE));
        }
        let mut header: Vec<String> = Vec::with_capacity(row.len());
        for column in 0..row.len() {
            let Ok(name) = row.text(column) else {
                let problem = format!("the name of column {} is not UTF-8", column + 1);
                return Err(self.problem(problem, "save the table as UTF-8"));
            };
            if let Some(first) = header.iter().position(|n| n == name && !name.is_empty()) {
                let problem = format!(
                    "columns {} and {} are both called `{name}`",
                    first + 1,
                    column + 1
                );
                return Err(self.problem(problem, "rename one of them"));
            }
            header.push(name.to_owned());
        }
        Ok(header)
    }
}

/// What an error says beside a column that is missing, where it is one of several inputs.
fn all_inputs(kind: &InputKind) -> String {
    match kind.is_both() {
        true => format!(", and the model reads {kind}"),
        false => String::new(),
    }
}

const EMPTY_ADVICE: &str =
    "a table is a header line such as `smiles,value` and a line for each molecule";

/// An error about a whole file that is meant to be a table.
pub(super) fn table_problem(
    file: &Path,
    problem: impl Into<String>,
    advice: impl Into<String>,
) -> Error {
    ErrorKind::Table {
        file: file.to_path_buf(),
        line: None,
        column: None,
        value: None,
        problem: problem.into(),
        advice: advice.into(),
    }
    .into()
}

fn refuse_other_formats(file: &Path, head: &[u8]) -> Result<()> {
    const CSV: &str = "save the table as CSV in UTF-8";
    let problem = if head.is_empty() {
        let advice = match std::fs::metadata(file) {
            Ok(found) if !found.is_file() => {
                "it is no plain file and is read more than once: save the table in a file first"
            }
            _ => EMPTY_ADVICE,
        };
        return Err(table_problem(file, "the file is empty", advice));
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0") {
        "this is a workbook or an archive, not a text table"
    } else if head.starts_with(b"\x1f\x8b") {
        "this is a gzip archive, not a text table"
    } else if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        "this is UTF-16 text"
    } else if head.contains(&0) {
        "this is not a text file"
    } else {
        return Ok(());
    };
    Err(table_problem(file, problem, CSV))
}

/// One row of a [`Table`], still as text.
#[derive(Clone, Debug)]
pub struct Row {
    line: u64,
    last_line: u64,
    fields: csv::ByteRecord,
}

impl Row {
    /// Line of the file on which the row begins, counted from 1 with the header as line 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Line on which the row ends: a later one only where a quoted field holds line breaks.
    pub fn last_line(&self) -> u64 {
        self.last_line
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True if there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields as they stand in the file, quotes resolved.
    pub fn fields(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter()
    }

    /// The field of `column` without the white space around it; empty where the row is too short.
    ///
    /// # Errors
    /// The bytes of the field where they are not UTF-8.
    pub fn text(&self, column: usize) -> Result<&str, &[u8]> {
        let bytes = self.fields.get(column).unwrap_or_default();
        std::str::from_utf8(bytes).map(str::trim).map_err(|_| bytes)
    }

    /// Line on which the field of `column` begins.
    fn line_of(&self, column: usize) -> u64 {
        let before = self.fields.iter().take(column).map(line_breaks);
        self.line + before.sum::<u64>()
    }

    /// Where a quote seems to have been left open in a table of `columns` columns, and what it swallows: a field over
    /// several lines that holds at least the commas that rows on these lines would have.
    pub(super) fn open_quote(&self, columns: usize) -> Option<(u64, Reason)> {
        if self.line == self.last_line || columns < 2 {
            return None;
        }
        let suspicious = |field: &[u8]| {
            let lines = line_breaks(field);
            let commas = field.iter().filter(|&&byte| byte == b',').count() as u64;
            lines > 0 && commas >= lines * (columns as u64 - 1)
        };
        let column = self.fields.iter().position(suspicious)?;
        let (line, lines) = (self.line_of(column), line_breaks(&self.fields[column]));
        let last_line = line + lines;
        Some((line, Reason::OpenQuote { last_line, lines }))
    }
}

/// What a first line seems to be that does not look like a header, and what to do about it.
fn no_header(names: &[&str]) -> Option<&'static str> {
    let first = names.first().map_or("", |name| name.trim());
    let starts = |marks: &[&str]| marks.iter().any(|mark| first.starts_with(mark));
    if names.iter().all(|name| name.trim().is_empty()) {
        Some("the first line is blank: let the header come first")
    } else if starts(&["version https://git-lfs"]) {
        Some("the file is a pointer of Git LFS: fetch the table itself with `git lfs pull`")
    } else if starts(&["<", "{", "[{", "%PDF"]) {
        Some("the file seems to be no table but a page, JSON or PDF: save the table as CSV")
    } else if starts(&["sep="]) {
        Some(
            "the first line is for a spreadsheet program: remove it, and separate fields with commas",
        )
    } else if starts(&["#", "//", "%"]) {
        Some(
            "the first line begins with a comment mark: remove the line, or the mark alone where it is the header",
        )
    } else if names.len() == 1 && first.contains([';', '\t', '|', ' ']) {
        Some(
            "the fields seem to be separated by something else than a comma: save the table with commas",
        )
    } else if names.iter().any(|name| number(name.trim()).is_ok()) {
        Some("the first line seems to be a row: put a header before it, such as smiles,value")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn table(content: &[u8]) -> Result<(tempfile::TempDir, Table)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.csv");
        File::create(&file).unwrap().write_all(content).unwrap();
        Table::open(&file).map(|table| (folder, table))
    }

    #[test]
    fn a_long_field_that_looks_like_rows_is_an_open_quote() {
        let found = |text: &str| {
            let (_folder, mut table) = table(text.as_bytes()).unwrap();
            let rows = table.chunk(9).unwrap().unwrap();
            rows.into_iter().find_map(|row| row.open_quote(3))
        };
        let swallowed = "a,b,c\n1,2,x\n2,3,\"12 inch\n3,4,x\n4,5,\"6 inch\n5,6,x\n";
        let reason = Reason::OpenQuote {
            last_line: 5,
            lines: 2,
        };
        assert_eq!(found(swallowed), Some((3, reason)));
        for legal in [
            "a,b,c\n1,2,\"one\ntwo, three\"\n",
            "a,b,c\n1,2,\"x,y,z,w\"\n",
        ] {
            assert_eq!(found(legal), None, "{legal}");
        }
    }

    #[test]
    fn a_missing_column_is_answered_with_the_nearest_name() {
        let (_folder, t) = table(b"smiles,boiling_point\nC,1\n").unwrap();
        let message = t.column("boiling-point").unwrap_err().to_string();
        assert!(
            message.contains("did you mean `boiling_point`?"),
            "{message}"
        );
        assert!(message.contains("`smiles`, `boiling_point`"), "{message}");
        let (_folder, t) = table(b"smiles;value\nC;1\n").unwrap();
        let molecules = InputKind {
            molecules: true,
            ..InputKind::default()
        };
        let message = t.molecules(&molecules).unwrap_err().to_string();
        assert!(message.contains("commas"), "{message}");
        let (_folder, t) = table(b"SMILES,value\nC,1\n").unwrap();
        assert_eq!(t.molecules(&molecules).unwrap(), 0);
    }
}
