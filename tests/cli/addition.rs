//! `geogate train --add-task`: a third task for a trained model.

use super::scratch::{Scratch, TABLES, TINY, rows};

/// What the options of [`TINY`] say of a run, without the sizes that the model brings.
const SHORT: &str = "--min-steps 1 --epochs 2 --split random --val-fraction 0.25";

fn trained() -> Scratch {
    let scratch = Scratch::new();
    let table = rows(|size| 50.0 + 3.0 * size).join("\n");
    scratch.write("hv.csv", format!("smiles,value\n{table}\n"));
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    scratch
}

/// The columns of a table, by name.
fn column(text: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let at = reader.headers().unwrap().iter().position(|h| h == name);
    let at = at.unwrap_or_else(|| panic!("{name} in {text}"));
    reader
        .records()
        .map(|row| row.unwrap()[at].to_owned())
        .collect()
}

#[test]
fn a_third_task_leaves_the_others_as_they_are() {
    let scratch = trained();
    let answer = scratch.succeed(&format!(
        "train --add-task hv=hv.csv --model run --out run2 {SHORT}"
    ));
    assert!(answer.stdout.contains("hv"), "{answer:?}");
    assert!(
        answer.stderr.contains("The frozen model has learnt from"),
        "{answer:?}"
    );
    let predict = |run: &str| {
        scratch
            .succeed(&format!("predict --model {run} --input tc.csv"))
            .stdout
    };
    let (before, after) = (predict("run"), predict("run2"));
    for task in ["tb", "tc"] {
        assert_eq!(column(&before, task), column(&after, task));
    }
    assert!(
        column(&after, "hv")
            .iter()
            .all(|y| y.parse::<f64>().unwrap().is_finite())
    );
    let model: serde_json::Value = serde_json::from_str(&scratch.read("run2/model.json")).unwrap();
    assert_eq!(model["added"][0]["name"], "hv");
    assert_eq!(model["added"][0]["before"], "tc");
    let metrics: serde_json::Value =
        serde_json::from_str(&scratch.read("run2/metrics.json")).unwrap();
    assert_eq!(metrics["target"], "hv");
    // its configuration repeats it
    scratch.succeed("train --config run2/config.toml --out run3 --quiet");
    assert_eq!(
        scratch.bytes("run2/model.safetensors"),
        scratch.bytes("run3/model.safetensors")
    );
    scratch.succeed("geometry --model run2 --out geo --quiet");
}

#[test]
fn clashes_are_named() {
    let scratch = trained();
    let add = |rest: &str| format!("train --model run --out run2 {SHORT} {rest}");
    scratch.refused(&add("--add-task tb=hv.csv"), &["`tb` already", "tb, tc"]);
    scratch.refused(
        &add("--add-task hv=hv.csv --hidden 9"),
        &["--hidden", "cannot differ"],
    );
    scratch.refused(&add("--add-task hv=hv.csv --features value"), &["feature"]);
    scratch.refused(&add("--add-task hv=absent.csv"), &["absent.csv"]);
    scratch.refused(
        &format!("train --add-task hv=hv.csv --out run2 {SHORT}"),
        &["--model"],
    );
    scratch.refused(
        &format!("train --add-task hv=hv.csv --model nowhere --out run2 {SHORT}"),
        &["nowhere", "there is no such file"],
    );
    let weights = scratch.bytes("run/model.safetensors");
    scratch.write("run/model.safetensors", &weights[..weights.len() - 4]);
    scratch.refused(&add("--add-task hv=hv.csv"), &["checksum"]);
}

#[test]
fn corrupted_labels_are_counted_and_scored_against_the_right_ones() {
    let scratch = trained();
    scratch.succeed(&format!(
        "train {TABLES} --out bad {TINY} --corrupt-share 0.25 --corrupt-sd 2"
    ));
    let metrics: serde_json::Value =
        serde_json::from_str(&scratch.read("bad/metrics.json")).unwrap();
    assert_eq!(metrics["corruption"]["share"], 0.25);
    let rows = metrics["corruption"]["rows"].as_u64().unwrap();
    let train = metrics["tasks"]["tc"]["train"]["n"].as_u64().unwrap();
    assert_eq!(rows, (0.25 * train as f64).round() as u64);
    let truth = |run: &str| column(&scratch.read(&format!("{run}/predictions.csv")), "y_true");
    assert_eq!(truth("bad"), truth("run"));
    let clean: serde_json::Value = serde_json::from_str(&scratch.read("run/metrics.json")).unwrap();
    assert!(clean.get("corruption").is_none());
    scratch.refused(
        &format!("train {TABLES} --out worse {TINY} --corrupt-share 1.5"),
        &["--corrupt-share is 1.5"],
    );
}

/// What the frozen model has learnt from is read by the names of the columns; where it cannot be, that is said.
#[test]
fn what_a_model_has_seen_is_read_by_the_names_of_columns() {
    let scratch = trained();
    let add = format!("train --add-task hv=hv.csv --model run --out run2 --force {SHORT}");
    let about_model = |stderr: &str| -> Vec<String> {
        let lines = stderr.lines().filter(|line| line.contains("frozen model"));
        lines.map(str::to_owned).collect()
    };
    let plain = about_model(&scratch.succeed(&add).stderr);
    assert_eq!(plain.len(), 1, "{plain:?}");
    let text = scratch.read("run/predictions.csv");
    let reversed = text.lines().map(|line| {
        let fields: Vec<&str> = line.rsplit(',').collect();
        format!("{},noted\n", fields.join(","))
    });
    scratch.write("run/predictions.csv", reversed.collect::<String>());
    assert_eq!(about_model(&scratch.succeed(&add).stderr), plain);
    scratch.write("run/predictions.csv", text.replacen("split", "part", 1));
    let unknown = about_model(&scratch.succeed(&add).stderr).join("\n");
    assert!(
        unknown.contains("cannot be told") && unknown.contains("`split`"),
        "{unknown}"
    );
}
