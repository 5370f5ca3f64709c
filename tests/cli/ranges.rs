//! Whatever number a flag is given, the program runs, or refuses and names the flag; what is no number, or less than
//! none, is refused.

use std::io::Read;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::scratch::{Scratch, TABLES, TINY};

/// Numbers that no option is meant for, and texts that are none.
const HOSTILE: [&str; 9] = [
    "18446744073709551615",
    "-1",
    "nan",
    "1e300",
    "inf",
    "0",
    "1e-300",
    "99999999999999999999",
    "x",
];

/// How each command is called here; `run` is a trained model.
const COMMANDS: [(&str, &str); 6] = [
    ("train", "--out new"),
    ("check", ""),
    ("compare", "--methods stl --out new"),
    ("geometry", "--model run --points 5 --out new"),
    ("predict", "--model run --input tc.csv --output new"),
    ("explain", "--model gp --smiles CCO"),
];

/// Names of the values of numeric flags in the help.
const NUMBERS: [&str; 13] = [
    "NAME=N",
    "EPSILON",
    "N",
    "K",
    "D",
    "M",
    "SHARE",
    "WEIGHT",
    "RATE",
    "POWER",
    "SIZE",
    "NORM",
    "DEVIATIONS",
];

/// The numeric flags of a command, as its help lists them.
fn numeric_flags(scratch: &Scratch, command: &str) -> Vec<String> {
    let help = scratch.succeed(&format!("{command} --help")).stdout;
    let flags = help.lines().filter_map(|line| {
        let (before, value) = line.trim().split_once(" <")?;
        let flag = before.rsplit(' ').next()?.strip_prefix("--")?;
        let value = value.split('>').next()?;
        NUMBERS.contains(&value).then(|| flag.to_owned())
    });
    flags.collect()
}

/// The command line with a flag set to `value`; flags of [`TINY`] that it sets itself are left out.
fn call(command: &str, arguments: &str, flag: &str, value: &str) -> String {
    let value = if flag == "max-rows" {
        format!("tc={value}")
    } else {
        value.to_owned()
    };
    let tiny = match command {
        "train" | "compare" => format!("{TABLES} {TINY}"),
        "check" => TABLES.to_owned(),
        _ => String::new(),
    };
    let words: Vec<&str> = arguments
        .split_whitespace()
        .chain(tiny.split_whitespace())
        .collect();
    let given = format!("--{flag}");
    let at = words.iter().position(|word| *word == given);
    let rest = words
        .iter()
        .enumerate()
        .filter(|(index, _)| at.is_none_or(|at| *index != at && *index != at + 1));
    let rest: Vec<&str> = rest.map(|(_, word)| *word).collect();
    format!("{command} {} --{flag}={value}", rest.join(" "))
}

/// The end of a child, or none after a minute.
fn ended(child: &mut Child) -> Option<Option<i32>> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code());
        }
        sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    None
}

#[test]
fn no_number_makes_the_program_panic_or_hang() {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out run {TINY}"));
    scratch.succeed(&format!("train {TABLES} --method gp --out gp {TINY}"));
    // the first few of them take a second or two; all of them are for the long form
    let values = if std::env::var_os("GEOGATE_SOAK").is_some() {
        HOSTILE.len()
    } else {
        4
    };
    let mut tried = 0;
    for (command, arguments) in COMMANDS {
        let flags = numeric_flags(&scratch, command);
        assert!(!flags.is_empty(), "{command} has no numeric flags");
        let pairs = flags
            .iter()
            .flat_map(|flag| HOSTILE[..values].iter().map(move |value| (flag, value)));
        for (flag, value) in pairs {
            let _ = std::fs::remove_dir_all(scratch.path("new"));
            let _ = std::fs::remove_file(scratch.path("new"));
            let line = call(command, arguments, flag, value);
            let mut child = scratch
                .command(&line)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let status = ended(&mut child);
            let mut said = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut said)
                .unwrap();
            let fits = match status {
                Some(Some(0 | 1)) if ["nan", "-1", "x"].contains(value) => false,
                Some(Some(0)) => true,
                Some(Some(1)) => said.contains("error: "),
                Some(Some(2)) => said.contains(&format!("--{flag}")),
                _ => false,
            };
            assert!(fits, "{line}\n{status:?}: {said}");
            tried += 1;
        }
    }
    assert!(tried >= 150, "{tried}");
}
