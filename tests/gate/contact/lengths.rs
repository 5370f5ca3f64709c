//! Geodesic steps and shortest paths on the tape, against `geometry` and at their orders.

use geogate::autograd::{Tape, Var};
use geogate::gate::contact::geodesic::geodesic_step;
use geogate::gate::contact::length::{PathSettings, ShortestPath, shortest_path};
use geogate::geometry::{distance, exp};
use geogate::nn::activation::Activation;
use geogate::nn::{Mlp, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;

use super::scene::Net;

/// A curved chart of d coordinates in m dimensions, as a perceptron and as a formula.
struct Curved {
    phi: Mlp,
    parameters: Parameters<f64>,
    net: Net,
}

impl Curved {
    fn new(d: usize, m: usize) -> Self {
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(9, Purpose::Test, 0);
        let phi = Mlp::new(
            &mut parameters,
            "phi",
            &[d, 8, 8, m],
            Activation::Silu,
            &mut stream,
        );
        parameters.values_mut().iter_mut().for_each(|w| *w *= 3.0);
        let matrices: Vec<Tensor<f64>> = parameters
            .iter()
            .map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec()))
            .collect();
        let layers = matrices
            .chunks(2)
            .map(|l| (l[0].clone(), l[1].clone()))
            .collect();
        Self {
            phi,
            parameters,
            net: Net { layers },
        }
    }

    /// Runs `f` with the points p and q as variables of a tape.
    fn on_tape<R>(
        &self,
        [p, q]: [&Tensor<f64>; 2],
        f: impl FnOnce(&mut Pass<'_, f64>, &Mlp, (Var, Var)) -> R,
    ) -> R {
        let mut tape = Tape::new();
        let weights = self.parameters.bind(&mut tape, true);
        let ends = (tape.variable(p), tape.variable(q));
        f(&mut Pass::new(&mut tape, &weights), &self.phi, ends)
    }

    fn path(&self, ends: [&Tensor<f64>; 2], segments: usize) -> (Vec<f64>, ShortestPath) {
        let settings = PathSettings {
            segments,
            ..PathSettings::of::<f64>()
        };
        self.on_tape(ends, |pass, phi, ends| {
            let path = shortest_path(pass, phi, ends, settings);
            (pass.tape.value(path.energy).as_slice().to_vec(), path)
        })
    }
}

fn points(rows: &[&[f64]]) -> Tensor<f64> {
    Tensor::from_vec(rows.len(), rows[0].len(), rows.concat())
}

/// Slopes of log error against log of the number of steps, for doubled numbers.
fn slopes(errors: &[f64]) -> Vec<f64> {
    errors.windows(2).map(|e| (e[0] / e[1]).log2()).collect()
}

#[test]
fn the_energy_of_a_shortest_path_is_the_squared_distance_to_second_order() {
    let chart = Curved::new(2, 4);
    let (p, q) = ([0.3, -0.4], [0.7, 0.1]);
    let length = distance(&chart.net, &p, &q).unwrap();
    let error = |segments: usize| {
        let (energy, path) = chart.path([&points(&[&p]), &points(&[&q])], segments);
        assert!(
            path.residual < 1e-10 && path.degenerate.is_empty(),
            "{path:?}"
        );
        // chords are shorter than arcs
        length * length - energy[0]
    };
    let errors = [4, 8, 16, 32].map(error);
    assert!(errors[0] > 1e-6, "the chart is curved: {errors:?}");
    for slope in slopes(&errors) {
        assert!((slope - 2.0).abs() < 0.2, "{slope}, {errors:?}");
    }
    // with one segment it is the chord
    let (chord, path) = chart.path([&points(&[&p]), &points(&[&q])], 1);
    let (u, v) = (chart.net.value(&p), chart.net.value(&q));
    let want: f64 = u.iter().zip(&v).map(|(u, v)| (u - v).powi(2)).sum();
    assert!((chord[0] - want).abs() < 1e-14 * want.max(1.0) && path.steps == 0);
}

