//! `geogate geometry`: files, tables, pictures and refusals.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::picture::{Drawing, Shown};
use super::scratch::{Scratch, TABLES, TINY};

/// A trained run of charts of dimensions (d, m).
fn trained((d, m): (usize, usize)) -> Scratch {
    let scratch = Scratch::new();
    scratch.succeed(&format!("train {TABLES} --out run {}", tiny((d, m))));
    scratch
}

fn tiny((d, m): (usize, usize)) -> String {
    let dims = format!("--latent-dim {d} --lf-dim {m}");
    TINY.replace("--latent-dim 2 --lf-dim 2", &dims)
}

const SURVEY: &str = "geometry --model run --out geo --overlap-tolerance 1e6 --quiet";

/// Rows of a CSV file by the names of its columns.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let records = reader.records().map(|record| record.unwrap());
    let named = |record: csv::StringRecord| {
        let fields = record.iter().map(str::to_owned);
        header.iter().cloned().zip(fields).collect()
    };
    records.map(named).collect()
}

#[test]
fn the_files_of_a_survey() {
    let scratch = trained((2, 3));
    let answer = scratch.succeed(SURVEY);
    assert_eq!(
        scratch.names("geo"),
        [
            "config.toml",
            "geometry.json",
            "pairs.csv",
            "pictures",
            "points.csv",
            "report.html"
        ]
    );
    for word in [
        "chart",
        "transition",
        "tb to tc",
        "isometry",
        "flatness radius",
        "geo holds",
    ] {
        assert!(answer.stdout.contains(word), "{word} in {}", answer.stdout);
    }
    assert_eq!(answer.stderr, "", "quiet");
    let names = scratch.names("geo/pictures");
    for kind in [
        "map_tb",
        "map_tc",
        "geodesics_tc",
        "normal_tc",
        "defect_isometry",
        "defect_inverse",
    ] {
        for ending in ["svg", "csv"] {
            assert!(
                names.contains(&format!("{kind}.{ending}")),
                "{kind} in {names:?}"
            );
        }
    }
    let report = scratch.read("geo/report.html");
    assert_eq!(2 * report.matches("<svg").count(), names.len());
    assert!(!report.contains("<script") && !report.contains("src="));
    assert!(report.contains("curvature operator"), "definitions");
    assert!(
        scratch
            .read("geo/config.toml")
            .starts_with("# geogate geometry ")
    );
}

/// `geometry.json` is made of the numbers in the tables.
#[test]
fn quantiles_are_those_of_the_tables() {
    let scratch = trained((2, 3));
    let printed = scratch.succeed(&format!("{SURVEY} --json")).stdout;
    let summary: Value = serde_json::from_str(&scratch.read("geo/geometry.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), summary);
    let points = rows(&scratch.read("geo/points.csv"));
    let pairs = rows(&scratch.read("geo/pairs.csv"));
    let n = summary["points"].as_u64().unwrap() as usize;
    assert_eq!((points.len(), pairs.len()), (2 * n, 2 * n));
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        0.5 * (values[(values.len() - 1) / 2] + values[values.len() / 2])
    };
    let number = |row: &BTreeMap<String, String>, name: &str| row[name].parse::<f64>().unwrap();
    for (t, task) in ["tb", "tc"].into_iter().enumerate() {
        for (name, quantiles) in summary["tasks"][t]["quantities"].as_object().unwrap() {
            let own = points.iter().filter(|row| row["task"] == task);
            if name == "metric_eigenvalues_lf2" {
                assert_eq!(quantiles["n"], 2 * n);
                continue;
            }
            let values: Vec<f64> = own.map(|row| number(row, name)).collect();
            assert_eq!(quantiles["n"], n);
            let (got, want) = (quantiles["p50"].as_f64().unwrap(), middle(values));
            assert!(
                (got - want).abs() <= 1e-12 * want.abs(),
                "{name}: {got} {want}"
            );
        }
    }
    for pair in summary["pairs"].as_array().unwrap() {
        let own = |row: &&BTreeMap<String, String>| {
            pair["from"] == row["from"].as_str() && pair["to"] == row["to"].as_str()
        };
        let on = pairs.iter().filter(own).filter(|row| row["overlap"] == "1");
        assert_eq!(pair["overlap"], on.clone().count());
        let values: Vec<f64> = on.map(|row| number(row, "affine_per_lf")).collect();
        let got = pair["on_overlap"]["affine_per_lf"]["p50"].as_f64().unwrap();
        let want = middle(values);
        assert!((got - want).abs() <= 1e-12 * want.abs(), "{got} {want}");
        assert!(pair["on_overlap"].get("cocycle_lf").is_none(), "two tasks");
    }
    let definitions = summary["definitions"].as_object().unwrap();
    for name in points[0]
        .keys()
        .chain(pairs[0].keys())
        .filter(|name| *name != "task")
    {
        assert!(definitions.contains_key(name), "{name} is defined");
    }
}

/// What the pictures show is what the tables beside them say, within the rounding of their
/// coordinates to hundredths of a pixel.
#[test]
fn numbers_read_from_pictures_are_those_of_their_tables() {
    let scratch = trained((3, 5));
    scratch.succeed(SURVEY);
    let mut compared = BTreeMap::new();
    for name in scratch.names("geo/pictures") {
        let Some(stem) = name.strip_suffix(".svg") else {
            continue;
        };
        let drawing = Drawing::read(&scratch.read(&format!("geo/pictures/{name}")));
        let table = rows(&scratch.read(&format!("geo/pictures/{stem}.csv")));
        let of_kind = |kind: &str| -> Vec<Shown> {
            let of_kind = table.iter().filter(|row| row["kind"] == kind);
            of_kind
                .map(|row| Shown {
                    x: row["x"].parse().unwrap(),
                    y: row["y"].parse().unwrap(),
                    colour: row["colour"].clone(),
                })
                .collect()
        };
        for (kind, shown) in [("point", &drawing.points), ("curve", &drawing.corners)] {
            let want = of_kind(kind);
            assert_eq!(shown.len(), want.len(), "{name}: marks of kind {kind}");
            for (got, want) in shown.iter().zip(&want) {
                let off = [
                    (got.x - want.x).abs() / drawing.pixel[0],
                    (got.y - want.y).abs() / drawing.pixel[1],
                ];
                assert!(off[0] < 0.05 && off[1] < 0.05, "{name}: {got:?} {want:?}");
                assert_eq!(got.colour, want.colour, "{name}");
            }
        }
        let kind = stem.split('_').next().unwrap().to_owned();
        *compared.entry(kind).or_insert(0) += drawing.points.len() + drawing.corners.len();
    }
    let kinds: Vec<&str> = compared.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["defect", "geodesics", "map", "normal"]);
    assert!(compared.values().all(|&marks| marks > 40), "{compared:?}");
}

