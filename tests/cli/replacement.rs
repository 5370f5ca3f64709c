//! Finished results are replaced by finished results, or not at all.

use std::collections::BTreeMap;
use std::fs;

use super::scratch::{Scratch, TABLES, TINY};

/// A finished run in `run`.
fn trained() -> Scratch {
    let scratch = Scratch::new();
    scratch.succeed(&train(""));
    scratch
}

/// Arguments of a run into `run`, with more of them.
fn train(more: &str) -> String {
    format!("train {TABLES} --out run {TINY} --threads 1 {more}")
}

/// Every file of a folder with its content.
fn files(scratch: &Scratch, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let names = scratch.names(folder).into_iter();
    names
        .map(|name| (name.clone(), scratch.bytes(&format!("{folder}/{name}"))))
        .collect()
}

#[test]
fn a_refused_run_leaves_the_results() {
    let scratch = trained();
    let before = files(&scratch, "run");
    let alone = format!("train --task tc=tc.csv --target tc --out run {TINY} --force");
    scratch.refused(&format!("{alone} --cocycle 1"), &["cocycle"]);
    scratch.refused(&train("--force --hidden 0"), &["hidden"]);
    let absent = train("--force").replace("tb.csv", "absent.csv");
    scratch.refused(&absent, &["absent.csv"]);
    assert_eq!(files(&scratch, "run"), before);
    assert_eq!(scratch.names(""), ["run", "tb.csv", "tc.csv"]);
}

#[test]
fn a_diverging_run_leaves_the_results() {
    let scratch = trained();
    let before = files(&scratch, "run");
    let answer = scratch.run(&train("--force --lr 1e30").replace("--epochs 2", "--epochs 20"));
    assert_eq!(answer.status, Some(1), "{answer:?}");
    assert_eq!(files(&scratch, "run"), before);
    assert_eq!(scratch.names(""), ["run", "tb.csv", "tc.csv"]);
}

#[test]
fn a_refused_run_leaves_no_folder() {
    let scratch = Scratch::new();
    let absent = train("").replace("tb.csv", "absent.csv");
    scratch.refused(&absent.replace("--out run", "--out a/run"), &["absent.csv"]);
    assert_eq!(scratch.names(""), ["tb.csv", "tc.csv"]);
}

#[test]
fn the_model_that_is_read_is_not_replaced() {
    let scratch = trained();
    scratch.write("new.csv", scratch.read("tb.csv"));
    let before = files(&scratch, "run");
    let words = ["which is read", "output folder"];
    for out in ["run", "./run/", "run/../run"] {
        for refused in [
            format!("train --add-task n=new.csv --model run --out {out} --force --hidden 64"),
            format!("train --add-task n=new.csv --model run --out {out} --resume"),
            format!("geometry --model run --out {out} --force"),
            format!("geometry --model run --input new.csv --out {out} --force"),
        ] {
            scratch.refused(&refused, &words);
        }
    }
    scratch.succeed(&format!("{} --seed 2", train("").replace("run", "other")));
    scratch.refused(
        "geometry --model other --against run --out run --force",
        &words,
    );
    assert_eq!(files(&scratch, "run"), before);
}

#[test]
fn a_table_that_is_read_is_not_in_the_output_folder() {
    let scratch = trained();
    for name in ["tb.csv", "tc.csv"] {
        fs::copy(scratch.path(name), scratch.path("run").join(name)).unwrap();
    }
    fs::create_dir(scratch.path("run/within")).unwrap();
    fs::copy(scratch.path("tc.csv"), scratch.path("run/within/tc.csv")).unwrap();
    let words = ["tc.csv, which is read", "output folder run"];
    let within = train("--force").replace("=tc.csv", "=run/within/tc.csv");
    scratch.refused(&within, &words);
    let compare = within.replacen("train", "compare", 1);
    scratch.refused(&format!("{compare} --methods ridge"), &words);
    let survey = "geometry --model other --out run --force";
    scratch.succeed(
        &within
            .replace("--out run", "--out other")
            .replace("--force", ""),
    );
    scratch.refused(survey, &words);
    scratch.refused(&format!("{survey} --input run/tc.csv"), &words);
    // a pair in a file: the tables it names
    scratch.write(
        "pairs.toml",
        "[[pair]]\ntarget = \"tc=run/tc.csv\"\nsources = [\"tb=tb.csv\"]\n",
    );
    let pairs = format!("compare --pairs pairs.toml --methods ridge --out run --force {TINY}");
    scratch.refused(&pairs, &words);
    assert!(scratch.path("run/metrics.json").exists());
}

#[test]
fn a_run_is_repeated_in_its_own_folder() {
    let scratch = trained();
    scratch.write("run/notes.txt", "mine");
    let before = files(&scratch, "run");
    let answer = scratch.succeed("train --config run/config.toml --out run --force --quiet");
    assert!(answer.stdout.contains("\nrun holds"), "{}", answer.stdout);
    let mut after = files(&scratch, "run");
    after.insert("timing.json".into(), before["timing.json"].clone());
    assert_eq!(after, before);
    assert_eq!(scratch.names(""), ["run", "tb.csv", "tc.csv"]);
}

