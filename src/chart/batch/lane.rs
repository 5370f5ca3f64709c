//! Small dense algebra at many points at once: every entry of a matrix is a lane vector, one number
//! a point, so that each loop over entries is vectorised whatever the dimension.

use crate::tensor::elementwise::{has_long_vectors, vectorised, vectorised_in_256};
use crate::tensor::{Real, Write};

/// Points side by side: a cache line in double precision.
pub(super) const LANES: usize = 8;

/// One number at each of W points, or, at a single point, in each of W units.
pub(super) type Lane<T, const W: usize = LANES> = [T; W];

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

/// [`vectorised`] with registers that hold no more than a [`Lane`]: in double precision the longest.
#[inline(always)]
fn vectorised_by_lanes<T, R>(body: impl FnOnce() -> R) -> R {
    if is_double::<T>() {
        vectorised(body)
    } else {
        vectorised_in_256(body)
    }
}

fn is_double<T>() -> bool {
    size_of::<T>() == size_of::<f64>()
}

/// `out = a · b` or `out += a · b` in every lane; the shape is `[m, k] · [k, n]`.
///
/// Blocks of entries stay in registers over the whole of k: 4 × 4 with all their points in 32 registers of 512 bits,
/// where these hold double precision, 4 × 3 with the points of one register in 16 of 256 bits elsewhere.
pub(super) fn product<T: Real>(
    (out, to): (&mut [Lane<T>], Grid),
    how: (Write, Part),
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    shape: (usize, usize, usize),
) {
    const HALF: usize = LANES / 2;
    match (is_double::<T>(), has_long_vectors()) {
        (true, true) => strips::<T, 4, LANES>((out, to), how, a, b, shape),
        (true, false) => strips::<T, 3, HALF>((out, to), how, a, b, shape),
        (false, _) => strips::<T, 3, LANES>((out, to), how, a, b, shape),
    }
}

/// A product in blocks of at most 4 × N entries, W points at a time.
fn strips<T: Real, const N: usize, const W: usize>(
    (out, to): (&mut [Lane<T>], Grid),
    (write, part): (Write, Part),
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    (m, k, n): (usize, usize, usize),
) {
    vectorised_by_lanes::<T, _>(
        #[inline(always)]
        || {
            let width = |last: usize| if part == Part::Lower { last.min(n) } else { n };
            let mut i = 0;
            while i + 4 <= m {
                strip::<T, 4, N, W>((out, to), write, a, b, (i, k, width(i + 4)));
                i += 4;
            }
            if i + 2 <= m {
                strip::<T, 2, N, W>((out, to), write, a, b, (i, k, width(i + 2)));
                i += 2;
            }
            if i < m {
                strip::<T, 1, N, W>((out, to), write, a, b, (i, k, width(i + 1)));
            }
        },
    );
}

/// M rows of a product, from row i.
#[inline(always)]
fn strip<T: Real, const M: usize, const N: usize, const W: usize>(
    (out, to): (&mut [Lane<T>], Grid),
    write: Write,
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    (i, k, n): (usize, usize, usize),
) {
    let mut j = 0;
    while j + N <= n {
        block::<T, M, N, W>((&mut *out, to), write, a, b, (i, k, j));
        j += N;
    }
    if j + 2 <= n {
        block::<T, M, 2, W>((&mut *out, to), write, a, b, (i, k, j));
        j += 2;
    }
    if j < n {
        block::<T, M, 1, W>((&mut *out, to), write, a, b, (i, k, j));
    }
}

/// M × N entries of a product, from entry (i, j), W points at a time.
#[inline(always)]
fn block<T: Real, const M: usize, const N: usize, const W: usize>(
    (out, to): (&mut [Lane<T>], Grid),
    write: Write,
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    (i, depth, j): (usize, usize, usize),
) {
    for run in 0..LANES / W {
        let sums = sums::<T, M, N, W>(a, b, (i, depth, j), run);
        for (r, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                let entry = &mut out[to.at(i + r, j + c)].as_chunks_mut::<W>().0[run];
                match write {
                    Write::Replace => *entry = *sum,
                    Write::Add => entry.iter_mut().zip(sum).for_each(|(e, s)| *e += *s),
                }
            }
        }
    }
}

