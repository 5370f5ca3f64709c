//! How the target's rows are divided.
//!
//! Every draw starts from the rows in the order of their keys, so a split is a function of the
//! target's molecules, the options and the seed. What is drawn are units: single rows, or, where a molecule with
//! features beside it may be several rows, all rows of one overlap class, which are held out together.

use std::collections::{BTreeMap, VecDeque};

use super::account::Reason;
use super::config::{SplitConfig, SplitName};
use super::corpus::Corpus;
use super::part::{MIN_ROWS, Part, share};
use crate::error::{Error, ErrorKind, Result};
use crate::random::{Purpose, Stream};

/// Index of the stream that divides the rows into test and rest, or into folds.
const DIVISION: u64 = 0;
/// Index of the stream that draws the validation rows of a holdout; fold `f` has the `f` next.
const VALIDATION: u64 = 1;

/// Index of the stream that divides training and validation rows into inner folds: beyond those of every fold.
const INNER: u64 = 1 << 40;

/// Parts of the target by row of the corpus.
pub(super) fn holdout(corpus: &Corpus, split: &SplitConfig, seed: u64) -> Result<Vec<Part>> {
    split.validate()?;
    if let Some(column) = &split.split_column {
        return declared(corpus, column);
    }
    let rows = target_rows(corpus)?;
    let wanted = share(split.test_fraction, rows.len());
    let mut stream = Stream::new(seed, Purpose::Split, DIVISION);
    let test = match split.split {
        SplitName::Random => {
            let mut units = units(corpus, &rows);
            stream.shuffle(&mut units);
            nearest_to(units, wanted)
        }
        SplitName::Scaffold => {
            let mut groups = groups(corpus, &rows);
            stream.shuffle(&mut groups);
            filled(groups, wanted)
        }
        SplitName::Extrapolate => extremes(corpus, &rows),
    };
    let validation = Stream::new(seed, Purpose::Split, VALIDATION);
    Ok(parts(corpus, rows, &test, split.val_fraction, validation))
}

/// Parts of the target by row of the corpus where the test part is fold `fold` of `folds`.
pub(super) fn fold(
    corpus: &Corpus,
    split: &SplitConfig,
    seed: u64,
    folds: usize,
    fold: usize,
) -> Result<Vec<Part>> {
    if folds < 2 || fold >= folds {
        return Err(Error::usage(
            format!("there is no fold {fold} of {folds}"),
            "ask for at least two folds, counted from 0",
        ));
    }
    if split.split_column.is_some() || split.split == SplitName::Extrapolate {
        return Err(Error::usage(
            "a split column and option `split` = extrapolate give one division, not folds",
            "leave option `folds` out, or choose option `split` = random or scaffold",
        ));
    }
    let rows = target_rows(corpus)?;
    let mut stream = Stream::new(seed, Purpose::Split, DIVISION);
    let test = match split.split {
        SplitName::Random if corpus.inputs.has_both() => {
            let mut units = units(corpus, &rows);
            stream.shuffle(&mut units);
            balanced(units, folds).swap_remove(fold)
        }
        SplitName::Random => {
            let mut rows = rows.clone();
            stream.shuffle(&mut rows);
            // the first folds take one row more where the number does not divide
            let start = |fold: usize| fold * (rows.len() / folds) + fold.min(rows.len() % folds);
            rows[start(fold)..start(fold + 1)].to_vec()
        }
        _ => {
            let mut groups = groups(corpus, &rows);
            stream.shuffle(&mut groups);
            balanced(groups, folds).swap_remove(fold)
        }
    };
    let validation = Stream::new(seed, Purpose::Split, VALIDATION + 1 + fold as u64);
    Ok(parts(corpus, rows, &test, split.val_fraction, validation))
}

/// Are inner folds made of whole groups?
pub(super) fn by_groups(corpus: &Corpus, split: &SplitConfig) -> bool {
    split.split == SplitName::Scaffold && split.split_column.is_none() && corpus.has_groups()
}

/// The `rows` (in the order of their keys) in `folds` inner folds: by groups, whole ones, where `split` is by
/// scaffold and there are groups; else at random.
pub(super) fn inner_folds(
    corpus: &Corpus,
    (split, seed): (&SplitConfig, u64),
    rows: &[usize],
    folds: usize,
) -> Vec<Vec<usize>> {
    let mut stream = Stream::new(seed, Purpose::Split, INNER);
    let mut groups: Vec<Vec<usize>> = if by_groups(corpus, split) {
        groups(corpus, rows)
    } else {
        units(corpus, rows)
    };
    stream.shuffle(&mut groups);
    balanced(groups, folds)
}

