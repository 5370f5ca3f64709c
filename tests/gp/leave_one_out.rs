//! Labels left out in closed form against posteriors without them.

use super::{Case, ROUNDINGS, points};
use crate::closeness::{assert_close, size};

#[test]
fn leaving_a_label_out_is_a_posterior_without_it() {
    let small = Case::small();
    for case in [small.shuffled(), small] {
        let n = case.values.len();
        let found = case.posterior().leave_one_out(false).unwrap();
        let (mut means, mut deviations) = (Vec::new(), Vec::new());
        for left_out in 0..n {
            let others: Vec<usize> = (0..n).filter(|&l| l != left_out).collect();
            let site = &case.sites[left_out];
            let at = [points([&site.molecule])];
            let joint = &case.of(&others).posterior().predict(&at, false)[0];
            means.push(joint.mean[site.task]);
            deviations.push(joint.deviation(site.task, case.theta.noise(site.task)));
        }
        assert_close(&found.means, &means, ROUNDINGS, size(&means, 1.0));
        let scale = size(&deviations, 1.0);
        assert_close(&found.deviations, &deviations, ROUNDINGS, scale);
    }
}

#[test]
fn so_it_is_over_several_blocks() {
    let case = Case::large();
    let n = case.values.len();
    let found = case.posterior().leave_one_out(true).unwrap();
    assert_eq!((found.means.len(), found.deviations.len()), (n, n));
    for left_out in [0, 63, 64, 127, 128, n - 1] {
        let others: Vec<usize> = (0..n).filter(|&l| l != left_out).collect();
        let (task, sites) = (case.sites[left_out].task, &case.sites[left_out..=left_out]);
        let (mean, variance) = case.of(&others).conditional(sites);
        let deviation = (variance[0] + case.theta.noise(task)).sqrt();
        assert_close(&[found.means[left_out]], &mean, ROUNDINGS, 1.0);
        assert_close(&[found.deviations[left_out]], &[deviation], ROUNDINGS, 1.0);
    }
}

/// Two blocks, of labels of both tasks, and labels of no block.
#[test]
fn leaving_a_block_out_is_a_posterior_without_all_of_it() {
    let case = Case::small();
    let n = case.values.len();
    let blocks = [0, 1].map(|k| (0..n).filter(|l| l % 3 == k).collect::<Vec<_>>());
    let found = case.posterior().leave_out(&blocks, false).unwrap();
    for block in &blocks {
        let others: Vec<usize> = (0..n).filter(|l| !block.contains(l)).collect();
        let without = case.of(&others).posterior();
        for &label in block {
            let site = &case.sites[label];
            let joint = &without.predict(&[points([&site.molecule])], false)[0];
            let deviation = joint.deviation(site.task, case.theta.noise(site.task));
            assert_close(
                &[found.means[label]],
                &[joint.mean[site.task]],
                ROUNDINGS,
                1.0,
            );
            assert_close(&[found.deviations[label]], &[deviation], ROUNDINGS, 1.0);
        }
    }
    let of_none = (0..n).filter(|l| l % 3 == 2);
    assert!(of_none.clone().count() > 0);
    assert!(
        of_none
            .into_iter()
            .all(|l| found.means[l].is_nan() && found.deviations[l].is_nan())
    );
}

/// What is said of a block does not depend on its labels.
#[test]
fn labels_of_a_block_do_not_move_what_is_said_of_it() {
    let case = Case::small();
    let block = vec![0, 2, 3];
    let mut moved = case.clone();
    block.iter().for_each(|&label| moved.values[label] += 5.0);
    let [before, after] = [&case, &moved].map(|case| {
        let found = case
            .posterior()
            .leave_out(std::slice::from_ref(&block), false);
        let means = found.unwrap().means;
        block.iter().map(|&label| means[label]).collect::<Vec<_>>()
    });
    assert_close(&after, &before, ROUNDINGS, 10.0);
}
