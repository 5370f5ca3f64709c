//! Labels of other tasks at rows that are predicted, and what is kept of a job that they are given to.

use geogate::data::config::{SplitConfig, SplitName};
use geogate::data::{Corpus, Divided, Part, Partition};
use geogate::evaluate::config::EvidenceUse;
use geogate::evaluate::job::{JobRecord, SearchOptions, fingerprint};
use geogate::evaluate::levels::{LEVELS, level_counts};
use geogate::evaluate::outcome::{COVERAGE, predictions, predictions_given};
use geogate::evaluate::uncertainty::UncertaintyScores;
use geogate::method::{MethodName, ModelConfig};
use geogate::train::config::{RunConfig, TrainingConfig};
use geogate::train::{Evidence, Model, RunControl, fit};

/// `tb` a wave, `tc` twice that and a slope: ninety rows with a label of each.
fn corpus() -> Corpus {
    let x: Vec<f64> = (0..90).map(|i| f64::from(i) / 15.0).collect();
    let labels = x.iter().flat_map(|x| [x.sin(), 2.0 * x.sin() + 0.1 * x]);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let labels = labels.collect();
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
    let plain = predictions(&model, &corpus, &partition).unwrap();
    let (same, none) = predictions_given(&model, data, EvidenceUse::None).unwrap();
    assert_eq!((&same, none), (&plain, 0));
    let (given, rows) = predictions_given(&model, data, EvidenceUse::Given).unwrap();
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
