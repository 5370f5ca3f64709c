use super::*;

/// Of `smiles`, whole rows of all families.
fn row(smiles: &str) -> Vec<f64> {
    let graph = MolecularGraph::parse(smiles).unwrap_or_else(|error| panic!("{smiles}: {error}"));
    Descriptors::all().row(&graph)
}

fn value(smiles: &str, name: &str) -> f64 {
    let column = Descriptors::all().names().position(|n| n == name);
    row(smiles)[column.unwrap()]
}

/// RDKit's values are written to 7 digits; what is not a count may be summed in another order.
const TOLERANCE: f64 = 1e-4;

/// Names without a namesake in RDKit, or of a definition of our own.
const OURS: [&str; 19] = [
    "NumHydrogens",
    "FormalCharge",
    "NumEsterBonds",
    "NumRingSystems",
    "VABC",
    "WienerIndex",
    "Radius",
    "Diameter",
    "Zagreb1",
    "Zagreb2",
    "C1SP1",
    "C2SP1",
    "C1SP2",
    "C2SP2",
    "C3SP2",
    "C1SP3",
    "C2SP3",
    "C3SP3",
    "C4SP3",
];

/// Differences `(name, SMILES, ours, RDKit's)` of a table of RDKit's values, and how many were compared.
fn differences(golden: &str) -> (usize, Vec<(&str, &str, f64, f64)>) {
    let mut lines = golden.lines().skip(1);
    let names: Vec<&str> = lines.next().unwrap().split('\t').skip(1).collect();
    let all: Vec<&str> = Descriptors::all().names().collect();
    let columns = names.iter().map(|name| all.iter().position(|n| n == name));
    let columns: Vec<usize> = columns.map(Option::unwrap).collect();
    assert_eq!(columns.len() + OURS.len(), all.len());
    let mut different = Vec::new();
    let mut count = 0;
    for line in lines {
        let (smiles, values) = line.split_once('\t').unwrap();
        let row = row(smiles);
        for ((&column, &name), text) in columns.iter().zip(&names).zip(values.split('\t')) {
            let wanted = if text.is_empty() {
                0.0
            } else {
                text.parse().unwrap()
            };
            let got = row[column];
            count += 1;
            // a comparison with NaN is false
            let close = (got - wanted).abs() <= TOLERANCE * wanted.abs().max(1.0);
            if !close {
                different.push((name, smiles, got, wanted));
            }
        }
    }
    (count, different)
}

#[test]
fn probe() {
    for path in std::env::var("PROBE").unwrap().split(',') {
        let text = std::fs::read_to_string(path).unwrap();
        let (count, different) = differences(&text);
        println!("{path}: {} of {count}", different.len());
        let mut by: std::collections::BTreeMap<&str, Vec<_>> = Default::default();
        for d in &different {
            by.entry(d.0).or_default().push(d);
        }
        for (name, list) in by {
            println!("{name} {}", list.len());
            for d in list.iter().take(6) {
                println!("    {} ours {} RDKit {}", d.1, d.2, d.3);
            }
        }
    }
}

#[test]
fn cost() {
    for table in ["boiling_point", "melting_point"] {
        let text = std::fs::read_to_string(format!("/work/shared/data/{table}.csv")).unwrap();
        let all: Vec<&str> = text
            .lines()
            .skip(1)
            .map(|l| l.split(',').next().unwrap())
            .collect();
        let step = all.len() / 2000;
        let graphs: Vec<_> = all
            .iter()
            .step_by(step)
            .map(|s| MolecularGraph::parse(s).unwrap())
            .collect();
        let time = |what: &str, families: &[Family]| {
            let d = Descriptors::new(families);
            let best = (0..3)
                .map(|_| {
                    let start = std::time::Instant::now();
                    for g in &graphs {
                        std::hint::black_box(d.row(g));
                    }
                    start.elapsed().as_secs_f64() * 1e6 / graphs.len() as f64
                })
                .fold(f64::INFINITY, f64::min);
            println!("{table} {what} {} {best:.1}", d.len());
            best
        };
        time("nothing", &[]);
        for f in Family::ALL {
            time(&format!("{f:?}"), &[f]);
        }
        let mut before = time("nothing", &[]);
        let mut so_far = vec![];
        for f in Family::ALL {
            so_far.push(f);
            let now = time(&format!("..{f:?}"), &so_far);
            println!("    adds {:.1}", now - before);
            before = now;
        }
        time("DEFAULT", &Descriptors::DEFAULT);
    }
}
