//! What a model makes of a known manifold, against the truth.

mod contact;
mod manifold;

use contact::ContactDefects;
use geogate::data::Inputs;
use geogate::error::Result;
use geogate::geometry::{
    self, Chart, Composite, Formula, Map, Summary, Transition, TransitionSurvey, curvature,
};
use geogate::train::Model;
use geogate::train::metrics::Scores;
use manifold::KnownTasks;

pub(crate) use manifold::{KnownManifold, Sizes};

/// Curvatures whose spread is below this share of their size are one number up to rounding.
const CONSTANT: f64 = 1e-9;

/// The target's predictions for some rows.
fn predicted(model: &Model, inputs: &Inputs, rows: &[usize]) -> Result<Vec<f64>> {
    let all = model.predict(inputs, rows)?;
    let column = all.column(model.target());
    Ok(all.means(column.expect("the target is predicted")))
}

/// Scores inside and outside the region of the target's labels.
fn scores(model: &Model, tasks: &KnownTasks) -> Result<[Scores; 2]> {
    let of = |rows: &[usize]| -> Result<Scores> {
        let truth: Vec<f64> = rows.iter().map(|&row| tasks.corpus.label(row, 2)).collect();
        Ok(Scores::of(
            &truth,
            &predicted(model, &tasks.corpus.inputs, rows)?,
        ))
    };
    Ok([of(&tasks.inside)?, of(&tasks.outside)?])
}

/// The geometry of a model at the rows the target is asked for.
struct Geometry {
    /// Contact of their maps.
    contact: ContactDefects,
    /// Defects of the transition from the first source to the target.
    tau: TransitionSurvey,
    /// The map from the surface with its true metric into the target's chart.
    truth: Truth,
}

/// How a latent chart's geometry compares with the truth, up to one factor of lengths: the mean
/// squared stretch of the map from the surface into the chart is the scale.
struct Truth {
    /// Root mean square of squared stretch / scale − 1: 0 for an isometry up to scale.
    stretch: f64,
    /// True scalar curvature and learned scalar curvature times scale, per point.
    curvature: Vec<[f64; 2]>,
}

impl Truth {
    /// Correlation of the learned curvature with the true one; where that is constant, the median of
    /// their ratio.
    fn curvature_agreement(&self) -> f64 {
        let column = |k: usize| {
            self.curvature
                .iter()
                .map(|pair| pair[k])
                .collect::<Vec<_>>()
        };
        let (truth, learned) = (column(0), column(1));
        let spread = Summary::of(&truth);
        if spread.rms - spread.mean.abs() > CONSTANT * spread.rms {
            return Scores::of(&truth, &learned).pearson;
        }
        Summary::of(&learned).median / spread.mean
    }
}

/// Reads the geometry of a model with charts; the first source is its task 0, the target 2.
fn geometry<S: Formula + Chart>(
    model: &Model,
    patch: &KnownManifold<S>,
    tasks: &KnownTasks,
) -> std::result::Result<Geometry, Box<dyn std::error::Error>> {
    let rows = [&tasks.inside[..], &tasks.outside[..]].concat();
    let (charts, shown) = (model.charts()?, model.latents(&tasks.corpus.inputs, &rows)?);
    let [source, target] = [0, 2].map(|t| &charts.tasks()[t]);
    let (there, back) = (charts.transition(0, 2), charts.transition(2, 0));
    let tau = Transition::new(&source.transfer, &target.transfer, &there);
    let points: Vec<f64> = rows
        .iter()
        .flat_map(|&row| tasks.point(row).to_vec())
        .collect();
    let encode = model.embedding_map()?.then(&target.encoder);
    let seen = Composite::new(&encode, patch);
    let from_surface = Transition::new(patch.surface(), &target.transfer, &seen);
    Ok(Geometry {
        contact: ContactDefects::of(&charts, [0, 2], &shown.embedding),
        tau: tau.survey(Some(&back), &shown.latents[0]),
        truth: truth(&from_surface, &points)?,
    })
}

