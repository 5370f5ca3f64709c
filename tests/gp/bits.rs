//! The same bits for any number of threads.

use geogate::gp::{Hyperparameters, Posterior, maximise};

use super::{COMPONENTS, Case, molecules, points};

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn threads_change_no_bit_of_a_likelihood() {
    let case = Case::large();
    for given in [0, 10, 140] {
        let [alone, together] = [false, true].map(|parallel| {
            let likelihood = case.likelihood(given, parallel);
            let (value, gradient) = likelihood.evaluate(&case.theta).unwrap();
            (value.to_bits(), bits(&gradient))
        });
        assert_eq!(alone, together, "{given} given");
    }
}

#[test]
fn threads_change_no_bit_of_a_search() {
    let case = Case::new(20, 14, 6);
    let starts = [(0.5, 0.2), (0.1, 0.8)];
    let starts = starts.map(|(shared, own)| Hyperparameters::start(&COMPONENTS, 2, shared, own));
    let [alone, together] = [false, true].map(|parallel| {
        let parts = [case.clone(), case.shuffled()].map(|case| case.likelihood(25, parallel));
        maximise(&parts, &starts, parallel).unwrap()
    });
    assert_eq!(alone, together);
}

#[test]
fn threads_change_no_bit_of_a_posterior() {
    let (case, at) = (Case::large(), [points(&molecules(130, 2))]);
    let [alone, together] = [false, true].map(|parallel| {
        let (points, labels) = (case.points(), case.labels());
        let posterior = Posterior::new(points, labels, &COMPONENTS, &case.theta, parallel).unwrap();
        let joints = posterior.predict(&at, parallel);
        let left_out = posterior.leave_one_out(parallel).unwrap();
        let predicted = joints
            .iter()
            .map(|joint| (bits(&joint.mean), bits(&joint.covariance)));
        let predicted: Vec<_> = predicted.collect();
        (predicted, bits(&left_out.means), bits(&left_out.deviations))
    });
    assert_eq!(alone, together);
}
