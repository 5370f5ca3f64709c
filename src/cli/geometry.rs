//! `geogate geometry`: metric, curvature and defects of a trained model, in numbers and pictures.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};

use super::console::Console;
use super::options::{ConsoleFlags, whole};
use super::remarks::remarks;
use super::stability;
use super::table::{TextTable, grouped, wrapped};
use crate::data::{Corpus, Partition};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::survey::{
    Quantiles, Sample, Stability, Survey, SurveyConfig, SurveySummary, pairs_csv, points_csv,
};
use crate::files::names::{CONFIG, GEOMETRY, PAIRS, PICTURES, POINTS, REPORT, STABILITY};
use crate::files::{
    OutputFolder, Permission, create_folder, refuse_inputs, write_atomically, write_json,
};
use crate::report::atlas::{Picture, pictures};
use crate::report::geometry::GeometryReport;
use crate::report::short;
use crate::train::Model;
use crate::train::config::{LARGEST_SEED, RunConfig};

/// Show the geometry a model has learned: metric, curvature, and how its charts fit together
///
/// Every task of a gate model has a latent chart, whose metric is that of its image in the locally
/// flat frame. At up to --points training molecules (or those of --input): eigenvalues and condition
/// of the metric, volume element, scalar and sectional curvature, flatness radius; and for every
/// ordered pair of tasks the five defects of the transition on the overlap (isometry, affine,
/// curvature, inverse, cocycle). A molecule is on the overlap of two charts where the inverse errors
/// of both and the distance between its two images are at most --overlap-tolerance times the
/// median distance of images from their mean.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct GeometryFlags {
    /// Folder of a finished `geogate train` (or `geogate demo`) of a method with latent charts
    #[arg(long, value_name = "DIR")]
    model: PathBuf,

    /// Folders of other runs with the same target, trained beside other sources or under other seeds: how far
    /// the target's latent geometry depends on that. All are looked at in the same molecules; between every two
    /// stands the linear centred kernel alignment of the target's latent vectors (1: the same but for rotation,
    /// scale and shift; 0: uncorrelated)
    #[arg(long, value_name = "DIR", num_args = 1..)]
    against: Vec<PathBuf>,

    /// CSV file with a header and a `smiles` column, or the model's feature columns
    /// [default: the training rows of the tables that the model's config.toml names]
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Molecules looked at: a seeded sample where there are more
    #[arg(long, value_name = "N", default_value_t = SurveyConfig::default().points, value_parser = whole)]
    points: usize,

    /// Largest error on the overlap, as a fraction of the pair's scale
    #[arg(long, value_name = "SHARE", default_value_t = SurveyConfig::default().overlap_tolerance, allow_negative_numbers = true)]
    overlap_tolerance: f64,

    /// Epsilon of the flatness radius: how far the metric may depart from the identity within it
    #[arg(long, value_name = "EPSILON", default_value_t = SurveyConfig::default().flatness, allow_negative_numbers = true)]
    flatness: f64,

    /// Molecule of the pictures in normal coordinates and of geodesics: a SMILES of the table, or a
    /// number of column `row` in points.csv [default: the molecule nearest the target's median]
    #[arg(long, value_name = "SMILES|ROW")]
    around: Option<String>,

    /// Seed of the sample and of the search for planes of extreme curvature
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = value_parser!(u64).range(..=LARGEST_SEED))]
    seed: u64,

    /// Folder for the results; one that exists is refused without --force
    #[arg(long, value_name = "DIR", help_heading = "Run")]
    out: PathBuf,

    /// Replace the results in --out (only a folder made by geogate) once the new ones are whole
    #[arg(long, help_heading = "Run")]
    force: bool,

    #[command(flatten)]
    console: ConsoleFlags,
}

const EXAMPLES: &str = "\
Examples:
  The geometry at 1,000 training molecules of a run:
    geogate geometry --model run --out geo
  At molecules of your own, with normal coordinates around one of them:
    geogate geometry --model run --input new.csv --around CCO --out geo
  A curved chart to look at: more frame dimensions than latent ones
    geogate train --task tb=boiling.csv --task tc=critical.csv --target tc \\
        --latent-dim 8 --lf-dim 16 --out curved
    geogate geometry --model curved --points 300 --out geo
  Does the target's chart depend on the source it was trained beside?
    geogate geometry --model from-tb --against from-vc from-mp --out stability

