//! The page of a survey: tables, maps, geodesics, normal coordinates, defects, stability, definitions.

use std::collections::BTreeMap;

use serde::Serialize;

use super::atlas::Picture;
use super::short;
use super::stability::StabilityTables;
use crate::evaluate::survey::{Quantiles, SurveySummary, TaskSummary, TransitionSummary};

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct GeometryReport<'a> {
    /// The numbers.
    pub summary: &'a SurveySummary,
    /// The pictures, those of one heading beside each other.
    pub pictures: &'a [Picture],
}

#[derive(Serialize)]
struct GeometryContent<'a> {
    title: String,
    lead: String,
    remarks: &'a [String],
    tasks: Vec<TaskTable<'a>>,
    pairs: Vec<PairTable<'a>>,
    stability: Option<StabilityTables<'a>>,
    sections: Vec<Section<'a>>,
    definitions: &'a BTreeMap<&'static str, &'static str>,
    config: String,
}

#[derive(Serialize)]
struct TaskTable<'a> {
    task: &'a str,
    immersed: usize,
    points: usize,
    rows: Vec<QuantityRow<'a>>,
}

#[derive(Serialize)]
struct PairTable<'a> {
    from: &'a str,
    to: &'a str,
    overlap: usize,
    points: usize,
    scale: String,
    rows: Vec<QuantityRow<'a>>,
}

/// Quantiles of one quantity.
#[derive(Serialize)]
struct QuantityRow<'a> {
    name: &'a str,
    quantiles: [String; 5],
    n: usize,
}

#[derive(Serialize)]
struct Section<'a> {
    heading: &'a str,
    figures: Vec<FigureText<'a>>,
}

#[derive(Serialize)]
struct FigureText<'a> {
    name: &'a str,
    svg: String,
    caption: &'a str,
}

impl GeometryReport<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let summary = self.summary;
        let names: Vec<&str> = summary
            .tasks
            .iter()
            .map(|task| task.task.as_str())
            .collect();
        let content = GeometryContent {
            title: format!("Geometry of {}", names.join(", ")),
            lead: lead(summary),
            remarks: &summary.remarks,
            tasks: summary
                .tasks
                .iter()
                .map(|task| of_task(task, summary.points))
                .collect(),
            pairs: summary.pairs.iter().map(of_pair).collect(),
            stability: summary.stability.as_ref().map(StabilityTables::of),
            sections: self.sections(),
            definitions: &summary.definitions,
            config: toml::to_string_pretty(&summary.config).expect("configurations are tables"),
        };
        super::page("geometry.html", &content)
    }

    fn sections(&self) -> Vec<Section<'_>> {
        let mut sections: Vec<Section<'_>> = Vec::new();
        for picture in self.pictures {
            let figure = FigureText {
                name: &picture.name,
                svg: picture.figure.svg(),
                caption: &picture.caption,
            };
            match sections.last_mut() {
                Some(last) if last.heading == picture.heading => last.figures.push(figure),
                _ => sections.push(Section {
                    heading: &picture.heading,
                    figures: vec![figure],
                }),
            }
        }
        sections
    }
}

fn lead(summary: &SurveySummary) -> String {
    format!(
        "Target {}, method {}; charts of {} dimensions in a frame of {}; {} of {} {}.",
        summary.target,
        summary.method,
        summary.latent_dim,
        summary.lf_dim,
        summary.points,
        summary.available,
        summary.origin
    )
}

fn of_task(task: &TaskSummary, points: usize) -> TaskTable<'_> {
    TaskTable {
        task: &task.task,
        immersed: task.immersed,
        points,
        rows: rows(&task.quantities),
    }
}

fn of_pair(pair: &TransitionSummary) -> PairTable<'_> {
    PairTable {
        from: &pair.from,
        to: &pair.to,
        overlap: pair.overlap,
        points: pair.points,
        scale: short(pair.scale_lf),
        rows: rows(&pair.on_overlap),
    }
}

fn rows<'a>(quantities: &'a BTreeMap<&'static str, Quantiles>) -> Vec<QuantityRow<'a>> {
    let row = |(name, q): (&'a &'static str, &Quantiles)| QuantityRow {
        name,
        quantiles: [q.p05, q.p25, q.p50, q.p75, q.p95].map(short),
        n: q.n,
    };
    quantities.iter().map(row).collect()
}
