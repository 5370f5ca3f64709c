//! `geogate predict`: every column and row kept, a reason where a row could not be used.

use super::scratch::{Scratch, TABLES, TINY, rows};

fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    scratch
}

fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.unwrap());
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn columns_and_rows_are_kept_in_order() {
    let scratch = trained();
    let input =
        "\u{feff}id,smiles,note\r\n7,CCO,\"a, \"\"b\"\"\"\r\n3,C1CC,\r\n9,OCC,x\r\n1,CC,  y \r\n";
    scratch.write("new.csv", input);
    let answer = scratch.succeed("predict --model run --input new.csv --output out.csv");
    assert!(
        answer
            .stdout
            .contains("3 of 4 rows predicted for tb, tc: out.csv"),
        "{answer:?}"
    );
    assert!(
        answer.stderr.contains("1 of 4 rows") && answer.stderr.contains("line 3"),
        "{answer:?}"
    );
    let rows = records(&scratch.read("out.csv"));
    assert_eq!(rows[0], ["id", "smiles", "note", "tb", "tc", "error"]);
    let kept: Vec<&[String]> = rows[1..].iter().map(|row| &row[..3]).collect();
    assert_eq!(
        kept,
        [
            ["7", "CCO", "a, \"b\""],
            ["3", "C1CC", ""],
            ["9", "OCC", "x"],
            ["1", "CC", "  y "]
        ]
    );
    assert_eq!(rows[2][3..5], ["", ""]);
    assert!(
        rows[2][5].contains("ring number 1 is never closed"),
        "{}",
        rows[2][5]
    );
    for row in [1, 3, 4] {
        assert!(rows[row][3].parse::<f64>().unwrap().is_finite());
        assert_eq!(rows[row][5], "");
    }
    // one molecule in two spellings
    let number = |row: usize, column: usize| rows[row][column].parse::<f64>().unwrap();
    assert!((number(1, 4) - number(3, 4)).abs() < 1e-3);
}

/// What `predict` says of the training table is what the run wrote into predictions.csv.
#[test]
fn predictions_are_those_of_the_run() {
    let scratch = trained();
    let table = scratch.succeed("predict --model run --input tc.csv").stdout;
    let said: Vec<Vec<String>> = records(&table);
    let mut compared = 0;
    for row in records(&scratch.read("run/predictions.csv")).iter().skip(1) {
        if row[2] == "tc" {
            let again = said.iter().find(|other| other[0] == row[0]).unwrap();
            assert_eq!(again[3], row[4], "{}", row[0]);
            compared += 1;
        }
    }
    assert_eq!(compared, 78);
}

/// The column of a source that was switched off is there and blank, and it is said why, in training and afterwards.
#[test]
fn a_source_that_is_off_says_why() {
    let scratch = Scratch::new();
    // no function of the molecule's size that a network could learn
    let noise = rows(|size| (1e4 * (size + 0.5).sin()).fract() * 100.0);
    scratch.write("tb.csv", format!("smiles,value\n{}\n", noise.join("\n")));
    let options = TINY
        .replace("--epochs 2", "--epochs 30 --lr 0.01 --seed 2")
        .replace("--quiet", "--source-weights learned --method gate");
    let said = scratch.succeed(&format!("train {TABLES} --out run {options}"));
    let why = "it is off, and not predicted";
    assert!(said.stderr.contains(why), "{}", said.stderr);
    assert!(scratch.read("run/report.html").contains(why));
    let answer = scratch.succeed("predict --model run --input tc.csv --output out.csv");
    assert!(
        answer
            .stderr
            .contains("tb is not predicted: the source was switched off"),
        "{answer:?}"
    );
    assert!(
        answer
            .stdout
            .contains("78 of 78 rows predicted for tc: out.csv")
    );
    let rows = records(&scratch.read("out.csv"));
    assert_eq!(rows[0], ["smiles", "value", "tb", "tc", "error"]);
    assert!(
        rows[1..]
            .iter()
            .all(|row| row[2].is_empty() && !row[3].is_empty())
    );
    assert!(rows[1..].iter().all(|row| row[4].is_empty()));
}