Files in --out: report.html (read this first), geometry.json (quantiles, counts, definitions),
points.csv (a row per molecule and task), pairs.csv (a row per molecule and transition), pictures/
(each as SVG, with the numbers it shows as CSV), config.toml; with --against stability.csv (a row for
every two models).";

/// Runs the subcommand.
pub(super) fn run(flags: &GeometryFlags) -> Result<()> {
    super::use_threads(flags.console.threads)?;
    let console = Console::of(&flags.console);
    let config = SurveyConfig {
        points: flags.points,
        seed: flags.seed,
        overlap_tolerance: flags.overlap_tolerance,
        flatness: flags.flatness,
        around: flags.around.clone(),
    };
    config.validate()?;
    let permission = Permission {
        force: flags.force,
        ..Permission::default()
    };
    let named = flags.against.iter().chain([&flags.model]);
    refuse_inputs(&flags.out, named.chain(&flags.input).map(PathBuf::as_path))?;
    let folder = OutputFolder::claim(&flags.out, "geometry", permission).map_err(without_resume)?;
    let model = Model::load(&flags.model)?;
    // a method without charts is refused before any table is read
    let tasks = model.charts()?.tasks().len();
    let others = stability::others(&model, &flags.model, &flags.against)?;
    let sample = match &flags.input {
        Some(file) => Sample::of_table(&model, file, &config)?,
        None => training_sample(flags, &config, console)?,
    };
    let progress = console.progress("step", Survey::steps(tasks, sample.len()));
    let survey = Survey::of(&model, sample, &config, &|done| progress.at(done, ""));
    progress.end();
    let survey = survey?;
    let mut summary = SurveySummary::of(&survey);
    if !others.is_empty() {
        let first = (stability::name(&flags.model), survey.clone());
        summary.stability = Some(stability::surveyed(first, &others, &config, console)?);
    }
    let pictures = pictures(&survey);
    for remark in &summary.remarks {
        console.note(&wrapped(remark));
    }
    folder.open(&config)?;
    if let Err(error) = write(&folder, &survey, &summary, &pictures) {
        let _ = folder.abandon();
        return Err(error);
    }
    let place = folder.finish()?;
    console.result(&summary, &table(&summary, &place))
}

/// There is nothing to resume here.
fn without_resume(error: Error) -> Error {
    match error.kind() {
        ErrorKind::OutputExists { path } => Error::usage(
            format!("{} exists already", path.display()),
            "choose another --out, or pass --force to replace it",
        ),
        _ => error,
    }
}

/// Training rows of the run in `model`, from the tables its configuration names.
fn training_sample(
    flags: &GeometryFlags,
    config: &SurveyConfig,
    console: Console,
) -> Result<Sample> {
    let path = flags.model.join(CONFIG);
    let text = fs::read_to_string(&path).map_err(|source| Error::io("read", &path, source))?;
    let run: RunConfig = toml::from_str(&text).map_err(|error| {
        Error::model(
            &path,
            format!("no configuration of a run: {}", error.message()),
            "name the molecules with --input",
        )
    })?;
    refuse_inputs(&flags.out, run.data.files())?;
    let corpus = Corpus::read(&run.data, &run.split, run.training.seed).map_err(
        |error| match error.kind() {
            ErrorKind::Io { path, .. } => Error::usage(
                format!(
                    "cannot read {}, a table the model was trained on",
                    path.display()
                ),
                "run from the folder where it was trained, or name other molecules with --input",
            ),
            _ => error,
        },
    )?;
    for line in remarks(&corpus.account) {
        console.note(&line);
    }
    let partition = Partition::holdout(&corpus, &run.split, run.training.seed)?;
    Sample::of_training(&corpus, &partition, config)
}

