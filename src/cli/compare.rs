//! `geogate compare`: methods over splits and seeds, with ratios and intervals.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;

use super::console::{Console, Progress};
use super::flags::of_program;
use super::interrupt::stop_flag;
use super::options::{
    CompareFlags, ConfigFlag, DataFlags, NetworkFlags, RunFlags, SeedFlag, SplitFlags,
    TrainingFlags,
};
use super::remarks::remarks;
use super::settings::{Overlay, Settings, differing};
use super::table::{TextTable, wrapped};
use crate::error::Result;
use crate::evaluate::comparison::{Comparison, JobControl, JobObserver};
use crate::evaluate::config::ComparisonConfig;
use crate::evaluate::job::JobRecord;
use crate::evaluate::overall::{EVERY_SPLIT, Overall};
use crate::evaluate::pair::Pair;
use crate::evaluate::ratio::RatioEstimate;
use crate::evaluate::statistics::Spread;
use crate::evaluate::summary::{ComparisonSummary, JobFailure, PairSummary};
use crate::evaluate::units::{Unit, distinct};
use crate::evaluate::variant_summary::{OverallVariant, OverallVariants};
use crate::files::names::{CONFIG, REPORT};
use crate::files::{OutputFolder, refuse_inputs, write_atomically};
use crate::method::MethodName;
use crate::report::comparison::ComparisonReport;
use crate::report::{interval_words, short};
use crate::train::config::RunConfig;

/// Compare methods over folds or seeds
///
/// Every method runs on the same splits, one job per core; with --pairs on many targets in one queue.
/// --out gets results.csv (a row per job), jobs/ with each job's predictions, summary.json (means, and
/// ratios to the first method paired split by split, per pair and over all) and report.html. Interrupted,
/// it goes on with --resume; finished jobs are not run again, and more methods, seeds, folds or variants can
/// be added that way.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompareCommand {
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    compare: CompareFlags,
    #[command(flatten)]
    split: SplitFlags,
    #[command(flatten)]
    network: NetworkFlags,
    #[command(flatten)]
    seed: SeedFlag,
    #[command(flatten)]
    training: TrainingFlags,
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    config: ConfigFlag,
}

