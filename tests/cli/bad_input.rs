//! Bad input: a clear message, the right status, nothing half-written.

use super::scratch::{Scratch, TABLES, TINY, table_with};

/// Trains on `bad.csv` as the target; the program must refuse, say `words` and write nothing.
#[track_caller]
fn refused_table(content: impl AsRef<[u8]>, words: &[&str]) {
    let scratch = Scratch::new();
    scratch.write("bad.csv", content);
    let before = scratch.names(".");
    let arguments = "train --task tb=tb.csv --task tc=bad.csv --target tc --out run";
    scratch.refused(&format!("{arguments} {TINY}"), words);
    assert_eq!(scratch.names("."), before, "nothing is written");
}

/// Trains on `bad.csv`, whose bad rows are skipped with a remark that says `words`, and is refused
/// with `--on-bad-row error` by a message that says `line`.
#[track_caller]
fn skipped_rows(content: impl AsRef<[u8]>, words: &[&str], line: &[&str]) {
    let scratch = Scratch::new();
    scratch.write("bad.csv", content);
    let arguments = "--task tb=tb.csv --task tc=bad.csv --target tc";
    let answer = scratch.succeed(&format!("train {arguments} --out run {TINY}"));
    for word in words {
        assert!(
            answer.stderr.contains(word),
            "`{word}` in {}",
            answer.stderr
        );
    }
    assert!(!scratch.read("run/metrics.json").contains("null"));
    let strict = format!("check {arguments} {} --on-bad-row error", "--split random");
    scratch.refused(&strict, line);
}

#[test]
fn missing_file() {
    let scratch = Scratch::new();
    let arguments = format!("train --task tc=absent.csv --out run {TINY}");
    scratch.refused(&arguments, &["cannot read absent.csv", "check the name"]);
    assert!(!scratch.path("run").exists());
}

#[test]
fn empty_file() {
    refused_table("", &["bad.csv", "the file is empty"]);
}

#[test]
fn header_only() {
    refused_table("smiles,value\n", &["bad.csv", "no rows under the header"]);
}

#[test]
fn no_such_column() {
    refused_table(
        "smiles,kelvin\nC,1\n",
        &["no column `value`", "`smiles`, `kelvin`"],
    );
    refused_table(
        "molecule,value\nC,1\n",
        &["no column `smiles`", "`molecule`"],
    );
}

#[test]
fn text_in_a_numeric_column() {
    skipped_rows(
        table_with(&["CCN,high"]),
        &["bad.csv: 1 of 79 rows skipped", "text where a number"],
        &["line 80", "column `value`", "`high`"],
    );
}

#[test]
fn numbers_with_a_comma() {
    skipped_rows(
        table_with(&["CCN,\"646,3\"", "CCCN,\"1,646.5\""]),
        &["bad.csv: 2 of 80 rows skipped (2 comma in a number)"],
        &["line 80", "a number with a comma: `646,3`", "decimal point"],
    );
    skipped_rows(
        table_with(&["CCN,646,3"]),
        &["1 of 79 rows skipped (1 wrong number of fields)"],
        &[
            "line 80",
            "3 fields where the header has 2",
            "decimals with a point",
        ],
    );
}

#[test]
fn what_stands_in_the_place_of_a_smiles() {
    for (text, words) in [
        ("NA", "no SMILES"),
        ("-", "no SMILES"),
        ("InChI=1S/CH4/h1H4", "this is an InChI"),
        ("VNWKTOKETHGBQD-UHFFFAOYSA-N", "this is an InChIKey"),
        ("74-82-8", "this is a CAS number"),
        ("CC ethane", "a column of its own"),
    ] {
        skipped_rows(
            table_with(&[&format!("{text},5")]),
            &["bad.csv: 1 of 79 rows skipped"],
            &["line 80", words],
        );
    }
}

#[test]
fn a_first_line_that_is_no_header() {
    for (content, words) in [
        (
            "# handbook, 2020\nsmiles,value\nC,1\n",
            "begins with a comment mark",
        ),
        ("CCO,3\nCCC,4\n", "seems to be a row"),
        ("sep=,\nsmiles,value\nC,1\n", "for a spreadsheet program"),
        ("smiles|value\nC|1\n", "something else than a comma"),
        ("smiles value\nC 1\n", "something else than a comma"),
        (" , \nC,1\n", "the first line is blank"),
        (
            "smiles,\"value\nC,1\nCC,2\nCCC,\"3\"\n",
            "in the header, a quote that is opened here ends on line 4",
        ),
        ("<!DOCTYPE html>\n<p>,</p>\n", "no table but a page"),
        (
            "version https://git-lfs.github.com/spec/v1\noid\n",
            "git lfs pull",
        ),
    ] {
        refused_table(content, &["bad.csv", words]);
    }
}

