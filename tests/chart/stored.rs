//! Perceptrons from files that other programs wrote.

use std::collections::HashMap;

use geogate::chart::{Dense, Layout, Perceptron, StoredLayer};
use geogate::error::{Error, ErrorKind, WeightsFault};
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize};

use super::networks::{Network, points};

/// Name, shape and numbers of one array.
type Array = (&'static str, Vec<usize>, Vec<f64>);

/// A file of these arrays in single or double precision.
fn file(arrays: &[Array], dtype: Dtype) -> Vec<u8> {
    let bytes = |numbers: &[f64]| -> Vec<u8> {
        match dtype {
            Dtype::F64 => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Dtype::F32 => numbers
                .iter()
                .flat_map(|&x| (x as f32).to_le_bytes())
                .collect(),
            _ => numbers.iter().flat_map(|_| [0_u8; 2]).collect(),
        }
    };
    let arrays: Vec<(&str, Vec<usize>, Vec<u8>)> = (arrays.iter())
        .map(|(name, shape, numbers)| (*name, shape.clone(), bytes(numbers)))
        .collect();
    let views: Vec<(&str, TensorView<'_>)> = (arrays.iter())
        .map(|(name, shape, bytes)| (*name, TensorView::new(dtype, shape.clone(), bytes).unwrap()))
        .collect();
    serialize(views, None::<HashMap<String, String>>).unwrap()
}

/// y_0 = tanh(x_0 + 2 x_1 + 0.5), y_1 = tanh(3 x_0 + 4 x_1 − 0.5), then y_0 − y_1, as a
/// `torch.nn.Sequential` writes it.
fn torch_arrays() -> Vec<Array> {
    vec![
        ("net.0.weight", vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]),
        ("net.0.bias", vec![2], vec![0.5, -0.5]),
        ("net.2.weight", vec![1, 2], vec![1.0, -1.0]),
        ("net.2.bias", vec![1], vec![0.25]),
    ]
}

fn torch_layers() -> Vec<StoredLayer> {
    StoredLayer::sequence("net", [0, 2], Activation::Tanh)
}

fn fault(result: Result<Perceptron, Error>) -> WeightsFault {
    match result.expect_err("the file should be refused").kind() {
        ErrorKind::Weights { fault, .. } => fault.clone(),
        other => panic!("{other:?}"),
    }
}

fn refused(arrays: &[Array]) -> WeightsFault {
    let bytes = file(arrays, Dtype::F32);
    fault(Perceptron::from_safetensors(
        &bytes,
        &torch_layers(),
        Layout::OutputsFirst,
    ))
}

#[test]
fn a_torch_file_is_read_in_its_layout() {
    for dtype in [Dtype::F32, Dtype::F64] {
        let bytes = file(&torch_arrays(), dtype);
        let read = Perceptron::from_safetensors(&bytes, &torch_layers(), Layout::OutputsFirst);
        let x = [0.1, -0.3];
        let want = (0.1_f64 - 0.6 + 0.5).tanh() - (0.3_f64 - 1.2 - 0.5).tanh() + 0.25;
        let got = read.unwrap().evaluate(&x)[0];
        assert!((got - want).abs() < 1e-15, "{got} {want}");
    }
}

#[test]
fn the_layouts_are_transposes_of_each_other() {
    let network = Network::new(&[3, 5, 4], Activation::Silu, 300);
    let names = ["f.0.weight", "f.0.bias", "f.1.weight", "f.1.bias"];
    let ours = network.parameters.iter().zip(names);
    let ours: Vec<Array> = ours
        .map(|((_, rows, cols, entries), name)| (name, vec![rows, cols], entries.to_vec()))
        .collect();
    let theirs: Vec<Array> = (ours.iter())
        .map(|(name, shape, entries)| {
            let (rows, cols) = (shape[0], shape[1]);
            if name.ends_with("bias") {
                return (*name, vec![cols], entries.clone());
            }
            let entry = |k: usize| entries[k % rows * cols + k / rows];
            (
                *name,
                vec![cols, rows],
                (0..rows * cols).map(entry).collect(),
            )
        })
        .collect();
    let layers = StoredLayer::sequence("f", [0, 1], Activation::Silu);
    for (arrays, layout) in [(ours, Layout::InputsFirst), (theirs, Layout::OutputsFirst)] {
        let read = Perceptron::from_safetensors(&file(&arrays, Dtype::F64), &layers, layout);
        assert_eq!(read.unwrap(), network.perceptron);
    }
}

#[test]
fn all_missing_tensors_are_listed() {
    let mut arrays = torch_arrays();
    arrays.remove(1);
    arrays.remove(1);
    let WeightsFault::Missing { names, found } = refused(&arrays) else {
        panic!("not the names")
    };
    assert_eq!(names, ["net.0.bias", "net.2.weight"]);
    assert_eq!(found, ["net.0.weight", "net.2.bias"]);
    let message = refused(&arrays).to_string();
    assert!(
        message.contains("no tensor net.0.bias, net.2.weight"),
        "{message}"
    );
}

#[test]
fn shapes_that_do_not_chain_are_named() {
    let mut arrays = torch_arrays();
    arrays[2] = ("net.2.weight", vec![1, 3], vec![1.0; 3]);
    let want = WeightsFault::Chain {
        layer: 0,
        outputs: 2,
        inputs: 3,
    };
    assert_eq!(refused(&arrays), want);
    // the wrong layout shows in the bias
    let bytes = file(&torch_arrays(), Dtype::F32);
    let swapped = Perceptron::from_safetensors(&bytes, &torch_layers(), Layout::InputsFirst);
    let want = WeightsFault::Bias {
        outputs: 2,
        found: 1,
    };
    assert_eq!(fault(swapped), want);
}

#[test]
fn tensors_of_other_kinds_are_refused() {
    let half = file(&torch_arrays(), Dtype::BF16);
    let read = Perceptron::from_safetensors(&half, &torch_layers(), Layout::OutputsFirst);
    let want = WeightsFault::NumberType {
        name: "net.0.weight".to_owned(),
        found: "BF16".to_owned(),
    };
    assert_eq!(fault(read), want);
    let mut arrays = torch_arrays();
    arrays[0].1 = vec![4];
    assert!(matches!(refused(&arrays), WeightsFault::Rank { name, .. } if name == "net.0.weight"));
    arrays = torch_arrays();
    arrays[1].1 = vec![2, 1];
    assert!(matches!(refused(&arrays), WeightsFault::Rank { name, .. } if name == "net.0.bias"));
    arrays = torch_arrays();
    arrays[3].2[0] = f64::NAN;
    assert!(matches!(refused(&arrays), WeightsFault::NotFinite { value } if value.is_nan()));
}

#[test]
fn files_that_are_none_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let load = || Perceptron::load(&path, &torch_layers(), Layout::OutputsFirst);
    assert!(matches!(load().unwrap_err().kind(), ErrorKind::Io { .. }));
    let whole = file(&torch_arrays(), Dtype::F32);
    std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let error = load().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("weights.safetensors: not a safetensors file"),
        "{error}"
    );
    assert!(error.is_input());
    std::fs::write(&path, b"PK").unwrap();
    assert!(matches!(fault(load()), WeightsFault::Format { .. }));
    std::fs::write(&path, &whole).unwrap();
    let bytes = Perceptron::from_safetensors(&whole, &torch_layers(), Layout::OutputsFirst);
    assert_eq!(load().unwrap(), bytes.unwrap());
}

#[test]
fn numbers_that_make_no_layer_are_refused() {
    let matrix = |rows, cols| Tensor::from_vec(rows, cols, points(rows, cols, 310));
    let made = |result: Result<Dense, Error>| fault(result.and_then(|l| Perceptron::new(vec![l])));
    assert_eq!(
        fault(Perceptron::new(Vec::<Dense>::new())),
        WeightsFault::NoLayers
    );
    let empty = WeightsFault::Empty {
        inputs: 0,
        outputs: 3,
    };
    assert_eq!(made(Dense::new(matrix(0, 3), None, None)), empty);
    let short = WeightsFault::Bias {
        outputs: 3,
        found: 2,
    };
    assert_eq!(
        made(Dense::new(matrix(2, 3), Some(vec![0.0; 2]), None)),
        short
    );
}
