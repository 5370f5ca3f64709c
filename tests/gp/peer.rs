//! One posterior against scikit-learn.
//!
//! ```text
//! rng = np.random.default_rng(7)
//! X = np.round(rng.uniform(-2, 2, (12, 2)), 2)
//! y = np.round(np.sin(X[:, 0]) + 0.5 * X[:, 1] + 0.2 * rng.normal(size=12), 2)
//! Q = np.round(rng.uniform(-3, 3, (5, 2)), 2)
//! kernel = ConstantKernel(1.3) * Matern(0.8, nu=2.5) + WhiteKernel(0.05)
//! gp = GaussianProcessRegressor(kernel, alpha=1e-300, optimizer=None).fit(X, y)
//! gp.predict(Q, return_std=True)                                   # its deviation is that of a label, noise included
//! gp.log_marginal_likelihood(gp.kernel_.theta, eval_gradient=True)   # by log of constant, length, noise
//! ```
//!
//! with scikit-learn 1.9.1.

use geogate::gp::{
    Component, Coordinates, Coregionalisation, Hyperparameters, Kernel, Labels, Likelihood, Points,
    Posterior,
};

use super::{LEAST_NOISE, ROUNDINGS, component};
use crate::closeness::assert_close;

const X: [f64; 24] = [
    0.5, 1.59, 1.1, -1.1, -0.8, 1.49, -1.98, 1.28, 1.19, -0.13, -0.79, -0.89, -0.98, -0.22, 0.02,
    0.21, 1.98, 1.17, 0.49, 1.96, -1.14, -1.36, 0.45, -1.82,
];
const Y: [f64; 12] = [
    1.31, 0.3, -0.48, -0.39, 0.85, -1.13, -1.25, 0.03, 1.31, 1.29, -1.38, -0.64,
];
const Q: [f64; 10] = [
    -2.98, 1.98, -2.07, -1.39, 2.28, 0.06, 2.08, 0.84, 1.45, -2.45,
];
const MEANS: [f64; 5] = [
    -0.066_586_697_655_297_46,
    -0.602_278_827_734_618_7,
    0.545_941_558_445_609_3,
    1.116_802_717_251_974_8,
    -0.117_010_174_551_167_52,
];
const DEVIATIONS: [f64; 5] = [
    1.119_977_924_354_800_5,
    1.044_851_110_289_979_8,
    1.060_304_121_308_950_6,
    0.627_979_192_628_698_3,
    1.108_839_138_859_326_6,
];
const LOG_LIKELIHOOD: f64 = -14.056_320_459_853_339;
const SLOPES: [f64; 3] = [
    -3.012_517_226_015_106_5,
    4.056_637_556_831_691,
    -0.298_146_112_441_690_4,
];

const CONSTANT: f64 = 1.3;
const NOISE: f64 = 0.05;
const COMPONENTS: [Component; 1] = [component(0, Kernel::Matern52)];

fn points(values: &[f64]) -> Points {
    Points::new(vec![Coordinates::Vectors {
        values: values.to_vec(),
        width: 2,
        unit: 1.0,
    }])
}

fn labels() -> Labels {
    Labels {
        tasks: vec![0; Y.len()],
        values: Y.to_vec(),
    }
}

/// A loading of one, and the rest of the constant as own variance.
fn theta() -> Hyperparameters {
    let of = Coregionalisation {
        log_length: 0.8_f64.ln(),
        loadings: vec![1.0],
        log_own: vec![(CONSTANT - 1.0).ln()],
    };
    Hyperparameters {
        components: vec![of],
        log_noise: vec![(NOISE - LEAST_NOISE).ln()],
    }
}

#[test]
fn predictions_are_those_of_scikit_learn() {
    let theta = theta();
    let posterior = Posterior::new(points(&X), labels(), &COMPONENTS, &theta, false).unwrap();
    let joints = posterior.predict(&[points(&Q)], false);
    let means: Vec<f64> = joints.iter().map(|joint| joint.mean[0]).collect();
    let deviations = joints
        .iter()
        .map(|joint| joint.deviation(0, theta.noise(0)));
    assert_close(&means, &MEANS, ROUNDINGS, 1.0);
    assert_close(&deviations.collect::<Vec<_>>(), &DEVIATIONS, ROUNDINGS, 1.0);
}

#[test]
fn likelihood_and_slopes_are_those_of_scikit_learn() {
    let likelihood = Likelihood::new(&points(&X), &labels(), 0, &COMPONENTS, false);
    let (value, gradient) = likelihood.evaluate(&theta()).unwrap();
    assert_close(&[value], &[LOG_LIKELIHOOD], ROUNDINGS, LOG_LIKELIHOOD.abs());
    // the constant is a² + κ, with a = 1
    let [constant, length, noise] = SLOPES;
    let want = [
        length,
        2.0 / CONSTANT * constant,
        (CONSTANT - 1.0) / CONSTANT * constant,
        (NOISE - LEAST_NOISE) / NOISE * noise,
    ];
    assert_close(&gradient, &want, ROUNDINGS, 5.0);
}
