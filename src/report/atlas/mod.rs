//! The pictures of a survey, each with the table of what it shows.

mod chart;
mod defect;
mod normal;

use rayon::prelude::*;

use super::plot::{Figure, Layer, Mark, Style};
use crate::evaluate::survey::{ChartMap, Defects, Neighbourhood, Survey};

const OUTLINE: &str = "#1c2430";
const GEODESIC: &str = "#1f6fb4";
const STRAIGHT: &str = "#e07b00";
const BASE: &str = "#b2182b";

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
        let mut pictures = vec![chart::map_picture(survey, &map)];
        pictures.extend(chart::geodesic_picture(survey, &map));
        pictures.extend(
            Neighbourhood::of(survey, t)
                .ok()
                .map(|n| normal::normal_picture(survey, &n)),
        );
        pictures
    };
    let charts: Vec<Vec<Picture>> = (0..charts).into_par_iter().map(of_chart).collect();
    let defects = (0..Defects::NAMES.len()).filter_map(|k| defect::defect_picture(survey, k));
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
