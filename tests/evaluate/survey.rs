//! A survey's numbers are those of the geometry crate, point by point; what does not exist is said.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use geogate::data::config::{Overlap, SplitConfig, SplitName};
use geogate::data::{Corpus, Partition};
use geogate::evaluate::survey::{
    Sample, Survey, SurveyConfig, SurveySummary, pairs_csv, points_csv,
};
use geogate::geometry::{
    C1Map, Jet1, Map, NormalCoordinates, Transition, cocycle_defect, curvature, metric,
};
use geogate::method::{MethodName, ModelConfig};
use geogate::random::{Purpose, Stream};
use geogate::report::atlas::pictures;
use geogate::train::config::TrainingConfig;
use geogate::train::{Model, RunControl, Silent, fit};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

/// Two roads to a number, in batches and point by point.
const CLOSE: f64 = 1e-11;

/// A hundred and twenty points of a box, with `tasks` smooth functions of them.
fn corpus(tasks: usize) -> Corpus {
    let mut draw = Stream::new(5, Purpose::Test, 0);
    let values: Vec<f64> = (0..360).map(|_| draw.normal()).collect();
    let labels = values.chunks_exact(3).flat_map(|x| {
        let (x, y, z) = (x[0], x[1], x[2]);
        [x.sin() + y * z, x + y.cos(), z - x * y]
            .into_iter()
            .take(tasks)
    });
    let names = ["a", "b", "c"].map(str::to_owned);
    let features = ["x", "y", "z"].map(str::to_owned).to_vec();
    let labels = labels.collect();
    Corpus::of_features(names[..tasks].to_vec(), tasks - 1, features, values, labels).unwrap()
}

fn partition(corpus: &Corpus) -> Partition {
    let split = SplitConfig {
        split: SplitName::Random,
        val_fraction: 0.2,
        overlap: Overlap::Shared,
        ..SplitConfig::default()
    };
    Partition::holdout(corpus, &split, 0).unwrap()
}

/// A network of `dims` = (d, m) over the corpus, hardly trained: its charts are random but smooth.
fn fitted(corpus: &Corpus, method: MethodName, (d, m): (usize, usize)) -> Model {
    let model = ModelConfig {
        method,
        embedding: 6,
        hidden: 7,
        depth: 2,
        latent_dim: d,
        lf_dim: m,
        ..ModelConfig::default()
    };
    let training = TrainingConfig {
        epochs: 3,
        min_steps: 1,
        ..TrainingConfig::default()
    };
    let control = RunControl {
        observer: &Silent,
        parallel: true,
        checkpoint: None,
        resume: false,
        stop: &AtomicBool::new(false),
    };
    let fitted = fit(corpus, &partition(corpus), &model, &training, &control).unwrap();
    fitted.model
}

fn config(points: usize) -> SurveyConfig {
    SurveyConfig {
        points,
        overlap_tolerance: 1.0,
        ..SurveyConfig::default()
    }
}

/// A survey of a model with these numbers of tasks, dimensions and points.
fn survey(tasks: usize, dims: (usize, usize), points: usize) -> Survey {
    let corpus = corpus(tasks);
    let model = fitted(&corpus, MethodName::Gate, dims);
    surveyed(&corpus, &model, &config(points))
}

fn surveyed(corpus: &Corpus, model: &Model, config: &SurveyConfig) -> Survey {
    let sample = Sample::of_training(corpus, &partition(corpus), config).unwrap();
    Survey::of(model, sample, config, &|_| ()).unwrap()
}

/// Fails unless the numbers differ by at most `bound` times the larger one; NaN fails.
#[track_caller]
fn assert_near(got: f64, want: f64, bound: f64) {
    let size = got.abs().max(want.abs());
    assert!(
        got == want || (got - want).abs() <= bound * size,
        "got {got:e}, want {want:e}"
    );
}

#[test]
fn metric_and_curvature_are_those_of_the_geometry_crate() {
    for dims in [(2, 3), (3, 5), (4, 9)] {
        let survey = survey(2, dims, 20);
        for t in 0..2 {
            let chart = &survey.charts.tasks()[t].transfer;
            for (point, found) in survey.points[t].iter().enumerate() {
                let z = survey.latent(t, point);
                let local = found.geometry().unwrap();
                let g = metric::metric(chart, z).unwrap();
                let trace: f64 = (0..dims.0).map(|i| g[[i, i]]).sum();
                assert_near(local.eigenvalues.iter().sum(), trace, 1e-13);
                let volume = metric::volume_element(chart, z).unwrap();
                assert_near(local.volume_element, volume, CLOSE);
                let product: f64 = local.eigenvalues.iter().product();
                assert_near(product.sqrt(), volume, 1e-9);
                let curved = found.curvature().unwrap();
                let scalar = curvature::scalar_curvature(chart, z).unwrap();
                assert_near(curved.scalar, scalar, CLOSE);
                assert!(curved.sectional_lower <= curved.sectional_min + 1e-12 * scalar.abs());
                assert!(curved.sectional_max <= curved.sectional_upper + 1e-12 * scalar.abs());
                let normal = NormalCoordinates::at(chart, z).unwrap();
                let (got, want) = (curved.flatness_radius(0.01), normal.flatness_radius(0.01));
                assert_near(got, want, 1e-6);
                assert!(curved.certified_radius(0.01) <= got * (1.0 + 1e-12));
            }
        }
    }
}

