//! Few labels, equal labels, equal points, none at all, and what is not a number.

use geogate::gp::{
    Coordinates, Hyperparameters, Joint, Kernel, Labels, Likelihood, Points, Posterior, maximise,
};

use super::posterior::assert_is_dense;
use super::{COMPONENTS, Case, KINDS, asked, component, covariance, molecules, points};
use crate::closeness::assert_close;

/// The distributions at three new molecules, with hyperparameters searched for.
fn fitted(case: &Case) -> (Hyperparameters, Vec<Joint>) {
    let start = Hyperparameters::start(&COMPONENTS, 2, 0.5, 0.2);
    let theta = maximise(&[case.likelihood(0, false)], &[start], false)
        .unwrap()
        .theta;
    let fitted = Case {
        theta: theta.clone(),
        ..case.clone()
    };
    let joints = fitted
        .posterior()
        .predict(&[points(&molecules(3, 2))], false);
    (theta, joints)
}

#[track_caller]
fn assert_finite(theta: &Hyperparameters, joints: &[Joint]) {
    assert!(!joints.is_empty());
    for joint in joints {
        for task in 0..2 {
            let deviation = joint.deviation(task, theta.noise(task));
            assert!(joint.mean[task].is_finite(), "{joint:?}");
            assert!(deviation.is_finite() && deviation > 0.0, "{joint:?}");
        }
    }
}

#[test]
fn constant_labels_are_predicted_as_they_are() {
    let mut case = Case::small();
    case.values.fill(0.0);
    let (theta, joints) = fitted(&case);
    assert_finite(&theta, &joints);
    assert!(joints.iter().all(|joint| joint.mean == [0.0, 0.0]));
}

#[test]
fn two_labels_suffice() {
    for sites in [[0, 1], [0, 23], [9, 13]] {
        let (theta, joints) = fitted(&Case::small().of(&sites));
        assert_finite(&theta, &joints);
    }
}

#[test]
fn a_task_without_labels_is_predicted_from_the_other() {
    let case = Case::new(9, 0, 0);
    let queries = molecules(3, 2);
    let joints = case.posterior().predict(&[points(&queries)], false);
    for (joint, query) in joints.iter().zip(&queries) {
        assert_is_dense(joint, &case, &asked([query; 2]));
    }
    assert!(joints.iter().all(|joint| joint.mean[1] != 0.0));
    let (theta, joints) = fitted(&case);
    assert_finite(&theta, &joints);
}

#[test]
fn labels_of_one_point_are_averaged() {
    let mut case = Case::small().of(&[0, 0, 0, 0, 5]);
    case.values = vec![-1.0, 0.0, 1.0, 4.0, 0.5];
    // the least noise that there is, 1e-6
    case.theta.log_noise[0] = -40.0;
    let posterior = case.posterior();
    assert_eq!(posterior.jitter(), 0.0);
    let joint = &posterior.predict(&[points([&case.sites[0].molecule])], false)[0];
    // their mean, but for a share 2.5e-7 of the prior; the deviation is that of a mean of four
    assert!((joint.mean[0] - 1.0).abs() < 1e-5, "{:?}", joint.mean);
    let deviation = joint.deviation(0, 0.0);
    assert!((deviation - 5e-4).abs() < 1e-6, "{deviation}");
    let left_out = posterior.leave_one_out(false).unwrap();
    // the mean of the other three, with a third of the noise and its own
    assert!((left_out.means[3]).abs() < 1e-5, "{:?}", left_out.means);
    let want = (4e-6_f64 / 3.0).sqrt();
    assert!((left_out.deviations[3] - want).abs() < 1e-6);
}

#[test]
fn labels_of_one_point_can_be_searched_through() {
    let mut case = Case::small().of(&[0, 0, 0, 0, 5, 13, 13]);
    case.values = vec![-1.0, 0.0, 1.0, 4.0, 0.5, 2.0, -2.0];
    let (theta, joints) = fitted(&case);
    assert_finite(&theta, &joints);
}

#[test]
fn molecules_without_anything_to_count_are_alike() {
    let mut case = Case::small();
    for label in [0, 3, 20] {
        case.sites[label].molecule.counts = [0; KINDS];
    }
    let mut query = molecules(1, 2).remove(0);
    query.counts = [0; KINDS];
    let joints = case.posterior().predict(&[points([&query])], false);
    assert_is_dense(&joints[0], &case, &asked([&query; 2]));
}

#[test]
fn no_points_have_no_predictions() {
    let none = points([]);
    assert!(Case::small().posterior().predict(&[none], false).is_empty());
}

#[test]
fn without_labels_the_posterior_is_the_prior() {
    let case = Case::small().of(&[]);
    let query = &molecules(1, 2)[0];
    let joint = &case.posterior().predict(&[points([query])], false)[0];
    let sites = asked([query; 2]);
    assert_eq!(joint.mean, [0.0, 0.0]);
    let prior = covariance(&case.theta, &sites, &sites);
    assert_close(&joint.covariance, prior.as_slice(), 100.0, 1.0);
}

#[test]
fn labels_that_are_no_numbers_are_an_error() {
    let mut case = Case::small();
    case.values[3] = f64::NAN;
    let start = Hyperparameters::start(&COMPONENTS, 2, 0.5, 0.2);
    assert!(maximise(&[case.likelihood(0, false)], &[start], false).is_err());
}

#[test]
fn coordinates_that_are_no_numbers_are_an_error() {
    // distances alone: a product would be no number either
    let components = [component(0, Kernel::Matern52)];
    let theta = Hyperparameters::start(&components, 1, 0.5, 0.2);
    for bad in [f64::NAN, f64::INFINITY] {
        let points = Points::new(vec![Coordinates::Vectors {
            values: vec![0.0, 1.0, bad, 2.0],
            width: 1,
            unit: 1.0,
        }]);
        let labels = Labels {
            tasks: vec![0; 4],
            values: vec![0.5, -0.5, 1.0, 0.0],
        };
        let likelihood = Likelihood::new(&points, &labels, 0, &components, false);
        assert!(likelihood.evaluate(&theta).is_err(), "{bad}");
        let posterior = Posterior::new(points, labels, &components, &theta, false);
        assert!(posterior.is_err(), "{bad}");
    }
}
