//! How much the geometry of a target's latent vectors changes with what it was trained beside.

use serde::Serialize;

use super::Survey;
use super::quantities::{TaskSummary, TransitionSummary};
use crate::evaluate::outcome::{number, table_csv};
use crate::geometry::conventions::ROUNDOFF;

/// Models with one target at the same points: their similarity, two by two, and what the survey of each says of
/// the target's chart and transitions.
#[derive(Clone, Debug, Serialize)]
pub struct Stability {
    /// The target's name.
    pub target: String,
    /// Rows that every model was looked at.
    pub points: usize,
    /// The models, in the order they were named.
    pub models: Vec<SurveyedModel>,
    /// Similarity of every two models.
    pub similarities: Vec<Similarity>,
}

/// What the survey of one model says of the target.
#[derive(Clone, Debug, Serialize)]
pub struct SurveyedModel {
    /// Name of the model.
    pub model: String,
    /// The method that trained it.
    pub method: &'static str,
    /// Tasks of the model beside the target.
    pub sources: Vec<String>,
    /// Dimension d of its charts.
    pub latent_dim: usize,
    /// Dimension m of its locally flat frame.
    pub lf_dim: usize,
    /// The target's chart.
    pub chart: TaskSummary,
    /// The transitions from and to the target.
    pub transitions: Vec<TransitionSummary>,
}

/// How alike two models put the same rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Similarity {
    /// Name of the first model.
    pub model_a: String,
    /// Name of the second model.
    pub model_b: String,
    /// Centred kernel alignment ([`linear_cka`]) of the target's latent vectors in the two models;
    /// `null` where it does not exist.
    pub cka: Option<f64>,
    /// Why the alignment does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undefined: Option<Undefined>,
}

/// Why latent vectors have no similarity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Undefined {
    /// All rows of one side are the same vector: there is nothing to align.
    Constant,
    /// An entry is not finite.
    NotFinite,
}

/// Linear centred kernel alignment (Kornblith, Norouzi, Lee and Hinton 2019, arXiv 1905.00414, section 3, the
/// linear case of equation 3) of two sets of vectors for the same n rows:
///
/// ```text
/// CKA(X, Y) = ‖Yᵀ X‖_F² / (‖Xᵀ X‖_F ‖Yᵀ Y‖_F)        X [n, d_x], Y [n, d_y], the mean of each column 0
/// ```
///
/// Columns are centred here; both arrays are row after row. In [0, 1]: 1 where Y is X under a rotation, a scale
/// and a shift, 0 where every column of X is uncorrelated with every one of Y. It does not change under those maps
/// of either side, and does under a general linear one; d_x and d_y may differ.
///
/// # Errors
/// [`Undefined`]: vectors that are the same in every row within rounding (one row alone, too), entries that are
/// not finite.
///
/// # Panics
/// If an array has no whole number of rows, or there is no row.
#[track_caller]
pub fn linear_cka(x: &[f64], y: &[f64], rows: usize) -> Result<f64, Undefined> {
    let (x, y) = (centred(x, rows)?, centred(y, rows)?);
    let (xx, yy) = (cross_square(&x, &x, rows), cross_square(&y, &y, rows));
    Ok(cross_square(&y, &x, rows) / (xx * yy).sqrt())
}

