//! Gather, segment sums and the sums of message passing over index arrays.

use super::dense::Tensor;
use super::elementwise::vectorised;
use super::gemm::Write;
use super::real::Real;

/// The index arrays of a batch of graphs: directed bonds between atoms, atoms in molecules.
///
/// Bonds `2k` and `2k + 1` are each other's reverse. The atoms of molecule i are
/// `molecule_offsets[i]..molecule_offsets[i + 1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondGraph {
    source: Vec<u32>,
    destination: Vec<u32>,
    molecule_offsets: Vec<u32>,
}

impl Default for BondGraph {
    /// No molecules.
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new(), vec![0])
    }
}

impl BondGraph {
    /// A graph of directed bonds `source[e] → destination[e]`.
    ///
    /// # Panics
    /// If bonds do not come in mutually reverse pairs, an index is beyond the atoms, or the offsets
    /// do not start at zero and rise.
    #[track_caller]
    pub fn new(source: Vec<u32>, destination: Vec<u32>, molecule_offsets: Vec<u32>) -> Self {
        assert_eq!(
            source.len(),
            destination.len(),
            "bond graph: ends differ in number"
        );
        let atoms = *molecule_offsets.last().expect("bond graph: no offsets");
        let paired = source.chunks(2).zip(destination.chunks(2)).all(|(s, d)| {
            s.len() == 2 && s[0] == d[1] && s[1] == d[0] && s[0] < atoms && d[0] < atoms
        });
        assert!(
            paired,
            "bond graph: bonds 2k and 2k + 1 are not reverse to each other"
        );
        let rising = molecule_offsets[0] == 0 && molecule_offsets.is_sorted();
        assert!(rising, "bond graph: offsets do not rise from zero");
        Self {
            source,
            destination,
            molecule_offsets,
        }
    }

    /// Number of atoms.
    pub fn atoms(&self) -> usize {
        self.molecule_offsets.last().map_or(0, |&n| n as usize)
    }

    /// Number of directed bonds.
    pub fn bonds(&self) -> usize {
        self.source.len()
    }

    /// Number of molecules.
    pub fn molecules(&self) -> usize {
        self.molecule_offsets.len().saturating_sub(1)
    }

    /// The atom each directed bond leaves.
    pub fn source(&self) -> &[u32] {
        &self.source
    }

    /// The atom each directed bond enters.
    pub fn destination(&self) -> &[u32] {
        &self.destination
    }

    /// First atom of each molecule, and the number of atoms at the end.
    pub fn molecule_offsets(&self) -> &[u32] {
        &self.molecule_offsets
    }
}

/// `out[k] = x[index[k]]`, row by row.
///
/// # Panics
/// If the shapes do not fit or an index is beyond the rows of `x`.
#[track_caller]
pub fn gather<T: Real>(out: &mut Tensor<T>, write: Write, x: &Tensor<T>, index: &[u32]) {
    assert_eq!(
        out.shape(),
        (index.len(), x.cols()),
        "gather: shape of the output"
    );
    for (k, &i) in index.iter().enumerate() {
        write_row(out.row_mut(k), write, x.row(i as usize));
    }
}

/// `out[index[k]] += x[k]`, row by row, in the order of k.
///
/// # Panics
/// If the shapes do not fit or an index is beyond the rows of `out`.
#[track_caller]
pub fn scatter_add<T: Real>(out: &mut Tensor<T>, x: &Tensor<T>, index: &[u32]) {
    assert_eq!(
        (index.len(), out.cols()),
        x.shape(),
        "scatter_add: shape of the input"
    );
    vectorised(|| {
        for (k, &i) in index.iter().enumerate() {
            write_row(out.row_mut(i as usize), Write::Add, x.row(k));
        }
    });
}

/// `out[i] = scale(i) · Σ x[k]` over the rows k of segment i, `offsets[i]..offsets[i + 1]`.
///
/// # Panics
/// If the shapes do not fit: x has `offsets.last()` rows.
#[track_caller]
pub fn segment_sum<T: Real>(
    out: &mut Tensor<T>,
    x: &Tensor<T>,
    offsets: &[u32],
    scale: impl Fn(usize) -> T,
) {
    assert_eq!(
        out.shape(),
        (offsets.len() - 1, x.cols()),
        "segment_sum: shape of the output"
    );
    assert_eq!(
        offsets.last().map(|&n| n as usize),
        Some(x.rows()),
        "segment_sum: rows of the input"
    );
    vectorised(|| {
        for (i, ends) in offsets.windows(2).enumerate() {
            let (row, factor) = (out.row_mut(i), scale(i));
            row.fill(T::ZERO);
            for k in ends[0]..ends[1] {
                write_row(row, Write::Add, x.row(k as usize));
            }
            row.iter_mut().for_each(|o| *o *= factor);
        }
    });
}

/// `out[k] = scale(i) · g[i]` for the rows k of segment i: the adjoint of [`segment_sum`].
///
/// # Panics
/// If the shapes do not fit: out has `offsets.last()` rows.
#[track_caller]
pub fn segment_spread<T: Real>(
    out: &mut Tensor<T>,
    write: Write,
    g: &Tensor<T>,
    offsets: &[u32],
    scale: impl Fn(usize) -> T,
) {
    assert_eq!(
        g.shape(),
        (offsets.len() - 1, out.cols()),
        "segment_spread: shape of the input"
    );
    assert_eq!(
        offsets.last().map(|&n| n as usize),
        Some(out.rows()),
        "segment_spread: rows of the output"
    );
    for (i, ends) in offsets.windows(2).enumerate() {
        let factor = scale(i);
        for k in ends[0]..ends[1] {
            let row = out.row_mut(k as usize).iter_mut().zip(g.row(i));
            match write {
                Write::Replace => row.for_each(|(o, &x)| *o = factor * x),
                Write::Add => row.for_each(|(o, &x)| *o += factor * x),
            }
        }
    }
}

