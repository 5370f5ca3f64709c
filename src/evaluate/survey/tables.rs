//! `points.csv` and `pairs.csv`.

use super::Survey;
use super::chart_point::ChartPoint;
use super::pair_point::PairPoint;
use crate::evaluate::outcome::{number, table_csv};

/// Columns of `points.csv`.
const POINT_COLUMNS: [&str; 18] = [
    "point",
    "row",
    "molecule",
    "task",
    "latent",
    "rank",
    "singular_values_lf",
    "metric_eigenvalues_lf2",
    "condition",
    "volume_element_lf_d",
    "scalar_curvature_per_lf2",
    "sectional_min_per_lf2",
    "sectional_max_per_lf2",
    "sectional_lower_per_lf2",
    "sectional_upper_per_lf2",
    "flatness_radius_lf",
    "certified_radius_lf",
    "inverse_error_lf",
];

/// Columns of `pairs.csv`.
const PAIR_COLUMNS: [&str; 14] = [
    "point",
    "row",
    "molecule",
    "from",
    "to",
    "consistency_lf",
    "overlap_error",
    "overlap",
    "isometry",
    "affine_per_lf",
    "curvature_per_lf2",
    "inverse_lf",
    "cocycle_lf",
    "note",
];

/// `points.csv`: a row per point and task, in this order; what does not exist is blank, and the last
/// column `note` says why. Columns as in [`definitions`](super::definitions()).
pub fn points_csv(survey: &Survey) -> Vec<u8> {
    let header = POINT_COLUMNS.iter().chain(&["note"]);
    let rows = (0..survey.sample.len())
        .flat_map(|point| (0..survey.tasks()).map(move |t| point_row(survey, point, t)));
    table_csv(header.map(|&name| name.to_owned()), rows)
}

/// `pairs.csv`: a row per point and ordered pair of tasks.
pub fn pairs_csv(survey: &Survey) -> Vec<u8> {
    let rows = (0..survey.sample.len()).flat_map(|point| {
        let pairs = survey.pairs.iter();
        pairs.map(move |pair| {
            let named = [survey.task(pair.from), survey.task(pair.to)].map(str::to_owned);
            let place = place(survey, point);
            let fields = pair_fields(&pair.points[point]);
            place
                .into_iter()
                .chain(named)
                .chain(fields)
                .collect::<Vec<_>>()
        })
    });
    table_csv(PAIR_COLUMNS.map(str::to_owned), rows)
}

fn place(survey: &Survey, point: usize) -> [String; 3] {
    [
        point.to_string(),
        survey.sample.rows[point].to_string(),
        survey.sample.identifiers[point].clone(),
    ]
}

fn point_row(survey: &Survey, point: usize, t: usize) -> Vec<String> {
    let found = &survey.points[t][point];
    let mut row = place(survey, point).to_vec();
    row.push(survey.task(t).to_owned());
    row.push(joined(survey.latent(t, point)));
    row.push(found.rank.to_string());
    row.push(joined(&found.singular_values));
    row.extend(local_fields(found, survey.config.flatness));
    row.push(number(found.inverse_error));
    row.push(found.local.as_ref().err().cloned().unwrap_or_default());
    row
}

/// From the eigenvalues to the radii.
fn local_fields(found: &ChartPoint, epsilon: f64) -> Vec<String> {
    let geometry = found.geometry();
    let curvature = found.curvature();
    let of_metric = geometry.map(|g| [g.condition(), g.volume_element]);
    let of_curvature = curvature.map(|k| {
        [
            k.scalar,
            k.sectional_min,
            k.sectional_max,
            k.sectional_lower,
            k.sectional_upper,
            k.flatness_radius(epsilon),
            k.certified_radius(epsilon),
        ]
    });
    let mut fields = vec![geometry.map_or_else(String::new, |g| joined(&g.eigenvalues))];
    fields.extend(of_metric.unwrap_or([f64::NAN; 2]).map(number));
    fields.extend(of_curvature.unwrap_or([f64::NAN; 7]).map(number));
    fields
}

fn pair_fields(point: &PairPoint) -> Vec<String> {
    let mut fields = vec![
        number(point.consistency),
        number(point.overlap_error),
        u8::from(point.overlap).to_string(),
    ];
    let defects = point.defects.values();
    fields.extend(defects.map(|defect| number(defect.unwrap_or(f64::NAN))));
    fields.push(point.note.clone().unwrap_or_default());
    fields
}

fn joined(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(|&value| number(value)).collect();
    texts.join(";")
}
