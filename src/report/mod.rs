//! Reports: one HTML page each, self-contained, with plots as inline SVG and no script.
//!
//! | module | holds |
//! |---|---|
//! | [`run`] | the page of one run |
//! | [`comparison`] | the page of a comparison |
//! | [`geometry`] | the page of a survey of a trained model's geometry |
//! | [`atlas`] | the pictures of such a survey, with the tables of what they show |
//! | `error_bars` | error bars on the page of one run |
//! | `molecule` | a molecule with its atoms coloured by their shares of a prediction |
//! | [`plot`] | the plots, as SVG |

pub mod atlas;
pub mod comparison;
mod error_bars;
pub mod geometry;
#[cfg(feature = "molecule")]
pub mod molecule;
pub mod plot;
pub mod run;
mod stability;

use minijinja::{Environment, Value, context};
use serde::Serialize;
use serde_json::Value as Json;

/// Name, template text.
const TEMPLATES: [(&str, &str); 4] = [
    ("page.html", include_str!("templates/page.html")),
    ("run.html", include_str!("templates/run.html")),
    ("comparison.html", include_str!("templates/comparison.html")),
    ("geometry.html", include_str!("templates/geometry.html")),
];

/// The page that the template `name` makes of `content`; text is escaped, SVG is not.
fn page(name: &str, content: &impl Serialize) -> String {
    let mut environment = Environment::new();
    for (name, text) in TEMPLATES {
        environment
            .add_template(name, text)
            .expect("the tests render every template");
    }
    environment.add_filter("number", |value: Option<f64>| {
        short(value.unwrap_or(f64::NAN))
    });
    environment.add_filter("interval", interval_filter);
    let version = env!("CARGO_PKG_VERSION");
    let content = serde_json::to_value(content).expect("contents have string keys");
    let content = context! { version, ..value(content) };
    environment
        .get_template(name)
        .and_then(|template| template.render(content))
        .expect("the tests render every template")
}

/// What the template sees of a JSON value; NaN has become `none` on the way.
fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(flag) => flag.into(),
        Json::Number(number) => match number.as_u64() {
            Some(whole) => whole.into(),
            None => number.as_f64().unwrap_or(f64::NAN).into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => items.into_iter().map(value).collect(),
        Json::Object(fields) => {
            Value::from_pairs(fields.into_iter().map(|(name, field)| (name, value(field))))
        }
    }
}

/// A number with four significant digits, or all digits of its whole part; a dash for NaN.
pub(crate) fn short(value: f64) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    if value.is_infinite() {
        return value.to_string();
    }
    let digits = if value == 0.0 {
        0
    } else {
        value.abs().log10().floor() as i32
    };
    if !(-4..15).contains(&digits) {
        return format!("{value:.3e}");
    }
    let decimals = (3 - digits).max(0) as usize;
    format!("{value:.decimals$}")
}

/// The interval of a ratio in words: of a single unit, of which `singular` is the name, there is none.
pub(crate) fn interval_words([low, high]: [f64; 2], units: usize, singular: &str) -> String {
    match (low.is_nan() || high.is_nan(), units) {
        (false, _) => format!("{} to {}", short(low), short(high)),
        (true, 1) => format!("one {singular}: no interval"),
        (true, _) => "no interval".to_owned(),
    }
}

/// [`interval_words`] of a ratio as the template sees it.
fn interval_filter(ratio: &Value, singular: &str) -> Result<String, minijinja::Error> {
    let end = |name: &str| -> Result<f64, minijinja::Error> {
        let end = f64::try_from(ratio.get_attr(name)?);
        Ok(end.unwrap_or(f64::NAN))
    };
    let counts = ratio.get_attr("wins_ties_losses")?.try_iter()?;
    let units = counts.map(usize::try_from).sum::<Result<usize, _>>()?;
    Ok(interval_words([end("low")?, end("high")?], units, singular))
}

/// A width or reach: as [`short`] has it, but for one without an end.
fn extent(value: f64) -> String {
    match value.is_infinite() {
        true => "open".to_owned(),
        false => short(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits() {
        let cases = [
            (0.0, "0.000"),
            (0.012_345, "0.01235"),
            (1.0, "1.000"),
            (-23.456_7, "-23.46"),
            (12_345.6, "12346"),
            (1.5e-9, "1.500e-9"),
            (f64::NAN, "–"),
            (f64::INFINITY, "inf"),
        ];
        for (value, want) in cases {
            assert_eq!(short(value), want);
        }
        let words = |ends, units| interval_words(ends, units, "split");
        assert_eq!(words([0.5, 2.0], 2), "0.5000 to 2.000");
        assert_eq!(words([f64::NAN; 2], 1), "one split: no interval");
        assert_eq!(words([f64::NAN; 2], 0), "no interval");
        assert_eq!([extent(1.0), extent(f64::INFINITY)], ["1.000", "open"]);
    }
}
