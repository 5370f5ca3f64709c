//! What the user should know of the rows before reading any result: left out, merged, swallowed by a quote, no task.

use std::path::Path;

use super::table::grouped;
use crate::data::account::{Account, Reason, Skipped, TableAccount, TaskAccount};

/// Columns that are named; all are counted.
const NAMED: usize = 10;

/// A line per table with rows left out, with columns that are no task or with an open quote, and per task with merged
/// labels.
pub(super) fn remarks(account: &Account) -> Vec<String> {
    let of_table = |table: &TableAccount| {
        let quotes = open_quotes(&table.file, &table.skipped);
        let lines = [skipped(table), ignored(table)].into_iter().flatten();
        lines.chain(quotes).collect::<Vec<_>>()
    };
    let tables = account.tables.iter().flat_map(of_table);
    tables
        .chain(account.tasks.iter().filter_map(merged))
        .collect()
}

/// A line for each quote that seems to be left open, with the rows at stake.
pub(super) fn open_quotes<'a>(
    file: &'a Path,
    skipped: &'a [Skipped],
) -> impl Iterator<Item = String> + 'a {
    skipped.iter().filter_map(move |skip| match skip.reason {
        Reason::OpenQuote { last_line, lines } => Some(format!(
            "{}, line {}: a quote runs on to line {last_line} over what looks like {} rows: none of them is used; \
             close the quote, or double it where it is a character of the text",
            file.display(),
            skip.line,
            grouped(usize::try_from(lines).unwrap_or(usize::MAX).saturating_add(1)),
        )),
        _ => None,
    })
}

fn skipped(table: &TableAccount) -> Option<String> {
    if table.skipped.is_empty() {
        return None;
    }
    let reasons: Vec<String> = table
        .reasons()
        .into_iter()
        .map(|(reason, count)| format!("{} {reason}", grouped(count)))
        .collect();
    Some(format!(
        "{}: {} of {} rows skipped ({}); `geogate check` lists them",
        table.file.display(),
        grouped(table.skipped_rows()),
        grouped(table.rows),
        reasons.join(", ")
    ))
}

fn ignored(table: &TableAccount) -> Option<String> {
    let columns = &table.ignored_columns;
    let named = columns.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|(column, reason)| format!("`{column}` ({reason})"))
        .collect();
    let more = match columns.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {} more", grouped(more)),
    };
    (!columns.is_empty()).then(|| {
        format!(
            "{}: no tasks are the columns {}{more}",
            table.file.display(),
            named.join(", ")
        )
    })
}

fn merged(task: &TaskAccount) -> Option<String> {
    (task.merged > 0).then(|| {
        format!(
            "{}: {} molecules had several labels, merged by the median",
            task.name,
            grouped(task.merged)
        )
    })
}
