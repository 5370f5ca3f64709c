//! The directed message-passing network against its equations, molecule by molecule and bond by bond.

use std::collections::{HashMap, HashSet};

use geogate::autograd::gradcheck::disagreement;
use geogate::autograd::{Tape, Var};
use geogate::nn::{
    Bound, Dmpnn, DmpnnShape, GraphBatch, GraphReadout, GraphWidths, Kinds, Parameters, Pass,
    Refinement,
};
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Real, Tensor};
use proptest::prelude::*;

use crate::closeness::{assert_close, assert_gradient, size};
use crate::strategies::{self, Entries, Molecule};

/// Features of an atom and of a bond, width of the network.
const ATOM: usize = 5;
const BOND: usize = 3;
const WIDTH: usize = 4;
/// Roundings along four rounds of sums of up to eight terms.
const ROUNDINGS: f64 = 128.0;

/// Molecules with features, and a network.
#[derive(Clone, Debug)]
struct Scene {
    molecules: Vec<Molecule>,
    entries: Entries,
    /// Rows of features that atoms, and bonds, have among them: where they are few, classes are large.
    kinds: usize,
    depth: usize,
    readout: GraphReadout,
    network: Dmpnn,
    parameters: Parameters<f64>,
}

/// A molecule as the equations see it.
#[derive(Clone, Debug)]
struct Featured {
    atoms: Vec<Vec<f64>>,
    /// Ends, features of the bond from the first to the second and of its reverse.
    bonds: Vec<(usize, usize, Vec<f64>, Vec<f64>)>,
}

fn scene() -> impl Strategy<Value = Scene> {
    let readout = prop::sample::select(vec![
        GraphReadout::Norm,
        GraphReadout::Mean,
        GraphReadout::Sum,
    ]);
    (
        strategies::molecules(),
        (strategies::moderate_entries(), 1_usize..12),
        1_usize..5,
        readout,
        any::<u64>(),
    )
        .prop_map(|(molecules, (entries, kinds), depth, readout, seed)| {
            let mut stream = Stream::new(seed, Purpose::Test, 0);
            let mut parameters = Parameters::new();
            let network = Dmpnn::new(
                &mut parameters,
                "embedding",
                GraphWidths {
                    atoms: ATOM,
                    bonds: BOND,
                },
                DmpnnShape {
                    width: WIDTH,
                    depth,
                    readout,
                },
                &mut stream,
            );
            Scene {
                molecules,
                entries,
                kinds,
                depth,
                readout,
                network,
                parameters,
            }
        })
}

impl Scene {
    fn featured(&self) -> Vec<Featured> {
        let (atoms, bonds) = (
            self.entries.matrix(self.kinds, ATOM, 0),
            self.entries.matrix(self.kinds, BOND, 1),
        );
        let features = |(molecule, salt): (&Molecule, usize)| {
            let kind = |i: usize| (i * i + salt) % self.kinds;
            let bond = |(k, &(a, b)): (usize, &(usize, usize))| {
                let (there, back) = (bonds.row(kind(k)), bonds.row(kind(k + salt)));
                (a, b, there.to_vec(), back.to_vec())
            };
            Featured {
                atoms: (0..molecule.atoms)
                    .map(|v| atoms.row(kind(v)).to_vec())
                    .collect(),
                bonds: molecule.bonds.iter().enumerate().map(bond).collect(),
            }
        };
        self.molecules.iter().zip(0..).map(features).collect()
    }

    /// One matrix by the end of its name.
    fn weight(&self, name: &str) -> Tensor<f64> {
        let wanted = format!("embedding.{name}");
        let mut all = self.parameters.iter();
        let (_, rows, cols, entries) = all
            .find(|w| w.0 == wanted)
            .expect("a matrix of the network");
        Tensor::from_vec(rows, cols, entries.to_vec())
    }

