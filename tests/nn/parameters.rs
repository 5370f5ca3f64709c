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
