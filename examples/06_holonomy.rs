//! Holonomy: a vector carried around a loop comes back turned by curvature times area.
#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod picture;

use geogate::geometry::charts::{Sphere, Torus};
use geogate::geometry::{Integrator, Space, curvature, holonomy, metric};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let (sphere, torus) = (Sphere::new(2, 1.5), Torus::new(2.0, 0.8));
    let places: [(&str, &dyn Space, [f64; 2]); 3] = [
        ("sphere", &sphere, [1.0, 0.2]),
        ("torus, outside", &torus, [0.4, 0.6]),
        ("torus, inside", &torus, [0.4, 2.6]),
    ];
    let mut picture =
        picture::Picture::new("|turn / area − K| over the side of the loop, logarithmic")
            .logarithmic();
    for (name, space, x) in places {
        let k = curvature::sectional_curvature(space, &x, &[1.0, 0.0], &[0.0, 1.0])?;
        println!("{name}: K = {k:.6}\n    side        turn   turn / area       error");
        let mut errors = Vec::new();
        for halvings in 0..6 {
            let side = 0.2 * 0.5f64.powi(halvings);
            let turn = turned(space, &x, side)?;
            let area = side * side * metric::volume_element(space, &x)?;
            println!(
                "{side:8.5} {turn:11.3e} {:13.6} {:11.2e}",
                turn / area,
                (turn / area - k).abs()
            );
            errors.push([side, (turn / area - k).abs()]);
        }
        println!();
        picture.curve(name, errors);
    }
    println!("written: {}", picture.save("06_holonomy")?.display());
    Ok(())
}

/// The angle, in the orthonormal frame at x, by which vectors turn around the coordinate square of the given side,
/// first along x⁰, then along x¹: for a surface `P − I = −R(∂_0, ∂_1)·area` is a turn by +K times the area, in the
/// sense from the first frame vector to the second.
fn turned(space: &dyn Space, x: &[f64], side: f64) -> Result<f64, Box<dyn Error>> {
    let corners = [
        x[0],
        x[1],
        x[0] + side,
        x[1],
        x[0] + side,
        x[1] + side,
        x[0],
        x[1] + side,
    ];
    let p = holonomy(space, &corners, Integrator::default())?;
    let (frame, g) = (
        metric::orthonormal_frame(space, x)?,
        metric::metric(space, x)?,
    );
    // ⟨e_1, P e_0⟩ is the sine of the angle
    let mut sine = 0.0;
    for (i, j, k) in (0..8).map(|at| (at / 4, at / 2 % 2, at % 2)) {
        sine += frame[[i, 1]] * g[[i, j]] * p[[j, k]] * frame[[k, 0]];
    }
    Ok(sine.asin())
}