    /// The molecule's vector, straight from the equations: every sum over the neighbours by name.
    fn by_equations(&self, molecule: &Featured) -> Vec<f64> {
        let w = |name: &str| self.weight(&format!("{name}.weight"));
        let (w_x, w_e, w_h) = (w("atom_input"), w("bond_input"), w("message"));
        let mut features = HashMap::new();
        for (a, b, there, back) in &molecule.bonds {
            features.insert((*a, *b), there);
            features.insert((*b, *a), back);
        }
        let input: HashMap<(usize, usize), Vec<f64>> = (features.iter())
            .map(|(&(v, w), e)| {
                (
                    (v, w),
                    sum(&[&times(&molecule.atoms[v], &w_x), &times(e, &w_e)]),
                )
            })
            .collect();
        let mut h: HashMap<_, _> = input.iter().map(|(&vw, x)| (vw, relu(x))).collect();
        let neighbours = |v: usize| (0..molecule.atoms.len()).filter(move |&k| k != v);
        for _ in 1..self.depth {
            let next = |&(v, w): &(usize, usize)| {
                let mut m = vec![0.0; WIDTH];
                for k in neighbours(v).filter(|&k| k != w) {
                    if let Some(h) = h.get(&(k, v)) {
                        m = sum(&[&m, h]);
                    }
                }
                relu(&sum(&[&input[&(v, w)], &times(&m, &w_h)]))
            };
            h = input.keys().map(|vw| (*vw, next(vw))).collect();
        }
        let (w_a, w_m) = (w("atom_output"), w("message_output"));
        let bias = self.weight("atom_output.bias");
        let mut total = vec![0.0; WIDTH];
        for (v, x) in molecule.atoms.iter().enumerate() {
            let mut arriving = vec![0.0; WIDTH];
            for k in neighbours(v) {
                if let Some(h) = h.get(&(k, v)) {
                    arriving = sum(&[&arriving, h]);
                }
            }
            let u = sum(&[&times(x, &w_a), &times(&arriving, &w_m), bias.row(0)]);
            total = sum(&[&total, &relu(&u)]);
        }
        let divisor = match self.readout {
            GraphReadout::Norm => 20.0,
            GraphReadout::Mean => molecule.atoms.len() as f64,
            GraphReadout::Sum => 1.0,
        };
        total.iter().map(|x| x / divisor).collect()
    }

    fn run<T: Real>(&self, parameters: &Parameters<T>, batch: &GraphBatch<T>) -> Tensor<T> {
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, false);
        let y = self
            .network
            .forward(&mut Pass::new(&mut tape, &bound), batch);
        tape.value(y).clone()
    }
}

fn times(x: &[f64], w: &Tensor<f64>) -> Vec<f64> {
    (0..w.cols())
        .map(|j| x.iter().enumerate().map(|(i, x)| x * w.row(i)[j]).sum())
        .collect()
}

fn sum(parts: &[&[f64]]) -> Vec<f64> {
    (0..parts[0].len())
        .map(|j| parts.iter().map(|p| p[j]).sum())
        .collect()
}

fn relu(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.max(0.0)).collect()
}

/// The batch of these molecules.
fn batch<T: Real>(molecules: &[Featured]) -> GraphBatch<T> {
    let graphs: Vec<Molecule> = (molecules.iter())
        .map(|m| Molecule {
            atoms: m.atoms.len(),
            bonds: m.bonds.iter().map(|b| (b.0, b.1)).collect(),
        })
        .collect();
    let graph = strategies::union(&graphs);
    let atoms: Vec<f64> = molecules.iter().flat_map(|m| m.atoms.concat()).collect();
    let both = |m: &Featured| -> Vec<f64> {
        let bonds = m.bonds.iter();
        bonds
            .flat_map(|(_, _, there, back)| [there.clone(), back.clone()].concat())
            .collect()
    };
    let bonds: Vec<f64> = molecules.iter().flat_map(both).collect();
    let atoms = Tensor::from_vec(graph.atoms(), ATOM, atoms);
    let bonds = Tensor::from_vec(graph.bonds(), BOND, bonds);
    GraphBatch::new(graph, by_kind(&atoms), by_kind(&bonds))
}

/// The distinct rows, the last one first.
fn by_kind<T: Real>(rows: &Tensor<f64>) -> Kinds<T> {
    let mut distinct: Vec<&[f64]> = Vec::new();
    for row in (0..rows.rows()).rev().map(|i| rows.row(i)) {
        if !distinct.contains(&row) {
            distinct.push(row);
        }
    }
    let kind = |i: usize| distinct.iter().position(|row| *row == rows.row(i));
    let of: Vec<u32> = (0..rows.rows())
        .map(|i| kind(i).expect("it is there") as u32)
        .collect();
    let table = Tensor::from_vec(distinct.len(), rows.cols(), distinct.concat());
    Kinds::new(strategies::cast(&table), of)
}

/// The same molecule with its atoms in another order, its bonds in another order, and some of its
/// bonds written from the other end.
fn renumbered(molecule: &Featured, stream: &mut Stream) -> Featured {
    let place = stream.permutation(molecule.atoms.len());
    let mut atoms = molecule.atoms.clone();
    for (v, x) in molecule.atoms.iter().enumerate() {
        atoms[place[v]].clone_from(x);
    }
    let mut bonds: Vec<_> = (molecule.bonds.iter().cloned())
        .map(|(a, b, there, back)| {
            let (a, b) = (place[a], place[b]);
            if stream.below(2) == 0 {
                (a, b, there, back)
            } else {
                (b, a, back, there)
            }
        })
        .collect();
    stream.shuffle(&mut bonds);
    Featured { atoms, bonds }
}

