//! Nothing is allocated per point after a thread's first.
#![allow(
    unsafe_code,
    reason = "a counting allocator has to implement GlobalAlloc; it only forwards"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use geogate::geometry::conventions::pairs;
use geogate::geometry::{Ask, C2Map, C3Map, Jet2, Jet3, LocalGeometry, Map};
use geogate::nn::activation::Activation;

use super::networks::{Network, points};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

/// Counts per thread, so that tests running beside do not disturb.
fn count() {
    // a thread that is being torn down no longer counts
    let _ = ALLOCATIONS.try_with(|counter| counter.set(counter.get() + 1));
}

// SAFETY: every call is forwarded unchanged to the system allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(work: &mut dyn FnMut()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    let count = allocations_of(&mut || drop(std::hint::black_box(vec![1.0; 3])));
    assert_eq!(count, 1);
}

#[test]
fn a_perceptron_allocates_nothing_per_point() {
    for (d, hidden, n) in [(1, 8, 2), (2, 16, 3), (4, 32, 9), (8, 100, 16)] {
        let network = Network::new(&[d, hidden, hidden, n], Activation::Silu, 600);
        let map = &network.perceptron;
        let chart = geogate::chart::LatentChart::new(map.clone()).unwrap();
        let (x, v, c) = (points(2, d, 601), points(1, d, 602), points(1, n, 603));
        let (mut two, mut three, mut local) = (Jet2::new(), Jet3::new(), LocalGeometry::new());
        let mut along = vec![0.0; n];
        let (mut hessian, mut gamma) = (vec![0.0; pairs(d)], vec![0.0; d * d * d]);
        let mut everything = |x: &[f64]| {
            map.value(x, &mut along);
            map.jet2(x, &mut two);
            map.second_along(x, &v, &mut two, &mut along);
            map.covector_hessian(x, &c, &mut two, &mut hessian);
            map.christoffel_first_kind(x, &mut two, &mut gamma);
            map.jet3(x, &mut three);
            local.at(&chart, x, Ask::CHRISTOFFEL | Ask::SCALAR).unwrap();
        };
        everything(&x[..d]);
        assert_eq!(
            allocations_of(&mut || everything(&x[d..])),
            0,
            "{d} {hidden} {n}"
        );
    }
}
