//! Metric fields pulled back by a map.

use geogate_geometry::conventions::{index_pairs, pair, pairs};
use geogate_geometry::{
    C1Map, C2Map, C3Map, C3MetricSource, C3Space, Composite, Jet1, Jet2, Jet3, Map, MetricField,
    MetricSource, Result, Space,
};

/// A metric field pulled back by a map: a metric field again. A chart is pulled back by
/// [`Composite`] instead. Jets are allocated per call.
pub struct PulledBack<'a> {
    field: &'a dyn MetricField,
    map: &'a dyn C3Map,
}

impl<'a> PulledBack<'a> {
    /// τ* g.
    pub fn new(field: &'a dyn MetricField, map: &'a dyn C3Map) -> Self {
        Self { field, map }
    }

    fn components(&self) -> Composite<'a, dyn MetricField + 'a, dyn C3Map + 'a> {
        Composite::new(self.field, self.map)
    }
}

/// Σ_ab w_ab u^a v^b for packed symmetric w.
fn packed_form(w: &[f64], u: &[f64], v: &[f64]) -> f64 {
    let m = u.len();
    (0..m * m)
        .map(|at| w[pair(at / m, at % m)] * u[at / m] * v[at % m])
        .sum()
}

impl Map for PulledBack<'_> {
    fn source_dim(&self) -> usize {
        self.map.source_dim()
    }

    fn target_dim(&self) -> usize {
        pairs(self.map.source_dim())
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        let mut jet = Jet1::new();
        self.map.jet1(x, &mut jet);
        let mut g = vec![0.0; self.field.target_dim()];
        self.field.value(jet.value(), &mut g);
        for j in 0..x.len() {
            for i in 0..=j {
                out[pair(i, j)] = packed_form(&g, jet.column(i), jet.column(j));
            }
        }
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        self.components().domain(x)
    }
}

impl C1Map for PulledBack<'_> {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        let mut full = Jet2::new();
        self.jet2(x, &mut full);
        out.clone_from(&full.first);
    }
}

impl C2Map for PulledBack<'_> {
    /// The product rule on g_ab(τ) τ^a_i τ^b_j, twice.
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        let d = x.len();
        let (mut g, mut jet) = (Jet2::new(), Jet3::new());
        self.components().jet2(x, &mut g);
        self.map.jet3(x, &mut jet);
        out.reshape(d, pairs(d));
        let t1 = |i: usize| jet.second.first.column(i);
        let t2 = |i: usize, j: usize| jet.second.second(i, j);
        for (i, j) in index_pairs(d) {
            let at = pair(i, j);
            // g with no, one, two derivatives on it, paired with derivatives of τ_i τ_j
            let plain = |u: &[f64], v: &[f64]| packed_form(g.first.value(), u, v);
            out.first.value_mut()[at] = plain(t1(i), t1(j));
            for k in 0..d {
                let once = |k: usize, u: &[f64], v: &[f64]| packed_form(g.first.column(k), u, v);
                out.first.column_mut(k)[at] =
                    once(k, t1(i), t1(j)) + plain(t2(i, k), t1(j)) + plain(t1(i), t2(j, k));
                for l in 0..=k {
                    out.second_mut(l, k)[at] = packed_form(g.second(l, k), t1(i), t1(j))
                        + once(k, t2(i, l), t1(j))
                        + once(k, t1(i), t2(j, l))
                        + once(l, t2(i, k), t1(j))
                        + once(l, t1(i), t2(j, k))
                        + plain(jet.third(i, k, l), t1(j))
                        + plain(t2(i, k), t2(j, l))
                        + plain(t2(i, l), t2(j, k))
                        + plain(t1(i), jet.third(j, k, l));
                }
            }
        }
    }
}

impl MetricField for PulledBack<'_> {}

impl Space for PulledBack<'_> {
    fn source(&self) -> MetricSource<'_> {
        MetricSource::Field(self)
    }
}

impl C3Space for PulledBack<'_> {
    fn c3_source(&self) -> C3MetricSource<'_> {
        C3MetricSource::Field(self)
    }
}
