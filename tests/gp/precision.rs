//! What many labels take from variances, in single precision or in double.

use geogate::gp::{Joint, Precision};

use super::posterior::assert_is_dense;
use super::{Case, Site, asked, covariance, molecules, points};
use crate::closeness::size;

/// Variances in single precision: 1e-6 of the prior is found, of 2,300 labels.
const OF_PRIOR: f64 = 1e-5;

/// 400 and 300 labels, of 600 molecules: more than are solved for in double precision whatever their noise.
fn many() -> Case {
    Case::new(400, 300, 100)
}

/// Fails unless covariances are within a share of the largest prior variance.
#[track_caller]
fn assert_within(share: f64, got: &[f64], want: &[f64], prior: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        let error = (got - want).abs();
        assert!(error <= share * size(prior, 0.0), "{got} {want}");
    }
}

#[test]
fn in_single_precision_means_and_covariances_are_those_of_dense_formulas() {
    let (case, queries) = (many(), molecules(5, 2));
    let posterior = case.posterior();
    assert_eq!(posterior.precision(), Precision::Single);
    let joints = posterior.predict(&[points(&queries)], false);
    let sites: Vec<Site> = queries.iter().flat_map(|q| asked([q; 2])).collect();
    let (mean, reduced) = case.conditional(&sites); // [2q], [2q][2q]
    for (query, joint) in joints.iter().enumerate() {
        let own = 2 * query..2 * query + 2;
        for (got, want) in joint.mean.iter().zip(&mean[own.clone()]) {
            assert!((got - want).abs() < 1e-10, "{got} {want}");
        }
        let row = |s: usize| reduced[s * sites.len()..][own.clone()].to_vec();
        let want = own.clone().flat_map(row).collect::<Vec<f64>>();
        assert_within(OF_PRIOR, &joint.covariance, &want, &joint.prior);
        let prior = covariance(&case.theta, &sites[own.clone()], &sites[own]);
        assert_within(1e-12, &joint.prior, prior.diagonal().as_slice(), &[1.0]);
    }
}

#[test]
fn few_labels_are_in_double_precision() {
    assert_eq!(Case::large().posterior().precision(), Precision::Double);
}

/// The smallest noise, and labels that are far from each other: their own variances are no small ones, but that at a label
/// is.
#[test]
fn where_noise_is_next_to_none_variances_are_in_double_precision() {
    let mut case = many();
    case.theta.log_noise = vec![-40.0; 2];
    let posterior = case.posterior();
    assert_eq!(posterior.precision(), Precision::Double);
}

/// Labels of one molecule twice, with the least noise: variances of a millionth of the prior.
#[test]
fn labels_that_leave_next_to_no_variance_are_in_double_precision() {
    let mut case = many();
    case.theta.log_noise = vec![-40.0; 2];
    let query = case.sites[0].molecule.clone();
    let case = case.with(&case.sites[0].clone(), case.values[0]);
    let posterior = case.posterior();
    assert_eq!(posterior.precision(), Precision::Double);
    let joint = &posterior.predict(&[points([&query])], false)[0];
    // two labels with noise 1e-6 leave half of it
    let deviation = joint.deviation(0, 0.0);
    assert!((deviation - 5e-7_f64.sqrt()).abs() < 1e-5, "{deviation}");
}

/// Conditioning on both tasks of a molecule, in single precision, is what it would be as data.
#[test]
fn evidence_counts_in_single_precision_as_well() {
    let (case, query) = (many(), &molecules(1, 3)[0]);
    let at = [points([query])];
    let sites = asked([query; 2]);
    let mut joint = case.posterior().predict(&at, false).remove(0);
    joint.condition(0, 0.7, case.theta.noise(0));
    joint.condition(1, -1.3, case.theta.noise(1));
    let more = case.with(&sites[0], 0.7).with(&sites[1], -1.3);
    let (mean, reduced) = more.conditional(&sites);
    for (got, want) in joint.mean.iter().zip(&mean) {
        assert!((got - want).abs() < 1e-4, "{got} {want}");
    }
    assert_within(2.0 * OF_PRIOR, &joint.covariance, &reduced, &joint.prior);
}

#[test]
fn threads_change_no_bit_of_many_labels() {
    let (case, queries) = (many(), molecules(300, 2));
    let [alone, together] = [false, true].map(|parallel| {
        let posterior = case.posterior();
        let joints = posterior.predict(&[points(&queries)], parallel);
        let copy = posterior.clone();
        assert_eq!(copy.predict(&[points(&queries)], parallel), joints);
        joints
    });
    let bits = |joints: &[Joint]| -> Vec<u64> {
        let numbers = joints
            .iter()
            .flat_map(|j| j.mean.iter().chain(&j.covariance));
        numbers.map(|x| x.to_bits()).collect()
    };
    assert_eq!(bits(&alone), bits(&together));
}

/// Tasks with coordinates of their own in one view, and in the others with those of all.
#[test]
fn a_view_that_tasks_share_is_that_of_dense_formulas() {
    let case = Case::small();
    let first = molecules(6, 2);
    let mut second = first.clone();
    for (molecule, other) in second.iter_mut().zip(molecules(6, 3)) {
        molecule.vectors[1] = other.vectors[1].clone();
    }
    let joints = case
        .posterior()
        .predict(&[points(&first), points(&second)], false);
    for (joint, (one, two)) in joints.iter().zip(first.iter().zip(&second)) {
        assert_is_dense(joint, &case, &asked([one, two]));
    }
}
