//! The one error type of the crate: a kind that can be matched on, with the numbers in it, and one
//! sentence for a reader — what is wrong, where, and what to try.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, with its data: see [`ErrorKind`].
#[derive(Debug)]
pub struct Error {
    kind: Box<ErrorKind>,
}

/// The kinds of failure, each with what a caller needs to react.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read, written, created or renamed.
    Io {
        /// What was attempted, as a verb: "read", "write", "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A table whose content cannot be used.
    Table {
        /// The file.
        file: PathBuf,
        /// Line in the file, counted from 1 with the header as line 1.
        line: Option<u64>,
        /// The column's name.
        column: Option<String>,
        /// The offending text, shortened.
        value: Option<String>,
        /// What is wrong with it.
        problem: String,
        /// What to try.
        advice: String,
    },
    /// Fewer usable rows than the work needs.
    TooFewRows {
        /// Which rows: "test rows of task `tc`".
        what: String,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
        /// What to try.
        advice: String,
    },
    /// Options that contradict each other or name what does not exist.
    Usage {
        /// What is wrong.
        problem: String,
        /// What to try.
        advice: String,
    },
    /// An output folder that exists already and was not to be overwritten.
    OutputExists {
        /// The folder.
        path: PathBuf,
    },
    /// A model folder that cannot be loaded: truncated, foreign, of another version.
    Model {
        /// The offending file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to try.
        advice: String,
    },
    /// Numbers that make no perceptron.
    Weights {
        /// The file they came from, if from one.
        file: Option<PathBuf>,
        /// What is wrong with them.
        fault: WeightsFault,
    },
    /// A loss term or its gradient became NaN or infinite.
    NonFinite {
        /// Optimiser step, counted from 1.
        step: u64,
        /// Name of the term: "regression", "distance", "gradient", …
        term: String,
        /// The value met.
        value: f64,
    },
    /// The covariance of the labels of a Gaussian process has no factor.
    Covariance {
        /// Labels.
        labels: usize,
        /// The most that was added to its diagonal.
        jitter: f64,
    },
    /// A latent chart that is no immersion at any molecule of a step: there is no metric to invert,
    /// so no curvature, frame or geodesic.
    DegenerateChart {
        /// Optimiser step, counted from 1.
        step: u64,
        /// Points looked at, all of them degenerate.
        points: usize,
        /// Singular values of the chart's Jacobian at one of them, descending.
        singular_values: Vec<f64>,
    },
    /// The run was interrupted by the user.
    Interrupted {
        /// The checkpoint to resume from, if one was written.
        checkpoint: Option<PathBuf>,
    },
}

/// Why numbers make no perceptron: see [`ErrorKind::Weights`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WeightsFault {
    /// A file that is not in the safetensors format, or truncated.
    Format {
        /// The reader's answer.
        reason: String,
    },
    /// Tensors that are not in the file.
    Missing {
        /// The names looked for and not found.
        names: Vec<String>,
        /// The names that are there.
        found: Vec<String>,
    },
    /// A tensor whose numbers are not of 32 or 64 bits.
    NumberType {
        /// The tensor.
        name: String,
        /// The type of its numbers, as the format spells it: `BF16`.
        found: String,
    },
    /// A weight that is not a matrix, or a bias that is not a vector.
    Rank {
        /// The tensor.
        name: String,
        /// Shape of the tensor.
        shape: Vec<usize>,
    },
    /// A bias of another length than its layer's outputs.
    Bias {
        /// Outputs of the layer.
        outputs: usize,
        /// Length of the bias.
        found: usize,
    },
    /// A layer that does not take what the one before it gives.
    Chain {
        /// The layer before, counted from 0.
        layer: usize,
        /// Outputs of that layer.
        outputs: usize,
        /// Inputs of the layer after it.
        inputs: usize,
    },
    /// A layer without inputs or outputs.
    Empty {
        /// Inputs of the layer.
        inputs: usize,
        /// Outputs of the layer.
        outputs: usize,
    },
    /// A weight that is NaN or infinite.
    NotFinite {
        /// The value met.
        value: f64,
    },
    /// No layers at all.
    NoLayers,
    /// A chart with fewer ambient components than coordinates, which cannot be an immersion.
    TooNarrow {
        /// Coordinates of the chart.
        inputs: usize,
        /// Ambient components of the chart.
        outputs: usize,
    },
}

impl fmt::Display for WeightsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format { reason } => write!(
                f,
                "not a safetensors file ({reason}); write it again with safetensors' save_file"
            ),
            Self::Missing { names, found } => write!(
                f,
                "no tensor {}; the file holds {}",
                names.join(", "),
                found.join(", ")
            ),
            Self::NumberType { name, found } => write!(
                f,
                "`{name}` holds numbers of type {found}; save it as float32 or float64"
            ),
            Self::Rank { name, shape } => write!(
                f,
                "`{name}` has the shape {shape:?}; a weight is a matrix and a bias a vector"
            ),
            Self::Bias { outputs, found } => write!(
                f,
                "a bias of {found} numbers for {outputs} outputs; state the layout the weights were written in"
            ),
            Self::Chain {
                layer,
                outputs,
                inputs,
            } => write!(
                f,
                "layer {layer} gives {outputs} numbers and layer {} takes {inputs}; check the order of \
                 the layers and the layout the weights were written in",
                layer + 1
            ),
            Self::Empty { inputs, outputs } => write!(
                f,
                "a layer of {inputs} inputs and {outputs} outputs; a layer needs one of each at least"
            ),
            Self::NotFinite { value } => {
                write!(f, "a weight is {value}; look for divergence in training")
            }
            Self::NoLayers => write!(f, "no layers; a perceptron needs one at least"),
            Self::TooNarrow { inputs, outputs } => write!(
                f,
                "a map from {inputs} to {outputs} dimensions is no chart; a chart needs as many \
                 components as coordinates at least"
            ),
        }
    }
}

