//! The pictures of a survey, each with the table of what it shows.

use rayon::prelude::*;

use super::plot::{Figure, Layer, MOST_POINTS, Mark, Style, diverging};
use super::short;
use crate::evaluate::survey::{ChartMap, Defects, Neighbourhood, Quantiles, Survey};

const POINT: &str = "#7a8594";
const OUTLINE: &str = "#1c2430";
const GEODESIC: &str = "#1f6fb4";
const STRAIGHT: &str = "#e07b00";
const BASE: &str = "#b2182b";
/// One per pair of tasks.
const PAIRS: [&str; 6] = [
    "#1f6fb4", "#e07b00", "#2a8c4a", "#7b4fa3", "#8a5a3c", "#7a8594",
];
/// Bins of a histogram.
const BINS: usize = 24;
/// Corners of a circle.
const CORNERS: usize = 96;
/// A circle that reaches further than so many times the neighbours is not drawn.
const FAR: f64 = 4.0;

/// A picture with its place in the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Name of its files without ending.
    pub name: String,
    /// What it is of: the heading it stands under.
    pub heading: String,
    /// What there is to see, with the formula.
    pub caption: String,
    /// What is drawn.
    pub figure: Figure,
}

/// Every picture of a survey: maps, geodesics and normal coordinates of every chart (of two
/// dimensions or more), and the distributions of the defects of every transition into the target.
pub fn pictures(survey: &Survey) -> Vec<Picture> {
    let charts = if survey.latent_dim() < 2 {
        0
    } else {
        survey.tasks()
    };
    let of_chart = |t: usize| {
        let map = ChartMap::of(survey, t);
        let mut pictures = vec![map_picture(survey, &map)];
        pictures.extend(geodesic_picture(survey, &map));
        pictures.extend(
            Neighbourhood::of(survey, t)
                .ok()
                .map(|n| normal_picture(survey, &n)),
        );
        pictures
    };
    let charts: Vec<Vec<Picture>> = (0..charts).into_par_iter().map(of_chart).collect();
    let defects = (0..Defects::NAMES.len()).filter_map(|k| defect_picture(survey, k));
    charts.into_iter().flatten().chain(defects).collect()
}

fn chart_heading(survey: &Survey, t: usize) -> String {
    format!("Chart of {}", survey.task(t))
}

/// A file name for a task: what is no letter, digit, `-` or `_` becomes `_`, and the task's number
/// tells apart those that become equal.
fn file_name(kind: &str, survey: &Survey, t: usize) -> String {
    let plain = |name: &str| -> String {
        let keep = |c: char| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        };
        name.chars().map(keep).collect()
    };
    let own = plain(survey.task(t));
    let equal =
        |other: &usize| *other != t && plain(survey.task(*other)).eq_ignore_ascii_case(&own);
    if (0..survey.tasks()).any(|other| equal(&other)) {
        format!("{kind}_{own}_{t}")
    } else {
        format!("{kind}_{own}")
    }
}

