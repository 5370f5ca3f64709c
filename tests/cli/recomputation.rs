//! Every number of a comparison once more, from `results.csv` and `jobs/` alone.

use std::collections::BTreeMap;

use geogate::evaluate::bootstrap;
use geogate::evaluate::ranks::critical_difference;
use geogate::evaluate::signed_rank::{holm, wilcoxon};
use geogate::train::metrics::Scores;
use serde_json::Value;

use super::scratch::{Scratch, TINY};

const METHODS: [&str; 3] = ["stl", "mtl", "ridge"];

/// A row of results.csv by its columns.
type Row = BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

/// Two pairs, each split twice; the second under options of its own.
fn compared() -> Scratch {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("tables")).unwrap();
    for table in ["tb.csv", "tc.csv"] {
        scratch.write(&format!("tables/{table}"), scratch.read(table));
    }
    scratch.write(
        "tables/pairs.toml",
        "split = [\"random\", \"extrapolate\"]\n\
         [[pair]]\nname = \"critical\"\ntarget = \"tc=tc.csv\"\nsources = [\"tb=tb.csv\"]\n\
         [[pair]]\ntarget = \"tb=tb.csv\"\nsources = [\"tc=tc.csv\"]\nmax_rows = { tb = 70 }\n\
         [pair.training]\nepochs = 3\n",
    );
    let options = TINY.replace("--split random ", "");
    let methods = METHODS.join(",");
    scratch.succeed(&format!(
        "compare --pairs tables/pairs.toml {options} --methods {methods} --seeds 3 --out cmp"
    ));
    scratch
}

#[track_caller]
fn assert_near(got: &Value, want: f64, what: &str) {
    match got.as_f64() {
        Some(got) => assert!(
            (got - want).abs() <= 1e-12 * want.abs().max(1e-3),
            "{what}: {got} {want}"
        ),
        None => assert!(got.is_null() && want.is_nan(), "{what}: {got} {want}"),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn every_number_can_be_computed_again() {
    let scratch = compared();
    let results = rows(&scratch.read("cmp/results.csv"));
    assert_eq!(results.len(), 2 * 2 * METHODS.len() * 3);
    let summary: Value = serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap();
    scores_come_from_the_predictions(&scratch, &results);
    let pairs = summary["pairs"].as_array().unwrap();
    let order: Vec<(&str, &str)> = pairs
        .iter()
        .map(|pair| {
            (
                pair["target"].as_str().unwrap(),
                pair["split"].as_str().unwrap(),
            )
        })
        .collect();
    let kinds = ["random", "extrapolate"];
    assert_eq!(
        order,
        [
            ("tc", kinds[0]),
            ("tc", kinds[1]),
            ("tb", kinds[0]),
            ("tb", kinds[1])
        ]
    );
    for (pair, (target, split)) in pairs.iter().zip(order) {
        let own = |row: &&Row| row["target"] == target && row["split"] == split;
        pair_comes_from_the_results(pair, &results.iter().filter(own).collect::<Vec<_>>());
    }
    let overall = summary["overall"].as_array().unwrap();
    for (overall, split) in overall.iter().zip(["all", "random", "extrapolate"]) {
        assert_eq!(overall["split"], split);
        let own = |row: &&Row| split == "all" || row["split"] == split;
        overall_comes_from_the_results(overall, &results.iter().filter(own).collect::<Vec<_>>());
    }
    assert_eq!(overall.len(), 3);
}

/// The scores of each row, from the job's predictions.
fn scores_come_from_the_predictions(scratch: &Scratch, results: &[Row]) {
    for row in results {
        let file = format!("cmp/jobs/{}.csv", row["job"]);
        let predictions = rows(&scratch.read(&file));
        let scores = |part: &str| {
            let own = |p: &&Row| p["split"] == part && p["task"] == row["target"];
            let values = predictions.iter().filter(own);
            let (truth, predicted): (Vec<f64>, Vec<f64>) = values
                .map(|p| (number(p, "y_true"), number(p, "y_pred")))
                .unzip();
            Scores::of(&truth, &predicted)
        };
        let (test, val) = (scores("test"), scores("val"));
        for (column, want) in [
            ("rmse", test.rmse),
            ("mae", test.mae),
            ("r2", test.r2),
            ("pearson", test.pearson),
            ("spearman", test.spearman),
            ("val_rmse", val.rmse),
            ("n_test", test.n as f64),
            ("n_val", val.n as f64),
            ("n_train", scores("train").n as f64),
        ] {
            let got = row[column].parse().unwrap_or(f64::NAN);
            assert!(
                got == want || got.is_nan() && want.is_nan(),
                "{file}: {column}"
            );
        }
    }
}

/// Errors of a method in the order of seeds and folds.
fn errors<'a>(results: &[&'a Row], method: &str) -> Vec<(&'a str, f64)> {
    let own = results.iter().filter(|row| row["method"] == method);
    own.map(|row| (row["target"].as_str(), number(row, "rmse")))
        .collect()
}

