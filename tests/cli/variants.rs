//! `geogate compare --vary`, `--sensitivity`, `--ablate`: methods with one option changed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

type Row = BTreeMap<String, String>;

fn rows(scratch: &Scratch) -> Vec<Row> {
    let text = scratch.read("cmp/results.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn summary(scratch: &Scratch) -> Value {
    serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap()
}

/// Errors of a method under a variant, by seed.
fn errors(rows: &[Row], method: &str, variant: &str) -> Vec<f64> {
    let own = rows
        .iter()
        .filter(|row| row["method"] == method && row["variant"] == variant);
    own.map(|row| row["rmse"].parse().unwrap()).collect()
}

#[track_caller]
fn assert_near(got: &Value, want: f64) {
    let got = got.as_f64().unwrap();
    assert!((got - want).abs() <= 1e-12 * want.abs(), "{got} {want}");
}

/// Ratios are to the same method on the same split, and can be computed again from the rows.
#[test]
fn variants_are_paired_with_the_method_as_it_is() {
    let scratch = Scratch::new();
    scratch.succeed(&format!(
        "compare {TABLES} {TINY} --methods ridge,stl,gate --seeds 3 --vary corrupt-share=0.2,0.4 --vary delta=x10 \
         --out cmp"
    ));
    let rows = rows(&scratch);
    // three methods as they are, each under two shares, and gate with another weight
    assert_eq!(rows.len(), 3 * (3 + 2 * 3 + 1));
    assert!(
        rows.iter()
            .all(|row| row["method"] == "gate" || row["variant"] != "delta=x10")
    );
    let gate = rows
        .iter()
        .find(|row| row["variant"] == "delta=x10")
        .unwrap();
    assert!(gate["options"].contains("delta=10"), "{}", gate["options"]);
    let summary = summary(&scratch);
    let variants = summary["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 7);
    for variant in variants {
        let [method, name] = ["method", "variant"].map(|key| variant[key].as_str().unwrap());
        let (changed, own) = (errors(&rows, method, name), errors(&rows, method, ""));
        assert_eq!((changed.len(), own.len()), (3, 3));
        let logs: Vec<f64> = changed
            .iter()
            .zip(&own)
            .map(|(a, b)| (a / b).ln())
            .collect();
        assert_near(&variant["rmse"]["mean"], changed.iter().sum::<f64>() / 3.0);
        let mean = (logs.iter().sum::<f64>() / 3.0).exp();
        assert_near(&variant["ratio"]["geometric_mean"], mean);
        assert_eq!(variant["ratio"]["to"], method);
        // one pair: its splits are the units
        let overall = summary["overall_variants"][0]["variants"]
            .as_array()
            .unwrap();
        let same = |v: &&Value| v["method"] == method && v["variant"] == name;
        let overall = overall.iter().find(same).unwrap();
        assert_near(&overall["ratio"]["geometric_mean"], mean);
    }
    // the methods as they are stand alone in the rest
    assert_eq!(summary["methods"][2]["rmse"]["n"], 3);
    assert_eq!(summary["overall"][0]["units"], 3);
    let page = scratch.read("cmp/report.html");
    for words in [
        "One option changed",
        "by corrupt_share",
        "delta=x10",
        "all variants of all methods",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

/// A comparison grows by variants, and what is finished stays.
#[test]
fn losses_are_left_out_one_by_one() {
    let scratch = Scratch::new();
    scratch.succeed(&format!(
        "compare {TABLES} {TINY} --methods stl,gate --out cmp"
    ));
    let kept = scratch.bytes("cmp/jobs/gate-seed0-fold0.json");
    scratch.succeed("compare --out cmp --resume --ablate --quiet");
    assert_eq!(scratch.bytes("cmp/jobs/gate-seed0-fold0.json"), kept);
    let variants: Vec<String> = rows(&scratch)
        .iter()
        .map(|row| row["variant"].clone())
        .collect();
    assert_eq!(
        variants,
        ["", "", "alpha=0", "beta=0", "gamma=0", "delta=0"]
    );
    let own = summary(&scratch)["variants"][0].clone();
    assert_eq!(
        (own["value"].as_f64(), own["own"].as_f64()),
        (Some(0.0), Some(1.0))
    );
    // the job with the weight is the run with the weight
    scratch.succeed(&format!(
        "train {TABLES} {TINY} --method gate --delta 0 --out run"
    ));
    let metrics: Value = serde_json::from_str(&scratch.read("run/metrics.json")).unwrap();
    let row = rows(&scratch).pop().unwrap();
    let rmse: f64 = row["rmse"].parse().unwrap();
    assert_eq!(metrics["tasks"]["tc"]["test"]["rmse"].as_f64(), Some(rmse));
}

/// A search under a variant draws everything but what the variant changes.
#[test]
fn a_search_leaves_the_varied_option() {
    let scratch = Scratch::new();
    scratch.succeed(&format!(
        "compare {TABLES} {TINY} --methods gate --tune 4 --vary balance=0.25 --vary delta=0 --out cmp"
    ));
    let draws = |variant: &str| -> Vec<String> {
        let record = scratch.read(&format!("cmp/jobs/gate{variant}-seed0-fold0.json"));
        let record: Value = serde_json::from_str(&record).unwrap();
        let draws = record["draws"].as_array().unwrap().iter();
        draws
            .map(|draw| format!("{} ", draw["options"].as_str().unwrap()))
            .collect()
    };
    for (variant, option) in [
        ("@balance=0.25", " balance=0.25 "),
        ("@delta=0", " delta=0.0 "),
    ] {
        let (varied, own) = (draws(variant), draws(""));
        assert_eq!((varied.len(), own.len()), (4, 4));
        assert!(
            varied.iter().all(|draw| draw.contains(option)),
            "{varied:?}"
        );
        assert!(!own.iter().any(|draw| draw.contains(option)), "{own:?}");
        // what is drawn beside it is drawn as without it
        let rate = |draw: &String| {
            let of = |word: &&str| word.starts_with("lr=");
            draw.split(' ').find(of).map(str::to_owned)
        };
        assert!(own[1..].iter().all(|draw| rate(draw).is_some()), "{own:?}");
        assert!(varied.iter().map(rate).eq(own.iter().map(rate)));
    }
}

#[test]
fn what_cannot_be_varied_is_refused() {
    let scratch = Scratch::new();
    let base = format!("compare {TABLES} {TINY} --out cmp");
    for (vary, words) in [
        ("--vary dleta=1", "`dleta` is no option"),
        ("--vary delta", "no `=`"),
        ("--vary hidden=0.5", "a whole number"),
        (
            "--vary delta=0.1 --methods stl,mtl",
            "changes nothing of any method",
        ),
        ("--vary lf-dim=1 --methods gate", "lf-dim"),
    ] {
        scratch.refused(&format!("{base} {vary}"), &[words]);
    }
    assert!(!scratch.path("cmp").exists());
}
