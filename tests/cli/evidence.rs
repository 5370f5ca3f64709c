//! `geogate compare --evidence`: labels of other tasks at rows that are predicted.

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

const SCORES: [&str; 6] = [
    "coverage",
    "width",
    "nlpd",
    "crps",
    "sd_error_rank",
    "expected_rmse",
];

fn column(text: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let at = reader.headers().unwrap().iter().position(|h| h == name);
    let at = at.unwrap_or_else(|| panic!("{name} in {text}"));
    let rows = reader.records();
    rows.map(|row| row.unwrap()[at].to_owned()).collect()
}

/// Lines of a job's predictions of the target, in one part.
fn predicted(scratch: &Scratch, job: &str, part: &str) -> Vec<String> {
    let text = scratch.read(&format!("cmp/jobs/{job}.csv"));
    let of_part = text
        .lines()
        .filter(|line| line.contains(&format!(",{part},tc,")));
    of_part.map(str::to_owned).collect()
}

#[test]
fn evidence_is_given_at_test_rows_alone() {
    let scratch = Scratch::new();
    let compare = format!("compare {TABLES} {TINY} --methods gp-mtl,stl,gp --out cmp");
    scratch.succeed(&compare);
    let plain = scratch.read("cmp/results.csv");
    assert_eq!(column(&plain, "evidence"), ["none"; 3]);
    for name in SCORES {
        let scores = column(&plain, name);
        assert_eq!(scores[1], "", "{name}");
        for score in [&scores[0], &scores[2]] {
            assert!(score.parse::<f64>().is_ok(), "{name}: {score}");
        }
    }
    let job = "gp-mtl-seed0-fold0";
    let [train, test] = ["train", "test"].map(|part| predicted(&scratch, job, part));
    let kept = scratch.read(&format!("cmp/jobs/{job}.csv"));
    assert!(!kept.contains(",tb,"), "{kept}");
    let stl = scratch.bytes("cmp/jobs/stl-seed0-fold0.json");
    assert!(!scratch.read("cmp/config.toml").contains("evidence"));

    scratch.succeed("compare --out cmp --resume --evidence given");
    let given = scratch.read("cmp/results.csv");
    assert_eq!(column(&given, "evidence"), ["given", "none", "none"]);
    assert!(
        scratch
            .read("cmp/config.toml")
            .contains("evidence = \"given\"")
    );
    assert_eq!(predicted(&scratch, job, "train"), train);
    let conditioned = predicted(&scratch, job, "test");
    assert_eq!(conditioned.len(), test.len());
    assert!(conditioned.iter().zip(&test).all(|(a, b)| a != b));
    // what has no use for it is not run again
    assert_eq!(scratch.bytes("cmp/jobs/stl-seed0-fold0.json"), stl);
    let record: Value =
        serde_json::from_str(&scratch.read(&format!("cmp/jobs/{job}.json"))).unwrap();
    let notes = record["notes"].as_array().unwrap().iter();
    let words = format!("given at {0} of {0} test rows", test.len());
    assert!(
        notes
            .filter_map(Value::as_str)
            .any(|note| note.contains(&words)),
        "{record}"
    );
    // error bars are read back as they were
    scratch.succeed("compare --out cmp --resume");
    assert_eq!(scratch.read("cmp/results.csv"), given);
}

fn json(scratch: &Scratch, file: &str) -> Value {
    serde_json::from_str(&scratch.read(file)).unwrap()
}

/// Equal but for rounding: products of matrices may round differently where rows have other company. An ulp, 2e-16, may
/// grow by the condition of a covariance; 5e6 times that is allowed.
#[track_caller]
fn assert_near(got: &Value, want: f64) {
    let got = got.as_f64().unwrap();
    assert!((got - want).abs() <= 1e-9 * want.abs(), "{got} {want}");
}

