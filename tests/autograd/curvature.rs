//! Scalar curvature of perceptrons φ and its gradient by their weights, for d = 2, 4, 8 and m = d + 1,
//! 2d, 4d: four routes that share neither formulas nor derivatives.
//!
//! | route | R | derivative of `L = Σ_i c_i R_i` by the weights |
//! |---|---|---|
//! | reverse | jets on the tape, Gauss equation | reverse mode, by the rule's hand-derived gradient |
//! | forward | the same | forward mode; the same gradient once more, so what it checks is the way through the layers |
//! | Taylor | φ at weights W + tV to third order in (z, t), Gauss equation in an orthonormal frame | the numbers carry ∂_t: exact, one direction V at a time |
//! | stored | the metric alone: Γ from ∂g, Riemann from ∂Γ, third derivatives of φ | JAX 0.10.2 in double precision: `jacfwd` three times, then `grad` |
//!
//! `tests/golden/scalar_curvature.safetensors` holds, under `{d}.{m}`, the layers `phi.{k}.weight`
//! `[in, out]` and `phi.{k}.bias` of `[d, 12, 11, m]`, tanh and silu in turn, `points` `[3, d]`,
//! `coefficients` c of about (1, −2, 3)/|II|², `scalar` R and `gradient`, matrix after matrix. The
//! matrices are random, with orthonormal rows or columns times 1.5, the best conditioned of two
//! thousand draws (cond J at most 12). The script that wrote it found R = 2/r² on a sphere, and its own
//! Gauss equation within 3e-14 of |II|², the gradient within 8e-14 of its norm.

use geogate::autograd::Tape;
use geogate::autograd::jet::{Jet, symmetric_pairs};
use geogate::chart::{LatentChart, Layout, Perceptron, StoredLayer};
use geogate::geometry::{C1Map, C3Map, Formula, Jet1, Jet3, Scalar, curvature};
use geogate::nn::activation::Activation;
use geogate::nn::{Mlp, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Tensor, Write};
use safetensors::SafeTensors;

use crate::series;

const STORED: &[u8] = include_bytes!("../golden/scalar_curvature.safetensors");
/// Of R relative to |II|², of the gradient to its norm: fifty roundings times cond g = 150. Measured
/// 3e-14 and 7e-14.
const EXACT: f64 = 1e-12;
/// Directions V in the space of weights.
const DIRECTIONS: u64 = 3;

/// A network with what is stored about it.
struct Sample {
    phi: Perceptron,
    /// `[point][d]`.
    points: Vec<f64>,
    /// c.
    coefficients: Vec<f64>,
    /// R at every point.
    scalar: Vec<f64>,
    /// Of L, by every weight.
    gradient: Vec<f64>,
}

fn samples() -> Vec<Sample> {
    let file = SafeTensors::deserialize(STORED).unwrap();
    let shapes = [2, 4, 8]
        .into_iter()
        .flat_map(|d| [d + 1, 2 * d, 4 * d].map(|m| (d, m)));
    let activations = [Activation::Tanh, Activation::Silu].into_iter().cycle();
    let read = |((d, m), activation)| {
        let numbers = |name: &str| -> Vec<f64> {
            let bytes = file.tensor(&format!("{d}.{m}.{name}")).unwrap().data();
            let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap());
            bytes.chunks_exact(8).map(number).collect()
        };
        let layers = StoredLayer::sequence(&format!("{d}.{m}.phi"), 0..3, activation);
        Sample {
            phi: Perceptron::from_safetensors(STORED, &layers, Layout::InputsFirst).unwrap(),
            points: numbers("points"),
            coefficients: numbers("coefficients"),
            scalar: numbers("scalar"),
            gradient: numbers("gradient"),
        }
    };
    shapes.zip(activations).map(read).collect()
}

impl Sample {
    fn name(&self) -> String {
        format!("d = {}, m = {}", self.phi.inputs(), self.phi.outputs())
    }

    fn points(&self) -> impl Iterator<Item = &[f64]> {
        self.points.chunks_exact(self.phi.inputs())
    }

    /// A matrix of the entries that `entry` gives, for every weight matrix and every bias.
    fn matrices(&self, mut entries: impl FnMut(usize) -> Vec<f64>) -> Vec<Tensor<f64>> {
        let layers = self.phi.layers().iter();
        let shapes = layers.flat_map(|l| [(l.inputs(), l.outputs()), (1, l.outputs())]);
        shapes
            .map(|(rows, cols)| Tensor::from_vec(rows, cols, entries(rows * cols)))
            .collect()
    }

    /// Standard normal directions: `E ⟨e, V⟩² = ‖e‖²` of an error e.
    fn directions(&self) -> Vec<Vec<Tensor<f64>>> {
        let direction = |index| {
            let mut stream = Stream::new(17, Purpose::Test, index);
            self.matrices(|count| (0..count).map(|_| stream.normal()).collect())
        };
        (0..DIRECTIONS).map(direction).collect()
    }