#[test]
fn columns_that_name_rows_are_no_tasks() {
    let scratch = Scratch::new();
    let row = |size: usize| {
        let (id, scattered) = (100 + 7 * size, 7 * size % 71);
        format!(
            "{size},{scattered},{id},{size},{},{}\n",
            "C".repeat(size),
            3 * size
        )
    };
    let rows: String = (1..=70).map(row).collect();
    scratch.write(
        "wide.csv",
        format!("#,Unnamed: 0,CID,n_carbon,smiles,tc\n{rows}"),
    );
    let check = "check --data wide.csv --target tc --split random";
    let answer = scratch.succeed(check);
    for remark in [
        "`#` is no task: counts the rows",
        "`Unnamed: 0` is no task: a name for rows",
        "`CID` is no task: a name for rows",
    ] {
        assert!(
            answer.stdout.contains(remark),
            "{remark} in {}",
            answer.stdout
        );
    }
    // a property may well go up by one from row to row
    assert!(answer.stdout.contains("\nn_carbon "), "{}", answer.stdout);
    let answer = scratch.succeed(&format!("{check} --source CID --overlap shared"));
    assert!(!answer.stdout.contains("is no task"), "{}", answer.stdout);
    scratch.succeed("check --data wide.csv --target CID --split random");
}

#[test]
fn parts_go_by_their_usual_names_and_unknown_marks_are_said() {
    let scratch = Scratch::new();
    let table = |words: [&str; 3]| {
        let row = |size: usize| {
            let word = words[usize::from(size > 40) + usize::from(size > 55)];
            format!("{},{size},{word}\n", "C".repeat(size))
        };
        let rows: String = (1..=70).map(row).collect();
        format!("smiles,value,part\n{rows}")
    };
    let tables = "--task tc=parts.csv --target tc --split-column part";
    for words in [
        ["Training Set", "valid", "hold-out"],
        ["TRAIN", "dev", "test_set"],
        ["trn", "tuning", "External"],
    ] {
        scratch.write("parts.csv", table(words));
        scratch.succeed(&format!("check {tables}"));
    }
    scratch.write("parts.csv", table(["train", "val", "2"]));
    let words = "15 rows are left out because the mark names no part, the first `2` on line 57";
    scratch.refused(&format!("train {tables} --out run {TINY}"), &[words]);
}

#[test]
fn invalid_smiles() {
    skipped_rows(
        table_with(&["C1CC,5", "xyz,6"]),
        &["bad.csv: 2 of 80 rows skipped (2 invalid SMILES)"],
        &["line 80", "ring number 1 is never closed", "C1CC\n   ^"],
    );
}

#[test]
fn nan_and_infinity() {
    skipped_rows(
        table_with(&["CCN,1e999", "CCNC,-inf", "CCNCC,NaN"]),
        &["bad.csv: 3 of 81 rows skipped (2 infinite number, 1 no label)"],
        &["line 80", "not a finite number", "`1e999`"],
    );
}

#[test]
fn a_smiles_of_twenty_thousand_characters() {
    let long = format!("{},5", "C".repeat(20_000));
    skipped_rows(
        table_with(&[&long]),
        &["bad.csv: 1 of 79 rows skipped (1 invalid SMILES)"],
        &["line 80", "20000 bytes is longer than 2000"],
    );
}

#[test]
fn bytes_that_are_not_utf8() {
    let mut content = table_with(&[]).into_bytes();
    content.extend(b"C\xff\xfeC,5\n");
    skipped_rows(
        content,
        &["1 of 79 rows skipped (1 bytes that are not UTF-8)"],
        &["line 80", "save the table as UTF-8"],
    );
}

#[test]
fn all_labels_blank() {
    refused_table(
        "smiles,value\nC,\nCC,\nCCC,\n",
        &["bad.csv", "value", "empty"],
    );
}

#[test]
fn one_label() {
    refused_table(
        "smiles,value\nCCO,3\n",
        &["1 labelled molecules", "`tc`", "at least"],
    );
}

#[test]
fn equal_labels() {
    let rows: String = (1..60)
        .map(|size| format!("{},3\n", "C".repeat(size)))
        .collect();
    refused_table(format!("smiles,value\n{rows}"), &["tc"]);
}

