//! `train` that chooses by inner folds: lengths, methods, and the fit on every row.

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

fn metrics(scratch: &Scratch, run: &str) -> Value {
    serde_json::from_str(&scratch.read(&format!("{run}/metrics.json"))).unwrap()
}

#[test]
fn auto_says_what_it_chose_and_why() {
    let scratch = Scratch::new();
    let flags = format!(
        "train {TABLES} {TINY} --overlap shared --method auto --head network --inner-folds 2"
    );
    let answer = scratch.succeed(&format!("{flags} --out run"));
    let metrics = metrics(&scratch, "run");
    let inner = &metrics["inner"];
    let chosen = inner["chosen"].as_str().unwrap();
    assert!(["stl", "geogate"].contains(&chosen));
    let ratio = inner["gain"]["ratio"].as_f64().unwrap();
    assert_eq!(ratio < 1.0, chosen == "geogate");
    assert!(metrics.get("final").is_none() && metrics["tasks"]["tc"].get("val").is_none());
    let sentence = format!("Method {chosen} was chosen: geogate is expected to have {ratio:.3}");
    for text in [answer.stdout, scratch.read("run/report.html")] {
        assert!(text.contains(&sentence), "{text}");
    }
    assert!(!scratch.path("run/inner").exists());
    scratch.succeed("predict --model run --input tc.csv --output predicted.csv");
    scratch.refused(
        &format!("{flags} --transfer stl --out other"),
        &["--transfer stl"],
    );
}

#[test]
fn the_final_fit_has_no_scores_of_new_rows() {
    let scratch = Scratch::new();
    let answer = scratch.succeed(&format!(
        "train {TABLES} {TINY} --final --inner-folds 2 --out run"
    ));
    let metrics = metrics(&scratch, "run");
    assert_eq!(metrics["final"], true);
    for task in ["tc", "tb"] {
        let parts: Vec<&String> = metrics["tasks"][task].as_object().unwrap().keys().collect();
        assert_eq!(parts, ["train"], "{task}");
    }
    assert!(
        answer.stdout.contains("Every labelled row trained"),
        "{}",
        answer.stdout
    );
    assert!(!scratch.read("run/predictions.csv").contains(",test,"));
    scratch.succeed("predict --model run --input tc.csv --output predicted.csv");
    scratch.write("final.toml", "[split]\nfinal = true\n");
    scratch.refused(
        &format!("compare {TABLES} {TINY} --config final.toml --out cmp"),
        &["test rows", "final"],
    );
}