/// The sums of a block. All rows of a are read at one distance from their starts, all columns of b at another,
/// so that nothing else is checked or computed on the way; a block that could be left by a panic would be stored at
/// every step.
#[inline(always)]
fn sums<T: Real, const M: usize, const N: usize, const W: usize>(
    (a, at): Matrix<'_, T>,
    (b, bt): Matrix<'_, T>,
    (i, depth, j): (usize, usize, usize),
    run: usize,
) -> [[[T; W]; N]; M] {
    let reach = |step: usize| depth.checked_sub(1).map_or(0, |last| last * step + 1);
    let (far, wide) = (reach(at.col), reach(bt.row));
    let left: [&[Lane<T>]; M] =
        std::array::from_fn(|r| &a.get(at.at(i + r, 0)..).unwrap_or_default()[..far]);
    let right: [&[Lane<T>]; N] =
        std::array::from_fn(|c| &b.get(bt.at(0, j + c)..).unwrap_or_default()[..wide]);
    let mut sums = [[[T::ZERO; W]; N]; M];
    debug_assert!(
        depth == 0 || at.col + bt.row > 0,
        "a product of one entry with itself"
    );
    let (mut p, mut q) = (0, 0);
    while p < far && q < wide {
        let left: [[T; W]; M] = std::array::from_fn(|r| left[r][p].as_chunks().0[run]);
        let right: [[T; W]; N] = std::array::from_fn(|c| right[c][q].as_chunks().0[run]);
        for (sums, left) in sums.iter_mut().zip(&left) {
            for (sum, right) in sums.iter_mut().zip(&right) {
                for e in 0..W {
                    sum[e] = left[e].fused(right[e], sum[e]);
                }
            }
        }
        p += at.col;
        q += bt.row;
    }
    sums
}

/// Columns of a block of [`add_strip`].
pub(super) const BLOCK: usize = 3;

/// Rows of a strip for `count` of them in all: up to eight, whose blocks fill 24 registers, where 32 of 512 bits hold
/// double precision, up to four elsewhere.
pub(super) fn rows_of_strip<T>(count: usize) -> usize {
    let most = if is_double::<T>() && has_long_vectors() {
        8
    } else {
        4
    };
    count.next_power_of_two().min(most)
}

/// `out += aᵀ · b` for a strip a, `[k][of]`, of whose rows the first `rows` are wanted, and b in blocks,
/// `[block][k][BLOCK]`, of whose columns the first `cols` are: both are read from one end to the other.
pub(super) fn add_strip<T: Real>(
    out: (&mut [Lane<T>], Grid),
    (strip, of, rows): (&[Lane<T>], usize, usize),
    b: (&[Lane<T>], usize),
) {
    const HALF: usize = LANES / 2;
    let half = is_double::<T>() && !has_long_vectors();
    match (of, half) {
        (8, _) => blocks_of_strip::<T, 8, LANES>(out, (strip, rows), b),
        (4, false) => blocks_of_strip::<T, 4, LANES>(out, (strip, rows), b),
        (4, true) => blocks_of_strip::<T, 4, HALF>(out, (strip, rows), b),
        (2, false) => blocks_of_strip::<T, 2, LANES>(out, (strip, rows), b),
        (2, true) => blocks_of_strip::<T, 2, HALF>(out, (strip, rows), b),
        (_, false) => blocks_of_strip::<T, 1, LANES>(out, (strip, rows), b),
        (_, true) => blocks_of_strip::<T, 1, HALF>(out, (strip, rows), b),
    }
}

