//! Numbers as the bytes of files.

use safetensors::tensor::Dtype;

use crate::tensor::Real;

/// The dtype of arrays of T.
pub(super) fn dtype<T: Real>() -> Dtype {
    if T::NAME == "f32" {
        Dtype::F32
    } else {
        Dtype::F64
    }
}

/// Little-endian bytes of the numbers.
pub(super) fn to_bytes<T: Real>(numbers: &[T]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_bytes()).collect()
}

/// The numbers of little-endian bytes.
pub(super) fn from_bytes<T: Real>(bytes: &[u8]) -> Vec<T> {
    bytes
        .chunks_exact(size_of::<T>())
        .map(T::from_bytes)
        .collect()
}
