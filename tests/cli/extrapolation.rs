//! Errors by distance from the training rows once more, from `jobs/` alone.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

const METHODS: [&str; 2] = ["stl", "ridge"];

/// A test row of a job: how far it lies by each measure, and its squared error.
struct Found {
    label: f64,
    square: f64,
    molecule: String,
    trained: Vec<String>,
}

/// The test rows of a method over both seeds.
fn tested(scratch: &Scratch, method: &str) -> Vec<Found> {
    let mut all = Vec::new();
    for seed in 0..2 {
        let text = scratch.read(&format!("cmp/jobs/{method}-seed{seed}-fold0.csv"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<BTreeMap<String, String>> =
            reader.deserialize().map(Result::unwrap).collect();
        let number = |row: &BTreeMap<String, String>, name: &str| row[name].parse::<f64>().unwrap();
        let of = |part: &str| {
            let part = part.to_owned();
            rows.iter()
                .filter(move |row| row["task"] == "tc" && row["split"] == part)
        };
        let labels: Vec<f64> = of("train").map(|row| number(row, "y_true")).collect();
        let n = labels.len() as f64;
        let (sum, squares) = labels
            .iter()
            .fold((0.0, 0.0), |(s, q), y| (s + y, q + y * y));
        let std = (squares / n - (sum / n).powi(2)).sqrt();
        let low = labels.iter().copied().reduce(f64::min).unwrap();
        let high = labels.iter().copied().reduce(f64::max).unwrap();
        all.extend(of("test").map(|row| {
            let y = number(row, "y_true");
            let beyond = if y < low {
                low - y
            } else {
                (y - high).max(0.0)
            };
            Found {
                label: beyond / std,
                square: (number(row, "y_pred") - y).powi(2),
                molecule: row["smiles"].clone(),
                trained: of("train").map(|row| row["smiles"].clone()).collect(),
            }
        }));
    }
    all
}

#[track_caller]
fn assert_bin(bin: &Value, method: &str, squares: &[f64]) {
    let errors = bin["errors"].as_array().unwrap();
    let own = errors.iter().find(|error| error["method"] == method);
    let Some(own) = own else {
        assert!(squares.is_empty(), "{method}: {bin}");
        return;
    };
    assert_eq!(own["n"], squares.len(), "{method}: {bin}");
    let want = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    let got = own["rmse"].as_f64().unwrap();
    assert!((got / want - 1.0).abs() < 1e-9, "{method}: {got} {want}");
}

#[test]
fn every_bin_can_be_computed_again() {
    let scratch = Scratch::new();
    let options = TINY.replace("--split random", "--split extrapolate");
    let methods = METHODS.join(",");
    scratch.succeed(&format!(
        "compare {TABLES} {options} --methods {methods} --seeds 2 --out cmp"
    ));
    let summary: Value = serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap();
    let found = &summary["extrapolation"];
    let ends = [0.0, 0.25, 0.5, 1.0, f64::INFINITY];
    let mut outside = 0;
    for method in METHODS {
        let rows = tested(&scratch, method);
        let mut below = f64::NEG_INFINITY;
        for (bin, end) in found["label_distance"].as_array().unwrap().iter().zip(ends) {
            let inside = |row: &&Found| row.label > below && row.label <= end;
            let squares: Vec<f64> = rows.iter().filter(inside).map(|row| row.square).collect();
            assert_bin(bin, method, &squares);
            outside += if end > 0.0 { squares.len() } else { 0 };
            below = end;
        }
        // alkanes and alcohols without rings: the group of a molecule is the number of its heavy atoms in a chain
        let size = |molecule: &str| molecule.len();
        for (seen, bin) in found["group_seen"].as_array().unwrap().iter().enumerate() {
            let in_bin = |row: &&Found| {
                let known = row
                    .trained
                    .iter()
                    .any(|other| size(other) == size(&row.molecule));
                known == (seen == 1)
            };
            let squares: Vec<f64> = rows.iter().filter(in_bin).map(|row| row.square).collect();
            assert_bin(bin, method, &squares);
        }
        let novelty = found["novelty"].as_array().unwrap();
        let counted = novelty
            .iter()
            .flat_map(|bin| bin["errors"].as_array().unwrap());
        let own = counted.filter(|error| error["method"] == method);
        let all: u64 = own.map(|error| error["n"].as_u64().unwrap()).sum();
        assert_eq!(all as usize, rows.len(), "novelty counts every row once");
    }
    assert!(outside > 10, "{found}");
    let report = scratch.read("cmp/report.html");
    assert!(report.contains("how far the label lies outside the range"));
}

#[test]
fn tables_of_numbers_have_labels_and_declared_groups_alone() {
    let scratch = Scratch::new();
    let line = |k: usize| format!("{k},{},{},g{}", k % 7, 3 * k % 11, k % 12);
    let lines: Vec<String> = (0..80).map(line).collect();
    scratch.write("wide.csv", format!("x,tb,tc,g\n{}\n", lines.join("\n")));
    let base = format!(
        "compare --data wide.csv --features x --target tc --source tb {TINY} --methods ridge"
    );
    let found = |options: &str| {
        scratch.succeed(&format!("{base} {options} --force --out cmp"));
        let summary: Value = serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap();
        ["label_distance", "novelty", "group_seen"]
            .map(|name| !summary["extrapolation"][name].is_null())
    };
    assert_eq!(found(""), [true, false, false]);
    assert_eq!(found("--group g"), [true, false, true]);
}
