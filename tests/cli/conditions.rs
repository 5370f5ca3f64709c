//! A numeric column beside the SMILES, from tables to predictions.

use super::scratch::{Scratch, TINY};

const TABLES: &str = "--task tb=tb.csv --task tc=tc.csv --target tc --features T";

/// `tb.csv` and `tc.csv` with a column `T`: every molecule under two temperatures.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    for (name, offset) in [("tb.csv", 200.0), ("tc.csv", 400.0)] {
        let chains = (1..40).flat_map(|size| ["", "O"].map(|head| (head, size)));
        let row = |(head, size): (&str, usize)| {
            let smiles = format!("{head}{}", "C".repeat(size));
            let of = |t: f64| format!("{smiles},{t},{}\n", offset + 7.0 * size as f64 + 0.1 * t);
            [of(300.0), of(350.0)].concat()
        };
        let rows: String = chains.map(row).collect();
        scratch.write(name, format!("smiles,T,value\n{rows}"));
    }
    scratch
}

fn column(text: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let at = reader.headers().unwrap().iter().position(|h| h == name);
    let at = at.unwrap_or_else(|| panic!("{name} in {text}"));
    let rows = reader.records();
    rows.map(|row| row.unwrap()[at].to_owned()).collect()
}

#[test]
fn a_model_reads_molecules_and_numbers() {
    let scratch = scratch();
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    let model: serde_json::Value = serde_json::from_str(&scratch.read("run/model.json")).unwrap();
    assert_eq!(
        (&model["molecules"], &model["features"][0]),
        (&true.into(), &"T".into())
    );
    let written = scratch.read("run/predictions.csv");
    assert!(
        written.starts_with("smiles,split,task,y_true,y_pred,T\n"),
        "{written}"
    );
    // a molecule's two rows are in one part and are two predictions
    let (molecules, parts) = (column(&written, "smiles"), column(&written, "split"));
    let predictions = column(&written, "y_pred");
    let temperatures = column(&written, "T");
    let tasks = column(&written, "task");
    assert_eq!(tasks.iter().filter(|task| *task == "tc").count(), 2 * 78);
    for row in (0..molecules.len()).step_by(2) {
        assert_eq!(
            (&molecules[row], &parts[row]),
            (&molecules[row + 1], &parts[row + 1])
        );
        assert_ne!(predictions[row], predictions[row + 1]);
        assert_eq!(
            (&temperatures[row][..], &temperatures[row + 1][..]),
            ("300", "350")
        );
    }
    // the same by `predict`, columns in any order
    scratch.write(
        "new.csv",
        "T,note,smiles\n350,a,C\n300,b,C\nhot,c,C\nNA,d,C\n300,e,C(\n,f,C\n",
    );
    scratch.succeed("predict --model run --input new.csv --output out.csv --quiet");
    let out = scratch.read("out.csv");
    let of_methane: Vec<&String> = (0..molecules.len())
        .filter(|&row| molecules[row] == "C" && tasks[row] == "tc")
        .map(|row| &predictions[row])
        .collect();
    let tc = column(&out, "tc");
    assert_eq!([&tc[1], &tc[0]], of_methane[..]);
    let errors = column(&out, "error");
    assert_eq!(errors[2], "column `T`: not a number: `hot`");
    assert_eq!(errors[3], "column `T`: missing value: `NA`");
    assert!(
        errors[4].starts_with("column `smiles`: invalid SMILES: "),
        "{}",
        errors[4]
    );
    assert_eq!(errors[5], "column `T`: missing value");
}

#[test]
fn a_model_of_both_refuses_tables_with_one() {
    let scratch = scratch();
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    for (table, words) in [
        (
            "smiles\nC\n",
            "there is no column `T`, and the model reads molecules and the column T",
        ),
        (
            "T\n300\n",
            "there is no column `smiles`, and the model reads molecules and the column T",
        ),
    ] {
        scratch.write("lacks.csv", table);
        scratch.refused("predict --model run --input lacks.csv", &[words]);
    }
    scratch.succeed("geometry --model run --out geo --quiet");
    scratch.succeed("geometry --model run --input tc.csv --around CCO --out other --quiet");
}

