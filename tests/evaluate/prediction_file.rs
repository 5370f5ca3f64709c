//! Files with predictions are read by the names of their columns.

use std::fs;
use std::path::PathBuf;

use geogate::data::{Corpus, Part};
use geogate::error::ErrorKind;
use geogate::evaluate::outcome::LabelledPrediction;
use geogate::evaluate::prediction_file::{
    PredictionRow, WideRow, WideWriter, predictions_csv, read,
};
use geogate::train::{Absence, ErrorBar, Neighbour, Prediction};
use tempfile::TempDir;

fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("predictions.csv");
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn row(part: Part, task: &str, truth: f64, mean: f64) -> PredictionRow {
    PredictionRow {
        identifier: "CCO".to_owned(),
        part,
        task: task.to_owned(),
        truth,
        mean,
        bar: None,
    }
}

/// Two rows of two tasks.
fn corpus() -> Corpus {
    let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    let features = vec![0.5, 1.5, 2.5, 3.5];
    let labels = vec![1.0 / 3.0, 7.0, 0.1, -2.0];
    let tasks = names(["tb", "tc"]);
    Corpus::of_features(tasks, 1, names(["x", "y"]), features, labels).unwrap()
}

#[test]
fn the_order_of_columns_and_others_among_them_do_not_matter() {
    let text = "y_pred,kelvin,task,smiles,y_true,note,split\n\
                2.5,300,tc,CCO,2,\"a, b\",test\n\
                0.1,7,tb,CCO,-1e3,,train\n";
    let (_folder, path) = file(text.as_bytes());
    let want = [
        row(Part::Test, "tc", 2.0, 2.5),
        row(Part::Train, "tb", -1e3, 0.1),
    ];
    assert_eq!(read(&path).unwrap(), want);
}

#[test]
fn missing_columns_are_named() {
    let (_folder, path) = file(b"smiles,part,task,y_pred\nCC,test,tc,1\n");
    let error = read(&path).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Table { .. }), "{error}");
    assert!(
        error.to_string().contains("no column `split`, `y_true`"),
        "{error}"
    );
}

#[test]
fn rows_that_no_program_wrote_are_refused_by_their_line() {
    for bad in [
        "CC,test,tc,one,1",
        "CC,outer,tc,1,1",
        "CC,test,tc,1,?",
        "CC,test,tc",
    ] {
        let text = format!("smiles,split,task,y_true,y_pred\nCC,test,tc,1,1\n{bad}\n");
        let (_folder, path) = file(text.as_bytes());
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
    }
}

/// What is written is read back; what is absent is blank.
#[test]
fn predictions_come_back_to_the_last_bit() {
    let corpus = corpus();
    let found = [
        (0, 0, Part::Train, Prediction::Absent(Absence::SwitchedOff)),
        (1, 1, Part::Test, Prediction::of(0.1 + 0.2)),
        (0, 1, Part::Val, Prediction::of(f64::INFINITY)),
    ];
    let found = found.map(|(row, task, part, prediction)| LabelledPrediction {
        row,
        task,
        part,
        truth: corpus.label(row, task),
        prediction,
        bar: None,
    });
    let text = predictions_csv(&found, &corpus);
    assert!(text.starts_with(b"smiles,split,task,y_true,y_pred\n"));
    let (_folder, path) = file(&text);
    let back = read(&path).unwrap();
    for (back, found) in back.iter().zip(&found) {
        assert_eq!(back.identifier, corpus.identifiers[found.row]);
        assert_eq!(
            (back.part, &back.task),
            (found.part, &corpus.tasks[found.task])
        );
        let (got, want) = (back.mean, found.prediction.mean());
        assert_eq!(back.truth.to_bits(), found.truth.to_bits());
        assert!(got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan()));
    }
    assert_eq!(back.len(), 3);
}

