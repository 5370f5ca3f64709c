//! Mutated tables, a task each and wide.

use std::fs;

use geogate::data::Corpus;
use geogate::data::config::{DataConfig, SplitConfig};

use super::{Worst, alone, cases, mutated, stream};

const SEEDS: [&str; 8] = [
    "smiles,value\nC,1\nCC,2.5\nCCO,-3e2\nc1ccccc1,4\n",
    "smiles,name,value\r\nC,\"methane, gas\",1\r\nCC,\"5\"\" pipe\",2\r\nCCC,,3\r\n",
    "\u{feff}smiles,value\nC,NA\nCC,\nCCC,7\n",
    "smiles,tc,tb,x\nC,190,111,0.5\nCC,305,184,\nCCC,370,231,1\n",
    "Unnamed: 0,smiles,tc\n0,C,1\n1,CC,2\n2,CCC,3\n3,CCCC,4\n",
    "smiles,value,split\nC,1,train\nCC,2,val\nCCC,3,test\n",
    "smiles,value\nC,1\n\"CC,2\nCCC,3\n",
    "smiles,value\r\rC,1\rCC,2\r",
];

const WORDS: [&str; 22] = [
    "\n", "\r\n", "\r", ",", "\"", "\"\"", "smiles", "value", "tc", "NaN", "inf", "1e999", "-",
    "\0", "\t", ";", "\u{feff}", "é", "\u{ff}", "1,5", "C(", ",,,,,,",
];

#[test]
fn mutated_tables_are_read_or_refused() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("t.csv");
    let seeds = SEEDS.map(|text| text.as_bytes().to_vec());
    let config = |wide: bool| match wide {
        true => DataConfig {
            wide: Some(file.clone()),
            target: "tc".to_owned(),
            ..DataConfig::default()
        },
        false => DataConfig {
            tasks: vec![format!("t={}", file.display()).parse().unwrap()],
            target: "t".to_owned(),
            ..DataConfig::default()
        },
    };
    let configs = [config(false), config(true)];
    let split = SplitConfig {
        split_column: None,
        ..SplitConfig::default()
    };
    let marked = SplitConfig {
        split_column: Some("split".to_owned()),
        ..SplitConfig::default()
    };
    let count = cases(2_000, 100_000);
    let (mut stream, mut worst, mut usable) = (stream(2), Worst::default(), 0);
    alone(|| {
        for case in 0..count {
            let bytes = mutated(&seeds, &WORDS, &mut stream);
            fs::write(&file, &bytes).unwrap();
            let (data, split) = (&configs[case % 2], [&split, &marked][case / 2 % 2]);
            worst.guard(&bytes, 1 << 24, &mut || {
                usable += usize::from(Corpus::read(data, split, 0).is_ok());
            });
        }
    });
    worst.report("tables", count, usable);
    assert!(usable > count / 50, "{usable} of {count} are usable");
}
