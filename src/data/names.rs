//! Names of tasks and columns, and texts of cells, in messages.

use strsim::osa_distance;

use crate::error::{Error, Result};

/// Of `names` the one nearest to `wanted`, if it is near enough to be a slip of the keyboard.
pub(crate) fn nearest<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = wanted.to_lowercase();
    let limit = plain.chars().count().max(3) / 3;
    names
        .into_iter()
        .map(|name| (osa_distance(&plain, &name.to_lowercase()), name))
        .filter(|&(edits, _)| edits <= limit)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, name)| name)
}

/// `name` between backquotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// Names between backquotes, with commas; beyond 20 only their number.
pub(crate) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| quoted(name)).collect();
    let more = names.len().saturating_sub(SHOWN);
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Index of `name` in `tasks`.
pub(crate) fn task_index(tasks: &[String], name: &str) -> Result<usize> {
    let found = tasks.iter().position(|task| task == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = tasks.iter().map(String::as_str).collect();
        let guess = nearest(name, names.iter().copied());
        let guess = guess.map(|near| format!("did you mean `{near}`? "));
        Error::usage(
            format!("there is no task `{name}`"),
            format!(
                "{}the tasks are {}",
                guess.unwrap_or_default(),
                listed(&names)
            ),
        )
    })
}

/// The text of a cell for a message: at most 40 characters.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_worked_by_hand() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("tb", "tc", 1),
            ("valeu", "value", 1),
            ("ca", "abc", 3),
        ] {
            assert_eq!(osa_distance(a, b), expected, "{a} {b}");
            assert_eq!(osa_distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn only_a_near_name_is_offered() {
        let names = ["smiles", "value", "boiling_point"];
        assert_eq!(nearest("Value", names), Some("value"));
        assert_eq!(nearest("boilingpoint", names), Some("boiling_point"));
        assert_eq!(nearest("melting", names), None);
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..23).map(|i| i.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(listed(&names).ends_with("`19` and 3 more"));
        assert_eq!(listed(&names[..2]), "`0`, `1`");
    }
}
