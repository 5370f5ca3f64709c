//! Models that a Gaussian process reads: error bars in files, measured values of other tasks.

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

/// A model of `tb` and `tc` without a network.
fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out run {TINY} --method gp-mtl"));
    scratch
}

/// The rows of a table by the names of its columns.
struct Table {
    header: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    fn of(text: &str) -> Self {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().iter().map(str::to_owned);
        Self {
            header: header.collect(),
            rows: reader.records().map(Result::unwrap).collect(),
        }
    }

    fn text(&self, row: usize, column: &str) -> &str {
        let at = self.header.iter().position(|name| name == column);
        &self.rows[row][at.unwrap_or_else(|| panic!("no {column} in {:?}", self.header))]
    }

    fn number(&self, row: usize, column: &str) -> f64 {
        self.text(row, column).parse().unwrap()
    }
}

const NEW: [&str; 7] = [
    "CCO", "CCCC", "CCCCC", "C1CC", "CCCCCC", "CCCCCCC", "CCCCCCCC",
];

/// `new.csv` with these measured values in a column `bp`.
fn write_new(scratch: &Scratch, measured: [&str; NEW.len()]) {
    let rows = NEW.iter().zip(measured);
    let rows: String = rows
        .map(|(smiles, bp)| format!("{smiles},{bp}\n"))
        .collect();
    scratch.write("new.csv", format!("smiles,bp\n{rows}"));
}

#[test]
fn a_task_has_its_error_bar_behind_it() {
    let scratch = trained();
    write_new(&scratch, [""; NEW.len()]);
    let predict = "predict --model run --input new.csv";
    let table = Table::of(&scratch.succeed(predict).stdout);
    let want = "smiles bp tb tb_sd tb_lower tb_upper tb_trust tc tc_sd tc_lower tc_upper tc_trust nearest \
                nearest_distance remark error";
    assert_eq!(table.header.join(" "), want);
    let narrow = Table::of(&scratch.succeed(&format!("{predict} --coverage 0.5")).stdout);
    let open = Table::of(
        &scratch
            .succeed(&format!("{predict} --coverage 0.999"))
            .stdout,
    );
    for row in [0, 1, 2, 4, 5, 6] {
        for task in ["tb", "tc"] {
            let at = |table: &Table, of: &str| table.number(row, &format!("{task}{of}"));
            let (mean, lower, upper) = (at(&table, ""), at(&table, "_lower"), at(&table, "_upper"));
            assert!(at(&table, "_sd") > 0.0);
            assert!((0.0..=1.0).contains(&at(&table, "_trust")));
            assert!(lower <= mean && mean <= upper, "{lower} {mean} {upper}");
            assert_eq!(at(&narrow, ""), mean);
            assert!(at(&narrow, "_lower") >= lower && at(&narrow, "_upper") <= upper);
            // fewer than a thousand rows were left out
            let ends = [at(&open, "_lower"), at(&open, "_upper")];
            assert_eq!(ends, [f64::NEG_INFINITY, f64::INFINITY]);
        }
        assert!(table.number(row, "nearest_distance") >= 0.0);
        assert!(!table.text(row, "nearest").is_empty());
        assert_eq!(table.text(row, "error"), "");
    }
    for column in [
        "tb",
        "tb_sd",
        "tc_upper",
        "nearest",
        "nearest_distance",
        "remark",
    ] {
        assert_eq!(table.text(3, column), "", "{column}");
    }
    assert!(table.text(3, "error").contains("never closed"));
}

#[test]
fn a_coverage_is_a_share_and_needs_intervals() {
    let scratch = trained();
    for share in ["0", "1", "1.5", "-0.5", "nan"] {
        scratch.refused(
            &format!("predict --model run --input tc.csv --coverage {share}"),
            &["--coverage is", "above 0 and below 1"],
        );
    }
    scratch.succeed(&format!("train {TABLES} --out net {TINY}"));
    scratch.refused(
        "predict --model net --input tc.csv --coverage 0.9",
        &["--coverage", "a network's head", "no intervals"],
    );
    let plain = scratch.succeed("predict --model net --input tc.csv").stdout;
    assert!(plain.starts_with("smiles,value,tb,tc,error\n"));
}

/// Blanks are as if nothing had been asked for, to the last byte.
#[test]
fn blank_evidence_changes_nothing() {
    let scratch = trained();
    write_new(&scratch, ["", "NA", " ", "", "n/a", "nan", "-"]);
    let predict = "predict --model run --input new.csv";
    let plain = scratch.succeed(predict);
    let given = scratch.succeed(&format!("{predict} --evidence tb=bp"));
    assert_eq!(given.stdout, plain.stdout);
    assert_eq!(given.stderr, plain.stderr);
}

