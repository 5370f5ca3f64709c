//! The main job on your own files: few labels of one property, many of another.
//!
//! `cargo run --release --example 00_main_job -- boiling.csv critical.csv`: tables with the columns `smiles` and `value`;
//! without files the virtual lab stands in for them.

#![allow(clippy::print_stdout, reason = "an example shows its result")]

use std::error::Error;
use std::fs::File;

use geogate::data::virtual_lab::{SOURCE, TARGET, VirtualLab};
use geogate::{MethodName, Model, Tables, Training};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let mut training = Training::new(MethodName::Gate);
    let tables = if let [source, target] = &files[..] {
        Tables::of_target("target")
            .task("source", source)
            .task("target", target)
    } else {
        VirtualLab::new(0)
            .situation()
            .write_table(File::create("lab.csv")?)?;
        training.optimisation.epochs = 5; // a taste; the default is 50
        training.optimisation.min_steps = 100;
        let mut tables = Tables::of_target(TARGET).wide("lab.csv");
        tables.data.sources = vec![SOURCE.to_owned()];
        tables
    };
    let run = training.fit(&tables)?;
    println!("{:#?}", run.metrics.tasks[run.model().target()].test);
    run.save("geogate-run")?;
    let model = Model::load("geogate-run".as_ref())?;
    for row in 0..2 {
        let found = model.predict_smiles(&["CCO", "CC(C)O"])?;
        println!("{:?} {:?}", found.tasks(), found.row(row));
    }
    Ok(())
}
