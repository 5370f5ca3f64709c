//! Intervals by their level, labels by their distance.

use geogate::evaluate::extrapolation::LabelRange;
use geogate::evaluate::levels::LevelCount;

#[test]
fn an_open_interval_is_written_and_read() {
    let count = LevelCount {
        level: 0.95,
        reach: f64::INFINITY,
        n: 4,
        held: 4,
    };
    let text = serde_json::to_string(&count).unwrap();
    assert_eq!(text, r#"{"level":0.95,"reach":"inf","n":4,"held":4}"#);
    let back: LevelCount = serde_json::from_str(&text).unwrap();
    assert_eq!((back, back.coverage()), (count, 1.0));
}

#[test]
fn labels_are_measured_from_the_range() {
    // mean 2, deviations −2, 0, 0, 2: standard deviation √2
    let trained = [0.0, 2.0, 2.0, 4.0];
    let range = LabelRange::of(&trained).unwrap();
    let at = |label| range.distance(label);
    assert_eq!([at(0.0), at(1.0), at(4.0)], [0.0; 3]);
    assert!((at(5.0) - 0.5_f64.sqrt()).abs() < 1e-15);
    assert!((at(-4.0) - 8_f64.sqrt()).abs() < 1e-15);
    assert_eq!(LabelRange::of(&[3.0, 3.0]), None);
}
