//! Tables as people have them: quotes left open, words for "no value", columns with any name.

use super::scratch::{Scratch, TABLES, TINY, rows};

/// The rows of the scratch tables with a note each, written by `note` from the row's number.
fn noted(note: impl Fn(usize) -> String) -> String {
    let rows = rows(|size| 400.0 + 9.0 * size).into_iter().enumerate();
    let rows: String = rows
        .map(|(k, row)| format!("{row},{}\n", note(k)))
        .collect();
    format!("smiles,value,comment\n{rows}")
}

#[test]
fn a_quote_that_is_never_closed_stops_every_command() {
    let scratch = Scratch::new();
    let open = |at: usize| move |k: usize| if k == at { "\"12 inch" } else { "ok" }.to_owned();
    scratch.write("open.csv", noted(open(20)));
    let words = [
        "open.csv, line 22: a quote",
        "never closed",
        "the 57 lines after it",
    ];
    for command in ["check", &format!("train --out run {TINY}")] {
        scratch.refused(&format!("{command} --task tc=open.csv --target tc"), &words);
    }
    assert!(!scratch.path("run").exists());
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    scratch.write("new.csv", "smiles,name\nCCO,\"abc\nCCC,def\nCCCC,ghi\n");
    for command in [
        "predict --model run --output out.csv",
        "geometry --model run --out geo",
    ] {
        let words = ["new.csv, line 2: a quote", "the 2 lines after it"];
        scratch.refused(&format!("{command} --input new.csv"), &words);
    }
    assert!(!scratch.path("out.csv").exists());
}

#[test]
fn a_quote_closed_by_a_later_one_is_said_with_its_line() {
    let scratch = Scratch::new();
    let note = |k: usize| match k {
        30 => "\"5-(pyridyl) salt".to_owned(),
        40 => "\"3-methyl".to_owned(),
        _ => format!("compound {k}"),
    };
    scratch.write("mid.csv", noted(note));
    let words = "mid.csv, line 32: a quote runs on to line 42 over what looks like 11 rows";
    let arguments = "--task tc=mid.csv --target tc";
    let answer = scratch.succeed(&format!(
        "train {arguments} --out run {TINY} --test-fraction 0.3"
    ));
    assert!(answer.stderr.contains(words), "{answer:?}");
    let answer = scratch.succeed(&format!("check {arguments} --split random"));
    assert!(
        answer
            .stdout
            .contains("line 32: a quote that is opened here ends on line 42"),
        "{answer:?}"
    );
    let answer = scratch.succeed("predict --model run --input mid.csv --output out.csv");
    assert!(answer.stderr.contains(words), "{answer:?}");
    scratch.refused(
        &format!("check {arguments} --on-bad-row error"),
        &["mid.csv, line 32", "close the quote"],
    );
}

#[test]
fn sources_whose_blanks_are_words_are_kept_and_others_are_named() {
    let scratch = Scratch::new();
    let wide = |blank: &str| {
        let row = |(k, row): (usize, String)| {
            let of = |every| {
                if k % every == 0 {
                    k.to_string()
                } else {
                    blank.to_owned()
                }
            };
            let mixed = if k % 3 == 0 {
                k.to_string()
            } else {
                "low".to_owned()
            };
            format!("{row},{},{mixed}\n", of(2))
        };
        let rows = rows(|size| 400.0 + 9.0 * size).into_iter().enumerate();
        format!("smiles,tc,tb,grade\n{}", rows.map(row).collect::<String>())
    };
    for (name, blank) in [("na", "NA"), ("blank", "")] {
        scratch.write(&format!("{name}.csv"), wide(blank));
        let arguments =
            format!("train --data {name}.csv --target tc --overlap shared --out {name}");
        let answer = scratch.succeed(&format!("{arguments} {TINY}"));
        let words = "no tasks are the columns `grade` (text: 26 of 78 fields are numbers)";
        assert!(answer.stderr.contains(words), "{answer:?}");
        assert!(answer.stdout.contains("tb"), "{answer:?}");
    }
    assert_eq!(
        scratch.bytes("na/model.safetensors"),
        scratch.bytes("blank/model.safetensors")
    );
}

#[test]
fn a_column_may_have_any_name() {
    let scratch = Scratch::new();
    let table = |header: &str| scratch.read("tc.csv").replace("smiles,value", header);
    scratch.write("units.csv", table("SMILES ,Tc / K"));
    scratch.write(
        "solubility.csv",
        table("SMILES,measured log(solubility:mol/L)"),
    );
    for task in [
        "y=units.csv:Tc / K",
        "y=solubility.csv:measured log(solubility:mol/L)",
    ] {
        let mut command = scratch.command("check --target y --split random --task");
        let output = command.arg(task).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("78 rows, 78 used, 0 left out"),
            "{task}: {text}"
        );
    }
}
