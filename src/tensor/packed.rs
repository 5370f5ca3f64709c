//! Products of one matrix with many others.
//!
//! The left factor is packed once, in panels of eight rows, so that the innermost loop reads it from
//! one end to the other; of the right one a strip of three registers' width is packed at a time, to stay
//! in the first-level cache for all panels (up to a depth of about 200). Eight rows of three registers stay in registers over the
//! whole depth: 24 of the 32 that a machine with 512-bit vectors has. Without those, and where a
//! product is shallow, the general [`gemm`] is used.

use super::elementwise::{has_long_vectors, vectorised};
use super::gemm::{View, Write, gemm};
use super::real::Real;

/// Rows of a panel, in two halves: the compiler keeps four rows of a block in registers, but not eight
/// of one loop.
const ROWS: usize = 8;
const HALF: usize = ROWS / 2;

/// Registers of a strip.
const STRIP: usize = 3;

/// Products of more terms than this are made here. Up to 128 terms the general product is as fast,
/// from 256 on it loses a quarter of its rate or more, because it packs both factors anew each time.
const SHALLOW: usize = 160;

/// A matrix that multiplies others from the left.
#[derive(Clone, Debug)]
pub struct LeftFactor<'a, T> {
    view: View<'a, T>,
    /// `[panel][column][row of the panel]`, rows beyond the last zero; empty where the general product
    /// is used.
    panels: Vec<T>,
}

impl<'a, T: Real> LeftFactor<'a, T> {
    /// The factor, packed where that pays.
    pub fn new(view: View<'a, T>) -> Self {
        if view.shape().1 > SHALLOW && has_long_vectors() {
            return Self::packed(view);
        }
        let panels = Vec::new();
        Self { view, panels }
    }

    fn packed(view: View<'a, T>) -> Self {
        let (rows, cols) = view.shape();
        let mut panels = Vec::with_capacity(rows.next_multiple_of(ROWS) * cols);
        for from in (0..rows).step_by(ROWS) {
            for col in 0..cols {
                let entry = |row: usize| (row < rows).then(|| view.at(row, col));
                panels.extend((from..from + ROWS).map(|row| entry(row).unwrap_or(T::ZERO)));
            }
        }
        Self { view, panels }
    }

    /// `out = self · b`, b and out row-major with `cols` columns; `strip` is memory to work in.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn product(&self, out: &mut [T], (b, cols): (&[T], usize), strip: &mut Vec<T>) {
        let (rows, depth) = self.view.shape();
        assert!(
            b.len() == depth * cols && out.len() == rows * cols,
            "product: {rows} x {depth} times {} entries in {cols} columns into {} entries",
            b.len(),
            out.len()
        );
        if self.panels.is_empty() {
            gemm(out, Write::Replace, self.view, View::new(b, depth, cols));
        } else if size_of::<T>() == size_of::<f64>() {
            self.strips::<8>(out, (b, cols), strip);
        } else {
            self.strips::<16>(out, (b, cols), strip);
        }
    }

    /// The product strip by strip, with registers of V numbers.
    fn strips<const V: usize>(&self, out: &mut [T], (b, cols): (&[T], usize), strip: &mut Vec<T>) {
        let depth = self.view.shape().1;
        let numbers = (depth + HALF) * STRIP * V;
        if strip.len() < numbers {
            strip.resize(numbers, T::ZERO);
        }
        let (spill, strip) = strip.as_chunks_mut::<V>().0.split_at_mut(HALF * STRIP);
        vectorised(
            #[inline(always)]
            || {
                for from in (0..cols).step_by(STRIP * V) {
                    let width = (cols - from).min(STRIP * V);
                    let (place, memory) = ((from, width, cols), (&mut *strip, &mut *spill));
                    match width.div_ceil(V) {
                        1 => self.strip::<V, 1>(out, b, memory, place),
                        2 => self.strip::<V, 2>(out, b, memory, place),
                        _ => self.strip::<V, STRIP>(out, b, memory, place),
                    }
                }
            },
        );
    }

    /// A strip of C registers from column `from` on: packed, and times all panels.
    #[inline(always)]
    fn strip<const V: usize, const C: usize>(
        &self,
        out: &mut [T],
        b: &[T],
        (strip, spill): (&mut [[T; V]], &mut [[T; V]]),
        (from, width, cols): (usize, usize, usize),
    ) {
        let depth = b.len() / cols;
        let strip = &mut strip.as_chunks_mut::<C>().0[..depth];
        for (line, b) in strip.iter_mut().zip(b.chunks_exact(cols)) {
            let b = &b[from..from + width];
            if width == C * V {
                let registers = line.iter_mut().zip(b.as_chunks::<V>().0);
                registers.for_each(|(to, from)| *to = *from);
            } else {
                line.as_flattened_mut()[..width].copy_from_slice(b);
            }
        }
        let (rows, place) = (HALF * cols, (from, width, cols));
        let panels = self.panels.chunks_exact(ROWS * depth);
        for (panel, out) in panels.zip(out.chunks_mut(2 * rows)) {
            let panel = panel.as_chunks::<ROWS>().0;
            if out.len() <= rows {
                write(out, &four(panel, strip), spill, place);
            } else {
                let (low, high) = eight(panel, strip);
                let (out, rest) = out.split_at_mut(rows);
                write(out, &low, spill, place);
                write(rest, &high, spill, place);
            }
        }
    }
}