/// Ends of an interval may be open, the trust of nothing is blank, and so is the bar of a row that has none.
#[test]
fn error_bars_come_back() {
    let corpus = corpus();
    let bar = |lower: f64, upper: f64, trust: f64| ErrorBar {
        sd: 0.1 + 0.2,
        lower,
        upper,
        trust,
    };
    let bars = [
        Some(bar(-1.0 / 3.0, 2.0, 0.25)),
        Some(bar(f64::NEG_INFINITY, f64::INFINITY, f64::NAN)),
        None,
    ];
    let cells = [(0, 1), (1, 1), (0, 0)];
    let found = cells.iter().zip(bars);
    let found = found.map(|(&(row, task), bar)| LabelledPrediction {
        row,
        task,
        part: Part::Test,
        truth: corpus.label(row, task),
        prediction: Prediction::of(1.0),
        bar,
    });
    let text = predictions_csv(&found.collect::<Vec<_>>(), &corpus);
    let lines = String::from_utf8(text.clone()).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(
        lines[0],
        "smiles,split,task,y_true,y_pred,sd,lower,upper,trust"
    );
    assert!(lines[2].ends_with(",-inf,inf,"), "{}", lines[2]);
    assert!(lines[3].ends_with(",1,,,,"), "{}", lines[3]);
    let (_folder, path) = file(&text);
    let back = read(&path).unwrap();
    assert_eq!((back[0].bar, back[2].bar), (bars[0], None));
    let open = back[1].bar.unwrap();
    assert_eq!(
        (open.sd, open.lower, open.upper),
        (0.1 + 0.2, f64::NEG_INFINITY, f64::INFINITY)
    );
    assert!(open.trust.is_nan());
    let (_folder, path) = file(lines.join("\n").replace("-inf", "low").as_bytes());
    assert!(read(&path).unwrap_err().to_string().contains("line 3"));
}

fn said(predictions: &[Prediction]) -> WideRow<'_> {
    predictions.into()
}

#[test]
fn a_row_has_its_error_bars_and_what_lies_beside_it() {
    let mut table = Vec::new();
    let header = ["id", "tc_sd"].map(str::to_owned);
    let tasks = ["tb", "tc"].map(str::to_owned);
    let mut writer = WideWriter::new(&mut table, &header, &tasks, true).unwrap();
    let cells = |text: &'static str| text.split(',').map(str::as_bytes);
    let near = Neighbour {
        identifier: "CCO".to_owned(),
        distance: 0.5,
    };
    let bar = ErrorBar {
        sd: 1.5,
        lower: f64::NEG_INFINITY,
        upper: 7.0,
        trust: f64::NAN,
    };
    let off = Prediction::Absent(Absence::SwitchedOff);
    let predictions = [off, Prediction::of(2.5)];
    let row = WideRow {
        bars: vec![None, Some(bar)],
        neighbour: Some(&near),
        remark: "far off".to_owned(),
        ..said(&predictions)
    };
    writer.row(cells("1,a"), Ok(&row)).unwrap();
    writer.row(cells("2,b"), Err("no such ring")).unwrap();
    writer.finish().unwrap();
    assert_eq!(
        String::from_utf8(table).unwrap(),
        "id,tc_sd,tb,tb_sd,tb_lower,tb_upper,tb_trust,tc,tc_sd_predicted,tc_lower,tc_upper,tc_trust,\
         nearest,nearest_distance,remark,error\n\
         1,a,,,,,,2.5,1.5,-inf,7,,CCO,0.5,far off,\n\
         2,b,,,,,,,,,,,,,,no such ring\n"
    );
}

#[test]
fn a_row_says_why_it_has_no_value() {
    let mut table = Vec::new();
    let header = ["id", "tc"].map(str::to_owned);
    let tasks = ["tb", "tc"].map(str::to_owned);
    let mut writer = WideWriter::new(&mut table, &header, &tasks, false).unwrap();
    let cells = |text: &'static str| text.split(',').map(str::as_bytes);
    let off = Prediction::Absent(Absence::SwitchedOff);
    writer
        .row(cells("1,a"), Ok(&said(&[off, Prediction::of(2.5)])))
        .unwrap();
    writer
        .row(cells("2"), Ok(&said(&[off, Prediction::of(f64::NAN)])))
        .unwrap();
    writer.row(cells("3,c,d"), Err("no such ring")).unwrap();
    writer.finish().unwrap();
    assert_eq!(
        String::from_utf8(table).unwrap(),
        "id,tc,tb,tc_predicted,error\n1,a,,2.5,\n2,,,,tc: the predicted value is not finite\n\
         3,c,,,no such ring\n"
    );
}
