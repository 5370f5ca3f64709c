//! Labels of other tasks at rows that are predicted, and what is kept of a job that they are given to.

use geogate::data::config::{SplitConfig, SplitName};
use geogate::data::{Corpus, Divided, Part, Partition};
use geogate::evaluate::config::EvidenceUse;
use geogate::evaluate::job::{JobRecord, SearchOptions, fingerprint};
use geogate::evaluate::levels::{LEVELS, level_counts};
use geogate::evaluate::outcome::{COVERAGE, PARTS, predictions, target_predictions};
use geogate::evaluate::uncertainty::UncertaintyScores;
use geogate::method::{MethodName, ModelConfig};
use geogate::train::config::{RunConfig, TrainingConfig};
use geogate::train::{Evidence, Model, RunControl, fit};

/// `tb` a wave, `tc` twice that and a slope: ninety rows with a label of each.
fn corpus() -> Corpus {
    corpus_of(90)
}

fn corpus_of(rows: u32) -> Corpus {
    let x = (0..rows).map(|i| f64::from(i) / 15.0);
    let labels = x.flat_map(|x| [x.sin(), 2.0 * x.sin() + 0.1 * x]);
    labelled(labels.collect())
}

/// The same rows with these labels, `[rows x tasks]`.
fn labelled(labels: Vec<f64>) -> Corpus {
    let x = (0..labels.len() / 2).map(|i| i as f64 / 15.0).collect();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Corpus::of_features(names(&["tb", "tc"]), 1, names(&["x"]), x, labels).unwrap()
}

fn partition(corpus: &Corpus) -> Partition {
    let split = SplitConfig {
        split: SplitName::Random,
        val_fraction: 0.25,
        ..SplitConfig::default()
    };
    Partition::holdout(corpus, &split, 0).unwrap()
}

/// A Gaussian process of both tasks, and the parts of the rows it has learnt from.
fn fitted(corpus: &Corpus) -> (Model, Partition) {
    let model = ModelConfig::of(MethodName::GpMtl);
    let training = TrainingConfig::default();
    let partition = partition(corpus);
    let control = RunControl::default();
    let fitted = fit(corpus, &partition, &model, &training, &control).unwrap();
    (fitted.model, fitted.partition)
}

#[test]
fn labels_are_given_at_held_out_rows_alone() {
    let corpus = corpus();
    let (model, partition) = fitted(&corpus);
    let data = Divided {
        corpus: &corpus,
        partition: &partition,
    };
    let mut plain = predictions(&model, &corpus, &partition).unwrap();
    plain.retain(|found| found.task == corpus.target);
    let of = |parts: &[Part], use_of: EvidenceUse| {
        target_predictions(&model, data, parts, use_of).unwrap()
    };
    let (same, none) = of(&PARTS, EvidenceUse::None);
    assert_eq!((&same, none), (&plain, 0));
    let (given, rows) = of(&PARTS, EvidenceUse::Given);
    assert_eq!(rows, partition.count(corpus.target, Part::Test));
    assert_eq!(given.len(), plain.len());
    for (given, plain) in given.iter().zip(&plain) {
        assert_eq!((given.row, given.task), (plain.row, plain.task));
        let (bar, before) = (given.bar.unwrap(), plain.bar.unwrap());
        if plain.part == Part::Test {
            assert!(bar.sd < before.sd, "{} {}", bar.sd, before.sd);
        } else {
            assert_eq!((given.prediction, bar), (plain.prediction, before));
        }
    }
    let (tested, rows) = of(&[Part::Test], EvidenceUse::Given);
    assert_eq!((tested.len(), rows), (rows, partition.count(1, Part::Test)));
    assert!(tested.iter().all(|found| found.part == Part::Test));
}

fn bits(labels: &[f64]) -> Vec<u64> {
    labels.iter().map(|label| label.to_bits()).collect()
}