fn axis_label(map: &ChartMap, k: usize) -> String {
    let share = map.plane.shares.get(k).copied().unwrap_or(0.0);
    format!(
        "principal axis {} ({} % of the variance)",
        k + 1,
        (100.0 * share).round()
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

fn curve(name: String, colour: &'static str, points: &[[f64; 2]], dashed: bool) -> Layer {
    Layer {
        name,
        style: Style::Curve { width: 1.2, dashed },
        colour,
        marks: points.iter().map(|&point| Mark::at(point)).collect(),
    }
}

fn spot(name: &str, colour: &'static str, place: [f64; 2], label: &str) -> Layer {
    let mark = Mark {
        label: label.to_owned(),
        ..Mark::at(place)
    };
    Layer {
        name: name.to_owned(),
        style: Style::Points {
            size: 4.5,
            opacity: 1.0,
        },
        colour,
        marks: vec![mark],
    }
}

fn map_picture(survey: &Survey, map: &ChartMap) -> Picture {
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
        figure.legend = [1.0, 0.5, 0.0, -0.5, -1.0]
            .map(|share| {
                let value = share * limit;
                let text = match share {
                    1.0 => format!("≥ {}", short(value)),
                    -1.0 => format!("≤ {}", short(value)),
                    _ => short(value),
                };
                (text, diverging(value, limit))
            })
            .to_vec();
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

fn geodesic_picture(survey: &Survey, map: &ChartMap) -> Option<Picture> {
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

fn circle(name: &str, radius: f64, dashed: bool) -> Layer {
    let corner = |k: usize| {
        let (sine, cosine) = (std::f64::consts::TAU * k as f64 / CORNERS as f64).sin_cos();
        [radius * cosine, radius * sine]
    };
    let points: Vec<[f64; 2]> = (0..=CORNERS).map(corner).collect();
    curve(name.to_owned(), OUTLINE, &points, dashed)
}

fn normal_picture(survey: &Survey, near: &Neighbourhood) -> Picture {
    let molecule = |point: usize| survey.sample.identifiers[point].as_str();
    let mut layers = Vec::new();
    let mut reach = 0.0_f64;
    for neighbour in &near.neighbours {
        let [x, y] = neighbour.place;
        reach = reach.max(x.hypot(y));
        let name = format!("bend of point {}", neighbour.point);
        let mut bend = curve(
            name,
            STRAIGHT,
            &[neighbour.straight, neighbour.place],
            false,
        );
        bend.marks[1].label = molecule(neighbour.point).to_owned();
        layers.push(bend);
    }
    let radii = [
        ("flatness radius", near.radius, false),
        ("certified radius", near.certified_radius, true),
    ];
    let mut said = Vec::new();
    for (name, radius, dashed) in radii {
        let Some(radius) = radius else { continue };
        let drawn = radius <= FAR * reach;
        if drawn {
            layers.push(circle(name, radius, dashed));
        }
        let place = match (drawn, radius.is_finite()) {
            (true, _) if dashed => " (dashed)",
            (true, _) => " (circle)",
            (false, true) => " (outside the picture)",
            (false, false) => " (flat)",
        };
        said.push(format!("{name} {} lf{place}", short(radius)));
    }
    let marks = near.neighbours.iter().map(|neighbour| Mark {
        label: molecule(neighbour.point).to_owned(),
        value: Some(neighbour.distance),
        ..Mark::at(neighbour.place)
    });
    layers.push(Layer {
        name: "neighbours".to_owned(),
        style: Style::Points {
            size: 3.5,
            opacity: 0.9,
        },
        colour: GEODESIC,
        marks: marks.collect(),
    });
    layers.push(spot("base", BASE, [0.0; 2], molecule(near.base)));
    let plane = if survey.latent_dim() > 2 {
        " (the plane through the origin in which the neighbours are widest)"
    } else {
        ""
    };
    let lost = match near.lost {
        0 => String::new(),
        lost => format!(" {lost} more have no geodesic that was found."),
    };
    Picture {
        name: file_name("normal", survey, near.task),
        heading: chart_heading(survey, near.task),
        caption: format!(
            "The {} nearest neighbours of {} (red) in Riemann normal coordinates ξ, x(ξ) = exp_p(Eξ){plane}: \
             distance from the origin is geodesic length{}. From each a line leads to E⁻¹(z − p), where it \
             would be were latent coordinates straight, {} of the distance in the median. {}{lost}",
            near.neighbours.len(),
            molecule(near.base),
            if plane.is_empty() {
                ""
            } else {
                ", foreshortened by the projection"
            },
            short(bend(near)),
            sentence(&said, survey.config.flatness),
        ),
        figure: Figure {
            x_label: "ξ, first axis (lf)".to_owned(),
            y_label: "ξ, second axis (lf)".to_owned(),
            equal: true,
            layers,
            ..Figure::default()
        },
    }
}

/// Length of the line that leads to a neighbour's straight place over its distance: the median.
fn bend(near: &Neighbourhood) -> f64 {
    let relative = near.neighbours.iter().map(|neighbour| {
        let [x, y] = [0, 1].map(|k| neighbour.place[k] - neighbour.straight[k]);
        x.hypot(y) / neighbour.distance
    });
    Quantiles::of(relative).p50
}

/// What the caption says of the radii.
fn sentence(said: &[String], epsilon: f64) -> String {
    if said.is_empty() {
        return String::new();
    }
    format!(
        "Within the flatness radius the metric differs from the identity by less than {epsilon} to \
         leading order: {}.",
        said.join(", ")
    )
}

/// Step curves of log10 of a defect, a curve per transition into the target.
fn defect_picture(survey: &Survey, k: usize) -> Option<Picture> {
    let name = Defects::NAMES[k];
    let into: Vec<_> = survey
        .pairs
        .iter()
        .filter(|pair| pair.to == survey.target)
        .collect();
    let logs: Vec<Vec<f64>> = into
        .iter()
        .map(|pair| {
            let points = pair.points.iter().filter(|point| point.overlap);
            let values = points.filter_map(|point| point.defects.values()[k]);
            values
                .map(f64::log10)
                .filter(|log| log.is_finite())
                .collect()
        })
        .collect();
    let all = || logs.iter().flatten().copied();
    let (low, high) = (
        all().fold(f64::INFINITY, f64::min),
        all().fold(f64::NEG_INFINITY, f64::max),
    );
    if low > high {
        return None;
    }
    // one value alone gets a decade
    let (low, high) = if high > low {
        (low, high)
    } else {
        (low - 0.5, high + 0.5)
    };
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
