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

use crate::config::{changed, table_of};
use crate::error::{Error, Result};
use crate::method::ModelConfig;
use crate::train::config::TrainingConfig;

/// Options that are other methods or other divisions, not variants.
const REFUSED: [&str; 3] = ["method", "seed", "transfer"];

/// An option and the values to try: `KEY=V1,V2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Variation {
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

/// One option changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The option, as configuration files call it.
    pub key: String,
    /// Value of the option, or `x` and a factor.
    pub value: String,
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
        const ADVICE: &str = "write KEY=V1,V2, such as option `vary` = delta=0.1,10 or option `vary` = hidden=50,200";
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
                format!(
                    "option `methods` names methods, option `seeds` counts seeds; there are {}",
                    known.join(", ")
                ),
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
    /// `key` at `value`.
    pub(super) fn new(key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    /// Changes the option in the section that has it.
    ///
    /// # Errors
    /// A value that the option cannot have, or one outside its range.
    pub(super) fn lay_over(
        &self,
        model: &mut ModelConfig,
        training: &mut TrainingConfig,
    ) -> Result<()> {
        self.change(model)?;
        self.change(training)?;
        training.validate()
    }

    /// Changes the option, if the section has it.
    fn change<T: Serialize + DeserializeOwned>(&self, section: &mut T) -> Result<()> {
        let table = table_of(section);
        let Some(old) = table.get(&self.key) else {
            return Ok(());
        };
        let new = Table::from_iter([(self.key.clone(), self.changed(old)?)]);
        *section = changed(section, new, &format!("option `vary` = {self}: "))?;
        Ok(())
    }

    /// The value in place of `old`, of its type.
    fn changed(&self, old: &Value) -> Result<Value> {
        let unfit = |what: &str| {
            let problem = format!("option `vary` = {self}: the value must be {what}");
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
            (_, Some(_)) => Err(Error::usage(
                format!("option `vary` = {self}: the option is a choice, which has no multiples"),
                "write one of its values",
            )),
            _ => Ok(Value::String(self.value.clone())),
        }
    }

    /// The factor of `x10`.
    fn factor(&self) -> Option<f64> {
        let factor = self.value.strip_prefix('x')?.parse().ok()?;
        (factor > 0.0 && f64::is_finite(factor)).then_some(factor)
    }

    /// Can the option have the value at all? Of a factor only that the option is a number: what it makes of a
    /// method's own value is seen there.
    ///
    /// # Errors
    /// A value of the wrong type, or outside the option's range.
    fn check(&self) -> Result<()> {
        let (mut model, mut training) = (ModelConfig::default(), TrainingConfig::default());
        self.change(&mut model)?;
        self.change(&mut training)?;
        match self.factor() {
            Some(_) => Ok(()),
            None => training.validate(),
        }
    }
}

fn defaults() -> (Table, Table) {
    let (model, training) = (ModelConfig::default(), TrainingConfig::default());
    (table_of(&model), table_of(&training))
}
