//! Tables and numbers as a terminal shows them.

use indicatif::HumanCount;

pub(super) use crate::data::check::TextTable;

/// A whole number with its thousands apart: 12,345.
pub(super) fn grouped(count: usize) -> String {
    HumanCount(count as u64).to_string()
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
}