const EXAMPLES: &str = "\
Examples:
  Five scaffold splits, seeds 0 to 4:
    geogate compare --task tb=boiling.csv --task tc=critical.csv --target tc --seeds 5 --out cmp
  Four-fold cross-validation, three times over:
    geogate compare --task tb=boiling.csv --task tc=critical.csv --target tc \\
        --methods stl,gate --split scaffold --folds 4 --seeds 3 --out cmp
  Add a method to a finished comparison:
    geogate compare --out cmp --resume --methods stl,mtl,gate,ridge
  Wrong labels, weights of losses, losses left out:
    geogate compare --task tb=boiling.csv --task tc=critical.csv --target tc --seeds 5 --out cmp \\
        --methods stl,gate --vary corrupt-share=0.1,0.2,0.4 --vary delta=x0.1,x10 --ablate
  What measured boiling points of the test molecules are worth:
    geogate compare --task tb=boiling.csv --task tc=critical.csv --target tc --seeds 5 --out cmp \\
        --methods gp,gp-mtl --evidence given
  Many targets, each split by scaffold and at random:
    geogate compare --pairs pairs.toml --methods stl,mtl,gate,ridge --seeds 3 --out cmp
  where pairs.toml says
    split = [\"scaffold\", \"random\"]
    [[pair]]
    target = \"tc=critical_temperature.csv\"
    sources = [\"tb=boiling_point.csv\"]
    max_rows = { tc = 400 }
    [[pair]]
    target = \"st=surface_tension.csv\"
    sources = [\"tb=boiling_point.csv\"]
    overlap = \"shared\"

A ratio below 1 means a smaller error than the first method's. Its 95 % interval comes from
resampling the splits (over several pairs: the pairs); p is Wilcoxon's signed-rank probability of
the log-ratios of all splits, corrected by Holm for the number of methods. A variant's ratio is to the same
method as it is, on the same splits; its p is corrected for the number of all variants in the table.

Of methods that a Gaussian process reads, results.csv has coverage and mean width of 90 % intervals, scores of the
predicted distributions (nlpd, crps), the rank correlation of standard deviation and error, and the error that
was expected; the report draws coverage by level and errors by trust, over all splits (`uncertainty` in summary.json).
With --evidence given it shows each method without and with the labels (`evidence` in summary.json).

`extrapolation` in summary.json, and curves in the report, state errors by how far test rows lie from
the training rows: the label from the range of the training labels, the molecule from the most
similar one (1 - Tanimoto's coefficient of counted substructures), its group seen or not.";

/// Runs the subcommand.
pub(super) fn run(flags: &CompareCommand) -> Result<ExitCode> {
    let overlay = Overlay::default()
        .with("data", &flags.data)
        .with("compare", &flags.compare)
        .with("split", &flags.split)
        .with("model", &flags.network)
        .with("training", &flags.seed)
        .with("training", &flags.training)
        .with("run", &flags.run);
    let settings = Settings::read(flags.config.config.as_deref(), &overlay, "compare")?;
    settings.check()?;
    super::use_threads(settings.run.threads)?;
    let console = Console::new(settings.run.quiet, settings.run.json);
    let folder = OutputFolder::claim(settings.out()?, "compare", settings.run.permission())?;
    let config = settings.config();
    let asked = ComparisonConfig::new(&config, &settings.given, &settings.compare);
    let comparison = Comparison::prepare(&config, &settings.given, &settings.compare)?;
    refuse_inputs(settings.out()?, tables_of_pairs(&comparison))?;
    for line in remarks_of_pairs(&comparison) {
        console.note(&line);
    }
    if let Some(line) = other_options(&folder, &config)? {
        console.note(&line);
    }
    folder.open(&asked)?;
    let jobs = Jobs {
        progress: console.progress("job", comparison.jobs()),
        done: AtomicUsize::new(0),
    };
    let results = comparison.run(&JobControl {
        folder: folder.path(),
        threads: rayon::current_num_threads(),
        stop: stop_flag()?,
        observer: &jobs,
    });
    jobs.progress.end();
    let results = results?;
    let report = ComparisonReport {
        config: asked,
        compare: &settings.compare,
        results: &results,
    };
    write_atomically(&folder.file(REPORT), report.html().as_bytes())?;
    let summary = &results.summary;
    let failed = summary.failures.len();
    if failed == 0 {
        let place = folder.finish()?;
        console.result(summary, &table(summary, &place))?;
        return Ok(ExitCode::SUCCESS);
    }
    // it replaces nothing before it is whole
    console.result(summary, &table(summary, folder.path()))?;
    console.note(&format!(
        "error: {failed} of {} jobs failed; summary.json says why, --resume runs them again",
        comparison.jobs()
    ));
    Ok(ExitCode::FAILURE)
}

/// A line on a comparison that goes on under other options than it began with.
fn other_options(folder: &OutputFolder, config: &RunConfig) -> Result<Option<String>> {
    let saved = folder.file(CONFIG);
    if !folder.resumed() || !saved.is_file() {
        return Ok(None);
    }
    let keys = differing(&saved, "compare", config)?;
    Ok((!keys.is_empty()).then(|| {
        format!(
            "options differ from those of {} ({}): jobs run again under the new ones, and their results take the place of \
             the old",
            saved.display(),
            keys.join(", ")
        )
    }))
}

/// The tables of every pair.
fn tables_of_pairs(comparison: &Comparison) -> impl Iterator<Item = &Path> {
    let pairs = comparison.pairs().iter();
    let tables = pairs.flat_map(|pair| &pair.corpora()[0].account.tables);
    tables.map(|table| table.file.as_path())
}

/// What is to be known of the tables, each once: pairs share tables.
fn remarks_of_pairs(comparison: &Comparison) -> Vec<String> {
    let of_pair = |pair: &Pair| remarks(&pair.corpora()[0].account);
    distinct(comparison.pairs().iter().flat_map(of_pair))
}

/// Counts jobs on the progress bar.
struct Jobs {
    progress: Progress,
    done: AtomicUsize,
}

impl JobObserver for Jobs {
    fn finished(&self, record: &JobRecord, reused: bool) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let job = format!("{}, RMSE {}", record.job.id(), short(record.test.rmse));
        if reused {
            self.progress.kept(done, &format!("kept {job}"));
        } else {
            self.progress.at(done, &format!("finished {job}"));
        }
    }

    fn failed(&self, failure: &JobFailure) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let id = failure.job.id();
        self.progress
            .note(&of_program(&format!("job {id} failed: {}", failure.error)));
        self.progress.at(done, &format!("failed {id}"));
    }
}

/// The comparison as tables, and where its files are.
fn table(summary: &ComparisonSummary, folder: &Path) -> String {
    let mut text = String::new();
    let several = summary.pairs.len() > 1;
    for pair in &summary.pairs {
        let named = several.then(|| format!("{}, {} split\n", pair.pair, pair.split));
        text += &named.unwrap_or_default();
        text += &pair_table(pair).to_string();
        if let Some(remark) = pair.remark_on_repeats() {
            text += &format!("{remark}\n");
        }
        if !pair.variants.is_empty() {
            text += &format!("\nOne option changed:\n{}", variant_table(pair));
        }
        text += if several { "\n" } else { "" };
    }
    if several {
        for overall in &summary.overall {
            let (title, table) = overall_table(overall, summary.unit);
            write!(text, "{title}\n{table}\n").expect("text takes every character");
        }
        for overall in &summary.overall_variants {
            let (title, table) = overall_variant_table(overall, summary.unit);
            write!(text, "{title}\n{table}\n").expect("text takes every character");
        }
    }
    for remark in summary.remarks_on_intervals() {
        text += &format!("\n{}\n", wrapped(&remark));
    }
    let (what, unit) = match &summary.pairs[..] {
        [only] => (
            format!("{} ({} split)", only.target, only.split),
            "its table's unit",
        ),
        _ => ("each target".to_owned(), "the unit of its table"),
    };
    write!(
        text,
        "\nTest rows of {what}, mean ± standard error over splits, in {unit}.\n\
         {} holds results.csv, summary.json, report.html and jobs/.\n",
        folder.display()
    )
    .expect("text takes every character");
    text
}

/// What a ratio of a variant is to.
const AS_IT_IS: &str = "RMSE / as it is";

/// A table whose last columns are a ratio with what is known of it: see [`with_interval`].
fn ratio_table(left: usize, named: &[&str]) -> TextTable {
    let of_ratio = ["95 % interval", "wins/ties/losses", "p"];
    TextTable::new(left, &[named, &of_ratio].concat())
}

/// One pair, a row per method.
fn pair_table(pair: &PairSummary) -> TextTable {
    let first = pair.methods[0].method.as_str();
    let against = format!("RMSE / {first}");
    let named = [
        "method", "splits", "RMSE", "MAE", "R2", "Spearman", &against,
    ];
    let mut table = ratio_table(1, &named);
    for method in &pair.methods {
        let ratio = method.ratio.as_ref().map(|ratio| &ratio.estimate);
        let ratio = ratio.map_or_else(alone, |ratio| with_interval(ratio, Unit::Split));
        let spreads = [method.rmse, method.mae, method.r2, method.spearman].map(with_se);
        let named = [method.method.as_str().to_owned(), method.rmse.n.to_string()];
        table.row(named.into_iter().chain(spreads).chain(ratio));
    }
    table
}

/// The pair's variants, a row each.
fn variant_table(pair: &PairSummary) -> TextTable {
    let named = ["method", "changed", "splits", "RMSE", "MAE", AS_IT_IS];
    let mut table = ratio_table(2, &named);
    for variant in &pair.variants {
        let change = &variant.change;
        let method = change.method.as_str().to_owned();
        let named = [method, change.variant.clone(), variant.rmse.n.to_string()];
        let spreads = [variant.rmse, variant.mae].map(with_se);
        let ratio = with_interval(&variant.ratio.estimate, Unit::Split);
        table.row(named.into_iter().chain(spreads).chain(ratio));
    }
    table
}

/// The variants over all pairs, with a title.
fn overall_variant_table(overall: &OverallVariants, unit: Unit) -> (String, TextTable) {
    let mut table = ratio_table(2, &["method", "changed", AS_IT_IS]);
    for OverallVariant { change, ratio } in &overall.variants {
        let named = [change.method.as_str().to_owned(), change.variant.clone()];
        let ratio = with_interval(&ratio.estimate, unit);
        table.row(named.into_iter().chain(ratio));
    }
    let title = format!("One option changed, {}", kind_of_split(&overall.split));
    (title, table)
}

/// The methods over all pairs, with a title.
fn overall_table(overall: &Overall, unit: Unit) -> (String, TextTable) {
    let units = unit.plural();
    let title = format!(
        "Over {units}, {} (ranks of the {} {units} with a result of every method{}; {} is the critical difference of \
         average ranks)",
        kind_of_split(&overall.split),
        overall.units,
        without_rank(&overall.unranked),
        short(overall.critical_difference)
    );
    let against = format!("RMSE / {}", overall.methods[0].method.as_str());
    let mut table = ratio_table(1, &["method", "average rank", &against]);
    for method in &overall.methods {
        let ratio = method.ratio.as_ref().map(|ratio| &ratio.estimate);
        let ratio = ratio.map_or_else(alone, |ratio| with_interval(ratio, unit));
        let named = [
            method.method.as_str().to_owned(),
            short(method.average_rank),
        ];
        table.row(named.into_iter().chain(ratio));
    }
    (title, table)
}

/// Names the methods that ranks leave out.
fn without_rank(methods: &[MethodName]) -> String {
    if methods.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    format!(" but {}, which finished no job", names.join(", "))
}

fn kind_of_split(split: &str) -> String {
    match split {
        EVERY_SPLIT => "every split".to_owned(),
        split => format!("{split} split"),
    }
}

/// The first method beside itself.
fn alone() -> [String; 4] {
    ["1", "", "", ""].map(str::to_owned)
}

/// Ratio, interval, units won, equal and lost, and the corrected probability.
fn with_interval(ratio: &RatioEstimate, unit: Unit) -> [String; 4] {
    let ends = [ratio.low, ratio.high];
    [
        short(ratio.geometric_mean),
        interval_words(ends, ratio.units(), unit.singular()),
        ratio.wins_ties_losses.map(|n| n.to_string()).join("/"),
        short(ratio.p_holm),
    ]
}

fn with_se(spread: Spread) -> String {
    if spread.se.is_nan() {
        short(spread.mean)
    } else {
        format!("{} ± {}", short(spread.mean), short(spread.se))
    }
}