/// The product of a strip of M rows with block after block, W points at a time.
fn blocks_of_strip<T: Real, const M: usize, const W: usize>(
    (out, to): (&mut [Lane<T>], Grid),
    (strip, rows): (&[Lane<T>], usize),
    (b, cols): (&[Lane<T>], usize),
) {
    let strip: &[[Lane<T>; M]] = strip.as_chunks().0;
    let blocks = b.as_chunks().0.chunks_exact(strip.len().max(1));
    vectorised_by_lanes::<T, _>(
        #[inline(always)]
        || {
            for (first, block) in (0..cols).step_by(BLOCK).zip(blocks) {
                for run in 0..LANES / W {
                    let (low, high) = halves::<T, M, W>(strip, block, run);
                    let sums = low.iter().chain(&high).take(rows);
                    for (r, sums) in sums.enumerate() {
                        for (c, sum) in sums.iter().enumerate().take(cols - first) {
                            let entry = &mut out[to.at(r, first + c)].as_chunks_mut::<W>().0[run];
                            (0..W).for_each(|e| entry[e] += sum[e]);
                        }
                    }
                }
            }
        },
    );
}

/// Sums of four rows of a strip with a block, W points at a time.
type Sums<T, const W: usize> = [[[T; W]; BLOCK]; 4];

/// The sums of a strip with a block: the compiler keeps four rows in registers, but not eight of one loop.
#[inline(always)]
fn halves<T: Real, const M: usize, const W: usize>(
    strip: &[[Lane<T>; M]],
    block: &[[Lane<T>; BLOCK]],
    run: usize,
) -> (Sums<T, W>, Sums<T, W>) {
    let (mut low, mut high) = ([[[T::ZERO; W]; BLOCK]; 4], [[[T::ZERO; W]; BLOCK]; 4]);
    for (left, right) in strip.iter().zip(block) {
        let right: [[T; W]; BLOCK] = std::array::from_fn(|c| right[c].as_chunks().0[run]);
        accumulate(&mut low, &left[..M.min(4)], &right, run);
        accumulate(&mut high, &left[M.min(4)..], &right, run);
    }
    (low, high)
}

/// `sums_rc += left_r right_c`, W points of every lane.
#[inline(always)]
fn accumulate<T: Real, const W: usize>(
    sums: &mut Sums<T, W>,
    left: &[Lane<T>],
    right: &[[T; W]; BLOCK],
    run: usize,
) {
    for (sums, left) in sums.iter_mut().zip(left) {
        let left: [T; W] = left.as_chunks().0[run];
        for (sum, right) in sums.iter_mut().zip(right) {
            for e in 0..W {
                sum[e] = left[e].fused(right[e], sum[e]);
            }
        }
    }
}

