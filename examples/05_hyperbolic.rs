//! The hyperbolic plane: geodesics that part exponentially, and exp and log as each other's inverse.
#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod picture;

use geogate::geometry::charts::{ClosedForms, HyperbolicHalfSpace};
use geogate::geometry::{Integrator, distance, exp, geodesic, log};
use std::error::Error;
use std::f64::consts::PI;

fn main() -> Result<(), Box<dyn Error>> {
    // given by its metric g = δ/y², not by an embedding: there is none
    let plane = HyperbolicHalfSpace::new(2);
    let start = [0.0, 1.0];
    let towards = |angle: f64, length: f64| [length * angle.sin(), length * angle.cos()];

    let mut picture = picture::Picture::new("geodesics of the half-plane from (0, 1), length 2.5");
    for k in 0..12 {
        let curve = geodesic(
            &plane,
            &start,
            &towards(PI * f64::from(k) / 6.0, 2.5),
            Integrator::default(),
        )?;
        picture.curve(
            "",
            (0..=100)
                .map(|t| curve.position(f64::from(t) / 100.0))
                .map(|x| [x[0], x[1]]),
        );
    }

    // two geodesics at an angle of 0.02: by the law of cosines they part like sinh
    let angle = 0.02;
    println!("length   apart, measured   2 asinh(sinh s sin(α/2))   in the plane");
    for length in [0.5, 1.0, 2.0, 4.0, 6.0] {
        let a = exp(&plane, &start, &towards(0.8, length))?;
        let b = exp(&plane, &start, &towards(0.8 + angle, length))?;
        let apart = distance(&plane, &a, &b)?;
        let expected = 2.0 * (length.sinh() * (0.5 * angle).sin()).asinh();
        println!(
            "{length:6} {apart:17.8} {expected:26.8} {:14.4}",
            length * angle
        );
    }

    println!(
        "\n     q                  log q               length     stated   minimal  iterations"
    );
    for q in [[1.0, 1.0], [-2.0, 0.3], [0.0, 5.0], [6.0, 0.8]] {
        let found = log(&plane, &start, &q)?;
        let stated = plane
            .stated_distance(&start, &q)
            .ok_or("the half-plane states its distances")?;
        let [a, b] = [found.velocity[0], found.velocity[1]];
        let minimal = if found.is_minimal() {
            "yes"
        } else {
            "not known"
        };
        println!(
            "{q:?}  ({a:9.6}, {b:9.6}) {:10.6} {stated:10.6} {minimal:>8} {:8}",
            found.length, found.iterations
        );
    }
    println!("\nwritten: {}", picture.save("05_hyperbolic")?.display());
    Ok(())
}
