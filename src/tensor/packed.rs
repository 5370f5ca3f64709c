//! Products of one matrix with many others.
//!
//! The left factor is packed once, in panels of eight rows, so that the innermost loop reads it from
//! one end to the other; of the right one a strip of three registers' width is packed while the first panel
//! meets it, to stay in the first-level cache for all others (up to a depth of about 200). Eight rows of three
//! registers stay in registers over the whole depth: 24 of the 32 that a machine with 512-bit vectors has.
//! Without those the general [`gemm`] is used.

use super::dense::Tensor;
use super::elementwise::{has_long_vectors, vectorised};
use super::gemm::{View, Write, gemm};
use super::real::Real;

/// Rows of a panel, in two halves: the compiler keeps four rows of a block in registers, but not eight
/// of one loop.
const ROWS: usize = 8;
const HALF: usize = ROWS / 2;

/// Registers of a strip.
const STRIP: usize = 3;

/// A matrix that multiplies others from the left.
#[derive(Clone, Debug)]
pub struct LeftFactor<'a, T> {
    rows: usize,
    depth: usize,
    form: Packing<'a, T>,
}

#[derive(Clone, Debug)]
enum Packing<'a, T> {
    /// `[panel][column][row of the panel]`, rows beyond the last zero.
    Panels(Vec<T>),
    /// The matrix as it is, for the general product.
    View(View<'a, T>),
    /// A matrix that belongs to the factor, as it is, for the general product.
    Owned(Tensor<T>),
}

impl<'a, T: Real> LeftFactor<'a, T> {
    /// The factor, packed where this machine has the registers for it.
    pub fn new(view: View<'a, T>) -> Self {
        if has_long_vectors() {
            return Self::packed(view);
        }
        let (rows, depth) = view.shape();
        let form = Packing::View(view);
        Self { rows, depth, form }
    }

    /// The factor of a matrix that nothing else needs, packed where this machine has the registers
    /// for it.
    pub fn owning(matrix: Tensor<T>) -> Self {
        if has_long_vectors() {
            return Self::packed(matrix.view());
        }
        let (rows, depth) = matrix.shape();
        let form = Packing::Owned(matrix);
        Self { rows, depth, form }
    }

    fn packed(view: View<'_, T>) -> Self {
        let (rows, depth) = view.shape();
        let mut panels = Vec::with_capacity(rows.next_multiple_of(ROWS) * depth);
        for from in (0..rows).step_by(ROWS) {
            for col in 0..depth {
                let entry = |row: usize| (row < rows).then(|| view.at(row, col));
                panels.extend((from..from + ROWS).map(|row| entry(row).unwrap_or(T::ZERO)));
            }
        }
        let form = Packing::Panels(panels);
        Self { rows, depth, form }
    }

    /// `out = self · b` or `out += self · b`, b and out row-major with `cols` columns; `strip` is memory to
    /// work in.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn product(
        &self,
        (out, write): (&mut [T], Write),
        (b, cols): (&[T], usize),
        strip: &mut Vec<T>,
    ) {
        let (rows, depth) = (self.rows, self.depth);
        assert!(
            b.len() == depth * cols && out.len() == rows * cols,
            "product: {rows} x {depth} times {} entries in {cols} columns into {} entries",
            b.len(),
            out.len()
        );
        let right = View::new(b, depth, cols);
        match &self.form {
            Packing::View(view) => gemm(out, write, *view, right),
            Packing::Owned(matrix) => gemm(out, write, matrix.view(), right),
            Packing::Panels(_) if depth == 0 => gemm(out, write, View::new(&[], rows, 0), right),
            Packing::Panels(panels) if size_of::<T>() == size_of::<f64>() => {
                strips::<T, 8>(panels, (out, write), (b, depth, cols), strip);
            }
            Packing::Panels(panels) => {
                strips::<T, 16>(panels, (out, write), (b, depth, cols), strip);
            }
        }
    }
}

