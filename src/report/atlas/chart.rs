//! Maps of a chart: curvature and metric, geodesics.

use super::{BASE, GEODESIC, OUTLINE, Picture, STRAIGHT, chart_heading, curve, file_name, spot};
use crate::evaluate::survey::{ChartMap, Quantiles, Survey};
use crate::report::plot::{Figure, Layer, MOST_POINTS, Mark, Style, diverging};
use crate::report::short;

const POINT: &str = "#7a8594";

/// The latent vectors with curvature as colour and metric ellipses.
pub(super) fn map_picture(survey: &Survey, map: &ChartMap) -> Picture {
    let t = map.task;
    let scalar = |point: usize| Some(survey.points[t][point].curvature()?.scalar);
    let sizes = (0..map.places.len()).filter_map(scalar).map(f64::abs);
    let limit = Quantiles::of(sizes).p95;
    let style = Style::Points {
        size: 3.0,
        opacity: 0.8,
    };
    let coloured = |point: usize| scalar(point).map(|r| (diverging(r, limit), r));
    let mut layers = vec![cloud(survey, map, style, coloured)];
    layers.extend(map.ellipses.iter().map(|ellipse| {
        let name = format!("ellipse at point {}", ellipse.point);
        curve(name, OUTLINE, &ellipse.outline, false)
    }));
    let mut figure = map_figure(map, layers);
    if limit > 0.0 {
        figure.legend_title = "R (1/lf²)".to_owned();
        figure.legend = legend(limit);
    }
    let colour = if limit > 0.0 {
        "Colour is the scalar curvature R, grey where there is none."
    } else {
        "The chart is flat, so all points have one colour."
    };
    let ellipses = if map.ellipses.is_empty() {
        String::new()
    } else {
        format!(
            " An ellipse is the projection {{Pv : g(v,v) ≤ ρ²}} = {{w : wᵀ(P g⁻¹ Pᵀ)⁻¹w ≤ ρ²}} of the \
             ball of radius ρ = {} lf onto the plane: steps from its centre to its edge have the same \
             length in the frame, so long axes are directions the frame hardly sees.",
            short(map.radius)
        )
    };
    Picture {
        name: file_name("map", survey, t),
        heading: chart_heading(survey, t),
        caption: format!(
            "Latent vectors of {} in their principal plane{}. {colour}{ellipses}",
            survey.task(t),
            scales(map)
        ),
        figure,
    }
}

/// Curvatures and their colours.
fn legend(limit: f64) -> Vec<(String, String)> {
    let entry = |share: f64| {
        let value = share * limit;
        let text = match share {
            1.0 => format!("≥ {}", short(value)),
            0.0 => "0".to_owned(),
            -1.0 => format!("≤ {}", short(value)),
            _ => short(value),
        };
        (text, diverging(value, limit))
    };
    [1.0, 0.5, 0.0, -0.5, -1.0].map(entry).to_vec()
}

/// Geodesics against straight lines; none where no geodesic was found.
pub(super) fn geodesic_picture(survey: &Survey, map: &ChartMap) -> Option<Picture> {
    if map.paths.is_empty() {
        return None;
    }
    let style = Style::Points {
        size: 2.0,
        opacity: 0.35,
    };
    let mut layers = vec![cloud(survey, map, style, |_| None)];
    for path in &map.paths {
        let name = |kind: &str| format!("{kind} {} to {}", path.from, path.to);
        layers.push(curve(name("straight"), STRAIGHT, &path.straight, true));
        layers.push(curve(name("geodesic"), GEODESIC, &path.geodesic, false));
    }
    let base = map.paths[0].from;
    let molecule = &survey.sample.identifiers[base];
    layers.push(spot("start", BASE, map.places[base], molecule));
    let lengths: Vec<String> = map
        .paths
        .iter()
        .map(|path| short(path.length / path.straight_length))
        .collect();
    let lost = match map.lost {
        0 => String::new(),
        lost => format!(" To {lost} more points no geodesic was found."),
    };
    Some(Picture {
        name: file_name("geodesics", survey, map.task),
        heading: chart_heading(survey, map.task),
        caption: format!(
            "Geodesics of g (solid) from {molecule} (red) against straight lines of latent coordinates \
             (dashed){}. Length of the geodesic over that of the straight line, nearest end first: {}.{lost}",
            scales(map),
            lengths.join(", ")
        ),
        figure: map_figure(map, layers),
    })
}

fn axis_label(map: &ChartMap, k: usize) -> String {
    let percent = 100.0 * map.plane.shares.get(k).copied().unwrap_or(0.0);
    // a thin cloud has 99.98 % along one axis
    let decimals = if (1.0..99.0).contains(&percent) { 0 } else { 2 };
    format!(
        "principal axis {} ({percent:.decimals$} % of the variance)",
        k + 1
    )
}

fn map_figure(map: &ChartMap, layers: Vec<Layer>) -> Figure {
    Figure {
        x_label: axis_label(map, 0),
        y_label: axis_label(map, 1),
        equal: map.one_scale,
        layers,
        ..Figure::default()
    }
}

/// What the caption says of axes with different scales.
fn scales(map: &ChartMap) -> &'static str {
    if map.one_scale {
        ""
    } else {
        " (the axes have different scales)"
    }
}

/// The points of the sample, drawn small or coloured.
fn cloud(
    survey: &Survey,
    map: &ChartMap,
    style: Style,
    colour: impl Fn(usize) -> Option<(String, f64)>,
) -> Layer {
    let step = map.places.len().div_ceil(MOST_POINTS).max(1);
    let marks = map.places.iter().enumerate().step_by(step);
    let mark = |(point, &place): (usize, &[f64; 2])| {
        let (colour, value) = colour(point).unzip();
        Mark {
            colour,
            value,
            label: survey.sample.identifiers[point].clone(),
            ..Mark::at(place)
        }
    };
    Layer {
        name: "molecules".to_owned(),
        style,
        colour: POINT,
        marks: marks.map(mark).collect(),
    }
}
