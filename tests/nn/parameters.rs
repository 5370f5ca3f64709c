//! The flat buffer of parameters.

use geogate::autograd::Tape;
use geogate::nn::{ParameterId, Parameters};
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Tensor, Write};
use proptest::prelude::*;

use crate::closeness::assert_close;
use crate::strategies;

type Shape = (usize, usize);

fn filled(shapes: &[Shape], seed: u64) -> (Parameters<f64>, Vec<ParameterId>) {
    let mut stream = Stream::new(seed, Purpose::Initialisation, 0);
    let mut parameters = Parameters::new();
    let ids = (shapes.iter().enumerate())
        .map(|(k, &shape)| parameters.add(format!("w{k}"), shape, shape.0, &mut stream))
        .collect();
    (parameters, ids)
}

proptest! {
    #![proptest_config(strategies::cases(48))]

    #[test]
    fn matrices_lie_one_after_the_other(
        shapes in prop::collection::vec((strategies::length(), strategies::length()), 0..6),
        seed: u64,
    ) {
        let (parameters, ids) = filled(&shapes, seed);
        prop_assert_eq!(&parameters, &filled(&shapes, seed).0);
        let mut all = Vec::new();
        for (k, ((name, rows, cols, entries), &id)) in parameters.iter().zip(&ids).enumerate() {
            prop_assert_eq!(name, format!("w{k}"));
            prop_assert_eq!((rows, cols), shapes[k]);
            prop_assert_eq!(&parameters.tensor(id), &Tensor::from_vec(rows, cols, entries.to_vec()));
            all.extend_from_slice(entries);
        }
        prop_assert_eq!(parameters.values(), all);
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, true);
        for &id in &ids {
            prop_assert_eq!(tape.value(bound.var(id)), &parameters.tensor(id));
        }
    }

    /// Gradients of shards add up in the buffer: that of `Σ_k c_k mean(w_k²)` over two tapes.
    #[test]
    fn gradients_add_up(
        shapes in prop::collection::vec((strategies::length(), strategies::length()), 1..6),
        seed: u64,
    ) {
        let (parameters, ids) = filled(&shapes, seed);
        let mut gradient = vec![0.0; parameters.values().len()];
        for shard in 0..2 {
            let mut tape = Tape::new();
            let bound = parameters.bind(&mut tape, true);
            // one shard uses every matrix, the other only some
            let used = ids.iter().enumerate().filter(|(k, _)| shard == 0 || k % 2 == 0);
            let terms: Vec<_> = used
                .map(|(k, &id)| (tape.mean_square(bound.var(id)), (k + 1) as f64))
                .collect();
            let loss = tape.combination(&terms);
            tape.backward(loss);
            parameters.gradient_into(&bound, &tape, &mut gradient, Write::Add);
        }
        let want: Vec<f64> = (parameters.iter().enumerate())
            .flat_map(|(k, (_, rows, cols, entries))| {
                let times = if k % 2 == 0 { 2.0 } else { 1.0 };
                let factor = times * (k + 1) as f64 * 2.0 / (rows * cols).max(1) as f64;
                entries.iter().map(move |w| factor * w)
            })
            .collect();
        assert_close(&gradient, &want, 4.0, 24.0);
    }
}

#[test]
fn bound_without_gradient_nothing_is_recorded() {
    let (parameters, ids) = filled(&[(2, 3)], 0);
    let mut tape = Tape::new();
    let bound = parameters.bind(&mut tape, false);
    tape.mean_square(bound.var(ids[0]));
    assert_eq!(tape.operations().count(), 0);
}

#[test]
#[should_panic(expected = "parameters: `w` is there already")]
fn names_are_unique() {
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let mut parameters = Parameters::<f32>::new();
    parameters.add("w", (1, 1), 1, &mut stream);
    parameters.add("w", (1, 1), 1, &mut stream);
}

#[test]
fn draws_have_the_stated_spread() {
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let mut parameters = Parameters::<f64>::new();
    let shape = (300, 200);
    let id = parameters.add("w", shape, 300, &mut stream);
    let draws = parameters.tensor(id);
    let n = draws.as_slice().len() as f64;
    let measured = draws.as_slice().iter().map(|x| x * x).sum::<f64>() / n;
    let variance = 1.0 / 900.0;
    // the sample variance of n draws has a standard error of at most variance · √(2/n)
    let bound = 5.0 * variance * (2.0 / n).sqrt();
    assert!((measured - variance).abs() <= bound, "{measured}");
}

#[test]
fn gradients_land_at_their_offsets() {
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let mut parameters = Parameters::<f64>::new();
    parameters.add("unused", (1, 2), 1, &mut stream);
    let id = parameters.add("w", (1, 3), 1, &mut stream);
    let mut tape = Tape::new();
    let bound = parameters.bind(&mut tape, true);
    let loss = tape.mean_square(bound.var(id));
    tape.backward(loss);
    let mut gradient = vec![f64::NAN; 5];
    assert_eq!(
        parameters.trained(&[]).blocks(),
        std::slice::from_ref(&(0..5))
    );
    parameters.gradient_into(&bound, &tape, &mut gradient, Write::Replace);
    let w = parameters.tensor(id);
    let want: Vec<f64> = w.as_slice().iter().map(|w| 2.0 / 3.0 * w).collect();
    assert_eq!(gradient[..2], [0.0, 0.0]);
    for (got, want) in gradient[2..].iter().zip(want) {
        assert!((got - want).abs() < 1e-15, "{got} {want}");
    }
    let once = gradient.clone();
    parameters.gradient_into(&bound, &tape, &mut gradient, Write::Add);
    assert!(
        gradient
            .iter()
            .zip(once)
            .all(|(twice, g)| *twice == 2.0 * g)
    );
}

#[test]
fn what_is_frozen_is_bound_once_and_not_written() {
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let mut parameters = Parameters::<f64>::new();
    let mut add = |name| parameters.add(name, (1, 2), 1, &mut stream);
    let [first, frozen, third, fourth] = ["a", "b", "c", "d"].map(&mut add);
    let trained = parameters.trained(&[frozen]);
    assert_eq!(trained.blocks(), [0..2, 4..8]);
    let mut tape = Tape::new();
    let bound = parameters.bind_but(&mut tape, &[frozen]);
    tape.hold();
    let (old, new) = (parameters.tensor(frozen), [7.0, 8.0]);
    parameters.matrix_mut(frozen).copy_from_slice(&new);
    parameters.matrix_mut(third).copy_from_slice(&new);
    let mut gradient = vec![f64::NAN; 8];
    for _ in 0..2 {
        tape.clear();
        parameters.rebind(&bound, &mut tape, &trained);
        assert_eq!(tape.value(bound.var(frozen)), &old);
        assert_eq!(tape.value(bound.var(third)).as_slice(), new);
        let loss = tape.mean_square(bound.var(third));
        tape.backward(loss);
        let from = (&bound, &trained);
        parameters.trained_gradient_into(from, &tape, &mut gradient, Write::Replace);
    }
    assert_eq!(gradient[parameters.range(first)], [0.0, 0.0]);
    assert!(
        gradient[parameters.range(frozen)]
            .iter()
            .all(|g| g.is_nan())
    );
    assert_eq!(gradient[parameters.range(third)], new);
    assert_eq!(gradient[parameters.range(fourth)], [0.0, 0.0]);
}
