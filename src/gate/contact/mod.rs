//! Contact losses: exact geometry of the tasks' maps into the locally flat frame, on the tape.
//!
//! `F_t = φ_t ∘ encoder_t : x ∈ R^e → u ∈ R^m` is a task's map from the shared embedding into the LF
//! frame, `g_t = φ_t* δ` the metric of its latent chart, `τ_{s→t} = ψ_t ∘ φ_s` the transition. Two
//! tasks' maps are in contact of order k at x when their derivatives agree through order k. Every
//! loss is a mean over the molecules of a step of a function of derivatives, pushed forward as jets
//! and differentiated in reverse: no finite differences, no ε where there is no step.
//!
//! | file | loss | zero when |
//! |---|---|---|
//! | `first` | `metric`, `vector` | tangent vectors of the embedding have one length, one image |
//! | `second` | `order2`: `connection`, `full` | accelerations agree tangentially, entirely |
//! | `curvature` | `curvature`: `scalar`, `ricci`, `trace` | the charts' intrinsic curvatures agree |
//! | `normal` | `normal` | geodesic steps keep their geodesic length under τ |
//! | `transition` | `isometry`, `affine`, `cocycle` | τ keeps lengths, geodesics; three charts form one atlas |
//! | `flat` | `flat` | a chart's own metric is the identity |
//!
//! **Random directions.** Unit vectors v ∈ R^e and a ∈ R^d are drawn per molecule and step,
//! `perturbations` of each, the same for all tasks. A unit vector a becomes a unit vector of a chart's
//! metric through its orthonormal frame, `L⁻ᵀ a` with `g = L Lᵀ`.
//!
//! **Pairs and ways.** Sums over unordered pairs (first, second, curvature) and over the ways of the
//! mapping (normal, isometry, affine) are normalised like those of the paper's losses.
//!
//! **Shrinking.** Losses of F's derivatives vanish for a constant F, so a fall of a loss says
//! nothing by itself: the history has a column `scale` with the mean of `⟨F_v, F_v⟩` over molecules,
//! directions and tasks. The isometry, affine and normal losses are relative to g_s already.
//!
//! **Degenerate points.** A molecule at which a metric cannot be inverted (see
//! [`Tape::frame_factor`]) is left out of the loss that needs the inverse; the column `degenerate` of
//! the history is the share of such points, and a step at which a chart is degenerate at every
//! molecule is an error with its singular values.

mod chart;
mod curvature;
mod directions;
mod first;
mod flat;
pub mod geodesic;
pub mod length;
mod normal;
mod pushed;
mod second;
mod transition;

pub(super) use pushed::{Pushed, push};

use self::chart::Chart;
use super::config::{CurvatureKind, Distance, ModelConfig, Order2Kind};
use super::losses::Scene;
use super::method::Term;
use crate::autograd::{Tape, Var};
use crate::nn::Pass;
use crate::random::Stream;
use crate::tensor::{Real, Tensor, reduce};

/// Weights and kinds of the contact losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContactWeights {
    /// Which distance loss; its weight is δ.
    pub distance: Distance,
    /// δ, where the distance loss is exact; 0 where it is the paper's.
    pub exact_distance: f64,
    /// Random directions per molecule.
    pub directions: usize,
    /// Of the second-order loss.
    pub order2: f64,
    /// Which second-order loss.
    pub order2_kind: Order2Kind,
    /// Of the curvature loss.
    pub curvature: f64,
    /// Which curvature.
    pub curvature_kind: CurvatureKind,
    /// Of the normal-perturbation loss.
    pub normal: f64,
    /// Length ε of its steps.
    pub epsilon: f64,
    /// Of the isometry defect.
    pub isometry: f64,
    /// Of the affine defect.
    pub affine: f64,
    /// Of the metric term that pulls g to the identity.
    pub flat: f64,
    /// Of the cocycle defect.
    pub cocycle: f64,
}

impl From<&ModelConfig> for ContactWeights {
    fn from(c: &ModelConfig) -> Self {
        Self {
            distance: c.distance,
            exact_distance: if c.distance == Distance::Perturb {
                0.0
            } else {
                c.delta
            },
            directions: c.perturbations,
            order2: c.order2,
            order2_kind: c.order2_kind,
            curvature: c.curvature,
            curvature_kind: c.curvature_kind,
            normal: c.normal,
            epsilon: c.epsilon,
            isometry: c.isometry,
            affine: c.affine,
            flat: c.flat,
            cocycle: c.cocycle,
        }
    }
}

