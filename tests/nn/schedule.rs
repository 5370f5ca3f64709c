//! Where rates peak and end.

use geogate::nn::{Schedule, ScheduleName};

fn rates(name: ScheduleName) -> Vec<f64> {
    let schedule = Schedule::new(name, 1e-3, 0.1, 1000);
    (0..1000).map(|k| schedule.rate(k)).collect()
}

#[test]
fn the_peak_is_reached_at_the_end_of_the_warm_up_and_never_passed() {
    for name in [
        ScheduleName::Cosine,
        ScheduleName::Noam,
        ScheduleName::OneCycle,
    ] {
        let rates = rates(name);
        let largest = rates.iter().copied().fold(0.0, f64::max);
        assert!((largest - 1e-3).abs() < 1e-6, "{name:?}: {largest}");
        assert!(
            (99..=101).any(|k| (rates[k] - largest).abs() < 1e-8),
            "{name:?}"
        );
        assert!(
            rates[..99].is_sorted() && rates[101..].iter().rev().is_sorted(),
            "{name:?}"
        );
    }
}

#[test]
fn the_ends_are_as_stated() {
    assert!(rates(ScheduleName::Constant).iter().all(|&r| r == 1e-3));
    let one_cycle = rates(ScheduleName::OneCycle);
    assert!((one_cycle[0] - 4e-5).abs() < 1e-12);
    assert!(one_cycle[999] < 1e-8);
    let noam = rates(ScheduleName::Noam);
    assert!((noam[399] - 0.5e-3).abs() < 1e-9); // four times the warm-up: half the peak
    assert!(rates(ScheduleName::Cosine)[999] < 1e-8);
}
