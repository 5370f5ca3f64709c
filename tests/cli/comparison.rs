//! `geogate compare`: results, resuming, failures.

use serde_json::Value;

use super::scratch::{Scratch, TABLES, TINY};

const HEADER: &str = "method,source,target,split,fold,seed,overlap,options,n_train,n_val,n_test,\
                      val_rmse,rmse,mae,r2,pearson,spearman,epochs,variant,job,\
                      coverage,width,nlpd,crps,sd_error_rank,expected_rmse,evidence";

/// Method, seed and fold of each row of results.csv.
fn jobs(scratch: &Scratch) -> Vec<String> {
    let text = scratch.read("cmp/results.csv");
    assert_eq!(text.lines().next(), Some(HEADER));
    let rows = text.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), 27);
        assert_eq!(fields[1..4], ["tb", "tc", "random"]);
        assert_eq!(fields[6], "strict");
        let files = format!("cmp/jobs/{}", fields[19]);
        assert!(scratch.path(&format!("{files}.json")).is_file(), "{files}");
        format!("{} {} {}", fields[0], fields[5], fields[4])
    });
    rows.collect()
}

#[test]
fn seeds_and_methods_in_order_whatever_finishes_first() {
    let scratch = Scratch::new();
    let base = format!("compare {TABLES} {TINY} --methods gate,stl --seed 10 --seeds 2");
    scratch.succeed(&format!("{base} --out cmp --threads 2"));
    assert_eq!(
        jobs(&scratch),
        ["gate 10 0", "gate 11 0", "stl 10 0", "stl 11 0"]
    );
    assert_eq!(
        scratch.names("cmp"),
        [
            "config.toml",
            "jobs",
            "report.html",
            "results.csv",
            "summary.json"
        ]
    );
    assert_eq!(scratch.names("cmp/jobs").len(), 8);
    let results = scratch.bytes("cmp/results.csv");
    scratch.succeed(&format!("{base} --out cmp --threads 1 --force"));
    assert_eq!(scratch.bytes("cmp/results.csv"), results);
    let report = scratch.read("cmp/report.html");
    // ranks; errors, ratios, their mean, parity, validation
    assert_eq!(report.matches("<svg").count(), 6);
    assert!(!report.contains("<script"));
}

/// Of one split there is no interval, of few one that is not to be trusted: terminal and page say so.
#[test]
fn an_interval_of_few_splits_is_warned_of() {
    let scratch = Scratch::new();
    let base = format!("compare {TABLES} {TINY} --methods stl,ridge --out cmp");
    let said = |seeds: usize, more: &str| {
        let answer = scratch.succeed(&format!("{base} --seeds {seeds} {more}"));
        let words: Vec<&str> = answer.stdout.split_whitespace().collect();
        [words.join(" "), scratch.read("cmp/report.html")]
    };
    for text in said(1, "") {
        assert!(text.contains("one split: no interval"), "{text}");
        assert!(!text.contains("– to –") && !text.contains("cannot be trusted"));
    }
    for text in said(2, "--force") {
        let warning = "rests on 2 splits and cannot be trusted";
        assert!(text.contains(warning), "{text}");
        assert!(!text.contains("no interval"));
    }
    for text in said(5, "--force") {
        assert!(!text.contains("cannot be trusted"), "{text}");
    }
}

/// One pair in several kinds of split is still one pair.
#[test]
fn the_splits_of_one_pair_are_its_units() {
    let scratch = Scratch::new();
    scratch.write(
        "pairs.toml",
        "split = [\"random\", \"extrapolate\"]\n\
         [[pair]]\ntarget = \"tc=tc.csv\"\nsources = [\"tb=tb.csv\"]\n",
    );
    let answer = scratch.succeed(&format!(
        "compare --pairs pairs.toml {TINY} --methods stl,ridge --seeds 2 --vary epochs=3 --out cmp"
    ));
    for (kind, units) in [("every", 4), ("random", 2), ("extrapolate", 2)] {
        let title = format!("Over splits, {kind} split (ranks of the {units} splits");
        assert!(answer.stdout.contains(&title), "{}", answer.stdout);
    }
    let summary: Value = serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap();
    assert_eq!(summary["unit"], "split");
    assert_eq!(summary["overall"][0]["units"], 4);
    let variant = &summary["overall_variants"][0]["variants"][0];
    let counts = variant["ratio"]["wins_ties_losses"].as_array().unwrap();
    assert_eq!(counts.iter().filter_map(Value::as_u64).sum::<u64>(), 4);
    let page = scratch.read("cmp/report.html");
    assert!(!page.contains("pairs with such splits") && !page.contains("over all pairs"));
    // the extremes are the same under every seed
    let repeats: Vec<&Value> = [0, 1].map(|at| &summary["pairs"][at]["repeats"]).to_vec();
    assert_eq!(repeats, [&Value::Null, &Value::from(1)]);
    let remark = "1 of the splits test the same rows";
    assert!(page.contains(remark) && answer.stdout.contains(remark));
}

