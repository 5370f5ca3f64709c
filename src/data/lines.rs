//! What a CSV reader does not say: on which line a byte stands, and whether a file ends within quotes.

use std::collections::VecDeque;
use std::io::{self, Read};

/// What a file in UTF-8 may begin with.
const BYTE_ORDER_MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// Where among quotes a byte stands, as the CSV reader sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Quotes {
    /// At the start of a field: the one place where a quote opens.
    Start,
    /// In a field without quotes, or behind the closing one.
    Outside,
    /// In a quoted field.
    Within,
    /// Behind a quote in a quoted field: the closing one, unless another follows.
    Closing,
}

impl Quotes {
    /// Behind the next byte.
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Start | Self::Closing, b'"') => Self::Within,
            (Self::Within, b'"') => Self::Closing,
            (Self::Within, _) => Self::Within,
            (_, b',' | b'\n' | b'\r') => Self::Start,
            _ => Self::Outside,
        }
    }
}

/// A reader that remembers where lines end, so that the line of a byte can be told.
#[derive(Debug)]
pub(super) struct LineMarks<R> {
    inner: R,
    /// Bytes read so far.
    offset: u64,
    /// The last byte read was a CR: whether it ends a line depends on the next one.
    after_cr: bool,
    /// Offsets of the line breaks not yet passed: at most those in the CSV reader's buffer.
    ahead: VecDeque<u64>,
    passed: u64,
    /// Where the last byte read leaves the quotes.
    quotes: Quotes,
    /// The end of the file was met.
    ended: bool,
}

impl<R> LineMarks<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            offset: 0,
            after_cr: false,
            ahead: VecDeque::new(),
            passed: 0,
            quotes: Quotes::Start,
            ended: false,
        }
    }

    /// Was the end of the file met?
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Do the bytes read so far end within a quoted field?
    pub(super) fn within_quotes(&self) -> bool {
        self.quotes == Quotes::Within
    }

    /// Is there a line break at byte `position`, not yet passed?
    pub(super) fn line_break_at(&self, position: u64) -> bool {
        self.ahead.contains(&position)
    }

    /// Number of line breaks before byte `position`, which must not decrease between calls.
    pub(super) fn line_breaks_before(&mut self, position: u64) -> u64 {
        while self.ahead.front().is_some_and(|&mark| mark < position) {
            self.ahead.pop_front();
            self.passed += 1;
        }
        self.passed
    }
}

impl<R: Read> Read for LineMarks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        for (offset, &byte) in (self.offset..).zip(&buffer[..count]) {
            if self.after_cr && byte != b'\n' {
                self.ahead.push_back(offset - 1);
            }
            if byte == b'\n' {
                self.ahead.push_back(offset);
            }
            self.after_cr = byte == b'\r';
            // the CSV reader passes over a byte-order mark
            let mark = usize::try_from(offset)
                .ok()
                .and_then(|at| BYTE_ORDER_MARK.get(at));
            if mark != Some(&byte) {
                self.quotes = self.quotes.after(byte);
            }
        }
        self.offset += count as u64;
        self.ended = count == 0 && !buffer.is_empty();
        if self.ended && std::mem::take(&mut self.after_cr) {
            self.ahead.push_back(self.offset - 1);
        }
        Ok(count)
    }
}

/// Line breaks within a field: LF, CRLF or CR.
pub(super) fn line_breaks(text: &[u8]) -> u64 {
    let cr = text.iter().filter(|&&byte| byte == b'\r').count();
    let lf = text.iter().filter(|&&byte| byte == b'\n').count();
    let both = text.windows(2).filter(|pair| pair == b"\r\n").count();
    (cr + lf - both) as u64
}