/// Columns of mean 0, of Frobenius norm 1 in all, so that no fourth power leaves the range of `f64`.
#[track_caller]
fn centred(x: &[f64], rows: usize) -> Result<Vec<f64>, Undefined> {
    assert!(
        rows > 0 && x.len().is_multiple_of(rows),
        "cka: {} entries in {rows} rows",
        x.len()
    );
    let largest = x.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if !x.iter().all(|x| x.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let width = x.len() / rows;
    let mut scaled: Vec<f64> = x
        .iter()
        .map(|x| x / largest.max(f64::MIN_POSITIVE))
        .collect();
    let size = norm(&scaled);
    for column in 0..width {
        let entries = scaled.iter().skip(column).step_by(width);
        let mean = entries.sum::<f64>() / rows as f64;
        let entries = scaled.iter_mut().skip(column).step_by(width);
        entries.for_each(|x| *x -= mean);
    }
    let spread = norm(&scaled);
    // the mean of n equal numbers is off by at most n roundings
    if spread <= rows as f64 * ROUNDOFF * size {
        return Err(Undefined::Constant);
    }
    scaled.iter_mut().for_each(|x| *x /= spread);
    Ok(scaled)
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// `‖Yᵀ X‖_F²`, X `[rows, d_x]`, Y `[rows, d_y]`.
fn cross_square(y: &[f64], x: &[f64], rows: usize) -> f64 {
    let (d_y, d_x) = (y.len() / rows, x.len() / rows);
    let mut product = vec![0.0; d_y * d_x]; // [d_y, d_x]
    for (y, x) in y.chunks_exact(d_y).zip(x.chunks_exact(d_x)) {
        for (line, y) in product.chunks_exact_mut(d_x).zip(y) {
            line.iter_mut().zip(x).for_each(|(sum, x)| *sum += y * x);
        }
    }
    product.iter().map(|p| p * p).sum()
}

impl Stability {
    /// The stability of surveys, each with its model's name, all of one sample; the target is that of the first.
    ///
    /// # Panics
    /// If there is no survey, a model has not the target among its tasks, or samples differ.
    #[track_caller]
    pub fn of(surveys: &[(String, Survey)]) -> Self {
        let (_, first) = surveys.first().expect("a survey");
        let (target, points) = (first.task(first.target), first.sample.len());
        let same = |(_, survey): &(String, Survey)| survey.sample.places == first.sample.places;
        assert!(surveys.iter().all(same), "stability: samples differ");
        let pairs = (0..surveys.len()).flat_map(|a| (a + 1..surveys.len()).map(move |b| (a, b)));
        let similarity = |(a, b): (usize, usize)| {
            let [a, b] = [&surveys[a], &surveys[b]];
            let found = linear_cka(latents(&a.1, target), latents(&b.1, target), points);
            Similarity {
                model_a: a.0.clone(),
                model_b: b.0.clone(),
                cka: found.ok(),
                undefined: found.err(),
            }
        };
        let of_model = |(name, survey): &(String, Survey)| surveyed(name, survey, target);
        Self {
            target: target.to_owned(),
            points,
            models: surveys.iter().map(of_model).collect(),
            similarities: pairs.map(similarity).collect(),
        }
    }

    /// CKA of models a and b by their places among [`Self::models`]: 1 on the diagonal, NaN where it does not exist.
    ///
    /// # Panics
    /// If there are no such models.
    #[track_caller]
    pub fn cka(&self, a: usize, b: usize) -> f64 {
        let [a, b] = [&self.models[a.min(b)], &self.models[a.max(b)]].map(|m| &m.model);
        let pair = |s: &&Similarity| s.model_a == *a && s.model_b == *b;
        let alone = (a == b).then_some(1.0);
        let found = self.similarities.iter().find(pair).and_then(|s| s.cka);
        alone.or(found).unwrap_or(f64::NAN)
    }

    /// `stability.csv`: a row for every two models; `cka` is blank where it does not exist.
    pub fn csv(&self) -> Vec<u8> {
        let row = |s: &Similarity| {
            let cka = number(s.cka.unwrap_or(f64::NAN));
            [s.model_a.clone(), s.model_b.clone(), cka]
        };
        let header = ["model_a", "model_b", "cka"].map(str::to_owned);
        table_csv(header, self.similarities.iter().map(row))
    }
}

/// z of the task at every point, `[point, d]`.
#[track_caller]
fn latents<'a>(survey: &'a Survey, task: &str) -> &'a [f64] {
    let place = (0..survey.tasks()).find(|&t| survey.task(t) == task);
    &survey.latents[place.expect("every model has the target")]
}

