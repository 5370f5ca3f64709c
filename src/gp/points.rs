//! Coordinates of points in every view; distances, products and ratios between two sets of points.

use std::ops::Range;

use super::hyperparameters::Component;
use super::kernel::{Kernel, min_max};
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, View, Write, gemm};

/// The coordinates of n points in one view.
#[derive(Clone, Debug, PartialEq)]
pub enum Coordinates {
    /// Vectors `[n][width]`, standardised.
    Vectors {
        /// `[n][width]`, row after row; distances to a row with a NaN are NaN.
        values: Vec<f64>,
        /// Numbers in a vector.
        width: usize,
        /// The distance that counts as 1, above zero: the median among training points, say.
        unit: f64,
    },
    /// Of each point the things it has, as (number of the thing, how many), by ascending number.
    Counts(Vec<Vec<(u32, u32)>>),
}

impl Coordinates {
    fn len(&self) -> usize {
        match self {
            Self::Vectors { values, width, .. } => values.len() / width.max(&1),
            Self::Counts(rows) => rows.len(),
        }
    }
}

/// Points with their coordinates in every view.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    views: Vec<Coordinates>,
    count: usize,
}

impl Points {
    /// n points with their coordinates, n rows in each view.
    ///
    /// # Panics
    /// Without views, or if they are of different lengths.
    #[track_caller]
    pub fn new(views: Vec<Coordinates>) -> Self {
        let count = views[0].len();
        assert!(
            views.iter().all(|view| view.len() == count),
            "views of different lengths"
        );
        Self { views, count }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The coordinates in one view.
    ///
    /// # Panics
    /// If there is no such view.
    pub fn view(&self, view: usize) -> &Coordinates {
        &self.views[view]
    }

    /// The distance that counts as 1 in a view.
    pub(super) fn unit(&self, view: usize) -> f64 {
        match &self.views[view] {
            Coordinates::Vectors { unit, .. } => *unit,
            Coordinates::Counts(_) => 1.0,
        }
    }

    /// Have these points the coordinates that `others` have, in one view?
    pub(super) fn are_at(&self, others: &Self, view: usize, points: Range<usize>) -> bool {
        let (own, others) = (&self.views[view], &others.views[view]);
        match (own, others, BothVectors::of(own, others)) {
            (_, Coordinates::Vectors { unit, .. }, Some(both)) => {
                let numbers = points.start * both.width..points.end * both.width;
                both.unit == *unit && both.x[numbers.clone()] == both.y[numbers]
            }
            (Coordinates::Counts(x), Coordinates::Counts(y), _) => x[points.clone()] == y[points],
            _ => false,
        }
    }

    /// What each component's kernel is a function of, between the points `a` of these and `b` of `others`, `[b][a]` row
    /// after row: distances in the unit of these points' view, products over the number of coordinates, or min–max
    /// ratios.
    ///
    /// # Panics
    /// If the views of the two are of different kinds or widths, or a kernel is not of its view's kind.
    pub(super) fn bases(
        &self,
        a: Range<usize>,
        (others, b): (&Self, Range<usize>),
        components: &[Component],
    ) -> Vec<Vec<f64>> {
        let mut bases: Vec<Vec<f64>> = Vec::with_capacity(components.len());
        let mut products: Option<(usize, Vec<f64>)> = None;
        for component in components {
            let view = component.view;
            let (own, theirs) = (&self.views[view], &others.views[view]);
            match (own, theirs, BothVectors::of(own, theirs)) {
                (Coordinates::Counts(rows), Coordinates::Counts(columns), _)
                    if component.kernel == Kernel::MinMax =>
                {
                    let pairs = columns[b.clone()]
                        .iter()
                        .flat_map(|y| rows[a.clone()].iter().map(move |x| min_max(x, y)));
                    bases.push(pairs.collect());
                }
                (.., Some(BothVectors { x, y, width, unit }))
                    if component.kernel != Kernel::MinMax =>
                {
                    let x = &x[a.start * width..a.end * width];
                    let y = &y[b.start * width..b.end * width];
                    if products.as_ref().is_none_or(|(of, _)| *of != view) {
                        let mut product = vec![0.0; a.len() * b.len()];
                        let (x, y) = (View::new(x, a.len(), width), View::new(y, b.len(), width));
                        gemm(&mut product, Write::Replace, y, x.t());
                        products = Some((view, product));
                    }
                    let (_, product) = products.as_ref().expect("found just now");
                    bases.push(match component.kernel {
                        Kernel::Linear => product.iter().map(|p| p / width as f64).collect(),
                        _ => distances(product, (x, y), width, unit),
                    });
                }
                _ => panic!("points: views of one kind and width, with kernels of that kind"),
            }
        }
        bases
    }

    /// `k_c` of a point with itself: what its prior variance is made of.
    pub(super) fn own(&self, point: usize, component: &Component) -> f64 {
        match (&self.views[component.view], component.kernel) {
            (Coordinates::Vectors { values, width, .. }, Kernel::Linear) => {
                let x = &values[point * width..(point + 1) * width];
                x.iter().map(|x| x * x).sum::<f64>() / *width as f64
            }
            _ => 1.0,
        }
    }

    /// The distance between a point in a view and a point of others in a view of theirs, of one kind and width: the
    /// Euclidean one over the unit of the former, or 1 − min–max.
    ///
    /// # Panics
    /// If there is no such view or point, or the views are of different kinds.
    #[track_caller]
    pub fn distance_between(
        &self,
        (view, point): (usize, usize),
        (others, other_view, other): (&Self, usize, usize),
    ) -> f64 {
        let (own, theirs) = (&self.views[view], &others.views[other_view]);
        match (own, theirs, BothVectors::of(own, theirs)) {
            (.., Some(BothVectors { x, y, width, unit })) => {
                let x = &x[point * width..(point + 1) * width];
                let y = &y[other * width..(other + 1) * width];
                let squares = x.iter().zip(y).map(|(x, y)| (x - y).powi(2));
                squares.sum::<f64>().sqrt() / unit
            }
            (Coordinates::Counts(x), Coordinates::Counts(y), _) => {
                1.0 - min_max(&x[point], &y[other])
            }
            _ => panic!("views of one kind have a distance"),
        }
    }
}

/// One view of two sets of points that are vectors of one width, `[n][width]`.
struct BothVectors<'a> {
    x: &'a [f64],
    y: &'a [f64],
    width: usize,
    /// That of the former.
    unit: f64,
}

