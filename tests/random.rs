//! Seeded streams: what fixes them, and that their draws are even.

use geogate::random::{Purpose, Stream};

#[test]
fn draws_are_fixed_by_seed_purpose_and_index() {
    let draw = |seed, purpose, index| Stream::new(seed, purpose, index).uniform();
    let first = draw(1, Purpose::Split, 0);
    assert_eq!(first, draw(1, Purpose::Split, 0));
    assert_ne!(first, draw(2, Purpose::Split, 0));
    assert_ne!(first, draw(1, Purpose::Batches, 0));
    assert_ne!(first, draw(1, Purpose::Split, 1));
}

#[test]
fn normal_draws_have_mean_zero_and_variance_one() {
    const N: usize = 100_000;
    let mut stream = Stream::new(3, Purpose::Test, 0);
    normal_moments(&(0..N).map(|_| stream.normal()).collect::<Vec<f64>>());
    let many = stream.normals(N);
    assert_eq!(many.len(), N);
    normal_moments(&many);
    // neighbours, and the two branches of a pair, are not correlated
    for lag in [1, 128] {
        let products = many.iter().zip(&many[lag..]).map(|(x, y)| x * y);
        let correlation = products.sum::<f64>() / N as f64;
        assert!(
            correlation.abs() < 4.0 / (N as f64).sqrt(),
            "lag {lag}: {correlation}"
        );
    }
}

/// Mean, variance, skewness and the share beyond 2 within four standard errors.
fn normal_moments(draws: &[f64]) {
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let central = |power| draws.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
    let within = |found: f64, expected: f64, variance: f64| {
        let error = (variance / n).sqrt();
        assert!(
            (found - expected).abs() < 4.0 * error,
            "{found}, not {expected} ± {error}"
        );
    };
    within(mean, 0.0, 1.0);
    within(central(2), 1.0, 2.0);
    within(central(3), 0.0, 6.0);
    const BEYOND_2: f64 = 0.045_500_263_896_358_4;
    let beyond = draws.iter().filter(|x| x.abs() > 2.0).count() as f64 / n;
    within(beyond, BEYOND_2, BEYOND_2 * (1.0 - BEYOND_2));
}

#[test]
fn bounded_draws_are_even() {
    const N: usize = 70_000;
    let mut stream = Stream::new(4, Purpose::Test, 0);
    let mut counts = [0_f64; 7];
    for _ in 0..N {
        counts[stream.below(7)] += 1.0;
    }
    let chi_squared: f64 = counts.iter().map(|c| (c - 1e4).powi(2) / 1e4).sum();
    assert!(
        chi_squared < 22.46,
        "chi squared {chi_squared} at 6 degrees of freedom, p < 0.001"
    );
}

#[test]
fn a_permutation_holds_every_index_once() {
    let mut order = Stream::new(5, Purpose::Test, 0).permutation(100);
    assert_ne!(order, (0..100).collect::<Vec<_>>());
    order.sort_unstable();
    assert_eq!(order, (0..100).collect::<Vec<_>>());
}