fn surveyed(name: &str, survey: &Survey, target: &str) -> SurveyedModel {
    let tasks = TaskSummary::all(survey);
    let names = tasks.iter().map(|task| task.task.clone());
    let sources = names.filter(|task| task != target).collect();
    let mut tasks = tasks.into_iter();
    let chart = tasks.find(|task| task.task == target);
    let ours = |pair: &TransitionSummary| pair.from == target || pair.to == target;
    SurveyedModel {
        model: name.to_owned(),
        method: survey.method,
        sources,
        latent_dim: survey.latent_dim(),
        lf_dim: survey.lf_dim(),
        chart: chart.expect("every model has the target"),
        transitions: TransitionSummary::all(survey)
            .into_iter()
            .filter(ours)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    const TOLERANCE: f64 = 1e-14;

    fn normals(n: usize, stream: u64) -> Vec<f64> {
        Stream::new(0, Purpose::Test, stream).normals(n)
    }

    /// By Gram matrices: HSIC(K, L) / √(HSIC(K, K) HSIC(L, L)), HSIC(K, L) = tr(K C L C) up to a factor,
    /// K = X Xᵀ, L = Y Yᵀ, C = 1 − 11ᵀ/n.
    fn by_gram_matrices(x: &[f64], y: &[f64], rows: usize) -> f64 {
        let gram = |x: &[f64]| {
            let d = x.len() / rows;
            let dot =
                |i: usize, j: usize| -> f64 { (0..d).map(|k| x[i * d + k] * x[j * d + k]).sum() };
            let entry = |k: usize| dot(k / rows, k % rows);
            (0..rows * rows).map(entry).collect::<Vec<f64>>()
        };
        let centre = |k: &[f64]| {
            let mean = |i: usize| (0..rows).map(|j| k[i * rows + j]).sum::<f64>() / rows as f64;
            let means: Vec<f64> = (0..rows).map(mean).collect();
            let all = means.iter().sum::<f64>() / rows as f64;
            let entry = |ij: usize| k[ij] - means[ij / rows] - means[ij % rows] + all;
            (0..rows * rows).map(entry).collect::<Vec<f64>>()
        };
        let (k, l) = (centre(&gram(x)), centre(&gram(y)));
        let hsic = |k: &[f64], l: &[f64]| k.iter().zip(l).map(|(k, l)| k * l).sum::<f64>();
        hsic(&k, &l) / (hsic(&k, &k) * hsic(&l, &l)).sqrt()
    }

    #[test]
    fn a_rotation_a_scale_and_a_shift_change_nothing() {
        let x = normals(2 * 40, 0);
        let (sin, cos) = 0.7_f64.sin_cos();
        let moved = x.chunks(2).flat_map(|z| {
            let turned = [cos * z[0] - sin * z[1], sin * z[0] + cos * z[1]];
            [-3.0 * turned[0] + 5.0, -3.0 * turned[1] - 8.0]
        });
        let moved: Vec<f64> = moved.collect();
        let found = linear_cka(&x, &moved, 40).unwrap();
        assert!((found - 1.0).abs() < TOLERANCE, "{found}");
        // nor does the size of the numbers
        let [large, small] = [1e200, 1e-200].map(|c| x.iter().map(|x| c * x).collect::<Vec<f64>>());
        let found = linear_cka(&large, &small, 40).unwrap();
        assert!((found - 1.0).abs() < TOLERANCE, "{found}");
    }

    #[test]
    fn a_small_case_by_hand() {
        // centred: X = (−1, 0, 1)ᵀ, Y = [(−1, 1), (0, −2), (1, 1)]; YᵀX = (2, 0), XᵀX = 2, YᵀY = diag(2, 6)
        let (x, y) = ([1.0, 2.0, 3.0], [0.0, 4.0, 1.0, 1.0, 2.0, 4.0]);
        let want = 4.0 / (2.0 * 40_f64.sqrt());
        for found in [linear_cka(&x, &y, 3), linear_cka(&y, &x, 3)] {
            assert!(
                (found.unwrap() - want).abs() < TOLERANCE,
                "{found:?} {want}"
            );
        }
    }

    #[test]
    fn uncorrelated_vectors_are_not_alike() {
        let (x, y) = ([1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0]);
        assert_eq!(linear_cka(&x, &y, 4), Ok(0.0));
    }

    #[test]
    fn gram_matrices_give_the_same() {
        for (rows, [d_x, d_y]) in [(5, [1, 3]), (30, [8, 8]), (12, [20, 2])] {
            let (x, noise) = (normals(rows * d_x, 1), normals(rows * d_y, 2));
            let y: Vec<f64> = (0..rows * d_y)
                .map(|k| 0.3 * noise[k] + x[(k / d_y) * d_x] + 2.0)
                .collect();
            let (found, want) = (
                linear_cka(&x, &y, rows).unwrap(),
                by_gram_matrices(&x, &y, rows),
            );
            assert!((found - want).abs() < 1e-12, "{rows}: {found} {want}");
            assert!(found > 0.0 && found < 1.0, "{found}");
        }
    }

    #[test]
    fn vectors_that_are_all_the_same_have_no_similarity() {
        let x = normals(20, 3);
        for constant in [[0.1, 0.7].repeat(10), vec![0.0; 20]] {
            assert_eq!(linear_cka(&x, &constant, 10), Err(Undefined::Constant));
            assert_eq!(linear_cka(&constant, &x, 10), Err(Undefined::Constant));
        }
        assert_eq!(linear_cka(&[1.0], &[2.0], 1), Err(Undefined::Constant));
        let broken = [&x[1..], &[f64::NAN]].concat();
        assert_eq!(linear_cka(&x, &broken, 10), Err(Undefined::NotFinite));
    }
}
