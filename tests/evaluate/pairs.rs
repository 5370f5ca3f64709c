//! Pairs of tables in a file.

use std::fs;
use std::path::Path;

use geogate::data::config::{Overlap, SplitName};
use geogate::error::Result;
use geogate::evaluate::pairs::{PairPlan, read};
use geogate::method::ModelOptions;
use geogate::train::config::RunConfig;

fn plans(text: &str) -> Result<Vec<PairPlan>> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("pairs.toml");
    fs::write(&file, text).expect("a file for the test");
    let mut config = RunConfig::default();
    config.training.epochs = 7;
    let given = ModelOptions::new(toml::from_str("hidden = 30\ndepth = 2").expect("a table"));
    read(&file, &config, &given)
}

#[test]
fn a_pair_wins_over_the_file_and_the_file_over_flags() {
    let plans = plans(
        "split = [\"scaffold\", \"random\"]\n\
         [[pair]]\ntarget = \"tc=c.csv:k\"\nsources = [\"tb=b.csv\", \"vc=/v.csv\"]\nmax_rows = { tb = 50 }\n\
         [[pair]]\nname = \"alone\"\ntarget = \"ft=f.csv\"\nsplit = \"random\"\noverlap = \"shared\"\n\
         [pair.model]\nhidden = 60\n[pair.training]\nlr = 0.5\n",
    )
    .unwrap();
    let [both, alone] = &plans[..] else {
        panic!("{plans:?}")
    };
    assert_eq!(
        (both.name.as_str(), alone.name.as_str()),
        ("tc-from-tb+vc", "alone")
    );
    let kinds = |plan: &PairPlan| -> Vec<SplitName> {
        plan.splits.iter().map(|split| split.split).collect()
    };
    assert_eq!(kinds(both), [SplitName::Scaffold, SplitName::Random]);
    assert_eq!(kinds(alone), [SplitName::Random]);
    assert_eq!(alone.splits[0].overlap, Overlap::Shared);
    let data = &both.config.data;
    assert_eq!(data.target, "tc");
    assert_eq!(data.max_rows["tb"], 50);
    assert!(data.tasks[0].file.ends_with("b.csv") && data.tasks[0].file.is_absolute());
    assert_eq!(data.tasks[1].file, Path::new("/v.csv"));
    assert_eq!(data.tasks[2].column.as_deref(), Some("k"));
    let training = &alone.config.training;
    assert_eq!((training.epochs, training.lr), (7, 0.5));
    let model = alone.given.resolve(None).unwrap();
    assert_eq!((model.hidden, model.depth), (60, 2));
    assert_eq!(both.given.resolve(None).unwrap().hidden, 30);
}

#[test]
fn what_is_wrong_is_named() {
    let pair = "[[pair]]\ntarget = \"tc=c.csv\"\n";
    for (text, words) in [
        (String::new(), "no pair"),
        (format!("{pair}color = 3\n"), "line 3"),
        (format!("{pair}{pair}"), "one name"),
        (format!("{pair}name = \"a/b\"\n"), "`a/b`"),
        (format!("{pair}[pair.training]\nepoch = 3\n"), "epoch"),
        (format!("{pair}[pair.training]\nlr = \"x\"\n"), "in `lr`"),
        (
            format!("{pair}[pair.training]\nlr = -1.0\n"),
            "pair `tc=c.csv`",
        ),
        (
            format!("{pair}[pair.model]\nmethod = \"gear\"\n"),
            "`method` in [pair.model]",
        ),
        ("[[pair]]\ntarget = \"c.csv\"\n".to_owned(), "no `=`"),
        (format!("{pair}split = \"scafold\"\n"), "`scafold`"),
        (
            format!("{pair}split = [\"random\", \"scafold\"]\n"),
            "`extrapolate`",
        ),
    ] {
        let error = plans(&text).unwrap_err();
        assert!(error.is_input());
        assert!(error.to_string().contains(words), "{words}: {error}");
        assert!(error.to_string().contains("pairs.toml"), "{error}");
    }
}