/// The messages into each directed bond: what arrives at its source, less what comes back along
/// itself.
///
/// ```text
/// out_e = Σ_{e' : destination(e') = source(e)} h_e'  −  h_reverse(e)        [bonds, width]
/// ```
///
/// The map is its own adjoint with the ends exchanged: `transposed` computes
/// `Σ_{e' : source(e') = destination(e)} h_e' − h_reverse(e)`. `sums` is workspace of shape
/// `[atoms, width]`. Adds `3 · bonds · width` numbers.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn bond_messages<T: Real>(
    out: &mut Tensor<T>,
    write: Write,
    h: &Tensor<T>,
    graph: &BondGraph,
    sums: &mut Tensor<T>,
    transposed: bool,
) {
    assert_eq!(
        h.shape(),
        (graph.bonds(), h.cols()),
        "bond_messages: shape of the input"
    );
    assert_eq!(out.shape(), h.shape(), "bond_messages: shape of the output");
    assert_eq!(
        sums.shape(),
        (graph.atoms(), h.cols()),
        "bond_messages: shape of the workspace"
    );
    let (arriving, leaving) = if transposed {
        (&graph.source, &graph.destination)
    } else {
        (&graph.destination, &graph.source)
    };
    sums.as_mut_slice().fill(T::ZERO);
    scatter_add(sums, h, arriving);
    vectorised(|| {
        for (e, &atom) in leaving.iter().enumerate() {
            let terms = sums.row(atom as usize).iter().zip(h.row(e ^ 1));
            let row = out.row_mut(e).iter_mut().zip(terms);
            match write {
                Write::Replace => row.for_each(|(o, (&s, &back))| *o = s - back),
                Write::Add => row.for_each(|(o, (&s, &back))| *o += s - back),
            }
        }
    });
}

#[inline(always)]
fn write_row<T: Real>(out: &mut [T], write: Write, x: &[T]) {
    match write {
        Write::Replace => out.copy_from_slice(x),
        Write::Add => out.iter_mut().zip(x).for_each(|(o, &x)| *o += x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Propane and methane: atoms 0-1-2, atom 3 alone.
    fn propane_and_methane() -> BondGraph {
        BondGraph::new(vec![0, 1, 1, 2], vec![1, 0, 2, 1], vec![0, 3, 4])
    }

    fn column(values: &[f64]) -> Tensor<f64> {
        Tensor::from_vec(values.len(), 1, values.to_vec())
    }

    #[test]
    fn messages_skip_the_way_back() {
        let graph = propane_and_methane();
        let h = column(&[1.0, 10.0, 100.0, 1000.0]); // 0→1, 1→0, 1→2, 2→1
        let (mut out, mut sums) = (Tensor::zeros(4, 1), Tensor::zeros(4, 1));
        bond_messages(&mut out, Write::Replace, &h, &graph, &mut sums, false);
        // into 0→1: what enters atom 0 (1→0) less 1→0; into 1→0: what enters 1 less 0→1
        assert_eq!(out.as_slice(), [0.0, 1000.0, 1.0, 0.0]);
        bond_messages(&mut out, Write::Replace, &h, &graph, &mut sums, true);
        assert_eq!(out.as_slice(), [100.0, 0.0, 0.0, 10.0]);
    }

    #[test]
    fn segments_are_summed_and_spread() {
        let x = column(&[1.0, 2.0, 3.0, 4.0]);
        let mut out = Tensor::zeros(2, 1);
        segment_sum(&mut out, &x, &[0, 3, 4], |_| 0.5);
        assert_eq!(out.as_slice(), [3.0, 2.0]);
        let mut back = column(&[1.0; 4]);
        segment_spread(&mut back, Write::Add, &out, &[0, 3, 4], |_| 2.0);
        assert_eq!(back.as_slice(), [7.0, 7.0, 7.0, 5.0]);
    }

    #[test]
    fn gather_and_scatter_are_adjoint() {
        let x = column(&[1.0, 2.0, 4.0]);
        let index = [2, 0, 2, 1];
        let mut y = Tensor::zeros(4, 1);
        gather(&mut y, Write::Replace, &x, &index);
        assert_eq!(y.as_slice(), [4.0, 1.0, 4.0, 2.0]);
        let g = column(&[1.0, 10.0, 100.0, 1000.0]);
        let mut back = Tensor::zeros(3, 1);
        scatter_add(&mut back, &g, &index);
        let dot = |a: &Tensor<f64>, b: &Tensor<f64>| -> f64 {
            a.as_slice()
                .iter()
                .zip(b.as_slice())
                .map(|(x, y)| x * y)
                .sum()
        };
        assert_eq!(dot(&y, &g), dot(&x, &back));
    }

    #[test]
    #[should_panic(expected = "not reverse to each other")]
    fn bonds_must_come_in_pairs() {
        BondGraph::new(vec![0, 1], vec![1, 2], vec![0, 3]);
    }
}