    fn norm(&self) -> f64 {
        dot(&self.gradient, &self.gradient).sqrt()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// What the tape says.
struct Taped {
    scalar: Vec<f64>,
    /// Of L, reverse mode.
    gradient: Vec<f64>,
    /// Of L along every direction, forward mode.
    forward: Vec<f64>,
}

fn taped(sample: &Sample, directions: &[Vec<Tensor<f64>>]) -> Taped {
    let (phi, n) = (&sample.phi, sample.scalar.len());
    let d = phi.inputs();
    let (mut parameters, mut unused) = (Parameters::<f64>::new(), Stream::new(0, Purpose::Test, 0));
    let mut sizes = vec![d];
    sizes.extend(phi.layers().iter().map(|layer| layer.outputs()));
    let sigma = phi.layers()[0].activation().unwrap();
    let mlp = Mlp::new(&mut parameters, "phi", &sizes, sigma, &mut unused);
    let weights = |l: &geogate::chart::Dense| [l.weight().as_slice(), l.bias().unwrap()].concat();
    let weights: Vec<f64> = phi.layers().iter().flat_map(weights).collect();
    parameters.values_mut().copy_from_slice(&weights);

    let mut tape = Tape::new();
    let bound = parameters.bind(&mut tape, true);
    let z = tape.constant(&Tensor::from_vec(n, d, sample.points.clone()));
    let axes = tape.constant(&Tensor::from_fn(d * n, d, |at, j| f64::from(at / n == j)));
    let jet = Jet::along(&mut tape, z, &[], &[]);
    let jet = jet.extended(&mut tape, (axes, d), &symmetric_pairs(d));
    let jet = mlp.forward_jet(&mut Pass::new(&mut tape, &bound), jet);
    let (j, h) = (jet.firsts(&mut tape, 0, d), jet.seconds(&mut tape));
    let r = tape.scalar_curvature((j, d), h);
    assert!(r.degenerate.is_empty(), "{}", sample.name());

    let ids = mlp
        .layers()
        .iter()
        .flat_map(|l| [l.weight(), l.bias().unwrap()]);
    let vars: Vec<_> = ids.map(|id| bound.var(id)).collect();
    let forward = |v: &Vec<Tensor<f64>>| {
        let seeds: Vec<_> = vars.iter().copied().zip(v.iter().cloned()).collect();
        let change = tape.tangents(&seeds, &[r.value]);
        dot(&sample.coefficients, change[0].as_slice())
    };
    let forward = directions.iter().map(forward).collect();
    let c = Tensor::from_vec(n, 1, sample.coefficients.clone());
    tape.backward_from(&[(r.value, c)]);
    let mut gradient = vec![0.0; weights.len()];
    parameters.gradient_into(&bound, &tape, &mut gradient, Write::Replace);
    Taped {
        scalar: tape.value(r.value).as_slice().to_vec(),
        gradient,
        forward,
    }
}

/// (z, t) ↦ φ(z) at weights W + tV, activations by power series.
struct Moving<'a> {
    phi: &'a Perceptron,
    direction: &'a [Tensor<f64>],
}

impl Formula for Moving<'_> {
    fn source_dim(&self) -> usize {
        self.phi.inputs() + 1
    }

    fn target_dim(&self) -> usize {
        self.phi.outputs()
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (&t, z) = x.split_last().unwrap();
        let mut a = z.to_vec();
        for (layer, v) in self.phi.layers().iter().zip(self.direction.chunks_exact(2)) {
            let unit = |r: usize| {
                let bias = t * v[1].row(0)[r] + layer.bias().unwrap()[r];
                let weight = |i: usize| t * v[0].row(i)[r] + layer.weight().row(i)[r];
                let terms = a.iter().enumerate();
                let u = terms.fold(bias, |sum, (i, &a)| sum + a * weight(i));
                match layer.activation() {
                    Some(sigma) => u.chain(series::derivatives(sigma, u.real())),
                    None => u,
                }
            };
            a = (0..layer.outputs()).map(unit).collect();
        }
        out.copy_from_slice(&a);
    }
}

/// t ↦ (R, |II|²) of the first and second derivatives by z that a jet in (z, t) has to first order in
/// t:
///
/// ```text
/// R = |Σ_a N_aa|² − |II|²,   |II|² = Σ_ab |N_ab|²,   N_ab = normal part of H(e_a, e_b)
/// ```
///
/// in the orthonormal frame that Gram and Schmidt make of J_1, J_2, …: no metric, no connection.
struct Bent(Jet3);

impl Bent {
    fn dim(&self) -> usize {
        self.0.second.first.source_dim() - 1
    }

    /// J_i at t.
    fn first<S: Scalar>(&self, i: usize, t: S) -> Vec<S> {
        let jet = &self.0.second;
        moved(jet.first.column(i), jet.second(i, self.dim()), t)
    }

    /// H_ij at t.
    fn second<S: Scalar>(&self, i: usize, j: usize, t: S) -> Vec<S> {
        moved(
            self.0.second.second(i, j),
            self.0.third(i, j, self.dim()),
            t,
        )
    }