proptest! {
    #![proptest_config(strategies::cases(96))]

    #[test]
    fn a_batch_follows_the_equations_of_each_molecule(scene in scene()) {
        let molecules = scene.featured();
        let want: Vec<f64> = molecules.iter().flat_map(|m| scene.by_equations(m)).collect();
        let scale = size(&want, 1.0);
        let got = scene.run(&scene.parameters, &batch(&molecules));
        prop_assert_eq!(got.shape(), (molecules.len(), WIDTH));
        assert_close(got.as_slice(), &want, ROUNDINGS, scale);
        let single = single_precision(&scene.parameters);
        let got = scene.run(&single, &batch(&molecules));
        assert_close(got.as_slice(), &want, ROUNDINGS, scale);
    }

    #[test]
    fn every_distinct_value_is_computed_once(scene in scene()) {
        let molecules = scene.featured();
        let rows = Refinement::new(&batch::<f64>(&molecules), scene.depth).rows();
        prop_assert_eq!(rows, distinct_values(&molecules, scene.depth));
    }

    #[test]
    fn a_batch_is_its_molecules_one_by_one(scene in scene()) {
        let molecules = scene.featured();
        let together = scene.run(&scene.parameters, &batch(&molecules));
        for (i, molecule) in molecules.iter().enumerate() {
            let alone = scene.run(&scene.parameters, &batch(std::slice::from_ref(molecule)));
            let scale = size(alone.as_slice(), 1.0);
            // products over other numbers of rows may sum in another order
            assert_close(together.row(i), alone.as_slice(), ROUNDINGS, scale);
        }
    }

    #[test]
    fn the_numbering_of_atoms_and_bonds_has_no_influence(scene in scene(), seed: u64) {
        let molecules = scene.featured();
        let mut stream = Stream::new(seed, Purpose::Test, 0);
        let others: Vec<Featured> = molecules.iter().map(|m| renumbered(m, &mut stream)).collect();
        let got = scene.run(&scene.parameters, &batch(&others));
        let want = scene.run(&scene.parameters, &batch(&molecules));
        assert_close(got.as_slice(), want.as_slice(), ROUNDINGS, size(want.as_slice(), 1.0));
    }

    /// Reverse against forward mode everywhere; against differences where no relu of the network
    /// changes sides within the step.
    #[test]
    fn its_gradient_is_right(scene in scene()) {
        let batch = batch::<f64>(&scene.featured());
        let weights: Vec<Tensor<f64>> = (scene.parameters.iter())
            .map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec()))
            .collect();
        let loss = |tape: &mut Tape<f64>, vars: &[Var]| {
            let bound = Bound::from_vars(vars.to_vec());
            let y = scene.network.forward(&mut Pass::new(tape, &bound), &batch);
            tape.mean_square(y)
        };
        let mut check = disagreement(&weights, KINK_FREE_STEP, loss);
        if crosses_a_kink(&scene, &weights, &batch) {
            check.differences = 0.0;
        }
        assert_gradient("message passing", check);
    }

    /// Features as variables, those of each atom and directed bond apart.
    #[test]
    fn its_gradient_by_the_features_is_right(scene in scene()) {
        let batch = batch::<f64>(&scene.featured());
        let apart = batch.apart();
        let rows = [apart.atoms(), apart.bonds()].map(|kinds| kinds.rows().clone());
        prop_assert_eq!(rows[0].rows(), batch.graph().atoms());
        prop_assert_eq!(rows[1].rows(), batch.graph().bonds());
        let want = scene.run(&scene.parameters, &batch);
        let got = scene.run(&scene.parameters, &apart);
        assert_close(got.as_slice(), want.as_slice(), ROUNDINGS, size(want.as_slice(), 1.0));
        let loss = |tape: &mut Tape<f64>, leaves: &[Var]| {
            let bound = scene.parameters.bind(tape, false);
            let leaves = [leaves[0], leaves[1]];
            let y = scene.network.forward_from(&mut Pass::new(tape, &bound), &apart, leaves);
            tape.mean_square(y)
        };
        let mut check = disagreement(&rows, KINK_FREE_STEP, loss);
        // a relu may change sides within a step; a test of whole models takes differences where none does
        check.differences = 0.0;
        assert_gradient("message passing by features", check);
    }
}

