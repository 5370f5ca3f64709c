//! Models that a Gaussian process reads: what frames have not seen, folders, interruption, threads, the choice of `auto`.

use std::sync::atomic::{AtomicBool, Ordering};

use geogate::data::{Corpus, Part};
use geogate::error::{Error, ErrorKind};
use geogate::method::{Head, MethodName, ModelConfig, ViewName};
use geogate::train::config::TrainingConfig;
use geogate::train::{
    Evidence, Fitted, Model, Observer, Predictions, RunControl, Silent, add_task, fit,
};

use super::situation::{control, corpus, model, partition, training};

/// A small network of the method, read by a Gaussian process over two frames.
fn read_by_gp(method: MethodName) -> ModelConfig {
    ModelConfig {
        head: Head::Gp,
        ensemble: 2,
        ..model(method)
    }
}

fn fitted(
    corpus: &Corpus,
    config: &ModelConfig,
    training: &TrainingConfig,
) -> Result<Fitted, Error> {
    let stop = AtomicBool::new(false);
    fit(
        corpus,
        &partition(corpus),
        config,
        training,
        &control(&Silent, &stop),
    )
}

fn trained(config: &ModelConfig) -> Model {
    fitted(&corpus(), config, &training()).unwrap().model
}

fn all(model: &Model, corpus: &Corpus) -> Predictions {
    let rows: Vec<usize> = (0..corpus.rows()).collect();
    model.predict(&corpus.inputs, &rows).unwrap()
}

const METHODS: [MethodName; 4] = [
    MethodName::Gp,
    MethodName::GpMtl,
    MethodName::Mtl,
    MethodName::Gate,
];

#[test]
fn a_folder_gives_the_same_predictions_back() {
    let corpus = corpus();
    for method in METHODS {
        let folder = tempfile::tempdir().unwrap();
        let model = trained(&read_by_gp(method));
        model.save(folder.path()).unwrap();
        let loaded = Model::load(folder.path()).unwrap();
        assert_eq!(all(&model, &corpus), all(&loaded, &corpus), "{method:?}");
        let [before, after] = [&model, &loaded].map(|model| model.readout().unwrap().record());
        assert_eq!(before, after);
        // a file cut at the end of a line is whole to a reader of tables
        let rows = std::fs::read_to_string(folder.path().join("readout.csv")).unwrap();
        let cut: String = rows.split_inclusive('\n').take(20).collect();
        std::fs::write(folder.path().join("readout.csv"), cut).unwrap();
        let error = Model::load(folder.path()).err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::Model { .. }), "{error}");
    }
}

#[test]
fn threads_change_no_bit() {
    let corpus = corpus();
    let stop = AtomicBool::new(false);
    for method in METHODS {
        let config = read_by_gp(method);
        let alone = all(&trained(&config), &corpus);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let parallel = RunControl {
                parallel: true,
                ..control(&Silent, &stop)
            };
            let together = pool.build().unwrap().install(|| {
                let run = fit(
                    &corpus,
                    &partition(&corpus),
                    &config,
                    &training(),
                    &parallel,
                );
                all(&run.unwrap().model, &corpus)
            });
            assert_eq!(alone, together, "{method:?} on {threads} threads");
        }
    }
}

/// Stops the run once a frame is trained.
struct StopAfterFrame<'a>(&'a AtomicBool);

impl Observer for StopAfterFrame<'_> {
    fn inner(&self, _: usize, _: usize) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Counts frames as they are finished.
#[derive(Default)]
struct Counted(std::sync::atomic::AtomicUsize);

