//! Fewer points than there are, where a picture shows no more of them.

/// Points of a series that are drawn at most, spread evenly over it: a page stays light.
pub const MOST_POINTS: usize = 2_000;
/// Corners of a line that are drawn at most: more than a picture has pixels across.
const MOST_CORNERS: usize = 600;

/// At most [`MOST_POINTS`] of the points, spread evenly.
pub(super) fn spread(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(MOST_POINTS).max(1);
    points.iter().copied().step_by(step).collect()
}

/// At most [`MOST_CORNERS`] corners of the line through finite points: the ends, and of each of equal stretches between
/// the lowest and the highest, so that no spike is lost.
pub(super) fn corners(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let [first, between @ .., last] = points else {
        return points.to_vec();
    };
    if points.len() <= MOST_CORNERS {
        return points.to_vec();
    }
    let stretch = between.len().div_ceil(MOST_CORNERS / 2 - 1);
    let mut kept = vec![*first];
    for stretch in between.chunks(stretch) {
        let (mut low, mut high) = (0, 0);
        for (at, point) in stretch.iter().enumerate() {
            low = if point.1 < stretch[low].1 { at } else { low };
            high = if point.1 > stretch[high].1 { at } else { high };
        }
        kept.push(stretch[low.min(high)]);
        if low != high {
            kept.push(stretch[low.max(high)]);
        }
    }
    kept.push(*last);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_series_is_thinned_evenly() {
        let points: Vec<(f64, f64)> = (0..10_001).map(|i| (f64::from(i), 0.0)).collect();
        let thin = spread(&points);
        assert!(thin.len() <= MOST_POINTS && thin.len() > MOST_POINTS / 2);
        assert_eq!(thin[0], points[0]);
    }

    #[test]
    fn a_long_line_keeps_its_ends_and_its_spikes() {
        let mut points: Vec<(f64, f64)> = (0..10_001)
            .map(|i| (f64::from(i), f64::from(i % 7)))
            .collect();
        points[5_003].1 = 99.0;
        points[5_004].1 = -99.0;
        let line = corners(&points);
        assert!(line.len() <= MOST_CORNERS && line.len() > MOST_CORNERS / 2);
        for kept in [0, 5_003, 5_004, 10_000] {
            assert!(line.contains(&points[kept]), "{kept}");
        }
        assert!(line.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(corners(&points[..MOST_CORNERS]), points[..MOST_CORNERS]);
        assert_eq!(corners(&[]), []);
    }
}
