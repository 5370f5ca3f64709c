//! Which options of a network go together.

use super::choices::{SourceWeights, Start, ViewName};
use super::config::{LOSSES, LossEntry, ModelConfig};
use super::name::{Family, MethodName};
use super::needs::Needs;
use crate::config::Bounds;
use crate::error::{Error, Result};
use crate::nn::activation::Activation;

/// The frames of a Gaussian process: each is a training of its own.
const ENSEMBLE: Bounds = Bounds::from_to(2.0, 32.0);
/// The widths of a network: a layer of the widest has 17 million weights, and takes with its gradient and the
/// optimiser's memory 270 MB in single precision.
const WIDTHS: Bounds = Bounds::from_to(1.0, 4096.0);
/// Its layers, or rounds of message passing.
const DEPTHS: Bounds = Bounds::from_to(1.0, 64.0);
/// The weights of losses.
const WEIGHTS: Bounds = Bounds::from_to(0.0, 1e6);

impl ModelConfig {
    /// Checks that every size and weight is in its range and that the losses exist in these
    /// dimensions.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) naming the option.
    pub fn validate(&self) -> Result<()> {
        match self.method.entry().family {
            Family::Choice => return self.candidate(self.transfer)?.validate(),
            Family::Regression => return Ok(()),
            Family::Process => return self.validate_readout(),
            Family::Shared | Family::Distilled | Family::Charts => {}
        }
        self.validate_sizes()?;
        self.validate_readout()?;
        for entry in &LOSSES {
            WEIGHTS.check(
                entry.option,
                (entry.weight)(self),
                "1; 0 switches the loss off",
            )?;
        }
        let numbers = [
            ("epsilon", self.epsilon, Bounds::from_to(0.0, 100.0), 0.1),
            ("balance", self.balance, Bounds::from_to(0.0, 10.0), 0.0),
            ("dropout", self.dropout, Bounds::below(0.0, 1.0), 0.1),
            ("average", self.average, Bounds::below(0.0, 1.0), 0.1),
        ];
        for (option, value, bounds, usual) in numbers {
            bounds.check(option, value, usual)?;
        }
        Bounds::from_to(0.0, 1e3).check_count("perturbations", self.perturbations, 2)?;
        if self.method == MethodName::AddTask && self.source_weights == SourceWeights::Learned {
            return bad(
                "option `source_weights` = learned with option `method` = add-task: frozen sources cannot be weighed",
                "leave option `source_weights` out",
            );
        }
        if self.method.has_charts() {
            self.validate_start()?;
        }
        self.validate_losses()
    }

    /// Checks the options of a Gaussian process.
    fn validate_readout(&self) -> Result<()> {
        if !self.reads_by_gp() {
            return Ok(());
        }
        let usual = "4; option `cross_fit` = false trains one frame";
        ENSEMBLE.check_count("ensemble", self.ensemble, usual)?;
        self.check_views()
    }

    /// Refuses views of which the method has none.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) naming the option.
    pub(crate) fn check_views(&self) -> Result<()> {
        let family = self.method.entry().family;
        let usable = |view: &&ViewName| match family {
            Family::Process => !view.is_of_network(),
            Family::Charts => true,
            _ => !view.is_of_charts(),
        };
        if self.views.iter().any(|view| usable(&view)) {
            return Ok(());
        }
        let views: Vec<&str> = self.views.iter().map(|view| view.as_str()).collect();
        bad(
            format!(
                "option `views` = {}: the method `{}` has none of them",
                views.join(", "),
                self.method.as_str()
            ),
            "name a view it has, such as embedding for a network, or descriptors for molecules",
        )
    }

    fn validate_sizes(&self) -> Result<()> {
        let sizes = [
            ("embedding", self.embedding, WIDTHS, 100),
            ("depth", self.depth, DEPTHS, 3),
            ("hidden", self.hidden, WIDTHS, 100),
            ("latent_dim", self.latent_dim, WIDTHS, 50),
            ("lf_dim", self.lf_dim, WIDTHS, 50),
        ];
        for (option, size, bounds, usual) in sizes {
            bounds.check_count(option, size, usual)?;
        }
        let (d, m) = (self.latent_dim, self.lf_dim);
        if self.method.has_charts() && m < d {
            let problem = format!(
                "option `lf_dim` = {m} is smaller than option `latent_dim` = {d}: a chart cannot be embedded in fewer \
                 dimensions"
            );
            return bad(problem, "choose option `lf_dim` at least as large");
        }
        Ok(())
    }

