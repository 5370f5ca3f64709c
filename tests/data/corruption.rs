//! Labels that are corrupted on purpose: how many, by how much, and no others.

use geogate::data::config::{SplitConfig, SplitName};
use geogate::data::{Corpus, Corruption, Part, Partition, TargetTransform};

use crate::closeness::assert_close;

/// 200 points with two tasks; the second is the target.
fn corpus() -> Corpus {
    let x: Vec<f64> = (0..200).map(f64::from).collect();
    let labels = x
        .iter()
        .flat_map(|x| [x.sin(), 5.0 + 3.0 * (0.3 * x).cos()])
        .collect();
    let tasks = vec!["a".to_owned(), "b".to_owned()];
    Corpus::of_features(tasks, 1, vec!["x".to_owned()], x, labels).unwrap()
}

#[test]
fn a_share_of_the_training_labels_moves_by_k_deviations() {
    let corpus = corpus();
    let split = SplitConfig {
        split: SplitName::Random,
        ..SplitConfig::default()
    };
    let partition = Partition::holdout(&corpus, &split, 0).unwrap();
    let sd = corpus
        .scaler(&partition, 1, TargetTransform::None)
        .unwrap()
        .std;
    let corruption = Corruption {
        share: 0.2,
        sd: 2.5,
    };
    let bad = corpus.corrupted(&partition, corruption, 0).unwrap();
    let (mut up, mut down) = (0, 0);
    for row in 0..corpus.rows() {
        assert_eq!(bad.label(row, 0), corpus.label(row, 0));
        let moved = bad.label(row, 1) - corpus.label(row, 1);
        if moved == 0.0 {
            continue;
        }
        assert_eq!(partition.part(row, 1), Part::Train);
        assert_close(&[moved.abs()], &[2.5 * sd], 8.0, 10.0);
        if moved > 0.0 { up += 1 } else { down += 1 }
    }
    // 144 training rows; both signs occur
    assert_eq!((up + down, corruption.rows(&corpus, &partition)), (29, 29));
    assert!(up > 3 && down > 3, "{up} {down}");
    let again = corpus.corrupted(&partition, corruption, 0).unwrap();
    assert_eq!(bad.labels, again.labels);
    let other = corpus.corrupted(&partition, corruption, 1).unwrap();
    assert_ne!(bad.labels, other.labels);
    let none = Corruption {
        share: 0.0,
        sd: 2.5,
    };
    assert_eq!(
        corpus.corrupted(&partition, none, 0).unwrap().labels,
        corpus.labels
    );
}
