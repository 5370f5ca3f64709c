//! Tasks on a surface whose geometry is known, for looking at what a method of transfer makes of it.
//!
//! Three properties are smooth functions of the points X of a surface in R³: two sources that
//! together tell the points apart, and a target that is a function of theirs. A row of the table is
//! a point, seen through two random smooth charts, each an immersion of R³ into R¹⁰:
//!
//! ```text
//! y_k(X) = Q_k X + a sin(P_k X + c_k),    Q_kᵀ Q_k = 1,    a ‖P_k‖ = BEND < 1        20 features
//! sources  f = sin 2⟨p, X⟩ + ½ ⟨q, X⟩,    h = sin 2⟨q, X⟩ + ½ ⟨r, X⟩                 p, q, r orthonormal
//! target   exp(f/2) + f h/2
//! ```
//!
//! so that the singular values of each chart lie in `[1 − BEND, 1 + BEND]`, and neither the surface
//! nor its coordinates can be read off the features. Labels are exact. The last coordinate of a box
//! of the surface, counted from 0 to 1, says where they are: the sources' on region A, above
//! [`SOURCE_FROM`]; the target's, few, on region B, below [`TARGET_TO`]; the target is asked for
//! inside B and outside of it, where only the sources are known.

use geogate::data::config::SplitConfig;
use geogate::data::{Corpus, Part, Partition};
use geogate::error::Result;
use geogate::geometry::charts::{Region, Sphere, Torus};
use geogate::geometry::{self, Chart, Formula, Map, Scalar};
use geogate::random::{Purpose, Stream};

/// The sources' labels are where the last coordinate of the box, from 0 to 1, is above this.
pub(crate) const SOURCE_FROM: f64 = 0.3;
/// The target's labels are where it is below this.
pub(crate) const TARGET_TO: f64 = 0.5;
/// Bound of `a ‖P_k‖`.
pub(crate) const BEND: f64 = 0.6;
/// Names of the tasks; the last is the target.
pub(crate) const TASKS: [&str; 3] = ["first", "second", "target"];

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
pub(crate) struct Sizes {
    /// Rows with labels of both sources, in A; a tenth of them validates each.
    pub(crate) source: usize,
    /// Labels of the target to train on, in B.
    pub(crate) target: usize,
    /// Labels of the target to validate on, in B.
    pub(crate) validation: usize,
    /// Rows the target is asked for, inside B and as many outside.
    pub(crate) asked: usize,
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

/// A patch of a surface with tasks on it. As a [`Formula`] it is the map from the surface's
/// coordinates to the features.
#[derive(Clone, Debug)]
pub(crate) struct KnownManifold<S> {
    surface: S,
    region: Region,
    lenses: [Lens; 2],
    /// p, q, r: the columns of a matrix `[ambient][direction]`.
    directions: [[f64; AMBIENT]; AMBIENT],
    seed: u64,
}

/// The rows of a known manifold.
#[derive(Clone, Debug)]
pub(crate) struct KnownTasks {
    /// Features and labels of [`TASKS`].
    pub(crate) corpus: Corpus,
    /// Their parts: every row the target is asked for is a test row.
    pub(crate) partition: Partition,
    /// Coordinates of every row on the surface, `[row][2]`.
    pub(crate) points: Vec<f64>,
    /// Rows the target is asked for inside B.
    pub(crate) inside: Vec<usize>,
    /// Rows the target is asked for outside B.
    pub(crate) outside: Vec<usize>,
}

impl KnownTasks {
    /// The coordinates of a row on the surface.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub(crate) fn point(&self, row: usize) -> &[f64] {
        &self.points[2 * row..2 * row + 2]
    }
}

impl KnownManifold<Sphere> {
    /// A patch of a sphere of radius 1.2, 1.4 by 2.4 radians about its equator.
    pub(crate) fn sphere(seed: u64) -> Self {
        let region = Region::new(&[0.9, -1.2], &[2.3, 1.2]);
        Self::new(Sphere::new(2, RADIUS), region, seed)
    }
}