#[test]
fn ragged_and_unreadable_rows_have_reasons() {
    let scratch = trained();
    let mut input = b"smiles,note\nCC\nCC,a,b\n".to_vec();
    input.extend(b"C\xffC,z\nCCC,\xff\n");
    input.extend(format!("{},long\n", "C".repeat(20_000)).bytes());
    scratch.write("new.csv", input);
    scratch.succeed("predict --model run --input new.csv --output out.csv");
    let bytes = scratch.bytes("out.csv");
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "CC,,,,1 fields where the header has 2");
    assert!(
        lines[2].starts_with("CC,a,,,\"3 fields where the header has 2"),
        "{}",
        lines[2]
    );
    assert!(
        lines[3].contains("column `smiles`: bytes that are not UTF-8"),
        "{}",
        lines[3]
    );
    // the note is no business of the model: its bytes come back as they were
    assert!(bytes.windows(6).any(|window| window == b"CCC,\xff,"));
    assert!(lines[5].contains("longer than 2000"));
}

#[test]
fn names_in_use_are_not_written_twice() {
    let scratch = trained();
    scratch.write("new.csv", "smiles,tc,error\nCC,1,none\n");
    let predicted = scratch
        .succeed("predict --model run --input new.csv")
        .stdout;
    assert!(predicted.starts_with("smiles,tc,error,tb,tc_predicted,error_predicted\nCC,1,none,"));
}

#[test]
fn unusable_tables_are_refused() {
    let scratch = trained();
    for (content, words) in [
        ("", "the file is empty"),
        ("smiles\n", "no rows under the header"),
        (
            "molecule\nCC\n",
            "there is no column `smiles`; the columns are `molecule`",
        ),
        ("smiles,smiles\nCC,CC\n", "`smiles`"),
        ("smiles\nC1\n(\n", "none of the 2 rows could be predicted"),
    ] {
        scratch.write("new.csv", content);
        scratch.refused(
            "predict --model run --input new.csv --output out.csv",
            &[words],
        );
        assert!(!scratch.path("out.csv").exists(), "{words}");
    }
    scratch.refused(
        "predict --model run --input absent.csv",
        &["cannot read absent.csv"],
    );
}

#[test]
fn an_existing_output_is_refused_without_force() {
    let scratch = trained();
    let predict = "predict --model run --input tc.csv --output out.csv";
    scratch.write("out.csv", "mine");
    scratch.refused(predict, &["out.csv exists already", "--force"]);
    assert_eq!(scratch.read("out.csv"), "mine");
    scratch.succeed(&format!("{predict} --force"));
    assert!(
        scratch
            .read("out.csv")
            .starts_with("smiles,value,tb,tc,error\n")
    );
    let json = scratch.succeed(&format!("{predict} --force --json")).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["predicted"], 78);
    scratch.refused("predict --model run --input tc.csv --json", &["--output"]);
}

#[test]
fn what_is_read_is_not_overwritten_and_links_and_devices_stay() {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    let (input, model) = (scratch.read("tc.csv"), scratch.read("run/model.json"));
    for (output, words) in [
        ("tc.csv", "tc.csv is read"),
        (
            "run/model.json",
            "run/model.json lies in run, which is read",
        ),
        ("run", "run is read"),
        ("absent/new.csv", "there is no folder absent"),
    ] {
        let predict = format!("predict --model run --input tc.csv --output {output} --force");
        let answer = scratch.run(&predict);
        assert_ne!(answer.status, Some(0), "{predict}");
        assert!(
            answer.stderr.contains(words),
            "{words} in {}",
            answer.stderr
        );
    }
    assert_eq!(
        (scratch.read("tc.csv"), scratch.read("run/model.json")),
        (input, model)
    );
    #[cfg(unix)]
    {
        scratch.write("real.csv", "old");
        std::os::unix::fs::symlink("real.csv", scratch.path("link.csv")).unwrap();
        scratch.succeed("predict --model run --input tc.csv --output link.csv --force");
        assert!(scratch.path("link.csv").is_symlink());
        assert!(scratch.read("real.csv").starts_with("smiles,"));
        scratch.succeed("predict --model run --input tc.csv --output /dev/null");
    }
}
