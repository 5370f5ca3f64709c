//! Tables as the bytes of files.

/// A number as tables hold it: the shortest text that reads back the same; NaN is blank.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        String::new()
    } else {
        value.to_string()
    }
}

/// A CSV table as bytes.
pub(crate) fn table_csv<R>(
    header: impl IntoIterator<Item = String>,
    rows: impl IntoIterator<Item = R>,
) -> Vec<u8>
where
    R: IntoIterator<Item = String>,
{
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer
        .write_record(header)
        .expect("memory takes every byte");
    for row in rows {
        writer
            .write_record(row)
            .expect("every row has the header's length");
    }
    writer.into_inner().expect("memory takes every byte")
}
