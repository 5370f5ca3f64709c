//! Gather, and sums over lists of rows: what message passing does beside products.

use std::ops::Range;

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

/// Lists of rows of a matrix, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLists {
    /// Where each list starts among the rows, and the number of all at the end.
    offsets: Vec<u32>,
    rows: Vec<u32>,
}

impl Default for RowLists {
    /// No lists.
    fn default() -> Self {
        Self {
            offsets: vec![0],
            rows: Vec::new(),
        }
    }
}

impl RowLists {
    /// Adds a list, which may be empty.
    ///
    /// # Panics
    /// If all lists together are longer than `u32::MAX`.
    #[track_caller]
    pub fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.rows.extend(list);
        let end = u32::try_from(self.rows.len());
        self.offsets.push(end.expect("row lists: too long"));
    }

    /// Number of lists.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Are there no lists?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows of list i.
    ///
    /// # Panics
    /// If there is no list i.
    #[track_caller]
    pub fn list(&self, i: usize) -> &[u32] {
        &self.rows[self.range(i)]
    }

    /// Where list i lies among the rows of all.
    ///
    /// # Panics
    /// If there is no list i.
    #[track_caller]
    pub fn range(&self, i: usize) -> Range<usize> {
        self.offsets[i] as usize..self.offsets[i + 1] as usize
    }

    /// The lists, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|i| self.list(i))
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
    vectorised(
        #[inline(always)]
        || {
            for (k, &i) in index.iter().enumerate() {
                write_row(out.row_mut(i as usize), Write::Add, x.row(k));
            }
        },
    );
}

/// `out[i] = scales[i] · Σ x[k]` over the rows k of list i, in the order of the list.
///
/// # Panics
/// If the shapes do not fit or a list names a row beyond those of `x`.
#[track_caller]
pub fn sum_lists<T: Real>(out: &mut Tensor<T>, x: &Tensor<T>, lists: &RowLists, scales: &[T]) {
    assert_eq!(
        out.shape(),
        (lists.len(), x.cols()),
        "sum_lists: shape of the output"
    );
    assert_eq!(scales.len(), lists.len(), "sum_lists: scales");
    vectorised(
        #[inline(always)]
        || {
            for (i, &scale) in scales.iter().enumerate() {
                let row = out.row_mut(i);
                let Some((first, others)) = lists.list(i).split_first() else {
                    row.fill(T::ZERO);
                    continue;
                };
                row.copy_from_slice(x.row(*first as usize));
                for &k in others {
                    write_row(row, Write::Add, x.row(k as usize));
                }
                if scale != T::ONE {
                    row.iter_mut().for_each(|o| *o *= scale);
                }
            }
        },
    );
}

/// `out[k] += scales[i] · g[i]` for every row k of list i, in the order of the lists: the adjoint of [`sum_lists`].
///
/// # Panics
/// If the shapes do not fit or a list names a row beyond those of `out`.
#[track_caller]
pub fn spread_lists<T: Real>(out: &mut Tensor<T>, g: &Tensor<T>, lists: &RowLists, scales: &[T]) {
    assert_eq!(
        g.shape(),
        (lists.len(), out.cols()),
        "spread_lists: shape of the input"
    );
    assert_eq!(scales.len(), lists.len(), "spread_lists: scales");
    vectorised(
        #[inline(always)]
        || {
            for (i, &scale) in scales.iter().enumerate() {
                for &k in lists.list(i) {
                    let row = out.row_mut(k as usize).iter_mut();
                    row.zip(g.row(i)).for_each(|(o, &g)| *o += scale * g);
                }
            }
        },
    );
}

#[inline(always)]
fn write_row<T: Real>(out: &mut [T], write: Write, x: &[T]) {
    match write {
        Write::Replace => out.copy_from_slice(x),
        Write::Add => out.iter_mut().zip(x).for_each(|(o, &x)| *o += x),
    }
}