    /// Orthonormal tangent vectors, and their components in the coordinates.
    fn frame<S: Scalar>(&self, t: S) -> Vec<(Vec<S>, Vec<S>)> {
        let d = self.dim();
        let mut frame: Vec<(Vec<S>, Vec<S>)> = Vec::new();
        for i in 0..d {
            let mut e = self.first(i, t);
            let mut x: Vec<S> = (0..d).map(|k| S::constant(f64::from(k == i))).collect();
            for (f, y) in &frame {
                let part = -inner(&e, f);
                add_scaled(&mut e, part, f);
                add_scaled(&mut x, part, y);
            }
            let scale = inner(&e, &e).sqrt().recip();
            e.iter_mut().chain(&mut x).for_each(|c| *c *= scale);
            frame.push((e, x));
        }
        frame
    }
}

impl Formula for Bent {
    fn source_dim(&self) -> usize {
        1
    }

    fn target_dim(&self) -> usize {
        2
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (d, zero) = (self.dim(), S::constant(0.0));
        let frame = self.frame(x[0]);
        let mut trace = vec![zero; self.0.second.first.target_dim()];
        let mut square = zero;
        for (a, b) in (0..d * d).map(|at| (at / d, at % d)) {
            let mut normal = vec![zero; trace.len()];
            for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
                let weight = frame[a].1[i] * frame[b].1[j];
                add_scaled(&mut normal, weight, &self.second(i, j, x[0]));
            }
            for (e, _) in &frame {
                let part = -inner(&normal, e);
                add_scaled(&mut normal, part, e);
            }
            square += inner(&normal, &normal);
            if a == b {
                add_scaled(&mut trace, S::constant(1.0), &normal);
            }
        }
        out[0] = inner(&trace, &trace) - square;
        out[1] = square;
    }
}

fn moved<S: Scalar>(at: &[f64], change: &[f64], t: S) -> Vec<S> {
    at.iter().zip(change).map(|(&x, &dx)| t * dx + x).collect()
}

fn inner<S: Scalar>(a: &[S], b: &[S]) -> S {
    let terms = a.iter().zip(b);
    terms.fold(S::constant(0.0), |sum, (&a, &b)| sum + a * b)
}

fn add_scaled<S: Scalar>(a: &mut [S], c: S, b: &[S]) {
    a.iter_mut().zip(b).for_each(|(a, &b)| *a += c * b);
}

/// R and |II|² at z, and the derivative of R along a direction in the weights.
fn by_taylor(phi: &Perceptron, direction: &[Tensor<f64>], z: &[f64]) -> ([f64; 2], f64) {
    let (mut jet, mut out) = (Jet3::new(), Jet1::new());
    let at_zero = [z, &[0.0]].concat();
    Moving { phi, direction }.jet3(&at_zero, &mut jet);
    Bent(jet).jet1(&[0.0], &mut out);
    ([out.value()[0], out.value()[1]], out.column(0)[0])
}

#[test]
fn scalar_curvature_agrees_by_four_routes() {
    for sample in samples() {
        let name = sample.name();
        let tape = taped(&sample, &[]).scalar;
        let still = sample.matrices(|count| vec![0.0; count]);
        let chart = LatentChart::new(sample.phi.clone()).unwrap();
        for ((z, tape), &stored) in sample.points().zip(tape).zip(&sample.scalar) {
            let ([taylor, size], change) = by_taylor(&sample.phi, &still, z);
            assert_eq!(change, 0.0, "{name}: nothing moves");
            let geometry = curvature::scalar_curvature(&chart, z).unwrap();
            let agree = |route: &str, want: f64| {
                let error = (tape - want).abs();
                let said = format!("{name}: {tape:e}, {route} {want:e}, {error:e} of {size:e}");
                assert!(error <= EXACT * size, "{said}");
            };
            agree("stored", stored);
            agree("by Taylor numbers", taylor);
            agree("by geometry", geometry);
        }
    }
}

#[test]
fn its_weight_gradient_agrees_by_four_routes() {
    for sample in samples() {
        let (name, norm) = (sample.name(), sample.norm());
        let directions = sample.directions();
        let tape = taped(&sample, &directions);
        assert_eq!(tape.gradient.len(), sample.gradient.len(), "{name}");
        let pairs = tape.gradient.iter().zip(&sample.gradient);
        let error = pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let said = format!("{name}: from the stored gradient {error:e} of {norm:e}");
        assert!(error <= EXACT * norm, "{said}");
        for (v, forward) in directions.iter().zip(&tape.forward) {
            let flat: Vec<f64> = v.iter().flat_map(Tensor::as_slice).copied().collect();
            let reverse = dot(&tape.gradient, &flat);
            let along = |z| by_taylor(&sample.phi, v, z).1;
            let taylor: Vec<f64> = sample.points().map(along).collect();
            let taylor = dot(&sample.coefficients, &taylor);
            for (route, got) in [("reverse", reverse), ("forward", *forward)] {
                let error = (got - taylor).abs();
                let said = format!("{name}: {route} {got:e}, by Taylor numbers {taylor:e}");
                assert!(error <= EXACT * norm, "{said}: {error:e} of {norm:e}");
            }
        }
    }
}
