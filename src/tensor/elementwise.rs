//! Loops over elements, compiled once per instruction set and chosen at run time, so that no
//! target-cpu flag is needed.
//!
//! Every loop performs the same operations per element on every instruction set with a fused
//! multiply–add, so results agree bit for bit between them.

use super::gemm::Write;
use super::real::Real;

/// Runs `body` compiled for the widest vectors of this machine. `body` should be a plain loop over
/// slices calling inlined functions; nothing in it may depend on the vector width.
///
/// Write it as `vectorised(#[inline(always)] || …)`: a closure that is not inlined here is compiled
/// for the oldest machine, where every `fused` is a call of the C library.
#[inline(always)]
pub fn vectorised<R>(body: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(body)
}

/// Runs `body` compiled for vectors of 256 bits at most, for blocks of arrays that fill one of
/// those: where there are longer ones the compiler joins two arrays in one and takes them apart
/// again at every step.
#[inline(always)]
pub(crate) fn vectorised_in_256<R>(body: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(body);
    }
    vectorised(body)
}

/// Has this machine 32 registers of 512 bits? Blocks of small matrices have their shape by it, which changes no
/// bit; [`LeftFactor`](super::LeftFactor) chooses its kernel by it, so that bits may differ between machines, but not
/// between runs.
pub(crate) fn has_long_vectors() -> bool {
    #[cfg(target_arch = "x86_64")]
    return pulp::x86::V4::try_new().is_some();
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// `out[k] = f(a[k])`, or added to it.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn map<T: Real>(out: &mut [T], write: Write, a: &[T], f: impl Fn(T) -> T) {
    assert_eq!(out.len(), a.len(), "map: lengths differ");
    vectorised(
        #[inline(always)]
        || match write {
            Write::Replace => out.iter_mut().zip(a).for_each(|(o, &a)| *o = f(a)),
            Write::Add => out.iter_mut().zip(a).for_each(|(o, &a)| *o += f(a)),
        },
    );
}

/// `out[k] = f(a[k], b[k])`, or added to it.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn map2<T: Real>(out: &mut [T], write: Write, a: &[T], b: &[T], f: impl Fn(T, T) -> T) {
    assert!(
        out.len() == a.len() && out.len() == b.len(),
        "map2: lengths differ"
    );
    let inputs = a.iter().zip(b);
    vectorised(
        #[inline(always)]
        || match write {
            Write::Replace => out
                .iter_mut()
                .zip(inputs)
                .for_each(|(o, (&a, &b))| *o = f(a, b)),
            Write::Add => out
                .iter_mut()
                .zip(inputs)
                .for_each(|(o, (&a, &b))| *o += f(a, b)),
        },
    );
}

/// `out[k] = f(a[k], b[k], c[k])`, or added to it.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn map3<T: Real>(
    out: &mut [T],
    write: Write,
    (a, b, c): (&[T], &[T], &[T]),
    f: impl Fn(T, T, T) -> T,
) {
    assert!(
        out.len() == a.len() && out.len() == b.len() && out.len() == c.len(),
        "map3: lengths differ"
    );
    let inputs = a.iter().zip(b).zip(c);
    vectorised(
        #[inline(always)]
        || match write {
            Write::Replace => {
                out.iter_mut()
                    .zip(inputs)
                    .for_each(|(o, ((&a, &b), &c))| *o = f(a, b, c));
            }
            Write::Add => out
                .iter_mut()
                .zip(inputs)
                .for_each(|(o, ((&a, &b), &c))| *o += f(a, b, c)),
        },
    );
}

/// `out += factor · a`.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn add_scaled<T: Real>(out: &mut [T], factor: T, a: &[T]) {
    map(out, Write::Add, a, |x| factor * x);
}

/// Adds `row` to every row of `out`, whose rows have the length of `row`.
///
/// # Panics
/// If `out` is not a whole number of rows.
#[track_caller]
pub fn add_row<T: Real>(out: &mut [T], row: &[T]) {
    assert!(
        out.len().is_multiple_of(row.len()),
        "add_row: {} entries, rows of {}",
        out.len(),
        row.len()
    );
    if row.is_empty() {
        return;
    }
    vectorised(
        #[inline(always)]
        || {
            for line in out.chunks_exact_mut(row.len()) {
                line.iter_mut().zip(row).for_each(|(o, &r)| *o += r);
            }
        },
    );
}
