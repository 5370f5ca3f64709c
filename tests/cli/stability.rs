//! `geogate geometry --against`: similarities recomputed from the surveys of each model, refusals.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

const CURVED: &str = "--latent-dim 2 --lf-dim 3";

fn tiny(options: &str) -> String {
    TINY.replace("--latent-dim 2 --lf-dim 2", options)
}

fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// The folder `run`.
fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out run {}", tiny(CURVED)));
    scratch
}

/// CKA by its definition on the latent vectors that two surveys print.
#[test]
fn models_of_one_target_are_set_beside_each_other() {
    let scratch = trained();
    scratch.write("vc.csv", scratch.read("tb.csv"));
    let other = tiny("--latent-dim 3 --lf-dim 4 --seed 7");
    scratch.succeed(&format!("train {TABLES} --out seed {other}"));
    scratch.succeed(&format!(
        "train --task vc=vc.csv --task tc=tc.csv --target tc --out source {}",
        tiny(CURVED)
    ));
    let answer = scratch.succeed("geometry --model run --out geo --overlap-tolerance 1e6 --quiet --points 20 --against seed source");
    assert!(answer.stdout.contains("CKA of tc"), "{}", answer.stdout);
    let summary: Value = serde_json::from_str(&scratch.read("geo/geometry.json")).unwrap();
    let report = scratch.read("geo/report.html");
    assert!(report.contains("Stability of tc"), "{report}");
    let found = rows(&scratch.read("geo/stability.csv"));
    let names: Vec<[&str; 2]> = found
        .iter()
        .map(|row| ["model_a", "model_b"].map(|column| row[column].as_str()))
        .collect();
    assert_eq!(
        names,
        [["run", "seed"], ["run", "source"], ["seed", "source"]]
    );
    // the same molecules, looked at by each model alone
    let mut molecules = vec!["smiles".to_owned()];
    let points = rows(&scratch.read("geo/points.csv"));
    molecules.extend(points.iter().step_by(2).map(|row| row["molecule"].clone()));
    scratch.write("sample.csv", molecules.join("\n"));
    let latents = |model: &str| -> Vec<Vec<f64>> {
        let arguments = "--input sample.csv --out alone --overlap-tolerance 1e6 --quiet --force";
        scratch.succeed(&format!("geometry --model {model} {arguments}"));
        let points = rows(&scratch.read("alone/points.csv"));
        let own = points.iter().filter(|row| row["task"] == "tc");
        own.map(|row| {
            row["latent"]
                .split(';')
                .map(|z| z.parse().unwrap())
                .collect()
        })
        .collect()
    };
    let median =
        |summary: &Value, of: &str| summary[of][0]["everywhere"]["isometry"]["p50"].clone();
    for row in &found {
        let [x, y] = ["model_a", "model_b"].map(|column| latents(&row[column]));
        let got: f64 = row["cka"].parse().unwrap();
        let want = cka(&x, &y);
        assert!((got - want).abs() < 1e-9, "{row:?} {want}");
        assert!(got > 0.0 && got < 1.0 + 1e-12, "{row:?}");
        // the defects of the last model are those of its own survey
        let alone: Value = serde_json::from_str(&scratch.read("alone/geometry.json")).unwrap();
        let place = if row["model_b"] == "seed" { 1 } else { 2 };
        let beside = &summary["stability"]["models"][place];
        assert_eq!(beside["transitions"][0]["from"], alone["pairs"][0]["from"]);
        assert_eq!(median(beside, "transitions"), median(&alone, "pairs"));
    }
}

/// Sums over pairs of columns of squared covariances, over the like of each side with itself.
fn cka(x: &[Vec<f64>], y: &[Vec<f64>]) -> f64 {
    let column = |x: &[Vec<f64>], k: usize| -> Vec<f64> {
        let mean = x.iter().map(|z| z[k]).sum::<f64>() / x.len() as f64;
        x.iter().map(|z| z[k] - mean).collect()
    };
    let squares = |x: &[Vec<f64>], y: &[Vec<f64>]| -> f64 {
        let pairs = (0..x[0].len()).flat_map(|i| (0..y[0].len()).map(move |j| (i, j)));
        let product = |(i, j)| {
            let (a, b) = (column(x, i), column(y, j));
            a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>()
        };
        pairs.map(|pair| product(pair).powi(2)).sum()
    };
    squares(x, y) / (squares(x, x) * squares(y, y)).sqrt()
}

#[test]
fn models_that_cannot_be_set_beside_are_refused_by_name() {
    let scratch = trained();
    let table = scratch.read("tb.csv");
    scratch.write("vc.csv", &table);
    let numbers: Vec<String> = (0..100)
        .map(|k| format!("{k},{},{}", k % 7, 3 * k % 11))
        .collect();
    scratch.write("wide.csv", format!("x,tb,tc\n{}\n", numbers.join("\n")));
    let tiny = tiny(CURVED);
    scratch.succeed(&format!(
        "train --task tb=tb.csv --task vc=vc.csv --target vc --out other {tiny}"
    ));
    scratch.succeed(&format!("train {TABLES} --method mtl --out mtl {TINY}"));
    scratch.succeed(&format!(
        "train --data wide.csv --features x --target tc --source tb --out wide {tiny}"
    ));
    for (against, words) in [
        ("absent", &["absent", "geogate train"][..]),
        ("other", &["--against other", "no task `tc`", "tb, vc"]),
        ("mtl", &["--against mtl", "no latent charts"]),
        ("wide", &["--against wide", "the column x", "molecules"]),
        ("run", &["--against run", "a second time"]),
    ] {
        scratch.refused(
            &format!("geometry --model run --out geo --against {against}"),
            words,
        );
        assert!(!scratch.path("geo").exists(), "{against}");
    }
}