fn logs<'a>(results: &[&'a Row], method: &str) -> Vec<(&'a str, f64)> {
    let (own, first) = (errors(results, method), errors(results, METHODS[0]));
    let log = |(&(target, own), &(_, first)): (&(&'a str, f64), &(&str, f64))| {
        (target, (own / first).ln())
    };
    own.iter().zip(&first).map(log).collect()
}

fn pair_comes_from_the_results(pair: &Value, results: &[&Row]) {
    let mut probabilities = Vec::new();
    for (index, method) in METHODS.iter().enumerate() {
        let summary = &pair["methods"][index];
        assert_eq!(summary["method"], *method);
        for column in ["rmse", "mae", "r2", "pearson", "spearman", "val_rmse"] {
            let own = results.iter().filter(|row| row["method"] == *method);
            let values: Vec<f64> = own
                .map(|row| row[column].parse().unwrap_or(f64::NAN))
                .collect();
            let centre = mean(&values);
            let squares: f64 = values.iter().map(|v| (v - centre).powi(2)).sum();
            assert_near(&summary[column]["mean"], centre, column);
            assert_near(&summary[column]["sd"], (squares / 2.0).sqrt(), column);
            assert_near(&summary[column]["se"], (squares / 6.0).sqrt(), column);
        }
        if index == 0 {
            assert!(summary["ratio"].is_null());
            continue;
        }
        let ratio = &summary["ratio"];
        let logs: Vec<f64> = logs(results, method)
            .into_iter()
            .map(|(_, log)| log)
            .collect();
        assert_near(&ratio["geometric_mean"], mean(&logs).exp(), "ratio");
        interval_and_wins(ratio, &logs);
        assert_near(&ratio["p"], wilcoxon(&logs), "p");
        probabilities.push(wilcoxon(&logs));
    }
    for (index, p) in holm(&probabilities).into_iter().enumerate() {
        assert_near(&pair["methods"][index + 1]["ratio"]["p_holm"], p, "Holm");
    }
}

fn interval_and_wins(ratio: &Value, logs: &[f64]) {
    let [low, high] = bootstrap::interval(logs, 0.95);
    assert_near(&ratio["low"], low.exp(), "low");
    assert_near(&ratio["high"], high.exp(), "high");
    let count = |wanted: fn(&f64) -> bool| logs.iter().filter(|l| wanted(l)).count();
    let counts = [
        count(|l| *l < 0.0),
        count(|l| *l == 0.0),
        count(|l| *l > 0.0),
    ];
    assert_eq!(ratio["wins_ties_losses"], Value::from(counts.to_vec()));
}

fn overall_comes_from_the_results(overall: &Value, results: &[&Row]) {
    let targets = ["tc", "tb"];
    let of = |values: &[(&str, f64)], target: &str| -> Vec<f64> {
        let own = values.iter().filter(|(name, _)| *name == target);
        own.map(|&(_, value)| value).collect()
    };
    assert_eq!(overall["units"], 2);
    assert_near(
        &overall["critical_difference"],
        critical_difference(METHODS.len(), 2, 0.05),
        "critical difference",
    );
    let log_error = |method: &str, target: &str| {
        let errors = of(&errors(results, method), target);
        errors.iter().map(|e| e.ln()).sum::<f64>()
    };
    for (index, method) in METHODS.iter().enumerate() {
        let summary = &overall["methods"][index];
        let rank = |target: &&str| {
            let own = log_error(method, target);
            let below = METHODS
                .iter()
                .filter(|m| log_error(m, target) < own)
                .count();
            below as f64 + 1.0
        };
        let average = mean(&targets.iter().map(rank).collect::<Vec<f64>>());
        assert_near(&summary["average_rank"], average, "rank");
        if index > 0 {
            let logs = logs(results, method);
            let means: Vec<f64> = targets.iter().map(|t| mean(&of(&logs, t))).collect();
            let all: Vec<f64> = targets.iter().flat_map(|t| of(&logs, t)).collect();
            assert_near(
                &summary["ratio"]["geometric_mean"],
                mean(&means).exp(),
                "ratio",
            );
            interval_and_wins(&summary["ratio"], &means);
            assert_near(&summary["ratio"]["p"], wilcoxon(&all), "p");
            assert_near(&summary["ratio"]["p_units"], wilcoxon(&means), "p of units");
        }
        for (column, other) in METHODS.iter().enumerate() {
            let (own, other) = (errors(results, method), errors(results, other));
            let wins = own.iter().zip(&other).filter(|(a, b)| a.1 < b.1).count();
            assert_eq!(overall["wins"][index][column], wins);
        }
    }
}

/// The page holds the numbers of the summary, and all that it needs.
#[test]
fn the_page_is_whole_and_light() {
    let scratch = compared();
    let page = scratch.read("cmp/report.html");
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    for foreign in ["<script", "<link", "<img", "@import", "https://"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let named = page.matches("http://").count();
    assert_eq!(named, page.matches("http://www.w3.org/").count());
    for title in [
        "critical, random",
        "tb-from-tc, extrapolate",
        "critical difference",
    ] {
        assert!(page.contains(title), "{title}");
    }
    let summary: Value = serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap();
    for pair in summary["pairs"].as_array().unwrap() {
        for method in pair["methods"].as_array().unwrap() {
            let four_digits = |name: &str| {
                let value = method["rmse"][name].as_f64().unwrap();
                let digits = (3 - value.log10().floor() as i32).max(0) as usize;
                format!("{value:.digits$}")
            };
            let text = format!("<td>{} ± {}</td>", four_digits("mean"), four_digits("se"));
            assert!(page.contains(&text), "{text}");
        }
    }
}

#[test]
fn pairs_are_resumed_and_grow() {
    let scratch = compared();
    assert_eq!(
        scratch.names("cmp/jobs").len(),
        2 * 2 * 2 * METHODS.len() * 3
    );
    let job = "cmp/jobs/critical-random-stl-seed0-fold0.json";
    let kept = scratch.bytes(job);
    let mut file = scratch.read("tables/pairs.toml");
    file.push_str("[[pair]]\nname = \"alone\"\ntarget = \"t=tc.csv\"\nsplit = \"random\"\n");
    scratch.write("tables/pairs.toml", file);
    scratch.succeed("compare --out cmp --resume --quiet");
    assert_eq!(scratch.bytes(job), kept);
    let results = rows(&scratch.read("cmp/results.csv"));
    assert_eq!(results.len(), (2 * 2 + 1) * METHODS.len() * 3);
    let last = &results[results.len() - 1];
    assert_eq!(
        (last["target"].as_str(), last["source"].as_str()),
        ("t", "")
    );
}