#[test]
fn evidence_is_of_its_row_alone() {
    let scratch = trained();
    let predict = "predict --model run --input new.csv";
    write_new(&scratch, [""; NEW.len()]);
    let plain = Table::of(&scratch.succeed(predict).stdout);
    // what is expected, and what no molecule has
    let expected = plain.text(2, "tb");
    write_new(&scratch, ["", "abc", expected, "250", "1e9", "inf", ""]);
    let answer = scratch.succeed(&format!("{predict} --evidence tb=bp"));
    let given = Table::of(&answer.stdout);
    for row in [0, 1, 5, 6] {
        for column in plain
            .header
            .iter()
            .filter(|name| !["bp", "remark"].contains(&name.as_str()))
        {
            assert_eq!(given.text(row, column), plain.text(row, column), "{column}");
        }
    }
    // a measured value narrows what is predicted; one that is not expected moves it
    for (row, task) in [(2, "tb_sd"), (2, "tc_sd"), (4, "tb_sd")] {
        assert!(given.number(row, task) <= plain.number(row, task));
    }
    assert!(given.number(2, "tb_sd") < plain.number(2, "tb_sd"));
    assert_ne!(given.text(4, "tc"), plain.text(4, "tc"));
    assert!(given.number(4, "tb") > plain.number(4, "tb") + 1.0);
    for (row, words) in [
        (
            1,
            "evidence `abc` in column `bp` is no number and was not used",
        ),
        (
            5,
            "evidence `inf` in column `bp` is not finite and was not used",
        ),
        (4, "measured tb is "),
        (4, " standard deviations from what was expected"),
    ] {
        let remark = given.text(row, "remark");
        assert!(remark.contains(words), "{remark}");
    }
    assert_eq!(given.text(2, "remark"), plain.text(2, "remark"));
    for words in [
        "2 of 4 measured values of new.csv could not be used",
        "1 of the 2 measured values used are far",
        "column `remark`",
    ] {
        assert!(answer.stderr.contains(words), "{}", answer.stderr);
    }
    let json = scratch.succeed(&format!(
        "{predict} --evidence tb=bp --output out.csv --json"
    ));
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let count = &json["evidence"];
    assert_eq!(
        [&count["used"], &count["refused"], &count["surprising"]],
        [2, 2, 1]
    );
}

#[test]
fn evidence_that_cannot_be_is_refused() {
    let scratch = trained();
    write_new(&scratch, [""; NEW.len()]);
    for (given, words) in [
        (
            "tbb=bp",
            &["there is no task `tbb`", "did you mean `tb`?"][..],
        ),
        ("tb=bpp", &["no column `bpp`", "did you mean `bp`?"]),
        (
            "tc=bp",
            &["`tc`, which is the target", "measured values of `tb`"],
        ),
        (
            "tb=bp --evidence tb=bp",
            &["--evidence names the task `tb` twice"],
        ),
        ("tb", &["`tb` is not TASK=COLUMN"]),
        ("=bp", &["`=bp` is not TASK=COLUMN"]),
    ] {
        let predict = "predict --model run --input new.csv --output out.csv";
        scratch.refused(&format!("{predict} --evidence {given}"), words);
        assert!(!scratch.path("out.csv").exists());
    }
    scratch.succeed(&format!("train {TABLES} --out net {TINY}"));
    scratch.refused(
        "predict --model net --input new.csv --evidence tb=bp",
        &["of use to a Gaussian process alone", "--head gp"],
    );
}

#[test]
fn numbers_have_their_nearest_row_and_no_remark_among_those_seen() {
    let scratch = Scratch::new();
    let rows = (0..60).map(|i| f64::from(i) / 10.0);
    let rows: String = rows.map(|x| format!("{x},{}\n", x.sin())).collect();
    scratch.write("wave.csv", format!("x,y\n{rows}"));
    let numbers = "--data wave.csv --features x --target y --molecules no";
    scratch.succeed(&format!("train {numbers} --out run {TINY} --method gp"));
    scratch.write("new.csv", "x\n2.05\n");
    let near = Table::of(
        &scratch
            .succeed("predict --model run --input new.csv")
            .stdout,
    );
    assert_eq!(near.text(0, "remark"), "");
    assert!((near.number(0, "y") - 2.05_f64.sin()).abs() < 0.1);
    let nearest: f64 = near.number(0, "nearest");
    assert!((nearest - 2.05).abs() < 0.5, "{nearest}");
}

/// The columns of predictions.csv, and their scores in metrics.json.
#[test]
fn a_run_has_error_bars_and_says_what_they_are_worth() {
    let scratch = Scratch::new();
    let answer = scratch.succeed(&format!("train {TABLES} --out run {TINY} --method gp-mtl"));
    assert!(
        answer.stdout.contains("Gaussian process over"),
        "{answer:?}"
    );
    assert!(
        answer.stdout.contains("Intervals for 90 % of the labels"),
        "{answer:?}"
    );
    let page = scratch.read("run/report.html");
    assert!(page.contains("Gaussian process over") && page.contains("Intervals for 90 %"));
    assert!(page.contains("Error bars of tc") && page.contains("rows, by prediction"));
    assert_eq!(
        page.matches("Gaussian process over").count(),
        1,
        "said once"
    );
    let table = Table::of(&scratch.read("run/predictions.csv"));
    assert_eq!(
        table.header.join(","),
        "smiles,split,task,y_true,y_pred,sd,lower,upper,trust"
    );
    let tested = (0..table.rows.len())
        .filter(|&row| table.text(row, "split") == "test" && table.text(row, "task") == "tc");
    let held = tested.clone().filter(|&row| {
        let (lower, upper) = (table.number(row, "lower"), table.number(row, "upper"));
        (lower..=upper).contains(&table.number(row, "y_true"))
    });
    let (n, held) = (tested.count(), held.count());
    let metrics: Value = serde_json::from_str(&scratch.read("run/metrics.json")).unwrap();
    let readout = &metrics["readout"];
    assert!(readout["expected_rmse"].as_f64().unwrap() >= 0.0);
    assert_eq!(readout["test"]["n"], n);
    let coverage = readout["test"]["coverage"].as_f64().unwrap();
    assert!(
        (coverage - held as f64 / n as f64).abs() < 1e-15,
        "{coverage}"
    );
    // a finished run says the same
    let again = scratch.succeed("train --out run --resume");
    assert!(again.stdout.contains("Intervals for 90 %"), "{again:?}");
}
