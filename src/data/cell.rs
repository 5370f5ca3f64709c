//! What the text of a table's cell means.

use super::account::Reason;

/// Words that stand for "no value" in a column of numbers, as tables of the trade have them.
const MISSING: [&str; 30] = [
    "",
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "#na",
    "<na>",
    "nan",
    "-nan",
    "null",
    "none",
    "nil",
    "missing",
    "?",
    "-",
    "--",
    ".",
    "–",
    "—",
    "nd",
    "n.d.",
    "n/d",
    "not determined",
    "not available",
    "unknown",
    "\\N",
    "#value!",
    "#ref!",
    "#div/0!",
    "#num!",
];

/// True of a blank and of the [words](MISSING) for "no value", in any capitals. Asked of columns of numbers, and of a
/// SMILES that is none: elsewhere these words may mean something.
pub(super) fn is_missing(text: &str) -> bool {
    MISSING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A finite number.
///
/// # Errors
/// Text that is none.
pub(super) fn number(text: &str) -> Result<f64, Reason> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(Reason::NotFinite),
        Err(_) if text.contains(',') && number(&text.replace(',', "")).is_ok() => {
            Err(Reason::DecimalComma)
        }
        Err(_) => Err(Reason::NotANumber),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_no_value_are_known_in_any_capitals() {
        for text in [
            "", "NA", "n/a", "N.A.", "#N/A", "<NA>", "NaN", "-nan", "Null", "None", ".", "?",
        ] {
            assert!(is_missing(text), "{text}");
        }
        for text in ["0", "-1", "nano", "inf", "..", "no"] {
            assert!(!is_missing(text), "{text}");
        }
    }
}
