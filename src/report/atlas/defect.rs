//! Distributions of the defects.

use super::{Picture, curve};
use crate::evaluate::survey::{Defects, Survey, TaskPair};
use crate::report::plot::{Figure, Layer};

/// One per pair of tasks.
const PAIRS: [&str; 6] = [
    "#1f6fb4", "#e07b00", "#2a8c4a", "#7b4fa3", "#8a5a3c", "#7a8594",
];
/// Width in decades of the narrowest axis: values that agree to many digits are one spike.
const NARROWEST: f64 = 0.05;
/// Bins of a histogram.
const BINS: usize = 24;

/// Step curves of log10 of a defect, a curve per transition into the target.
pub(super) fn defect_picture(survey: &Survey, k: usize) -> Option<Picture> {
    let name = Defects::NAMES[k];
    let into: Vec<_> = survey
        .pairs
        .iter()
        .filter(|pair| pair.to == survey.target)
        .collect();
    let logs: Vec<Vec<f64>> = into.iter().map(|pair| logarithms(pair, k)).collect();
    let (low, high) = range(&logs)?;
    let layers: Vec<Layer> = into
        .iter()
        .zip(&logs)
        .enumerate()
        .map(|(index, (pair, logs))| {
            let transition = format!("{} to {}", survey.task(pair.from), survey.task(pair.to));
            curve(
                transition,
                PAIRS[index % PAIRS.len()],
                &staircase(logs, low, high),
                false,
            )
        })
        .collect();
    let legend = layers
        .iter()
        .map(|layer| (layer.name.clone(), layer.colour.to_owned()));
    let unit = ["", " (1/lf)", " (1/lf²)", " (lf)", " (lf)"][k];
    Some(Picture {
        name: format!("defect_{name}"),
        heading: "Defects of the transitions into the target".to_owned(),
        caption: format!(
            "The {name} defect over the molecules on the overlap, {}.",
            MEANING[k]
        ),
        figure: Figure {
            x_label: format!("log10 of the {name} defect{unit}"),
            y_label: "molecules".to_owned(),
            legend_title: "transition".to_owned(),
            legend: legend.collect(),
            layers,
            ..Figure::default()
        },
    })
}

/// The range of all values, of a width that an axis can show; none of nothing.
fn range(logs: &[Vec<f64>]) -> Option<(f64, f64)> {
    let all = || logs.iter().flatten().copied();
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    let lack = (0.5 * (NARROWEST - (high - low))).max(0.0);
    (low <= high).then_some((low - lack, high + lack))
}

/// log10 of a defect over the overlap, where it is not zero.
fn logarithms(pair: &TaskPair, k: usize) -> Vec<f64> {
    let points = pair.points.iter().filter(|point| point.overlap);
    let values = points.filter_map(|point| point.defects.values()[k]);
    values
        .map(f64::log10)
        .filter(|log| log.is_finite())
        .collect()
}

/// When a defect vanishes.
const MEANING: [&str; 5] = [
    "zero where τ preserves lengths",
    "zero where τ takes geodesics to geodesics",
    "zero where the scalar curvatures agree",
    "zero where τ is undone by the transition back",
    "zero where the way over a third chart leads to the same point",
];

/// The outline of the histogram with equal bins.
fn staircase(values: &[f64], low: f64, high: f64) -> Vec<[f64; 2]> {
    let width = (high - low) / BINS as f64;
    let mut counts = [0.0; BINS];
    for value in values {
        counts[(((value - low) / width) as usize).min(BINS - 1)] += 1.0;
    }
    let mut outline = vec![[low, 0.0]];
    for (bin, &count) in counts.iter().enumerate() {
        let left = low + bin as f64 * width;
        outline.extend([[left, count], [left + width, count]]);
    }
    outline.push([high, 0.0]);
    outline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_an_axis() {
        let (low, high) = range(&[vec![2.0], vec![2.0 + 1e-9]]).unwrap();
        assert!((high - low - NARROWEST).abs() < 1e-12 && low < 2.0 && high > 2.0);
        assert_eq!(range(&[vec![1.0, 3.0]]), Some((1.0, 3.0)));
        assert_eq!(range(&[vec![]]), None);
    }

    #[test]
    fn a_staircase_has_every_value_under_it() {
        let outline = staircase(&[0.0, 0.1, 12.0, 24.0], 0.0, 24.0);
        assert_eq!(outline[..3], [[0.0, 0.0], [0.0, 2.0], [1.0, 2.0]]);
        assert_eq!(outline[outline.len() - 2..], [[24.0, 1.0], [24.0, 0.0]]);
        let area: f64 = outline
            .windows(2)
            .map(|e| (e[1][0] - e[0][0]) * e[0][1])
            .sum();
        assert!((area - 4.0).abs() < 1e-12, "{area}");
    }
}
