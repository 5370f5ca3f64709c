//! The molecules of the virtual lab, by which `geogate demo` runs without a file: a grammar builds
//! organic molecules from the groups of a group-contribution method (Joback and Reid, 1987), and
//! the method estimates four properties of each. This writes the table that the library bundles,
//! and says how many molecules of each family, and with each group, are in it.
//!
//! `cargo run --release --example 12_virtual_lab [FILE]`; the library's is
//! `assets/virtual_lab.csv`.

#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod lab;

use std::error::Error;
use std::fs::{self, File};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1);
    let path = path.unwrap_or_else(|| "virtual_lab.csv".to_owned());
    let built = lab::molecules();
    lab::write(&built, File::create(&path)?)?;
    println!("family          molecules   boiling points, K");
    for family in lab::Family::ALL {
        let of_family = built.iter().filter(|built| built.family == family);
        let boils: Vec<f64> = of_family
            .map(|built| built.molecule.truth.boiling_point_k)
            .collect();
        let lowest = boils.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = boils.iter().copied().fold(0.0, f64::max);
        let (name, count) = (format!("{family:?}"), boils.len());
        println!("{name:<15} {count:>9}   {lowest:6.1} to {highest:6.1}");
    }
    println!("\ngroup           molecules with it");
    for line in lab::joback::CONTRIBUTIONS {
        let with = built
            .iter()
            .filter(|built| built.groups.count(line.group) > 0);
        println!("{:<15} {:>9}", format!("{:?}", line.group), with.count());
    }
    let kilobytes = fs::metadata(&path)?.len().div_ceil(1000);
    let count = built.len();
    println!("\nwritten: {path}, {count} molecules, {kilobytes} kB");
    Ok(())
}
