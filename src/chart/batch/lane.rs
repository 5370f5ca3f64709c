//! Small dense algebra at many points at once: every entry of a matrix is a lane vector, one number
//! a point, so that each loop over entries is vectorised whatever the dimension.

use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write};

/// Points side by side: a cache line in double precision.
pub(super) const LANES: usize = 8;

/// One number at each of [`LANES`] points.
pub(super) type Lane<T> = [T; LANES];

/// Where the entry (i, j) of a matrix lies in a buffer of lane vectors: `start + i·row + j·col`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) start: usize,
    pub(super) row: usize,
    pub(super) col: usize,
}

impl Grid {
    /// A row-major matrix of `cols` columns.
    pub(super) fn dense(cols: usize) -> Self {
        Self {
            start: 0,
            row: cols,
            col: 1,
        }
    }

    /// The transpose.
    #[must_use]
    pub(super) fn t(self) -> Self {
        Self {
            row: self.col,
            col: self.row,
            ..self
        }
    }

    #[inline(always)]
    fn at(self, i: usize, j: usize) -> usize {
        self.start + i * self.row + j * self.col
    }
}

/// A matrix in a buffer, to be read.
pub(super) type Matrix<'a, T> = (&'a [Lane<T>], Grid);

/// Which entries of a product are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All.
    Whole,
    /// Those on and below the diagonal; some above may be written too.
    Lower,
}

/// `out = a · b` or `out += a · b` in every lane; the shape is `[m, k] · [k, n]`.
///
/// Blocks of 4 × 4 entries stay in registers over the whole of k.
pub(super) fn product<T: Real>(
    (out, to): (&mut [Lane<T>], Grid),
    (write, part): (Write, Part),
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    (m, k, n): (usize, usize, usize),
) {
    vectorised(
        #[inline(always)]
        || {
            let width = |last: usize| if part == Part::Lower { last.min(n) } else { n };
            let mut i = 0;
            while i + 4 <= m {
                strip::<T, 4>((out, to), write, a, b, (i, k, width(i + 4)));
                i += 4;
            }
            if i + 2 <= m {
                strip::<T, 2>((out, to), write, a, b, (i, k, width(i + 2)));
                i += 2;
            }
            if i < m {
                strip::<T, 1>((out, to), write, a, b, (i, k, width(i + 1)));
            }
        },
    );
}

/// M rows of a product, from row i.
#[inline(always)]
fn strip<T: Real, const M: usize>(
    (out, to): (&mut [Lane<T>], Grid),
    write: Write,
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    (i, k, n): (usize, usize, usize),
) {
    let mut j = 0;
    while j + 4 <= n {
        block::<T, M, 4>((&mut *out, to), write, a, b, (i, k, j));
        j += 4;
    }
    if j + 2 <= n {
        block::<T, M, 2>((&mut *out, to), write, a, b, (i, k, j));
        j += 2;
    }
    if j < n {
        block::<T, M, 1>((out, to), write, a, b, (i, k, j));
    }
}

/// M × N entries of a product, from entry (i, j).
#[inline(always)]
fn block<T: Real, const M: usize, const N: usize>(
    (out, to): (&mut [Lane<T>], Grid),
    write: Write,
    (a, at): Matrix<'_, T>,
    (b, bt): Matrix<'_, T>,
    (i, depth, j): (usize, usize, usize),
) {
    let mut sums = [[[T::ZERO; LANES]; N]; M];
    for k in 0..depth {
        let left: [Lane<T>; M] = std::array::from_fn(|r| a[at.at(i + r, k)]);
        let right: [Lane<T>; N] = std::array::from_fn(|c| b[bt.at(k, j + c)]);
        for (sums, left) in sums.iter_mut().zip(&left) {
            for (sum, right) in sums.iter_mut().zip(&right) {
                fuse(sum, left, right);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (c, sum) in sums.iter().enumerate() {
            let entry = &mut out[to.at(i + r, j + c)];
            match write {
                Write::Replace => *entry = *sum,
                Write::Add => add(entry, sum),
            }
        }
    }
}

/// `sum += a · b`.
#[inline(always)]
pub(super) fn fuse<T: Real>(sum: &mut Lane<T>, a: &Lane<T>, b: &Lane<T>) {
    for e in 0..LANES {
        sum[e] = a[e].fused(b[e], sum[e]);
    }
}

/// `sum += a`.
#[inline(always)]
pub(super) fn add<T: Real>(sum: &mut Lane<T>, a: &Lane<T>) {
    for e in 0..LANES {
        sum[e] += a[e];
    }
}

/// `f(a, b)`.
#[inline(always)]
pub(super) fn zip<T: Real>(a: &Lane<T>, b: &Lane<T>, f: impl Fn(T, T) -> T) -> Lane<T> {
    std::array::from_fn(|e| f(a[e], b[e]))
}

/// `f(a)`.
#[inline(always)]
pub(super) fn map<T: Real>(a: &Lane<T>, f: impl Fn(T) -> T) -> Lane<T> {
    std::array::from_fn(|e| f(a[e]))
}

/// The same number in every lane.
#[inline(always)]
pub(super) fn splat<T: Real>(x: T) -> Lane<T> {
    [x; LANES]
}

/// The first `len` entries, grown where there are fewer.
pub(super) fn room<T: Real>(buffer: &mut Vec<Lane<T>>, len: usize) -> &mut [Lane<T>] {
    if buffer.len() < len {
        buffer.resize(len, [T::ZERO; LANES]);
    }
    &mut buffer[..len]
}

/// Points `[point][size]` into lane vectors `[entry][group]`; where points run out the last one is
/// repeated, so that every tile has the same shape.
pub(super) fn gather<T: Real>(points: &[T], size: usize, groups: usize, out: &mut [Lane<T>]) {
    let last = points.len() / size - 1;
    for entry in 0..size {
        for group in 0..groups {
            out[entry * groups + group] = std::array::from_fn(|e| {
                let point = (group * LANES + e).min(last);
                points[point * size + entry]
            });
        }
    }
}

/// One group of lane vectors into `[point][size]`: entry k of a point is `entry(k)`. Points beyond
/// the end of `out` are left out.
///
/// Entries go a cache line of one point at a time: one entry of all points after the other would
/// write to lines a power of two apart, which share their place in the cache.
pub(super) fn scatter<T: Real>(
    out: &mut [T],
    (size, group): (usize, usize),
    entry: impl Fn(usize) -> Lane<T>,
) {
    const LINE: usize = 8;
    let from = (group * LANES * size).min(out.len());
    let out = &mut out[from..];
    vectorised(
        #[inline(always)]
        || {
            let mut line = [[T::ZERO; LANES]; LINE];
            for start in (0..size).step_by(LINE) {
                let len = LINE.min(size - start);
                for (k, lane) in line.iter_mut().take(len).enumerate() {
                    *lane = entry(start + k);
                }
                for (e, point) in out.chunks_exact_mut(size).take(LANES).enumerate() {
                    let values: [T; LINE] = std::array::from_fn(|k| line[k][e]);
                    point[start..start + len].copy_from_slice(&values[..len]);
                }
            }
        },
    );
}