fn truth(from_surface: &Transition<'_>, points: &[f64]) -> geometry::Result<Truth> {
    let (mut stretches, mut pairs) = (Vec::new(), Vec::new());
    for x in points.chunks_exact(2) {
        let eigenvalues = from_surface.isometry(x)?.eigenvalues;
        stretches.extend(eigenvalues.iter().map(|defect| defect + 1.0));
        let learned = curvature::scalar_curvature(from_surface.to(), &from_surface.image(x))?;
        pairs.push([
            curvature::scalar_curvature(from_surface.from(), x)?,
            learned,
        ]);
    }
    let scale = Summary::of(&stretches).mean;
    let relative: Vec<f64> = stretches.iter().map(|s| s / scale - 1.0).collect();
    pairs.iter_mut().for_each(|pair| pair[1] *= scale);
    Ok(Truth {
        stretch: Summary::of(&relative).rms,
        curvature: pairs,
    })
}

/// The last coordinate, from 0 to 1, of points along the middle of the patch.
fn line() -> impl Iterator<Item = f64> {
    (0..=100).map(|k| f64::from(k) / 100.0)
}

/// The target along the middle of the patch: the truth, or a model's prediction.
pub(crate) fn along<S: Formula + Chart>(
    patch: &KnownManifold<S>,
    tasks: &KnownTasks,
    model: Option<&Model>,
) -> Result<Vec<[f64; 2]>> {
    let points: Vec<Vec<f64>> = line().map(|t| patch.region().point(&[0.5, t])).collect();
    let values = match model {
        None => points.iter().map(|x| patch.labels(x)[2]).collect(),
        Some(model) => {
            let mut features = vec![0.0; points.len() * Map::target_dim(patch)];
            Map::values(patch, &points.concat(), &mut features);
            let names = tasks.corpus.inputs.feature_names().to_vec();
            let inputs = Inputs::of_features(names, features);
            predicted(model, &inputs, &Vec::from_iter(0..points.len()))?
        }
    };
    Ok(line().zip(values).map(|(t, y)| [t, y]).collect())
}

/// What the numbers of a row are.
pub(crate) fn header() -> String {
    let groups = format!(
        "{:<17} {:<17} {:<39} {:<39} {}",
        "", "RMSE", "contact", "defects of tau", "truth"
    );
    let names = [
        "metric", "vector", "order2", "curvat.", "isometry", "affine", "curvat.", "inverse",
    ];
    let names: String = names.iter().map(|name| format!(" {name:>9}")).collect();
    format!(
        "{groups}\n{:<17} {:>8} {:>8}{names} {:>8} {:>7}",
        "surface, loss", "inside", "outside", "stretch", "R"
    )
}

/// A row of the table: errors, and the geometry of a model that has charts.
pub(crate) fn row<S: Formula + Chart>(
    model: &Model,
    patch: &KnownManifold<S>,
    tasks: &KnownTasks,
) -> std::result::Result<String, Box<dyn std::error::Error>> {
    let [inside, outside] = scores(model, tasks)?;
    let errors = format!("{:8.4} {:8.4}", inside.rmse, outside.rmse);
    if !model.config().method.has_charts() {
        return Ok(errors);
    }
    let Geometry {
        contact,
        tau,
        truth,
    } = geometry(model, patch, tasks)?;
    let numbers = [
        contact.metric,
        contact.vector,
        contact.connection,
        contact.curvature,
        tau.isometry.median,
        tau.affine.median,
        tau.curvature.median,
        tau.inverse.map_or(f64::NAN, |inverse| inverse.median),
    ];
    let numbers: String = numbers.iter().map(|x| format!(" {x:9.1e}")).collect();
    let (stretch, curvature) = (truth.stretch, truth.curvature_agreement());
    Ok(format!("{errors}{numbers} {stretch:8.3} {curvature:7.3}"))
}