/// One job of a comparison is the run of that name.
#[test]
fn a_job_is_the_run_with_its_options() {
    let scratch = Scratch::new();
    let options = format!("{TABLES} {TINY} --max-rows tc=60 --loss-pairs target");
    scratch.succeed(&format!(
        "compare {options} --methods gate --seed 1 --seeds 2 --out cmp"
    ));
    scratch.succeed(&format!("train {options} --method gate --seed 2 --out run"));
    assert_eq!(
        scratch.read("cmp/jobs/gate-seed2-fold0.csv"),
        scratch.read("run/predictions.csv")
    );
}

#[test]
fn folds_use_every_row_once() {
    let scratch = Scratch::new();
    scratch.succeed(&format!(
        "compare {TABLES} {TINY} --methods stl --folds 3 --out cmp"
    ));
    assert_eq!(jobs(&scratch), ["stl 0 0", "stl 0 1", "stl 0 2"]);
    let mut tested: Vec<String> = Vec::new();
    for fold in 0..3 {
        let text = scratch.read(&format!("cmp/jobs/stl-seed0-fold{fold}.csv"));
        let rows = text.lines().filter(|line| line.contains(",test,tc,"));
        tested.extend(rows.map(|line| line.split(',').next().unwrap().to_owned()));
    }
    tested.sort();
    tested.dedup();
    assert_eq!(tested.len(), 78);
}

#[test]
fn finished_jobs_are_not_run_again() {
    let scratch = Scratch::new();
    scratch.succeed(&format!(
        "compare {TABLES} {TINY} --methods stl --seeds 2 --out cmp"
    ));
    scratch.refused(&format!("compare {TABLES} {TINY} --out cmp"), &["--resume"]);
    let kept = scratch.bytes("cmp/jobs/stl-seed0-fold0.json");
    let spoiled = scratch
        .read("cmp/jobs/stl-seed1-fold0.json")
        .replace("fingerprint\": \"", "&x");
    scratch.write("cmp/jobs/stl-seed1-fold0.json", spoiled);
    scratch.succeed("compare --out cmp --resume --methods stl,mtl --quiet");
    assert_eq!(jobs(&scratch), ["stl 0 0", "stl 1 0", "mtl 0 0", "mtl 1 0"]);
    assert_eq!(
        scratch.bytes("cmp/jobs/stl-seed0-fold0.json"),
        kept,
        "with its very seconds"
    );
    assert!(!scratch.read("cmp/jobs/stl-seed1-fold0.json").contains("&x"));
    // other options make other jobs
    let answer = scratch.succeed("compare --out cmp --resume --epochs 3 --quiet");
    let remark = "options differ from those of cmp/config.toml (training.epochs)";
    assert!(answer.stderr.contains(remark), "{}", answer.stderr);
    assert_ne!(scratch.bytes("cmp/jobs/stl-seed0-fold0.json"), kept);
}

