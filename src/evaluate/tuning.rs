//! A search for options by the validation rows of a job: `--tune N`.
//!
//! Of N draws the first is the method as it is; the others are random:
//!
//! | option | drawn from | of |
//! |---|---|---|
//! | `lr` | a third to three times, log-uniform | every network |
//! | `hidden`, `embedding` | 50, 100, 200 | every network |
//! | `dropout` | 0, 0.1, 0.2 | networks whose losses allow it |
//! | `balance` | 0, 0.5, 1 | `mtl`, `gate`, `gear`, `geogate` |
//! | `distill` | a tenth to ten times, log-uniform | `kd`, `gsp-kd` |
//! | `alpha`, `beta`, `gamma`, `delta`, `curvature`, `flat` | a tenth to ten times, log-uniform | charts, where the method has the loss |
//!
//! The draw with the smallest error on the target's validation rows is kept as it was trained. Options of the network
//! that were given stay, and so does what a variant changes. What is no network chooses by the validation rows itself and has one draw.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::learning::learn;
use super::outcome::scores;
use super::situation::{JobSituation, Learned, smaller};
use crate::config::changed;
use crate::data::Part;
use crate::error::{Error, Result};
use crate::method::{LOSSES, MethodName, ModelConfig};
use crate::random::{Purpose, Stream};
use crate::train::RunControl;
use crate::train::config::RunConfig;
use crate::train::metrics::number_or_nan;

/// One draw of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// What differs from the method's defaults, as in `results.csv`.
    pub options: String,
    /// Error on the target's validation rows; NaN (`null`) where the draw failed.
    #[serde(deserialize_with = "number_or_nan")]
    pub val_rmse: f64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResult {
    /// The best draw.
    pub learned: Learned,
    /// Every draw; empty without a search.
    pub draws: Vec<Draw>,
}

/// Number of draws of `method` where `tune` are asked for; 0 is no search.
pub fn draws(method: MethodName, tune: usize) -> usize {
    if method.has_network() { tune } else { 0 }
}

/// Learns once, or `tune` times with options drawn under the job's seed.
///
/// # Errors
/// Those of [`learn`]; a draw that fails leaves the others, unless all fail.
pub fn search(
    method: MethodName,
    situation: &JobSituation<'_>,
    control: &RunControl<'_>,
    tune: usize,
) -> Result<SearchResult> {
    let wanted = draws(method, tune);
    if wanted == 0 {
        return Ok(SearchResult {
            learned: learn(method, situation, control)?,
            draws: Vec::new(),
        });
    }
    let mut search = Search::default();
    for index in 0..wanted {
        let config = drawn(situation, index);
        let situation = JobSituation {
            config: &config,
            ..*situation
        };
        let learned = learn(method, &situation, control);
        search.add(config.changed_options(), learned, situation.corpus.target)?;
    }
    search.finish()
}

/// A search under way.
#[derive(Default)]
struct Search {
    draws: Vec<Draw>,
    /// The smallest validation error with what it belongs to.
    best: Option<(f64, Learned)>,
    failure: Option<Error>,
}

impl Search {
    /// Takes what became of a draw; training that breaks down is a bad draw, everything else ends the search.
    fn add(&mut self, options: String, learned: Result<Learned>, target: usize) -> Result<()> {
        let learned = match learned {
            Ok(learned) => learned,
            Err(error) => {
                if !error.is_breakdown() {
                    return Err(error);
                }
                self.draws.push(Draw {
                    options,
                    val_rmse: f64::NAN,
                    error: Some(error.to_string()),
                });
                self.failure = Some(error);
                return Ok(());
            }
        };
        let of_rows = || scores(&learned.predictions, target, Part::Val).rmse;
        let val_rmse = learned.inner_rmse.unwrap_or_else(of_rows);
        self.draws.push(Draw {
            options,
            val_rmse,
            error: None,
        });
        let best = self.best.as_ref();
        if best.is_none_or(|(least, _)| smaller(val_rmse, *least)) {
            self.best = Some((val_rmse, learned));
        }
        Ok(())
    }

    fn finish(self) -> Result<SearchResult> {
        match (self.best, self.failure) {
            (Some((_, learned)), _) => Ok(SearchResult {
                learned,
                draws: self.draws,
            }),
            (None, Some(error)) => Err(error),
            (None, None) => unreachable!("a draw succeeds or fails"),
        }
    }
}

