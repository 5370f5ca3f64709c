//! Numbers as the bytes of files.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};

use crate::error::{Error, Result};
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

/// An array of a file: name, shape and bytes.
pub(super) type Array<'a> = (&'a str, Vec<usize>, &'a [u8]);

/// The file `path`, to be, of arrays of T under a header.
///
/// # Errors
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io) where the format does not take them.
pub(super) fn serialised<'a, T: Real>(
    path: &Path,
    arrays: impl IntoIterator<Item = Array<'a>>,
    header: HashMap<String, String>,
) -> Result<Vec<u8>> {
    let view = |(name, shape, bytes)| Ok((name, TensorView::new(dtype::<T>(), shape, bytes)?));
    let views: std::result::Result<Vec<_>, _> = arrays.into_iter().map(view).collect();
    let bytes = views.and_then(|views| safetensors::serialize(views, Some(header)));
    bytes.map_err(|error: safetensors::SafeTensorError| {
        Error::io("write", path, io::Error::other(error.to_string()))
    })
}

/// BLAKE3 of bytes, in hexadecimal digits.
pub(super) fn checksum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