/// Kept jobs are read back to what they were: summary and page are those of the comparison that ran in one go. A file
/// that says of other rows is none of the job's, which runs again.
#[test]
fn a_resumed_comparison_is_the_uninterrupted_one() {
    let scratch = Scratch::new();
    // the length by inner folds: validation rows of the division train
    let options = TINY.replace("--val-fraction 0.25", "--val-fraction 0.4");
    scratch.succeed(&format!(
        "compare {TABLES} {options} --methods stl,gate,ridge --seeds 2 --inner-folds 2 --vary epochs=3 --out cmp"
    ));
    let [summary, page] = ["cmp/summary.json", "cmp/report.html"].map(|name| scratch.bytes(name));
    let kept = scratch.bytes("cmp/jobs/gate-seed1-fold0.csv");
    let text = scratch.read("cmp/jobs/gate-seed1-fold0.csv");
    let lines: Vec<&str> = text.lines().collect();
    let short = format!("{}\n", lines[..lines.len() - 1].join("\n"));
    let shuffled: Vec<String> = lines.iter().map(|line| format!("kept,{line}")).collect();
    for (spoiled, runs_again) in [
        (short, true),
        (text.replace(",test,tc,", ",train,tc,"), true),
        (text.replacen("smiles", "molecule", 1), true),
        (shuffled.join("\n"), false),
    ] {
        std::fs::remove_file(scratch.path("cmp/jobs/stl-seed0-fold0.json")).unwrap();
        scratch.write("cmp/jobs/gate-seed1-fold0.csv", &spoiled);
        scratch.succeed("compare --out cmp --resume --quiet");
        assert!(scratch.bytes("cmp/summary.json") == summary);
        assert!(scratch.bytes("cmp/report.html") == page);
        let found = scratch.bytes("cmp/jobs/gate-seed1-fold0.csv");
        assert_eq!(found == kept, runs_again, "{spoiled}");
    }
}

/// A run under other options that ends early leaves nothing that says of the old ones, and begins no job after one that
/// cannot be written.
#[test]
fn what_is_old_does_not_stand_beside_what_is_new() {
    let scratch = Scratch::new();
    scratch.succeed(&format!(
        "compare {TABLES} {TINY} --methods stl --seeds 3 --out cmp"
    ));
    let last = scratch.bytes("cmp/jobs/stl-seed2-fold0.json");
    // a folder in the place of a file cannot be replaced by one
    let blocked = scratch.path("cmp/jobs/stl-seed0-fold0.csv");
    std::fs::remove_file(&blocked).unwrap();
    std::fs::create_dir(&blocked).unwrap();
    let answer = scratch.run("compare --out cmp --resume --epochs 3 --threads 1 --quiet");
    assert_eq!(answer.status, Some(1), "{answer:?}");
    assert!(answer.stderr.contains("cannot write"), "{}", answer.stderr);
    assert!(!scratch.path("cmp/jobs/stl-seed0-fold0.json").exists());
    assert_eq!(scratch.bytes("cmp/jobs/stl-seed2-fold0.json"), last);
    assert_eq!(scratch.names("cmp"), ["config.toml", "jobs"]);
    std::fs::remove_dir(&blocked).unwrap();
    scratch.succeed("compare --out cmp --resume --quiet");
    assert_eq!(scratch.names("cmp").len(), 5);
}

#[test]
fn the_summary_holds_means_and_paired_ratios() {
    let scratch = Scratch::new();
    let arguments =
        format!("compare {TABLES} {TINY} --methods stl,gate --seeds 3 --out cmp --json");
    let answer = scratch.succeed(&arguments);
    let printed: Value = serde_json::from_str(&answer.stdout).unwrap();
    let summary: Value = serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap();
    assert_eq!(printed, summary);
    let text = scratch.read("cmp/results.csv");
    let rmse: Vec<f64> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(12).unwrap().parse().unwrap())
        .collect();
    let mean = rmse[..3].iter().sum::<f64>() / 3.0;
    let close = |got: &Value, want: f64| (got.as_f64().unwrap() / want - 1.0).abs() < 1e-12;
    assert!(close(&summary["methods"][0]["rmse"]["mean"], mean));
    let product: f64 = (0..3).map(|split| rmse[3 + split] / rmse[split]).product();
    let ratio = &summary["methods"][1]["ratio"];
    assert!(close(&ratio["geometric_mean"], product.cbrt()));
    assert_eq!(ratio["pairs"].as_array().unwrap().len(), 3);
}

