//! Nothing is allocated per point in small dimensions.
#![allow(
    unsafe_code,
    reason = "a counting allocator has to implement GlobalAlloc; it only forwards"
)]

use geogate_geometry::charts::{HyperbolicHalfSpace, Sphere, Torus, Veronese};
use geogate_geometry::{Ask, LocalGeometry, Scalar, Space, Surface};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

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
    assert_eq!(
        allocations_of(&mut || drop(std::hint::black_box(vec![1.0; 3]))),
        1
    );
}

#[test]
fn local_geometry_allocates_nothing_per_point() {
    let surface = Surface::new(|[u, v]| [u, v, u * v + u.sin()]);
    let (sphere, solid) = (Sphere::new(2, 1.5), Sphere::new(5, 1.0));
    let (torus, half, veronese) = (
        Torus::new(2.0, 0.8),
        HyperbolicHalfSpace::new(3),
        Veronese::new(1.0),
    );
    let spaces: [(&dyn Space, &[f64]); 6] = [
        (&surface, &[0.3, 0.4]),
        (&sphere, &[1.0, 0.4]),
        (&solid, &[1.0, 1.1, 0.9, 1.2, 0.4]),
        (&torus, &[0.3, 0.4]),
        (&half, &[0.3, 0.4, 0.8]),
        (&veronese, &[1.0, 0.4]),
    ];
    let everything = Ask::RIEMANN | Ask::RICCI | Ask::SCALAR;
    for (space, x) in spaces {
        let mut local = LocalGeometry::new();
        for ask in [Ask::METRIC, Ask::INVERSE, Ask::CHRISTOFFEL, everything] {
            local.at(space, x, ask).unwrap();
            let mut moved = [0.0; 5];
            moved[..x.len()].copy_from_slice(x);
            moved[0] += 0.01;
            let count = allocations_of(&mut || {
                local.at(space, &moved[..x.len()], ask).unwrap();
            });
            assert_eq!(count, 0, "{ask:?} in dimension {}", x.len());
        }
    }
}
