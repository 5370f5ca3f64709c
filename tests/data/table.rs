//! Tables as rows that know their lines.

use std::fs::File;
use std::io::Write;

use geogate::data::table::Table;
use geogate::error::Error;

fn table(content: &[u8]) -> Result<(tempfile::TempDir, Table), Error> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    File::create(&file).unwrap().write_all(content).unwrap();
    Table::open(&file).map(|table| (folder, table))
}

fn lines(content: &[u8]) -> Vec<(u64, u64, String)> {
    let (_folder, mut table) = table(content).unwrap();
    let mut seen = Vec::new();
    // chunks of two rows: the count goes on between chunks
    while let Some(rows) = table.chunk(2).unwrap() {
        for row in rows {
            let text = row.text(0).unwrap_or("bytes").to_owned();
            seen.push((row.line(), row.last_line(), text));
        }
    }
    seen
}

#[test]
fn rows_know_their_lines_for_every_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!(
            "a,b{end}1,x{end}2,y{end}{end}{end}\"3{end}3\",z{end}4,\"q{end}{end}\"{end}5,w"
        );
        let at: Vec<_> = lines(text.as_bytes())
            .into_iter()
            .map(|(first, last, _)| (first, last))
            .collect();
        let expected = vec![(2, 2), (3, 3), (6, 7), (8, 10), (11, 11)];
        assert_eq!(at, expected, "line end {end:?}");
    }
}

#[test]
fn a_quote_open_at_the_end_is_an_error_with_its_line() {
    for end in ["\n", "\r\n", "\r"] {
        for last in ["", end] {
            let text = format!("a,b{end}1,\"x{end}y\"{end}\"2\"\"\",\"y{end}3,z{end}4,w{last}");
            let (_folder, mut table) = table(text.as_bytes()).unwrap();
            let message = table.chunk(9).unwrap_err().to_string();
            for words in ["line 4: a quote", "never closed", "the 2 lines after it"] {
                assert!(message.contains(words), "line end {end:?}: {message}");
            }
        }
    }
    let message = table(b"a,\"b\n1,2\n").unwrap_err().to_string();
    assert!(
        message.contains("line 1: a quote") && message.contains("the line after it"),
        "{message}"
    );
    // quotes that open nothing
    for text in [
        "a,b\n1, \"2\n",
        "a,b\n1,2\"\n",
        "a,b\n\"1\"\"\",\"2\"x\"\n",
        "\u{feff}\"a,\",b\n1,2\n",
    ] {
        assert!(table(text.as_bytes()).unwrap().1.chunk(9).is_ok(), "{text}");
    }
}

#[test]
fn lines_stay_right_beyond_the_readers_buffer() {
    let mut text = String::from("a,b\r\n");
    for row in 0..20_000 {
        text.push_str(&format!("{row},some text to fill the buffer\r\n"));
    }
    for (row, (first, last, number)) in lines(text.as_bytes()).into_iter().enumerate() {
        assert_eq!((first, last), (row as u64 + 2, row as u64 + 2));
        assert_eq!(number, row.to_string());
    }
}

#[test]
fn a_byte_order_mark_and_white_space_are_no_part_of_a_name() {
    let (_folder, table) = table("\u{feff}smiles , value\nC,1\n".as_bytes()).unwrap();
    assert_eq!(table.header(), ["smiles", "value"]);
    assert_eq!(
        lines("\u{feff}a,b\nx,1\n".as_bytes()),
        [(2, 2, "x".to_owned())]
    );
}

#[test]
fn other_formats_are_refused_by_name() {
    for (content, word) in [
        (&b""[..], "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xff\xfea\0", "UTF-16"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"a,b\n\0\0", "not a text file"),
        (b"sm\xefles,value\n", "UTF-8"),
        (b"value,smiles,value\n", "columns 1 and 3"),
    ] {
        let message = table(content).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}