/// A search keeps the draw with the smallest validation error; its first draw is the job without a search.
#[test]
fn a_search_keeps_its_best_draw() {
    let scratch = Scratch::new();
    let base = format!("compare {TABLES} {TINY} --methods stl,ridge");
    scratch.succeed(&format!("{base} --out plain"));
    scratch.succeed(&format!("{base} --tune 3 --out cmp --threads 2"));
    let record = |name: &str| -> Value { serde_json::from_str(&scratch.read(name)).unwrap() };
    let searched = record("cmp/jobs/stl-seed0-fold0.json");
    let draws = searched["draws"].as_array().unwrap();
    let errors: Vec<f64> = draws
        .iter()
        .map(|d| d["val_rmse"].as_f64().unwrap())
        .collect();
    assert_eq!(errors.len(), 3);
    let plain = record("plain/jobs/stl-seed0-fold0.json");
    assert_eq!(plain["val"]["rmse"], errors[0]);
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(searched["val"]["rmse"], least);
    assert!(draws[1]["options"] != draws[2]["options"]);
    // what was given is not drawn
    let given = |draw: &Value| draw["options"].as_str().unwrap().contains("hidden=4 ");
    assert!(draws.iter().all(given), "{draws:?}");
    assert!(scratch.read("cmp/results.csv").contains(" tune=3,"));
    let summary = record("cmp/summary.json");
    assert_eq!(
        summary["methods"][0]["searches"][0]["draws"],
        searched["draws"]
    );
    assert!(summary["methods"][1]["searches"].is_null());
    // the number of draws is part of a job, whatever the threads
    let kept = scratch.bytes("cmp/jobs/stl-seed0-fold0.csv");
    scratch.succeed(&format!("{base} --tune 3 --out again --threads 1"));
    assert_eq!(scratch.bytes("again/jobs/stl-seed0-fold0.csv"), kept);
    let ridge = scratch.bytes("cmp/jobs/ridge-seed0-fold0.json");
    scratch.succeed("compare --out cmp --resume --tune 2 --quiet");
    assert_eq!(
        record("cmp/jobs/stl-seed0-fold0.json")["draws"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(scratch.bytes("cmp/jobs/ridge-seed0-fold0.json"), ridge);
}

/// What a search holds fixed is part of a job that searches, and of no other.
#[test]
fn what_a_search_leaves_alone_is_part_of_its_job() {
    let scratch = Scratch::new();
    let base = format!("compare {TABLES} {TINY} --methods stl");
    for (out, draws) in [("plain", 0), ("searched", 2)] {
        scratch.succeed(&format!("{base} --tune {draws} --out {out}"));
        let job = format!("{out}/jobs/stl-seed0-fold0.json");
        let kept = scratch.bytes(&job);
        // the value it has anyway, but given
        scratch.succeed(&format!("compare --out {out} --resume --dropout 0 --quiet"));
        assert_eq!(scratch.bytes(&job) == kept, draws == 0, "{out}");
    }
}

#[test]
fn a_failing_job_is_reported_and_the_others_go_on() {
    let scratch = Scratch::new();
    // a rate at which the losses overflow; the network of the target alone has fewer of them
    let arguments = format!("compare {TABLES} {TINY} --methods stl --lr 1e38 --seeds 2 --out cmp");
    let answer = scratch.run(&arguments);
    assert_eq!(answer.status, Some(1), "{answer:?}");
    assert!(
        answer.stderr.contains("job stl-seed0-fold0 failed"),
        "{}",
        answer.stderr
    );
    assert!(
        answer.stderr.contains("2 of 2 jobs failed"),
        "{}",
        answer.stderr
    );
    let summary: Value = serde_json::from_str(&scratch.read("cmp/summary.json")).unwrap();
    assert_eq!(summary["failures"].as_array().unwrap().len(), 2);
    assert_eq!(scratch.read("cmp/results.csv").lines().count(), 1);
    scratch.succeed("compare --out cmp --resume --lr 0.001 --quiet");
    assert_eq!(scratch.read("cmp/results.csv").lines().count(), 3);
}

#[test]
fn bad_input_leaves_no_folder() {
    let scratch = Scratch::new();
    let base = format!("compare {TABLES} {TINY} --out cmp");
    scratch.refused(&format!("{base} --folds 1"), &["--folds is 1"]);
    scratch.refused(&format!("{base} --seeds 0"), &["--seeds is 0"]);
    scratch.refused(&format!("{base} --methods stl,stl"), &["named twice"]);
    scratch.refused(
        &format!("{base} --methods lasso"),
        &["lasso", "gate", "ridge"],
    );
    scratch.refused(
        &format!("{base} --pairs pairs.toml"),
        &["--pairs", "--task"],
    );
    scratch.refused("compare --pairs pairs.toml --out cmp", &["pairs.toml"]);
    scratch.refused(
        &format!("train {TABLES} --method ridge --out cmp"),
        &["ridge", "geogate compare"],
    );
    scratch.refused(&format!("{base} --folds 40"), &["at least 10"]);
    for (text, words) in [
        ("[model]\nmethod = \"gear\"\n", "`method` in [model]"),
        ("[addition]\nmodel = \"run\"\n", "[addition]"),
    ] {
        scratch.write("given.toml", text);
        scratch.refused(&format!("{base} --config given.toml"), &[words]);
    }
    assert!(!scratch.path("cmp").exists());
}

/// Of a table of predictions the header and the rows of the target.
fn of_target(predictions: &str) -> String {
    let mut lines = predictions.lines();
    let header = lines.next().unwrap();
    let kept = lines.filter(|line| line.contains(",tc,"));
    let kept = std::iter::once(header).chain(kept);
    kept.map(|line| format!("{line}\n")).collect()
}

/// A method is a preset: flags win over it, and what is not given is the method's own.
#[test]
fn every_method_has_its_own_defaults() {
    let scratch = Scratch::new();
    let options = "--hidden 24 --embedding 4 --depth 1 --min-steps 1 --epochs 2 --split random \
                   --val-fraction 0.25 --quiet --flat 0.5";
    scratch.succeed(&format!(
        "compare {TABLES} {options} --methods gate,gear,geogate --out cmp"
    ));
    let config: toml::Table = toml::from_str(&scratch.read("cmp/config.toml")).unwrap();
    let model = config["model"].as_table().unwrap();
    let mut given: Vec<&str> = model.keys().map(String::as_str).collect();
    given.sort_unstable();
    assert_eq!(given, ["depth", "embedding", "flat", "hidden"]);
    // a job of each method is the run of that method; a Gaussian process predicts the target alone
    for (method, size) in [("gate", 50), ("gear", 8), ("geogate", 50)] {
        let out = format!("run-{method}");
        scratch.succeed(&format!(
            "train {TABLES} {options} --method {method} --out {out}"
        ));
        let run: toml::Table =
            toml::from_str(&scratch.read(&format!("{out}/config.toml"))).unwrap();
        let value = |key: &str| run["model"][key].to_string();
        assert_eq!(value("latent_dim"), size.to_string());
        assert_eq!(value("flat"), "0.5");
        assert_eq!(value("hidden"), "24");
        let predictions = scratch.read(&format!("{out}/predictions.csv"));
        assert_eq!(
            scratch.read(&format!("cmp/jobs/{method}-seed0-fold0.csv")),
            match method {
                "geogate" => of_target(&predictions),
                _ => predictions,
            }
        );
    }
    let history = scratch.read("run-gear/history.csv");
    let header = history.lines().next().unwrap();
    assert_eq!(
        header,
        "epoch,lr,regression,autoencoder,consistency,mapping,curvature,flat,scale,degenerate,val_rmse"
    );
    // finished jobs are found again, and one more method is added
    scratch.succeed("compare --out cmp --resume --methods gate,gear,geogate,stl --quiet");
    assert_eq!(scratch.names("cmp/jobs").len(), 8);
}

#[test]
fn losses_that_do_not_exist_are_explained() {
    let scratch = Scratch::new();
    let refused = |flags: &str, words: &[&str]| {
        scratch.refused(
            &format!("train {TABLES} --out run --quiet --split random --val-fraction 0.25 {flags}"),
            words,
        );
    };
    refused("--curvature 1", &["--curvature", "--lf-dim 50", "zero"]);
    refused("--cocycle 1", &["--cocycle", "2 tasks"]);
    refused("--distance chord", &["chord", "metric"]);
    refused(
        "--method gear --activation relu",
        &["relu", "second derivatives"],
    );
    let compare = "compare --methods mtl,gate --curvature 1 --quiet --out cmp";
    scratch.refused(&format!("{compare} {TABLES}"), &["--curvature"]);
}