/// Panels times a matrix of this depth, strip by strip, with registers of V numbers.
fn strips<T: Real, const V: usize>(
    panels: &[T],
    (out, write): (&mut [T], Write),
    (b, depth, cols): (&[T], usize, usize),
    memory: &mut Vec<T>,
) {
    let numbers = (depth + HALF) * STRIP * V;
    if memory.len() < numbers {
        memory.resize(numbers, T::ZERO);
    }
    let (spill, strip) = memory.as_chunks_mut::<V>().0.split_at_mut(HALF * STRIP);
    vectorised(
        #[inline(always)]
        || {
            for from in (0..cols).step_by(STRIP * V) {
                let width = (cols - from).min(STRIP * V);
                let (to, memory) = ((&mut *out, write), (&mut *strip, &mut *spill));
                let place = (from, width, cols);
                match width.div_ceil(V) {
                    1 => strip_product::<T, V, 1>(panels, to, (b, depth), memory, place),
                    2 => strip_product::<T, V, 2>(panels, to, (b, depth), memory, place),
                    _ => strip_product::<T, V, STRIP>(panels, to, (b, depth), memory, place),
                }
            }
        },
    );
}

/// All panels times a strip of C registers from column `from` on. The first panel packs it as it goes, where there
/// is another one to read it; a strip that ends within a register is packed before.
#[inline(always)]
fn strip_product<T: Real, const V: usize, const C: usize>(
    panels: &[T],
    (out, how): (&mut [T], Write),
    (b, depth): (&[T], usize),
    (strip, spill): (&mut [[T; V]], &mut [[T; V]]),
    place: (usize, usize, usize),
) {
    let (from, width, cols) = place;
    let strip = &mut strip.as_chunks_mut::<C>().0[..depth];
    let alone = out.len() <= ROWS * cols;
    let mut blocks = panels
        .chunks_exact(ROWS * depth)
        .zip(out.chunks_mut(ROWS * cols));
    if width < C * V {
        for (line, b) in strip.iter_mut().zip(b.chunks_exact(cols)) {
            line.as_flattened_mut()[..width].copy_from_slice(&b[from..from + width]);
        }
    } else if let Some((panel, out)) = blocks.next() {
        let lines = b
            .chunks_exact(cols)
            .map_while(|b| b.get(from..)?.as_chunks().0.first_chunk().copied());
        let to = ((out, how), &mut *spill, place);
        if alone {
            return block(panel, lines, to);
        }
        let packing = strip.iter_mut().zip(lines).map(|(to, line)| {
            *to = line;
            line
        });
        block(panel, packing, to);
    }
    for (panel, out) in blocks {
        block(
            panel,
            strip.iter().copied(),
            ((out, how), &mut *spill, place),
        );
    }
}

/// Four rows of a result, by strip.
type RowBlock<T, const V: usize, const C: usize> = [[[T; V]; C]; HALF];

/// Rows of the result and how to write them, memory to work in, and from which column on, how many, of how many.
type Destination<'a, T, const V: usize> = (
    (&'a mut [T], Write),
    &'a mut [[T; V]],
    (usize, usize, usize),
);

/// The rows of a panel times a strip, into the result.
#[inline(always)]
fn block<T: Real, const V: usize, const C: usize>(
    panel: &[T],
    lines: impl Iterator<Item = [[T; V]; C]>,
    ((out, how), spill, place): Destination<'_, T, V>,
) {
    let (panel, rows) = (panel.as_chunks().0, HALF * place.2);
    if out.len() <= rows {
        write(&four(panel, lines), ((out, how), spill, place));
    } else {
        let (low, high) = eight(panel, lines);
        let (out, rest) = out.split_at_mut(rows);
        write(&low, ((out, how), &mut *spill, place));
        write(&high, ((rest, how), spill, place));
    }
}

/// The first four rows of a panel times a strip.
#[inline(always)]
fn four<T: Real, const V: usize, const C: usize>(
    panel: &[[T; ROWS]],
    lines: impl Iterator<Item = [[T; V]; C]>,
) -> RowBlock<T, V, C> {
    let mut sums = [[[T::ZERO; V]; C]; HALF];
    for (w, line) in panel.iter().zip(lines) {
        accumulate(&mut sums, &w[..HALF], &line);
    }
    sums
}

/// A panel times a strip.
#[inline(always)]
fn eight<T: Real, const V: usize, const C: usize>(
    panel: &[[T; ROWS]],
    lines: impl Iterator<Item = [[T; V]; C]>,
) -> (RowBlock<T, V, C>, RowBlock<T, V, C>) {
    let mut low = [[[T::ZERO; V]; C]; HALF];
    let mut high = [[[T::ZERO; V]; C]; HALF];
    for (w, line) in panel.iter().zip(lines) {
        accumulate(&mut low, &w[..HALF], &line);
        accumulate(&mut high, &w[HALF..], &line);
    }
    (low, high)
}