    /// Refuses losses that do not exist under the other options.
    fn validate_losses(&self) -> Result<()> {
        let (d, m) = (self.latent_dim, self.lf_dim);
        if let Some(option) = self.needing(|needs| needs.curved && (d < 2 || m == d)) {
            let problem = format!(
                "option `{option}` with option `latent_dim` = {d} and option `lf_dim` = {m}: every curvature is zero, \
                 because a curve has none and a chart of as many coordinates as its frame is flat"
            );
            let advice = "choose option `latent_dim` at least 2 and option `lf_dim` larger, for example 8 and 16";
            return bad(problem, advice);
        }
        let relu = self.activation == Activation::Relu;
        if let Some(option) = self.needing(|needs| needs.smooth && relu) {
            let problem = format!(
                "option `{option}` with option `activation` = relu: its second derivatives are zero"
            );
            let advice = "choose a smooth activation: silu, tanh, softplus or gelu";
            return bad(problem, advice);
        }
        if let Some(option) = self.needing(|needs| needs.draws && self.perturbations == 0) {
            let problem = format!(
                "option `{option}` with option `perturbations` = 0: a loss without directions"
            );
            return bad(problem, "give at least 1, or switch the loss off");
        }
        if let Some(option) = self.needing(|needs| needs.step && self.epsilon == 0.0) {
            let problem =
                format!("option `{option}` with option `epsilon` = 0: a step of no length");
            return bad(problem, "0.1 is usual");
        }
        if let Some(option) = self.needing(|needs| needs.fixed_chart && self.dropout > 0.0) {
            let problem = format!(
                "option `dropout` with option `{option}`: a chart whose units come and go has no geometry"
            );
            let advice =
                "leave option `dropout` at 0, or use option `distance` and option `order2` alone";
            return bad(problem, advice);
        }
        Ok(())
    }

    /// The option of the first loss in use with such a need.
    fn needing(&self, need: impl Fn(Needs) -> bool) -> Option<&'static str> {
        LossEntry::used(self)
            .find(|entry| need((entry.needs)(self)))
            .map(|entry| entry.option)
    }

    /// Refuses an isometric start that the hidden layers cannot carry.
    fn validate_start(&self) -> Result<()> {
        let d = self.latent_dim;
        let carried = self.activation.carries_identity() && self.hidden >= 2 * d;
        if self.start == Start::Isometric && !carried {
            let problem = format!(
                "option `start` = isometric with option `hidden` = {} and option `latent_dim` = {d}: hidden layers \
                 carry the identity in pairs of units of an activation with σ(u) − σ(−u) = u",
                self.hidden
            );
            let advice = "choose option `hidden` at least twice option `latent_dim`, and silu, gelu, softplus or relu";
            return bad(problem, advice);
        }
        Ok(())
    }

    /// Refuses losses that need more tasks than there are.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) naming the option.
    pub fn validate_for(&self, tasks: usize) -> Result<()> {
        if self.method == MethodName::Auto && tasks > 1 {
            return self.candidate(self.transfer)?.validate_for(tasks);
        }
        // alone, the target of auto is learnt by stl
        self.validate()?;
        if self.method.pretrains() && tasks < 2 {
            let problem = format!(
                "option `method` = {} learns from sources first, but the target is the only task",
                self.method.as_str()
            );
            return bad(problem, "give a source, or choose option `method` = stl");
        }
        if let Some(option) = self.needing(|needs| needs.tasks > tasks) {
            let needed = self.needs().tasks;
            let problem = format!("option `{option}` with {tasks} tasks: it needs {needed}");
            return bad(problem, "give more sources, or leave it out");
        }
        Ok(())
    }
}

fn bad(problem: impl Into<String>, advice: &str) -> Result<()> {
    Err(Error::usage(problem, advice))
}
