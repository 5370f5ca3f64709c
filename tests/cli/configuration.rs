//! Defaults, then the file, then flags; and what may be written where.

use super::scratch::{Scratch, TABLES, TINY};

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let scratch = Scratch::new();
    scratch.write(
        "own.toml",
        "[model]\nhidden = 5\ndepth = 2\n[training]\nseed = 3\nepochs = 1\nmin_steps = 1\n\
         [split]\nsplit = \"random\"\nval_fraction = 0.25\n[run]\nout = \"run\"\nquiet = true\n\
         [data]\ntarget = \"tc\"\n[[data.tasks]]\nname = \"tc\"\nfile = \"tc.csv\"\n\
         [[data.tasks]]\nname = \"tb\"\nfile = \"tb.csv\"\n",
    );
    scratch.succeed("train --config own.toml --hidden 4 --seed 9 --method stl");
    let effective = scratch.read("run/config.toml");
    let config: toml::Table = toml::from_str(&effective).unwrap();
    let value = |section: &str, key: &str| config[section][key].to_string();
    assert_eq!(value("model", "hidden"), "4");
    assert_eq!(value("model", "depth"), "2");
    assert_eq!(value("model", "embedding"), "100");
    assert_eq!(value("model", "method"), "\"stl\"");
    assert_eq!(value("training", "seed"), "9");
    assert_eq!(value("training", "epochs"), "1");
    assert!(!effective.contains("threads") && !effective.contains("[run]"));
}

#[test]
fn the_effective_configuration_repeats_the_run() {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out one {TINY} --seed 4"));
    scratch.succeed("train --config one/config.toml --out two --quiet");
    for file in [
        "config.toml",
        "metrics.json",
        "predictions.csv",
        "model.safetensors",
    ] {
        assert_eq!(
            scratch.bytes(&format!("one/{file}")),
            scratch.bytes(&format!("two/{file}"))
        );
    }
}

#[test]
fn threads_change_no_number() {
    let scratch = Scratch::new();
    for threads in [1, 2] {
        scratch.succeed(&format!(
            "train {TABLES} --out t{threads} --threads {threads} {TINY}"
        ));
    }
    for file in [
        "config.toml",
        "metrics.json",
        "predictions.csv",
        "history.csv",
    ] {
        assert_eq!(
            scratch.bytes(&format!("t1/{file}")),
            scratch.bytes(&format!("t2/{file}"))
        );
    }
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let scratch = Scratch::new();
    scratch.write("own.toml", "[model]\nhiden = 5\n");
    scratch.refused(
        "train --config own.toml --out run",
        &["own.toml, line 2", "hiden"],
    );
    scratch.refused("train --config absent.toml --out run", &["absent.toml"]);
}

#[test]
fn an_existing_run_is_refused_replaced_or_continued() {
    let scratch = Scratch::new();
    let train = format!("train {TABLES} --out run {TINY}");
    scratch.succeed(&train);
    let metrics = scratch.bytes("run/metrics.json");
    scratch.refused(&train, &["run exists already", "--force", "--resume"]);
    scratch.write("run/notes.txt", "mine");
    scratch.succeed(&format!("{train} --seed 1 --force"));
    assert_ne!(scratch.bytes("run/metrics.json"), metrics);
    assert_eq!(scratch.read("run/notes.txt"), "mine");
    let resumed = scratch.succeed("train --out run --resume");
    assert!(
        resumed.stderr.contains("finished already"),
        "{}",
        resumed.stderr
    );
    scratch.refused("train --out run --resume --epochs 9", &["training.epochs"]);
    scratch.refused("train --out absent --resume", &["no run in absent"]);
    scratch.refused("compare --out run --resume", &["a run of geogate train"]);
}

#[test]
fn a_folder_of_something_else_is_never_replaced() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("thesis")).unwrap();
    scratch.write("thesis/config.toml", "[package]\n");
    for command in ["train", "compare"] {
        let arguments = format!("{command} {TABLES} --out thesis --force {TINY}");
        scratch.refused(&arguments, &["no output of geogate"]);
    }
    scratch.refused("demo --out thesis --force", &["no output of geogate"]);
    assert_eq!(scratch.names("thesis"), ["config.toml"]);
}
