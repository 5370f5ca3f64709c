//! Curvature by the Gauss equation, one custom rule per contraction.
//!
//! With `g = JᵀJ`, `Γ^k_ij = g^kl ⟨J_l, H_ij⟩` and the second fundamental form `N_ij = H_ij − J_k Γ^k_ij`,
//!
//! ```text
//! t = g^ij N_ij,   Ric_ij = ⟨t, N_ij⟩ − g^kl ⟨N_ik, N_jl⟩,   R = g^ij Ric_ij
//! ```
//!
//! Both contractions are functions f of N_ij and g^ij alone, whose derivatives `S^ij = ∂f/∂N_ij`
//! (symmetric) are normal: `JᵀS^ij = 0`. That makes the way back short. From `N = (1 − J g⁻¹ Jᵀ) H`
//!
//! ```text
//! ⟨S, dN⟩ = ⟨S, dH⟩ − ⟨S, dJ g⁻¹ Jᵀ H⟩          the other parts of d(J g⁻¹ Jᵀ) are tangential
//! dg⁻¹ = −g⁻¹ (dJᵀJ + JᵀdJ) g⁻¹
//! ```
//!
//! so, with `B_ij = ∂f/∂g^ij` at fixed N and `B^jk` its indices raised,
//!
//! ```text
//! H̄_ij = S^ij,     J̄_k = −S^ij Γ^k_ij − 2 J_j B^jk
//! ```
//!
//! | f | S^ij | B_ij |
//! |---|---|---|
//! | R | `2 (g^ij t − N^ij)` | `2 Ric_ij` |
//! | Ric(w, w) | `g^ij N_ww + w^i w^j t − w^i n^j − w^j n^i`, `n_i = N_ij w^j` | `⟨N_ij, N_ww⟩ − ⟨n_i, n_j⟩` |
//!
//! and `∂Ric(w, w)/∂w^a = 2 (⟨t, n_a⟩ − ⟨N_ai, n^i⟩)`. A stored H_ij with i ≠ j stands for two
//! entries of the tensor and receives both adjoints.

use super::{Breakdown, JacobianShape, Masked, Metric, add_to_row, adjoint_of, load};
use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::geometry::conventions::{index_pairs, pair, pairs, pairs_run_by_columns};
use crate::tensor::{Real, Tensor, elementwise, small};

// second derivatives are stacked along the pairs and found by `pair`
const _: () = assert!(pairs_run_by_columns(16));

/// R or Ric(w, w) at every row; inputs J, H and, for Ricci, w.
struct CurvatureRule {
    columns: JacobianShape,
    along: bool,
    degenerate: Vec<usize>,
}

impl<T: Real> Tape<T> {
    /// The scalar curvature R of the pullback metric at every row, `[n, 1]`, from the stack `[d · n,
    /// m]` of first derivatives `J_k` and the stack `[d(d+1)/2 · n, m]` of second derivatives `H_ij`,
    /// block [`pair`]`(i, j)`. A sphere of radius r has R = d(d − 1)/r². At degenerate rows R is 0,
    /// without gradient.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn scalar_curvature(&mut self, (j, d): (Var, usize), h: Var) -> Masked {
        self.curvature((j, d), h, None)
    }

    /// The Ricci curvature `Ric(w, w) = Ric_ij w^i w^j` at every row, `[n, 1]`, with w `[n, d]`; J and
    /// H as in [`Tape::scalar_curvature`]. At degenerate rows it is 0, without gradient.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn ricci_curvature(&mut self, (j, d): (Var, usize), h: Var, w: Var) -> Masked {
        let rows = self.shape(j).0 / d.max(1);
        assert_eq!(self.shape(w), (rows, d), "ricci_curvature: shape of w");
        self.curvature((j, d), h, Some(w))
    }

    #[track_caller]
    fn curvature(&mut self, (j, d): (Var, usize), h: Var, w: Option<Var>) -> Masked {
        let columns = JacobianShape::of(self, j, d);
        let shape = (pairs(d) * columns.rows, columns.m);
        assert_eq!(
            self.shape(h),
            shape,
            "curvature: shape of second derivatives"
        );
        let mut out = self.buffer(columns.rows, 1);
        let mut breakdown = Breakdown {
            rows: columns.rows,
            ..Breakdown::default()
        };
        let mut degenerate = Vec::new();
        let inputs = (self.value(j), self.value(h), w.map(|w| self.value(w)));
        let mut form = PointForm::new::<T>(columns);
        for i in 0..columns.rows {
            let value = elementwise::vectorised(
                #[inline(always)]
                || form.at(inputs, columns, i).then(|| form.value()),
            );
            out.row_mut(i)[0] = T::from_f64(value.unwrap_or(0.0));
            if value.is_none() {
                breakdown.add(|| form.metric.singular_values());
                degenerate.push(i);
            }
        }
        self.note(breakdown);
        let rule = CurvatureRule {
            columns,
            along: w.is_some(),
            degenerate: degenerate.clone(),
        };
        let inputs: Vec<Var> = [j, h].into_iter().chain(w).collect();
        let value = self.record(rule, &inputs, [out]);
        Masked { value, degenerate }
    }
}

