//! What a method runs with in a comparison: as it is, or under a variant.

use toml::Value;

use super::config::CompareConfig;
use super::variant::{Variant, Variation};
use crate::config::table_of;
use crate::error::{Error, ErrorKind, Result};
use crate::method::{Distance, Family, LOSSES, LossEntry, MethodName, ModelConfig};
use crate::train::config::{LossName, TrainingConfig};

/// Factors of `--sensitivity`: four decades around a method's own weight.
const DECADES: [&str; 4] = ["x0.01", "x0.1", "x10", "x100"];
/// Options of training that matter to a method without a network.
const OF_LABELS: [&str; 2] = ["corrupt_share", "corrupt_sd"];

/// What a method runs with: network and optimisation, under a variant where it has a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MethodSetting {
    pub(super) variant: Option<Variant>,
    pub(super) model: ModelConfig,
    pub(super) training: TrainingConfig,
}

impl MethodSetting {
    /// The method under the options given, as it is.
    pub(super) fn of(model: ModelConfig, training: &TrainingConfig) -> Self {
        Self {
            variant: None,
            model,
            training: training.clone(),
        }
    }

    /// The method.
    pub(super) fn method(&self) -> MethodName {
        self.model.method
    }

    /// The method with one option changed; none where that changes nothing of it.
    fn under(&self, variant: Variant) -> Result<Option<Self>> {
        if !self.uses(&variant.key) {
            return Ok(None);
        }
        let mut changed = self.clone();
        changed.variant = Some(variant.clone());
        let laid = variant.lay_over(&mut changed.model, &mut changed.training);
        laid.map_err(|error| changed.named(error))?;
        if changed.same(self) {
            return Ok(None);
        }
        changed
            .model
            .validate()
            .map_err(|error| changed.named(error))?;
        Ok(Some(changed))
    }

    /// Refuses a network that does not fit the number of tasks; errors name the variant.
    pub(super) fn validate_for(&self, tasks: usize) -> Result<()> {
        let valid = self.model.validate_for(tasks);
        valid.map_err(|error| self.named(error))
    }

    /// The error with method and variant, where there is a variant.
    fn named(&self, error: Error) -> Error {
        match (&self.variant, error.kind()) {
            (Some(variant), ErrorKind::Usage { problem, advice }) => {
                let method = self.method().as_str();
                Error::usage(
                    format!("{method} with {variant}: {problem}"),
                    advice.clone(),
                )
            }
            _ => error,
        }
    }

    /// Do both run alike?
    fn same(&self, other: &Self) -> bool {
        (&self.model, &self.training) == (&other.model, &other.training)
    }