impl<'a> BothVectors<'a> {
    /// None where either is of counts, or their widths differ.
    fn of(x: &'a Coordinates, y: &'a Coordinates) -> Option<Self> {
        let (
            Coordinates::Vectors {
                values: x,
                width,
                unit,
            },
            Coordinates::Vectors {
                values: y,
                width: other,
                ..
            },
        ) = (x, y)
        else {
            return None;
        };
        (width == other).then_some(Self {
            x,
            y,
            width: *width,
            unit: *unit,
        })
    }
}

/// Points whose distances to all others are held at once.
const CHUNK: usize = 64;

impl Points {
    /// Of each of these points in a view, the nearest of `others` in a view of theirs, of one kind and width, with its
    /// [distance](Self::distance_between); the first of several. None where there are no others.
    ///
    /// # Panics
    /// If there is no such view, or the views are of different kinds.
    #[track_caller]
    pub fn nearest(
        &self,
        view: usize,
        (others, other_view): (&Self, usize),
    ) -> Vec<Option<(usize, f64)>> {
        let nearest = |point: usize, among: &mut dyn Iterator<Item = usize>| {
            let distance = |to| self.distance_between((view, point), (others, other_view, to));
            let distances = among.map(|to| (to, distance(to)));
            distances.reduce(|a, b| if b.1 < a.1 { b } else { a })
        };
        let both = BothVectors::of(&self.views[view], &others.views[other_view]);
        let Some(BothVectors { x, y, width, .. }) = both.filter(|both| both.width > 0) else {
            let all = |point| nearest(point, &mut (0..others.count));
            return (0..self.count).map(all).collect();
        };
        let chunks = x.chunks(CHUNK * width).enumerate();
        let found = chunks.flat_map(|(chunk, x)| {
            let near = near(x, y, width).into_iter().enumerate();
            near.map(|(row, near)| nearest(chunk * CHUNK + row, &mut near.into_iter()))
                .collect::<Vec<_>>()
        });
        found.collect()
    }
}

