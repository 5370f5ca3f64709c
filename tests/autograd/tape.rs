//! The tape itself: custom rules with several outputs, repeated passes, seeds.

use geogate::autograd::gradcheck::disagreement;
use geogate::autograd::{Forward, Reverse, Rule, Tape, Var};
use geogate::tensor::{Real, Tensor, Write};
use proptest::prelude::*;

use super::projection::project;
use crate::closeness::{assert_close, assert_gradient};
use crate::strategies;

/// `(a ⊙ b, a + 2 b)`: two outputs from two inputs.
struct ProductAndSum;

fn product_and_sum(tape: &mut Tape<f64>, a: Var, b: Var) -> (Var, Var) {
    let (x, y) = (tape.value(a).clone(), tape.value(b).clone());
    let each = |f: fn(f64, f64) -> f64| {
        let entries = x.as_slice().iter().zip(y.as_slice());
        let entries = entries.map(|(&x, &y)| f(x, y)).collect();
        Tensor::from_vec(x.rows(), x.cols(), entries)
    };
    let outputs = [each(|x, y| x * y), each(|x, y| x + 2.0 * y)];
    let first = tape.record(ProductAndSum, &[a, b], outputs);
    (first, tape.output(first, 1))
}

impl Rule<f64> for ProductAndSum {
    fn reverse(&self, at: &mut Reverse<'_, f64>) {
        let zeros = Tensor::zeros(at.output(0).rows(), at.output(0).cols());
        let product = at.adjoint(0).unwrap_or(&zeros);
        let sum = at.adjoint(1).unwrap_or(&zeros);
        for (i, weight) in [(0, 1.0), (1, 2.0)] {
            if !at.wants(i) {
                continue;
            }
            let other = at.value(1 - i);
            let (out, write) = at.accumulate(i);
            let terms = product.as_slice().iter().zip(sum.as_slice());
            let terms = terms.zip(other.as_slice());
            for (out, ((p, s), other)) in out.as_mut_slice().iter_mut().zip(terms) {
                let kept = if write == Write::Add { *out } else { 0.0 };
                *out = kept + p * other + weight * s;
            }
        }
    }

    fn tangent(&self, at: &mut Forward<'_, f64>) {
        let (a, b) = (at.value(0), at.value(1));
        let (da, db) = (at.tangent_or_zero(0), at.tangent_or_zero(1));
        let each = |f: &dyn Fn(usize) -> f64| {
            let entries = (0..a.as_slice().len()).map(f).collect();
            Tensor::from_vec(a.rows(), a.cols(), entries)
        };
        let (a, b) = (a.as_slice(), b.as_slice());
        let (da, db) = (da.as_slice(), db.as_slice());
        let product = each(&|k| da[k] * b[k] + a[k] * db[k]);
        let sum = each(&|k| da[k] + 2.0 * db[k]);
        at.set(0, product);
        at.set(1, sum);
    }
}

proptest! {
    #![proptest_config(strategies::cases(48))]

    #[test]
    fn rules_may_have_several_outputs_of_which_some_are_used(
        (rows, cols) in (strategies::length(), strategies::length()),
        entries in strategies::moderate_entries(),
        (first, second) in (any::<bool>(), any::<bool>()),
    ) {
        let inputs = [entries.matrix(rows, cols, 0), entries.matrix(rows, cols, 1)];
        let check = disagreement(&inputs, 1e-3, |tape, x| {
            let (product, sum) = product_and_sum(tape, x[0], x[1]);
            let mut used = vec![x[0]];
            used.extend(first.then_some(product));
            used.extend(second.then_some(sum));
            let all = tape.concat_rows(&used);
            project(tape, all)
        });
        assert_gradient("product and sum", check);
    }
}

/// `mean (a ⊙ a + b)²` with a used twice.
fn sample_loss<T: Real>(tape: &mut Tape<T>, a: Var, b: Var) -> Var {
    let squared = tape.mul(a, a);
    let sum = tape.add(squared, b);
    tape.mean_square(sum)
}

#[test]
fn a_cleared_tape_repeats_bit_for_bit_and_forgets() {
    let a = strategies::PLAIN.matrix(5, 3, 0);
    let b = strategies::PLAIN.matrix(5, 3, 1);
    let mut tape = Tape::<f64>::new();
    let mut results = Vec::new();
    for _ in 0..3 {
        assert_eq!(tape.operations().count(), 0);
        let (x, y) = (tape.variable(&a), tape.variable(&b));
        let loss = sample_loss(&mut tape, x, y);
        tape.backward(loss);
        let gradients = [x, y].map(|v| tape.gradient(v).cloned());
        results.push((tape.value(loss).clone(), gradients));
        tape.clear();
    }
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
}

