//! Input that cannot be used: each kind with its message, or its line in the account.

use geogate::data::config::OnBadRow;
use geogate::error::ErrorKind;

use super::Tables;

/// A table of features and values under `header`.
fn numbers(rows: &str) -> Tables {
    Tables::new()
        .task("y", format!("x,value\n{rows}"))
        .features(&["x"])
}

/// What the account says of the rows left out.
fn skipped(tables: &Tables) -> Vec<String> {
    let account = tables.read().unwrap().account;
    account
        .tables
        .iter()
        .flat_map(|table| &table.skipped)
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_missing_file_is_named() {
    let mut tables = numbers("1,2\n");
    tables.data.tasks[0].file = "no/such/file.csv".into();
    let error = tables.read().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Io { .. }));
    assert!(error.is_input());
    assert!(
        error.to_string().contains("cannot read no/such/file.csv"),
        "{error}"
    );
}

#[test]
fn tables_without_labels_are_refused() {
    let features = |content: &[u8]| Tables::new().task("y", content).features(&["x"]);
    for (content, words) in [
        (&b""[..], "the file is empty"),
        (b"x,value\n", "no rows under the header"),
        (b"x,value\n\n\n", "no rows under the header"),
        (b"x,value\n1,\n2, \n", "every field is empty"),
        (
            b"x,value\n1,a\n2,b\n",
            "line 2, column `value`: not a number: `a`",
        ),
        (b"x,valeu\n1,2\n", "did you mean `valeu`?"),
        (b"x,y\n1,2\n", "the columns are `x`, `y`"),
        (b"x;value\n1;2\n", "save the table with commas"),
        (b"x,x,value\n1,1,2\n", "columns 1 and 2 are both called `x`"),
        (b"x,v\xe4lue\n1,2\n", "column 2 is not UTF-8"),
    ] {
        let message = features(content).refusal();
        assert!(message.contains(words), "{message}");
        assert!(message.contains("y.csv"), "{message}");
    }
}

#[test]
fn a_column_cannot_be_input_and_label() {
    let message = Tables::new()
        .task("y:x", "x,value\n1,2\n")
        .features(&["x"])
        .refusal();
    assert!(message.contains("both an input and a label"), "{message}");
}

#[test]
fn bad_rows_are_left_out_with_line_and_reason() {
    let tables =
        numbers("1,10\n2,high\n3,NaN\n4,inf\n5,1e999\nsix,6\nNaN,7\n8\n9,9,9\n10,\n11,3\n");
    let corpus = tables.read().unwrap();
    assert_eq!(corpus.identifiers, ["1.0", "11.0"]);
    assert_eq!(
        skipped(&tables),
        [
            "line 3, column `value`: not a number: `high`",
            "line 4, column `value`: no label: `NaN`",
            "line 5, column `value`: not a finite number: `inf`",
            "line 6, column `value`: not a finite number: `1e999`",
            "line 7, column `x`: not a number: `six`",
            "line 8, column `x`: missing value: `NaN`",
            "line 9: 1 fields where the header has 2",
            "line 10: 3 fields where the header has 2",
            "line 11, column `value`: no label",
        ]
    );
    let table = &corpus.account.tables[0];
    assert_eq!((table.rows, table.used, table.skipped_rows()), (11, 2, 9));
    assert_eq!(table.reasons()[0], ("text where a number is expected", 2));
}

#[test]
fn an_open_quote_is_told_by_the_lines_it_swallows() {
    let message = numbers("1,10\n\"2,20\n3,30\n4,40\n").refusal();
    for words in [
        "y.csv, line 3: a quote",
        "never closed",
        "the 2 lines after it",
    ] {
        assert!(message.contains(words), "{message}");
    }
    // closed by the next one
    let tables = Tables::new()
        .task("y", "x,value,note\n1,10,\n2,20,\"12 inch\n3,30,\n4,40,\"6 inch\n5,50,\"two\nlines, in all\"\n")
        .features(&["x"]);
    assert_eq!(
        skipped(&tables),
        [
            "line 3: a quote that is opened here ends on line 5, and what it holds looks like rows of their own"
        ]
    );
    assert_eq!(tables.read().unwrap().rows(), 2);
    // a row that runs on for another reason
    let tables = Tables::new()
        .task("y", "x,value,note\n1,10,\n2,\"a\nb\"\n3,30,\n")
        .features(&["x"]);
    assert_eq!(
        skipped(&tables),
        ["line 3: 2 fields where the header has 3, and the row runs on to line 4"]
    );
}