/// Four rows of a block into those of the result that there are; where they end within a register, by way of
/// `spill`: a copy of variable length from the sums themselves would keep them in memory all along.
#[inline(always)]
fn write<T: Real, const V: usize, const C: usize>(
    sums: &RowBlock<T, V, C>,
    ((mut out, how), spill, (from, width, cols)): Destination<'_, T, V>,
) {
    if width < C * V {
        let places = spill.as_chunks_mut::<C>().0;
        for (to, sums) in places.iter_mut().zip(sums) {
            *to = *sums;
        }
        for (row, sums) in out.chunks_exact_mut(cols).zip(places) {
            let (row, sums) = (&mut row[from..from + width], sums.as_flattened());
            match how {
                Write::Replace => row.copy_from_slice(&sums[..width]),
                Write::Add => row.iter_mut().zip(sums).for_each(|(to, sum)| *to += *sum),
            }
        }
        return;
    }
    for sums in sums {
        let Some((row, rest)) = out.split_at_mut_checked(cols) else {
            return;
        };
        let row = row.get_mut(from..).unwrap_or_default();
        if let Some(whole) = row.as_chunks_mut::<V>().0.first_chunk_mut::<C>() {
            for (to, sum) in whole.iter_mut().zip(sums) {
                match how {
                    Write::Replace => *to = *sum,
                    Write::Add => (0..V).for_each(|e| to[e] += sum[e]),
                }
            }
        }
        out = rest;
    }
}

/// `sums_rc += w_r line_c`.
#[inline(always)]
fn accumulate<T: Real, const V: usize, const C: usize>(
    sums: &mut RowBlock<T, V, C>,
    w: &[T],
    line: &[[T; V]; C],
) {
    for (r, sums) in sums.iter_mut().enumerate() {
        for (sum, line) in sums.iter_mut().zip(line) {
            for e in 0..V {
                sum[e] = w[r].fused(line[e], sum[e]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers<T: Real>(rows: usize, cols: usize) -> Tensor<T> {
        Tensor::from_fn(rows, cols, |i, j| {
            T::from_f64(((i * 7 + j * 13) % 11) as f64 - 5.0)
        })
    }

    fn agrees_with_gemm<T: Real>() {
        let mut strip = Vec::new();
        for rows in [0, 1, 3, 4, 5, 8, 12, 17] {
            for (depth, cols) in [
                (0, 5),
                (1, 1),
                (1, 16),
                (3, 0),
                (2, 24),
                (161, 1),
                (170, 8),
                (165, 30),
                (200, 48),
                (162, 100),
            ] {
                let (a, b) = (numbers::<T>(depth, rows), numbers::<T>(depth, cols));
                let mut want = vec![T::ZERO; rows * cols];
                gemm(&mut want, Write::Replace, a.view().t(), b.view());
                let twice: Vec<T> = want.iter().map(|&x| x + x).collect();
                let transposed = Tensor::from_fn(rows, depth, |i, j| a.row(j)[i]);
                // packed whatever this machine would choose
                let factors = [
                    LeftFactor::new(a.view().t()),
                    LeftFactor::packed(a.view().t()),
                    LeftFactor::owning(transposed),
                ];
                for factor in factors {
                    let mut got = vec![T::from_f64(f64::NAN); rows * cols];
                    let right = (b.as_slice(), cols);
                    factor.product((&mut got, Write::Replace), right, &mut strip);
                    // small integers: every product and sum is exact
                    assert_eq!(got, want, "{rows} x {depth} x {cols}");
                    factor.product((&mut got, Write::Add), right, &mut strip);
                    assert_eq!(got, twice, "{rows} x {depth} x {cols}, added");
                }
            }
        }
    }

    #[test]
    fn products_agree_with_gemm() {
        agrees_with_gemm::<f64>();
        agrees_with_gemm::<f32>();
    }

    #[test]
    #[should_panic(expected = "product: 2 x 3 times 4 entries in 2 columns into 4 entries")]
    fn shapes_that_do_not_fit_are_named() {
        let a = numbers::<f64>(2, 3);
        let (mut out, right) = ([0.0; 4], (&[0.0; 4][..], 2));
        LeftFactor::new(a.view()).product((&mut out, Write::Replace), right, &mut Vec::new());
    }
}
