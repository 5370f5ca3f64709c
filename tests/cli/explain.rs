//! `geogate explain`: parts, labels and atoms of one prediction, or why there are none.

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

/// A Gaussian process over locally flat frame and descriptors, of two networks.
fn trained() -> Scratch {
    let scratch = Scratch::new();
    let options = "--head gp --ensemble 2 --precision f64";
    scratch.succeed(&format!("train {TABLES} --out run {TINY} {options}"));
    scratch
}

fn json(scratch: &Scratch, arguments: &str) -> Value {
    let answer = scratch.succeed(&format!("explain --model run {arguments} --json"));
    serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

#[test]
fn parts_labels_and_atoms_are_told() {
    let scratch = trained();
    let found = json(&scratch, "--smiles CCCO --top 3");
    assert_eq!(
        (&found["row"], &found["task"]),
        (&"CCCO".into(), &"tc".into())
    );
    let parts = found["parts"].as_array().unwrap();
    let sum: f64 = parts
        .iter()
        .map(|part| part["value"].as_f64().unwrap())
        .sum();
    let (base, mean) = (
        found["base"].as_f64().unwrap(),
        found["mean"].as_f64().unwrap(),
    );
    assert!((base + sum - mean).abs() < 1e-6 * mean.abs(), "{found}");
    let view = |part: &Value| part["view"].as_str().map(str::to_owned);
    let views: Vec<Option<String>> = parts.iter().map(view).collect();
    let named = ["frame", "descriptors"].map(|name| Some(name.to_owned()));
    assert!(named.iter().all(|name| views.contains(name)), "{views:?}");
    assert_eq!(views.last(), Some(&None));
    assert_eq!(found["labels"].as_array().unwrap().len(), 3);
    assert_eq!(found["atoms"]["values"].as_array().unwrap().len(), 4);
    // a source is explained as well
    assert_eq!(json(&scratch, "--smiles CCCO --target tb")["task"], "tb");
    let text = scratch.succeed("explain --model run --smiles CCCO").stdout;
    for words in [
        "tc of CCCO is predicted to be",
        "network head",
        "labels of",
        "training row",
    ] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn the_prediction_is_that_of_predict() {
    let scratch = trained();
    scratch.write("new.csv", "id,smiles\n1,CC\n2,C1CC\n3,CCCO\n");
    let found = json(&scratch, "--input new.csv --row 3");
    assert_eq!(found["row"], "CCCO");
    let table = scratch
        .succeed("predict --model run --input new.csv")
        .stdout;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let at = reader
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "tc");
    let row = reader.records().nth(2).unwrap().unwrap();
    let mean: f64 = row[at.unwrap()].parse().unwrap();
    assert!((found["mean"].as_f64().unwrap() - mean).abs() < 1e-6 * mean.abs());
    scratch.refused(
        "explain --model run --input new.csv --row 2",
        &["new.csv", "line 3", "ring number 1 is never closed"],
    );
    scratch.refused(
        "explain --model run --input new.csv --row 4",
        &["new.csv has 3 rows, and no row 4"],
    );
}

#[test]
fn the_picture_colours_every_atom() {
    let scratch = trained();
    let explain = "explain --model run --smiles Oc1ccccc1 --svg phenol.svg";
    let answer = scratch.succeed(explain);
    assert!(answer.stdout.contains("phenol.svg"), "{answer:?}");
    let svg = scratch.read("phenol.svg");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert_eq!(svg.matches("<circle").count(), 7);
    assert!(svg.contains("OH") || svg.contains("HO"), "{svg}");
    scratch.refused(explain, &["phenol.svg exists already", "--force"]);
    scratch.succeed(&format!("{explain} --force"));
    let options = "--method gp-mtl";
    scratch.succeed(&format!("train {TABLES} --out alone {TINY} {options}"));
    scratch.refused(
        "explain --model alone --smiles CCO --svg no.svg",
        &["view of a network", "embedding", "--svg"],
    );
    assert!(!scratch.path("no.svg").exists());
    scratch.succeed("explain --model alone --smiles CCO");
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let scratch = trained();
    for (arguments, words) in [
        (
            "--smiles C1CC",
            &["ring number 1 is never closed", "`C1CC`"][..],
        ),
        ("--smiles CCO --target tx", &["no task `tx`", "tb, tc"]),
        (
            "--smiles CCO --features T=300",
            &["`T` is none of its columns", "--features"],
        ),
        ("", &["no molecule is given", "--smiles"]),
        ("--smiles CCO --input tc.csv", &["--input"]),
    ] {
        scratch.refused(&format!("explain --model run {arguments}"), words);
    }
    scratch.succeed(&format!("train {TABLES} --out plain {TINY}"));
    scratch.refused(
        "explain --model plain --smiles CCO",
        &["no Gaussian process", "--head gp"],
    );
}

#[test]
fn a_model_of_numbers_is_explained_by_its_columns() {
    let scratch = Scratch::new();
    let rows: String = (0..80)
        .map(|k| {
            let (a, b) = (f64::from(k) * 0.1, f64::from(k % 7));
            format!("{a},{b},{}\n", 2.0 * a - b)
        })
        .collect();
    scratch.write("y.csv", format!("a,b,value\n{rows}"));
    scratch.succeed(&format!(
        "train --task y=y.csv --target y --features a,b --method stl --head gp --ensemble 2 --out run {TINY}"
    ));
    let found = json(&scratch, "--features b=3,a=-1.5");
    assert_eq!(
        (&found["row"], &found["atoms"]),
        (&"b=3,a=-1.5".into(), &Value::Null)
    );
    for (arguments, words) in [
        ("--features a=1", &["`b` is missing", "a, b"][..]),
        ("--features a=1,a=2,b=1", &["`a` is given twice"]),
        ("--features a=1,b=x", &["`x` is no number"]),
        ("--features a=1,b", &["NAME=NUMBER"]),
        (
            "--features a=1,b=2 --smiles CCO",
            &["the model reads", "--smiles"],
        ),
        ("--features a=1,b=2 --svg a.svg", &["leave --svg out"]),
    ] {
        scratch.refused(&format!("explain --model run {arguments}"), words);
    }
}