/// Every label is there; what is wrong stands elsewhere, and is what the error says.
#[test]
fn the_first_real_reason_is_given() {
    let of_features = |rows: &str| Tables::new().task("y", rows).features(&["x"]);
    let parts =
        |rows: &str| of_features(rows).split(|split| split.split_column = Some("part".to_owned()));
    let wide = |rows: &str| Tables::new().wide("y", rows).features(&["x"]);
    for (tables, words) in [
        (
            of_features("x,value\nwater,1\nice,2\n"),
            "line 2, column `x`: not a number: `water`",
        ),
        (
            of_features("x,value\n,\nice,2\n"),
            "line 2, column `x`: missing value",
        ),
        (
            parts("x,value,part\n1,1,set\n2,2,?\n"),
            "line 2, column `part`: neither train, val nor test: `set`",
        ),
        (wide("x,a,y\n1,oops,\n2,3,\n3,4,\n"), "its fields are empty"),
        (
            wide("x,a,y\n1,oops,\n2,3,low\n3,4,\n"),
            "line 3, column `y`: not a number: `low`",
        ),
    ] {
        let message = tables.refusal();
        assert!(message.contains(words), "{message}");
    }
    #[cfg(feature = "molecule")]
    {
        let message = Tables::new()
            .task("y", "smiles,value\nCC>>CO,1\nC=C>>CC,2\n")
            .refusal();
        assert!(
            message.contains("line 2, column `smiles`: invalid SMILES"),
            "{message}"
        );
        assert!(message.ends_with("`CC>>CO`"), "{message}");
    }
}

/// `NA` and its kind are blanks among labels and missing among features.
#[test]
fn words_for_no_value_are_blanks() {
    let rows = |word: &str| {
        let label = |x: usize, every: usize| match x % every {
            0 => x.to_string(),
            _ => word.to_owned(),
        };
        let row = |x| format!("{x},{},{},{x}\n", label(x, 3), label(x, 5));
        format!(
            "x,a,b,y\n{}{word},1,1,1\n",
            (0..40).map(row).collect::<String>()
        )
    };
    let read = |word: &str| {
        Tables::new()
            .wide("y", rows(word))
            .features(&["x"])
            .read()
            .unwrap()
    };
    let blank = read("");
    assert_eq!(blank.tasks, ["a", "b", "y"]);
    for word in ["NA", "n/a", "NaN", "None", "-", "?", "null"] {
        let corpus = read(word);
        assert_eq!(corpus.tasks, blank.tasks, "{word}");
        let bits = |labels: &[f64]| labels.iter().map(|y| y.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&corpus.labels), bits(&blank.labels), "{word}");
        let skipped = &corpus.account.tables[0].skipped;
        assert_eq!(
            skipped.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [format!("line 42, column `x`: missing value: `{word}`")]
        );
    }
}

#[test]
fn bytes_that_are_not_utf8_have_a_line() {
    let tables = Tables::new()
        .task("y", b"x,value,note\n1,10,\n2,2\xff0,\n3,30,caf\xe9\n")
        .features(&["x"]);
    assert_eq!(
        skipped(&tables),
        ["line 3, column `value`: bytes that are not UTF-8: `2\u{fffd}0`"]
    );
    // a note that is not read does no harm
    assert_eq!(tables.read().unwrap().rows(), 2);
}

#[test]
fn every_form_of_csv_gives_the_same_corpus() {
    let plain = Tables::new()
        .task("y", "x,value\n1,10\n2,20\n3,30\n")
        .features(&["x"])
        .read()
        .unwrap();
    for content in [
        "\u{feff}x,value\r\n1,10\r\n2,20\r\n3,30\r\n",
        "x,value\r1,10\r2,20\r3,30",
        "\"x\" , value\n\n\"1\",\"10\"\n 2 , 20 \n\n3,+3e1",
        "note,value,x\n\"a, \"\"b\"\"\nc\",10,1.0\n,20,2\n,30,3\n",
    ] {
        let other = Tables::new().task("y", content).features(&["x"]).read();
        let other = other.unwrap();
        assert_eq!(other.identifiers, plain.identifiers, "{content:?}");
        assert_eq!(other.labels, plain.labels, "{content:?}");
        assert!(other.account.tables[0].skipped.is_empty(), "{content:?}");
    }
}

#[test]
fn on_request_the_first_bad_row_stops_the_reading() {
    let stop = |rows: &str| numbers(rows).with(|data| data.on_bad_row = OnBadRow::Error);
    let error = stop("1,10\n2,\n3,high\n4,low\n").read().unwrap_err();
    assert!(error.is_input());
    let ErrorKind::Table { line, column, .. } = error.kind() else {
        panic!("{error}");
    };
    assert_eq!((*line, column.as_deref()), (Some(4), Some("value")));
    let advice = "option `on_bad_row` = skip";
    assert!(error.to_string().contains(advice), "{error}");
    // a row without label is reported, and no error
    assert_eq!(stop("1,10\n2,\n3,30\n").read().unwrap().rows(), 2);
}

#[test]
fn the_first_bad_row_does_not_depend_on_threads() {
    let mut rows = String::new();
    for row in 0..5000 {
        // the second bad row is in another chunk
        let value = if row == 1234 || row == 4321 {
            "bad"
        } else {
            "1"
        };
        rows.push_str(&format!("{row},{value}\n"));
    }
    let tables = numbers(&rows).with(|data| data.on_bad_row = OnBadRow::Error);
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let error = pool.build().unwrap().install(|| tables.read().unwrap_err());
        assert!(error.to_string().contains("line 1236"), "{error}");
    }
}

