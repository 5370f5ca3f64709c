//! Methods with one option changed: sensitivity to weights, ablation of losses, corrupted labels.
//!
//! | asked for | variants of a method |
//! |---|---|
//! | `--vary KEY=V1,V2` | the option `KEY` at each value; `x10` is ten times the method's own |
//! | `--sensitivity` | the weight of each of its losses a hundredth, a tenth, ten and a hundred times |
//! | `--ablate` | each of its losses left out |
//!
//! Every variant runs beside the method as it is, on the same splits. A method has the variants that change
//! something of it: an option it does not use, or at the value it has anyway, makes none.

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::config::CompareConfig;
use super::learner::Learner;
use crate::error::{Error, Result};
use crate::gate::config::{MethodName, ModelConfig};
use crate::train::config::TrainingConfig;

/// Weights of losses, with which `--sensitivity` and `--ablate` deal.
pub const LOSSES: [&str; 12] = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "order2",
    "curvature",
    "normal",
    "isometry",
    "affine",
    "flat",
    "cocycle",
    "distill",
];
/// Factors of `--sensitivity`: four decades around a method's own weight.
const DECADES: [&str; 4] = ["x0.01", "x0.1", "x10", "x100"];
/// Options of training that matter to a method without a network.
const OF_LABELS: [&str; 2] = ["corrupt_share", "corrupt_sd"];
/// Options that are other methods or other divisions, not variants.
const REFUSED: [&str; 2] = ["method", "seed"];

/// An option and the values to try: `KEY=V1,V2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Variation {
    key: String,
    values: Vec<String>,
}

/// One option changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The option, as configuration files call it.
    pub key: String,
    /// Its value, or `x` and a factor.
    pub value: String,
}

/// What a method runs with: network and optimisation, under a variant where it has a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) method: Learner,
    pub(super) variant: Option<Variant>,
    pub(super) model: ModelConfig,
    pub(super) training: TrainingConfig,
}

/// `KEY=V1,V2`, blanks allowed; `-` in the key is `_`.
///
/// ```
/// use geogate::evaluate::variant::Variation;
/// let variation: Variation = "corrupt-share=0.1,0.3".parse()?;
/// assert_eq!(String::from(variation), "corrupt_share=0.1,0.3");
/// # Ok::<(), geogate::error::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) without `=` or a value, for an option there is not or that makes
/// no variant, and for a value twice.
impl FromStr for Variation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        const ADVICE: &str = "write KEY=V1,V2, such as --vary delta=0.1,10 or --vary hidden=50,200";
        let (key, values) = text
            .split_once('=')
            .ok_or_else(|| Error::usage(format!("`{text}` has no `=`"), ADVICE))?;
        let key = key.trim().replace('-', "_");
        let values: Vec<String> = values
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        let (model, training) = defaults();
        if REFUSED.contains(&key.as_str())
            || !(model.contains_key(&key) || training.contains_key(&key))
        {
            let mut known: Vec<&str> = model
                .keys()
                .chain(training.keys())
                .map(String::as_str)
                .collect();
            known.retain(|key| !REFUSED.contains(key));
            return Err(Error::usage(
                format!("`{key}` is no option that can be varied"),
                format!("there are {}", known.join(", ")),
            ));
        }
        for (index, value) in values.iter().enumerate() {
            if value.is_empty() || values[..index].contains(value) {
                let problem = format!("`{text}` has an empty value, or one twice");
                return Err(Error::usage(problem, ADVICE));
            }
            Variant::new(&key, value).check()?;
        }
        Ok(Self { key, values })
    }
}