/// The target's labelled rows in the order of their keys.
fn target_rows(corpus: &Corpus) -> Result<Vec<usize>> {
    let rows = corpus.labelled_by_key(corpus.target);
    if rows.len() >= 3 * MIN_ROWS {
        return Ok(rows);
    }
    Err(ErrorKind::TooFewRows {
        what: format!(
            "labelled molecules of the target `{}`",
            corpus.tasks[corpus.target]
        ),
        found: rows.len(),
        needed: 3 * MIN_ROWS,
        advice: format!(
            "training, validation and test each need {MIN_ROWS}: add labels, or look for rows that \
             were left out with `geogate check`"
        ),
    }
    .into())
}

/// The rows that are held out together, in the order of their first row: those of one overlap class where molecules
/// have features beside them, else each alone.
pub(super) fn units(corpus: &Corpus, rows: &[usize]) -> Vec<Vec<usize>> {
    if !corpus.inputs.has_both() {
        return rows.iter().map(|&row| vec![row]).collect();
    }
    together(rows, |row| corpus.overlap_classes()[row])
}

/// Groups of `rows`, in the order of their first row; groups that hold rows of one [unit](units) are one.
fn groups(corpus: &Corpus, rows: &[usize]) -> Vec<Vec<usize>> {
    let of_row = &corpus.groups().of_row;
    let group = |row: usize| of_row[row].expect("every labelled row of the target has a group");
    let groups = together(rows, group);
    if !corpus.inputs.has_both() {
        return groups;
    }
    // a molecule in two groups makes one of them, and so on along the chain
    let mut first: BTreeMap<u32, usize> = BTreeMap::new();
    let mut joined: Vec<usize> = (0..groups.len()).collect();
    for (at, group) in groups.iter().enumerate() {
        for &row in group {
            let other = *first.entry(corpus.overlap_classes()[row]).or_insert(at);
            let (a, b) = (root(&joined, at), root(&joined, other));
            joined[a.max(b)] = a.min(b);
        }
    }
    let places: Vec<usize> = (0..groups.len()).collect();
    let merged = together(&places, |at| root(&joined, at)).into_iter();
    let rows = |places: Vec<usize>| places.into_iter().flat_map(|at| groups[at].clone());
    merged.map(|places| rows(places).collect()).collect()
}

/// The first of the groups that `at` is joined to.
fn root(joined: &[usize], mut at: usize) -> usize {
    while joined[at] != at {
        at = joined[at];
    }
    at
}

/// `items` of equal keys together, in the order of the first of each.
fn together<K: Ord>(items: &[usize], key: impl Fn(usize) -> K) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut place: BTreeMap<K, usize> = BTreeMap::new();
    for &item in items {
        let at = *place.entry(key(item)).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(item);
    }
    groups
}

/// Rows of the first units, each taken where that brings their number nearer to `wanted`: exactly so many of single rows.
pub(super) fn nearest_to(units: Vec<Vec<usize>>, wanted: usize) -> Vec<usize> {
    let mut taken = Vec::new();
    for unit in units {
        let missing = wanted.saturating_sub(taken.len());
        if missing > 0 && unit.len() <= 2 * missing {
            taken.extend(unit);
        }
    }
    taken
}

/// Rows of the first groups until there are `wanted`; groups larger than half of it are passed by.
fn filled(groups: Vec<Vec<usize>>, wanted: usize) -> Vec<usize> {
    let mut test = Vec::new();
    for group in groups {
        if 2 * group.len() <= wanted && test.len() < wanted {
            test.extend(group);
        }
    }
    test
}

/// Rows of `folds` folds: groups from the largest (equal ones in the given order), each to the fold
/// with the fewest rows.
fn balanced(mut groups: Vec<Vec<usize>>, folds: usize) -> Vec<Vec<usize>> {
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut rows = vec![Vec::new(); folds];
    for group in groups {
        let least = (0..folds)
            .min_by_key(|&fold| rows[fold].len())
            .expect("at least two folds");
        rows[least].extend(group);
    }
    rows
}

