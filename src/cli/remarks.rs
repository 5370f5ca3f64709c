//! What the user should know of the rows before reading any result: left out, merged.

use super::table::grouped;
use crate::data::account::{Account, TableAccount, TaskAccount};

/// A line per table with rows left out and per task with merged labels.
pub(super) fn remarks(account: &Account) -> Vec<String> {
    let tables = account.tables.iter().filter_map(skipped);
    tables
        .chain(account.tasks.iter().filter_map(merged))
        .collect()
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

fn merged(task: &TaskAccount) -> Option<String> {
    (task.merged > 0).then(|| {
        format!(
            "{}: {} molecules had several labels, merged by the median",
            task.name,
            grouped(task.merged)
        )
    })
}