/// Exact extremes in two and three dimensions, attained bounds above: no plane drawn is outside.
#[test]
fn no_plane_is_outside_the_range() {
    for (dims, exact) in [((2, 3), true), ((3, 5), true), ((5, 11), false)] {
        let survey = survey(2, dims, 8);
        let chart = &survey.charts.tasks()[0].transfer;
        let mut draw = Stream::new(1, Purpose::Test, 1);
        for (point, found) in survey.points[0].iter().enumerate() {
            let range = found.curvature().unwrap();
            let size = range.sectional_lower.abs().max(range.sectional_upper.abs());
            let (low, high) = if exact {
                (range.sectional_min, range.sectional_max)
            } else {
                (range.sectional_lower, range.sectional_upper)
            };
            for _ in 0..20 {
                let mut vector = || -> Vec<f64> { (0..dims.0).map(|_| draw.normal()).collect() };
                let (u, v) = (vector(), vector());
                let z = survey.latent(0, point);
                let k = curvature::sectional_curvature(chart, z, &u, &v).unwrap();
                assert!(
                    k >= low - 1e-8 * size && k <= high + 1e-8 * size,
                    "{k} {range:?}"
                );
            }
        }
    }
}

#[test]
fn defects_are_those_of_the_transitions() {
    let survey = survey(3, (2, 4), 12);
    assert_eq!(survey.pairs.len(), 6);
    let charts = &survey.charts;
    let chart = |t: usize| &charts.tasks()[t].transfer;
    for pair in &survey.pairs {
        let (s, t) = (pair.from, pair.to);
        let u = 3 - s - t;
        let maps = [(s, t), (t, s), (s, u), (u, t)].map(|(s, t)| charts.transition(s, t));
        let tau = Transition::new(chart(s), chart(t), &maps[0]);
        let first = Transition::new(chart(s), chart(u), &maps[2]);
        let second = Transition::new(chart(u), chart(t), &maps[3]);
        for (point, found) in pair.points.iter().enumerate() {
            let z = survey.latent(s, point);
            let want = tau.defects(Some(&maps[1]), z).unwrap();
            let cocycle = cocycle_defect(&first, &second, &tau, z).unwrap();
            let inverse = want.inverse.unwrap();
            let all = [want.isometry, want.affine, want.curvature, inverse, cocycle];
            for (got, want) in found.defects.values().into_iter().zip(all) {
                assert_near(got.unwrap(), want, CLOSE);
            }
            assert_eq!(found.note, None);
        }
    }
}

/// The largest of the three errors that decide on the overlap of the first two charts of (2, 3)
/// dimensions, by their definitions.
fn largest_error(survey: &Survey, point: usize) -> f64 {
    let tasks = survey.charts.tasks();
    let size = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let apart =
        |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let [one, other] = [0, 1].map(|t| {
        let (z, mut jet) = (survey.latent(t, point), Jet1::new());
        tasks[t].transfer.jet1(z, &mut jet);
        let mut back = vec![0.0; 2];
        tasks[t].inverse.value(jet.value(), &mut back);
        let mut pushed = vec![0.0; 3];
        jet.push_forward(&apart(&back, z), &mut pushed);
        (jet.value().to_vec(), size(&pushed))
    });
    let consistency = size(&apart(&one.0, &other.0));
    assert_near(
        survey.pairs[0].points[point].consistency,
        consistency,
        1e-12,
    );
    one.1.max(other.1).max(consistency)
}

#[test]
fn the_overlap_is_where_errors_are_small_beside_the_scale() {
    let corpus = corpus(2);
    let model = fitted(&corpus, MethodName::Gate, (2, 3));
    let with = |overlap_tolerance| {
        let config = SurveyConfig {
            overlap_tolerance,
            ..config(40)
        };
        surveyed(&corpus, &model, &config)
    };
    let survey = with(1.0);
    let relative = |point| largest_error(&survey, point) / survey.pairs[0].scale;
    let mut errors: Vec<f64> = (0..40).map(relative).collect();
    errors.sort_by(f64::total_cmp);
    // between the tenth and the eleventh
    let middle = 0.5 * (errors[9] + errors[10]);
    for (tolerance, count) in [(0.5 * errors[0], 0), (middle, 10), (2.0 * errors[39], 40)] {
        let survey = with(tolerance);
        for pair in &survey.pairs {
            let on = pair.points.iter().filter(|point| point.overlap);
            assert_eq!(on.count(), count);
        }
        let summary = SurveySummary::of(&survey);
        assert_eq!(summary.pairs[0].overlap, count);
        let remark = "No point is on the overlap of a and b";
        let remarked = summary.remarks.iter().any(|r| r.contains(remark));
        assert_eq!(remarked, count == 0, "{:?}", summary.remarks);
        let points = survey.pairs[0].points.iter().enumerate();
        for (point, found) in points {
            assert_eq!(found.overlap, relative(point) <= tolerance);
            assert_near(found.overlap_error, relative(point), 1e-12);
        }
    }
}