impl Observer for Counted {
    fn inner(&self, _: usize, _: usize) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn an_interrupted_run_goes_on_with_the_frames_it_has() {
    let corpus = corpus();
    let config = read_by_gp(MethodName::Gate);
    let whole = all(&trained(&config), &corpus);
    let (folder, stop) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
    let observer = StopAfterFrame(&stop);
    let first = RunControl {
        checkpoint: Some(folder.path()),
        ..control(&observer, &stop)
    };
    let error = fit(&corpus, &partition(&corpus), &config, &training(), &first)
        .err()
        .unwrap();
    let resumable = ErrorKind::Interrupted {
        checkpoint: Some(folder.path().to_path_buf()),
    };
    assert_eq!(format!("{:?}", error.kind()), format!("{resumable:?}"));
    let never = AtomicBool::new(false);
    let kept = std::fs::read_dir(folder.path().join("inner"))
        .unwrap()
        .count();
    assert_eq!(kept, 3, "weights, description and course of one frame");
    let counted = Counted::default();
    let second = RunControl {
        resume: true,
        observer: &counted,
        stop: &never,
        ..first
    };
    let run = fit(&corpus, &partition(&corpus), &config, &training(), &second).unwrap();
    assert_eq!(all(&run.model, &corpus), whole);
    assert_eq!(counted.0.load(Ordering::Relaxed), 2);
    // a frame of other options is none of this run
    let other = TrainingConfig {
        epochs: 5,
        ..training()
    };
    let again = fit(&corpus, &partition(&corpus), &config, &other, &second).unwrap();
    assert_eq!(
        all(&again.model, &corpus),
        all(&fitted(&corpus, &config, &other).unwrap().model, &corpus)
    );
}

/// Labels of the target's test rows, and of sources at their molecules, change nothing.
#[test]
fn what_is_held_out_changes_nothing() {
    let corpus = corpus();
    let parts = partition(&corpus);
    let mut noisy = corpus.clone();
    for row in parts.rows(corpus.target, Part::Test) {
        for task in 0..corpus.tasks.len() {
            noisy.labels[row * corpus.tasks.len() + task] += 1000.0;
        }
    }
    for method in METHODS {
        let config = read_by_gp(method);
        let [clean, moved] =
            [&corpus, &noisy].map(|corpus| fitted(corpus, &config, &training()).unwrap());
        assert_eq!(
            all(&clean.model, &corpus),
            all(&moved.model, &corpus),
            "{method:?}"
        );
        let expected = |run: &Fitted| run.model.readout().unwrap().expected_rmse();
        assert_eq!(expected(&clean).to_bits(), expected(&moved).to_bits());
    }
}

#[test]
fn a_linear_property_is_learnt_and_its_error_known() {
    let corpus = corpus();
    let run = fitted(&corpus, &read_by_gp(MethodName::GpMtl), &training()).unwrap();
    let (model, parts) = (&run.model, partition(&corpus));
    let readout = model.readout().unwrap();
    let rows = parts.rows(corpus.target, Part::Test);
    let found = model.predict(&corpus.inputs, &rows).unwrap();
    let column = found.column("target").unwrap();
    let error =
        |(k, &row): (usize, &usize)| found.at(k, column).mean() - corpus.label(row, corpus.target);
    let squares: f64 = rows.iter().enumerate().map(|at| error(at).powi(2)).sum();
    let rmse = (squares / rows.len() as f64).sqrt();
    // labels spread over hundreds
    assert!(rmse < 15.0, "{rmse}");
    let expected = readout.expected_rmse();
    assert!(
        expected > 0.2 * rmse && expected < 20.0,
        "{expected} {rmse}"
    );
    for k in 0..rows.len() {
        let uncertainty = found.at(k, column).uncertainty().unwrap();
        assert!(uncertainty.sd > 0.0 && (0.0..=1.0).contains(&uncertainty.trust));
        let [low, high] = readout.interval(column, &uncertainty, 0.8);
        assert!(low < found.at(k, column).mean() && found.at(k, column).mean() < high);
        assert!(found.neighbour(k).unwrap().distance >= 0.0);
    }
    assert!(readout.sentences()[0].contains("expected of new rows"));
}

#[test]
fn evidence_moves_its_own_row_alone() {
    let corpus = corpus();
    let model = trained(&read_by_gp(MethodName::GpMtl));
    let rows: Vec<usize> = (0..corpus.rows()).collect();
    let plain = all(&model, &corpus);
    let source = plain.column("source").unwrap();
    let evidence = [Evidence {
        row: 3,
        task: source,
        value: plain.at(3, source).mean() + 100.0,
    }];
    let given = model
        .predict_given(&corpus.inputs, &rows, &evidence)
        .unwrap();
    for row in rows {
        assert_eq!(plain.row(row) == given.row(row), row != 3, "row {row}");
    }
    let network = fitted(
        &corpus,
        &super::situation::model(MethodName::Gate),
        &training(),
    )
    .unwrap();
    let refused = network
        .model
        .predict_given(&corpus.inputs, &[0, 1, 2, 3], &evidence);
    assert!(refused.err().unwrap().to_string().contains("`head` = gp"));
}

#[test]
fn auto_takes_the_least_error_on_rows_left_out() {
    let config = ModelConfig {
        transfer: MethodName::Mtl,
        ..read_by_gp(MethodName::Auto)
    };
    let run = fitted(&corpus(), &config, &training()).unwrap();
    let record = run.model.readout().unwrap().record().clone();
    let methods: Vec<MethodName> = record.rivals.iter().map(|rival| rival.method).collect();
    let tried = [
        MethodName::Gp,
        MethodName::Stl,
        MethodName::GpMtl,
        MethodName::Mtl,
    ];
    assert_eq!(methods, tried);
    let least = record
        .rivals
        .iter()
        .map(|rival| rival.rmse)
        .fold(f64::INFINITY, f64::min);
    let chosen = record
        .rivals
        .iter()
        .find(|rival| rival.method == run.model.config().method);
    assert_eq!(chosen.unwrap().rmse, least);
    assert_eq!(run.best_val_rmse, least);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let corpus = corpus();
    let refused = |config: &ModelConfig, training: &TrainingConfig, word: &str| {
        let error = fitted(&corpus, config, training).err().unwrap();
        assert!(
            error.is_input() && error.to_string().contains(word),
            "{error}"
        );
    };
    let gate = read_by_gp(MethodName::Gate);
    let of = |change: &dyn Fn(&mut ModelConfig)| {
        let mut config = gate.clone();
        change(&mut config);
        config
    };
    refused(&of(&|c| c.ensemble = 1), &training(), "`ensemble` is 1");
    refused(&of(&|c| c.views = Vec::new()), &training(), "`views`");
    let gp = ModelConfig {
        views: vec![ViewName::Embedding],
        ..read_by_gp(MethodName::Gp)
    };
    refused(&gp, &training(), "`views` = embedding");
    let folds = TrainingConfig {
        inner_folds: 3,
        ..training()
    };
    refused(&gate, &folds, "`inner_folds`");
    let stop = AtomicBool::new(false);
    let model = trained(&gate);
    let mut more = corpus.clone();
    more.tasks[1] = "more".to_owned();
    let options = (&super::situation::model(MethodName::Gate), &training());
    let added = add_task(
        &model,
        &more,
        &partition(&more),
        options,
        &control(&Silent, &stop),
    );
    assert!(
        added
            .err()
            .unwrap()
            .to_string()
            .contains("none can be added")
    );
}