impl TryFrom<String> for Variation {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Variation> for String {
    fn from(variation: Variation) -> Self {
        format!("{}={}", variation.key, variation.values.join(","))
    }
}

/// `key=value`: the name of a variant in files and tables.
impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

impl Variant {
    fn new(key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    /// Changes the option in the section that has it.
    ///
    /// # Errors
    /// A value that the option cannot have, or one outside its range.
    fn lay_over(&self, model: &mut ModelConfig, training: &mut TrainingConfig) -> Result<()> {
        self.change(model)?;
        self.change(training)?;
        training.validate()
    }

    /// Changes the option, if the section has it.
    fn change<T: Serialize + DeserializeOwned>(&self, section: &mut T) -> Result<()> {
        let mut table = table_of(section);
        let Some(old) = table.get(&self.key) else {
            return Ok(());
        };
        let new = self.changed(old)?;
        table.insert(self.key.clone(), new);
        *section = T::deserialize(Value::Table(table)).map_err(|error| {
            Error::usage(format!("--vary {self}: {}", error.message()), "see --help")
        })?;
        Ok(())
    }

    /// The value in place of `old`, of its type.
    fn changed(&self, old: &Value) -> Result<Value> {
        let unfit = |what: &str| {
            let problem = format!("--vary {self}: the value must be {what}");
            Error::usage(
                problem,
                "write a value, or x10 for ten times the method's own",
            )
        };
        let factor = self.factor();
        match (old, factor) {
            (Value::Float(old), Some(factor)) => Ok(Value::Float(old * factor)),
            (Value::Integer(old), Some(factor)) => {
                Ok(Value::Integer((*old as f64 * factor).round() as i64))
            }
            (Value::Float(_), None) => {
                let number = self.value.parse().map_err(|_| unfit("a number"))?;
                Ok(Value::Float(number))
            }
            (Value::Integer(_), None) => {
                let number = self.value.parse().map_err(|_| unfit("a whole number"))?;
                Ok(Value::Integer(number))
            }
            _ => Ok(Value::String(self.value.clone())),
        }
    }

    /// The factor of `x10`.
    fn factor(&self) -> Option<f64> {
        let factor = self.value.strip_prefix('x')?.parse().ok()?;
        (factor > 0.0 && f64::is_finite(factor)).then_some(factor)
    }

    /// Can the option have the value at all?
    fn check(&self) -> Result<()> {
        let (mut model, mut training) = (ModelConfig::default(), TrainingConfig::default());
        self.lay_over(&mut model, &mut training)
    }
}

impl Setting {
    /// The method under the options given, as it is.
    pub(super) fn of(method: Learner, model: ModelConfig, training: &TrainingConfig) -> Self {
        Self {
            method,
            variant: None,
            model,
            training: training.clone(),
        }
    }

    /// The method with one option changed; none where that changes nothing of it.
    fn under(&self, variant: Variant) -> Result<Option<Self>> {
        if !concerns(&variant.key, self.method, &self.model) {
            return Ok(None);
        }
        let mut changed = self.clone();
        variant.lay_over(&mut changed.model, &mut changed.training)?;
        if (&changed.model, &changed.training) == (&self.model, &self.training) {
            return Ok(None);
        }
        changed.model.validate()?;
        changed.variant = Some(variant);
        Ok(Some(changed))
    }

    /// Name of the variant; empty for the method as it is.
    pub(super) fn variant_name(&self) -> String {
        self.variant
            .as_ref()
            .map_or(String::new(), Variant::to_string)
    }

