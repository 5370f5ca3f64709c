//! Distances by hand.

use geogate::gp::{Coordinates, Points, median_distance};
use geogate::random::{Purpose, Stream};

fn vectors(values: &[f64], width: usize, unit: f64) -> Coordinates {
    Coordinates::Vectors {
        values: values.to_vec(),
        width,
        unit,
    }
}

#[test]
fn distances_are_in_the_unit_of_a_view_or_what_is_not_in_common() {
    // min 1 + 2, max 2 + 3 + 2 + 1
    let counts = vec![vec![(0, 2), (1, 3), (5, 2)], vec![(0, 1), (5, 2), (7, 1)]];
    let views = vec![
        vectors(&[0.0, 0.0, 3.0, 4.0], 2, 2.5),
        Coordinates::Counts(counts),
    ];
    let points = Points::new(views);
    assert_eq!((points.len(), points.is_empty()), (2, false));
    assert_eq!(points.distance_between((0, 0), (&points, 0, 1)), 2.0);
    assert_eq!(points.distance_between((0, 1), (&points, 0, 1)), 0.0);
    assert_eq!(
        points.distance_between((1, 0), (&points, 1, 1)),
        1.0 - 3.0 / 8.0
    );
    assert_eq!(points.distance_between((1, 1), (&points, 1, 1)), 0.0);
}

#[test]
fn the_median_distance_is_of_different_points() {
    // 5, 5 and 10
    assert_eq!(median_distance(&[0.0, 0.0, 3.0, 4.0, 6.0, 8.0], 2), 5.0);
    assert_eq!(median_distance(&[3.0, 4.0], 2), 1.0);
    assert_eq!(median_distance(&[], 2), 1.0);
}

#[test]
fn points_that_are_all_one_have_the_unit_one() {
    let mut stream = Stream::new(1, Purpose::Test, 3);
    for width in [1, 3, 17, 200] {
        for _ in 0..8 {
            // the sum of squares and the product are rounded differently, and their difference is no distance
            let vector: Vec<f64> = (0..width).map(|_| stream.normal()).collect();
            assert_eq!(median_distance(&vector.repeat(5), width), 1.0);
        }
    }
}

/// Against all distances, one after the other: with points that are there twice, and far from the origin, where
/// products have few digits of a distance.
#[test]
fn the_nearest_is_the_first_at_the_least_distance() {
    let mut stream = Stream::new(1, Purpose::Test, 4);
    for (width, shift) in [(1, 0.0), (7, 0.0), (20, 1e3), (20, 1e7)] {
        let mut some = |count: usize| -> Vec<f64> {
            let numbers = (0..count * width).map(|_| stream.normal() + shift);
            numbers.collect()
        };
        let (of_others, of_own) = (some(90).repeat(2), some(130));
        // some of them are others
        let of_own = [&of_own, &of_others[..5 * width]].concat();
        let own = Points::new(vec![vectors(&of_own, width, 2.0)]);
        let others = Points::new(vec![vectors(&of_others, width, 2.0)]);
        let want = |point: usize| {
            let distance = |to| (to, own.distance_between((0, point), (&others, 0, to)));
            let nearer = |a: (usize, f64), b: (usize, f64)| if b.1 < a.1 { b } else { a };
            (0..others.len()).map(distance).reduce(nearer)
        };
        let want: Vec<_> = (0..own.len()).map(want).collect();
        assert_eq!(own.nearest(0, (&others, 0)), want, "{width} {shift}");
        assert_eq!(want[130], Some((0, 0.0)));
    }
}

#[test]
fn the_nearest_in_counts_and_of_none() {
    let rows = vec![vec![(0, 2)], vec![(0, 1), (1, 1)], vec![(0, 2), (1, 1)]];
    let points = Points::new(vec![Coordinates::Counts(rows.clone())]);
    let others = Points::new(vec![Coordinates::Counts(rows[1..].to_vec())]);
    // min 1 of max 3, and 2 of 3
    let want = [Some((1, 1.0 - 2.0 / 3.0)), Some((0, 0.0)), Some((1, 0.0))];
    assert_eq!(points.nearest(0, (&others, 0)), want);
    let none = Points::new(vec![vectors(&[], 2, 1.0)]);
    let one = Points::new(vec![vectors(&[0.0, 1.0], 2, 1.0)]);
    assert_eq!(one.nearest(0, (&none, 0)), [None]);
    assert!(none.nearest(0, (&one, 0)).is_empty());
}

#[test]
#[should_panic(expected = "views of different lengths")]
fn views_are_of_one_length() {
    let _ = Points::new(vec![
        vectors(&[0.0, 1.0], 1, 1.0),
        vectors(&[0.0, 1.0], 2, 1.0),
    ]);
}