/// The configuration of draw `index`; of the first, the job's own.
fn drawn(situation: &JobSituation<'_>, index: usize) -> RunConfig {
    let mut config = situation.config.clone();
    if index == 0 {
        return config;
    }
    let mut stream = Stream::new(config.training.seed, Purpose::Tuning, index as u64);
    let held = |key: &str| situation.held.iter().any(|held| held == key);
    let factor = spread(&mut stream, 3.0);
    if !held("lr") {
        config.training.lr *= factor;
    }
    let mut laid = Table::new();
    // every option is drawn, used or not, so that a draw of one does not hang on another
    for (key, value) in options_drawn(&config.model, &mut stream) {
        if !held(key) {
            laid.insert(key.to_owned(), value);
        }
    }
    let tasks = situation.corpus.tasks.len();
    let valid = |over: &Table| -> Option<ModelConfig> {
        let model: ModelConfig = changed(&config.model, over.clone(), "").ok()?;
        model.validate_for(tasks).ok()?;
        Some(model)
    };
    let without_dropout = |mut over: Table| {
        over.remove("dropout");
        over
    };
    let drawn = valid(&laid).or_else(|| valid(&without_dropout(laid)));
    if let Some(drawn) = drawn {
        config.model = drawn;
    }
    config
}

/// The options of a network with values drawn for them.
fn options_drawn(model: &ModelConfig, stream: &mut Stream) -> Vec<(&'static str, Value)> {
    let mut among = |values: [f64; 3]| values[stream.below(3)];
    let sizes = [50.0, 100.0, 200.0];
    let (hidden, embedding) = (among(sizes), among(sizes));
    let dropout = among([0.0, 0.1, 0.2]);
    let balance = among([0.0, 0.5, 1.0]);
    let mut drawn = vec![
        ("hidden", Value::from(hidden as i64)),
        ("embedding", Value::from(embedding as i64)),
        ("dropout", Value::from(dropout)),
    ];
    let method = match model.method {
        MethodName::Auto => model.transfer,
        method => method,
    };
    if method == MethodName::Mtl || method.has_charts() {
        drawn.push(("balance", Value::from(balance)));
    }
    for entry in LOSSES.iter().filter(|entry| entry.tuned) {
        let (factor, weight) = (spread(stream, 10.0), (entry.weight)(model));
        // a loss that the method has not stays off
        if entry.is_of(method) && weight != 0.0 {
            drawn.push((entry.option, Value::from(weight * factor)));
        }
    }
    drawn
}

/// A factor between 1 / `most` and `most`, log-uniform.
fn spread(stream: &mut Stream, most: f64) -> f64 {
    most.powf(2.0 * stream.uniform() - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_log_uniform() {
        let mut stream = Stream::new(1, Purpose::Test, 0);
        let logs: Vec<f64> = (0..10_000)
            .map(|_| spread(&mut stream, 10.0).log10())
            .collect();
        assert!(logs.iter().all(|log| (-1.0..1.0).contains(log)));
        // uniform in ±1: standard error of the mean 1 / √30,000
        let mean = logs.iter().sum::<f64>() / 1e4;
        assert!(mean.abs() < 4.5 / 30_000_f64.sqrt(), "{mean}");
    }

    #[test]
    fn every_method_draws_only_losses_it_has() {
        for method in MethodName::networks() {
            let preset = ModelConfig::of(method);
            let mut stream = Stream::new(2, Purpose::Test, 0);
            let drawn = options_drawn(&preset, &mut stream);
            let has = |key: &str| drawn.iter().any(|(name, _)| *name == key);
            assert!(has("hidden") && has("dropout"));
            assert_eq!(has("alpha"), method.has_charts(), "{}", method.as_str());
            assert_eq!(has("distill"), method.distils());
            assert_eq!(has("curvature"), method == MethodName::Gear);
        }
    }

    /// The losses of `auto` are those of its transfer.
    #[test]
    fn auto_draws_what_its_transfer_draws() {
        let gear = ModelConfig::of(MethodName::Gear);
        let auto = ModelConfig {
            method: MethodName::Auto,
            transfer: MethodName::Gear,
            ..gear.clone()
        };
        let drawn = |model| options_drawn(model, &mut Stream::new(2, Purpose::Test, 0));
        assert_eq!(drawn(&auto), drawn(&gear));
    }

    #[test]
    fn a_draw_without_an_error_loses_to_one_with() {
        let learned = |rmse: f64| {
            Ok(Learned {
                inner_rmse: Some(rmse),
                ..Learned::default()
            })
        };
        let mut search = Search::default();
        for rmse in [f64::NAN, 3.0, 2.0, f64::NAN, 4.0] {
            search.add(String::new(), learned(rmse), 0).unwrap();
        }
        assert_eq!(search.finish().unwrap().learned.inner_rmse, Some(2.0));
    }
}