/// The inputs J, H, w of a rule.
type CurvatureInputs<'a, T> = (&'a Tensor<T>, &'a Tensor<T>, Option<&'a Tensor<T>>);

impl CurvatureRule {
    /// Runs `f` with the derivatives of the curvature at every row that is sound.
    fn each<T: Real>(&self, inputs: CurvatureInputs<'_, T>, mut f: impl FnMut(usize, &PointForm)) {
        let mut form = PointForm::new::<T>(self.columns);
        for i in 0..self.columns.rows {
            if self.degenerate.binary_search(&i).is_err() {
                elementwise::vectorised(
                    #[inline(always)]
                    || {
                        form.at(inputs, self.columns, i);
                        form.differentiate();
                    },
                );
                f(i, &form);
            }
        }
    }
}

impl<T: Real> Rule<T> for CurvatureRule {
    /// The module's H̄, J̄ and w̄, times the adjoint of the row.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(bar) = at.adjoint(0) else { return };
        let JacobianShape { d, m, .. } = self.columns;
        let inputs = (at.value(0), at.value(1), self.along.then(|| at.value(2)));
        let mut scaled = Vec::new();
        self.each(inputs, |i, form| {
            let bar = bar.row(i)[0].to_f64();
            let mut add = |input: usize, block: usize, values: &[f64]| {
                if at.wants(input) {
                    scaled.clear();
                    scaled.extend(values.iter().map(|x| bar * x));
                    add_to_row(adjoint_of(at, input), block, &scaled);
                }
            };
            for (k, values) in form.jac_bar.chunks_exact(m).enumerate() {
                add(0, self.columns.at(k, i), values);
            }
            for (p, values) in form.hess_bar.chunks_exact(m).enumerate() {
                add(1, self.columns.at(p, i), values);
            }
            if self.along {
                add(2, i, &form.w_bar[..d]);
            }
        });
        // nothing of a degenerate row: its adjoint is still to be zero
        for input in (0..at.input_count()).filter(|_| self.degenerate.len() == self.columns.rows) {
            if at.wants(input) {
                adjoint_of(at, input);
            }
        }
    }

    /// The derivatives of the reverse mode along J̇, Ḣ and ẇ.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let JacobianShape { d, m, rows } = self.columns;
        let inputs = (at.value(0), at.value(1), self.along.then(|| at.value(2)));
        let (dj, dh) = (at.tangent_or_zero(0), at.tangent_or_zero(1));
        let dw = self.along.then(|| at.tangent_or_zero(2));
        let mut out = Tensor::zeros(rows, 1);
        let along = |bar: &[f64], change: &[T]| -> f64 {
            bar.iter().zip(change).map(|(b, c)| b * c.to_f64()).sum()
        };
        self.each(inputs, |i, form| {
            let mut total = 0.0;
            for (k, bar) in form.jac_bar.chunks_exact(m).enumerate() {
                total += along(bar, dj.row(self.columns.at(k, i)));
            }
            for (p, bar) in form.hess_bar.chunks_exact(m).enumerate() {
                total += along(bar, dh.row(self.columns.at(p, i)));
            }
            if let Some(dw) = &dw {
                total += along(&form.w_bar[..d], dw.row(i));
            }
            out.row_mut(i)[0] = T::from_f64(total);
        });
        at.set(0, out);
    }
}

/// Metric, second fundamental form and a contraction of it at one point.
#[derive(Clone, Debug)]
struct PointForm {
    metric: Metric,
    /// Γ^k_ij, `[k][pair]`.
    gamma: Vec<f64>,
    /// N_ij, `[pair][a]`.
    normal: Vec<f64>,
    /// t.
    trace: Vec<f64>,
    /// The direction of the Ricci curvature.
    w: Option<Vec<f64>>,
    /// Γ_{l,ij} of one pair.
    first_kind: Vec<f64>,
    /// `[i][j]` of vectors: workspace for mixed indices.
    mixed: Vec<f64>,
    jac_bar: Vec<f64>,
    hess_bar: Vec<f64>,
    w_bar: Vec<f64>,
}

