//! The Cholesky factor of the pullback metric: an orthonormal frame.

use super::{Breakdown, JacobianShape, Masked, Metric, add_to_row, adjoint_of, load};
use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, elementwise, small};

/// `J ↦ L`, `JᵀJ = L Lᵀ`; at degenerate rows L is the identity.
struct FrameRule {
    columns: JacobianShape,
    degenerate: Vec<usize>,
}

impl<T: Real> Tape<T> {
    /// The lower factor of the metric, `JᵀJ = L Lᵀ`, `[n, d²]` row by row: `L⁻ᵀ` takes unit vectors
    /// to unit vectors of the metric. J is the stack `[d · n, m]` of columns.
    ///
    /// At degenerate rows L is the identity, without gradient.
    ///
    /// # Panics
    /// If the rows of J are not d blocks.
    #[track_caller]
    pub fn frame_factor(&mut self, j: Var, d: usize) -> Masked {
        let columns = JacobianShape::of(self, j, d);
        let mut l = self.buffer(columns.rows, d * d);
        let mut metric = Metric::new::<T>(columns);
        let mut breakdown = Breakdown {
            rows: columns.rows,
            ..Breakdown::default()
        };
        let mut degenerate = Vec::new();
        for i in 0..columns.rows {
            let sound = elementwise::vectorised(
                #[inline(always)]
                || metric.at(self.value(j), columns, i),
            );
            if !sound {
                breakdown.add(|| metric.singular_values());
                degenerate.push(i);
                metric.factor.fill(0.0);
                metric
                    .factor
                    .iter_mut()
                    .step_by(d + 1)
                    .for_each(|x| *x = 1.0);
            }
            for (out, &x) in l.row_mut(i).iter_mut().zip(&metric.factor) {
                *out = T::from_f64(x);
            }
        }
        self.note(breakdown);
        let rule = FrameRule {
            columns,
            degenerate: degenerate.clone(),
        };
        let value = self.record(rule, &[j], [l]);
        Masked { value, degenerate }
    }
}

impl Breakdown {
    /// Counts a degenerate row.
    pub(super) fn add(&mut self, singular_values: impl FnOnce() -> Vec<f64>) {
        if self.degenerate == 0 {
            self.singular_values = singular_values();
        }
        self.degenerate += 1;
    }
}

/// The lower triangle with its diagonal halved, the rest zero.
fn halved_lower(d: usize, a: &mut [f64]) {
    for i in 0..d {
        a[i * d + i] *= 0.5;
        a[i * d + i + 1..(i + 1) * d].fill(0.0);
    }
}

impl FrameRule {
    /// Runs `f` with J, g and L of every row that is sound.
    fn each<T: Real>(&self, j: &Tensor<T>, mut f: impl FnMut(usize, &Metric)) {
        let mut metric = Metric::new::<T>(self.columns);
        for i in 0..self.columns.rows {
            if self.degenerate.binary_search(&i).is_err() {
                metric.factorise(j, self.columns, i);
                f(i, &metric);
            }
        }
    }
}

impl<T: Real> Rule<T> for FrameRule {
    /// With Φ the lower triangle whose diagonal is halved (Murray 2016, eq. 10):
    ///
    /// ```text
    /// P = Φ(Lᵀ L̄),   ḡ = ½ L⁻ᵀ (P + Pᵀ) L⁻¹,   J̄ += 2 J ḡ
    /// ```
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(bar) = at.adjoint(0) else { return };
        if !at.wants(0) {
            return;
        }
        let (j, columns) = (at.value(0), self.columns);
        let (d, m) = (columns.d, columns.m);
        let out = adjoint_of(at, 0);
        let (mut l_bar, mut p) = (vec![0.0; d * d], vec![0.0; d * d]);
        let mut column = vec![0.0; m];
        self.each(j, |i, metric| {
            load(&mut l_bar, bar, i);
            let l = &metric.factor;
            for (a, b) in (0..d * d).map(|k| (k / d, k % d)) {
                let lower = a.max(b)..d;
                p[a * d + b] = lower
                    .filter(|&k| k >= b)
                    .map(|k| l[k * d + a] * l_bar[k * d + b])
                    .sum();
            }
            halved_lower(d, &mut p);
            for (a, b) in (0..d).flat_map(|a| (0..=a).map(move |b| (a, b))) {
                let both = p[a * d + b] + p[b * d + a];
                (p[a * d + b], p[b * d + a]) = (both, both);
            }
            // rows become L⁻ᵀ of themselves; by symmetry, twice gives L⁻ᵀ S L⁻¹
            for _ in 0..2 {
                p.chunks_exact_mut(d)
                    .for_each(|row| small::solve_upper(d, l, row));
                transpose(d, &mut p);
            }
            for k in 0..d {
                column.fill(0.0);
                for q in 0..d {
                    small::add_scaled(&mut column, p[q * d + k], metric.column(q));
                }
                add_to_row(out, columns.at(k, i), &column);
            }
        });
    }

    /// `L̇ = L Φ(L⁻¹ ġ L⁻ᵀ)`, `ġ = J̇ᵀJ + JᵀJ̇`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (columns, dj) = (self.columns, at.tangent_or_zero(0));
        let (d, m) = (columns.d, columns.m);
        let mut out = Tensor::zeros(columns.rows, d * d);
        let (mut moved, mut dg) = (vec![0.0; d * m], vec![0.0; d * d]);
        self.each(at.value(0), |i, metric| {
            for k in 0..d {
                load(&mut moved[k * m..(k + 1) * m], &dj, columns.at(k, i));
            }
            for (a, b) in (0..d * d).map(|k| (k / d, k % d)) {
                dg[a * d + b] = small::dot(&moved[a * m..(a + 1) * m], metric.column(b))
                    + small::dot(metric.column(a), &moved[b * m..(b + 1) * m]);
            }
            for _ in 0..2 {
                let l = &metric.factor;
                dg.chunks_exact_mut(d)
                    .for_each(|row| small::solve_lower(d, l, row));
                transpose(d, &mut dg);
            }
            halved_lower(d, &mut dg);
            for (a, b) in (0..d).flat_map(|a| (0..=a).map(move |b| (a, b))) {
                let terms = (b..=a).map(|k| metric.factor[a * d + k] * dg[k * d + b]);
                out.row_mut(i)[a * d + b] = T::from_f64(terms.sum());
            }
        });
        at.set(0, out);
    }
}

fn transpose(d: usize, a: &mut [f64]) {
    for i in 0..d {
        for j in 0..i {
            a.swap(i * d + j, j * d + i);
        }
    }
}
