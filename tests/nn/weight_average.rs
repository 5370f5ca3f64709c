//! The mean of weights by hand.

use geogate::nn::{Parameters, WeightAverage};
use geogate::random::{Purpose, Stream};

#[test]
fn the_first_steps_are_a_plain_mean_and_later_ones_fade() {
    let mut average = WeightAverage::new(&[0.0_f64, 1.0], 3);
    let means: Vec<f64> = [3.0, 6.0, 9.0, 0.0]
        .iter()
        .zip(1..)
        .map(|(&w, k)| {
            average.follow(std::slice::from_ref(&(0..1)), &[w, f64::NAN], k);
            average.mean()[0]
        })
        .collect();
    // (3 + 6)/2, (3 + 6 + 9)/3, then 6 + (0 − 6)/3
    let want = [3.0, 4.5, 6.0, 4.0];
    for (got, want) in means.iter().zip(want) {
        assert!((got - want).abs() < 1e-15, "{means:?}");
    }
    assert_eq!(average.mean()[1], 1.0, "outside the blocks");
}

#[test]
fn a_memory_of_one_step_is_the_weights() {
    let mut average = WeightAverage::new(&[1.0_f32, 2.0], 1);
    for k in 1..5 {
        let weights = [0.1 * k as f32, 1.0 / k as f32];
        average.follow(&[0..1, 1..2], &weights, k);
        assert_eq!(average.mean(), weights);
    }
}

#[test]
fn a_copy_of_what_is_trained_is_the_state() {
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let mut parameters = Parameters::<f64>::new();
    let mut add = |name| parameters.add(name, (1, 2), 1, &mut stream);
    let (frozen, _) = (add("frozen"), add("w"));
    let trained = parameters.trained(&[frozen]);
    let mut average = WeightAverage::new(&[1.0, 2.0, 3.0, 4.0], 3);
    let start = average.clone();
    let mut copy = average.clone();
    average.follow(trained.blocks(), &[f64::NAN, f64::NAN, 5.0, 6.0], 1);
    copy.copy_trained(&average, &trained);
    assert_eq!(copy, average);
    copy.copy_trained(&start, &trained);
    assert_eq!(copy, start);
}
