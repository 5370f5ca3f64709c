//! Tasks joined by molecule: rows, order, merging, samples.

use geogate::data::{Corpus, Inputs};

use super::Tables;

#[test]
fn spellings_of_a_molecule_are_one_row_and_stereoisomers_are_two() {
    let corpus = Tables::new()
        .task("a", "smiles,value\nOCC,1\nC/C=C/C,2\nc1ccccc1,3\n")
        .task(
            "b",
            "smiles,value\nC1=CC=CC=C1,30\nCCO,10\nC/C=C\\C,20\nCC=CC,40\n",
        )
        .read()
        .unwrap();
    // as first read, in the order of first appearance
    assert_eq!(
        corpus.identifiers,
        ["OCC", "C/C=C/C", "c1ccccc1", "C/C=C\\C", "CC=CC"]
    );
    assert_eq!(corpus.keys[0], "CCO");
    let of = |task: usize| -> Vec<String> {
        let rows = 0..corpus.rows();
        rows.map(|row| corpus.label(row, task).to_string())
            .collect()
    };
    assert_eq!(of(0), ["1", "2", "3", "NaN", "NaN"]);
    assert_eq!(of(1), ["10", "NaN", "30", "20", "40"]);
    assert_eq!(corpus.labelled(1), [0, 2, 3, 4]);
    // the three butenes are one class under strict overlap
    let classes = corpus.overlap_classes();
    assert!(classes[1] == classes[3] && classes[3] == classes[4]);
    assert!(classes[0] != classes[1] && classes[0] != classes[2]);
    let Inputs::Molecules(graphs) = &corpus.inputs else {
        panic!("molecules");
    };
    assert_eq!(graphs[2].atom_count(), 6);
}

#[test]
fn labels_of_a_molecule_are_merged_by_the_median() {
    let table = "smiles,value\nCCO,351\nC,1\nOCC,352\nC(O)C,390\nC,1\nCC,7\n";
    let corpus = Tables::new().task("tb", table).read().unwrap();
    assert_eq!(corpus.labels, [352.0, 1.0, 7.0]);
    let task = &corpus.account.tasks[0];
    assert_eq!((task.labels, task.molecules, task.merged), (6, 3, 2));
    // equal labels are merged, and are no spread
    let [spread] = &task.spreads[..] else {
        panic!("{:?}", task.spreads);
    };
    assert_eq!(spread.identifier, "CCO");
    assert_eq!((spread.min, spread.max), ((351.0, 2), (390.0, 5)));
    assert_eq!((spread.labels, spread.median), (3, 352.0));
}

#[test]
fn the_corpus_does_not_depend_on_threads() {
    let mut table = String::from("smiles,value\n");
    for row in 0..6000 {
        // every molecule twice, in two spellings
        let (tail, ring) = (row / 2 % 60, row / 120);
        let (chain, branch) = ("C".repeat(tail + 1), "O".repeat(ring % 3));
        let text = match row % 2 {
            0 => format!("{chain}C({branch})N"),
            _ => format!("NC({branch}){chain}"),
        };
        let text = text.replace("()", "");
        table.push_str(&format!("{text},{row}\n"));
    }
    let tables = Tables::new().task("y", table);
    let read = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| tables.read().unwrap())
    };
    let (one, four) = (read(1), read(4));
    assert_eq!(one.identifiers, four.identifiers);
    assert_eq!(one.labels, four.labels);
    assert_eq!(one.overlap_classes(), four.overlap_classes());
    assert_eq!(one.account, four.account);
    assert!(one.inputs == four.inputs);
    assert_eq!(one.groups(), four.groups());
    assert_eq!(one.rows(), 180);
}

fn alkanes(from: usize, to: usize) -> String {
    let rows = (from..to).map(|n| format!("{},{n}\n", "C".repeat(n)));
    format!("smiles,value\n{}", rows.collect::<String>())
}

fn sample_of(corpus: &Corpus, task: &str) -> Vec<String> {
    let task = corpus.task_index(task).unwrap();
    let rows = corpus.labelled(task);
    let mut keys: Vec<String> = rows
        .into_iter()
        .map(|row| corpus.keys[row].clone())
        .collect();
    keys.sort();
    keys
}

#[test]
fn a_sample_depends_on_its_task_and_the_seed_alone() {
    let limit = |tables: Tables| {
        tables.with(|data| {
            data.max_rows.insert("a".to_owned(), 20);
        })
    };
    let alone = limit(Tables::new().task("a", alkanes(1, 90)))
        .read()
        .unwrap();
    let joined = limit(
        Tables::new()
            .task("b", alkanes(40, 120))
            .task("a", alkanes(1, 90)),
    )
    .read()
    .unwrap();
    assert_eq!(alone.rows(), 20);
    assert_eq!(sample_of(&alone, "a"), sample_of(&joined, "a"));
    assert_eq!(sample_of(&joined, "b").len(), 80);
    assert_eq!(joined.account.tasks[1].kept, 20);
    assert_eq!(joined.account.tasks[1].molecules, 89);
    // rows without any label left are gone, the others keep inputs and keys together
    let Inputs::Molecules(graphs) = &joined.inputs else {
        panic!("molecules");
    };
    assert_eq!(graphs.len(), joined.rows());
    for (row, graph) in graphs.iter().enumerate() {
        assert_eq!(graph.atom_count(), joined.identifiers[row].len());
        assert!((0..2).any(|task| !joined.label(row, task).is_nan()));
    }
    let tables = limit(Tables::new().task("a", alkanes(1, 90)));
    let other = Corpus::read(&tables.data, &tables.split, 1).unwrap();
    assert_ne!(sample_of(&alone, "a"), sample_of(&other, "a"));
}

#[test]
fn a_corpus_from_memory_is_the_corpus_of_the_table() {
    let table = Tables::new()
        .wide("b", "smiles,a,b\nCCO,1,\nCCN,,2\nC1CC1,3,4\n")
        .read()
        .unwrap();
    let smiles = ["CCO", "CCN", "C1CC1"].map(str::to_owned).to_vec();
    let labels = vec![1.0, f64::NAN, f64::NAN, 2.0, 3.0, 4.0];
    let tasks = vec!["a".to_owned(), "b".to_owned()];
    let memory = Corpus::of_molecules(tasks.clone(), 1, smiles, labels).unwrap();
    assert_eq!(memory.keys, table.keys);
    assert!(memory.inputs == table.inputs);
    assert_eq!(
        format!("{:?}", memory.labels),
        format!("{:?}", table.labels)
    );
    assert_eq!(memory.groups(), table.groups());
    let twice = ["CCO", "OCC"].map(str::to_owned).to_vec();
    let error = Corpus::of_molecules(tasks, 0, twice, vec![1.0; 4]).unwrap_err();
    assert!(error.to_string().contains("rows 0 and 1"), "{error}");
}
