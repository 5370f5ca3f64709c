//! Composition of maps, with jets by the chain rule; a chart after a change of coordinates is a chart.

use crate::error::Result;
use crate::jet::{Jet1, Jet2, Jet3};
use crate::map::{C1Map, C2Map, C3Map, Map};
use crate::space::Chart;

/// x ↦ outer(inner(x)). With a chart outside it is that chart reparametrised. Jets of both are allocated per call.
///
/// ```text
/// ∂_i = f_a τ^a_i        ∂_i∂_j = f_ab τ^a_i τ^b_j + f_a τ^a_ij
/// ∂_i∂_j∂_k = f_abc τ^a_i τ^b_j τ^c_k + f_ab (τ^a_ij τ^b_k + τ^a_ik τ^b_j + τ^a_jk τ^b_i) + f_a τ^a_ijk
/// ```
pub struct Composite<'a, A: ?Sized, B: ?Sized> {
    outer: &'a A,
    inner: &'a B,
}

impl<'a, A: Map + ?Sized, B: Map + ?Sized> Composite<'a, A, B> {
    /// outer ∘ inner.
    ///
    /// # Panics
    /// If the values of `inner` are not points of `outer`.
    #[track_caller]
    pub fn new(outer: &'a A, inner: &'a B) -> Self {
        assert_eq!(
            outer.source_dim(),
            inner.target_dim(),
            "coordinates of the outer map, components of the inner"
        );
        Self { outer, inner }
    }
}

impl<A: Map + ?Sized, B: Map + ?Sized> Map for Composite<'_, A, B> {
    fn source_dim(&self) -> usize {
        self.inner.source_dim()
    }

    fn target_dim(&self) -> usize {
        self.outer.target_dim()
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        let mut middle = vec![0.0; self.inner.target_dim()];
        self.inner.value(x, &mut middle);
        self.outer.value(&middle, out);
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        self.inner.domain(x)?;
        let mut middle = vec![0.0; self.inner.target_dim()];
        self.inner.value(x, &mut middle);
        self.outer.domain(&middle)
    }
}

/// `to += weight * from`.
fn add(to: &mut [f64], weight: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(t, f)| *t += weight * f);
}

fn first_order(f: &Jet1, tau: &Jet1, out: &mut Jet1) {
    out.reshape(tau.source_dim(), f.target_dim());
    out.value_mut().copy_from_slice(f.value());
    for i in 0..tau.source_dim() {
        f.push_forward(tau.column(i), out.column_mut(i));
    }
}

fn second_order(f: &Jet2, tau: &Jet2, out: &mut Jet2) {
    let d = tau.first.source_dim();
    out.reshape(d, f.first.target_dim());
    first_order(&f.first, &tau.first, &mut out.first);
    for j in 0..d {
        for i in 0..=j {
            let to = out.second_mut(i, j);
            f.second_along(tau.first.column(i), tau.first.column(j), to);
            for (a, &weight) in tau.second(i, j).iter().enumerate() {
                add(to, weight, f.first.column(a));
            }
        }
    }
}

impl<A: C1Map + ?Sized, B: C1Map + ?Sized> C1Map for Composite<'_, A, B> {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        let (mut tau, mut f) = (Jet1::new(), Jet1::new());
        self.inner.jet1(x, &mut tau);
        self.outer.jet1(tau.value(), &mut f);
        first_order(&f, &tau, out);
    }
}

impl<A: C2Map + ?Sized, B: C2Map + ?Sized> C2Map for Composite<'_, A, B> {
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        let (mut tau, mut f) = (Jet2::new(), Jet2::new());
        self.inner.jet2(x, &mut tau);
        self.outer.jet2(tau.first.value(), &mut f);
        second_order(&f, &tau, out);
    }
}

impl<A: C3Map + ?Sized, B: C3Map + ?Sized> C3Map for Composite<'_, A, B> {
    fn jet3(&self, x: &[f64], out: &mut Jet3) {
        let (mut tau, mut f) = (Jet3::new(), Jet3::new());
        self.inner.jet3(x, &mut tau);
        self.outer.jet3(tau.second.first.value(), &mut f);
        let (d, n, m) = (
            tau.second.first.source_dim(),
            f.second.first.target_dim(),
            self.inner.target_dim(),
        );
        out.reshape(d, n);
        second_order(&f.second, &tau.second, &mut out.second);
        let mut scratch = vec![0.0; n];
        for (i, j, k) in
            (0..d).flat_map(|k| (0..=k).flat_map(move |j| (0..=j).map(move |i| (i, j, k))))
        {
            let column = |i: usize| tau.second.first.column(i);
            let to = out.third_mut(i, j, k);
            to.fill(0.0);
            for (p, q) in [(i, (j, k)), (j, (i, k)), (k, (i, j))] {
                f.second
                    .second_along(tau.second.second(q.0, q.1), column(p), &mut scratch);
                add(to, 1.0, &scratch);
            }
            for a in 0..m {
                add(to, tau.third(i, j, k)[a], f.second.first.column(a));
                for (b, c) in (0..m * m).map(|at| (at / m, at % m)) {
                    add(
                        to,
                        column(i)[a] * column(j)[b] * column(k)[c],
                        f.third(a, b, c),
                    );
                }
            }
        }
    }
}

impl<A: Chart + ?Sized, B: C2Map + ?Sized> Chart for Composite<'_, A, B> {}
