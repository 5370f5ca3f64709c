//! `geogate train`: the files of a run and the numbers in them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

/// Truths and predictions of a run by (task, part).
fn pairs(scratch: &Scratch, run: &str) -> BTreeMap<(String, String), Vec<(f64, f64)>> {
    let text = scratch.read(&format!("{run}/predictions.csv"));
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("smiles,split,task,y_true,y_pred"));
    let mut pairs: BTreeMap<_, Vec<(f64, f64)>> = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |field: &str| field.parse::<f64>().unwrap();
        let key = (fields[2].to_owned(), fields[1].to_owned());
        let pair = (number(fields[3]), number(fields[4]));
        pairs.entry(key).or_default().push(pair);
    }
    pairs
}

#[test]
fn the_files_of_a_run() {
    let scratch = Scratch::new();
    let answer = scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    assert_eq!(
        scratch.names("run"),
        [
            "config.toml",
            "history.csv",
            "metrics.json",
            "model.json",
            "model.safetensors",
            "predictions.csv",
            "report.html",
            "timing.json"
        ]
    );
    assert!(answer.stdout.contains("RMSE") && answer.stdout.contains("tc"));
    assert_eq!(answer.stderr, "", "quiet");
    let history = scratch.read("run/history.csv");
    assert!(history.starts_with("epoch,lr,regression,"), "{history}");
    assert_eq!(history.lines().count(), 3);
    let report = scratch.read("run/report.html");
    assert_eq!(report.matches("<svg").count(), 4);
    assert!(!report.contains("<script") && !report.contains("src="));
}

/// The metrics by their definitions, from the predictions on disk.
#[test]
fn metrics_are_those_of_the_predictions() {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    let metrics: Value = serde_json::from_str(&scratch.read("run/metrics.json")).unwrap();
    let keys: Vec<&String> = metrics.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["epochs", "target", "tasks"]);
    assert_eq!(
        (&metrics["target"], &metrics["epochs"]),
        (&"tc".into(), &2.into())
    );
    assert!(
        metrics["tasks"]["tb"].get("test").is_none(),
        "sources have no test part"
    );
    let pairs = pairs(&scratch, "run");
    assert_eq!(pairs.len(), 5);
    for ((task, part), pairs) in pairs {
        let entry = metrics["tasks"][&task][&part].as_object().unwrap();
        let keys: Vec<&String> = entry.keys().collect();
        assert_eq!(keys, ["mae", "n", "pearson", "r2", "rmse"]);
        let n = pairs.len() as f64;
        let mean = |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|p| f(p.0, p.1)).sum::<f64>() / n;
        let (y_mean, p_mean) = (mean(&|y, _| y), mean(&|_, p| p));
        let squared = mean(&|y, p| (y - p).powi(2));
        let variance = mean(&|y, _| y * y) - y_mean * y_mean;
        let covariance = mean(&|y, p| (y - y_mean) * (p - p_mean));
        let p_variance = mean(&|_, p| (p - p_mean).powi(2));
        for (key, want) in [
            ("n", n),
            ("rmse", squared.sqrt()),
            ("mae", mean(&|y, p| (y - p).abs())),
            ("r2", 1.0 - squared / variance),
            ("pearson", covariance / (variance * p_variance).sqrt()),
        ] {
            let got = entry[key].as_f64().unwrap();
            // the variance as a difference of squares loses about four digits
            assert!(
                (got - want).abs() <= 1e-9 * want.abs().max(1.0),
                "{task} {part} {key}: {got} {want}"
            );
        }
    }
}

#[test]
fn json_instead_of_a_table() {
    let scratch = Scratch::new();
    let answer = scratch.succeed(&format!("train {TABLES} --out run {TINY} --json"));
    let printed: Value = serde_json::from_str(&answer.stdout).unwrap();
    let written: Value = serde_json::from_str(&scratch.read("run/metrics.json")).unwrap();
    assert_eq!(printed, written);
    let check = scratch.succeed(&format!("check {TABLES} --json"));
    let check: Value = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!(check["target"], "tc");
}

#[test]
fn numeric_tables_train_and_predict() {
    let scratch = Scratch::new();
    let line = |i: i32| {
        let (a, b) = (f64::from(i), f64::from(i * i % 17));
        format!("{a},{b},{},{}\n", 2.0 * a - b, a + b)
    };
    let rows: String = (0..100).map(line).collect();
    scratch.write("wide.csv", format!("a,b,u,v\n{rows}"));
    let tiny = TINY.replace("--depth 1", "--depth 2");
    scratch.succeed(&format!(
        "train --data wide.csv --features a,b --target v --out run {tiny}"
    ));
    scratch.write("new.csv", "b,name,a\n2,x,1\nq,y,3\n");
    let predicted = scratch
        .succeed("predict --model run --input new.csv")
        .stdout;
    let lines: Vec<&str> = predicted.lines().collect();
    assert_eq!(lines[0], "b,name,a,u,v,error");
    assert!(
        lines[1].starts_with("2,x,1,") && lines[1].ends_with(','),
        "{predicted}"
    );
    assert_eq!(lines[2], "q,y,3,,,column `b`: not a number: `q`");
}

#[test]
fn names_from_tables_are_escaped_in_the_report() {
    let scratch = Scratch::new();
    let text = scratch.read("tc.csv");
    scratch.write("odd.csv", text);
    let arguments = format!("train --task <b>&$x$=odd.csv --out run {TINY}");
    scratch.succeed(&arguments);
    let report = scratch.read("run/report.html");
    assert!(!report.contains("<b>") && report.contains("&lt;b&gt;&amp;$x$"));
}

/// Whatever a table calls things, a page shows it as text.
#[test]
fn pages_escape_what_they_show() {
    const NAME: &str = "a<script>alert(1)</script>&\"'";
    let scratch = Scratch::new();
    let tables = |source: &str| {
        let words = [
            "--task",
            &format!("{source}=tb.csv"),
            "--task",
            "tc=tc.csv",
            "--target",
            "tc",
        ];
        words.map(str::to_owned)
    };
    for (command, rest) in [
        ("train", "--out run"),
        ("compare", "--methods stl,gate --out cmp"),
        ("geometry", "--model run --points 20 --out geo"),
    ] {
        let mut program = scratch.command(command);
        if command != "geometry" {
            program.args(tables(NAME)).args(TINY.split_whitespace());
        }
        let output = program.args(rest.split_whitespace()).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    for page in ["run/report.html", "cmp/report.html", "geo/report.html"] {
        let text = scratch.read(page);
        assert!(!text.contains("<script>alert"), "{page}");
    }
    assert!(
        scratch
            .read("run/report.html")
            .contains("a&lt;script&gt;alert(1)")
    );
    for picture in std::fs::read_dir(scratch.path("geo/pictures")).unwrap() {
        let text = std::fs::read_to_string(picture.unwrap().path()).unwrap();
        assert!(!text.starts_with("<svg") || !text.contains("<script>alert"));
    }
}
