//! Mutated files of a model: of a network, and of one that a Gaussian process reads.

use std::fs;
use std::path::Path;

use geogate::{MethodName, Model, Tables, Training};

use super::{Worst, alone, cases, mutated, stream};

const WORDS: [&str; 20] = [
    "null",
    "-1",
    "0",
    "1e308",
    "NaN",
    "18446744073709551615",
    "\"\"",
    "{}",
    "[]",
    ",",
    ":",
    "\"tc\"",
    "../",
    "/etc/passwd",
    "true",
    "F32",
    "F64",
    "\n",
    "\0",
    "é",
];

/// Trains a small model into `folder`.
fn train(method: MethodName, place: &Path) -> std::path::PathBuf {
    let table = |slope: usize| {
        let row = |size: usize| format!("{},{}\n", "C".repeat(size), 100 + slope * size + size % 7);
        format!("smiles,value\n{}", (1..60).map(row).collect::<String>())
    };
    let (tb, tc, run) = (
        place.join("tb.csv"),
        place.join("tc.csv"),
        place.join(method.as_str()),
    );
    fs::write(&tb, table(7)).unwrap();
    fs::write(&tc, table(9)).unwrap();
    let mut tables = Tables::of_target("tc").task("tc", &tc).task("tb", &tb);
    tables.split.split = geogate::data::config::SplitName::Random;
    tables.split.val_fraction = 0.3;
    let mut training = Training::new(method);
    let network = &mut training.network;
    (network.embedding, network.hidden, network.depth) = (4, 4, 1);
    (network.latent_dim, network.lf_dim) = (2, 2);
    (
        training.optimisation.epochs,
        training.optimisation.min_steps,
    ) = (1, 1);
    training.fit(&tables).unwrap().save(&run).unwrap();
    run
}

/// Files of a model, each mutated in turn while the others are whole.
fn are_loaded_or_refused(method: MethodName, kind: u64) {
    let place = tempfile::tempdir().unwrap();
    let run = train(method, place.path());
    let names = [
        "model.json",
        "model.safetensors",
        "readout.json",
        "readout.csv",
    ];
    let files: Vec<_> = names
        .iter()
        .map(|name| run.join(name))
        .filter(|file| file.is_file())
        .collect();
    let whole: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let count = cases(1_000, 50_000);
    let (mut stream, mut worst, mut usable) = (stream(kind), Worst::default(), 0);
    alone(|| {
        for case in 0..count {
            let at = case % files.len();
            let bytes = mutated(&whole[at..=at], &WORDS, &mut stream);
            fs::write(&files[at], &bytes).unwrap();
            worst.guard(&bytes, 1 << 26, &mut || {
                let Ok(model) = Model::load(&run) else { return };
                usable += usize::from(model.predict_smiles(&["CCO"]).is_ok());
            });
            fs::write(&files[at], &whole[at]).unwrap();
        }
    });
    worst.report(
        &format!("files of a model by {}", method.as_str()),
        count,
        usable,
    );
    assert!(Model::load(&run).is_ok());
    assert!(
        usable < count / 2,
        "{usable} of {count} mutated files were believed"
    );
}

#[test]
fn mutated_files_of_a_network_are_loaded_or_refused() {
    are_loaded_or_refused(MethodName::Gate, 3);
}

#[test]
fn mutated_files_of_a_gaussian_process_are_loaded_or_refused() {
    are_loaded_or_refused(MethodName::Gp, 4);
}