#[test]
fn duplicates_with_conflicting_values_are_merged_and_reported() {
    let scratch = Scratch::new();
    scratch.write("bad.csv", table_with(&["CCC,9000", "C(C)C,10"]));
    let arguments = "--task tb=tb.csv --task tc=bad.csv --target tc";
    let answer = scratch.succeed(&format!("train {arguments} --out run {TINY}"));
    assert!(
        answer.stderr.contains("tc: 1 molecules had several labels"),
        "{}",
        answer.stderr
    );
    // propane: 427, 9000 and 10
    assert!(scratch.read("run/predictions.csv").contains(",tc,427,"));
    let check = scratch.succeed(&format!("check {arguments}"));
    assert!(check.stdout.contains("9000"), "{}", check.stdout);
}

#[test]
fn an_output_folder_that_cannot_be_written() {
    let scratch = Scratch::new();
    let answer = scratch.run(&format!("train {TABLES} --out tc.csv/run {TINY}"));
    assert_eq!(answer.status, Some(1), "{answer:?}");
    assert!(answer.stderr.contains("tc.csv/run"), "{}", answer.stderr);
    for (out, words) in [
        ("tc.csv", "tc.csv, which is read, is the output folder"),
        (
            "notes.txt",
            "notes.txt exists already and is no output of geogate",
        ),
    ] {
        scratch.write("notes.txt", "mine");
        let arguments = format!("train {TABLES} --out {out} --force {TINY}");
        scratch.refused(&arguments, &[words]);
    }
    assert!(scratch.read("tc.csv").starts_with("smiles,value"));
    assert_eq!(scratch.read("notes.txt"), "mine");
}

#[test]
fn a_model_folder_with_a_truncated_or_foreign_file() {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    let weights = scratch.bytes("run/model.safetensors");
    let description = scratch.read("run/model.json");
    let predict = "predict --model run --input tc.csv --output new.csv";
    for length in [0, 7, 100, weights.len() / 2, weights.len() - 1] {
        scratch.write("run/model.safetensors", &weights[..length]);
        scratch.refused(predict, &["run/model.safetensors"]);
    }
    scratch.write("run/model.safetensors", "smiles,value\n");
    scratch.refused(predict, &["run/model.safetensors"]);
    scratch.write("run/model.safetensors", &weights);
    for foreign in [
        "",
        "{}",
        "{\"a\": 1}",
        "[]",
        &description[..description.len() / 2],
    ] {
        scratch.write("run/model.json", foreign);
        scratch.refused(predict, &["run/model.json"]);
    }
    scratch.refused("predict --model tb.csv --input tc.csv", &["tb.csv"]);
    scratch.refused(
        "predict --model absent --input tc.csv",
        &["absent", "geogate train"],
    );
    assert!(!scratch.path("new.csv").exists());
}

#[test]
fn options_out_of_range_are_named() {
    let scratch = Scratch::new();
    for (options, words) in [
        ("--test-fraction 1.5", "--test-fraction is 1.5"),
        ("--val-fraction 0", "--val-fraction is 0"),
        ("--lr -1", "--lr"),
        ("--lr nan", "--lr"),
        ("--epochs 0", "--epochs"),
        ("--batch-size 0", "--batch-size"),
        ("--latent-dim 9 --lf-dim 4", "--lf-dim 4"),
        ("--threads 0", "--threads is 0"),
        ("--alpha nan", "--alpha is NaN"),
        ("--hidden 0", "--hidden is 0"),
        ("--epochs 18446744073709551615", "--epochs"),
        ("--target vc", "vc"),
        ("--split skaffold", "skaffold"),
        ("--max-rows tc", "tc"),
        ("--max-rows tb=40,tc=15", "once for each task"),
        ("--max-rows tc=18446744073709551615", "1000000000"),
        ("--seed -1", "-1"),
        ("--task x", "no `=`"),
        ("--resume --force", "--force"),
        ("--nonsense", "--nonsense"),
    ] {
        let base = "train --task tb=tb.csv --task tc=tc.csv --out run";
        let target = if options.contains("target") {
            ""
        } else {
            "--target tc"
        };
        scratch.refused(&format!("{base} {target} {options}"), &[words]);
    }
    scratch.refused("train --out run", &["no table", "--task"]);
    scratch.refused(&format!("train {TABLES}"), &["--out"]);
    scratch.refused(
        "train --task tb=tb.csv --task tc=tc.csv --out run",
        &["target"],
    );
    assert!(!scratch.path("run").exists());
}
