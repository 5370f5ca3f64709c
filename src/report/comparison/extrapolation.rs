//! Error against distance from the training rows, a line per method.

use crate::evaluate::extrapolation::Bin;
use crate::evaluate::summary::PairSummary;
use crate::method::MethodName;
use crate::report::plot::{self, Axis, Series};

/// A bin of fewer rows is not drawn.
const FEWEST_ROWS: usize = 5;
/// Fewer bins are no curve.
const FEWEST_BINS: usize = 2;

/// Picture and caption of each curve of a pair; a picture is empty where too few bins have rows.
pub(super) fn figures(summary: &PairSummary) -> Vec<(String, String)> {
    let Some(found) = &summary.extrapolation else {
        return Vec::new();
    };
    let methods: Vec<MethodName> = summary.methods.iter().map(|method| method.method).collect();
    let label = format!("test RMSE, {}", summary.target);
    let figure = |bins: &[Bin], x_label: &str, what: &str| {
        let axes = [x_label, &label].map(Axis::linear);
        let svg = plot::lines(&curves(bins, &methods), axes, None);
        let caption = format!(
            "RMSE over the test rows of every split by {what}; bins of fewer than {FEWEST_ROWS} rows are left out, \
             their numbers are in summary.json."
        );
        (svg, caption)
    };
    let by_label = figure(
        &found.label_distance,
        "label beyond the training range (standard deviations)",
        "how far the label lies outside the range of the training labels (0: inside; the last bin is open)",
    );
    let by_novelty = found.novelty.as_ref().map(|bins| {
        figure(
            bins,
            "novelty: 1 - similarity to the nearest training molecule",
            "1 − the largest Tanimoto similarity of counted substructures to a training molecule of the target",
        )
    });
    [Some(by_label), by_novelty].into_iter().flatten().collect()
}

/// Of each method its errors in the bins with enough rows; nothing where only one bin has.
fn curves(bins: &[Bin], methods: &[MethodName]) -> Vec<Series> {
    let curve = |&method: &MethodName| {
        let point = |bin: &Bin| {
            let enough = bin.errors.iter().filter(|error| error.n >= FEWEST_ROWS);
            let mut own = enough.filter(|error| error.method == method);
            own.next().map(|error| (bin.centre, error.rmse))
        };
        Series::of_method(method, bins.iter().filter_map(point).collect())
    };
    let curves = methods.iter().map(curve);
    curves
        .filter(|curve| curve.points.len() >= FEWEST_BINS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::extrapolation::BinError;
    use crate::method::MethodName;

    #[test]
    fn curves_pass_through_bins_with_enough_rows() {
        let [stl, gate] = [MethodName::Stl, MethodName::Gate];
        let bin = |centre: f64, rows: [usize; 2]| Bin {
            up_to: centre + 0.1,
            centre,
            errors: [stl, gate]
                .into_iter()
                .zip(rows)
                .map(|(method, n)| BinError {
                    method,
                    n,
                    rmse: 10.0 * centre + n as f64,
                })
                .collect(),
        };
        let bins = [bin(0.1, [5, 5]), bin(0.3, [4, 4]), bin(0.5, [6, 1])];
        let found = curves(&bins, &[stl, gate]);
        assert_eq!(found.len(), 1, "one bin is no curve");
        assert_eq!(found[0].name, "stl");
        assert_eq!(found[0].points, [(0.1, 6.0), (0.5, 11.0)]);
    }
}
