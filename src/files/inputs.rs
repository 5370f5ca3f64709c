//! What is read is kept out of what is written.

use std::fs;
use std::path::Path;

use super::replacement::{beside, place};
use crate::error::{Error, Result};

/// Refuses to write into a folder that is read or that holds what is read, or where its successor would be.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) with both names.
pub fn refuse_inputs<'a>(out: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let Ok(place) = place(out) else {
        return Ok(());
    };
    // what does not exist holds nothing; an input that does not is refused by its reader
    let written = [place.clone(), beside(&place)].map(|path| fs::canonicalize(path).ok());
    for input in inputs {
        let Ok(real) = fs::canonicalize(input) else {
            continue;
        };
        if let Some(how) = written
            .iter()
            .flatten()
            .find_map(|folder| lies(&real, folder))
        {
            return Err(Error::usage(
                format!(
                    "{}, which is read, {how} the output folder {}",
                    input.display(),
                    out.display()
                ),
                "name another folder with option `out`",
            ));
        }
    }
    Ok(())
}

/// How a path lies in another, both real: `is` it, `lies in` it, or not at all.
fn lies(inner: &Path, outer: &Path) -> Option<&'static str> {
    let within = inner.starts_with(outer);
    within.then(|| if inner == outer { "is" } else { "lies in" })
}

/// Refuses a file to write, named by `flag`, that is read or that is there already in a folder which is.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) with both names.
pub fn refuse_to_overwrite<'a>(
    file: &Path,
    flag: &str,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<()> {
    let Ok(real) = fs::canonicalize(file) else {
        return Ok(());
    };
    for input in inputs {
        let Ok(read) = fs::canonicalize(input) else {
            continue;
        };
        let problem = match lies(&real, &read) {
            None => continue,
            Some("is") => format!("{} is read", file.display()),
            Some(how) => format!(
                "{} {how} {}, which is read",
                file.display(),
                input.display()
            ),
        };
        return Err(Error::usage(
            problem,
            format!("name another file with {flag}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_read_is_not_written() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        fs::create_dir(at("run")).unwrap();
        fs::write(at("in.csv"), "").unwrap();
        fs::write(at("run/model.json"), "").unwrap();
        let (input, model) = (at("in.csv"), at("run"));
        let refused = |out: &str| {
            refuse_to_overwrite(&at(out), "--output", [input.as_path(), &model]).is_err()
        };
        for out in ["in.csv", "run/../in.csv", "run/model.json"] {
            assert!(refused(out), "{out}");
        }
        for out in ["out.csv", "absent/out.csv", "run.csv", "run/new.csv"] {
            assert!(!refused(out), "{out}");
        }
    }

    #[test]
    fn what_is_read_is_not_written() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("run");
        let table = folder.join("tables").join("tb.csv");
        fs::create_dir_all(table.parent().unwrap()).unwrap();
        fs::write(&table, "").unwrap();
        let refused = |out: &Path| {
            let error = refuse_inputs(out, [table.as_path()]).err()?;
            Some(error.to_string())
        };
        let spelled = folder.join("tables/../.").join("");
        for out in [&folder, &spelled, &folder.join("tables"), &table] {
            let message = refused(out).expect("holds the table");
            assert!(message.contains("tb.csv"), "{message}");
        }
        for apart in ["runs", "run/tables/run", "run/other"] {
            assert_eq!(refused(&scratch.path().join(apart)), None);
        }
        #[cfg(unix)]
        {
            let link = scratch.path().join("link");
            std::os::unix::fs::symlink(&folder, &link).unwrap();
            assert!(refused(&link).is_some());
        }
    }
}
