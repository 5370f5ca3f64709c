//! The sphere of radius 2: metric, Christoffel symbols, curvature, and great circles.
#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod picture;

use geogate::geometry::charts::Sphere;
use geogate::geometry::{Integrator, LocalGeometry, geodesic, quantity};
use std::error::Error;
use std::f64::consts::{FRAC_PI_2, PI};

const RADIUS: f64 = 2.0;
const THETA: usize = 0;
const PHI: usize = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let sphere = Sphere::new(2, RADIUS);

    // one workspace for all points: nothing is allocated per point
    let mut local = LocalGeometry::new();
    println!("   θ      g_φφ    Γ^θ_φφ    Γ^φ_θφ         K");
    for theta in [0.3, 0.8, FRAC_PI_2, 2.5] {
        let quantities = (
            quantity::Metric,
            quantity::Christoffel,
            quantity::ScalarCurvature,
        );
        let (g, gamma, scalar) = local.at(&sphere, &[theta, 0.0], quantities)?;
        println!(
            "{theta:4.2} {:9.4} {:9.4} {:9.4} {:9.6}",
            g[[PHI, PHI]],
            gamma[[THETA, PHI, PHI]],
            gamma[[PHI, THETA, PHI]],
            scalar / 2.0
        );
    }
    println!("expected K = 1/r² = {:.6}\n", 1.0 / (RADIUS * RADIUS));

    // great circles from one point of the equator, once around: they close
    let start = [FRAC_PI_2, 0.0];
    let mut picture = picture::Picture::new("great circles of the sphere: θ over φ");
    println!("inclination   length   miss after one turn");
    for degrees in [0.0, 20.0, 40.0, 60.0, 80.0f64] {
        let (s, c) = degrees.to_radians().sin_cos();
        // coordinate velocities at the equator are angles per parameter
        let circle = geodesic(
            &sphere,
            &start,
            &[2.0 * PI * s, 2.0 * PI * c],
            Integrator::default(),
        )?;
        let end = circle.position(1.0);
        let miss = (end[0] - start[0]).hypot(end[1] - start[1] - 2.0 * PI);
        println!("{degrees:10}° {:9.6} {miss:12.2e}", circle.length());
        picture.curve(
            &format!("{degrees}°"),
            (0..=200).map(|k| {
                let x = circle.position(f64::from(k) / 200.0);
                [x[1], x[0]]
            }),
        );
    }
    println!("expected length 2πr = {:.6}", 2.0 * PI * RADIUS);
    println!("\nwritten: {}", picture.save("01_sphere")?.display());
    Ok(())
}
