//! Every law on every reference chart, and on random graphs.

use crate::strategies::{Draw, draw, for_all};
use geogate_geometry::charts::ClosedForms;
use geogate_laws::charts::{Graph, Polynomial, catalog};
use geogate_laws::{Law, Subject, applicability, suite};
use proptest::prelude::*;
use std::fmt::Write;

/// Checks the laws that apply; an error inside a stated domain is a failure.
fn check(
    space: &dyn ClosedForms,
    draw: &Draw,
    which: &dyn Fn(&Law) -> bool,
) -> Result<(), TestCaseError> {
    let subject = Subject::stated(space);
    let probe = draw.probe(space);
    for law in suite().filter(|law| which(law) && law.applies(&subject).is_ok()) {
        match law.check(&subject, &probe) {
            Ok(agreement) => prop_assert!(
                agreement.holds(),
                "{} on {}: {agreement}\n{probe:?}",
                law.name,
                space.name()
            ),
            Err(error) => prop_assert!(
                false,
                "{} on {}: {error}\n{probe:?}",
                law.name,
                space.name()
            ),
        }
    }
    Ok(())
}

/// The reference charts that the property tests run on, in two halves so that two cores share them.
fn half(parity: usize) -> Vec<Box<dyn ClosedForms + Send + Sync>> {
    catalog()
        .into_iter()
        .enumerate()
        .filter(|(index, _)| index % 2 == parity)
        .map(|(_, space)| space)
        .collect()
}

/// Laws that integrate geodesics get a fiftieth of the cases.
const INTEGRATING: u32 = 50;

#[test]
fn pointwise_laws_hold_on_even_charts() {
    let spaces = half(0);
    for_all(1, draw(), |draw| {
        spaces
            .iter()
            .try_for_each(|space| check(space.as_ref(), &draw, &|law| !law.integrates))
    });
}

#[test]
fn pointwise_laws_hold_on_odd_charts() {
    let spaces = half(1);
    for_all(1, draw(), |draw| {
        spaces
            .iter()
            .try_for_each(|space| check(space.as_ref(), &draw, &|law| !law.integrates))
    });
}

#[test]
fn pointwise_laws_hold_on_random_graphs() {
    for_all(
        1,
        (draw(), 2..5usize, 1..4usize, 0..1000u64),
        |(draw, d, m, seed)| {
            check(
                &Graph::new(Polynomial::random(d, m, 3, 0.8, seed)),
                &draw,
                &|law| !law.integrates,
            )
        },
    );
}

#[test]
fn geodesic_laws_hold_on_even_charts() {
    let spaces = half(0);
    let on_all = |draw| {
        spaces
            .iter()
            .try_for_each(|space| check(space.as_ref(), &draw, &|law| law.integrates))
    };
    for_all(INTEGRATING, draw(), on_all);
}

#[test]
fn geodesic_laws_hold_on_odd_charts() {
    let spaces = half(1);
    let on_all = |draw| {
        spaces
            .iter()
            .try_for_each(|space| check(space.as_ref(), &draw, &|law| law.integrates))
    };
    for_all(INTEGRATING, draw(), on_all);
}

#[test]
fn geodesic_laws_hold_on_random_graphs() {
    for_all(
        INTEGRATING,
        (draw(), 2..4usize, 1..3usize, 0..1000u64),
        |(draw, d, m, seed)| {
            check(
                &Graph::new(Polynomial::random(d, m, 3, 0.8, seed)),
                &draw,
                &|law| law.integrates,
            )
        },
    );
}

/// The table chart × law, kept as a file: which laws run where, and why not.
#[test]
fn table_of_laws() {
    let spaces = catalog();
    let subjects: Vec<Subject<'_>> = spaces
        .iter()
        .map(|space| Subject::stated(space.as_ref()))
        .collect();
    let rows = applicability(&subjects);
    let mut table = String::new();
    for (number, law) in suite().enumerate() {
        writeln!(table, "{number:2}  {}: {}", law.name, law.statement).unwrap();
    }
    let (mut runs, mut skipped) = (0, 0);
    for (space, row) in spaces.iter().zip(&rows) {
        let marks: String = row
            .iter()
            .map(|outcome| if outcome.is_ok() { '+' } else { '-' })
            .collect();
        writeln!(table, "\n{marks}  {}", space.name()).unwrap();
        runs += row.iter().filter(|outcome| outcome.is_ok()).count();
        for (law, reason) in suite()
            .zip(row)
            .filter_map(|(law, outcome)| outcome.err().map(|reason| (law, reason)))
        {
            skipped += 1;
            writeln!(table, "    {}: {reason}", law.name).unwrap();
        }
    }
    writeln!(
        table,
        "\n{} charts, {} laws: {runs} run, {skipped} do not",
        rows.len(),
        suite().count()
    )
    .unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/table_of_laws.txt");
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        kept, table,
        "the table has changed; look at it and run with UPDATE_TABLES=1"
    );
}
