//! The catenoid bends into the helicoid without stretching: all defects vanish. Other maps between them lose something,
//! and the defects say what.
#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod picture;

use geogate::geometry::charts::{Catenoid, Helicoid};
use geogate::geometry::transition::Affine;
use geogate::geometry::{C2Map, Formula, Scalar, Transition};
use std::error::Error;

/// (u, v) ↦ (u + 0.2 sin v, v + 0.2 sin u).
struct Bent;

impl Formula for Bent {
    fn source_dim(&self) -> usize {
        2
    }
    fn target_dim(&self) -> usize {
        2
    }
    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        out[0] = x[0] + x[1].sin() * 0.2;
        out[1] = x[1] + x[0].sin() * 0.2;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (catenoid, helicoid) = (Catenoid::new(1.0), Helicoid::new(1.0));
    let linear = |a: f64, b: f64, shift: f64| Affine::new(vec![a, 0.0, 0.0, b], vec![0.0, shift]);
    // (u, v) ↦ (u, v), and with a turn of the catenoid before: isometries. A stretch of the angle changes lengths; a
    // reflection does not; a bent map changes everything.
    let maps: [(&str, &dyn C2Map); 5] = [
        ("associate", &linear(1.0, 1.0, 0.0)),
        ("turned", &linear(1.0, 1.0, 0.7)),
        ("mirrored", &linear(-1.0, 1.0, 0.0)),
        ("stretched", &linear(1.0, 1.3, 0.0)),
        ("bent", &Bent),
    ];

    let points: Vec<f64> = (0..9)
        .flat_map(|i| (0..9).flat_map(move |j| [0.25 * f64::from(i) - 1.0, 0.3 * f64::from(j)]))
        .collect();
    println!(
        "map          isometry     affine  curvature   (largest over {} points)",
        points.len() / 2
    );
    for (name, map) in maps {
        let survey = Transition::new(&catenoid, &helicoid, map).survey(None, &points);
        if let Some((point, error)) = survey.failures().next() {
            return Err(format!("{name} at point {point}: {error}").into());
        }
        println!(
            "{name:10} {:10.2e} {:10.2e} {:10.2e}",
            survey.isometry.max, survey.affine.max, survey.curvature.max
        );
    }

    let mut picture = picture::Picture::new("defects of the bent map along v = 1, over u");
    let tau = Transition::new(&catenoid, &helicoid, &Bent);
    let line: Vec<[f64; 2]> = (-50..=50).map(|k| [0.02 * f64::from(k), 1.0]).collect();
    let defects = line
        .iter()
        .map(|z| tau.defects(None, z))
        .collect::<Result<Vec<_>, _>>()?;
    picture.curve("isometry", defects.iter().map(|d| [d.point[0], d.isometry]));
    picture.curve("affine", defects.iter().map(|d| [d.point[0], d.affine]));
    picture.curve(
        "curvature",
        defects.iter().map(|d| [d.point[0], d.curvature]),
    );
    println!(
        "\nwritten: {}",
        picture.save("03_catenoid_helicoid")?.display()
    );
    Ok(())
}
