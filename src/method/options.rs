//! Options that were given, laid over the preset of a method.

use serde::{Deserialize, Serialize};
use toml::Table;

use super::config::ModelConfig;
use super::name::{Family, MethodName};
use crate::config::{ADVICE, changed, differences};
use crate::error::{Error, Result};

/// Options of the network that were given; for the rest, each method has its own defaults.
///
/// ```
/// use geogate::method::{MethodName, ModelOptions};
/// let given: toml::Table = toml::from_str("lf_dim = 20")?;
/// let gear = ModelOptions::new(given).resolve(Some(MethodName::Gear))?;
/// assert_eq!((gear.latent_dim, gear.lf_dim), (8, 20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelOptions(Table);

impl ModelOptions {
    /// The options of a `[model]` section with some of its keys.
    pub fn new(given: Table) -> Self {
        Self(given)
    }

    /// The options that were given.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// These options with `over` laid over them.
    pub fn under(&self, over: Table) -> Self {
        let mut table = self.0.clone();
        table.extend(over);
        Self(table)
    }

    /// The effective configuration: the defaults of `method` (of the method given, or of `gate`, where
    /// it is none) under the options given. A method without a network has no use for them.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for a key or value that does not exist.
    pub fn resolve(&self, method: Option<MethodName>) -> Result<ModelConfig> {
        let named = |key: &str| {
            let name = self.0.get(key).cloned();
            name.map(|name| MethodName::deserialize(name).map_err(|error| wrong(key, &error)))
        };
        let method = match (method, named(METHOD)) {
            (Some(method), _) => method,
            (None, Some(given)) => given?,
            (None, None) => MethodName::default(),
        };
        match (method.entry().family, named(TRANSFER)) {
            (Family::Choice, Some(transfer)) => self.over(&ModelConfig {
                method,
                ..ModelConfig::of(transfer?)
            }),
            (Family::Regression, _) => Ok(ModelConfig::of(method)),
            _ => self.over(&ModelConfig::of(method)),
        }
    }

    /// `defaults` under the options given, but with its method; errors as of [`Self::resolve`].
    pub fn over(&self, defaults: &ModelConfig) -> Result<ModelConfig> {
        let given = self.0.iter().filter(|(key, _)| *key != METHOD);
        let given = given.map(|(key, value)| (key.clone(), value.clone()));
        changed(defaults, given.collect(), "")
    }
}

impl ModelConfig {
    /// The configuration of `method` among those that `auto` weighs: its own defaults, with what differs here from
    /// the defaults of the transfer method.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where the transfer method is no network, or `stl`.
    pub fn candidate(&self, method: MethodName) -> Result<Self> {
        if !self.transfer.is_network() || self.transfer == MethodName::Stl {
            return Err(Error::usage(
                format!(
                    "option `transfer` = {}: that is no transfer",
                    self.transfer.as_str()
                ),
                "name what is to be weighed against stl, such as geogate, gate or mtl",
            ));
        }
        let given = differences(self, &Self::of(self.transfer)).into_iter();
        let given = given.filter_map(|found| Some((found.option, found.value?)));
        ModelOptions(given.collect()).resolve(Some(method))
    }
}

fn wrong(key: &str, error: &toml::de::Error) -> Error {
    Error::usage(format!("{} in `{key}`", error.message()), ADVICE)
}

/// The key of the method.
const METHOD: &str = "method";
/// The key of the method that `auto` weighs against `stl`.
const TRANSFER: &str = "transfer";
