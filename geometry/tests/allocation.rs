//! Nothing is allocated per point in small dimensions.

use crate::counting::allocations_of;
use geogate_geometry::charts::{HyperbolicHalfSpace, Sphere, Torus};
use geogate_geometry::{LocalGeometry, Quantities, Scalar, Space, Surface, quantity};
use geogate_laws::charts::Veronese;

#[track_caller]
fn allocates_nothing(
    local: &mut LocalGeometry,
    space: &dyn Space,
    x: &[f64],
    quantities: impl Quantities,
) {
    assert!(local.at(space, x, quantities).is_ok());
    let mut moved = [0.0; 5];
    moved[..x.len()].copy_from_slice(x);
    moved[0] += 0.01;
    let count = allocations_of(&mut || {
        assert!(local.at(space, &moved[..x.len()], quantities).is_ok());
    });
    assert_eq!(count, 0, "in dimension {}", x.len());
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
    for (space, x) in spaces {
        let local = &mut LocalGeometry::new();
        allocates_nothing(local, space, x, (quantity::Metric, quantity::Frame));
        allocates_nothing(local, space, x, quantity::Inverse);
        allocates_nothing(local, space, x, quantity::Christoffel);
        let everything = (
            quantity::Riemann,
            quantity::Ricci,
            quantity::ScalarCurvature,
        );
        allocates_nothing(local, space, x, everything);
    }
}