impl PointForm {
    fn new<T: Real>(columns: JacobianShape) -> Self {
        let JacobianShape { d, m, .. } = columns;
        let pairs = pairs(d);
        Self {
            metric: Metric::new::<T>(columns),
            gamma: vec![0.0; d * pairs],
            normal: vec![0.0; pairs * m],
            trace: vec![0.0; m],
            w: None,
            first_kind: vec![0.0; d],
            mixed: vec![0.0; d * d * m],
            jac_bar: vec![0.0; d * m],
            hess_bar: vec![0.0; pairs * m],
            w_bar: vec![0.0; d],
        }
    }

    #[inline(always)]
    fn n(&self, i: usize, j: usize) -> &[f64] {
        let at = pair(i, j) * self.metric.m;
        &self.normal[at..at + self.metric.m]
    }

    #[inline(always)]
    fn g_inv(&self, i: usize, j: usize) -> f64 {
        self.metric.inverse[i * self.metric.d + j]
    }

    #[inline(always)]
    fn mixed(&self, i: usize, j: usize) -> &[f64] {
        let (d, m) = (self.metric.d, self.metric.m);
        &self.mixed[(i * d + j) * m..(i * d + j + 1) * m]
    }

    /// Moves to point i: g, Γ, N and t; false where the point is degenerate.
    #[inline(always)]
    fn at<T: Real>(
        &mut self,
        (j, h, w): CurvatureInputs<'_, T>,
        columns: JacobianShape,
        i: usize,
    ) -> bool {
        let JacobianShape { d, m, .. } = columns;
        if !self.metric.at(j, columns, i) {
            return false;
        }
        self.w = w.map(|w| w.row(i).iter().map(|x| x.to_f64()).collect());
        self.trace.fill(0.0);
        let pairs = self.normal.len() / m.max(1);
        let first_kind = &mut self.first_kind;
        for (p, (a, b)) in index_pairs(d).enumerate() {
            let n = &mut self.normal[p * m..(p + 1) * m];
            load(n, h, columns.at(p, i));
            for (l, out) in first_kind.iter_mut().enumerate() {
                *out = small::dot(self.metric.column(l), n);
            }
            for k in 0..d {
                let gamma = small::dot(&self.metric.inverse[k * d..(k + 1) * d], first_kind);
                self.gamma[k * pairs + p] = gamma;
                small::add_scaled(n, -gamma, self.metric.column(k));
            }
            let twice = if a == b { 1.0 } else { 2.0 };
            small::add_scaled(&mut self.trace, twice * self.metric.inverse[a * d + b], n);
        }
        true
    }

