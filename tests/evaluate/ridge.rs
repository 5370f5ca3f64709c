//! Ridge regression as a learner of a comparison.

use std::sync::atomic::AtomicBool;

use geogate::data::config::{SplitConfig, SplitName};
use geogate::data::{Corpus, Part, Partition};
use geogate::error::ErrorKind;
use geogate::evaluate::config::EvidenceUse;
use geogate::evaluate::learning::learn;
use geogate::evaluate::outcome::scores;
use geogate::evaluate::situation::{JobSituation, Learned};
use geogate::method::MethodName;
use geogate::random::{Purpose, Stream};
use geogate::train::config::RunConfig;
use geogate::train::{RunControl, Silent};

fn learned(corpus: &Corpus, partition: &Partition, stop: bool) -> geogate::error::Result<Learned> {
    learned_under(&RunConfig::default(), (corpus, partition), stop)
}

fn learned_under(
    config: &RunConfig,
    (corpus, partition): (&Corpus, &Partition),
    stop: bool,
) -> geogate::error::Result<Learned> {
    let stop = AtomicBool::new(stop);
    let control = RunControl {
        observer: &Silent,
        parallel: false,
        checkpoint: None,
        resume: false,
        stop: &stop,
    };
    let situation = JobSituation {
        config,
        held: &[],
        corpus,
        partition,
        evidence: EvidenceUse::None,
    };
    learn(MethodName::Ridge, &situation, &control)
}

/// 120 points of three features; a linear label of the target, one of a source on the same rows.
fn linear() -> (Corpus, Partition) {
    const ROWS: usize = 120;
    let mut stream = Stream::new(3, Purpose::Test, 0);
    let values: Vec<f64> = (0..3 * ROWS)
        .map(|k| stream.normal() * [1.0, 100.0, 0.01][k % 3])
        .collect();
    let label = |row: &[f64]| 500.0 + 3.0 * row[0] - 0.2 * row[1] + 40.0 * row[2];
    let labels = values.chunks(3).flat_map(|row| [row[0], label(row)]);
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let tasks = ["source", "target"].map(str::to_owned).to_vec();
    let labels = labels.collect();
    let corpus = Corpus::of_features(tasks, 1, names, values, labels).unwrap();
    let split = SplitConfig {
        split: SplitName::Random,
        val_fraction: 0.2,
        ..SplitConfig::default()
    };
    let partition = Partition::holdout(&corpus, &split, 0).unwrap();
    (corpus, partition)
}

/// Features of any scale: the smallest penalty wins, and what is linear is learnt in the target's own unit.
#[test]
fn a_linear_target_is_learnt_from_features() {
    let (corpus, partition) = linear();
    let learned = learned(&corpus, &partition, false).unwrap();
    for part in [Part::Train, Part::Val, Part::Test] {
        let scores = scores(&learned.predictions, corpus.target, part);
        assert_eq!(scores.n, partition.rows(1, part).len());
        assert!(scores.rmse < 1e-2, "{part:?}: {scores:?}");
    }
    assert!(learned.predictions.iter().all(|p| p.task == 1));
    assert_eq!((learned.epochs, learned.history.len()), (0, 0));
    let [note] = &learned.notes[..] else {
        panic!("{:?}", learned.notes)
    };
    assert!(
        note.contains("λ = 0.001") && note.contains("3 standardised features"),
        "{note}"
    );
}

/// Labels made wrong on purpose are learnt from, by the networks and by the ridge, and the right ones score.
#[test]
fn wrong_labels_are_learnt_and_right_ones_score() {
    let (corpus, partition) = linear();
    let mut config = RunConfig::default();
    config.training.corrupt_share = 0.25;
    let right = learned(&corpus, &partition, false).unwrap();
    let wrong = learned_under(&config, (&corpus, &partition), false).unwrap();
    let truth = |learned: &Learned| Vec::from_iter(learned.predictions.iter().map(|p| p.truth));
    assert_eq!(truth(&right), truth(&wrong));
    let rmse = |learned: &Learned| scores(&learned.predictions, 1, Part::Test).rmse;
    assert!(rmse(&wrong) > 100.0 * rmse(&right));
}

/// What is held out changes no prediction but through the choice of λ; test rows not at all.
#[test]
fn test_labels_are_not_looked_at() {
    let (corpus, partition) = linear();
    let mut other = corpus.clone();
    for row in partition.rows(1, Part::Test) {
        other.labels[2 * row + 1] = -1e6;
    }
    let values = |corpus: &Corpus| -> Vec<f64> {
        let learned = learned(corpus, &partition, false).unwrap();
        learned
            .predictions
            .iter()
            .map(|p| p.prediction.mean())
            .collect()
    };
    assert_eq!(values(&corpus), values(&other));
}

#[test]
fn a_stop_is_an_interruption() {
    let (corpus, partition) = linear();
    let error = learned(&corpus, &partition, true).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Interrupted { .. }));
}

/// On 400 critical temperatures counted substructures halve the error of the mean, at least.
#[cfg(feature = "molecule")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn critical_temperatures_by_substructures() {
    use std::path::PathBuf;

    use geogate::data::config::DataConfig;
    use geogate::train::metrics::Scores;

    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("GEOGATE_DATA").map_or(beside, PathBuf::from);
    let file = folder.join("critical_temperature.csv");
    if !file.exists() {
        eprintln!("skipped: no real data in {}", folder.display());
        return;
    }
    let data = DataConfig {
        tasks: vec![format!("tc={}", file.display()).parse().unwrap()],
        target: "tc".to_owned(),
        max_rows: [("tc".to_owned(), 400)].into(),
        ..DataConfig::default()
    };
    let split = SplitConfig {
        split: SplitName::Random,
        ..SplitConfig::default()
    };
    let corpus = Corpus::read(&data, &split, 0).unwrap();
    let partition = Partition::holdout(&corpus, &split, 0).unwrap();
    let learned = learned(&corpus, &partition, false).unwrap();
    let test = scores(&learned.predictions, 0, Part::Test);
    let labels = |part| -> Vec<f64> {
        let rows = partition.rows(0, part).into_iter();
        rows.map(|row| corpus.label(row, 0)).collect()
    };
    let train = labels(Part::Train);
    let mean = train.iter().sum::<f64>() / train.len() as f64;
    let alone = Scores::of(&labels(Part::Test), &[mean].repeat(test.n));
    assert!(test.rmse < 0.5 * alone.rmse, "{test:?} {alone:?}");
}