    /// The value of an option as a number; NaN where it is none.
    pub(super) fn number(&self, key: &str) -> f64 {
        let (model, training) = (table_of(&self.model), table_of(&self.training));
        match model.get(key).or(training.get(key)) {
            Some(Value::Float(number)) => *number,
            Some(Value::Integer(number)) => *number as f64,
            _ => f64::NAN,
        }
    }
}

/// The methods as they are, then the variants asked for: option by option, value by value, method by method.
///
/// # Errors
/// A value that an option of a method cannot have; an option that no method uses.
pub(super) fn settings(compare: &CompareConfig, plain: Vec<Setting>) -> Result<Vec<Setting>> {
    let mut settings = plain.clone();
    for variation in variations(compare) {
        for value in &variation.values {
            for method in &plain {
                let variant = Variant::new(&variation.key, value);
                settings.extend(method.under(variant)?);
            }
        }
        let key = variation.key.as_str();
        let used = |method: &Setting| concerns(key, method.method, &method.model);
        if compare.vary.contains(&variation) && !plain.iter().any(used) {
            return Err(Error::usage(
                format!("--vary {key}: no method of --methods uses it"),
                "compare a method that does, or vary another option",
            ));
        }
    }
    Ok(settings)
}

/// Everything asked for, as variations.
fn variations(compare: &CompareConfig) -> Vec<Variation> {
    let of_losses = |values: &[&str]| -> Vec<Variation> {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        let of_loss = |key: &&str| Variation {
            key: (*key).to_owned(),
            values: values.clone(),
        };
        LOSSES.iter().map(of_loss).collect()
    };
    let mut variations = compare.vary.clone();
    if compare.sensitivity {
        variations.extend(of_losses(&DECADES));
    }
    if compare.ablate {
        variations.extend(of_losses(&["0"]));
    }
    variations
}

/// Does the method use the option?
fn concerns(key: &str, method: Learner, model: &ModelConfig) -> bool {
    let method = match method {
        Learner::Ridge => return OF_LABELS.contains(&key),
        Learner::Network(MethodName::Auto) => model.transfer,
        Learner::Network(method) => method,
    };
    match key {
        "distill" => method.distils(),
        "balance" => method == MethodName::Mtl || method.has_charts(),
        "lf_dim" | "start" | "distance" | "epsilon" | "perturbations" | "pairs" | "mapping"
        | "predict_by" | "source_weights" | "order2_kind" | "curvature_kind" => method.has_charts(),
        "transfer" => model.method == MethodName::Auto,
        _ if LOSSES.contains(&key) => method.has_charts(),
        _ => true,
    }
}

fn table_of<T: Serialize>(section: &T) -> Table {
    Table::try_from(section).expect("a configuration is a table")
}

fn defaults() -> (Table, Table) {
    let (model, training) = (ModelConfig::default(), TrainingConfig::default());
    (table_of(&model), table_of(&training))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(methods: &[MethodName]) -> Vec<Setting> {
        let of = |&method: &MethodName| {
            let training = TrainingConfig::default();
            Setting::of(method.into(), ModelConfig::of(method), &training)
        };
        methods.iter().map(of).collect()
    }

    fn names(compare: &CompareConfig, methods: &[MethodName]) -> Vec<String> {
        let settings = settings(compare, plain(methods)).unwrap();
        let changed = settings.iter().filter(|setting| setting.variant.is_some());
        changed
            .map(|setting| format!("{} {}", setting.method.as_str(), setting.variant_name()))
            .collect()
    }

    #[test]
    fn each_method_has_the_losses_it_has() {
        let compare = CompareConfig {
            ablate: true,
            ..CompareConfig::default()
        };
        let got = names(
            &compare,
            &[MethodName::Stl, MethodName::Kd, MethodName::Gear],
        );
        // gear has no distance loss, and one of curvature and of the metric
        let want = [
            "gear alpha=0",
            "gear beta=0",
            "gear gamma=0",
            "gear curvature=0",
            "gear flat=0",
            "kd distill=0",
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn factors_are_of_the_method_s_own_weight() {
        let compare = CompareConfig {
            sensitivity: true,
            ..CompareConfig::default()
        };
        let settings = settings(&compare, plain(&[MethodName::Geogate])).unwrap();
        let delta = |setting: &&Setting| setting.variant.as_ref().is_some_and(|v| v.key == "delta");
        let weights: Vec<f64> = settings
            .iter()
            .filter(delta)
            .map(|setting| setting.number("delta"))
            .collect();
        assert_eq!(weights, [10.0, 100.0, 1e4, 1e5]);
    }

    #[test]
    fn a_value_that_changes_nothing_is_the_method_itself() {
        let compare = CompareConfig {
            vary: vec![
                "delta=0.1,1,x10".parse().unwrap(),
                "hidden=x2".parse().unwrap(),
            ],
            ..CompareConfig::default()
        };
        let got = names(&compare, &[MethodName::Stl, MethodName::Gate]);
        let want = [
            "gate delta=0.1",
            "gate delta=x10",
            "stl hidden=x2",
            "gate hidden=x2",
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn what_cannot_be_varied_is_said() {
        for (text, words) in [
            ("delta", "no `=`"),
            ("dleta=1", "`dleta` is no option"),
            ("seed=1,2", "`seed` is no option"),
            ("delta=", "empty"),
            ("delta=1,1", "twice"),
            ("delta=much", "a number"),
            ("hidden=1.5", "a whole number"),
            ("distance=far", "distance=far"),
            ("corrupt-share=2", "corrupt"),
        ] {
            let error = text.parse::<Variation>().unwrap_err();
            assert!(error.is_input());
            assert!(error.to_string().contains(words), "{text}: {error}");
        }
        let compare = CompareConfig {
            vary: vec!["delta=0.1".parse().unwrap()],
            ..CompareConfig::default()
        };
        let error = settings(&compare, plain(&[MethodName::Stl])).unwrap_err();
        assert!(
            error.to_string().contains("no method of --methods uses it"),
            "{error}"
        );
    }
}