/// Of each vector x, those of the vectors y that may be the nearest to it, rounding of their products considered.
fn near(x: &[f64], y: &[f64], width: usize) -> Vec<Vec<usize>> {
    let (rows, columns) = (x.len() / width, y.len() / width);
    let mut product = vec![0.0; rows * columns];
    let (of_x, of_y) = (View::new(x, rows, width), View::new(y, columns, width));
    gemm(&mut product, Write::Replace, of_x, of_y.t());
    let (of_x, of_y) = (squares(x, width), squares(y, width));
    let longest = of_y.iter().copied().fold(0.0, f64::max);
    let of_row = |(products, x2): (&[f64], &f64)| {
        let square = |to: usize| x2 + of_y[to] - 2.0 * products[to];
        let least = (0..columns).map(square).fold(f64::INFINITY, f64::min);
        // each of three sums of `width` products, and a square root, may be off by as many roundings; twice, as two are
        // compared
        let slack = 4.0 * (width + 8) as f64 * f64::ROUNDOFF * (x2 + longest);
        // what is no number, too, may be anything
        let may_be = |to: &usize| {
            let square = square(*to);
            square <= least + slack || square.is_nan()
        };
        (0..columns).filter(may_be).collect()
    };
    let chunks = product.chunks_exact(columns.max(1));
    match columns {
        0 => vec![Vec::new(); rows],
        _ => chunks.zip(&of_x).map(of_row).collect(),
    }
}

/// Vectors whose squares are added up side by side.
const LANES: usize = 8;

/// `|x|²` of vectors `[n][width]`, each summed in the order of its coordinates.
fn squares(x: &[f64], width: usize) -> Vec<f64> {
    let width = width.max(1);
    let mut found = Vec::with_capacity(x.len() / width);
    for block in x.chunks(LANES * width) {
        let rows = block.len() / width;
        let mut sums = [0.0; LANES];
        if rows == LANES {
            for j in 0..width {
                for (lane, sum) in sums.iter_mut().enumerate() {
                    let x = block[lane * width + j];
                    *sum += x * x;
                }
            }
        } else {
            let rows = block.chunks_exact(width);
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = row.iter().map(|x| x * x).sum();
            }
        }
        found.extend_from_slice(&sums[..rows]);
    }
    found
}

/// Squared distances below this share of the squared lengths are the rounding of equal points.
const ROUNDING: f64 = 1e-13;

/// `|x − y| / unit` from the product x · y and `|x|² + |y|²`.
#[inline(always)]
fn distance(product: f64, lengths: f64, unit: f64) -> f64 {
    let square = lengths - 2.0 * product;
    // found in either case, so that a loop of these has no branch
    let distance = square.sqrt() / unit;
    if square <= ROUNDING * lengths {
        0.0
    } else {
        distance
    }
}

/// `|x − y| / unit` from the products x · y, `[y][x]`; NaN where a coordinate is no number.
fn distances(product: &[f64], (x, y): (&[f64], &[f64]), width: usize, unit: f64) -> Vec<f64> {
    let (of_x, of_y) = (squares(x, width), squares(y, width));
    let mut found = product.to_vec();
    for (row, y2) in found.chunks_exact_mut(of_x.len().max(1)).zip(&of_y) {
        let pairs = row.iter_mut().zip(&of_x);
        vectorised(
            #[inline(always)]
            || pairs.for_each(|(p, x2)| *p = distance(*p, x2 + y2, unit)),
        );
    }
    found
}

/// Points among which a median distance is taken.
const MEDIAN_POINTS: usize = 1000;

/// The median distance between two of the vectors `[n][width]`, of up to 1,000 of them evenly spaced in their order; 1
/// where it is zero, or there are no two.
pub fn median_distance(values: &[f64], width: usize) -> f64 {
    let all = values.len() / width.max(1);
    let n = all.min(MEDIAN_POINTS);
    let chosen = (0..n).flat_map(|k| {
        let row = k * all / n;
        &values[row * width..(row + 1) * width]
    });
    let x: Vec<f64> = chosen.copied().collect();
    let mut product = vec![0.0; n * n];
    let rows = View::new(&x, n, width);
    gemm(&mut product, Write::Replace, rows, rows.t());
    let all = distances(&product, (&x, &x), width, 1.0);
    let below = (0..n).flat_map(|i| all[i * n..i * n + i].iter().copied());
    let mut pairs: Vec<f64> = below.collect();
    if pairs.is_empty() {
        return 1.0;
    }
    let middle = pairs.len() / 2;
    let (_, median, _) = pairs.select_nth_unstable_by(middle, f64::total_cmp);
    if *median > 0.0 { *median } else { 1.0 }
}