    /// Does the method use the option, as it is?
    fn uses(&self, key: &str) -> bool {
        let Self {
            model, training, ..
        } = self;
        let method = match self.method() {
            MethodName::Auto => model.transfer,
            MethodName::Ridge if OF_LABELS.contains(&key) => MethodName::Stl,
            MethodName::Ridge => return false,
            method => method,
        };
        if method.entry().family == Family::Process {
            return OF_LABELS.contains(&key)
                || matches!(key, "views" | "ensemble" | "target_transform");
        }
        if let Some(loss) = LossEntry::of_option(key) {
            return loss.is_of(method);
        }
        let charts = method.has_charts();
        let perturbs = model.distance == Distance::Perturb && model.delta != 0.0;
        match key {
            "balance" => method != MethodName::Stl,
            "distance" => charts && model.delta != 0.0,
            "order2_kind" => charts && model.order2 != 0.0,
            "curvature_kind" => charts && model.curvature != 0.0,
            "epsilon" => charts && (model.normal != 0.0 || perturbs),
            "lf_dim" | "start" | "perturbations" | "pairs" | "mapping" | "predict_by"
            | "source_weights" => charts,
            "views" | "cross_fit" | "ensemble" => model.reads_by_gp(),
            "corrupt_sd" => training.corrupt_share > 0.0,
            "huber_delta" => training.loss == LossName::Huber,
            _ => true,
        }
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

/// The methods as they are, then the variants asked for: option by option, value by value, method by method, each
/// once.
///
/// # Errors
/// A value that an option of a method cannot have.
pub(super) fn settings(
    compare: &CompareConfig,
    plain: &[MethodSetting],
) -> Result<Vec<MethodSetting>> {
    let mut settings = plain.to_vec();
    for Variation { key, values } in variations(compare) {
        for value in &values {
            for method in plain {
                let changed = method.under(Variant::new(&key, value))?;
                settings
                    .extend(changed.filter(|changed| !settings.iter().any(|s| s.same(changed))));
            }
        }
    }
    Ok(settings)
}

/// Refuses to vary what changes nothing of any of the `settings`.
pub(super) fn check<'a>(
    compare: &CompareConfig,
    settings: impl Iterator<Item = &'a MethodSetting> + Clone,
) -> Result<()> {
    let made = |wanted: &dyn Fn(&str) -> bool| {
        let mut variants = settings
            .clone()
            .filter_map(|setting| setting.variant.as_ref());
        variants.any(|variant| wanted(&variant.key))
    };
    for variation in &compare.vary {
        if !made(&|key| key == variation.key) {
            return Err(Error::usage(
                format!(
                    "option `vary` = {} changes nothing of any method",
                    String::from(variation.clone())
                ),
                "compare a method that uses the option, and give a value that is not its own; a loss of weight 0 has \
                 no multiples",
            ));
        }
    }
    let of_losses = compare.sensitivity || compare.ablate;
    if of_losses && !made(&|key| LossEntry::of_option(key).is_some()) {
        return Err(Error::usage(
            "option `sensitivity` and option `ablate`: no method of option `methods` has a loss with a weight",
            "compare one that has, such as gate, geogate or kd",
        ));
    }
    Ok(())
}

/// Everything asked for, as variations.
fn variations(compare: &CompareConfig) -> Vec<Variation> {
    let decades = DECADES.iter().filter(|_| compare.sensitivity);
    let none = ["0"].iter().filter(|_| compare.ablate);
    let values: Vec<String> = decades.chain(none).map(|&value| value.to_owned()).collect();
    let of_loss = |entry: &LossEntry| Variation {
        key: entry.option.to_owned(),
        values: values.clone(),
    };
    let of_losses = LOSSES.iter().map(of_loss);
    compare.vary.iter().cloned().chain(of_losses).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(methods: &[MethodName]) -> Vec<MethodSetting> {
        let of = |&method: &MethodName| {
            let training = TrainingConfig::default();
            MethodSetting::of(ModelConfig::of(method), &training)
        };
        methods.iter().map(of).collect()
    }

    fn names(compare: &CompareConfig, methods: &[MethodName]) -> Vec<String> {
        let settings = settings(compare, &plain(methods)).unwrap();
        let changed = settings.iter().filter(|setting| setting.variant.is_some());
        changed
            .map(|setting| format!("{} {}", setting.method().as_str(), setting.variant_name()))
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
            "kd distill=0",
            "gear alpha=0",
            "gear beta=0",
            "gear gamma=0",
            "gear curvature=0",
            "gear flat=0",
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn factors_are_of_the_method_s_own_weight() {
        let compare = CompareConfig {
            sensitivity: true,
            ..CompareConfig::default()
        };
        let settings = settings(&compare, &plain(&[MethodName::Gate])).unwrap();
        let delta =
            |setting: &&MethodSetting| setting.variant.as_ref().is_some_and(|v| v.key == "delta");
        let weights: Vec<f64> = settings
            .iter()
            .filter(delta)
            .map(|setting| setting.number("delta"))
            .collect();
        assert_eq!(weights, [0.01, 0.1, 10.0, 100.0]);
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
    fn what_changes_nothing_is_refused() {
        let refusal = |compare: &CompareConfig, methods: &[MethodName]| {
            let settings = settings(compare, &plain(methods)).unwrap();
            check(compare, settings.iter()).unwrap_err().to_string()
        };
        let vary = |text: &str| CompareConfig {
            vary: vec![text.parse().unwrap()],
            ..CompareConfig::default()
        };
        let ablate = CompareConfig {
            ablate: true,
            ..CompareConfig::default()
        };
        for (compare, method, words) in [
            (
                vary("delta=0.1"),
                MethodName::Stl,
                "option `vary` = delta=0.1 changes nothing",
            ),
            (
                vary("curvature=x10"),
                MethodName::Gate,
                "option `vary` = curvature=x10 changes nothing",
            ),
            (vary("corrupt-sd=5"), MethodName::Stl, "changes nothing"),
            (
                ablate,
                MethodName::Mtl,
                "no method of option `methods` has a loss",
            ),
        ] {
            let text = refusal(&compare, &[method]);
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn what_is_asked_for_twice_runs_once() {
        let compare = CompareConfig {
            vary: vec![
                "delta=0,0.1,x0.1".parse().unwrap(),
                "delta=0.1,0.10".parse().unwrap(),
            ],
            ablate: true,
            ..CompareConfig::default()
        };
        let got = names(&compare, &[MethodName::Gate]);
        let want = [
            "gate delta=0",
            "gate delta=0.1",
            "gate alpha=0",
            "gate beta=0",
            "gate gamma=0",
        ];
        assert_eq!(got, want);
    }

    /// A factor is of the run's own value, which may be far from the program's.
    #[test]
    fn factors_may_be_out_of_range_of_the_defaults() {
        let mut slow = plain(&[MethodName::Stl]);
        slow[0].training.warmup = 0.01;
        let compare = CompareConfig {
            vary: vec!["warmup=x20".parse().unwrap()],
            ..CompareConfig::default()
        };
        let made = settings(&compare, &slow).unwrap();
        assert!((made[1].training.warmup - 0.2).abs() < 1e-12);
        let error = settings(&compare, &plain(&[MethodName::Stl]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("stl with warmup=x20"), "{error}");
    }
}