#[test]
fn threads_do_not_change_a_byte() {
    let scratch = trained((4, 7));
    scratch.succeed(&format!("{SURVEY} --threads 1"));
    fs::rename(scratch.path("geo"), scratch.path("one")).unwrap();
    scratch.succeed(&format!("{SURVEY} --threads 2"));
    let files = scratch
        .names("one")
        .into_iter()
        .filter(|name| name != "pictures");
    let pictures = scratch.names("one/pictures").into_iter();
    let all: Vec<String> = files
        .chain(pictures.map(|name| format!("pictures/{name}")))
        .collect();
    assert!(all.len() > 15, "{all:?}");
    for name in all {
        let (one, two) = (format!("one/{name}"), format!("geo/{name}"));
        assert!(scratch.bytes(&one) == scratch.bytes(&two), "{name}");
    }
}

#[test]
fn molecules_of_ones_own_and_one_in_the_middle() {
    let scratch = trained((2, 3));
    scratch.write(
        "new.csv",
        "id,smiles\n1,CCO\n2,C1CC\n3,CCCCO\n4,CCCN\n5,CCCCCC\n",
    );
    let arguments = "geometry --model run --input new.csv --around C(C)O --out geo --quiet";
    let answer = scratch.succeed(arguments);
    assert!(
        answer.stderr.contains("1 rows could not be read"),
        "{}",
        answer.stderr
    );
    assert!(answer.stderr.contains("line 3"), "{}", answer.stderr);
    let points = rows(&scratch.read("geo/points.csv"));
    let named: Vec<(&str, &str)> = points
        .iter()
        .step_by(2)
        .map(|row| (row["row"].as_str(), row["molecule"].as_str()))
        .collect();
    assert_eq!(
        named,
        [("1", "CCO"), ("3", "CCCCO"), ("4", "CCCN"), ("5", "CCCCCC")]
    );
    let normal = scratch.read("geo/pictures/normal_tc.csv");
    assert!(normal.contains("base,point,0,0,0,#b2182b,,CCO"), "{normal}");
    // by its row, and always in a sample that would leave it out
    let arguments =
        "geometry --model run --input new.csv --around 5 --points 1 --out geo --force --quiet";
    scratch.succeed(arguments);
    let points = rows(&scratch.read("geo/points.csv"));
    assert!(
        points.len() == 2 && points[0]["molecule"] == "CCCCCC",
        "{points:?}"
    );
}

#[test]
fn samples_are_seeded() {
    let scratch = trained((2, 3));
    let sampled = |seed: u32| {
        scratch.succeed(&format!("{SURVEY} --force --points 9 --seed {seed}"));
        let points = rows(&scratch.read("geo/points.csv"));
        let molecules = points.into_iter().step_by(2);
        molecules
            .map(|row| row["molecule"].clone())
            .collect::<Vec<_>>()
    };
    let (one, other) = (sampled(1), sampled(2));
    assert_eq!(one.len(), 9);
    assert_ne!(one, other);
    assert_eq!(one, sampled(1));
}

