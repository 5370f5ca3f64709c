//! Three properties of molecules: measured ones where the tables are, else the virtual lab's.
#![allow(clippy::print_stdout, reason = "an example says what it is made of")]

use std::path::{Path, PathBuf};
use std::{env, error::Error};

use geogate::data::config::{DataConfig, SplitConfig, TaskSource};
use geogate::data::virtual_lab::{NOTICE, VirtualLab};
use geogate::data::{Corpus, Partition};
use geogate::train::Model;
use geogate::train::metrics::Scores;

/// Names of the tables; the last is the target.
const PROPERTIES: [&str; 3] = ["boiling_point", "critical_volume", "critical_temperature"];
/// Molecules of each.
const ROWS: usize = 300;

/// The properties with a scaffold split of the target.
pub(crate) fn three_properties() -> Result<(Corpus, Partition), Box<dyn Error>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = env::var_os("GEOGATE_DATA").map_or(beside, PathBuf::from);
    let files = PROPERTIES.map(|name| folder.join(format!("{name}.csv")));
    let there = files.iter().all(|file| file.exists());
    let corpus = if there {
        measured(&files)?
    } else {
        estimated()?
    };
    if there {
        println!("measured properties, {ROWS} molecules of each\n");
    } else {
        println!("no tables in {}: {NOTICE}\n", folder.display());
    }
    let partition = Partition::holdout(&corpus, &SplitConfig::default(), 0)?;
    Ok((corpus, partition))
}

fn measured(files: &[PathBuf; 3]) -> Result<Corpus, Box<dyn Error>> {
    let task = |(name, file): (&str, &PathBuf)| TaskSource {
        name: name.to_owned(),
        file: file.clone(),
        column: None,
    };
    let data = DataConfig {
        tasks: PROPERTIES.into_iter().zip(files).map(task).collect(),
        target: PROPERTIES[2].to_owned(),
        max_rows: PROPERTIES.map(|name| (name.to_owned(), ROWS)).into(),
        ..DataConfig::default()
    };
    Ok(Corpus::read(&data, &SplitConfig::default(), 0)?)
}

/// The lab's noisy labels; every molecule has all three.
fn estimated() -> Result<Corpus, Box<dyn Error>> {
    let lab = VirtualLab::new(0);
    let stride = lab.molecules().len().div_ceil(ROWS);
    let some = || lab.molecules().iter().zip(lab.labels()).step_by(stride);
    let labels = some().flat_map(|(_, of)| {
        [
            of.boiling_point_k,
            of.critical_volume_cm3_mol,
            of.critical_temperature_k,
        ]
    });
    let smiles = some()
        .map(|(molecule, _)| molecule.smiles.clone())
        .collect();
    let names = PROPERTIES.map(str::to_owned).to_vec();
    Ok(Corpus::of_molecules(names, 2, smiles, labels.collect())?)
}

/// R² of the target on some rows.
pub(crate) fn r2(model: &Model, corpus: &Corpus, rows: &[usize]) -> Result<f64, Box<dyn Error>> {
    let truth: Vec<f64> = rows
        .iter()
        .map(|&row| corpus.label(row, corpus.target))
        .collect();
    let predicted = model.predict(&corpus.inputs, rows)?;
    Ok(Scores::of(&truth, &predicted.means(corpus.target)).r2)
}