/// The tenth of `rows` with the lowest and the tenth with the highest target labels: units by the mean of theirs, until
/// there are so many rows.
fn extremes(corpus: &Corpus, rows: &[usize]) -> Vec<usize> {
    const TENTH: f64 = 0.1;
    let mean = |unit: &[usize]| {
        let labels = unit.iter().map(|&row| corpus.label(row, corpus.target));
        labels.sum::<f64>() / unit.len() as f64
    };
    let units = units(corpus, rows).into_iter();
    let mut sorted: Vec<(f64, Vec<usize>)> = units.map(|unit| (mean(&unit), unit)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tenth = share(TENTH, rows.len());
    let mut sorted: VecDeque<Vec<usize>> = sorted.into_iter().map(|(_, unit)| unit).collect();
    let (mut bottom, mut top) = (Vec::new(), Vec::new());
    while bottom.len() < tenth
        && let Some(unit) = sorted.pop_front()
    {
        bottom.extend(unit);
    }
    while top.len() < tenth
        && let Some(unit) = sorted.pop_back()
    {
        top.extend(unit);
    }
    bottom.extend(top);
    bottom
}

/// Parts by row of the corpus: `test`, of the other `rows` a share for validation, the rest.
fn parts(
    corpus: &Corpus,
    rows: Vec<usize>,
    test: &[usize],
    val_fraction: f64,
    mut stream: Stream,
) -> Vec<Part> {
    let mut parts = vec![Part::Unlabelled; corpus.rows()];
    for &row in test {
        parts[row] = Part::Test;
    }
    let mut rest: Vec<usize> = rows;
    rest.retain(|&row| parts[row] != Part::Test);
    for &row in &rest {
        parts[row] = Part::Train;
    }
    let val = share(val_fraction, rest.len());
    let mut units = units(corpus, &rest);
    stream.shuffle(&mut units);
    for row in nearest_to(units, val) {
        parts[row] = Part::Val;
    }
    parts
}

/// Parts as the split column says.
fn declared(corpus: &Corpus, column: &str) -> Result<Vec<Part>> {
    let declared = corpus.declared_parts.as_ref().ok_or_else(|| {
        Error::usage(
            format!("the tables were read without the split column `{column}`"),
            "read them with it",
        )
    })?;
    let part = |part: &Option<Part>| part.unwrap_or(Part::Unlabelled);
    Ok(declared.iter().map(part).collect())
}

/// What to know of rows left out because their mark is none, if there are any.
fn unknown_marks(corpus: &Corpus) -> String {
    let skipped = corpus
        .account
        .tables
        .iter()
        .flat_map(|table| &table.skipped);
    let mut unknown = skipped.filter(|skip| skip.reason == Reason::Part);
    let Some(first) = unknown.next() else {
        return String::new();
    };
    let mark = first.value.as_deref().unwrap_or_default();
    let rows = match 1 + unknown.count() {
        1 => "1 row is".to_owned(),
        count => format!("{count} rows are"),
    };
    format!(
        " ({rows} left out because the mark names no part, the first `{mark}` on line {})",
        first.line
    )
}

/// The error of a part of the target with `found` rows, too few, where `rest` rows train and
/// validate.
pub(super) fn too_few(
    corpus: &Corpus,
    split: &SplitConfig,
    part: Part,
    found: usize,
    rest: usize,
) -> Error {
    let rows = corpus.labelled(corpus.target).len();
    let what = match part {
        Part::Val => "validation",
        Part::Test => "test",
        _ => "training",
    };
    let random = "divide with option `split` = random";
    let advice = match (part, &split.split_column, split.split) {
        (_, Some(column), _) => format!(
            "mark more rows `{}` in column `{column}`{}",
            part.name(),
            unknown_marks(corpus)
        ),
        (Part::Test, None, SplitName::Scaffold) if corpus.has_groups() => {
            let sizes = corpus.groups().sizes();
            let largest = sizes.iter().max().copied().unwrap_or(0);
            let groups = sizes.len();
            format!(
                "the {rows} molecules fall into {groups} groups, the largest of {largest}, and \
                 groups of more than half the test size train: raise option `test_fraction`, ask for \
                 fewer folds, or {random}"
            )
        }
        (Part::Test, None, SplitName::Extrapolate) => {
            format!("two tenths of {rows} molecules are too few: add labels, or {random}")
        }
        (Part::Test, None, _) => {
            let fewer = "ask for fewer folds";
            advise_fraction(
                "option `test_fraction`",
                split.test_fraction,
                rows,
                what,
                fewer,
            )
        }
        (_, None, _) if rest < 2 * MIN_ROWS => format!(
            "the test part leaves {rest} of {rows} molecules: lower option `test_fraction`, ask for more \
             folds, or add labels"
        ),
        (_, None, _) => {
            let add = "add labels";
            advise_fraction("option `val_fraction`", split.val_fraction, rest, what, add)
        }
    };
    ErrorKind::TooFewRows {
        what: format!(
            "{what} rows of the target `{}`",
            corpus.tasks[corpus.target]
        ),
        found,
        needed: MIN_ROWS,
        advice,
    }
    .into()
}

/// What to try where `fraction` of `rows` leaves too few in the `part`: a fraction that does not.
pub(super) fn advise_fraction(
    option: &str,
    fraction: f64,
    rows: usize,
    part: &str,
    otherwise: &str,
) -> String {
    // in hundredths, rounded up, with the half row that rounding may take
    let hundredths = |rows_needed: f64| (100.0 * rows_needed / rows.max(1) as f64).ceil() / 100.0;
    if part == "training" {
        return format!("lower {option} from {fraction}, or {otherwise}");
    }
    let enough = hundredths(MIN_ROWS as f64 - 0.5);
    match enough > fraction && enough < 1.0 {
        true => format!("raise {option} to at least {enough}, or {otherwise}"),
        false => otherwise.to_owned(),
    }
}
