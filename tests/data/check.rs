//! The dry run: counts, overlaps, parts, remarks, words.

use geogate::data::check::{Check, Remark};
use geogate::data::config::SplitName;

use super::Tables;

/// Two tasks of points on a line that share the points 40 to 59.
fn tables() -> Tables {
    let rows = |from: usize, to: usize| {
        let rows = (from..to).map(|x| format!("{x},{},g{}\n", x * x, x / 4));
        format!("x,value,family\n{}", rows.collect::<String>())
    };
    Tables::new()
        .task("y", rows(0, 60) + "7,1000,g1\nbad,1,g1\n8,,g2\n")
        .task("z", rows(40, 200))
        .features(&["x"])
        .with(|data| data.group = Some("family".to_owned()))
        .split(|split| split.val_fraction = 0.25)
}

fn check(tables: &Tables) -> Check {
    Check::read(&tables.data, &tables.split, 3).unwrap()
}

#[test]
fn the_counts_are_those_of_the_tables() {
    let check = check(&tables());
    assert_eq!((check.rows, check.molecules), (200, false));
    let table = &check.tables[0];
    assert_eq!((table.rows, table.used, table.skipped_rows()), (63, 61, 2));
    let task = &check.tasks[0];
    let account = &task.account;
    assert_eq!(
        (account.labels, account.molecules, account.merged),
        (61, 60, 1)
    );
    assert_eq!(account.spreads[0].max, (1000.0, 62));
    assert_eq!(task.values.min, 0.0);
    assert_eq!(task.values.max, 59.0 * 59.0);
    let [pair] = &check.overlaps[..] else {
        panic!("one pair");
    };
    assert_eq!((pair.task.as_str(), pair.other.as_str()), ("y", "z"));
    assert_eq!(pair.shared, 20);
    assert_eq!((pair.share, pair.share_of_other), (20.0 / 60.0, 0.125));
    let groups = check.groups.unwrap();
    assert_eq!((groups.count, groups.largest_size), (15, 4));
    assert_eq!(groups.largest, "g0");
    let [target, source] = &check.division.parts[..] else {
        panic!("two tasks");
    };
    assert_eq!((target.train, target.val, target.test), (36, 12, 12));
    assert_eq!(target.excluded, 0);
    assert_eq!(source.test, 0);
    assert_eq!(source.train + source.val + source.excluded, 160);
    assert_eq!(check.division.problem, None);
}

#[test]
fn rows_that_cannot_be_divided_are_a_finding_and_no_failure() {
    let tables = tables().split(|split| split.test_fraction = 0.1);
    let check = check(&tables);
    let problem = check.division.problem.as_deref().unwrap();
    assert!(problem.contains("test rows of the target `y`"), "{problem}");
    assert!(check.division.parts.is_empty());
    assert!(check.to_string().contains("not possible"));
}

#[test]
fn suspicious_columns_are_remarked_on() {
    let mut content = String::from("x,value,constant,few,mostly\n");
    for row in 0..40_u32 {
        let value = if row == 39 { 1e6 } else { f64::from(row) };
        let mostly = if row < 30 { 5 } else { row };
        content.push_str(&format!("{row},{value},2.5,{},{mostly}\n", row % 3));
    }
    let tables = Tables::new()
        .wide("value", content)
        .features(&["x"])
        .split(|split| split.split = SplitName::Random);
    let check = check(&tables);
    let remarks: Vec<&[Remark]> = check
        .tasks
        .iter()
        .map(|task| &task.values.remarks[..])
        .collect();
    let farthest = vec![("39.0".to_owned(), 1e6)];
    assert_eq!(remarks[0], [Remark::Outliers { count: 1, farthest }]);
    assert_eq!(remarks[1], [Remark::Constant]);
    assert_eq!(remarks[2], [Remark::FewValues { distinct: 3 }]);
    assert_eq!(remarks[3], [Remark::MostlyOne { value: 5.0 }]);
    assert_eq!(check.features[0].remarks, []);
    assert_eq!(check.groups, None);
}

#[test]
fn the_words_hold_every_finding() {
    let text = check(&tables()).to_string();
    for words in [
        "target y, 200 feature vectors in all tasks",
        "y.csv: 63 rows, 61 used, 2 left out",
        "1 x no label",
        "line 63, column `x`: not a number: `bad`",
        "task  column  labels  feature vectors  merged  kept   min  median    max\n",
        "y     value       61               60       1    60     0   870.5   3481\n",
        "7.0: 2 labels from 49 (line 9) to 1000 (line 62), median 524.5",
        "y and z: 20, 33.3 % of y, 12.5 % of z",
        "groups of the target: 15, 0 of a single row; the largest has 4: g0",
        "divided by groups, seed 3, overlap strict",
        "task  train  val  test  excluded",
        "y        36   12    12         0",
    ] {
        assert!(text.contains(words), "`{words}` is not in\n{text}");
    }
    let json = serde_json::to_value(check(&tables())).unwrap();
    assert_eq!(json["tables"][0]["skipped"][0]["line"], 63);
    assert_eq!(json["overlaps"][0]["shared"], 20);
}