impl Error {
    /// The kind of failure and its data.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// A failure of the operating system while doing `action` (a verb) on `path`.
    pub fn io(action: &'static str, path: impl AsRef<Path>, source: io::Error) -> Self {
        ErrorKind::Io {
            action,
            path: path.as_ref().to_path_buf(),
            source,
        }
        .into()
    }

    /// Options that contradict each other or name what does not exist.
    pub fn usage(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        ErrorKind::Usage {
            problem: problem.into(),
            advice: advice.into(),
        }
        .into()
    }

    /// A number of training that is NaN or infinite, at a step counted from 1.
    pub fn non_finite(step: u64, term: impl Into<String>, value: f64) -> Self {
        let term = term.into();
        ErrorKind::NonFinite { step, term, value }.into()
    }

    /// A model folder that cannot be loaded.
    pub fn model(
        path: impl AsRef<Path>,
        problem: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let path = path.as_ref().to_path_buf();
        ErrorKind::Model {
            path,
            problem: problem.into(),
            advice: advice.into(),
        }
        .into()
    }

    /// Have the numbers of a training broken down, which other options may not?
    pub fn is_breakdown(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::NonFinite { .. }
                | ErrorKind::Covariance { .. }
                | ErrorKind::DegenerateChart { .. }
        )
    }

    /// True where the input or the options are at fault, false where the run or the machine is.
    pub fn is_input(&self) -> bool {
        match self.kind() {
            ErrorKind::Table { .. }
            | ErrorKind::TooFewRows { .. }
            | ErrorKind::Usage { .. }
            | ErrorKind::OutputExists { .. }
            | ErrorKind::Model { .. }
            | ErrorKind::Weights { .. } => true,
            ErrorKind::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            ErrorKind::NonFinite { .. }
            | ErrorKind::Covariance { .. }
            | ErrorKind::DegenerateChart { .. }
            | ErrorKind::Interrupted { .. } => false,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self {
            kind: Box::new(kind),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Io {
                action,
                path,
                source,
            } => {
                write!(f, "cannot {action} {}: {source}", path.display())
            }
            table @ ErrorKind::Table { .. } => table_problem(f, table),
            ErrorKind::TooFewRows {
                what,
                found,
                needed,
                advice,
            } => {
                write!(f, "{found} {what}, at least {needed} are needed; {advice}")
            }
            ErrorKind::Usage { problem, advice } => write!(f, "{problem}; {advice}"),
            ErrorKind::OutputExists { path } => write!(
                f,
                "{} exists already; choose another option `out`, or pass option `force` to replace it or \
                 option `resume` to go on with it",
                path.display()
            ),
            ErrorKind::Model {
                path,
                problem,
                advice,
            } => {
                write!(f, "{}: {problem}; {advice}", path.display())
            }
            ErrorKind::Weights { file, fault } => match file {
                Some(file) => write!(f, "{}: {fault}", file.display()),
                None => fault.fmt(f),
            },
            numbers @ (ErrorKind::NonFinite { .. }
            | ErrorKind::Covariance { .. }
            | ErrorKind::DegenerateChart { .. }) => numbers_problem(f, numbers),
            ErrorKind::Interrupted { checkpoint } => match checkpoint {
                Some(path) => write!(
                    f,
                    "interrupted; the state is saved in {}, go on with option `resume`",
                    path.display()
                ),
                None => write!(f, "interrupted before the first checkpoint"),
            },
        }
    }
}

/// What broke down, with the numbers in it.
fn numbers_problem(f: &mut fmt::Formatter<'_>, kind: &ErrorKind) -> fmt::Result {
    match kind {
        ErrorKind::NonFinite { step, term, value } => write!(
            f,
            "{term} became {value} at step {step}; in single precision try option `precision` = f64, in double a lower \
             option `lr`, or look for extreme values in the tables with `geogate check`"
        ),
        ErrorKind::Covariance { labels, jitter } => write!(
            f,
            "the covariance of {labels} labels of a Gaussian process is not positive definite, with {jitter:.1e} added to \
             its diagonal either; look for extreme values in the tables with `geogate check`, or name other option `views`"
        ),
        ErrorKind::DegenerateChart {
            step,
            points,
            singular_values,
        } => write!(
            f,
            "a latent chart has collapsed at all {points} points of step {step}: the singular values of its Jacobian are \
             {singular_values:?}; in single precision try option `precision` = f64, in double a larger option `hidden`, a \
             smaller option `latent_dim`, a larger option `alpha` or option `flat`, or leave option `curvature`, \
             option `normal`, option `isometry` and option `affine` out"
        ),
        _ => Ok(()),
    }
}

/// `FILE, line L, column C: problem: value; advice`, with what there is of it.
fn table_problem(f: &mut fmt::Formatter<'_>, kind: &ErrorKind) -> fmt::Result {
    let ErrorKind::Table {
        file,
        line,
        column,
        value,
        problem,
        advice,
    } = kind
    else {
        return Ok(());
    };
    write!(f, "{}", file.display())?;
    if let Some(line) = line {
        write!(f, ", line {line}")?;
    }
    if let Some(column) = column {
        write!(f, ", column `{column}`")?;
    }
    write!(f, ": {problem}")?;
    if let Some(value) = value {
        write!(f, ": `{value}`")?;
    }
    write!(f, "; {advice}")
}
