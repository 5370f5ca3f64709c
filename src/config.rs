//! Configurations as tables: laid over one another, compared, digested. Every section of options goes through here.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::io::Read;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::data::names::shortened;
use crate::error::{Error, Result};

/// A configuration as a table of its options.
pub(crate) fn table_of(config: &impl Serialize) -> Table {
    Table::try_from(config).expect("configurations have string keys and plain values")
}

/// Is a value that of its type where nothing is said? Then files need not say it.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Lays `over` onto `under`: tables option by option, everything else replaced.
pub(crate) fn lay_over(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => lay_over(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

/// What to do about an option that is not understood.
pub(crate) const ADVICE: &str = "a run's config.toml shows every option there is";

/// The configuration of a table.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage), said of `place`, for an option there is not or a value that it
/// cannot have.
pub(crate) fn read_from<T: DeserializeOwned>(table: Table, place: &str) -> Result<T> {
    T::deserialize(Value::Table(table)).map_err(|error| {
        // the message, and `in key` on a line of its own
        let said = error.to_string();
        let (message, key) = said.trim_end().split_once('\n').unwrap_or((&said, ""));
        let said = format!("{} {key}", plain(message.trim_end()));
        Error::usage(format!("{place}{}", said.trim_end()), ADVICE)
    })
}

/// `config` with the options of `over` in place of its own; errors as of [`read_from`].
pub(crate) fn changed<T: Serialize + DeserializeOwned>(
    config: &T,
    over: Table,
    place: &str,
) -> Result<T> {
    let mut table = table_of(config);
    lay_over(&mut table, over);
    read_from(table, place)
}

/// A TOML file as a `T`; an error names the line.
///
/// # Errors
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io) for a file that cannot be read,
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for what it cannot say, with this `advice`.
pub(crate) fn read_file<T: DeserializeOwned>(file: &Path, advice: &str) -> Result<T> {
    /// A configuration is written by hand, or by a run.
    const MOST_BYTES: u64 = 16 << 20;
    let failed = |source| Error::io("read", file, source);
    let mut text = String::new();
    let opened = fs::File::open(file).map_err(failed)?;
    let read = opened.take(MOST_BYTES + 1).read_to_string(&mut text);
    if read.map_err(failed)? as u64 > MOST_BYTES {
        let problem = format!("{} has more than {MOST_BYTES} bytes", file.display());
        return Err(Error::usage(problem, "name a configuration in TOML"));
    }
    toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let number = text[..start].matches('\n').count();
        let line = text.lines().nth(number).unwrap_or_default().trim();
        let place = format!("{}, line {}", file.display(), number + 1);
        Error::usage(
            format!("{place}: {}: `{}`", plain(error.message()), shortened(line)),
            advice,
        )
    })
}

/// A message of the reader of TOML without the names of types of the program.
fn plain(message: &str) -> String {
    let (said, wanted) = message.split_once("expected ").unwrap_or((message, ""));
    let wanted = match wanted.trim_end() {
        "usize" | "u64" | "u32" => "a whole number from 0 on",
        "f64" | "f32" => "a number",
        "a string" | "path string" | "string" => "a text in quotes",
        "a boolean" | "bool" => "true or false",
        "" => return message.trim_end().replace('\n', ", "),
        kind if kind.starts_with("struct ") || kind.starts_with("a map") => "a table of options",
        other => other,
    };
    let said = said.replace(" as i128", "").replace('\n', ", ");
    format!("{said}expected {wanted}")
}

/// The numbers that an option can have, ends included or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    low: f64,
    high: f64,
    open: [bool; 2],
}

impl Bounds {
    /// From `low` to `high`, both included.
    pub(crate) const fn from_to(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            open: [false, false],
        }
    }

    /// Above `low`, which is not included, and at most `high`.
    pub(crate) const fn above(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            open: [true, false],
        }
    }

    /// From `low` to numbers below `high`.
    pub(crate) const fn below(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            open: [false, true],
        }
    }

    /// Above `low` and below `high`.
    pub(crate) const fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            open: [true, true],
        }
    }

    fn holds(self, value: f64) -> bool {
        let above = value > self.low || (!self.open[0] && value == self.low);
        above && (value < self.high || (!self.open[1] && value == self.high))
    }

    /// Refuses a value outside, with a `usual` one as advice.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) naming the option, its value and its range.
    pub(crate) fn check(self, option: &str, value: f64, usual: impl Display) -> Result<()> {
        if self.holds(value) {
            return Ok(());
        }
        Err(Error::usage(
            format!("option `{option}` is {}", Number(value)),
            format!("give a number {self}, such as {usual}"),
        ))
    }

    /// Refuses a count outside, with a `usual` one as advice.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub(crate) fn check_count(self, option: &str, value: usize, usual: impl Display) -> Result<()> {
        if self.holds(value as f64) {
            return Ok(());
        }
        Err(Error::usage(
            format!("option `{option}` is {value}"),
            format!("give a whole number {self}, such as {usual}"),
        ))
    }
}

impl Display for Bounds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [low, high] = [self.low, self.high].map(Number);
        match self.open {
            [true, _] if self.high == f64::INFINITY => write!(f, "above {low}"),
            [false, false] => write!(f, "from {low} to {high}"),
            [true, false] => write!(f, "above {low} and at most {high}"),
            [false, true] => write!(f, "from {low} to below {high}"),
            [true, true] => write!(f, "above {low} and below {high}"),
        }
    }
}

/// A number in a message: with an exponent where it would have many digits.
struct Number(f64);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        match size == 0.0 || !size.is_finite() || (1e-5..1e16).contains(&size) {
            true => write!(f, "{}", self.0),
            false => write!(f, "{:e}", self.0),
        }
    }
}

