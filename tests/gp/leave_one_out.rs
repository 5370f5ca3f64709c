//! Leave-one-out in closed form against posteriors without the label.

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