impl KnownManifold<Torus> {
    /// A patch of a torus of radii 1.5 and 0.6 from the outer equator, where it is curved like a
    /// sphere, to the inner half, where it is curved like a saddle.
    pub(crate) fn torus(seed: u64) -> Self {
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
    pub(crate) fn new(surface: S, region: Region, seed: u64) -> Self {
        let shape = (Map::source_dim(&surface), Map::target_dim(&surface));
        assert_eq!(shape, (2, AMBIENT), "a surface in R³");
        let mut stream = Stream::new(seed, Purpose::KnownManifold, STREAM_OF_MAPS);
        Self {
            lenses: [Lens::draw(&mut stream), Lens::draw(&mut stream)],
            directions: orthonormal(normals(&mut stream)),
            surface,
            region,
            seed,
        }
    }

    /// The surface.
    pub(crate) fn surface(&self) -> &S {
        &self.surface
    }

    /// The box of its coordinates.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// The values of the tasks at a point of the surface.
    pub(crate) fn labels(&self, x: &[f64]) -> [f64; 3] {
        let mut point = [0.0; AMBIENT];
        Map::value(&self.surface, x, &mut point);
        let along = |k: usize| -> f64 {
            let entries = self.directions.iter().zip(&point);
            entries.map(|(row, x)| row[k] * x).sum()
        };
        let (p, q, r) = (along(0), along(1), along(2));
        let (f, h) = ((2.0 * p).sin() + 0.5 * q, (2.0 * q).sin() + 0.5 * r);
        [f, h, (0.5 * f).exp() + 0.5 * f * h]
    }

    /// Points drawn uniformly in coordinates, with their labels where `sizes` has them.
    ///
    /// # Errors
    /// Fewer than [`MIN_ROWS`](geogate::data::MIN_ROWS) rows in a part.
    pub(crate) fn tasks(&self, sizes: &Sizes) -> Result<KnownTasks> {
        // number of rows, range of the last coordinate, part of the target; sources train where it is none
        let roles = [
            (sizes.source, (SOURCE_FROM, 1.0), Part::Unlabelled),
            (sizes.target, (0.0, TARGET_TO), Part::Train),
            (sizes.validation, (0.0, TARGET_TO), Part::Val),
            (sizes.asked, (0.0, TARGET_TO), Part::Test),
            (sizes.asked, (TARGET_TO, 1.0), Part::Test),
        ];
        let mut stream = Stream::new(self.seed, Purpose::KnownManifold, STREAM_OF_POINTS);
        let (mut points, mut labels, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (count, (low, high), part) in roles {
            for _ in 0..count {
                let unit = [stream.uniform(), low + (high - low) * stream.uniform()];
                let x = self.region.point(&unit);
                let [f, h, target] = self.labels(&x);
                labels.extend(match part {
                    Part::Unlabelled => [f, h, f64::NAN],
                    _ => [f64::NAN, f64::NAN, target],
                });
                points.extend(x);
                parts.push(part);
            }
        }
        let width = Map::target_dim(self);
        let mut features = vec![0.0; parts.len() * width];
        Map::values(self, &points, &mut features);
        let names = (0..width).map(|i| format!("y{i}")).collect();
        let tasks = TASKS.map(str::to_owned).to_vec();
        let corpus = Corpus::of_features(tasks, TASKS.len() - 1, names, features, labels)?;
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

    fn domain(&self, x: &[f64]) -> geometry::Result<()> {
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
        let (straight, waves) = (orthonormal(normals(stream)), normals(stream));
        let norm = waves.iter().map(|row| dot(row, row)).sum::<f64>().sqrt();
        Self {
            straight,
            waves,
            phases: [(); COMPONENTS].map(|()| std::f64::consts::TAU * stream.uniform()),
            // the Frobenius norm bounds the spectral norm
            amplitude: BEND / norm,
        }
    }

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

/// A matrix of standard normal numbers.
fn normals<const ROWS: usize>(stream: &mut Stream) -> [[f64; AMBIENT]; ROWS] {
    [(); ROWS].map(|()| [(); AMBIENT].map(|()| stream.normal()))
}

/// Columns made orthonormal one after the other (Gram–Schmidt).
fn orthonormal<const ROWS: usize>(mut q: [[f64; AMBIENT]; ROWS]) -> [[f64; AMBIENT]; ROWS] {
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

fn dot(a: &[f64; AMBIENT], b: &[f64; AMBIENT]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