#[test]
fn as_many_frame_dimensions_as_coordinates_are_flat_and_said_to_be() {
    let survey = survey(2, (3, 3), 6);
    let chart = &survey.charts.tasks()[0].transfer;
    for (point, found) in survey.points[0].iter().enumerate() {
        let range = found.curvature().unwrap();
        assert_eq!((range.scalar, range.sectional_max), (0.0, 0.0));
        assert_eq!(range.flatness_radius(0.01), f64::INFINITY);
        // what the formula gives is rounding beside the squared norm of the connection
        let z = survey.latent(0, point);
        let r = curvature::scalar_curvature(chart, z).unwrap();
        assert!(r.abs() < 1e-8, "{r:e}");
    }
    assert!(
        survey
            .remarks()
            .iter()
            .any(|r| r.contains("flat by construction"))
    );
    assert!(
        survey.pairs[0]
            .points
            .iter()
            .all(|p| p.defects.curvature == Some(0.0))
    );
    assert!(
        survey.pairs[0]
            .points
            .iter()
            .all(|p| p.defects.isometry > Some(0.0))
    );
    assert!(
        pictures(&survey)
            .iter()
            .any(|picture| picture.caption.contains("flat"))
    );
}

#[test]
fn one_dimension_has_a_metric_and_no_curvature() {
    let survey = survey(2, (1, 3), 6);
    for (point, found) in survey.points[1].iter().enumerate() {
        let local = found.geometry().unwrap();
        let chart = &survey.charts.tasks()[1].transfer;
        let g = metric::metric(chart, survey.latent(1, point)).unwrap();
        assert_near(local.eigenvalues[0], g[[0, 0]], 1e-14);
        assert_eq!(local.condition(), 1.0);
        assert_eq!(local.curvature, None);
    }
    let defects = survey.pairs[0].points[0].defects;
    assert!(defects.curvature.is_none() && defects.isometry.is_some());
    assert!(survey.remarks().iter().any(|r| r.contains("one dimension")));
    // distributions of the defects, no maps
    assert!(
        pictures(&survey)
            .iter()
            .all(|picture| picture.name.starts_with("defect"))
    );
}

/// Saves the model, puts `edit` to the numbers of the tensors whose name begins with `prefix`, and
/// loads it again.
fn edited(model: &Model, prefix: &str, edit: impl Fn(usize, f32) -> f32) -> Model {
    let folder = tempfile::tempdir().unwrap();
    model.save(folder.path()).unwrap();
    let (weights, description) = (
        folder.path().join("model.safetensors"),
        folder.path().join("model.json"),
    );
    let bytes = fs::read(&weights).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut data = BTreeMap::new();
    let mut touched = 0;
    for (name, view) in tensors.tensors() {
        let numbers = view.data().chunks_exact(4);
        let numbers = numbers.map(|b| f32::from_le_bytes(b.try_into().unwrap()));
        let hit = name.starts_with(prefix);
        touched += usize::from(hit);
        let new = numbers
            .enumerate()
            .map(|(k, w)| if hit { edit(k, w) } else { w });
        let new: Vec<u8> = new.flat_map(f32::to_le_bytes).collect();
        data.insert(name, (view.dtype(), view.shape().to_vec(), new));
    }
    assert!(touched > 0, "no tensor of {prefix} among {:?}", data.keys());
    let views = data.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    let bytes = safetensors::serialize(views, None).unwrap();
    replace_checksum(&description, &blake3::hash(&bytes).to_hex());
    fs::write(&weights, bytes).unwrap();
    Model::load(folder.path()).unwrap()
}

fn replace_checksum(description: &Path, checksum: &str) {
    let text = fs::read_to_string(description).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["weights_blake3"] = checksum.into();
    fs::write(description, json.to_string()).unwrap();
}

