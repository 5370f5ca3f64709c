//! Tasks on surfaces whose geometry is known.

use geogate::data::Part;
use geogate::geometry::charts::{Region, Torus};
use geogate::geometry::{C1Map, Chart, Formula, Jet1, Map, curvature, metric};

use crate::known_manifold::{BEND, KnownManifold, KnownTasks, SOURCE_FROM, Sizes, TARGET_TO};

fn rows(tasks: &KnownTasks) -> std::ops::Range<usize> {
    0..tasks.corpus.rows()
}

/// Every direction of the surface is seen, stretched by at most 1 ± BEND in each of the two charts.
fn assert_distortion_is_bounded<S: Formula + Chart>(patch: &KnownManifold<S>) {
    let tasks = patch.tasks(&Sizes::default()).unwrap();
    let (mut seen, mut lies) = (Jet1::new(), 0.0_f64);
    for row in rows(&tasks).step_by(7) {
        let x = tasks.point(row);
        patch.jet1(x, &mut seen);
        for v in [[1.0, 0.0], [0.0, 1.0], [0.6, -0.8], [-0.3, 0.5]] {
            let mut image = [0.0; 20];
            seen.push_forward(&v, &mut image);
            let length = metric::inner(patch.surface(), x, &v, &v).unwrap().sqrt();
            for half in image.chunks(10) {
                let stretch = half.iter().map(|y| y * y).sum::<f64>().sqrt() / length;
                assert!((1.0 - BEND..=1.0 + BEND).contains(&stretch), "{stretch}");
                lies = lies.max((stretch - 1.0).abs());
            }
        }
    }
    assert!(lies > 0.1, "the features are no isometric copy: {lies}");
}

#[test]
fn charts_bend_but_do_not_break() {
    assert_distortion_is_bounded(&KnownManifold::sphere(1));
    assert_distortion_is_bounded(&KnownManifold::torus(2));
}

#[test]
fn labels_lie_in_their_regions_and_are_exact() {
    let patch = KnownManifold::torus(3);
    let tasks = patch.tasks(&Sizes::default()).unwrap();
    let Region { lower, upper } = patch.region();
    let (mut edge, mut far) = (1.0_f64, 0.0_f64);
    for row in rows(&tasks) {
        let x = tasks.point(row);
        let at = (x[1] - lower[1]) / (upper[1] - lower[1]);
        let [f, h, target] = patch.labels(x);
        let found = [0, 1, 2].map(|task| tasks.corpus.label(row, task));
        match tasks.partition.part(row, 2) {
            Part::Unlabelled => {
                assert!(found[2].is_nan() && found[..2] == [f, h] && at >= SOURCE_FROM);
                edge = edge.min(at);
            }
            part => {
                assert!(found[0].is_nan() && found[1].is_nan() && found[2] == target);
                let of_sources = (0.5 * f).exp() + 0.5 * f * h;
                assert!((target - of_sources).abs() < 1e-14);
                let inside = at < TARGET_TO;
                assert!(inside || part == Part::Test);
                assert_eq!(tasks.inside.contains(&row), inside && part == Part::Test);
                assert_eq!(tasks.outside.contains(&row), !inside);
                far = far.max(at);
            }
        }
    }
    assert!(edge < SOURCE_FROM + 0.05 && far > 0.95);
    let sizes = Sizes::default();
    assert_eq!(
        rows(&tasks).len(),
        sizes.source + sizes.target + sizes.validation + 2 * sizes.asked
    );
    assert_eq!(tasks.partition.count(2, Part::Val), sizes.validation);
}

#[test]
fn the_torus_is_curved_both_ways_and_the_sphere_evenly() {
    let torus = KnownManifold::torus(0);
    let (outer, inner) = (
        torus.region().point(&[0.5, 0.0]),
        torus.region().point(&[0.5, 1.0]),
    );
    let at = |x: &[f64]| curvature::scalar_curvature(torus.surface(), x).unwrap();
    assert!(at(&outer) > 1.0 && at(&inner) < -1.0);
    let sphere = KnownManifold::sphere(0);
    for unit in [[0.1, 0.9], [0.7, 0.2]] {
        let x = sphere.region().point(&unit);
        let r = curvature::scalar_curvature(sphere.surface(), &x).unwrap();
        assert!((r - 2.0 / 1.44).abs() < 1e-12, "{r}");
    }
}

#[test]
fn one_seed_is_one_manifold() {
    let features = |seed: u64| {
        let patch = KnownManifold::new(Torus::new(2.0, 0.7), Region::cube(2, -1.0, 1.0), seed);
        let mut out = vec![0.0; Map::target_dim(&patch)];
        Map::value(&patch, &[0.3, 0.4], &mut out);
        (
            out,
            patch.labels(&[0.3, 0.4]),
            patch.tasks(&Sizes::default()).unwrap().points,
        )
    };
    let first = features(4);
    assert_eq!(first, features(4));
    let other = features(5);
    assert!(first.0 != other.0 && first.1 != other.1 && first.2 != other.2);
}

#[test]
fn too_few_rows_are_an_error() {
    let sizes = Sizes {
        validation: 5,
        ..Sizes::default()
    };
    let error = KnownManifold::sphere(0).tasks(&sizes).unwrap_err();
    assert!(error.to_string().contains('5'), "{error}");
}
