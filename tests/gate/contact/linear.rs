//! Closed forms: linear maps, exactly as perceptrons, because `silu(x) − silu(−x) = x`.

use geogate::method::{Method, ModelConfig};
use geogate::random::{Purpose, Stream};

use super::scene::{Scene, config, noise};
use geogate::autograd::Tape;
use geogate::nn::Pass;

/// d = 2 coordinates in m = 4 dimensions.
const D: usize = 2;
const M: usize = 4;

/// A matrix and an offset: `x ↦ x A + b`, A stored `[input][output]`.
struct Linear {
    a: Vec<Vec<f64>>,
    b: Vec<f64>,
}

fn embed(scale: f64) -> Linear {
    let row = |i: usize| (0..M).map(|j| if i == j { scale } else { 0.0 }).collect();
    Linear {
        a: (0..D).map(row).collect(),
        b: vec![0.0; M],
    }
}

/// The first two components, mapped by S.
fn project(s: [[f64; D]; D], b: [f64; D]) -> Linear {
    let row = |i: usize| if i < D { s[i].to_vec() } else { vec![0.0; D] };
    Linear {
        a: (0..M).map(row).collect(),
        b: b.to_vec(),
    }
}

/// Sets the part of a task to a linear map: y = x A through (y, −y), (y, −y), y + b.
fn set(scene: &mut Scene, name: &str, map: &Linear) {
    let out = map.b.len();
    let plan: Vec<(String, usize, usize)> = scene
        .parameters
        .iter()
        .map(|(name, rows, cols, _)| (name.to_owned(), rows, cols))
        .collect();
    let mut at = 0;
    for (full, rows, cols) in plan {
        let values = &mut scene.parameters.values_mut()[at..at + rows * cols];
        at += rows * cols;
        let Some(rest) = full.strip_prefix(&format!("{name}.")) else {
            continue;
        };
        assert!(
            cols >= 2 * out || rest.starts_with('2'),
            "room for both signs"
        );
        values.fill(0.0);
        for i in 0..rows {
            for j in 0..out {
                let sign = if i % (2 * out) < out { 1.0 } else { -1.0 };
                match rest {
                    "0.weight" => {
                        values[i * cols + j] = map.a[i][j];
                        values[i * cols + out + j] = -map.a[i][j];
                    }
                    "1.weight" if i < 2 * out && i % out == j => {
                        values[i * cols + j] = sign;
                        values[i * cols + out + j] = -sign;
                    }
                    "2.weight" if i < 2 * out && i % out == j => values[i * cols + j] = sign,
                    "2.bias" => values[j] = map.b[j],
                    _ => {}
                }
            }
        }
    }
}

fn scene(weights: ModelConfig, tasks: usize, s: [[f64; D]; D], scale: f64) -> Scene {
    let sizes = ModelConfig {
        hidden: 2 * M,
        latent_dim: D,
        lf_dim: M,
        ..weights
    };
    let mut scene = Scene::new(sizes, tasks);
    for t in 0..tasks {
        set(&mut scene, &format!("task.t{t}.transfer"), &embed(scale));
        set(
            &mut scene,
            &format!("task.t{t}.inverse"),
            &project(s, [0.0; D]),
        );
    }
    scene
}

const IDENTITY: [[f64; D]; D] = [[1.0, 0.0], [0.0, 1.0]];

fn everything() -> ModelConfig {
    ModelConfig {
        isometry: 1.0,
        affine: 1.0,
        normal: 1.0,
        flat: 1.0,
        curvature: 1.0,
        ..config()
    }
}

#[test]
fn an_isometry_of_flat_charts_has_no_defect_at_all() {
    let (sin, cos) = 0.6_f64.sin_cos();
    let rotation = [[cos, sin], [-sin, cos]];
    for s in [IDENTITY, rotation] {
        let terms = scene(everything(), 2, s, 1.0).terms();
        for name in ["isometry", "affine", "normal", "flat", "curvature"] {
            assert!(terms[name].abs() < 1e-24, "{name}: {:e}", terms[name]);
        }
        assert_eq!(
            terms["geodesic_residual"],
            0.0_f64.max(terms["geodesic_residual"])
        );
    }
}

/// τ = diag(2, 1): `A = diag(3, 0)`, so the expected isometry defect is 9; nothing else but the
/// lengths changes.
#[test]
fn a_stretch_is_flagged_by_the_isometry_defect_alone() {
    const DRAWS: u64 = 3_000;
    let scene = scene(everything(), 2, [[2.0, 0.0], [0.0, 1.0]], 1.0);
    let terms = scene.terms();
    for name in ["affine", "flat", "curvature"] {
        assert!(terms[name].abs() < 1e-24, "{name}: {:e}", terms[name]);
    }
    assert!(terms["normal"] > 0.1);
    let mut tape = Tape::new();
    let sample: Vec<f64> = (0..DRAWS)
        .map(|index| {
            tape.clear();
            let weights = scene.parameters.bind(&mut tape, false);
            let mut stream = Stream::new(4, Purpose::Test, index);
            let mut pass = Pass::new(&mut tape, &weights);
            let terms = scene.gate.losses(&mut pass, &scene.batch, &mut stream);
            let term = terms.iter().find(|t| t.name == "isometry").unwrap();
            tape.value(term.value).to_scalar()
        })
        .collect();
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let error = (variance / n).sqrt();
    assert!(
        (mean - 9.0).abs() < 4.0 * error && error < 0.3,
        "{mean} ± {error}"
    );
}

/// Along a, the length of a step is |S a| ε, in flat charts at any ε.
#[test]
fn the_normal_loss_of_a_stretch() {
    let only = ModelConfig {
        normal: 1.0,
        perturbations: 1,
        epsilon: 0.7,
        ..config()
    };
    let scene = scene(only, 2, [[2.0, 0.0], [0.0, 1.0]], 1.0);
    let mut stream = noise();
    super::scene::unit_vectors(&mut stream, 4, scene.config.embedding);
    let a = super::scene::unit_vectors(&mut stream, 4, D);
    let want: f64 = a.iter().map(|a| (3.0 * a[0] * a[0]).powi(2) / 4.0).sum();
    let got = scene.terms()["normal"];
    assert!((got - want).abs() < 1e-12 * want, "{got} {want}");
}

/// φ = c (z, 0) has the metric c² δ: `‖g − 1‖² = d (c² − 1)²` for each task.
#[test]
fn the_metric_term_of_a_scaled_plane() {
    let terms = scene(
        ModelConfig {
            flat: 1.0,
            ..config()
        },
        2,
        IDENTITY,
        1.5,
    )
    .terms();
    let want = 2.0 * 2.0 * 1.25_f64.powi(2);
    assert!((terms["flat"] - want).abs() < 1e-13 * want, "{terms:?}");
}

/// With ψ_t = projection + b_t, `τ_tu τ_st z − τ_su z = b_t`: the mean over triples is that over
/// tasks.
#[test]
fn the_cocycle_defect_of_shifts() {
    let mut scene = scene(
        ModelConfig {
            cocycle: 1.0,
            ..config()
        },
        3,
        IDENTITY,
        1.0,
    );
    for (t, b) in [[0.5, 0.0], [0.0, -1.0], [2.0, 1.0]]
        .into_iter()
        .enumerate()
    {
        set(
            &mut scene,
            &format!("task.t{t}.inverse"),
            &project(IDENTITY, b),
        );
    }
    let want = (0.25 + 1.0 + 5.0) / 3.0;
    let got = scene.terms()["cocycle"];
    assert!((got - want).abs() < 1e-13, "{got} {want}");
}
