//! Points whose coordinates differ by task.

use geogate::gp::{Coordinates, Points};

use super::posterior::{assert_is_dense, assert_same};
use super::{Case, asked, molecules, points};

/// The same points, said to be in these units.
fn in_units(points: &Points, units: [f64; 2]) -> Points {
    let view = |view: usize| match points.view(view).clone() {
        Coordinates::Vectors { values, width, .. } => Coordinates::Vectors {
            values,
            width,
            unit: units[view],
        },
        counts => counts,
    };
    Points::new((0..3).map(view).collect())
}

#[test]
fn coordinates_by_task_follow_the_dense_formulas() {
    let small = Case::small();
    for case in [small.shuffled(), small] {
        let (first, second) = (molecules(6, 2), molecules(6, 3));
        let at = [points(&first), points(&second)];
        let joints = case.posterior().predict(&at, false);
        assert_eq!(joints.len(), 6);
        for (joint, (one, two)) in joints.iter().zip(first.iter().zip(&second)) {
            assert_is_dense(joint, &case, &asked([one, two]));
        }
    }
}

#[test]
fn equal_coordinates_of_all_tasks_give_the_numbers_of_one_set() {
    let (case, queries) = (Case::small(), molecules(70, 2));
    let (posterior, set) = (case.posterior(), points(&queries));
    let once = posterior.predict(std::slice::from_ref(&set), false);
    let twice = posterior.predict(&[set.clone(), set], false);
    assert_eq!((once.len(), twice.len()), (70, 70));
    for (got, want) in twice.iter().zip(&once) {
        assert_same(got, want);
    }
}

#[test]
fn a_label_at_its_own_coordinates_is_what_it_would_be_as_data() {
    let case = Case::small();
    let queries = molecules(2, 7);
    let sites = asked([&queries[0], &queries[1]]);
    let at = [points([&queries[0]]), points([&queries[1]])];
    for (task, y) in [(0, 0.7), (1, -1.3)] {
        let mut joint = case.posterior().predict(&at, false).remove(0);
        joint.condition(task, y, case.theta.noise(task));
        let more = case.with(&sites[task], y);
        assert_same(&joint, &more.posterior().predict(&at, false)[0]);
    }
}

#[test]
fn the_unit_is_that_of_the_labelled_points() {
    let posterior = Case::small().posterior();
    let sets = [2, 3].map(|seed| points(&molecules(1, seed)));
    let others = sets.each_ref().map(|set| in_units(set, [1.0, 9.0]));
    let want = posterior.predict(&sets, false).remove(0);
    assert_same(&posterior.predict(&others, false)[0], &want);
}

#[test]
#[should_panic(expected = "points of every task, or of all")]
fn there_is_one_set_of_points_or_one_by_task() {
    let set = points(&molecules(1, 2));
    let _ = Case::small()
        .posterior()
        .predict(&[set.clone(), set.clone(), set], false);
}