/// The last layer of b's transfer keeps one output: its image is a curve, and everywhere b's part
/// says so, while a's stays.
#[test]
fn a_collapsed_chart_is_explained_with_its_singular_values() {
    let corpus = corpus(2);
    let model = fitted(&corpus, MethodName::Gate, (2, 3));
    // W is [in, out] with three outputs
    let collapsed = edited(&model, "task.b.transfer.2.weight", |k, w| {
        if k % 3 == 0 { w } else { 0.0 }
    });
    let survey = surveyed(&corpus, &collapsed, &config(10));
    for found in &survey.points[1] {
        assert_eq!(found.rank, 1);
        assert!(found.singular_values[0] > 0.0 && found.singular_values[1] < 1e-12);
        let reason = found.local.as_ref().unwrap_err();
        assert!(
            reason.contains("not full rank (singular values"),
            "{reason}"
        );
    }
    assert!(survey.points[0].iter().all(|found| found.local.is_ok()));
    let summary = SurveySummary::of(&survey);
    assert_eq!(
        (
            summary.tasks[0].rank_deficient,
            summary.tasks[1].rank_deficient
        ),
        (0, 10)
    );
    assert!(!summary.tasks[1].quantities.contains_key("condition"));
    for pair in &survey.pairs {
        for point in &pair.points {
            assert_eq!(point.defects.isometry, None);
            assert!(
                point.note.as_ref().unwrap().contains("full rank"),
                "{point:?}"
            );
        }
    }
    assert!(
        summary
            .remarks
            .iter()
            .any(|r| r.contains("10 of 10 points of b have no metric"))
    );
    let names: Vec<String> = pictures(&survey).into_iter().map(|p| p.name).collect();
    assert!(names.contains(&"map_b".to_owned()) && !names.contains(&"normal_b".to_owned()));
    let table = String::from_utf8(points_csv(&survey)).unwrap();
    assert_eq!(table.matches("has not full rank").count(), 10);
}

/// A sample of one molecule, and one of a single molecule three times over.
#[test]
fn one_molecule_and_duplicates_have_sensible_answers() {
    let corpus = corpus(2);
    let model = fitted(&corpus, MethodName::Gate, (2, 3));
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("points.csv");
    fs::write(&table, "x,y,z\n0.5,1,2\n0.5,1,2\n0.5,1,2\n").unwrap();
    let one = Sample::of_training(&corpus, &partition(&corpus), &config(1)).unwrap();
    let same = Sample::of_table(&model, &table, &config(9)).unwrap();
    for (sample, points) in [(one, 1), (same, 3)] {
        let survey = Survey::of(&model, sample, &config(9), &|_| ()).unwrap();
        let summary = SurveySummary::of(&survey);
        assert_eq!(
            (summary.points, summary.tasks[0].immersed),
            (points, points)
        );
        let scalar = summary.tasks[0].quantities["scalar_curvature_per_lf2"];
        assert!(scalar.n == points && scalar.p50.is_finite() && scalar.p05 == scalar.p95);
        // no extent to compare errors with
        assert!(summary.pairs[0].scale_lf < 1e-12);
        assert_eq!(summary.pairs[0].overlap, 0);
        for picture in pictures(&survey) {
            assert!(picture.figure.svg().contains("<svg"), "{}", picture.name);
        }
        assert_eq!(
            String::from_utf8(pairs_csv(&survey))
                .unwrap()
                .lines()
                .count(),
            1 + 2 * points
        );
    }
}

#[test]
fn normal_coordinates_are_those_of_the_geometry_crate() {
    use geogate::evaluate::survey::Neighbourhood;
    let survey = survey(2, (2, 3), 30);
    let near = Neighbourhood::of(&survey, 1).unwrap();
    assert!(near.neighbours.len() > 10, "{} lost", near.lost);
    let chart = &survey.charts.tasks()[1].transfer;
    let normal = NormalCoordinates::at(chart, survey.latent(1, survey.around)).unwrap();
    assert_near(near.radius.unwrap(), normal.flatness_radius(0.01), 1e-9);
    for neighbour in &near.neighbours {
        let (want, log) = normal
            .coordinates(survey.latent(1, neighbour.point))
            .unwrap();
        for (got, want) in neighbour.normal.iter().zip(&want) {
            assert!(
                (got - want).abs() <= 1e-5 * log.length,
                "{neighbour:?} {want:?}"
            );
        }
        assert_near(neighbour.distance, log.length, 1e-5);
        assert_eq!(neighbour.place.to_vec(), neighbour.normal);
    }
}

#[test]
fn methods_without_charts_are_refused_by_name() {
    let corpus = corpus(2);
    for method in [MethodName::Stl, MethodName::Mtl] {
        let model = fitted(&corpus, method, (2, 3));
        let sample = Sample::of_training(&corpus, &partition(&corpus), &config(5)).unwrap();
        let error = Survey::of(&model, sample, &config(5), &|_| ()).unwrap_err();
        assert!(error.is_input());
        let text = error.to_string();
        assert!(
            text.contains(method.as_str()) && text.contains("gate"),
            "{text}"
        );
    }
}