#[test]
fn a_wide_table_loses_a_bad_label_and_not_the_row() {
    let tables = Tables::new()
        .wide("b", "x,a,b\n1,10,100\n2,oops,200\n3,30,\n4,,\n5,bad,\n")
        .features(&["x"]);
    let corpus = tables.read().unwrap();
    assert_eq!(corpus.tasks, ["a", "b"]);
    assert_eq!(corpus.target, 1);
    let labels: Vec<String> = corpus.labels.iter().map(ToString::to_string).collect();
    assert_eq!(labels, ["10", "100", "NaN", "200", "30", "NaN"]);
    assert_eq!(
        skipped(&tables),
        [
            "line 3, column `a`: not a number: `oops`",
            "line 5: no label",
            "line 6, column `a`: not a number: `bad`",
        ]
    );
    let table = &corpus.account.tables[0];
    let label_only: Vec<bool> = table.skipped.iter().map(|skip| skip.label_only).collect();
    assert_eq!(label_only, [true, false, false]);
    assert_eq!((table.rows, table.used, table.skipped_rows()), (5, 3, 2));
}

#[test]
fn a_wide_table_says_which_columns_are_no_task() {
    let content = ",x,name,a,b,empty,mostly\n0,1,one,10,1,,1\n1,2,two,20,2,,2\n2,3,3,30,3,,x\n";
    let tables = Tables::new().wide("b", content).features(&["x"]);
    let corpus = tables.read().unwrap();
    assert_eq!(corpus.tasks, ["a", "b", "mostly"]);
    let ignored: Vec<(&str, &str)> = corpus.account.tables[0]
        .ignored_columns
        .iter()
        .map(|(name, reason)| (name.as_str(), reason.as_str()))
        .collect();
    assert_eq!(
        ignored,
        [
            ("", "no name"),
            ("name", "text: 1 of 3 fields are numbers"),
            ("empty", "empty"),
        ]
    );
    let chosen = tables.with(|data| data.sources = vec!["a".to_owned()]);
    assert_eq!(chosen.read().unwrap().tasks, ["a", "b"]);
    let message = chosen.with(|data| data.target = "c".to_owned()).refusal();
    assert!(message.contains("there is no column `c`"), "{message}");
}

#[test]
fn the_split_column_must_say_a_known_part_once_for_each_row() {
    let tables = Tables::new()
        .task(
            "y",
            "x,value,part\n1,1,train\n2,2,Validation\n3,3,\n4,4,tset\n1,5,HOLDOUT\n6,6,dev\n",
        )
        .features(&["x"])
        .split(|split| split.split_column = Some("part".to_owned()));
    assert_eq!(
        skipped(&tables),
        [
            "line 4, column `part`: neither train, val nor test",
            "line 5, column `part`: neither train, val nor test: `tset`",
            "line 6: contradicts line 2, which says `train`: `test`",
        ]
    );
    assert_eq!(tables.read().unwrap().rows(), 3);
    let message = tables
        .split(|split| split.split_column = Some("parts".to_owned()))
        .refusal();
    assert!(message.contains("did you mean `part`?"), "{message}");
}

#[cfg(feature = "molecule")]
mod smiles {
    use super::*;

    #[test]
    fn an_invalid_smiles_has_a_line_and_a_caret() {
        let tables = Tables::new().task("y", "smiles,value\nCCO,1\nCC(=)N,2\n,3\nCCC,4\n");
        assert_eq!(
            skipped(&tables),
            [
                "line 3, column `smiles`: invalid SMILES: `)` cannot follow a bond at character 5: \
                 `CC(=)N`",
                "line 4, column `smiles`: no SMILES",
            ]
        );
        let strict = tables.with(|data| data.on_bad_row = OnBadRow::Error);
        let message = strict.refusal();
        assert!(message.contains("line 3"), "{message}");
        assert!(message.ends_with("  CC(=)N\n      ^"), "{message}");
    }

    #[test]
    fn an_absurdly_long_smiles_is_one_short_line() {
        let long = "C".repeat(20_000);
        let tables = Tables::new().task("y", format!("smiles,value\nCCO,1\n{long},2\n"));
        let [line] = &skipped(&tables)[..] else {
            panic!("one row is bad");
        };
        assert!(line.contains("20000 bytes is longer than 2000"), "{line}");
        assert!(line.len() < 200, "{line}");
    }

    #[test]
    fn a_table_without_smiles_column_is_answered() {
        let message = Tables::new().task("y", "smile,value\nC,1\n").refusal();
        assert!(message.contains("did you mean `smile`?"), "{message}");
        let message = Tables::new().task("y", "CCO,78.4\nC,1\n").refusal();
        assert!(message.contains("no column `smiles`"), "{message}");
    }
}