/// Labels that the sample has not drawn are told at rows that are tested; what is learnt is as if there were none.
#[test]
fn evidence_is_not_limited_to_the_sample() {
    let whole = corpus_of(160);
    let limits = [("tb".to_owned(), 90)].into();
    let sampled = whole.clone().sampled(&limits, 0).unwrap();
    assert_eq!((sampled.rows(), sampled.labelled(0).len()), (160, 90));
    let forgetful = labelled(sampled.labels.clone());
    assert_eq!(bits(&forgetful.labels), bits(&sampled.labels));
    let both = [&sampled, &forgetful];
    let [one, other] = both.map(fitted);
    assert_eq!(one.1, other.1);
    let test = one.1.rows(1, Part::Test);
    let found = |corpus: &Corpus, (model, partition): &(Model, Partition), use_of| {
        let data = Divided { corpus, partition };
        target_predictions(model, data, &PARTS, use_of).unwrap()
    };
    let none = EvidenceUse::None;
    assert_eq!(found(&sampled, &one, none), found(&forgetful, &other, none));
    let (told, rows) = found(&sampled, &one, EvidenceUse::Given);
    assert_eq!(rows, test.len());
    let (less, fewer) = found(&forgetful, &other, EvidenceUse::Given);
    let drawn = |row: &&usize| !sampled.label(**row, 0).is_nan();
    assert_eq!(fewer, test.iter().filter(drawn).count());
    assert!(fewer < rows);
    for (told, less) in told.iter().zip(&less) {
        let row = told.row;
        assert_eq!(sampled.measured(row, 0), whole.label(row, 0));
        let alike = told.part != Part::Test || drawn(&&row);
        assert_eq!(
            (told.prediction, told.bar) == (less.prediction, less.bar),
            alike
        );
    }
    let job = |corpus: &Corpus, evidence| {
        let search = SearchOptions {
            draws: 0,
            held: Vec::new(),
            evidence,
        };
        fingerprint(
            (MethodName::GpMtl, &search),
            &RunConfig::default(),
            corpus,
            &one.1,
        )
    };
    let same = |evidence| job(&sampled, evidence) == job(&forgetful, evidence);
    assert!(same(none) && !same(EvidenceUse::Given));
}

/// Labels of the target that are not drawn are gone, and so are rows without any other label.
#[test]
fn what_was_measured_stays_with_its_row() {
    let mut labels = corpus_of(60).labels;
    for row in 40..60 {
        labels[2 * row + 1] = f64::NAN;
    }
    let whole = labelled(labels);
    let limits = [("tb".to_owned(), 20), ("tc".to_owned(), 30)].into();
    let sampled = whole.clone().sampled(&limits, 3).unwrap();
    assert!(sampled.rows() < whole.rows());
    for row in 0..sampled.rows() {
        let before = whole.keys.iter().position(|key| *key == sampled.keys[row]);
        let before = before.unwrap();
        assert!((0..2).any(|task| !sampled.label(row, task).is_nan()));
        assert_eq!(sampled.measured(row, 0), whole.label(before, 0));
    }
    assert_eq!([0, 1].map(|task| sampled.labelled(task).len()), [20, 30]);
    assert_eq!(sampled.single(0).labelled(0).len(), 20);
}

#[test]
fn an_error_bar_is_the_readouts_interval() {
    let corpus = corpus();
    let (model, partition) = fitted(&corpus);
    let readout = model.readout().unwrap();
    for found in predictions(&model, &corpus, &partition).unwrap() {
        let (bar, of) = (found.bar.unwrap(), found.prediction.uncertainty().unwrap());
        assert_eq!(
            [bar.lower, bar.upper],
            readout.interval(found.task, &of, COVERAGE)
        );
        assert_eq!((bar.sd, bar.trust), (of.sd, of.trust));
    }
}

