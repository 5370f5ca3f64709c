//! `--help` teaches: examples, defaults, every flag with its key.

use geogate::train::config::RunConfig;

use super::scratch::Scratch;

const COMMANDS: [&str; 7] = [
    "demo", "check", "train", "predict", "explain", "compare", "geometry",
];

#[test]
fn every_command_shows_examples_that_name_it() {
    let scratch = Scratch::new();
    let overview = scratch.succeed("--help").stdout;
    assert!(overview.contains("Exit status"), "{overview}");
    for command in COMMANDS {
        assert!(
            overview.contains(&format!("geogate {command}")),
            "{overview}"
        );
        let help = scratch.succeed(&format!("{command} --help")).stdout;
        let (_, examples) = help
            .split_once("Examples:")
            .unwrap_or_else(|| panic!("{help}"));
        assert!(examples.contains(&format!("geogate {command}")), "{help}");
    }
}

#[test]
fn fixed_names_are_there() {
    let scratch = Scratch::new();
    let train = scratch.succeed("train --help").stdout;
    for flag in [
        "--task",
        "--data",
        "--target",
        "--source",
        "--features",
        "--method",
        "--split",
        "--split-column",
        "--test-fraction",
        "--val-fraction",
        "--seed",
        "--split-seed",
        "--epochs",
        "--batch-size",
        "--lr",
        "--threads",
        "--max-rows",
        "--overlap",
        "--config",
        "--quiet",
        "--json",
        "--force",
        "--resume",
        "--embedding",
        "--depth",
        "--readout",
        "--hidden",
        "--latent-dim",
        "--lf-dim",
        "--precision",
        "--on-bad-row",
        "--group",
        "--out",
    ] {
        assert!(
            train.contains(&format!("{flag} ")) || train.contains(&format!("{flag}\n")),
            "{flag}"
        );
    }
    let compare = scratch.succeed("compare --help").stdout;
    for flag in ["--pairs", "--methods", "--folds", "--seeds", "--evidence"] {
        assert!(compare.contains(flag), "{flag}");
    }
    let predict = scratch.succeed("predict --help").stdout;
    for flag in ["--model", "--input", "--output", "--coverage", "--evidence"] {
        assert!(predict.contains(flag), "{flag}");
    }
}

/// Flags and keys are the same list, and the defaults that the help states are those that hold.
#[test]
fn every_key_has_a_flag_and_the_stated_default() {
    let scratch = Scratch::new();
    let help = scratch.succeed("train --help").stdout;
    let words: String = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let defaults = toml::Table::try_from(RunConfig::default()).unwrap();
    let mut compared = 0;
    for section in ["split", "model", "training"] {
        for (key, value) in defaults[section].as_table().unwrap() {
            // `--pairs` is a file of a comparison
            let name = if key == "pairs" { "loss_pairs" } else { key };
            let flag = format!("--{} <", name.replace('_', "-"));
            let (_, entry) = words.split_once(&flag).unwrap_or_else(|| panic!("{flag}"));
            let entry = entry.split(" --").next().unwrap_or(entry);
            let (_, stated) = words.split_once(&flag).unwrap();
            let (_, stated) = stated
                .split_once("[default: ")
                .unwrap_or_else(|| panic!("{entry}"));
            let stated = stated.split(']').next().unwrap();
            let holds = match value {
                toml::Value::String(text) => stated == text,
                toml::Value::Float(number) => stated.parse::<f64>() == Ok(*number),
                toml::Value::Boolean(on) => stated == if *on { "on" } else { "off" },
                toml::Value::Array(names) => {
                    let names = names.iter().filter_map(toml::Value::as_str);
                    stated == names.collect::<Vec<_>>().join(",")
                }
                other => stated == other.to_string(),
            };
            assert!(
                holds,
                "{key}: the help says {stated}, the default is {value}"
            );
            compared += 1;
        }
    }
    assert!(compared > 25, "{compared} keys");
}

#[test]
fn usage_errors_have_status_two_and_help_zero() {
    let scratch = Scratch::new();
    assert_eq!(scratch.run("").status, Some(2));
    assert_eq!(scratch.run("tarin").status, Some(2));
    assert_eq!(scratch.run("--version").status, Some(0));
}