/// `sum += a · b`.
#[inline(always)]
pub(super) fn fuse<T: Real, const W: usize>(sum: &mut Lane<T, W>, a: &Lane<T, W>, b: &Lane<T, W>) {
    for e in 0..W {
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
pub(super) fn zip<T: Real, const W: usize>(
    a: &Lane<T, W>,
    b: &Lane<T, W>,
    f: impl Fn(T, T) -> T,
) -> Lane<T, W> {
    std::array::from_fn(|e| f(a[e], b[e]))
}

/// `f(a)`.
#[inline(always)]
pub(super) fn map<T: Real>(a: &Lane<T>, f: impl Fn(T) -> T) -> Lane<T> {
    std::array::from_fn(|e| f(a[e]))
}

/// The same number in every lane.
#[inline(always)]
pub(super) fn splat<T: Real, const W: usize>(x: T) -> Lane<T, W> {
    [x; W]
}

/// The first `len` entries, grown where there are fewer.
pub(super) fn room<T: Real, const W: usize>(buffer: &mut Vec<[T; W]>, len: usize) -> &mut [[T; W]] {
    if buffer.len() < len {
        buffer.resize(len, [T::ZERO; W]);
    }
    &mut buffer[..len]
}

/// Points `[point][size]` into lane vectors `[entry][group]`; where points run out the last one is
/// repeated, so that every group is full.
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
                    let point = &mut point[start..];
                    match point.first_chunk_mut() {
                        Some(whole) => *whole = values,
                        None => point.copy_from_slice(&values[..len]),
                    }
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [usize; 7] = [0, 1, 2, 3, 4, 7, 9];

    /// Small integers, whose products and sums are exact.
    fn numbers<T: Real>(count: usize, salt: usize) -> Vec<Lane<T>> {
        let number = |at: usize| T::from_f64(((at * 7 + salt) % 11) as f64 - 5.0);
        let lane = |at: usize| std::array::from_fn(|e| number(at * LANES + e));
        (0..count).map(lane).collect()
    }

    /// Blocks of this shape give the product, whatever this machine would choose; a is transposed, and b and
    /// the result are one of two groups.
    fn blocks_agree<T: Real, const N: usize, const W: usize>() {
        let each = SIZES.map(|m| SIZES.map(|k| SIZES.map(|n| (m, k, n))));
        for &(m, k, n) in each.as_flattened().as_flattened() {
            let (a, b) = (numbers::<T>(m * k, 1), numbers::<T>(2 * k * n, 2));
            let (at, grid) = (
                Grid::dense(m).t(),
                Grid {
                    start: 1,
                    row: 2 * n,
                    col: 2,
                },
            );
            for (write, part) in [(Write::Replace, Part::Whole), (Write::Add, Part::Lower)] {
                let before = numbers::<T>(2 * m * n, 3);
                let mut out = before.clone();
                strips::<T, N, W>(
                    (&mut out, grid),
                    (write, part),
                    (&a, at),
                    (&b, grid),
                    (m, k, n),
                );
                for (i, j) in (0..m * n).map(|at| (at / n, at % n)) {
                    let mut want = match write {
                        Write::Replace => splat(T::ZERO),
                        Write::Add => before[grid.at(i, j)],
                    };
                    for l in 0..k {
                        fuse(&mut want, &a[at.at(i, l)], &b[grid.at(l, j)]);
                    }
                    if part == Part::Whole || j <= i {
                        assert_eq!(out[grid.at(i, j)], want, "{m} x {k} x {n}, entry {i}, {j}");
                    }
                }
            }
        }
    }

    /// Strips of M rows give what the general product of their transpose does, on any machine.
    fn strips_agree<T: Real, const M: usize, const W: usize>() {
        for (k, n) in SIZES.into_iter().flat_map(|k| SIZES.map(|n| (k, n))) {
            let strip = numbers::<T>(k * M, 1);
            let blocks = numbers::<T>(k * n.next_multiple_of(BLOCK), 2);
            let whole = |at: usize| blocks[(at % n / BLOCK * k + at / n) * BLOCK + at % n % BLOCK];
            let b: Vec<Lane<T>> = (0..k * n).map(whole).collect();
            let to = Grid {
                start: 1,
                row: 2,
                col: 2 * M,
            };
            for rows in 1..=M {
                let mut want = numbers::<T>(2 * M * n, 3);
                let mut out = want.clone();
                blocks_of_strip::<T, M, W>((&mut out, to), (&strip, rows), (&blocks, n));
                product(
                    (&mut want, to),
                    (Write::Add, Part::Whole),
                    (&strip, Grid::dense(M).t()),
                    (&b, Grid::dense(n)),
                    (rows, k, n),
                );
                assert_eq!(out, want, "{rows} of {M} x {k} x {n}");
            }
        }
    }

    #[test]
    fn a_strip_gives_the_product() {
        const HALF: usize = LANES / 2;
        strips_agree::<f64, 8, LANES>();
        strips_agree::<f32, 8, LANES>();
        strips_agree::<f64, 4, LANES>();
        strips_agree::<f64, 4, HALF>();
        strips_agree::<f64, 2, HALF>();
        strips_agree::<f64, 1, HALF>();
        strips_agree::<f32, 4, LANES>();
        strips_agree::<f32, 2, LANES>();
    }

    #[test]
    fn every_block_gives_the_product() {
        blocks_agree::<f64, 4, LANES>();
        blocks_agree::<f64, 3, { LANES / 2 }>();
        blocks_agree::<f32, 4, LANES>();
        blocks_agree::<f32, 3, LANES>();
    }
}
