//! Predictions against dense formulas, against more data, and what they are made of.

use geogate::gp::Joint;

use super::{Case, Molecule, ROUNDINGS, Site, asked, covariance, molecules, points};
use crate::closeness::{assert_close, size};

/// Fails unless the joint distribution is that of the sites, one by task, by the dense formulas.
#[track_caller]
pub(super) fn assert_is_dense(joint: &Joint, case: &Case, sites: &[Site]) {
    let prior = covariance(&case.theta, sites, sites);
    let (mean, reduced) = case.conditional(sites);
    let scale = size(prior.as_slice(), 1.0);
    assert_close(&joint.mean, &mean, ROUNDINGS, size(&mean, 1.0));
    assert_close(&joint.covariance, &reduced, ROUNDINGS, scale);
    let diagonal: Vec<f64> = prior.diagonal().iter().copied().collect();
    assert_close(&joint.prior, &diagonal, ROUNDINGS, scale);
}

/// Fails unless the two distributions are one, roundings apart.
#[track_caller]
pub(super) fn assert_same(got: &Joint, want: &Joint) {
    let scale = size(&want.prior, 1.0);
    assert_close(&got.mean, &want.mean, ROUNDINGS, size(&want.mean, 1.0));
    assert_close(&got.covariance, &want.covariance, ROUNDINGS, scale);
    assert_close(&got.prior, &want.prior, ROUNDINGS, scale);
}

#[test]
fn the_posterior_is_that_of_dense_formulas() {
    let small = Case::small();
    for case in [small.shuffled(), small] {
        // new molecules, one with a label of one task, and one with labels of both
        let mut queries = molecules(5, 2);
        queries.extend([0, 12].map(|l| case.sites[l].molecule.clone()));
        let posterior = case.posterior();
        assert_eq!(posterior.jitter(), 0.0);
        let joints = posterior.predict(&[points(&queries)], false);
        assert_eq!(joints.len(), queries.len());
        for (joint, molecule) in joints.iter().zip(&queries) {
            assert_is_dense(joint, &case, &asked([molecule; 2]));
        }
    }
}

#[test]
fn so_it_is_of_many_labels_at_many_points() {
    let (case, queries) = (Case::large(), molecules(70, 2));
    let joints = case.posterior().predict(&[points(&queries)], true);
    assert_eq!(joints.len(), queries.len());
    for query in [0, 1, 63, 64, 69] {
        assert_is_dense(&joints[query], &case, &asked([&queries[query]; 2]));
    }
}

#[test]
fn a_posterior_keeps_points_and_labels() {
    let case = Case::small();
    let posterior = case.posterior();
    assert_eq!(posterior.points(), &case.points());
    assert_eq!(posterior.labels(), &case.labels());
}

#[test]
fn a_label_at_the_point_is_what_it_would_be_as_data() {
    let (case, queries) = (Case::small(), molecules(3, 3));
    for query in &queries {
        let at = [points([query])];
        let sites = asked([query; 2]);
        for (task, y) in [(0, 0.7), (1, -1.3)] {
            let mut joint = case.posterior().predict(&at, false).remove(0);
            joint.condition(task, y, case.theta.noise(task));
            let more = case.with(&sites[task], y);
            assert_same(&joint, &more.posterior().predict(&at, false)[0]);
        }
    }
}

#[test]
fn labels_at_the_point_count_alike_in_either_order() {
    let (case, query) = (Case::small(), &molecules(1, 4)[0]);
    let at = [points([query])];
    let sites = asked([query; 2]);
    // two of different tasks, and two of one
    for labels in [[(0, 0.7), (1, -1.3)], [(1, 0.2), (1, 0.9)]] {
        let more = labels
            .iter()
            .fold(case.clone(), |case, &(task, y)| case.with(&sites[task], y));
        let want = more.posterior().predict(&at, false).remove(0);
        for order in [[0, 1], [1, 0]] {
            let mut joint = case.posterior().predict(&at, false).remove(0);
            for (task, y) in order.map(|k| labels[k]) {
                joint.condition(task, y, case.theta.noise(task));
            }
            assert_same(&joint, &want);
        }
    }
}

#[test]
fn a_deviation_is_that_of_function_and_noise() {
    let joint = Joint {
        mean: vec![0.0; 2],
        covariance: vec![4.0, 1.0, 1.0, -1e-18],
        prior: vec![5.0; 2],
    };
    assert_eq!(joint.deviation(0, 5.0), 3.0);
    // a variance that rounding has made negative is none
    assert_eq!(joint.deviation(1, 0.25), 0.5);
}

#[test]
fn shares_add_up_to_the_mean() {
    let (case, other) = (Case::small(), molecules(3, 6));
    let (posterior, queries) = (case.posterior(), molecules(3, 5));
    let (one, two) = (points(&queries), points(&other));
    for at in [vec![one.clone()], vec![one, two]] {
        let joints = posterior.predict(&at, false);
        for (point, joint) in joints.iter().enumerate() {
            for task in 0..2 {
                let shares = posterior.shares(&at, (point, task));
                let labels: Vec<usize> = shares.iter().map(|share| share.label).collect();
                assert_eq!(labels, (0..case.values.len()).collect::<Vec<_>>());
                let sum: f64 = shares.iter().flat_map(|share| &share.parts).sum();
                let parts = shares.iter().flat_map(|share| share.parts.clone());
                let scale = parts.map(f64::abs).sum::<f64>();
                assert_close(&[sum], &[joint.mean[task]], 1e3, scale);
            }
        }
    }
}

/// The part of a view in a mean, by its coordinates: against central differences.
#[test]
fn the_slope_of_a_part_is_that_of_differences() {
    const STEP: f64 = 1e-4;
    let (case, queries, other) = (Case::small(), molecules(2, 7), molecules(2, 8));
    let posterior = case.posterior();
    let part = |at: &[Molecule; 2], (task, view): (usize, usize)| -> f64 {
        let shares = posterior.shares(&at.clone().map(|m| points([&m])), (0, task));
        let of_view = |parts: &Vec<f64>| parts[2 * view] + parts[2 * view + 1];
        shares.iter().map(|share| of_view(&share.parts)).sum()
    };
    let at = [queries[0].clone(), other[0].clone()];
    for (task, view) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let sets = at.clone().map(|m| points([&m]));
        let slope = posterior.slope(&sets, (0, task), view).unwrap();
        let difference = |j: usize| {
            let moved = |step: f64| {
                let mut at = at.clone();
                at[task].vectors[view][j] += step;
                part(&at, (task, view))
            };
            (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
        };
        let want: Vec<f64> = (0..slope.len()).map(difference).collect();
        // truncation of size h², times the third derivative over the first
        let bound = 100.0 * STEP * STEP * size(&want, 1.0);
        for (got, want) in slope.iter().zip(&want) {
            assert!((got - want).abs() < bound, "{got} {want}");
        }
        // one set of points stands for all tasks, and a point of labels has a slope as well
        let one = posterior.slope(&[points([&at[task]])], (0, task), view);
        assert_eq!(one, Some(slope));
        let known = [points([&case.sites[0].molecule])];
        let at_label = posterior.slope(&known, (0, task), view).unwrap();
        assert!(at_label.iter().all(|x| x.is_finite()));
    }
    // counts do not vary by degrees
    assert_eq!(posterior.slope(&[points(&queries)], (1, 0), 2), None);
}
