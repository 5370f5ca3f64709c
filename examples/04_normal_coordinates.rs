//! Normal coordinates: how far the metric is from δ, what of it is −⅓ R ξξ, and how far "locally flat" reaches.
#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod picture;

use geogate::geometry::charts::Torus;
use geogate::geometry::{NormalCoordinates, TaylorMap, Tensor};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let torus = Torus::new(2.0, 0.8);
    let base = [0.3, 1.1];
    let normal = NormalCoordinates::at(&torus, &base)?;
    let taylor = TaylorMap::at(&torus, &base)?;

    println!("    |ξ|      g − δ  g − δ + ⅓Rξξ   x − cubic   slopes");
    let mut rows: Vec<[f64; 4]> = Vec::new();
    for halvings in 0..6 {
        let radius = 0.4 * 0.5f64.powi(halvings);
        let xi = [radius * 0.8, radius * 0.6];
        let g = normal.metric(&xi)?;
        let departure = distance(g.components(), Tensor::identity(2).components());
        let remainder = distance(g.components(), normal.metric_expansion(&xi).components());
        let map = distance(&normal.point(&xi)?, &taylor.point(&xi));
        print!("{radius:7.4} {departure:10.2e} {remainder:13.2e} {map:11.2e}");
        if let Some(last) = rows.last() {
            let slope = |now: f64, before: f64| (now / before).ln() / 0.5f64.ln();
            let (a, b, c) = (
                slope(departure, last[1]),
                slope(remainder, last[2]),
                slope(map, last[3]),
            );
            print!("   {a:.2}  {b:.2}  {c:.2}");
        }
        println!();
        rows.push([radius, departure, remainder, map]);
    }
    println!("expected slopes 2, 3 (the torus is not symmetric) and 4\n");

    println!("     ε   flatness radius   departure there");
    for epsilon in [1e-1, 1e-2, 1e-3] {
        let rho = normal.flatness_radius(epsilon);
        // across the direction the metric departs most
        let g = normal.metric(&[rho, 0.0])?;
        println!("{epsilon:6} {rho:17.4} {:17.2e}", (g[[1, 1]] - 1.0).abs());
    }

    let mut picture =
        picture::Picture::new("departure of the metric from δ over |ξ|, logarithmic").logarithmic();
    for (column, label) in [
        (1, "g − δ"),
        (2, "g − δ + ⅓ R ξξ"),
        (3, "x − third-order map"),
    ] {
        picture.curve(label, rows.iter().map(|row| [row[0], row[column]]));
    }
    println!(
        "\nwritten: {}",
        picture.save("04_normal_coordinates")?.display()
    );
    Ok(())
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b) * (a - b))
        .sum::<f64>()
        .sqrt()
}