#[test]
fn a_comparison_and_a_survey_are_replaced_when_whole() {
    let scratch = trained();
    let compare = format!("compare {TABLES} --methods ridge --out cmp {TINY}");
    scratch.succeed(&compare);
    let answer = scratch.succeed(&format!("{compare} --force --seed 3"));
    assert!(answer.stdout.contains("\ncmp holds"), "{}", answer.stdout);
    let survey = "geometry --model run --out cmp --overlap-tolerance 1e6 --points 20 --quiet";
    let answer = scratch.succeed(&format!("{survey} --force"));
    assert!(answer.stdout.contains("\ncmp holds"), "{}", answer.stdout);
    let names = scratch.names("cmp");
    assert!(names.contains(&"geometry.json".into()) && !names.contains(&"jobs".into()));
    assert_eq!(scratch.names(""), ["cmp", "run", "tb.csv", "tc.csv"]);
}

#[test]
fn a_comparison_with_failed_jobs_replaces_nothing() {
    let scratch = Scratch::new();
    let compare = format!("compare {TABLES} --methods ridge,stl --out cmp {TINY}");
    scratch.succeed(&compare);
    let before = scratch.bytes("cmp/results.csv");
    let answer = scratch.run(&format!(
        "{} --force --lr 1e30",
        compare.replace("--epochs 2", "--epochs 20")
    ));
    assert_eq!(answer.status, Some(1), "{answer:?}");
    assert!(
        answer.stdout.contains("\ncmp.unfinished holds"),
        "{}",
        answer.stdout
    );
    assert_eq!(scratch.bytes("cmp/results.csv"), before);
}

#[cfg(unix)]
mod killed {
    use std::process::{Child, Command, Stdio};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::cli::interruption::{interrupt, same_results, started, wait_for};

    /// Long enough to be caught in the middle.
    fn long(out: &str) -> String {
        let long = train("--seed 1").replace("--epochs 2", "--epochs 400");
        long.replace("--out run", &format!("--out {out}"))
    }

    #[test]
    fn control_c_leaves_the_results_and_a_successor_to_resume() {
        let scratch = trained();
        scratch.succeed(&long("whole"));
        let before = files(&scratch, "run");
        for _ in 0..2 {
            // a successor that was left is begun anew
            let left = scratch.path("run.unfinished/checkpoint.safetensors");
            if left.exists() {
                fs::remove_file(left).unwrap();
            }
            let child = started(&scratch, &format!("{} --force", long("run")));
            wait_for(&scratch, "run.unfinished/checkpoint.safetensors");
            let said = interrupt(child, "INT");
            assert!(said.contains("run.unfinished"), "{said}");
            assert!(said.contains("--out run --resume"), "{said}");
            assert_eq!(files(&scratch, "run"), before);
        }
        scratch.write("run/notes.txt", "mine");
        let answer = scratch.succeed("train --out run --resume --quiet");
        assert!(answer.stdout.contains("\nrun holds"), "{}", answer.stdout);
        same_results(&scratch);
        assert_eq!(scratch.read("run/notes.txt"), "mine");
        assert!(!scratch.path("run.unfinished").exists());
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let scratch = Scratch::new();
        scratch.succeed(&long("whole"));
        let child = started(&scratch, &long("run"));
        wait_for(&scratch, "run/checkpoint.safetensors");
        for also in ["", "--force", "--resume"] {
            scratch.refused(&train(also), &["another run", "run"]);
        }
        finished(child);
        same_results(&scratch);
        // into a folder that holds results, and at the very same moment
        let runs: Vec<Child> = (0..4)
            .map(|_| started(&scratch, &format!("{} --force", long("run"))))
            .collect();
        let ends = runs.into_iter().map(|run| run.wait_with_output().unwrap());
        let ends: Vec<Option<i32>> = ends.map(|end| end.status.code()).collect();
        assert!(ends.contains(&Some(0)), "{ends:?}");
        assert!(
            ends.iter().all(|end| [Some(0), Some(2)].contains(end)),
            "{ends:?}"
        );
        same_results(&scratch);
    }

    #[track_caller]
    fn finished(child: Child) {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Kills at moments spread over the run; as many as the environment's GEOGATE_KILLS says.
    #[test]
    fn a_run_killed_at_any_moment_leaves_a_whole_model() {
        let scratch = trained();
        let kills = std::env::var("GEOGATE_KILLS").ok();
        let kills = kills.map_or(3, |kills| kills.parse::<u32>().unwrap());
        let started_at = std::time::Instant::now();
        scratch.succeed(&train("--force"));
        let whole = started_at.elapsed();
        let mut said = Vec::new();
        for kill in 0..kills {
            // of two seeds in turn, so that old and new differ
            let new = train(&format!("--force --seed {}", kill % 2));
            let mut command: Command = scratch.command(&new);
            let mut child = command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // the golden ratio spreads any number of moments; the later ones hit the exchange
            let moment = whole.mul_f64(1.1 * (f64::from(kill + 1) * 0.618_034).fract());
            thread::sleep(moment.max(Duration::from_millis(1)));
            child.kill().unwrap();
            child.wait().unwrap();
            let seed = scratch.read("run/config.toml");
            let seed = seed.lines().find(|line| line.starts_with("seed")).unwrap();
            let model = scratch.read("run/model.json");
            let of_model = format!("\"seed\": {}", seed.rsplit(' ').next().unwrap());
            assert!(model.contains(&of_model), "{seed} beside another model");
            for name in [
                "metrics.json",
                "predictions.csv",
                "history.csv",
                "report.html",
            ] {
                assert!(scratch.path("run").join(name).exists(), "{name}");
            }
            scratch.succeed("predict --model run --input tc.csv --output p.csv --quiet --force");
            said.push(seed.to_owned());
        }
        scratch.succeed(&train("--force --seed 7"));
        assert_eq!(
            scratch.names(""),
            ["p.csv", "run", "tb.csv", "tc.csv"],
            "{said:?}"
        );
    }
}