/// Four rows of a result, by strip.
type Block<T, const V: usize, const C: usize> = [[[T; V]; C]; HALF];

/// The first four rows of a panel times a strip.
#[inline(always)]
fn four<T: Real, const V: usize, const C: usize>(
    panel: &[[T; ROWS]],
    strip: &[[[T; V]; C]],
) -> Block<T, V, C> {
    let mut sums = [[[T::ZERO; V]; C]; HALF];
    for (w, line) in panel.iter().zip(strip) {
        accumulate(&mut sums, &w[..HALF], line);
    }
    sums
}

/// A panel times a strip.
#[inline(always)]
fn eight<T: Real, const V: usize, const C: usize>(
    panel: &[[T; ROWS]],
    strip: &[[[T; V]; C]],
) -> (Block<T, V, C>, Block<T, V, C>) {
    let mut low = [[[T::ZERO; V]; C]; HALF];
    let mut high = [[[T::ZERO; V]; C]; HALF];
    for (w, line) in panel.iter().zip(strip) {
        let line: [[T; V]; C] = std::array::from_fn(|c| line[c]);
        accumulate(&mut low, &w[..HALF], &line);
        accumulate(&mut high, &w[HALF..], &line);
    }
    (low, high)
}

/// Four rows of a block into the result; where they end within a register, by way of `spill`: a copy of
/// variable length from the sums themselves would keep them in memory all along.
#[inline(always)]
fn write<T: Real, const V: usize, const C: usize>(
    out: &mut [T],
    sums: &Block<T, V, C>,
    spill: &mut [[T; V]],
    (from, width, cols): (usize, usize, usize),
) {
    let rows = out
        .chunks_exact_mut(cols)
        .map(|row| &mut row[from..from + width]);
    if width == C * V {
        for (row, sums) in rows.zip(sums) {
            let registers = row.as_chunks_mut::<V>().0.iter_mut();
            registers.zip(sums).for_each(|(to, sum)| *to = *sum);
        }
    } else {
        let places = spill.as_chunks_mut::<C>().0;
        places
            .iter_mut()
            .zip(sums)
            .for_each(|(to, sums)| *to = *sums);
        for (row, sums) in rows.zip(places) {
            row.copy_from_slice(&sums.as_flattened()[..width]);
        }
    }
}

/// `sums_rc += w_r line_c`.
#[inline(always)]
fn accumulate<T: Real, const V: usize, const C: usize>(
    sums: &mut Block<T, V, C>,
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
    use crate::tensor::Tensor;

    fn numbers<T: Real>(rows: usize, cols: usize) -> Tensor<T> {
        Tensor::from_fn(rows, cols, |i, j| {
            T::from_f64(((i * 7 + j * 13) % 11) as f64 - 5.0)
        })
    }

    fn agrees_with_gemm<T: Real>() {
        let mut strip = Vec::new();
        for rows in [1, 3, 4, 5, 8, 12, 17] {
            for (depth, cols) in [
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
                // packed whatever this machine would choose
                for of in [LeftFactor::new, LeftFactor::packed] {
                    let mut got = vec![T::from_f64(f64::NAN); rows * cols];
                    of(a.view().t()).product(&mut got, (b.as_slice(), cols), &mut strip);
                    // small integers: every product and sum is exact
                    assert_eq!(got, want, "{rows} x {depth} x {cols}");
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
        LeftFactor::new(a.view()).product(&mut [0.0; 4], (&[0.0; 4], 2), &mut Vec::new());
    }
}
