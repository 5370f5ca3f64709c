//! Products of matrices against their definition.

use geogate::tensor::{Tensor, Write, gemm};
use proptest::prelude::*;

fn naive(a: &Tensor<f64>, b: &Tensor<f64>) -> Tensor<f64> {
    Tensor::from_fn(a.rows(), b.cols(), |i, j| {
        (0..a.cols()).map(|k| a.row(i)[k] * b.row(k)[j]).sum()
    })
}

fn transpose(a: &Tensor<f64>) -> Tensor<f64> {
    Tensor::from_fn(a.cols(), a.rows(), |i, j| a.row(j)[i])
}

fn matrix(rows: usize, cols: usize, salt: usize) -> Tensor<f64> {
    Tensor::from_fn(rows, cols, |i, j| {
        ((i * 7 + j * 13 + salt * 5) % 11) as f64 - 5.0
    })
}

proptest! {
    #[test]
    fn agrees_with_the_definition_for_all_transpositions(
        m in 0_usize..9, k in 0_usize..9, n in 0_usize..9, salt in 0_usize..100,
    ) {
        let (a, b) = (matrix(m, k, salt), matrix(k, n, salt + 1));
        let (at, bt) = (transpose(&a), transpose(&b));
        let want = naive(&a, &b);
        for (left, right) in [
            (a.view(), b.view()), (at.view().t(), b.view()),
            (a.view(), bt.view().t()), (at.view().t(), bt.view().t()),
        ] {
            let mut out = Tensor::from_fn(m, n, |_, _| f64::NAN);
            gemm(out.as_mut_slice(), Write::Replace, left, right);
            // small integers: every product and sum is exact
            prop_assert_eq!(&out, &want);
            gemm(out.as_mut_slice(), Write::Add, left, right);
            prop_assert_eq!(out, Tensor::from_fn(m, n, |i, j| 2.0 * want.row(i)[j]));
        }
    }
}

#[test]
#[should_panic(expected = "gemm: 2 x 3 times 2 x 3")]
fn shapes_that_do_not_fit_are_named() {
    let a = Tensor::<f64>::zeros(2, 3);
    gemm(&mut [0.0; 6], Write::Replace, a.view(), a.view());
}
