//! Tasks on a surface whose geometry is known, for looking at what a method of transfer makes of it.
//!
//! Two properties are smooth functions of the points X of a surface in R³. A row of the table is a
//! point, seen through two random smooth charts, each an immersion of R³ into R¹⁰:
//!
//! ```text
//! y_k(X) = Q_k X + a sin(P_k X + c_k),    Q_kᵀ Q_k = 1,    a ‖P_k‖ = BEND < 1        20 features
//! source  f = sin 2⟨p, X⟩ + ⟨q, X⟩
//! target  exp(f/2) + ½ ⟨r, X⟩                                                        p, q, r unit vectors
//! ```
//!
//! so that the singular values of each chart lie in `[1 − BEND, 1 + BEND]`, and neither the surface
//! nor its coordinates can be read off the features. Labels are exact. The last coordinate of a box
//! of the surface, counted from 0 to 1, says where they are: the source's on region A, above
//! [`SOURCE_FROM`]; the target's, few, on region B, below [`TARGET_TO`]; the target is asked for
//! inside B and outside of it, where only the source is known.
//!
//! ```
//! use geogate::data::Part;
//! use geogate::data::known_manifold::{KnownManifold, Sizes};
//! use geogate::geometry::{Map, curvature};
//!
//! let patch = KnownManifold::sphere(0);
//! let tasks = patch.tasks(&Sizes::default())?;
//! assert_eq!(tasks.partition.count(1, Part::Train), Sizes::default().target);
//! // the truth that a trained model can be held against
//! let x = tasks.point(0);
//! assert!((curvature::scalar_curvature(patch.surface(), x)? - 2.0 / 1.44).abs() < 1e-12);
//! let mut features = [0.0; 20];
//! patch.value(x, &mut features);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::config::SplitConfig;
use super::{Corpus, Part, Partition};
use crate::error::Result;
use crate::geometry::charts::{Region, Sphere, Torus};
use crate::geometry::{Chart, Formula, Map, Scalar};
use crate::random::{Purpose, Stream};

/// The source's labels are where the last coordinate of the box, from 0 to 1, is above this.
pub const SOURCE_FROM: f64 = 0.3;
/// The target's labels are where it is below this.
pub const TARGET_TO: f64 = 0.5;
/// Bound of `a ‖P_k‖`.
pub const BEND: f64 = 0.6;
/// Name of the source task.
pub const SOURCE: &str = "source";
/// Name of the target task.
pub const TARGET: &str = "target";

/// Radius of the sphere, so R = 2/1.44.
const RADIUS: f64 = 1.2;
/// Radii of the torus: R from 2/(0.6 · 2.1) outside to negative values inside.
const RADII: (f64, f64) = (1.5, 0.6);
/// Components of each chart's values.
const COMPONENTS: usize = 10;
/// Components of a point of the surface.
const AMBIENT: usize = 3;

/// Numbers of rows of each role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Labels of the source, in A; a tenth of them validates.
    pub source: usize,
    /// Labels of the target to train on, in B.
    pub target: usize,
    /// Labels of the target to validate on, in B.
    pub validation: usize,
    /// Rows the target is asked for, inside B and as many outside.
    pub asked: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            source: 400,
            target: 40,
            validation: 20,
            asked: 150,
        }
    }
}

/// A patch of a surface with two tasks on it. As a [`Formula`] it is the map from the surface's
/// coordinates to the features.
#[derive(Clone, Debug)]
pub struct KnownManifold<S> {
    surface: S,
    region: Region,
    lenses: [Lens; 2],
    /// p, q, r.
    directions: [[f64; AMBIENT]; 3],
    seed: u64,
}

/// The rows of a known manifold.
#[derive(Clone, Debug)]
pub struct KnownTasks {
    /// Features and labels; the tasks are [`SOURCE`] and [`TARGET`].
    pub corpus: Corpus,
    /// Their parts: every row the target is asked for is a test row.
    pub partition: Partition,
    /// Coordinates of every row on the surface, `[row][2]`.
    pub points: Vec<f64>,
    /// Rows the target is asked for inside B.
    pub inside: Vec<usize>,
    /// Rows the target is asked for outside B.
    pub outside: Vec<usize>,
}

