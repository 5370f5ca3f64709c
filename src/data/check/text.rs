//! A check in words.

use std::fmt;

use super::{Check, ColumnCheck, Division, OUTLIER_DEVIATIONS, Remark, TaskCheck, TextTable};
use crate::data::account::{LabelSpread, TableAccount};
use crate::data::config::SplitName;

/// Rows left out, and spreads, that are listed; all are counted.
const LISTED: usize = 10;

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        writeln!(
            f,
            "target {}, {} {kind} in all tasks",
            self.target, self.rows
        )?;
        for table in &self.tables {
            write_table(f, table)?;
        }
        self.write_tasks(f)?;
        self.write_features(f)?;
        if !self.overlaps.is_empty() {
            writeln!(f, "\nshared {kind}")?;
        }
        for pair in &self.overlaps {
            writeln!(
                f,
                "  {} and {}: {}, {:.1} % of {}, {:.1} % of {}",
                pair.task,
                pair.other,
                pair.shared,
                100.0 * pair.share,
                pair.task,
                100.0 * pair.share_of_other,
                pair.other
            )?;
        }
        if let Some(groups) = &self.groups {
            writeln!(
                f,
                "\ngroups of the target: {}, {} of a single row; the largest has {}: {}",
                groups.count, groups.singletons, groups.largest_size, groups.largest
            )?;
        }
        write_division(f, &self.division, self.groups.is_some())?;
        match (self.division.stereo_twins, self.kind()) {
            (0, _) => Ok(()),
            (twins, "rows") => writeln!(
                f,
                "the molecules of {twins} test rows are in the target's training part too, under other conditions or as \
                 stereoisomers"
            ),
            (twins, _) => writeln!(
                f,
                "{twins} test molecules have a stereoisomer in the target's training part"
            ),
        }
    }
}

impl Check {
    fn kind(&self) -> &'static str {
        match (self.molecules, self.features.is_empty()) {
            (true, true) => "molecules",
            (true, false) => "rows",
            (false, _) => "feature vectors",
        }
    }

    fn write_tasks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        let head = [
            "task", "column", "labels", kind, "merged", "kept", "min", "median", "max",
        ];
        let mut table = TextTable::new(2, &head);
        for task in &self.tasks {
            let TaskCheck {
                account, values, ..
            } = task;
            table.row([
                values.name.clone(),
                account.column.clone(),
                account.labels.to_string(),
                account.molecules.to_string(),
                account.merged.to_string(),
                account.kept.to_string(),
                digits(values.min),
                digits(values.median),
                digits(values.max),
            ]);
        }
        write!(f, "\n{table}")?;
        for task in &self.tasks {
            write_spreads(f, task)?;
            write_remarks(f, "task", &task.values)?;
        }
        Ok(())
    }

    fn write_features(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.features.is_empty() {
            return Ok(());
        }
        let mut table = TextTable::new(1, &["feature", "min", "median", "max"]);
        for feature in &self.features {
            let numbers = [feature.min, feature.median, feature.max].map(digits);
            table.row([feature.name.clone()].into_iter().chain(numbers));
        }
        write!(f, "\n{table}")?;
        for feature in &self.features {
            write_remarks(f, "feature", feature)?;
        }
        Ok(())
    }
}

fn write_table(f: &mut fmt::Formatter<'_>, table: &TableAccount) -> fmt::Result {
    let (file, rows, used) = (table.file.display(), table.rows, table.used);
    let left_out = table.skipped_rows();
    writeln!(f, "\n{file}: {rows} rows, {used} used, {left_out} left out")?;
    for (reason, count) in table.reasons() {
        writeln!(f, "  {count} x {reason}")?;
    }
    for skip in table.skipped.iter().take(LISTED) {
        let label_only = match skip.label_only {
            true => " (the row's other labels are used)",
            false => "",
        };
        writeln!(f, "  {skip}{label_only}")?;
    }
    write_more(f, table.skipped.len())?;
    for (column, reason) in &table.ignored_columns {
        writeln!(f, "  column `{column}` is no task: {reason}")?;
    }
    Ok(())
}