/// What has to be pushed forward through encoder and φ for the losses that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Directions v.
    directions: usize,
    /// Directions w, partners of v.
    partners: usize,
    /// Second derivatives along v.
    second: bool,
    /// First derivatives of φ by the latent coordinates.
    jacobian: bool,
    /// Second derivatives of φ by the latent coordinates.
    hessian: bool,
}

impl Plan {
    /// The plan for these weights; none where a plain forward pass will do.
    pub(super) fn new(w: &ContactWeights) -> Option<Self> {
        let curved = w.curvature != 0.0;
        let hessian = curved && w.curvature_kind != CurvatureKind::Trace;
        let of_chart = [w.normal, w.isometry, w.affine, w.flat];
        let jacobian = curved || of_chart.iter().any(|&weight| weight != 0.0);
        let second = w.order2 != 0.0;
        let ricci = curved && w.curvature_kind == CurvatureKind::Ricci;
        let many = w.exact_distance != 0.0 || second || ricci;
        if !many && !jacobian {
            return None;
        }
        let connection = second && w.order2_kind == Order2Kind::Connection;
        Some(Self {
            // one direction for the scale, where no loss asks for any
            directions: if many { w.directions } else { 1 },
            partners: if connection { w.directions } else { 0 },
            second,
            jacobian,
            hessian,
        })
    }

    /// The directions v, then their partners w.
    pub(super) fn draw<T: Real>(&self, tape: &mut Tape<T>, x: Var, noise: &mut Stream) -> Vec<Var> {
        let (rows, e) = tape.shape(x);
        (0..self.directions + self.partners)
            .map(|_| tape.constant(&directions::unit_vectors(rows, e, noise)))
            .collect()
    }
}

/// Which pairs and ways of the tasks the losses run over, with the factors of their sums.
pub(super) struct Routes<'a> {
    /// Unordered pairs.
    pub(super) pairs: &'a [(usize, usize)],
    /// Ordered pairs source → target.
    pub(super) ways: &'a [(usize, usize)],
    /// Factor of a sum over pairs of means over a shard.
    pub(super) per_pair: f64,
    /// Factor of a sum over ways of means over a shard.
    pub(super) per_way: f64,
}

/// Every contact loss whose weight is not zero, and the readings that go with them.
pub(super) fn terms<T: Real>(
    pass: &mut Pass<'_, T>,
    scene: &Scene<'_, T>,
    routes: &Routes<'_>,
    w: &ContactWeights,
    noise: &mut Stream,
) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut add = |name, weight: f64, value: Option<Var>| {
        terms.extend(value.map(|value| Term {
            name,
            value,
            weight,
        }));
    };
    let (pair, way, share) = (routes.per_pair, routes.per_way, scene.batch.share);
    if w.exact_distance != 0.0 {
        let value = first::distance(pass.tape, scene, routes.pairs, w.distance);
        add("distance", w.exact_distance * pair, value);
    }
    if w.order2 != 0.0 {
        let value = second::order2(pass.tape, scene, routes.pairs, w.order2_kind);
        add("order2", w.order2 * pair, value);
    }
    if w.curvature != 0.0 {
        let value = curvature::matching(pass, scene, routes.pairs, w.curvature_kind, noise);
        add("curvature", w.curvature * pair, value);
    }
    if w.flat != 0.0 {
        add("flat", w.flat * share, flat::defect(pass.tape, scene));
    }
    if w.normal + w.isometry + w.affine != 0.0 {
        let charts = charts(pass.tape, scene);
        let at = transition::Setting {
            scene,
            charts: &charts,
            ways: routes.ways,
        };
        if w.isometry != 0.0 {
            let value = transition::isometry(pass, &at, w.directions, noise);
            add("isometry", w.isometry * way, value);
        }
        if w.affine != 0.0 {
            let value = transition::affine(pass, &at, w.directions, noise);
            add("affine", w.affine * way, value);
        }
        if w.normal != 0.0 {
            let found = normal::steps(pass, &at, (w.directions, w.epsilon), noise);
            add("normal", w.normal * way, found.value);
            add("geodesic_residual", 0.0, Some(found.residual));
        }
    }
    if w.cocycle != 0.0 {
        add(
            "cocycle",
            w.cocycle * share,
            transition::cocycle(pass, scene),
        );
    }
    add("scale", 0.0, scale(pass.tape, scene));
    terms
}

