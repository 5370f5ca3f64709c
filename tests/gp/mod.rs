//! Gaussian processes against dense formulas, differences, refits and another program.

mod bits;
mod coordinates;
mod edges;
mod leave_one_out;
mod likelihood;
mod peer;
mod points;
mod posterior;
mod precision;
mod search;

use geogate::geometry::nalgebra::{DMatrix, DVector};
use geogate::gp::{
    Component, Coordinates, Coregionalisation, Hyperparameters, Kernel, Labels, Likelihood, Points,
    Posterior,
};
use geogate::random::{Purpose, Stream};

/// Roundings that a number here may have gone through: the condition number of the covariances, a few thousand, times
/// a few tens. In all 2e-11.
const ROUNDINGS: f64 = 1e5;

/// Kinds of counted things.
const KINDS: usize = 6;
/// Numbers in the vectors of each view, and the distance that counts as one.
const WIDTHS: [usize; 2] = [3, 5];
const UNITS: [f64; 2] = [1.7, 2.3];
/// Variance that noise has beside its hyperparameter.
const LEAST_NOISE: f64 = 1e-6;

/// Two views of vectors with two kernels each, and one of counts.
const COMPONENTS: [Component; 5] = [
    component(0, Kernel::Matern52),
    component(0, Kernel::Linear),
    component(1, Kernel::Matern52),
    component(1, Kernel::Linear),
    component(2, Kernel::MinMax),
];

const fn component(view: usize, kernel: Kernel) -> Component {
    Component { view, kernel }
}

/// What there is to know of a molecule: two vectors, and how many it has of each kind of thing.
#[derive(Clone, Debug)]
struct Molecule {
    vectors: [Vec<f64>; 2],
    counts: [u32; KINDS],
}

/// A molecule with the task that is asked of it.
#[derive(Clone, Debug)]
struct Site {
    task: usize,
    molecule: Molecule,
}

/// Labels of two tasks, with hyperparameters.
#[derive(Clone, Debug)]
struct Case {
    sites: Vec<Site>,
    values: Vec<f64>,
    theta: Hyperparameters,
}

fn molecules(count: usize, seed: u64) -> Vec<Molecule> {
    let mut stream = Stream::new(seed, Purpose::Test, 0);
    let mut one = || Molecule {
        vectors: WIDTHS.map(|width| (0..width).map(|_| stream.normal()).collect()),
        counts: std::array::from_fn(|_| stream.below(4) as u32),
    };
    (0..count).map(|_| one()).collect()
}

fn points<'a>(molecules: impl IntoIterator<Item = &'a Molecule>) -> Points {
    let molecules: Vec<&Molecule> = molecules.into_iter().collect();
    let vectors = |view: usize| {
        let values = molecules.iter().flat_map(|m| m.vectors[view].clone());
        Coordinates::Vectors {
            values: values.collect(),
            width: WIDTHS[view],
            unit: UNITS[view],
        }
    };
    let counted = |m: &&Molecule| -> Vec<(u32, u32)> {
        let kinds = (0_u32..).zip(m.counts);
        kinds.filter(|&(_, count)| count > 0).collect()
    };
    let counts = molecules.iter().map(counted).collect();
    Points::new(vec![vectors(0), vectors(1), Coordinates::Counts(counts)])
}

/// Both tasks at one molecule, or at one for each.
fn asked(molecules: [&Molecule; 2]) -> [Site; 2] {
    [0, 1].map(|task| Site {
        task,
        molecule: molecules[task].clone(),
    })
}

/// Hyperparameters of which no two are alike.
fn hyperparameters() -> Hyperparameters {
    let components = (0..COMPONENTS.len()).map(|c| {
        let c = c as f64;
        Coregionalisation {
            log_length: 0.2 - 0.1 * c,
            loadings: vec![0.8 - 0.2 * c, 0.3 * c - 0.5],
            log_own: vec![-1.0 - 0.2 * c, 0.1 * c - 1.5],
        }
    });
    Hyperparameters {
        components: components.collect(),
        log_noise: vec![-2.0, -3.0],
    }
}

/// Every hyperparameter, in the order of gradients.
fn numbers(theta: &mut Hyperparameters) -> Vec<&mut f64> {
    let mut all = Vec::new();
    for of in &mut theta.components {
        all.push(&mut of.log_length);
        all.extend(of.loadings.iter_mut());
        all.extend(of.log_own.iter_mut());
    }
    all.extend(theta.log_noise.iter_mut());
    all
}

/// The hyperparameters with number k moved.
fn moved(theta: &Hyperparameters, k: usize, by: f64) -> Hyperparameters {
    let mut moved = theta.clone();
    *numbers(&mut moved)[k] += by;
    moved
}

/// `(1 + √5 r + 5r²/3) e^{−√5 r}`.
fn matern52(r: f64) -> f64 {
    let root = 5.0_f64.sqrt();
    (1.0 + root * r + 5.0 * r * r / 3.0) * (-root * r).exp()
}