#[test]
fn what_was_not_expected_is_told_with_its_row() {
    let corpus = corpus();
    let (model, _) = fitted(&corpus);
    let (rows, tb) = ([3, 30, 7], 0);
    let plain = model.predict(&corpus.inputs, &rows).unwrap();
    assert!(plain.surprises().is_empty());
    let expected = Evidence {
        row: 0,
        task: tb,
        value: plain.at(0, tb).mean(),
    };
    let wild = Evidence {
        row: 2,
        value: 1e6,
        ..expected
    };
    let given = model.predict_given(&corpus.inputs, &rows, &[wild, expected]);
    let given = given.unwrap();
    let [surprise] = given.surprises() else {
        panic!("{:?}", given.surprises());
    };
    assert_eq!((surprise.row, surprise.task), (2, tb));
    // a label lies that far from what was expected, in standard deviations of labels
    let of = plain.at(2, tb).uncertainty().unwrap();
    let want = (1e6 - plain.at(2, tb).mean()) / of.sd;
    assert!((surprise.deviations / want - 1.0).abs() < 1e-9);
    assert_eq!(given.row(1), plain.row(1));
    let readout = model.readout().unwrap();
    assert!(readout.takes(tb, -1e6) && !readout.takes(tb, f64::INFINITY));
}

#[test]
fn evidence_makes_another_job_only_where_it_is_given() {
    let corpus = corpus();
    let partition = partition(&corpus);
    let of = |draws: usize, evidence: EvidenceUse| {
        let search = SearchOptions {
            draws,
            held: Vec::new(),
            evidence,
        };
        let config = RunConfig::default();
        fingerprint((MethodName::GpMtl, &search), &config, &corpus, &partition)
    };
    let (none, given) = (of(0, EvidenceUse::None), of(0, EvidenceUse::Given));
    assert_ne!(none, given);
    assert_ne!(given, of(3, EvidenceUse::Given));
}

/// Where the target is not transformed, intervals are as many standard deviations to either side as it says.
#[test]
fn labels_are_counted_at_every_level() {
    let corpus = corpus();
    let (model, partition) = fitted(&corpus);
    let found = predictions(&model, &corpus, &partition).unwrap();
    let counts = level_counts(&model, &found, &corpus);
    assert_eq!(counts.iter().map(|c| c.level).collect::<Vec<_>>(), LEVELS);
    let tested = found
        .iter()
        .filter(|one| one.task == corpus.target && one.part == Part::Test);
    for count in &counts {
        let held = tested.clone().filter(|one| {
            let error = (one.truth - one.prediction.mean()).abs();
            error <= count.reach * one.bar.unwrap().sd
        });
        assert_eq!(
            (count.n, count.held),
            (tested.clone().count(), held.count())
        );
    }
    let ordered = counts.is_sorted_by(|a, b| a.reach <= b.reach);
    assert!(ordered, "{counts:?}");
    // that of the intervals in files
    let at = counts.iter().find(|count| count.level == COVERAGE).unwrap();
    let scores = UncertaintyScores::of_test(&found, corpus.target).unwrap();
    assert_eq!(at.coverage(), scores.coverage);
    assert!(level_counts(&model, &[], &corpus).is_empty());
}

/// Records written before there were error bars.
#[test]
fn older_records_read() {
    let scores = r#"{"rmse":1.0,"mae":1.0,"r2":0.5,"pearson":0.7,"spearman":0.7,"n":10}"#;
    let text = format!(
        r#"{{"job":{{"split":"random","method":"gate","seed":0,"fold":0}},"fingerprint":"f","n_train":10,
        "val":{scores},"test":{scores},"epochs":1,"best_epoch":1,"seconds":0.5}}"#
    );
    let record: JobRecord = serde_json::from_str(&text).unwrap();
    assert_eq!((record.expected_rmse, record.uncertainty), (None, None));
    assert_eq!(record.evidence, EvidenceUse::None);
    let again = serde_json::to_string(&record).unwrap();
    assert_eq!(record.unaided(), Some(&record.test));
    for key in ["expected_rmse", "uncertainty", "evidence", "levels"] {
        assert!(!again.contains(key), "{again}");
    }
}