    /// R or Ric(w, w); leaves `N^i_j` or, in row 0, `n_i` behind.
    #[inline(always)]
    fn value(&mut self) -> f64 {
        let d = self.metric.d;
        if self.w.is_some() {
            return self.ricci_along();
        }
        self.raise_first();
        let mut square = 0.0;
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            square += small::dot(self.mixed(i, j), self.mixed(j, i));
        }
        small::dot(&self.trace, &self.trace) - square
    }

    /// `N^i_j = g^ik N_kj`.
    #[inline(always)]
    fn raise_first(&mut self) {
        let (d, m) = (self.metric.d, self.metric.m);
        for i in 0..d {
            for j in 0..d {
                let out = &mut self.mixed[(i * d + j) * m..(i * d + j + 1) * m];
                out.fill(0.0);
                for k in 0..d {
                    let at = pair(k, j) * m;
                    small::add_scaled(
                        out,
                        self.metric.inverse[i * d + k],
                        &self.normal[at..at + m],
                    );
                }
            }
        }
    }

    /// `Ric(w, w) = ⟨t, N_ww⟩ − g^ij ⟨n_i, n_j⟩`; leaves n_i in the first row of the mixed tensor.
    #[inline(always)]
    fn ricci_along(&mut self) -> f64 {
        let (d, m) = (self.metric.d, self.metric.m);
        let w = self.w.take().expect("Ricci curvature has a direction");
        let mut along = vec![0.0; m];
        for i in 0..d {
            let n_i = &mut self.mixed[i * m..(i + 1) * m];
            n_i.fill(0.0);
            for (j, &w_j) in w.iter().enumerate() {
                let at = pair(i, j) * m;
                small::add_scaled(n_i, w_j, &self.normal[at..at + m]);
            }
            small::add_scaled(&mut along, w[i], n_i);
        }
        let mut value = small::dot(&self.trace, &along);
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            value -= self.g_inv(i, j) * small::dot(self.mixed(0, i), self.mixed(0, j));
        }
        self.w = Some(w);
        value
    }

    /// The derivatives of the contraction by J, H (and w) at the current point.
    #[inline(always)]
    fn differentiate(&mut self) {
        self.value();
        let by_metric = if self.w.is_some() {
            self.differentiate_ricci()
        } else {
            self.differentiate_scalar()
        };
        self.carry_to_jacobian(&by_metric);
    }

    /// Leaves S^ij of R in `hess_bar`, not yet doubled off the diagonal; returns B_ij.
    #[inline(always)]
    fn differentiate_scalar(&mut self) -> Vec<f64> {
        let (d, m) = (self.metric.d, self.metric.m);
        let mut by_metric = vec![0.0; d * d];
        for (i, j) in index_pairs(d) {
            let mut ricci = small::dot(&self.trace, self.n(i, j));
            for k in 0..d {
                ricci -= small::dot(self.mixed(k, i), self.n(k, j));
            }
            by_metric[i * d + j] = 2.0 * ricci;
            by_metric[j * d + i] = 2.0 * ricci;
            let at = pair(i, j) * m;
            let s = &mut self.hess_bar[at..at + m];
            s.fill(0.0);
            small::add_scaled(s, 2.0 * self.metric.inverse[i * d + j], &self.trace);
            for k in 0..d {
                let raised = &self.mixed[(i * d + k) * m..(i * d + k + 1) * m];
                small::add_scaled(s, -2.0 * self.metric.inverse[k * d + j], raised);
            }
        }
        by_metric
    }

    /// Leaves S^ij of Ric(w, w) in `hess_bar`, its derivative by w in `w_bar`; returns B_ij.
    fn differentiate_ricci(&mut self) -> Vec<f64> {
        let (d, m) = (self.metric.d, self.metric.m);
        let w = self.w.clone().expect("Ricci curvature has a direction");
        let (mut along, mut raised) = (vec![0.0; m], vec![0.0; d * m]);
        for i in 0..d {
            small::add_scaled(&mut along, w[i], self.mixed(0, i));
            for j in 0..d {
                let out = &mut raised[i * m..(i + 1) * m];
                small::add_scaled(
                    out,
                    self.metric.inverse[i * d + j],
                    &self.mixed[j * m..(j + 1) * m],
                );
            }
        }
        let up = |i: usize| &raised[i * m..(i + 1) * m];
        let mut by_metric = vec![0.0; d * d];
        for i in 0..d {
            let contraction: f64 = (0..d).map(|k| small::dot(self.n(i, k), up(k))).sum();
            self.w_bar[i] = 2.0 * (small::dot(&self.trace, self.mixed(0, i)) - contraction);
        }
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            by_metric[i * d + j] =
                small::dot(self.n(i, j), &along) - small::dot(self.mixed(0, i), self.mixed(0, j));
            let at = pair(i, j) * m;
            let s = &mut self.hess_bar[at..at + m];
            s.fill(0.0);
            small::add_scaled(s, self.metric.inverse[i * d + j], &along);
            small::add_scaled(s, w[i] * w[j], &self.trace);
            small::add_scaled(s, -w[i], up(j));
            small::add_scaled(s, -w[j], up(i));
        }
        by_metric
    }

    /// `J̄_k = −S^ij Γ^k_ij − 2 J_j B^jk`, and H̄ from S.
    #[inline(always)]
    fn carry_to_jacobian(&mut self, by_metric: &[f64]) {
        let (d, m) = (self.metric.d, self.metric.m);
        let pairs = pairs(d);
        for (p, (i, j)) in index_pairs(d).enumerate() {
            if i != j {
                self.hess_bar[p * m..(p + 1) * m]
                    .iter_mut()
                    .for_each(|s| *s *= 2.0);
            }
        }
        let raised = self.raise_both(by_metric);
        for k in 0..d {
            let out = &mut self.jac_bar[k * m..(k + 1) * m];
            out.fill(0.0);
            for p in 0..pairs {
                let s = &self.hess_bar[p * m..(p + 1) * m];
                small::add_scaled(out, -self.gamma[k * pairs + p], s);
            }
            for j in 0..d {
                small::add_scaled(out, -2.0 * raised[j * d + k], self.metric.column(j));
            }
        }
    }

    /// `B^jk = g^ja B_ab g^bk`.
    #[inline(always)]
    fn raise_both(&self, lowered: &[f64]) -> Vec<f64> {
        let d = self.metric.d;
        let (mut half, mut out) = (vec![0.0; d * d], vec![0.0; d * d]);
        for (a, b) in (0..d * d).map(|at| (at / d, at % d)) {
            let row = &mut half[a * d..(a + 1) * d];
            small::add_scaled(row, self.g_inv(a, b), &lowered[b * d..(b + 1) * d]);
        }
        for (a, b) in (0..d * d).map(|at| (at / d, at % d)) {
            out[a * d + b] = small::dot(
                &half[a * d..(a + 1) * d],
                &self.metric.inverse[b * d..(b + 1) * d],
            );
        }
        out
    }
}