/// The orthonormal frames of every task's chart at the molecules.
fn charts<T: Real>(tape: &mut Tape<T>, scene: &Scene<'_, T>) -> Vec<Chart> {
    let chart = |t: usize| {
        let (jacobian, d) = scene.pushed(t).jacobian(tape);
        Chart::new(tape, jacobian, d)
    };
    (0..scene.tasks.len()).map(chart).collect()
}

/// A shard's part of the mean of `⟨F_v, F_v⟩` over molecules, directions and tasks.
fn scale<T: Real>(tape: &mut Tape<T>, scene: &Scene<'_, T>) -> Option<Var> {
    let mut sum = 0.0;
    let mut vectors = 0;
    for latent in scene.latents {
        for &first in &latent.pushed.as_ref()?.first {
            let f = tape.value(first);
            sum += reduce::sum_of_squares(f.as_slice()).to_f64();
            vectors += f.rows();
        }
    }
    let mean = sum / vectors.max(1) as f64;
    Some(tape.constant(&Tensor::scalar(T::from_f64(mean * scene.batch.share))))
}

/// Mean over the rows of the squared lengths of the rows of `a`; the rows in `left_out` count as
/// zero.
fn mean_square_length<T: Real>(tape: &mut Tape<T>, a: Var, left_out: &[usize]) -> Var {
    let (rows, cols) = tape.shape(a);
    let mut kept = a;
    if !left_out.is_empty() {
        let mut mask = Tensor::from_fn(rows, cols, |_, _| T::ONE);
        for &i in left_out {
            mask.row_mut(i).fill(T::ZERO);
        }
        let mask = tape.constant(&mask);
        kept = tape.mul(a, mask);
    }
    let mean = tape.mean_square(kept);
    tape.scale(mean, T::from_f64(cols as f64))
}

/// `Σ_pairs mean |a_s − a_t|²`, averaged over the directions along which every task has an a, one
/// list a task; none without directions.
fn matched<T: Real>(
    tape: &mut Tape<T>,
    scene: &Scene<'_, T>,
    of_task: &[Vec<Var>],
    pairs: &[(usize, usize)],
) -> Option<Var> {
    let mut parts = Vec::new();
    for &(s, t) in pairs {
        for (&a, &b) in of_task[s].iter().zip(&of_task[t]) {
            let difference = tape.sub(a, b);
            let mean = mean_square_length(tape, difference, &[]);
            parts.push(scene.of_pair(tape, (s, t), mean));
        }
    }
    mean_of(tape, &parts, of_task[0].len())
}

/// The rows that are in any of the lists, ascending.
fn union<'a>(lists: impl IntoIterator<Item = &'a Vec<usize>>) -> Vec<usize> {
    let mut rows: Vec<usize> = lists.into_iter().flatten().copied().collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The sum of some 1 × 1 variables, over `count`; none for none.
fn mean_of<T: Real>(tape: &mut Tape<T>, parts: &[Var], count: usize) -> Option<Var> {
    let weight = T::from_f64(1.0 / count.max(1) as f64);
    let terms: Vec<(Var, T)> = parts.iter().map(|&part| (part, weight)).collect();
    (!terms.is_empty()).then(|| tape.combination(&terms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_left_out_of_a_mean() {
        let mut tape = Tape::<f64>::new();
        let a = tape.constant(&Tensor::from_vec(
            3,
            2,
            vec![1.0, 2.0, 100.0, 0.0, 3.0, 4.0],
        ));
        let mean = mean_square_length(&mut tape, a, &[1]);
        assert!((tape.value(mean).to_scalar() - 30.0 / 3.0).abs() < 1e-15);
        assert_eq!(union([&vec![4, 2], &vec![2, 0]]), [0, 2, 4]);
    }

    #[test]
    fn nothing_is_pushed_forward_for_the_papers_losses() {
        let config = ModelConfig::default();
        assert_eq!(Plan::new(&ContactWeights::from(&config)), None);
        let exact = ModelConfig {
            distance: Distance::Metric,
            ..config
        };
        let plan = Plan::new(&ContactWeights::from(&exact)).unwrap();
        assert_eq!((plan.directions, plan.jacobian), (2, false));
    }
}