#[test]
fn a_second_backward_pass_replaces_the_first() {
    let mut tape = Tape::<f64>::new();
    let x = tape.variable(&Tensor::from_vec(1, 2, vec![3.0, 4.0]));
    let y = tape.variable(&Tensor::scalar(1.0));
    let (first, second) = (tape.mean_square(x), tape.mean_square(y));
    tape.backward(first);
    assert_eq!(tape.gradient(x).unwrap().as_slice(), [3.0, 4.0]);
    assert!(tape.gradient(y).is_none(), "nothing depends on y");
    tape.backward(second);
    assert!(tape.gradient(x).is_none(), "nothing depends on x");
    assert_eq!(tape.gradient(y).unwrap().to_scalar(), 2.0);
}

#[test]
fn several_seeds_add_up() {
    let a = strategies::PLAIN.matrix(2, 3, 0);
    let seeds = [
        strategies::PLAIN.matrix(2, 3, 1),
        strategies::PLAIN.matrix(2, 3, 2),
    ];
    let mut tape = Tape::<f64>::new();
    let x = tape.variable(&a);
    let (y, z) = (tape.mul(x, x), tape.scale(x, 3.0));
    // z twice: its adjoint is the sum
    let pairs = [(y, &seeds[0]), (z, &seeds[1]), (z, &seeds[0])];
    tape.backward_from(&pairs.map(|(var, seed)| (var, seed.clone())));
    let entries = (a.as_slice().iter()).zip(seeds[0].as_slice().iter().zip(seeds[1].as_slice()));
    let want: Vec<f64> = entries
        .map(|(a, (s, t))| 2.0 * a * s + 3.0 * (s + t))
        .collect();
    assert_close(tape.gradient(x).unwrap().as_slice(), &want, 4.0, 16.0);
    let tangents = tape.tangents(&[(x, seeds[0].clone()), (x, seeds[1].clone())], &[z]);
    let want: Vec<f64> = (seeds[0].as_slice().iter().zip(seeds[1].as_slice()))
        .map(|(s, t)| 3.0 * (s + t))
        .collect();
    assert_close(tangents[0].as_slice(), &want, 4.0, 16.0);
}

#[test]
fn tangents_of_what_does_not_depend_are_zero() {
    let mut tape = Tape::<f64>::new();
    let (x, y) = (
        tape.variable(&Tensor::scalar(2.0)),
        tape.variable(&Tensor::scalar(3.0)),
    );
    let (xx, yy) = (tape.mul(x, x), tape.mul(y, y));
    let tangents = tape.tangents(&[(x, Tensor::scalar(1.0))], &[xx, yy, x]);
    let tangents: Vec<f64> = tangents.iter().map(Tensor::to_scalar).collect();
    assert_eq!(tangents, [4.0, 0.0, 1.0]);
}

#[test]
#[should_panic(expected = "is a constant")]
fn tangents_of_constants_are_refused() {
    let mut tape = Tape::<f64>::new();
    let x = tape.constant(&Tensor::scalar(2.0));
    let y = tape.mul(x, x);
    tape.tangents(&[(x, Tensor::scalar(1.0))], &[y]);
}

#[test]
fn constants_are_not_recorded() {
    let mut tape = Tape::<f64>::new();
    let x = tape.constant(&strategies::PLAIN.matrix(4, 4, 0));
    let loss = sample_loss(&mut tape, x, x);
    assert_eq!(tape.operations().count(), 0);
    assert!(!tape.wants_gradient(loss));
}

#[test]
#[should_panic(expected = "backward: the loss has shape (2, 1)")]
fn only_numbers_have_gradients() {
    let mut tape = Tape::<f64>::new();
    let x = tape.variable(&Tensor::zeros(2, 1));
    tape.backward(x);
}

#[test]
fn nan_reaches_the_gradient_and_its_check() {
    let inputs = [Tensor::from_vec(1, 2, vec![1.0, f64::NAN])];
    let check = disagreement(&inputs, 1e-3, |tape, x| tape.mean_square(x[0]));
    assert!(check.forward.is_nan() && check.differences.is_nan());
}
