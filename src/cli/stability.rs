//! Models of one target beside the one that `geogate geometry` looks at.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::table::{TextTable, wrapped};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::survey::{Stability, Survey, SurveyConfig};
use crate::report::short;
use crate::train::Model;

/// A model by the folder it was named with.
pub(super) type NamedModel = (String, Model);

/// How a folder is called in tables.
pub(super) fn name(folder: &Path) -> String {
    folder.display().to_string()
}

/// The models of the folders `against`, each fit to be set beside `model` of the folder `own`.
///
/// # Errors
/// [`ErrorKind::Usage`] for a folder named twice, a model without charts, without the target of `model` among its
/// tasks, or of other inputs; those of [`Model::load`]. Each names the folder.
pub(super) fn others(model: &Model, own: &Path, against: &[PathBuf]) -> Result<Vec<NamedModel>> {
    let mut seen = vec![name(own)];
    let mut load = |folder: &PathBuf| {
        let name = name(folder);
        if seen.contains(&name) {
            return Err(Error::usage(
                format!("--against {name} names a model a second time"),
                "name each model once, that of --model only there",
            ));
        }
        let other = Model::load(folder)?;
        comparable(model, &other, &name)?;
        seen.push(name.clone());
        Ok((name, other))
    };
    against.iter().map(&mut load).collect()
}

fn comparable(model: &Model, other: &Model, name: &str) -> Result<()> {
    let refused = |problem: &str, advice: &str| {
        Err(Error::usage(format!("--against {name}: {problem}"), advice))
    };
    if let Err(error) = other.charts() {
        return match error.kind() {
            ErrorKind::Usage { problem, advice } => refused(problem, advice),
            _ => Err(error),
        };
    }
    let target = model.target();
    if !other.tasks().iter().any(|task| task == target) {
        let tasks = other.tasks().join(", ");
        return refused(
            &format!("the model has no task `{target}`, only {tasks}"),
            "name models that were trained on the target of --model, under the same name",
        );
    }
    let (read, others) = (model.inputs(), other.inputs());
    if others != read {
        return refused(
            &format!("the model reads {others}, that of --model {read}"),
            "name models that read the same columns",
        );
    }
    Ok(())
}

/// The survey `first` beside those of `others` at the same points.
pub(super) fn surveyed(
    first: (String, Survey),
    others: &[NamedModel],
    config: &SurveyConfig,
    console: Console,
) -> Result<Stability> {
    let sample = first.1.sample.clone();
    let mut surveys = vec![first];
    for (name, model) in others {
        let steps = Survey::steps(model.tasks().len(), sample.len());
        let progress = console.progress("step", steps);
        let survey = Survey::of(model, sample.clone(), config, &|done| {
            progress.at(done, name)
        });
        progress.end();
        surveys.push((name.clone(), survey?));
    }
    Ok(Stability::of(&surveys))
}

/// Similarities and defects as tables.
pub(super) fn text(stability: &Stability) -> String {
    let models = &stability.models;
    let title = format!("CKA of {}", stability.target);
    let names = models.iter().map(|model| model.model.as_str());
    let header: Vec<&str> = [title.as_str()].into_iter().chain(names).collect();
    let mut matrix = TextTable::new(1, &header);
    for (a, model) in models.iter().enumerate() {
        let cells = (0..models.len()).map(|b| short(stability.cka(a, b)));
        matrix.row([model.model.clone()].into_iter().chain(cells));
    }
    let explanation = format!(
        "CKA is the linear centred kernel alignment of the latent vectors of {} at the same {} molecules: 1 where \
         they differ by a rotation, a scale and a shift, 0 where they are uncorrelated. Defects are medians over all \
         of them, which are the same for every model.",
        stability.target, stability.points
    );
    format!(
        "{matrix}\n{}\n{}\n",
        defects(stability),
        wrapped(&explanation)
    )
}

fn defects(stability: &Stability) -> TextTable {
    const DEFECTS: [&str; 3] = ["isometry", "affine_per_lf", "curvature_per_lf2"];
    let header = ["model", "transition", "isometry", "affine", "curvature"];
    let mut table = TextTable::new(2, &header);
    for model in &stability.models {
        for pair in &model.transitions {
            let median = |name: &str| short(pair.everywhere.get(name).map_or(f64::NAN, |q| q.p50));
            let named = [model.model.clone(), format!("{} to {}", pair.from, pair.to)];
            table.row(named.into_iter().chain(DEFECTS.map(median)));
        }
    }
    table
}
