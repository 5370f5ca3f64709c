//! A molecule's neighbourhood in normal coordinates.

use std::f64::consts::TAU;

use super::{BASE, GEODESIC, OUTLINE, Picture, STRAIGHT, chart_heading, curve, file_name, spot};
use crate::evaluate::survey::{ChartNeighbour, Neighbourhood, Quantiles, Survey};
use crate::report::plot::{Figure, Layer, Mark, Style};
use crate::report::short;

/// Corners of a circle.
const CORNERS: usize = 96;
/// A circle that reaches further than so many times the neighbours is not drawn.
const FAR: f64 = 4.0;

/// The neighbours in normal coordinates, with the circle of the flatness radius.
pub(super) fn normal_picture(survey: &Survey, near: &Neighbourhood) -> Picture {
    let molecule = |point: usize| survey.sample.identifiers[point].as_str();
    let deflections = near
        .neighbours
        .iter()
        .map(|n| deflection(n, molecule(n.point)));
    let mut layers: Vec<Layer> = deflections.collect();
    let said = radii(survey, near, &mut layers);
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
    Picture {
        name: file_name("normal", survey, near.task),
        heading: chart_heading(survey, near.task),
        caption: caption(survey, near, &said),
        figure: Figure {
            x_label: "ξ, first axis (lf)".to_owned(),
            y_label: "ξ, second axis (lf)".to_owned(),
            equal: true,
            layers,
            ..Figure::default()
        },
    }
}

/// The line from where latent coordinates would put a neighbour to where it is.
fn deflection(neighbour: &ChartNeighbour, molecule: &str) -> Layer {
    let name = format!("bend of point {}", neighbour.point);
    let ends = [neighbour.straight, neighbour.place];
    let mut line = curve(name, STRAIGHT, &ends, false);
    line.marks[1].label = molecule.to_owned();
    line
}

/// Draws the circles that fit, and says what the radii are.
fn radii(survey: &Survey, near: &Neighbourhood, layers: &mut Vec<Layer>) -> Vec<String> {
    let distances = near.neighbours.iter().map(|n| n.place[0].hypot(n.place[1]));
    let reach = distances.fold(0.0, f64::max);
    // up to three dimensions they are the same
    let certified = near.certified_radius.filter(|_| survey.latent_dim() > 3);
    let radii = [
        ("flatness radius", near.radius, false),
        ("certified radius", certified, true),
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
    said
}

fn caption(survey: &Survey, near: &Neighbourhood, said: &[String]) -> String {
    let (plane, foreshortened) = if survey.latent_dim() > 2 {
        (
            " (the plane through the origin in which the neighbours are widest)",
            ", foreshortened by the projection",
        )
    } else {
        ("", "")
    };
    let lost = match near.lost {
        0 => String::new(),
        lost => format!(" {lost} more have no geodesic that was found."),
    };
    format!(
        "The {} nearest neighbours of {} (red) in Riemann normal coordinates ξ, x(ξ) = exp_p(Eξ){plane}: \
         distance from the origin is geodesic length{foreshortened}. From each a line leads to \
         E⁻¹(z − p), where it would be were latent coordinates straight, {} of the distance in the \
         median. {}{lost}",
        near.neighbours.len(),
        survey.sample.identifiers[near.base],
        short(median_deflection(near)),
        sentence(said, survey.config.flatness),
    )
}

/// Length of the line that leads to a neighbour's straight place over its distance: the median.
fn median_deflection(near: &Neighbourhood) -> f64 {
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

fn circle(name: &str, radius: f64, dashed: bool) -> Layer {
    let corner = |k: usize| {
        let (sine, cosine) = (TAU * k as f64 / CORNERS as f64).sin_cos();
        [radius * cosine, radius * sine]
    };
    let points: Vec<[f64; 2]> = (0..=CORNERS).map(corner).collect();
    curve(name.to_owned(), OUTLINE, &points, dashed)
}