fn write_more(f: &mut fmt::Formatter<'_>, all: usize) -> fmt::Result {
    match all.saturating_sub(LISTED) {
        0 => Ok(()),
        more => writeln!(f, "  and {more} more"),
    }
}

fn write_spreads(f: &mut fmt::Formatter<'_>, task: &TaskCheck) -> fmt::Result {
    if task.account.spreads.is_empty() {
        return Ok(());
    }
    writeln!(f, "\nwidest spreads of task {}", task.values.name)?;
    for spread in &task.account.spreads {
        let LabelSpread {
            identifier,
            labels,
            min,
            max,
            median,
        } = spread;
        let end = |(value, line): (f64, u64)| format!("{} (line {line})", digits(value));
        writeln!(
            f,
            "  {identifier}: {labels} labels from {} to {}, median {}",
            end(*min),
            end(*max),
            digits(*median)
        )?;
    }
    Ok(())
}

fn write_remarks(f: &mut fmt::Formatter<'_>, kind: &str, column: &ColumnCheck) -> fmt::Result {
    for remark in &column.remarks {
        write!(f, "\n{kind} {}: ", column.name)?;
        match remark {
            Remark::Constant => writeln!(f, "every value is {}", digits(column.min))?,
            Remark::FewValues { distinct } => writeln!(f, "only {distinct} different values")?,
            Remark::MostlyOne { value } => {
                writeln!(f, "more than half of the values are {}", digits(*value))?;
            }
            Remark::Outliers { count, farthest } => {
                writeln!(
                    f,
                    "{count} values are more than {OUTLIER_DEVIATIONS} robust deviations from the \
                     median; the farthest"
                )?;
                for (identifier, value) in farthest {
                    writeln!(f, "  {identifier}: {}", digits(*value))?;
                }
            }
        }
    }
    Ok(())
}

fn write_division(f: &mut fmt::Formatter<'_>, division: &Division, groups: bool) -> fmt::Result {
    let seed = division.seed;
    let how = match (&division.split_column, division.split) {
        (Some(column), _) => format!("by column `{column}`"),
        (None, SplitName::Random) => format!("at random, seed {seed}"),
        (None, SplitName::Scaffold) if groups => format!("by groups, seed {seed}"),
        (None, SplitName::Scaffold) => {
            format!("at random for want of a group column (option `group`), seed {seed}")
        }
        (None, SplitName::Extrapolate) => {
            format!("by the target's lowest and highest tenth, seed {seed}")
        }
    };
    let overlap = division.overlap.as_str();
    writeln!(f, "\ndivided {how}, overlap {overlap}")?;
    if let Some(problem) = &division.problem {
        return writeln!(f, "  not possible: {problem}");
    }
    let mut table = TextTable::new(1, &["task", "train", "val", "test", "excluded"]);
    for parts in &division.parts {
        let counts = [parts.train, parts.val, parts.test, parts.excluded];
        let counts = counts.map(|count| count.to_string());
        table.row([parts.task.clone()].into_iter().chain(counts));
    }
    write!(f, "{table}")
}

/// A number with five significant digits, without trailing zeros.
fn digits(value: f64) -> String {
    const SIGNIFICANT: i32 = 5;
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-4..=9).contains(&exponent) {
        return format!("{value:.4e}");
    }
    let decimals = usize::try_from(SIGNIFICANT - 1 - exponent).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn five_digits_tell_a_value() {
        for (value, text) in [
            (0.0, "0"),
            (447.0, "447"),
            (111.73, "111.73"),
            (0.013_456_78, "0.013457"),
            (-2.5, "-2.5"),
            (1_234_567.0, "1234567"),
            (1.5e-9, "1.5000e-9"),
            (99_999.6, "100000"),
        ] {
            assert_eq!(digits(value), text);
        }
    }
}
