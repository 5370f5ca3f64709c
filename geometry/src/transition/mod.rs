//! Maps between charts, what they do to geometry, and how far they are from preserving it.
//!
//! τ : chart s → chart t is a diffeomorphism with derivatives Dτ, D²τ. At z, g_s and Γ_s are taken at z, g_t and Γ_t at
//! τ(z); a, b, c run over t's coordinates.
//!
//! ```text
//! isometry   L_s⁻¹ (Dτᵀ g_t Dτ) L_s⁻ᵀ − I,  g_s = L_s L_sᵀ                              τ preserves lengths at z
//! affine     (∇dτ)^a_ij = ∂_i∂_j τ^a − Γ_s^k_ij ∂_k τ^a + Γ_t^a_bc ∂_i τ^b ∂_j τ^c      geodesics go to geodesics
//! curvature  R_t(τ(z)) − R_s(z)                                                         the intrinsic geometry agrees
//! inverse    τ⁻¹(τ(z)) − z, length in g_s(z)                                            τ is invertible there
//! cocycle    τ_tu(τ_st(z)) − τ_su(z), length in g_u(τ_su(z))                            three charts form one atlas
//! ```
//!
//! Where isometry and affine defect vanish at z, τ preserves local flatness there: in normal coordinates on both sides
//! it is an orthogonal map up to O(|ξ|³). An isometry has all defects zero.
//!
//! Isometry and affine defect are tensors, `[i][j]` in the frame of g_s (of which the eigenvalues are kept) and
//! `[a][i][j]`; the others are numbers. [`Transition`] gives them at a point and over many, [`Atlas`] over all its
//! overlaps.
//!
//! ```
//! use geogate_geometry::charts::{Catenoid, Helicoid, Plane};
//! use geogate_geometry::Transition;
//! let (catenoid, helicoid, same) = (Catenoid::new(1.0), Helicoid::new(1.0), Plane::new(2));
//! // equal coordinates are an isometry from the catenoid to the helicoid
//! let tau = Transition::new(&catenoid, &helicoid, &same);
//! let z = [0.4, 1.0];
//! assert!(tau.isometry(&z)?.norm < 1e-14 && tau.affine(&z)?.norm < 1e-14 && tau.curvature(&z)?.abs() < 1e-14);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

mod atlas;
mod composite;
mod defect;
mod diffeomorphism;
mod pullback;
mod survey;

pub use atlas::{Atlas, AtlasSurvey, CocycleSurvey};
pub use composite::Composite;
pub use defect::{AffineDefect, IsometryDefect, Transition, cocycle_defect};
pub use diffeomorphism::{Affine, Inversion};
pub use pullback::pullback_metric;
pub use survey::{PointDefects, Summary, TransitionSurvey};
