//! The methods by name, and what each of them is, as data.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A way to learn the target with the help of the sources, or without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MethodName {
    /// Single task: the target's labels alone.
    Stl,
    /// Multi-task with hard sharing: one embedding and encoder, a head per task.
    Mtl,
    /// Pre-training on the sources, then every weight fine-tuned to the target.
    FtAll,
    /// Pre-training on the sources, then only the target's head trained.
    FtHead,
    /// Knowledge distillation: latent vectors that a learned projection takes to a source-trained
    /// teacher's.
    Kd,
    /// Distillation of global structure: the pairwise distances of a source-trained teacher's latent vectors.
    GspKd,
    /// The geometrically aligned transfer encoder of arXiv 2310.06369.
    #[default]
    Gate,
    /// GATE with curved charts and matched scalar curvature, after arXiv 2506.13015.
    Gear,
    /// GATE read by a Gaussian process over the locally flat frame and descriptors.
    Geogate,
    /// GATE on the sources, then frozen, and the target added (arXiv 2409.16645).
    AddTask,
    /// Whichever of the target alone and all tasks together, with a network and without, has the least error on rows left
    /// out; by their own heads, whichever of `stl` and a method of transfer.
    Auto,
    /// Ridge regression of the target alone, without a network.
    Ridge,
    /// A Gaussian process of the target alone, without a network.
    Gp,
    /// A Gaussian process of all tasks together, without a network.
    GpMtl,
}

/// How a method is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// A network with hard sharing.
    Shared,
    /// A student that is held to a source-trained teacher.
    Distilled,
    /// A chart for every task, glued to the others through the locally flat frame.
    Charts,
    /// A choice between others.
    Choice,
    /// No network, and nothing that is kept.
    Regression,
    /// No network, but a Gaussian process over what rows are.
    Process,
}

/// What is to be known of a method: a row of [`METHODS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodEntry {
    /// The method.
    pub method: MethodName,
    /// Name of the method on the command line and in files.
    pub name: &'static str,
    /// How the method is built.
    pub family: Family,
    /// Does the method learn the sources before the target, so that it needs one?
    pub pretrains: bool,
    /// What the method does, in a few words of help.
    pub summary: &'static str,
}

/// Every method, in the order of [`MethodName`] and of reports.
#[rustfmt::skip]
pub const METHODS: [MethodEntry; 14] = {
    use Family::{Charts, Choice, Distilled, Process, Regression, Shared};
    use MethodName as M;
    [
        row(M::Stl, "stl", Shared, false, "the target alone"),
        row(M::Mtl, "mtl", Shared, false, "a shared network, a head per task"),
        row(M::FtAll, "ft-all", Shared, true, "pre-trained on the sources, then every weight fine-tuned"),
        row(M::FtHead, "ft-head", Shared, true, "pre-trained on the sources, then the head alone fine-tuned"),
        row(M::Kd, "kd", Distilled, true, "features of a teacher trained on the sources distilled"),
        row(M::GspKd, "gsp-kd", Distilled, true, "distances of a teacher trained on the sources distilled"),
        row(M::Gate, "gate", Charts, false, "a flat chart per task"),
        row(M::Gear, "gear", Charts, false, "curved charts of one scalar curvature"),
        row(M::Geogate, "geogate", Charts, false, "a flat chart per task, read by a Gaussian process with error bars"),
        row(M::AddTask, "add-task", Charts, true, "gate on the sources, frozen, and the target added"),
        row(M::Auto, "auto", Choice, false, "gp, gp-mtl, stl or a method of transfer, whichever has the least error on rows left out"),
        row(M::Ridge, "ridge", Regression, false, "no network: ridge regression on counted substructures and features"),
        row(M::Gp, "gp", Process, false, "no network: a Gaussian process of the target alone over descriptors and features"),
        row(M::GpMtl, "gp-mtl", Process, false, "no network: a Gaussian process of all tasks together over descriptors and features"),
    ]
};

const fn row(
    method: MethodName,
    name: &'static str,
    family: Family,
    pretrains: bool,
    summary: &'static str,
) -> MethodEntry {
    MethodEntry {
        method,
        name,
        family,
        pretrains,
        summary,
    }
}

impl MethodName {
    /// Every method, in the order reports list them.
    pub fn all() -> impl Iterator<Item = Self> {
        METHODS.iter().map(|entry| entry.method)
    }

    /// Every method that is one network, which a model can be.
    pub fn networks() -> impl Iterator<Item = Self> {
        Self::all().filter(|method| method.is_network())
    }

    /// What is to be known of it.
    pub fn entry(self) -> &'static MethodEntry {
        &METHODS[self as usize]
    }

    /// The name on the command line and in files.
    pub fn as_str(self) -> &'static str {
        self.entry().name
    }

    /// Does it learn the sources before the target?
    pub fn pretrains(self) -> bool {
        self.entry().pretrains
    }

    /// Does it distil a source-trained teacher?
    pub fn distils(self) -> bool {
        self.entry().family == Family::Distilled
    }

    /// Has every task a chart of its own, glued to the others through the LF frame?
    pub fn has_charts(self) -> bool {
        self.entry().family == Family::Charts
    }

    /// Is it one network, trained once?
    pub fn is_network(self) -> bool {
        self.has_network() && self.entry().family != Family::Choice
    }

    /// Does it train networks, be it to choose one of them?
    pub fn has_network(self) -> bool {
        !matches!(self.entry().family, Family::Regression | Family::Process)
    }

    /// Is there a model of it, which can be saved and predicts?
    pub fn leaves_model(self) -> bool {
        !matches!(self.entry().family, Family::Choice | Family::Regression)
    }

    /// Does it learn from the target alone?
    pub fn is_of_target_alone(self) -> bool {
        matches!(self, Self::Stl | Self::Ridge | Self::Gp)
    }
}

impl From<MethodName> for String {
    fn from(method: MethodName) -> Self {
        method.as_str().to_owned()
    }
}

impl TryFrom<String> for MethodName {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        name.parse()
    }
}

/// By the name on the command line and in files.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) with the names there are.
impl FromStr for MethodName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let named = METHODS.iter().find(|entry| entry.name == name);
        named.map(|entry| entry.method).ok_or_else(|| {
            let names = METHODS.map(|entry| entry.name).join(", ");
            Error::usage(
                format!("there is no method `{name}`"),
                format!("the methods are {names}"),
            )
        })
    }
}
