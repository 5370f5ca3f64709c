//! A counting allocator, for tests that nothing is allocated per point.
#![allow(
    unsafe_code,
    reason = "a counting allocator has to implement GlobalAlloc; it only forwards"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

/// Counts per thread, so that tests running beside do not disturb.
fn count(bytes: usize) {
    // a thread that is being torn down no longer counts
    let _ = ALLOCATIONS.try_with(|counter| counter.set(counter.get() + 1));
    let _ = BYTES.try_with(|counter| counter.set(counter.get() + bytes));
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(bytes)));
}

// SAFETY: every call is forwarded unchanged to the system allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` allocates on this thread.
pub(crate) fn allocations_of(work: &mut dyn FnMut()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// How many bytes `work` asks for on this thread, whether or not it gives them back.
#[allow(
    dead_code,
    reason = "one of the two test programs looks at numbers alone"
)]
pub(crate) fn bytes_of(work: &mut dyn FnMut()) -> usize {
    let before = BYTES.get();
    work();
    BYTES.get() - before
}

/// The most bytes that `work` asks for at once on this thread.
#[allow(
    dead_code,
    reason = "one of the two test programs looks at numbers alone"
)]
pub(crate) fn largest_of(work: &mut dyn FnMut()) -> usize {
    LARGEST.set(0);
    work();
    LARGEST.get()
}

#[test]
fn the_counter_counts() {
    let three = &mut || drop(std::hint::black_box(vec![1.0; 3]));
    assert_eq!(allocations_of(three), 1);
    assert_eq!(bytes_of(three), 24);
    assert_eq!(largest_of(three), 24);
}