impl KnownTasks {
    /// The coordinates of a row on the surface.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn point(&self, row: usize) -> &[f64] {
        &self.points[2 * row..2 * row + 2]
    }
}

impl KnownManifold<Sphere> {
    /// A patch of a sphere of radius 1.2, 1.4 by 2.4 radians about its equator.
    pub fn sphere(seed: u64) -> Self {
        let region = Region::new(&[0.9, -1.2], &[2.3, 1.2]);
        Self::new(Sphere::new(2, RADIUS), region, seed)
    }
}

impl KnownManifold<Torus> {
    /// A patch of a torus of radii 1.5 and 0.6 from the outer equator, where it is curved like a
    /// sphere, to the inner half, where it is curved like a saddle.
    pub fn torus(seed: u64) -> Self {
        let region = Region::new(&[-0.6, -0.4], &[0.6, 2.6]);
        Self::new(Torus::new(RADII.0, RADII.1), region, seed)
    }
}

impl<S: Formula + Chart> KnownManifold<S> {
    /// The tasks on a box of a surface in R³, drawn with `seed`.
    ///
    /// # Panics
    /// If it is no surface in R³.
    #[track_caller]
    pub fn new(surface: S, region: Region, seed: u64) -> Self {
        let shape = (Map::source_dim(&surface), Map::target_dim(&surface));
        assert_eq!(shape, (2, AMBIENT), "a surface in R³");
        let mut stream = Stream::new(seed, Purpose::KnownManifold, STREAM_OF_MAPS);
        Self {
            lenses: [Lens::draw(&mut stream), Lens::draw(&mut stream)],
            directions: [(); 3].map(|()| unit_vector(&mut stream)),
            surface,
            region,
            seed,
        }
    }

    /// The surface.
    pub fn surface(&self) -> &S {
        &self.surface
    }

    /// The box of its coordinates.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The values of source and target at a point of the surface.
    pub fn labels(&self, x: &[f64]) -> [f64; 2] {
        let mut point = [0.0; AMBIENT];
        Map::value(&self.surface, x, &mut point);
        let [p, q, r] = self.directions.map(|u| dot(&u, &point));
        let source = (2.0 * p).sin() + q;
        [source, (0.5 * source).exp() + 0.5 * r]
    }

    /// Points drawn uniformly in coordinates, with their labels where `sizes` has them.
    ///
    /// # Errors
    /// Fewer than [`MIN_ROWS`](super::MIN_ROWS) rows in a part.
    pub fn tasks(&self, sizes: &Sizes) -> Result<KnownTasks> {
        // number of rows, range of the last coordinate, is the source known, part of the target
        let roles = [
            (sizes.source, (SOURCE_FROM, 1.0), true, Part::Unlabelled),
            (sizes.target, (0.0, TARGET_TO), false, Part::Train),
            (sizes.validation, (0.0, TARGET_TO), false, Part::Val),
            (sizes.asked, (0.0, TARGET_TO), false, Part::Test),
            (sizes.asked, (TARGET_TO, 1.0), false, Part::Test),
        ];
        let mut stream = Stream::new(self.seed, Purpose::KnownManifold, STREAM_OF_POINTS);
        let (mut points, mut features) = (Vec::new(), Vec::new());
        let (mut labels, mut parts) = (Vec::new(), Vec::new());
        for (count, (low, high), source_known, part) in roles {
            for _ in 0..count {
                let unit = [stream.uniform(), low + (high - low) * stream.uniform()];
                let x = self.region.point(&unit);
                let mut row = vec![0.0; Map::target_dim(self)];
                Map::value(self, &x, &mut row);
                let known = |is: bool, label: f64| if is { label } else { f64::NAN };
                let [source, target] = self.labels(&x);
                labels.push(known(source_known, source));
                labels.push(known(part != Part::Unlabelled, target));
                points.extend(x);
                features.extend(row);
                parts.push(part);
            }
        }
        let names = (0..Map::target_dim(self)).map(|i| format!("y{i}")).collect();
        let tasks = vec![SOURCE.to_owned(), TARGET.to_owned()];
        let corpus = Corpus::of_features(tasks, 1, names, features, labels)?;
        let split = SplitConfig::default();
        let partition = Partition::of_target_parts(&corpus, &parts, &split, self.seed)?;
        let rows = corpus.rows();
        let asked = rows - 2 * sizes.asked;
        Ok(KnownTasks {
            corpus,
            partition,
            points,
            inside: (asked..asked + sizes.asked).collect(),
            outside: (asked + sizes.asked..rows).collect(),
        })
    }
}