/// k between two molecules, as it is defined.
fn kernel(of: &Component, length: f64, x: &Molecule, y: &Molecule) -> f64 {
    let pairs = |view: usize| x.vectors[view].iter().zip(&y.vectors[view]);
    match of.kernel {
        Kernel::Matern52 => {
            let squares: f64 = pairs(of.view).map(|(x, y)| (x - y).powi(2)).sum();
            matern52(squares.sqrt() / UNITS[of.view] / length)
        }
        Kernel::Linear => pairs(of.view).map(|(x, y)| x * y).sum::<f64>() / WIDTHS[of.view] as f64,
        Kernel::MinMax => {
            let both = || x.counts.iter().zip(&y.counts);
            let least: u32 = both().map(|(x, y)| *x.min(y)).sum();
            let most: u32 = both().map(|(x, y)| *x.max(y)).sum();
            if most == 0 {
                1.0
            } else {
                f64::from(least) / f64::from(most)
            }
        }
    }
}

/// `Σ_c C^c_st k_c` between sites, noise apart.
fn covariance(theta: &Hyperparameters, a: &[Site], b: &[Site]) -> DMatrix<f64> {
    DMatrix::from_fn(a.len(), b.len(), |i, j| {
        let (x, y) = (&a[i], &b[j]);
        let part = |(component, of): (&Component, &Coregionalisation)| {
            let own = if x.task == y.task {
                of.log_own[x.task].exp()
            } else {
                0.0
            };
            let c = of.loadings[x.task] * of.loadings[y.task] + own;
            c * kernel(component, of.log_length.exp(), &x.molecule, &y.molecule)
        };
        COMPONENTS.iter().zip(&theta.components).map(part).sum()
    })
}

impl Case {
    /// So many labels of the first task and of the second, `shared` molecules having one of each.
    fn new(first: usize, second: usize, shared: usize) -> Self {
        let molecules = molecules(first + second - shared, 1);
        let site = |task: usize, molecule: &Molecule| Site {
            task,
            molecule: molecule.clone(),
        };
        let of_first = molecules[..first].iter().map(|m| site(0, m));
        let of_second = molecules[first - shared..].iter().map(|m| site(1, m));
        let sites: Vec<Site> = of_first.chain(of_second).collect();
        let mut stream = Stream::new(1, Purpose::Test, 1);
        Self {
            values: sites.iter().map(|_| stream.normal()).collect(),
            sites,
            theta: hyperparameters(),
        }
    }

    /// 13 and 11 labels, of 20 molecules.
    fn small() -> Self {
        Self::new(13, 11, 4)
    }

    /// 90 and 60 labels, of 120 molecules: more than a block of a factor and than two strips of a covariance.
    fn large() -> Self {
        Self::new(90, 60, 30)
    }

    /// The same with the labels in a random order, so that tasks alternate.
    fn shuffled(&self) -> Self {
        self.of(&Stream::new(2, Purpose::Test, 2).permutation(self.values.len()))
    }

    /// Of these labels.
    fn of(&self, labels: &[usize]) -> Self {
        Self {
            sites: labels.iter().map(|&l| self.sites[l].clone()).collect(),
            values: labels.iter().map(|&l| self.values[l]).collect(),
            theta: self.theta.clone(),
        }
    }

    /// With one more label.
    fn with(&self, site: &Site, value: f64) -> Self {
        let mut more = self.clone();
        more.sites.push(site.clone());
        more.values.push(value);
        more
    }

    fn points(&self) -> Points {
        points(self.sites.iter().map(|site| &site.molecule))
    }

    fn labels(&self) -> Labels {
        Labels {
            tasks: self.sites.iter().map(|site| site.task).collect(),
            values: self.values.clone(),
        }
    }

    fn likelihood(&self, given: usize, parallel: bool) -> Likelihood {
        Likelihood::new(&self.points(), &self.labels(), given, &COMPONENTS, parallel)
    }

    fn posterior(&self) -> Posterior {
        let (points, labels) = (self.points(), self.labels());
        Posterior::new(points, labels, &COMPONENTS, &self.theta, false).unwrap()
    }

    /// K, noise included.
    fn dense(&self) -> DMatrix<f64> {
        let mut k = covariance(&self.theta, &self.sites, &self.sites);
        for (i, site) in self.sites.iter().enumerate() {
            k[(i, i)] += self.theta.log_noise[site.task].exp() + LEAST_NOISE;
        }
        k
    }

    /// `log N(y; 0, K)`.
    fn log_density(&self) -> f64 {
        let (y, n) = (DVector::from_column_slice(&self.values), self.values.len());
        let factor = self.dense().cholesky().unwrap();
        let log: f64 = factor.l().diagonal().iter().map(|l| 2.0 * l.ln()).sum();
        -0.5 * (y.dot(&factor.solve(&y)) + log + n as f64 * std::f64::consts::TAU.ln())
    }

    /// Mean and covariance `[s][t]` of sites in view of the labels: `k K⁻¹ y` and `k_** − k K⁻¹ kᵀ`.
    fn conditional(&self, at: &[Site]) -> (Vec<f64>, Vec<f64>) {
        let inverse = self.dense().cholesky().unwrap().inverse();
        let cross = covariance(&self.theta, at, &self.sites);
        let gain = &cross * inverse;
        let mean = &gain * DVector::from_column_slice(&self.values);
        let reduced = covariance(&self.theta, at, at) - gain * cross.transpose();
        (mean.as_slice().to_vec(), reduced.as_slice().to_vec())
    }
}
