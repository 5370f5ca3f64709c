//! Activations and their derivatives by arithmetic of truncated power series: a second route to
//! what `nn::activation` writes as formulas.

use std::f64::consts::TAU;

use geogate::nn::activation::Activation;

/// Coefficients of ε⁰ … ε³.
type Series = [f64; 4];

fn product(a: Series, b: Series) -> Series {
    std::array::from_fn(|k| (0..=k).map(|j| a[j] * b[k - j]).sum())
}

fn exp(a: Series) -> Series {
    let mut e = [a[0].exp(), 0.0, 0.0, 0.0];
    for k in 1..4 {
        e[k] = (1..=k).map(|j| j as f64 * a[j] * e[k - j]).sum::<f64>() / k as f64;
    }
    e
}

fn reciprocal(a: Series) -> Series {
    let mut r = [1.0 / a[0], 0.0, 0.0, 0.0];
    for k in 1..4 {
        r[k] = -r[0] * (1..=k).map(|j| a[j] * r[k - j]).sum::<f64>();
    }
    r
}

fn integral(at_zero: f64, a: Series) -> Series {
    [at_zero, a[0], a[1] / 2.0, a[2] / 3.0]
}

/// `1 / (1 + e^-(u + c ε))`.
fn sigmoid(u: f64, c: f64) -> Series {
    let mut d = exp([-u, -c, 0.0, 0.0]);
    d[0] += 1.0;
    reciprocal(d)
}

/// The normal distribution function, `1/2 + φ(u) Σ_n u^(2n+1) / (1·3·5⋯(2n+1))`.
fn normal_distribution(u: f64) -> f64 {
    let (mut term, mut sum) = (u, u);
    for n in 1..400 {
        term *= u * u / f64::from(2 * n + 1);
        sum += term;
    }
    0.5 + sum * (-0.5 * u * u).exp() / TAU.sqrt()
}

/// `[σ, σ', σ'', σ''']` at u, for |u| up to 30 (relu: away from 0).
pub(crate) fn derivatives(activation: Activation, u: f64) -> [f64; 4] {
    let x = [u, 1.0, 0.0, 0.0];
    let c = match activation {
        Activation::Relu if u > 0.0 => x,
        Activation::Relu => [0.0; 4],
        Activation::Silu => product(x, sigmoid(u, 1.0)),
        Activation::Tanh => {
            let s = sigmoid(2.0 * u, 2.0);
            [2.0 * s[0] - 1.0, 2.0 * s[1], 2.0 * s[2], 2.0 * s[3]]
        }
        Activation::Softplus => integral(u.exp().ln_1p(), sigmoid(u, 1.0)),
        Activation::Gelu => {
            let density = exp([-0.5 * u * u, -u, -0.5, 0.0]).map(|c| c / TAU.sqrt());
            product(x, integral(normal_distribution(u), density))
        }
    };
    [c[0], c[1], 2.0 * c[2], 6.0 * c[3]]
}

#[test]
fn values_known_by_other_means() {
    let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-15, "{got} {want}");
    close(normal_distribution(1.0), 0.841_344_746_068_542_9);
    close(normal_distribution(-2.0), 0.022_750_131_948_179_21);
    let [_, slope, curve, third] = derivatives(Activation::Tanh, 0.0);
    close(slope, 1.0);
    close(curve, 0.0);
    close(third, -2.0);
    // silu = u/2 + u²/4 − u⁴/48 + …
    let silu = derivatives(Activation::Silu, 0.0);
    for (got, want) in silu.into_iter().zip([0.0, 0.5, 0.5, 0.0]) {
        close(got, want);
    }
}
