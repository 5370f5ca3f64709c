//! More spaces that state their own answers, without which the library does well: random and composed charts, and
//! surfaces with one property that is to be tested. [`catalog`] holds one of each, those of the library among them.

mod conformal;
mod enneper;
mod graph;
mod polynomial;
mod product;
mod projective;
mod revolution;
mod veronese;

pub use conformal::{Conformal, SineFactor};
pub use enneper::Enneper;
pub use graph::{Graph, Paraboloid, Saddle};
pub use polynomial::Polynomial;
pub use product::Product;
pub use projective::ComplexProjectiveLine;
pub use revolution::{Profile, Pseudosphere, SurfaceOfRevolution};
pub use veronese::Veronese;

use geogate_geometry::charts::{
    Catenoid, CliffordTorus, ClosedForms, Cone, Cylinder, Helicoid, HyperbolicBall,
    HyperbolicHalfSpace, Plane, PolarPlane, Sphere, StereographicSphere, Torus,
};

/// One chart or field of every kind, with parameters that are not special.
pub fn catalog() -> Vec<Box<dyn ClosedForms + Send + Sync>> {
    vec![
        Box::new(Plane::new(2)),
        Box::new(Plane::new(3)),
        Box::new(PolarPlane),
        Box::new(Cylinder::new(1.3)),
        Box::new(Cone::new(0.6)),
        Box::new(CliffordTorus::new(1.2, 0.7)),
        Box::new(Sphere::new(2, 2.0)),
        Box::new(Sphere::new(3, 0.8)),
        Box::new(Sphere::new(5, 1.5)),
        Box::new(StereographicSphere::new(2, 1.5)),
        Box::new(StereographicSphere::new(4, 0.7)),
        Box::new(Torus::new(2.0, 0.8)),
        Box::new(HyperbolicHalfSpace::new(2)),
        Box::new(HyperbolicHalfSpace::new(3)),
        Box::new(HyperbolicBall::new(2)),
        Box::new(HyperbolicBall::new(4)),
        Box::new(Catenoid::new(1.4)),
        Box::new(Helicoid::new(1.4)),
        Box::new(Enneper),
        Box::new(Paraboloid::new(0.9)),
        Box::new(Saddle::new(1.1)),
        Box::new(Graph::new(Polynomial::random(3, 2, 3, 0.4, 11))),
        Box::new(SurfaceOfRevolution::new(Pseudosphere::new(1.5))),
        Box::new(Product::new(Sphere::new(2, 1.0), Sphere::new(2, 1.0))),
        Box::new(Product::new(Torus::new(2.0, 0.7), Catenoid::new(1.0))),
        Box::new(Conformal::new(SineFactor::new(3, 0.5))),
        Box::new(Veronese::new(1.5)),
        Box::new(ComplexProjectiveLine),
    ]
}