#[test]
fn every_method_takes_both() {
    let scratch = scratch();
    for method in [
        "stl", "mtl", "ft-all", "kd", "gsp-kd", "gear", "add-task", "geogate", "gp-mtl", "auto",
    ] {
        let tiny = TINY.replace("--lf-dim 2", "--lf-dim 3");
        let options = format!("{tiny} --activation silu --method {method} --ensemble 2");
        scratch.succeed(&format!("train {TABLES} --out {method} {options}"));
    }
    let learned = format!("train {TABLES} --out weighed {TINY} --source-weights learned");
    scratch.succeed(&learned);
    // a task more, its table with the same columns
    scratch.write("hv.csv", scratch.read("tc.csv"));
    let answer = scratch.succeed(
        "train --add-task hv=hv.csv --model gear --out more --min-steps 1 --epochs 2 --split random \
         --val-fraction 0.25",
    );
    assert!(
        answer.stderr.contains("The frozen model has learnt from"),
        "{answer:?}"
    );
    assert!(
        scratch
            .read("more/config.toml")
            .contains("molecules = \"yes\"")
    );
}

#[test]
fn a_comparison_is_resumed_and_told_apart() {
    let scratch = scratch();
    let base = format!("compare {TABLES} {TINY} --methods stl,ridge --seeds 1 --out cmp");
    scratch.succeed(&base);
    let results = scratch.read("cmp/results.csv");
    let again = scratch.succeed(&format!("{base} --resume"));
    assert_eq!(scratch.read("cmp/results.csv"), results, "{again:?}");
    let job = scratch
        .names("cmp/jobs")
        .into_iter()
        .find(|name| name.ends_with(".csv"))
        .unwrap();
    assert!(
        scratch
            .read(&format!("cmp/jobs/{job}"))
            .starts_with("smiles,split,task,y_true,y_pred,T\n")
    );
    let summary: serde_json::Value =
        serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap();
    // every test row is in a bin, though two rows have one molecule
    let bins = summary["extrapolation"]["label_distance"]
        .as_array()
        .unwrap();
    let rows = |bin: &serde_json::Value| bin["errors"][0]["n"].as_u64().unwrap_or(0);
    let tested: u64 = bins.iter().map(rows).sum();
    let line = results.lines().nth(1).unwrap();
    assert_eq!(
        line.split(',').nth(10),
        Some(tested.to_string().as_str()),
        "{line}"
    );
    // other temperatures are another job: some of them, for all would be the same when standardised
    let tables = scratch.read("tc.csv").replacen(",350,", ",390,", 20);
    scratch.write("tc.csv", tables);
    scratch.succeed(&format!("{base} --resume"));
    assert_ne!(scratch.read("cmp/results.csv"), results);
}

/// Models written before both could be read name features or none.
#[test]
fn models_of_one_kind_read_as_before() {
    let scratch = scratch();
    let one = |name: &str, options: &str| {
        let tables = TABLES.replace("--features T", options);
        scratch.succeed(&format!("train {tables} --out {name} {TINY}"));
        let text = scratch.read(&format!("{name}/model.json"));
        assert!(!text.contains("\"molecules\""), "{text}");
        let predict = format!("predict --model {name} --input tc.csv");
        column(&scratch.succeed(&predict).stdout, "tc").len()
    };
    assert_eq!(one("molecules", ""), 156);
    for name in ["tb.csv", "tc.csv"] {
        let text = scratch.read(name);
        let rows = text.lines().enumerate().map(|(row, line)| match row {
            0 => format!("{line},size\n"),
            _ => format!("{line},{row}\n"),
        });
        scratch.write(name, rows.collect::<String>());
    }
    assert_eq!(one("numbers", "--features T,size --molecules no"), 156);
}
