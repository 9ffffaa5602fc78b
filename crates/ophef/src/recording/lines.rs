//! Lines of a file in bounded memory.

use std::io::{self, BufRead};

/// Longest line that is kept whole, bytes: what fits into a dead letter.
pub(crate) const MAX_LINE_BYTES: usize = kafka::MAX_DEAD_LETTER_BYTES;

/// What editors and spreadsheets put before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One line of a recording, without its line end.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Its bytes, at most [`MAX_LINE_BYTES`].
    pub(crate) bytes: Vec<u8>,
    /// Its length in the file, bytes, without the line end.
    pub(crate) full_bytes: usize,
}

impl Line {
    /// Whether the line was longer than what is kept.
    pub(crate) fn is_cut(&self) -> bool {
        self.full_bytes > self.bytes.len()
    }

    /// Takes the byte-order mark off the line that stands at `offset`, if that is
    /// the file's first.
    pub(super) fn without_mark(&mut self, offset: u64) {
        if offset == 0 && self.bytes.starts_with(BYTE_ORDER_MARK) {
            self.bytes.drain(..BYTE_ORDER_MARK.len());
            self.full_bytes -= BYTE_ORDER_MARK.len();
        }
    }

    /// Whether there is nothing on it.
    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }
}

/// Reads the next line into `line`; the rest of one that is too long is skipped.
/// Returns the bytes taken from the file, 0 at its end.
///
/// # Errors
/// Those of the reader.
pub(crate) fn read_line(reader: &mut impl BufRead, line: &mut Line) -> io::Result<usize> {
    line.bytes.clear();
    line.full_bytes = 0;
    let mut taken = 0;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let body = &chunk[..end.unwrap_or(chunk.len())];
        let room = MAX_LINE_BYTES - line.bytes.len();
        line.bytes.extend_from_slice(&body[..body.len().min(room)]);
        line.full_bytes += body.len();
        let used = body.len() + usize::from(end.is_some());
        reader.consume(used);
        taken += used;
        if end.is_some() {
            break;
        }
    }
    if line.bytes.last() == Some(&b'\r') && !line.is_cut() {
        line.bytes.pop();
        line.full_bytes -= 1;
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(input: &[u8]) -> Vec<(usize, usize)> {
        let mut reader = BufReader::with_capacity(7, input);
        let mut line = Line::default();
        let mut found = Vec::new();
        while read_line(&mut reader, &mut line).unwrap() > 0 {
            found.push((line.bytes.len(), line.full_bytes));
        }
        found
    }

    #[test]
    fn ends_of_every_kind_are_taken_off() {
        assert_eq!(
            lines(b"one\r\n\nthree-and-more\nlast"),
            [(3, 3), (0, 0), (14, 14), (4, 4)]
        );
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn a_line_without_end_costs_bounded_memory() {
        let long = vec![b'a'; MAX_LINE_BYTES + 5];
        let input = [&long[..], b"\nnext\n"].concat();
        assert_eq!(
            lines(&input),
            [(MAX_LINE_BYTES, MAX_LINE_BYTES + 5), (4, 4)]
        );
    }
}
