//! Nothing is allocated per point in small dimensions.

use crate::counting::allocations_of;
use geogate_geometry::charts::{HyperbolicHalfSpace, Sphere, Torus, Veronese};
use geogate_geometry::{Ask, LocalGeometry, Scalar, Space, Surface};

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
