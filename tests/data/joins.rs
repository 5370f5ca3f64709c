//! Tasks joined by molecule: rows, order, merging, samples.

use geogate::data::config::{Overlap, SplitName};
use geogate::data::{Corpus, Part, Partition};
use geogate::molecule::Molecule;

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
    let graphs = corpus.inputs.graphs().unwrap();
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
    let graphs = joined.inputs.graphs().unwrap();
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

#[test]
fn groups_are_scaffolds_and_skeletons_of_the_target_or_what_a_column_says() {
    let tables = Tables::new()
        .task(
            "a",
            "smiles,value,kind\nCCO,1,x\nCC=N,2,x\nOC1CC1,3,y\nCCC1CC1,4,x\nC[C@H](O)CC,5,y\nc1ccccc1C,6,z\n",
        )
        .task("b", "smiles,value\nCCCl,1\nCC(F)CC,2\n");
    let corpus = tables.read().unwrap();
    let groups = corpus.groups();
    let of_row: Vec<Option<usize>> = (0..4).map(Some).collect();
    let [chain, ring, branch, benzene] = of_row[..] else {
        panic!("four groups");
    };
    // rows of the source alone have none
    let expected = [chain, chain, ring, ring, branch, benzene, None, None];
    assert_eq!(groups.of_row, expected);
    assert_eq!(
        groups.names,
        ["CCC", "C1CC1", "CC(C)CC", "Cc1ccccc1"]
            .map(|smiles| Molecule::parse(smiles).unwrap().group_key())
    );
    assert_eq!(groups.sizes(), [2, 2, 1, 1]);
    let column = tables.with(|data| data.group = Some("kind".to_owned()));
    let corpus = column.read().unwrap();
    assert_eq!(corpus.groups().names, ["x", "y", "z"]);
    assert_eq!(corpus.groups().sizes(), [3, 2, 1]);
}

#[test]
fn strict_overlap_looks_past_stereo() {
    // butene and longer: trans in the target, cis in the source
    let rows = |bond: char| -> String {
        let row = |n: usize| {
            let (left, right) = ("C".repeat(1 + n % 8), "C".repeat(1 + n / 8));
            format!("{left}/C=C{bond}{right},{n}\n")
        };
        // left no longer than right: no molecule twice
        let rows = (0..160).filter(|n| n % 8 <= n / 8).map(row);
        format!("smiles,value\n{}", rows.collect::<String>())
    };
    let tables = Tables::new()
        .task("t", rows('/'))
        .task("s", rows('\\'))
        .split(|split| {
            split.split = SplitName::Random;
            split.val_fraction = 0.2;
        });
    let corpus = tables.read().unwrap();
    let molecules = corpus.labelled(0).len();
    assert_eq!(corpus.rows(), 2 * molecules);
    let partition = Partition::holdout(&corpus, &tables.split, 0).unwrap();
    for row in 0..molecules {
        // the twins stand in the same order
        let twin = row + molecules;
        let held = matches!(partition.part(row, 0), Part::Val | Part::Test);
        assert_eq!(partition.part(twin, 1) == Part::Excluded, held);
    }
    let shared = tables.split(|split| split.overlap = Overlap::Shared);
    let partition = Partition::holdout(&corpus, &shared.split, 0).unwrap();
    assert_eq!(partition.count(1, Part::Excluded), 0);
}