/// The streams of a seed: of the charts and functions, of the points.
const STREAM_OF_MAPS: u64 = 0;
const STREAM_OF_POINTS: u64 = 1;

impl<S: Formula> Formula for KnownManifold<S> {
    fn source_dim(&self) -> usize {
        Formula::source_dim(&self.surface)
    }

    fn target_dim(&self) -> usize {
        2 * COMPONENTS
    }

    fn eval<T: Scalar>(&self, x: &[T], out: &mut [T]) {
        let mut point = [T::constant(0.0); AMBIENT];
        self.surface.eval(x, &mut point);
        for (lens, out) in self.lenses.iter().zip(out.chunks_exact_mut(COMPONENTS)) {
            lens.eval(&point, out);
        }
    }

    fn domain(&self, x: &[f64]) -> crate::geometry::Result<()> {
        Formula::domain(&self.surface, x)
    }
}

impl<S: Formula> Chart for KnownManifold<S> {}

/// `X ↦ Q X + a sin(P X + c)`.
#[derive(Clone, Debug)]
struct Lens {
    /// Q, orthonormal columns, `[component][ambient]`.
    straight: [[f64; AMBIENT]; COMPONENTS],
    /// P.
    waves: [[f64; AMBIENT]; COMPONENTS],
    /// c.
    phases: [f64; COMPONENTS],
    /// a.
    amplitude: f64,
}

impl Lens {
    /// Entries of Q and P from normal, phases from uniform numbers.
    fn draw(stream: &mut Stream) -> Self {
        let mut draw = || [(); COMPONENTS].map(|()| [(); AMBIENT].map(|()| stream.normal()));
        let (straight, waves) = (orthonormal(draw()), draw());
        let norm = waves.iter().map(|row| dot(row, row)).sum::<f64>().sqrt();
        Self {
            straight,
            waves,
            phases: [(); COMPONENTS].map(|()| std::f64::consts::TAU * stream.uniform()),
            // the Frobenius norm bounds the spectral norm
            amplitude: BEND / norm,
        }
    }
}

impl Lens {
    fn eval<T: Scalar>(&self, point: &[T; AMBIENT], out: &mut [T]) {
        for (i, out) in out.iter_mut().enumerate() {
            let mut angle = T::constant(self.phases[i]);
            *out = T::constant(0.0);
            for (k, &x) in point.iter().enumerate() {
                angle += x * self.waves[i][k];
                *out += x * self.straight[i][k];
            }
            *out += angle.sin() * self.amplitude;
        }
    }
}

/// Columns made orthonormal one after the other (Gram–Schmidt).
fn orthonormal(mut q: [[f64; AMBIENT]; COMPONENTS]) -> [[f64; AMBIENT]; COMPONENTS] {
    for k in 0..AMBIENT {
        for earlier in 0..k {
            let along: f64 = q.iter().map(|row| row[k] * row[earlier]).sum();
            q.iter_mut().for_each(|row| row[k] -= along * row[earlier]);
        }
        let length = q.iter().map(|row| row[k] * row[k]).sum::<f64>().sqrt();
        q.iter_mut().for_each(|row| row[k] /= length);
    }
    q
}

fn unit_vector(stream: &mut Stream) -> [f64; AMBIENT] {
    let u = [(); AMBIENT].map(|()| stream.normal());
    let length = dot(&u, &u).sqrt();
    u.map(|u| u / length)
}

fn dot(a: &[f64; AMBIENT], b: &[f64; AMBIENT]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
