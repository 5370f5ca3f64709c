//! The torus: curvature of both signs, and Gauss–Bonnet.
#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod picture;

use geogate::geometry::charts::Region;
use geogate::geometry::quadrature::{integral_of_curvature, volume};
use geogate::geometry::{Scalar, Surface, curvature, extrinsic};
use std::error::Error;
use std::f64::consts::{FRAC_PI_2, PI};

const MAJOR: f64 = 2.0;
const MINOR: f64 = 0.8;

fn main() -> Result<(), Box<dyn Error>> {
    // a surface written as a closure; derivatives come from the numbers it is evaluated with
    let torus = Surface::new(|[u, v]| {
        let w = v.cos() * MINOR + MAJOR;
        [w * u.cos(), w * u.sin(), v.sin() * MINOR]
    });

    println!("    v          K   closed form   |mean curvature|");
    for v in [0.0, 1.0, FRAC_PI_2, 2.2, PI] {
        let x = [0.3, v];
        let k = 0.5 * curvature::scalar_curvature(&torus, &x)?;
        let mean_curvature = extrinsic::mean_curvature(&torus, &x)?;
        let length = mean_curvature.iter().map(|b| b * b).sum::<f64>().sqrt();
        println!("{v:5.2} {k:10.6} {:13.6} {length:18.6}", closed_form(v));
    }

    let part = |from: f64, to: f64| Region::new(&[0.0, from], &[2.0 * PI, to]);
    println!("\nregion          area      ∫K dA");
    for (name, region) in [
        ("outer half", part(-FRAC_PI_2, FRAC_PI_2)),
        ("inner half", part(FRAC_PI_2, 1.5 * PI)),
        ("torus", part(-FRAC_PI_2, 1.5 * PI)),
    ] {
        let (area, total) = (
            volume(&torus, &region, 32)?,
            integral_of_curvature(&torus, &region, 32)?,
        );
        println!("{name:10} {area:9.5} {:10.6} π", total / PI + 0.0);
    }
    println!(
        "expected: area 4π²Rr = {:.5}, ∫K = 4π, −4π and 2πχ = 0",
        4.0 * PI * PI * MAJOR * MINOR
    );

    let mut picture = picture::Picture::new("curvature of the torus over the angle v of the tube");
    let angles = || (-100..=100).map(|k| PI * f64::from(k) / 100.0);
    picture.curve("K", angles().map(|v| [v, closed_form(v)]));
    picture.curve("K = 0", [[-PI, 0.0], [PI, 0.0]]);
    println!("\nwritten: {}", picture.save("02_torus")?.display());
    Ok(())
}

/// K = cos v / (r (R + r cos v)).
fn closed_form(v: f64) -> f64 {
    v.cos() / (MINOR * (MAJOR + MINOR * v.cos()))
}