/// An option that two configurations have at different values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// Dotted name of the option.
    pub(crate) option: String,
    /// The value of the first, if it has the option.
    pub(crate) value: Option<Value>,
}

/// The options in which two configurations differ: those of the first in the order of their names, then those that the
/// second has alone.
pub(crate) fn differences(one: &impl Serialize, other: &impl Serialize) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&table_of(one), &table_of(other), "", &mut found);
    found
}

fn compare(one: &Table, other: &Table, prefix: &str, found: &mut Vec<Difference>) {
    let extra = other.keys().filter(|key| !one.contains_key(*key));
    for key in one.keys().chain(extra) {
        match (one.get(key), other.get(key)) {
            (Some(Value::Table(one)), Some(Value::Table(other))) => {
                compare(one, other, &format!("{prefix}{key}."), found);
            }
            (one, other) if one != other => found.push(Difference {
                option: format!("{prefix}{key}"),
                value: one.cloned(),
            }),
            _ => {}
        }
    }
}

/// A digest of options, texts and numbers, by which an interrupted run knows its own.
#[derive(Default)]
pub(crate) struct Digest(blake3::Hasher);

impl Digest {
    /// Takes in a value that serialises.
    pub(crate) fn value(&mut self, value: &impl Serialize) -> &mut Self {
        let text = serde_json::to_string(value).expect("configurations have string keys");
        self.text(&text)
    }

    /// Takes in a text with its length, so that what comes after cannot be taken for a part of it.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// Takes in numbers, bit by bit.
    pub(crate) fn numbers(&mut self, numbers: &[f64]) -> &mut Self {
        for number in numbers {
            self.0.update(&number.to_le_bytes());
        }
        self
    }

    /// Takes in bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(bytes);
        self
    }

    /// The digest in hexadecimal digits.
    pub(crate) fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_their_ends_or_not_and_say_so() {
        let infinity = f64::INFINITY;
        for (bounds, within, outside, words) in [
            (
                Bounds::from_to(0.0, 1.0),
                vec![0.0, 1.0],
                vec![-0.1, 1.1],
                "from 0 to 1",
            ),
            (
                Bounds::above(0.0, 1e30),
                vec![1e-300, 1e30],
                vec![0.0, 1e31],
                "above 0 and at most 1e30",
            ),
            (
                Bounds::above(0.0, infinity),
                vec![infinity],
                vec![0.0, -1.0],
                "above 0",
            ),
            (
                Bounds::below(0.0, 1.0),
                vec![0.0],
                vec![1.0, -1.0],
                "from 0 to below 1",
            ),
            (
                Bounds::between(0.0, 1.0),
                vec![0.5],
                vec![0.0, 1.0],
                "above 0 and below 1",
            ),
        ] {
            assert!(
                within.iter().all(|&x| bounds.check("x", x, 1).is_ok()),
                "{words}"
            );
            for x in outside.into_iter().chain([f64::NAN]) {
                let error = bounds.check("x", x, 1).unwrap_err().to_string();
                assert!(
                    error.contains(&format!("give a number {words}, such as 1")),
                    "{error}"
                );
            }
        }
        let error = Bounds::from_to(1.0, 9.0)
            .check_count("n", 1 << 60, 4)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "option `n` is 1152921504606846976; give a whole number from 1 to 9, such as 4"
        );
        let error = Bounds::between(0.0, 1.0)
            .check("x", 1e300, 0.1)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("option `x` is 1e300;"), "{error}");
    }

    #[test]
    fn errors_of_types_speak_of_options() {
        #[derive(Debug, serde::Deserialize)]
        #[allow(dead_code, reason = "only its errors are looked at")]
        struct Wanted {
            count: usize,
            share: f64,
            on: bool,
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, words) in [
            (
                "count = \"many\"",
                "expected a whole number from 0 on: `count = \"many\"`",
            ),
            (
                "count = 1\nshare = []",
                "line 2: invalid type: sequence, expected a number",
            ),
            (
                "count = 1\nshare = 1.0\non = 1",
                "expected true or false: `on = 1`",
            ),
        ] {
            fs::write(file.path(), text).unwrap();
            let error = read_file::<Wanted>(file.path(), ADVICE)
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{error}");
        }
        fs::write(file.path(), "#".repeat(17 << 20)).unwrap();
        let error = read_file::<Wanted>(file.path(), ADVICE)
            .unwrap_err()
            .to_string();
        assert!(error.contains("has more than 16777216 bytes"), "{error}");
    }

    #[test]
    fn tables_are_laid_over_option_by_option() {
        let mut under = toml::toml! { a = 1 [s] b = 2 c = 3 };
        lay_over(&mut under, toml::toml! { [s] c = 4 d = 5 });
        assert_eq!(under, toml::toml! { a = 1 [s] b = 2 c = 4 d = 5 });
    }

    #[test]
    fn differences_are_named_in_full() {
        let (one, other) = (
            toml::toml! { a = 1 [s] b = 2 c = 3 },
            toml::toml! { a = 1 [s] b = 2 c = 4 d = 5 },
        );
        let found = differences(&one, &other);
        let names: Vec<&str> = found.iter().map(|d| d.option.as_str()).collect();
        assert_eq!(names, ["s.c", "s.d"]);
        assert_eq!(found[0].value, Some(Value::Integer(3)));
        assert!(differences(&one, &one).is_empty());
    }

    #[test]
    fn a_digest_tells_where_texts_end() {
        let of = |texts: [&str; 2]| {
            let mut digest = Digest::default();
            texts.iter().for_each(|text| {
                digest.text(text);
            });
            digest.finish()
        };
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
        assert_eq!(of(["ab", "c"]), of(["ab", "c"]));
    }
}
