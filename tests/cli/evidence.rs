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
        for key in ["uncertainty", "expected_rmse", "evidence"] {
            assert!(!of("plain", "json").contains(key), "{key}");
        }
    }
    scratch.refused(
        &format!("{compare} --out other --evidence some"),
        &["given"],
    );
}
