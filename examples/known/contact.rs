//! How far two tasks' maps into the locally flat frame are from contact, measured on a trained model.
//!
//! What the contact losses (`gate::contact`) estimate along random directions is here their exact
//! mean over directions, in double precision. With `F_t = φ_t ∘ E_t : R^e → R^m`, J and H its first
//! and second derivatives, and means over points and unit vectors v, w of R^e:
//!
//! ```text
//! scale        σ = ½ mean(⟨F_s,v , F_s,v⟩ + ⟨F_t,v , F_t,v⟩)                       mean_v = ‖J‖²/e
//! metric       mean (⟨F_s,v , F_s,v⟩ − ⟨F_t,v , F_t,v⟩)² / σ²    (2‖Δ‖² + (tr Δ)²)/(e(e+2)),  Δ = J_sᵀJ_s − J_tᵀJ_t
//! vector       mean |F_s,v − F_t,v|² / σ                         ‖J_s − J_t‖²/e
//! connection   mean (⟨F_s,vv , F_s,w⟩ − ⟨F_t,vv , F_t,w⟩)² / σ²  Σ_k (2‖C_k‖² + (tr C_k)²)/(e²(e+2))
//! full         mean |F_s,vv − F_t,vv|² / σ                       Σ_a (2‖B_a‖² + (tr B_a)²)/(e(e+2)),  B = H_s − H_t
//! curvature    mean (R_s − R_t)² / ½ mean(R_s² + R_t²)
//! ```
//!
//! where `C_k,ij = ⟨H_s,ij , J_s,k⟩ − ⟨H_t,ij , J_t,k⟩`: for symmetric A, `E (vᵀA v)² = (2‖A‖² + (tr A)²)/(e(e+2))`
//! over the unit sphere. None of them changes when F_s and F_t are scaled together, so a small F does
//! not look like contact; the first four carry units of x as the losses do. Curvature has no such
//! measure in σ and is taken relative to itself: 2 for independent curvatures.

#![allow(
    dead_code,
    reason = "the tests read every number, an example those of its table"
)]

use geogate::gate::TaskCharts;
use geogate::geometry::{C2Map, Jet1, Jet2, curvature};

/// The contact of two tasks' maps, each number the loss of its name over the scale, 0 for exact
/// contact.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ContactDefects {
    /// σ.
    pub(crate) scale: f64,
    /// Of order 1, lengths.
    pub(crate) metric: f64,
    /// Of order 1, vectors.
    pub(crate) vector: f64,
    /// Of order 2, tangential part.
    pub(crate) connection: f64,
    /// Of order 2, in full.
    pub(crate) full: f64,
    /// Of the latent charts' scalar curvatures; NaN where both vanish everywhere (m = d, d = 1).
    pub(crate) curvature: f64,
    /// Points at which a curvature does not exist, left out of [`curvature`](Self::curvature).
    pub(crate) degenerate: usize,
}

impl ContactDefects {
    /// The contact of the maps of tasks s and t at embeddings `x`, `[point][e]`.
    ///
    /// # Panics
    /// If there is no such task, or `x` is not a whole number of points.
    #[track_caller]
    pub(crate) fn of(charts: &TaskCharts, [s, t]: [usize; 2], x: &[f64]) -> Self {
        let maps = [charts.frame_map(s), charts.frame_map(t)];
        let e = maps[0].inputs();
        let numbers = x.len();
        assert!(
            numbers.is_multiple_of(e),
            "{numbers} numbers, points of {e}"
        );
        let mut sums = Self::default();
        let mut jets = [Jet2::new(), Jet2::new()];
        for x in x.chunks_exact(e) {
            for (map, jet) in maps.iter().zip(&mut jets) {
                map.jet2(x, jet);
            }
            sums.add(&jets);
        }
        let points = (numbers / e) as f64;
        let scale = sums.scale / points;
        let (curvature, degenerate) = curvature_defect(charts, [s, t], x);
        Self {
            scale,
            metric: sums.metric / points / (scale * scale),
            vector: sums.vector / points / scale,
            connection: sums.connection / points / (scale * scale),
            full: sums.full / points / scale,
            curvature,
            degenerate,
        }
    }

    /// Adds the numbers of one point, before they are divided by the scale.
    fn add(&mut self, jets: &[Jet2; 2]) {
        let [s, t] = jets;
        let e = s.first.source_dim();
        let n = e as f64;
        let grams = jets.each_ref().map(|jet| gram(&jet.first));
        self.scale += 0.5 * (trace(&grams[0], e) + trace(&grams[1], e)) / n;
        let delta = difference(&grams[0], &grams[1]);
        self.metric += mean_square_form(&delta, e);
        let apart = difference(s.first.jac(), t.first.jac());
        self.vector += dot(&apart, &apart) / n;
        for a in 0..s.first.target_dim() {
            let form = bilinear(e, |i, j| s.second(i, j)[a] - t.second(i, j)[a]);
            self.full += mean_square_form(&form, e);
        }
        for k in 0..e {
            let along = |jet: &Jet2, i, j| dot(jet.second(i, j), jet.first.column(k));
            let form = bilinear(e, |i, j| along(s, i, j) - along(t, i, j));
            self.connection += mean_square_form(&form, e) / n;
        }
    }
}

/// `mean (R_s − R_t)² / ½ mean(R_s² + R_t²)`, and how many points have none.
fn curvature_defect(charts: &TaskCharts, of: [usize; 2], x: &[f64]) -> (f64, usize) {
    let tasks = of.map(|t| &charts.tasks()[t]);
    let [z_s, z_t] = tasks.map(|task| task.encoder.evaluate(x));
    let d = tasks[0].encoder.outputs();
    let (mut apart, mut size, mut degenerate) = (0.0, 0.0, 0);
    for (z_s, z_t) in z_s.chunks_exact(d).zip(z_t.chunks_exact(d)) {
        let at = |k: usize, z| curvature::scalar_curvature(&tasks[k].transfer, z);
        match (at(0, z_s), at(1, z_t)) {
            (Ok(a), Ok(b)) => {
                apart += (a - b) * (a - b);
                size += 0.5 * (a * a + b * b);
            }
            _ => degenerate += 1,
        }
    }
    (apart / size, degenerate)
}

/// JᵀJ, `[i][j]`.
fn gram(jet: &Jet1) -> Vec<f64> {
    bilinear(jet.source_dim(), |i, j| dot(jet.column(i), jet.column(j)))
}

/// The symmetric matrix of these entries, i ≤ j.
fn bilinear(e: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut form = vec![0.0; e * e];
    for j in 0..e {
        for i in 0..=j {
            form[i * e + j] = entry(i, j);
            form[j * e + i] = form[i * e + j];
        }
    }
    form
}

/// The mean of `(vᵀA v)²` over the unit sphere of R^e.
fn mean_square_form(a: &[f64], e: usize) -> f64 {
    let n = e as f64;
    (2.0 * dot(a, a) + trace(a, e).powi(2)) / (n * (n + 2.0))
}

fn trace(a: &[f64], e: usize) -> f64 {
    (0..e).map(|i| a[i * e + i]).sum()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