/// The gradient at fixed nodes is that of the least energy: by the first variation, at the ends it
/// is −2 and 2 times the velocity, lowered.
#[test]
fn the_gradient_at_the_ends_is_that_of_the_least_energy() {
    let chart = Curved::new(2, 4);
    let (p, q) = (points(&[&[0.3, -0.4]]), points(&[&[0.7, 0.1]]));
    let gradient = chart.on_tape([&p, &q], |pass, phi, ends| {
        let path = shortest_path(pass, phi, ends, PathSettings::of::<f64>());
        pass.tape.backward(path.energy);
        [ends.0, ends.1].map(|end| pass.tape.gradient(end).unwrap().as_slice().to_vec())
    });
    const STEP: f64 = 1e-5;
    for (end, axis) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let energy = |step: f64| {
            let mut ends = [p.clone(), q.clone()];
            ends[end].row_mut(0)[axis] += step;
            chart.path([&ends[0], &ends[1]], 4).0[0]
        };
        let difference = (energy(STEP) - energy(-STEP)) / (2.0 * STEP);
        let error = (difference - gradient[end][axis]).abs();
        // truncation of order STEP² times the third derivatives of a wild chart
        assert!(error < 1e-7, "end {end}, axis {axis}: {error:e}");
    }
}

/// A path does not depend on the other rows of its batch.
#[test]
fn every_row_has_a_path_of_its_own() {
    let chart = Curved::new(3, 5);
    let p = points(&[&[0.1, 0.2, 0.3], &[1.0, -1.0, 0.5], &[0.0, 0.0, 0.0]]);
    let q = points(&[&[0.1, 0.25, 0.3], &[-1.0, 1.0, 0.0], &[0.0, 0.0, 0.0]]);
    let (together, _) = chart.path([&p, &q], 4);
    for (i, &want) in together.iter().enumerate() {
        let (alone, path) = chart.path([&points(&[p.row(i)]), &points(&[q.row(i)])], 4);
        assert!((alone[0] - want).abs() <= 1e-14 * want, "row {i}");
        assert!(path.steps <= 20 && path.residual.is_finite());
    }
    assert_eq!(together[2], 0.0, "the distance from a point to itself");
}

#[test]
fn a_geodesic_step_is_of_fourth_order() {
    let chart = Curved::new(2, 4);
    let (z, v) = ([0.3, -0.4], [0.15, 0.18]);
    let want = exp(&chart.net, &z, &v).unwrap();
    let error = |steps: usize| {
        let found = chart.on_tape([&points(&[&z]), &points(&[&v])], |pass, phi, start| {
            let end = geodesic_step(pass, phi, start, steps);
            assert!(end.degenerate.is_empty());
            pass.tape.value(end.value).as_slice().to_vec()
        });
        let square: f64 = found.iter().zip(&want).map(|(a, b)| (a - b).powi(2)).sum();
        square.sqrt()
    };
    let errors = [2, 4, 8, 16].map(error);
    let slopes = slopes(&errors);
    assert!(
        (slopes[2] - 4.0).abs() < 0.2 && errors[3] < 1e-5,
        "{slopes:?}, {errors:?}"
    );
}

/// On a curve every path is the shortest, and its length is the arc's.
#[test]
fn a_curve_has_its_arc_length() {
    let chart = Curved::new(1, 3);
    let arc: f64 = {
        const PIECES: usize = 20_000;
        let at = |k: usize| chart.net.value(&[0.2 * k as f64 / PIECES as f64]);
        let pieces = (0..PIECES).map(|k| {
            let chord: f64 = at(k)
                .iter()
                .zip(at(k + 1))
                .map(|(a, b)| (a - b).powi(2))
                .sum();
            chord.sqrt()
        });
        pieces.sum()
    };
    let (energy, path) = chart.path([&points(&[&[0.0]]), &points(&[&[0.2]])], 32);
    assert!(path.residual < 1e-9, "{path:?}");
    assert!(
        (energy[0].sqrt() / arc - 1.0).abs() < 1e-3,
        "{} {arc}",
        energy[0].sqrt()
    );
}
