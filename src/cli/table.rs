//! Tables and numbers as a terminal shows them.

use std::fmt;

/// Columns of text, aligned: the first ones to the left, the numbers to the right.
#[derive(Clone, Debug)]
pub(super) struct TextTable {
    left: usize,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    /// A table with this header, whose first `left` columns are aligned to the left.
    pub(super) fn new(left: usize, header: &[&str]) -> Self {
        Self {
            left,
            rows: vec![header.iter().map(|&title| title.to_owned()).collect()],
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for TextTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(column, cell)| {
                    let width = width(column);
                    if column < self.left {
                        format!("{cell:<width$}")
                    } else {
                        format!("{cell:>width$}")
                    }
                })
                .collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// A whole number with its thousands apart: 12,345.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A paragraph in lines of at most 96 characters, words kept whole.
pub(super) fn wrapped(text: &str) -> String {
    const WIDTH: usize = 96;
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word_length = word.chars().count();
        if length > 0 {
            let fits = length + 1 + word_length <= WIDTH;
            lines.push(if fits { ' ' } else { '\n' });
            length = if fits { length + 1 } else { 0 };
        }
        lines.push_str(word);
        length += word_length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn lines_break_between_words() {
        let text = "word ".repeat(40);
        let lines = wrapped(&text);
        assert_eq!(lines.split_whitespace().count(), 40);
        assert!(lines.lines().all(|line| line.len() <= 96));
        assert_eq!(lines.lines().next().map(str::len), Some(94));
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = TextTable::new(1, &["task", "rows"]);
        table.row(["tc".to_owned(), "7".to_owned()]);
        table.row(["density".to_owned(), "1,000".to_owned()]);
        assert_eq!(
            table.to_string(),
            "task      rows\ntc           7\ndensity  1,000\n"
        );
    }
}