/// How many values the equations have in `depth` rounds of messages and at the atoms, each told by all that it depends
/// on: features, and what arrives, in the order of the alphabet.
fn distinct_values(molecules: &[Featured], depth: usize) -> usize {
    // −0 is the kind of 0
    let told = |x: &[f64]| format!("{:?}", x.iter().map(|x| x + 0.0).collect::<Vec<_>>());
    let mut distinct = vec![HashSet::new(); depth];
    for molecule in molecules {
        let ways = molecule.bonds.iter();
        let start: HashMap<(usize, usize), String> = ways
            .flat_map(|(a, b, there, back)| [(*a, *b, there), (*b, *a, back)])
            .map(|(v, w, e)| ((v, w), told(&molecule.atoms[v]) + &told(e)))
            .collect();
        let arriving = |at: &HashMap<(usize, usize), String>, v: usize, but: Option<usize>| {
            let into = at
                .iter()
                .filter(|((k, end), _)| *end == v && Some(*k) != but);
            let mut parts: Vec<&str> = into.map(|(_, part)| part.as_str()).collect();
            parts.sort_unstable();
            format!("({})", parts.join(","))
        };
        let mut values = start.clone();
        for round in &mut distinct[1..] {
            let next = |(&(v, w), own): (&(usize, usize), &String)| {
                ((v, w), own.clone() + &arriving(&values, v, Some(w)))
            };
            values = start.iter().map(next).collect();
            round.extend(values.values().cloned());
        }
        let atoms = molecule.atoms.iter().enumerate();
        distinct[0].extend(atoms.map(|(v, x)| told(x) + &arriving(&values, v, None)));
    }
    distinct.iter().map(HashSet::len).sum()
}

/// So small that few draws have a relu change sides within it.
const KINK_FREE_STEP: f64 = 1e-5;

/// Does a value before a relu change its sign between the points that the check compares? These are
/// `± h v` for its three seeded directions v.
fn crosses_a_kink(scene: &Scene, weights: &[Tensor<f64>], batch: &GraphBatch<f64>) -> bool {
    let pattern = |weights: &[Tensor<f64>]| {
        let mut tape = Tape::new();
        let vars: Vec<Var> = weights.iter().map(|w| tape.variable(w)).collect();
        let first = tape.constant(&Tensor::scalar(0.0));
        let bound = Bound::from_vars(vars);
        let last = scene
            .network
            .forward(&mut Pass::new(&mut tape, &bound), batch);
        let mut zeros = Vec::new();
        let mut k = 0;
        while tape.output(first, k) != last {
            let values = tape.value(tape.output(first, k)).as_slice();
            zeros.extend(values.iter().map(|&x| x == 0.0));
            k += 1;
        }
        zeros
    };
    let at_rest = pattern(weights);
    (0..3).any(|direction| {
        let mut stream = Stream::new(0, Purpose::Test, direction);
        let v: Vec<Tensor<f64>> = (weights.iter())
            .map(|w| {
                let entries = (0..w.as_slice().len()).map(|_| stream.normal());
                Tensor::from_vec(w.rows(), w.cols(), entries.collect())
            })
            .collect();
        [KINK_FREE_STEP, -KINK_FREE_STEP].into_iter().any(|step| {
            let moved: Vec<Tensor<f64>> = (weights.iter().zip(&v))
                .map(|(w, v)| {
                    Tensor::from_fn(w.rows(), w.cols(), |i, j| w.row(i)[j] + step * v.row(i)[j])
                })
                .collect();
            pattern(&moved) != at_rest
        })
    })
}

fn single_precision(parameters: &Parameters<f64>) -> Parameters<f32> {
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let mut single = Parameters::new();
    for (name, rows, cols, _) in parameters.iter() {
        single.add(name, (rows, cols), 1, &mut stream);
    }
    for (to, from) in single.values_mut().iter_mut().zip(parameters.values()) {
        *to = *from as f32;
    }
    single
}

/// All matrices of one layer start with the spread of all its inputs: `[x ‖ e]`, `[x ‖ Σ h]`.
#[test]
fn parts_of_one_layer_start_alike() {
    let mut parameters = Parameters::<f64>::new();
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let (f_a, f_b, width) = (72, 14, 300);
    Dmpnn::new(
        &mut parameters,
        "d",
        GraphWidths {
            atoms: f_a,
            bonds: f_b,
        },
        DmpnnShape {
            width,
            depth: 3,
            readout: GraphReadout::Norm,
        },
        &mut stream,
    );
    for (name, fan_in) in [
        ("d.atom_input.weight", f_a + f_b),
        ("d.bond_input.weight", f_a + f_b),
        ("d.message.weight", width),
        ("d.message_output.weight", f_a + width),
        ("d.atom_output.weight", f_a + width),
        ("d.atom_output.bias", f_a + width),
    ] {
        let (_, _, _, entries) = parameters
            .iter()
            .find(|p| p.0 == name)
            .expect("it is there");
        let limit = 1.0 / (fan_in as f64).sqrt();
        let largest = size(entries, 0.0);
        // the largest of 300 or more uniform draws is within 5 % of the limit but for e^-15
        assert!(
            largest <= limit && largest > 0.95 * limit,
            "{name}: {largest} of {limit}"
        );
    }
}