#[test]
fn flat_charts_and_curves_are_said_to_be() {
    let scratch = trained((2, 2));
    let answer = scratch.succeed(SURVEY);
    assert!(
        answer.stderr.contains("flat by construction"),
        "{}",
        answer.stderr
    );
    assert!(answer.stdout.contains("inf"), "{}", answer.stdout);
    let piecewise = format!("train {TABLES} --out run {} --force", tiny((2, 3)));
    scratch.succeed(&format!("{piecewise} --activation relu"));
    let answer = scratch.succeed(&format!("{SURVEY} --force"));
    assert!(
        answer.stderr.contains("piecewise linear (ReLU)"),
        "{}",
        answer.stderr
    );
    let scratch = trained((1, 2));
    let answer = scratch.succeed(SURVEY);
    assert!(
        answer.stderr.contains("no intrinsic curvature"),
        "{}",
        answer.stderr
    );
    let point = &rows(&scratch.read("geo/points.csv"))[0];
    assert_eq!(
        (
            point["scalar_curvature_per_lf2"].as_str(),
            point["condition"].as_str()
        ),
        ("", "1")
    );
}

#[test]
fn three_tasks_have_cocycles() {
    let scratch = Scratch::new();
    scratch.write("vc.csv", scratch.read("tb.csv"));
    scratch.succeed(&format!(
        "train {TABLES} --task vc=vc.csv --out run {}",
        tiny((2, 3))
    ));
    let answer = scratch.succeed(&format!("{SURVEY} --points 10"));
    assert!(answer.stdout.contains("vc to tc"), "{}", answer.stdout);
    let pairs = rows(&scratch.read("geo/pairs.csv"));
    assert_eq!(pairs.len(), 60);
    assert!(
        pairs
            .iter()
            .all(|row| row["cocycle_lf"].parse::<f64>().unwrap() > 0.0)
    );
    assert!(scratch.path("geo/pictures/defect_cocycle.svg").exists());
}

#[test]
fn names_of_tasks_become_names_of_files_and_are_escaped() {
    let scratch = Scratch::new();
    let text = scratch.read("tc.csv");
    scratch.write("odd.csv", text);
    let arguments = "train --task a/b=odd.csv --task a&b=tb.csv --target a/b --out run";
    scratch.succeed(&format!("{arguments} {}", tiny((2, 3))));
    scratch.succeed(SURVEY);
    let names = scratch.names("geo/pictures");
    assert!(names.contains(&"map_a_b_0.svg".to_owned()), "{names:?}");
    assert!(names.contains(&"map_a_b_1.svg".to_owned()), "{names:?}");
    assert!(scratch.read("geo/report.html").contains("Chart of a&amp;b"));
}

#[test]
fn refusals_say_what_to_do_and_write_nothing() {
    let scratch = trained((2, 3));
    for (arguments, words) in [
        ("--model absent --out geo", &["absent", "geogate train"][..]),
        ("--model run --input absent.csv --out geo", &["absent.csv"]),
        (
            "--model run --input run/history.csv --out geo",
            &["no column `smiles`"],
        ),
        ("--model run --out geo --points 0", &["--points is 0"]),
        (
            "--model run --out geo --overlap-tolerance -1",
            &["--overlap-tolerance is -1", "above 0"],
        ),
        (
            "--model run --out geo --flatness NaN",
            &["--flatness is NaN"],
        ),
        (
            "--model run --out geo --around 9999",
            &["no such row", "column `row`"],
        ),
        (
            "--model run --out geo --around CCBr",
            &["no such row", "--input"],
        ),
        (
            "--model run --out geo --around C1CC",
            &["ring number 1 is never closed"],
        ),
        (
            "--model run --out run",
            &["run, which is read, is the output folder", "--out"],
        ),
        (
            "--model run --out tc.csv --force",
            &["no output of geogate"],
        ),
    ] {
        scratch.refused(&format!("geometry {arguments}"), words);
        assert!(!scratch.path("geo").exists(), "{arguments}");
    }
    scratch.write("none.csv", "smiles\nC1CC\n");
    let arguments = "geometry --model run --input none.csv --out geo";
    scratch.refused(arguments, &["none.csv, line 2", "no row could be read"]);
    fs::rename(scratch.path("tb.csv"), scratch.path("away.csv")).unwrap();
    let arguments = "geometry --model run --out geo";
    scratch.refused(
        arguments,
        &["tb.csv, a table the model was trained on", "--input"],
    );
    assert!(!scratch.path("geo").exists());
}

#[test]
fn methods_without_charts_are_refused() {
    for method in ["stl", "mtl"] {
        let scratch = Scratch::new();
        scratch.succeed(&format!(
            "train {TABLES} --method {method} --out run {TINY}"
        ));
        let words = [method, "no latent charts", "--method gate"];
        scratch.refused("geometry --model run --out geo", &words);
    }
}

#[test]
fn force_replaces_pictures_and_nothing_else() {
    let scratch = trained((2, 3));
    scratch.succeed(SURVEY);
    scratch.refused(SURVEY, &["geo exists already", "--force"]);
    scratch.write("geo/pictures/old.svg", "<svg/>");
    scratch.write("geo/pictures/notes.txt", "mine");
    scratch.succeed(&format!("{SURVEY} --force --points 5"));
    assert!(!scratch.path("geo/pictures/old.svg").exists());
    assert_eq!(scratch.read("geo/pictures/notes.txt"), "mine");
}