#[test]
fn the_page_and_the_summary_have_error_bars() {
    let scratch = Scratch::new();
    scratch.succeed(&format!(
        "compare {TABLES} {TINY} --methods stl,gp-mtl --seeds 2 --out cmp"
    ));
    let page = scratch.read("cmp/report.html");
    assert!(page.contains("Evidence is not given") && page.contains("<h2>Error bars</h2>"));
    for words in [
        "share that intervals are to hold",
        "the most trusted last",
        "coverage of 90 %",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("Without and with measured labels"));
    let summary = json(&scratch, "cmp/summary.json");
    assert!(summary["evidence"].is_null() && summary["overall_evidence"].is_null());
    let [bars] = &summary["uncertainty"].as_array().unwrap()[..] else {
        panic!("{summary}")
    };
    assert_eq!(bars["method"], "gp-mtl");
    assert_eq!(bars["splits"], 2);
    let rows = [0, 1].map(|seed| json(&scratch, &format!("cmp/jobs/gp-mtl-seed{seed}-fold0.json")));
    let held: u64 = (rows.iter())
        .map(|record| record["levels"][4]["held"].as_u64().unwrap())
        .sum();
    let n: u64 = (rows.iter())
        .map(|record| record["test"]["n"].as_u64().unwrap())
        .sum();
    let (scores, share) = (&bars["scores"], &bars["levels"][4]);
    assert_eq!((&scores["n"], &share["level"]), (&n.into(), &0.9.into()));
    assert_eq!(scores["coverage"], held as f64 / n as f64);
    assert_eq!(scores["coverage"], share["coverage"]);
}

#[test]
fn both_protocols_stand_side_by_side() {
    let scratch = Scratch::new();
    let compare = format!("compare {TABLES} {TINY} --methods gp-mtl,stl");
    scratch.succeed(&format!("{compare} --out plain"));
    scratch.succeed(&format!("{compare} --out cmp --evidence given"));
    let rmse = |folder: &str| -> f64 {
        let text = scratch.read(&format!("{folder}/results.csv"));
        column(&text, "rmse")[0].parse().unwrap()
    };
    let (without, given) = (rmse("plain"), rmse("cmp"));
    let record = json(&scratch, "cmp/jobs/gp-mtl-seed0-fold0.json");
    assert_near(&record["without_evidence"]["rmse"], without);
    let page = scratch.read("cmp/report.html");
    assert!(page.contains("Evidence is given"));
    assert!(page.contains("Without and with measured labels"));
    let summary = json(&scratch, "cmp/summary.json");
    assert_eq!(summary["evidence"], summary["overall_evidence"]);
    let [gp, stl] = [&summary["evidence"][0], &summary["evidence"][1]];
    assert_eq!(
        (&gp["method"], &stl["method"]),
        (&"gp-mtl".into(), &"stl".into())
    );
    assert_eq!(gp["without"], 1.0);
    let ratio = gp["given"].as_f64().unwrap();
    assert!((ratio / (given / without) - 1.0).abs() < 1e-12, "{ratio}");
    assert_eq!(stl["without"], stl["given"]);
    // what was expected is without evidence, and is compared with that
    let plain = json(&scratch, "plain/summary.json");
    let expected = |of: &Value| of["uncertainty"][0]["expected_over_test"].clone();
    assert_near(&expected(&summary), expected(&plain).as_f64().unwrap());
}

#[test]
fn methods_without_a_gaussian_process_are_as_without() {
    let scratch = Scratch::new();
    let compare = format!("compare {TABLES} {TINY} --methods stl,ridge");
    scratch.succeed(&format!("{compare} --out plain"));
    scratch.succeed(&format!("{compare} --out cmp --evidence given"));
    assert_eq!(
        scratch.read("cmp/results.csv"),
        scratch.read("plain/results.csv")
    );
    for job in ["stl-seed0-fold0", "ridge-seed0-fold0"] {
        let of =
            |folder: &str, ending: &str| scratch.read(&format!("{folder}/jobs/{job}.{ending}"));
        assert_eq!(of("cmp", "csv"), of("plain", "csv"));
        assert!(of("cmp", "json").contains("No Gaussian process reads this method"));
        for key in ["uncertainty", "expected_rmse", "evidence", "levels"] {
            assert!(!of("plain", "json").contains(key), "{key}");
        }
    }
    let page = scratch.read("cmp/report.html");
    assert!(page.contains("no job had a use for it") && !page.contains("<h2>Error bars</h2>"));
    scratch.refused(
        &format!("{compare} --out other --evidence some"),
        &["given"],
    );
}
