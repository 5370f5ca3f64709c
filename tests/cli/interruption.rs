//! Runs that are killed or interrupted go on where they stopped, to the same bits.
#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::scratch::{Scratch, TABLES, TINY};

/// Long enough to be caught in the middle.
fn long_run(out: &str) -> String {
    let tiny = TINY.replace("--epochs 2", "--epochs 400");
    format!("train {TABLES} {tiny} --out {out}")
}

pub(super) fn started(scratch: &Scratch, arguments: &str) -> Child {
    let mut command = scratch.command(arguments);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a signal, that of Ctrl-C being `INT`, expects the answer it deserves and gives what was said.
#[track_caller]
pub(super) fn interrupt(child: Child, signal: &str) -> String {
    let signalled = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(signalled.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stderr.contains("interrupted") && stderr.contains("--resume"),
        "{stderr}"
    );
    stderr
}

/// Waits for the first checkpoint in the folder.
fn wait_for_checkpoint(scratch: &Scratch, out: &str) {
    wait_for(scratch, &format!("{out}/checkpoint.safetensors"));
}

pub(super) fn wait_for(scratch: &Scratch, file: &str) {
    let start = Instant::now();
    let file = scratch.path(file);
    while !file.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{file:?} does not come"
        );
        thread::sleep(Duration::from_millis(2));
    }
}

/// The runs in `whole` and `run` came to the same bits.
#[track_caller]
pub(super) fn same_results(scratch: &Scratch) {
    for file in [
        "model.safetensors",
        "metrics.json",
        "predictions.csv",
        "history.csv",
    ] {
        let [whole, resumed] = ["whole", "run"].map(|run| scratch.bytes(&format!("{run}/{file}")));
        assert!(whole == resumed, "{file} differs");
    }
    assert!(!scratch.path("run/checkpoint.safetensors").exists());
}

#[test]
fn a_killed_run_resumes_to_the_same_weights() {
    let scratch = Scratch::new();
    scratch.succeed(&long_run("whole"));
    let mut child = started(&scratch, &long_run("run"));
    wait_for_checkpoint(&scratch, "run");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        !scratch.path("run/metrics.json").exists(),
        "caught in the middle"
    );
    scratch.succeed("train --out run --resume --quiet");
    same_results(&scratch);
}

#[test]
fn signals_leave_a_checkpoint_and_status_130() {
    let scratch = Scratch::new();
    scratch.succeed(&long_run("whole"));
    for signal in ["INT", "TERM", "HUP"] {
        let child = started(&scratch, &format!("{} --force", long_run("run")));
        // the second and third run are made beside the one before
        let folder = match signal {
            "INT" => "run",
            _ => "run.unfinished",
        };
        wait_for_checkpoint(&scratch, folder);
        interrupt(child, signal);
        scratch.succeed("train --out run --resume --quiet");
        same_results(&scratch);
    }
}

/// What `nohup` starts outlives its terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_ignores_hangups_goes_on() {
    let scratch = Scratch::new();
    let run = scratch.command(&long_run("run"));
    let program = run.get_program().to_owned();
    let mut command = Command::new("nohup");
    command.arg(program).args(run.get_args());
    command.current_dir(scratch.path(".")).stdin(Stdio::null());
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_checkpoint(&scratch, "run");
    let hangup = Command::new("kill")
        .args(["-HUP", &child.id().to_string()])
        .status();
    assert!(hangup.unwrap().success());
    assert!(child.wait().unwrap().success());
    assert!(scratch.path("run/metrics.json").exists());
}

#[test]
fn an_interrupted_comparison_keeps_its_finished_jobs() {
    let scratch = Scratch::new();
    let tiny = TINY.replace("--epochs 2", "--epochs 150");
    let base = format!("compare {TABLES} {tiny} --methods stl --seeds 6 --threads 1");
    scratch.succeed(&format!("{base} --out whole"));
    let child = started(&scratch, &format!("{base} --out cmp"));
    wait_for(&scratch, "cmp/jobs/stl-seed0-fold0.json");
    interrupt(child, "INT");
    assert!(
        !scratch.path("cmp/results.csv").exists(),
        "caught in the middle"
    );
    let first = scratch.bytes("cmp/jobs/stl-seed0-fold0.json");
    scratch.succeed("compare --out cmp --resume --quiet");
    assert_eq!(
        scratch.bytes("cmp/jobs/stl-seed0-fold0.json"),
        first,
        "not run again"
    );
    assert_eq!(
        scratch.bytes("cmp/results.csv"),
        scratch.bytes("whole/results.csv")
    );
}