/// Writes every file; the summary comes last, with it the folder is complete.
fn write(
    folder: &OutputFolder,
    survey: &Survey,
    summary: &SurveySummary,
    pictures: &[Picture],
) -> Result<()> {
    write_atomically(&folder.file(POINTS), &points_csv(survey))?;
    write_atomically(&folder.file(PAIRS), &pairs_csv(survey))?;
    if let Some(csv) = summary.stability.as_ref().map(Stability::csv) {
        write_atomically(&folder.file(STABILITY), &csv)?;
    }
    let place = folder.file(PICTURES);
    create_folder(&place)?;
    for Picture { name, figure, .. } in pictures {
        write_atomically(&place.join(format!("{name}.svg")), figure.svg().as_bytes())?;
        write_atomically(&place.join(format!("{name}.csv")), &figure.csv())?;
    }
    let report = GeometryReport { summary, pictures };
    write_atomically(&folder.file(REPORT), report.html().as_bytes())?;
    write_json(&folder.file(GEOMETRY), summary)
}

/// Charts and transitions as tables.
fn table(summary: &SurveySummary, folder: &Path) -> String {
    let mut text = String::new();
    write!(
        text,
        "{} of {} {}; d = {}, m = {}. Lengths in units of the locally flat frame (lf).\n\n{}\n",
        grouped(summary.points),
        grouped(summary.available),
        summary.origin,
        summary.latent_dim,
        summary.lf_dim,
        charts(summary)
    )
    .expect("text takes every character");
    if !summary.pairs.is_empty() {
        writeln!(text, "{}", transitions(summary)).expect("text takes every character");
    }
    let sectional = if summary.tasks.iter().any(|task| task.sectional_exact) {
        "the exact extremes over all planes"
    } else {
        "the extremes found over planes"
    };
    if let Some(found) = &summary.stability {
        writeln!(text, "{}", stability::text(found)).expect("text takes every character");
    }
    let explanation = format!(
        "condition and flatness radius are medians; R is the scalar curvature, K from and to are the \
         medians of the smallest and largest sectional curvature, {sectional}. Defects are medians on \
         the overlap: errors up to {} of the pair's scale.",
        summary.config.overlap_tolerance
    );
    write!(
        text,
        "{}\n\n{} holds report.html, geometry.json, points.csv, pairs.csv and pictures/.\n",
        wrapped(&explanation),
        folder.display()
    )
    .expect("text takes every character");
    text
}

/// A column, the quantity it shows, and what of its quantiles.
type ChartColumn = (&'static str, &'static str, fn(&Quantiles) -> f64);

fn charts(summary: &SurveySummary) -> TextTable {
    const SCALAR: &str = "scalar_curvature_per_lf2";
    let columns: [ChartColumn; 7] = [
        ("condition", "condition", |q| q.p50),
        ("R 5 %", SCALAR, |q| q.p05),
        ("R 50 %", SCALAR, |q| q.p50),
        ("R 95 %", SCALAR, |q| q.p95),
        ("K from", "sectional_min_per_lf2", |q| q.p50),
        ("K to", "sectional_max_per_lf2", |q| q.p50),
        ("flatness radius", "flatness_radius_lf", |q| q.p50),
    ];
    let header = [&["chart", "metric at"], &columns.map(|column| column.0)[..]].concat();
    let mut table = TextTable::new(1, &header);
    for task in &summary.tasks {
        let quantity =
            |(_, name, of): ChartColumn| short(task.quantities.get(name).map_or(f64::NAN, of));
        let named = [task.task.clone(), grouped(task.immersed)];
        table.row(named.into_iter().chain(columns.map(quantity)));
    }
    table
}

fn transitions(summary: &SurveySummary) -> TextTable {
    let columns = [
        ("isometry", "isometry"),
        ("affine", "affine_per_lf"),
        ("curvature", "curvature_per_lf2"),
        ("inverse", "inverse_lf"),
        ("cocycle", "cocycle_lf"),
    ];
    let header = [
        &["transition", "overlap"],
        &columns.map(|column| column.0)[..],
    ]
    .concat();
    let mut table = TextTable::new(1, &header);
    for pair in &summary.pairs {
        let median = |(_, name)| short(pair.on_overlap.get(name).map_or(f64::NAN, |q| q.p50));
        let overlap = format!("{} of {}", grouped(pair.overlap), grouped(pair.points));
        let named = [format!("{} to {}", pair.from, pair.to), overlap];
        table.row(named.into_iter().chain(columns.map(median)));
    }
    table
}
