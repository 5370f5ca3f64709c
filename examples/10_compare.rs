//! A comparison in one page: critical temperatures from few labels, alone and with the help of boiling points,
//! on the virtual lab (estimates of a group-contribution method with seeded noise, not measurements).
//!
//! `cargo run --release --example 10_compare`

#![allow(clippy::print_stdout, reason = "an example shows its table")]

use std::fs::{File, create_dir_all};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use geogate::data::config::DataConfig;
use geogate::data::virtual_lab::{NOTICE, TARGET, VirtualLab};
use geogate::error::{Error, Result};
use geogate::evaluate::comparison::{Comparison, JobControl, JobObserver};
use geogate::evaluate::config::CompareConfig;
use geogate::evaluate::job::JobRecord;
use geogate::evaluate::summary::JobFailure;
use geogate::method::{MethodName, ModelOptions};
use geogate::train::config::{RunConfig, TrainingConfig};

/// Prints each error as it comes.
struct Printed;

impl JobObserver for Printed {
    fn finished(&self, record: &JobRecord, _reused: bool) {
        println!("{:<20} RMSE {:.1} K", record.job.id(), record.test.rmse);
    }

    fn failed(&self, failure: &JobFailure) {
        println!("{:<20} {}", failure.job.id(), failure.error);
    }
}

fn main() -> Result<()> {
    let folder = Path::new("geogate-compare");
    let lab = folder.join("lab.csv");
    let written = create_dir_all(folder).and_then(|()| File::create(&lab));
    let written = written.and_then(|file| VirtualLab::new(0).situation().write_table(file));
    written.map_err(|error| Error::io("write", &lab, error))?;
    println!("{NOTICE}\n");
    let config = RunConfig {
        data: DataConfig {
            wide: Some(lab),
            target: TARGET.to_owned(),
            ..DataConfig::default()
        },
        // short runs: `geogate compare` has the defaults
        training: TrainingConfig {
            epochs: 8,
            min_steps: 300,
            ..TrainingConfig::default()
        },
        ..RunConfig::default()
    };
    let given = ModelOptions::new(toml::toml! { embedding = 50 hidden = 50 });
    let networks = [MethodName::Stl, MethodName::Mtl, MethodName::Gate];
    let compare = CompareConfig {
        methods: networks.into_iter().chain([MethodName::Ridge]).collect(),
        seeds: 3,
        ..CompareConfig::default()
    };
    let results = Comparison::prepare(&config, &given, &compare)?.run(&JobControl {
        folder,
        threads: 2,
        stop: &AtomicBool::new(false),
        observer: &Printed,
    })?;
    println!("\nmethod  RMSE [K]     of stl  95 % interval");
    for method in &results.summary.pairs[0].methods {
        let (name, rmse) = (method.method.as_str(), method.rmse);
        print!("{name:<6} {:>5.1} ± {:<4.1}", rmse.mean, rmse.se);
        match method.ratio.as_ref().map(|ratio| ratio.estimate) {
            None => println!(),
            Some(r) => println!("{:>8.2}  {:.2} to {:.2}", r.geometric_mean, r.low, r.high),
        }
    }
    Ok(())
}
