//! The rows of a table that lies in a file, one record each.
//!
//! Tools put lines above the columns, write UTF-16 or UTF-8, and separate by commas,
//! semicolons or tabs: which is seen from the first lines.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use crate::{Options, are_columns};

/// Bytes in which the line of the columns is looked for, and lines.
const HEAD_BYTES: usize = 64 * 1024;
const HEAD_LINES: usize = 20;
/// Longest row, bytes: what a record of the raw topic may have. A quotation mark that is
/// never closed would make one row of the rest of a file.
const ROW_MAX: usize = 1024 * 1024;
/// What the reader of rows reads ahead at most.
const AHEAD: usize = 64 * 1024;

/// Why a file's rows can't be read.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// It can't be read at all.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// No line names columns.
    #[error(
        "none of its first {HEAD_LINES} lines names a column of times and one of texts that are \
         known: name yours under [ingest.columns]"
    )]
    NoColumns,
    /// A row without end.
    #[error(
        "the row that begins at line {line} is longer than {ROW_MAX} bytes: a quotation mark may \
         not be closed"
    )]
    TooLong {
        /// Where it begins, from 1.
        line: u64,
    },
}

/// The rows below the columns, in their order.
pub struct Rows<'r> {
    reader: csv::Reader<Bounded<'r>>,
    /// What the row at hand may still read.
    left: Rc<Cell<usize>>,
    delimiter: u8,
    columns: String,
    row: csv::ByteRecord,
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl<'r> Rows<'r> {
    /// The rows of `input`, whose columns have the usual names or those of `options`.
    ///
    /// # Errors
    /// [`RowsError::Io`] or [`RowsError::NoColumns`].
    pub fn open(mut input: impl Read + 'r, options: &Options) -> Result<Self, RowsError> {
        let mut mark = Vec::new();
        (&mut input).take(2).read_to_end(&mut mark)?;
        let whole = Cursor::new(mark.clone()).chain(input);
        let mut input: Box<dyn Read + 'r> = match mark.as_slice() {
            [0xff, 0xfe] => Box::new(Utf16::new(whole, u16::from_le_bytes)),
            [0xfe, 0xff] => Box::new(Utf16::new(whole, u16::from_be_bytes)),
            _ => Box::new(whole),
        };
        let mut head = Vec::new();
        (&mut input)
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)?;
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        let found = b",;\t".iter().find_map(|&delimiter| {
            let above = columns_at(&head, delimiter, options)?;
            Some((delimiter, above))
        });
        let (delimiter, above) = found.ok_or(RowsError::NoColumns)?;
        let left = Rc::new(Cell::new(0));
        let bounded = Bounded {
            inner: Box::new(Cursor::new(head).chain(input)),
            left: Rc::clone(&left),
        };
        let mut rows = Self {
            reader: builder(delimiter).from_reader(bounded),
            left,
            delimiter,
            columns: String::new(),
            row: csv::ByteRecord::new(),
        };
        for _ in 0..=above {
            rows.columns = match rows.next_row()? {
                Some(columns) => String::from_utf8_lossy(&columns).into_owned(),
                None => String::new(),
            };
        }
        Ok(rows)
    }

    /// The line that names the columns: what belongs into the header
    /// [`mention::HEADER_COLUMNS`] of each row.
    #[must_use]
    pub fn columns(&self) -> &str {
        &self.columns
    }

    /// The line that the next row begins at, from 1; that of UTF-16 counts as well.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.reader.position().line()
    }

    /// The next row as a line of the table, without its end; `None` after the last.
    ///
    /// # Errors
    /// [`RowsError::Io`] or [`RowsError::TooLong`].
    pub fn next_row(&mut self) -> Result<Option<Vec<u8>>, RowsError> {
        let line = self.line();
        self.left.set(ROW_MAX + AHEAD);
        match self.reader.read_byte_record(&mut self.row) {
            Ok(false) => return Ok(None),
            Ok(true) => {}
            Err(_) if self.left.get() == 0 => return Err(RowsError::TooLong { line }),
            Err(error) => return Err(RowsError::Io(error.into())),
        }
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .flexible(true)
            .from_writer(Vec::new());
        writer
            .write_byte_record(&self.row)
            .map_err(|error| RowsError::Io(error.into()))?;
        let mut bytes = writer
            .into_inner()
            .map_err(|error| RowsError::Io(error.into_error()))?;
        bytes.pop_if(|byte| *byte == b'\n');
        if bytes.len() > ROW_MAX {
            return Err(RowsError::TooLong { line });
        }
        Ok(Some(bytes))
    }
}

fn builder(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(AHEAD);
    builder
}

/// How many lines stand above that of the columns; `None` if there is none.
fn columns_at(head: &[u8], delimiter: u8, options: &Options) -> Option<usize> {
    let mut reader = builder(delimiter).from_reader(head);
    let lines = reader.byte_records().take(HEAD_LINES);
    let mut lines = lines.map_while(Result::ok);
    lines.position(|cells| {
        let cells = cells.iter().map(String::from_utf8_lossy);
        let cells: Vec<_> = cells.collect();
        are_columns(cells.iter().map(AsRef::as_ref), options)
    })
}

/// A reader that fails once nothing is left of what it may read.
struct Bounded<'r> {
    inner: Box<dyn Read + 'r>,
    left: Rc<Cell<usize>>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::other("too long"));
        }
        let most = buffer.len().min(left);
        let read = self.inner.read(&mut buffer[..most])?;
        self.left.set(left - read);
        Ok(read)
    }
}

/// UTF-16 as UTF-8; what is no character becomes the replacement character.
struct Utf16<R> {
    inner: io::BufReader<R>,
    unit: fn([u8; 2]) -> u16,
    /// The first half of a character in two units.
    high: Option<u16>,
    /// What didn't fit into the last buffer.
    rest: Vec<u8>,
}

impl<R: Read> Utf16<R> {
    fn new(inner: R, unit: fn([u8; 2]) -> u16) -> Self {
        Self {
            inner: io::BufReader::new(inner),
            unit,
            high: None,
            rest: Vec::new(),
        }
    }

    /// Takes in one unit; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        let mut pair = Vec::with_capacity(2);
        (&mut self.inner).take(2).read_to_end(&mut pair)?;
        let unit = match *pair.as_slice() {
            [a, b] => Some((self.unit)([a, b])),
            // Half a unit at the end is no character.
            [_] => Some(0xfffd),
            _ => None,
        };
        let is_first_half = |unit: u16| (0xd800..0xdc00).contains(&unit);
        let units: Vec<u16> = match (self.high.take(), unit) {
            (None, Some(unit)) if is_first_half(unit) => {
                self.high = Some(unit);
                return Ok(true);
            }
            (high, unit) => high.into_iter().chain(unit).collect(),
        };
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            let mut bytes = [0; 4];
            self.rest
                .extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
        }
        Ok(unit.is_some())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.len() < buffer.len() && self.advance()? {}
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<(String, Vec<String>), RowsError> {
        let mut rows = Rows::open(bytes, &Options::default())?;
        let mut found = Vec::new();
        while let Some(row) = rows.next_row()? {
            found.push(String::from_utf8_lossy(&row).into_owned());
        }
        Ok((rows.columns().to_owned(), found))
    }

    #[test]
    fn lines_above_the_columns_are_passed_over_whatever_separates_them() {
        let brandwatch = "Report:,Bulk Mentions Download\nBrand:,Pluimvos\n\nQuery Name,Date,Full \
            Text\nq,2026-03-02 09:00:00.0,\"twee\nregels, en \"\"dit\"\"\"\nq,2026-03-02,één\n";
        let (columns, rows) = all(brandwatch.as_bytes()).unwrap();
        assert_eq!(columns, "Query Name,Date,Full Text");
        assert_eq!(
            rows,
            [
                "q,2026-03-02 09:00:00.0,\"twee\nregels, en \"\"dit\"\"\"",
                "q,2026-03-02,één"
            ]
        );
        let dutch = "\u{feff}datum;tekst\r\n2026-03-02;a,b\r\n";
        assert_eq!(
            all(dutch.as_bytes()).unwrap(),
            ("datum;tekst".to_owned(), vec!["2026-03-02;a,b".to_owned()])
        );
    }

    #[test]
    fn utf_16_is_read_in_either_order() {
        let text = "\u{feff}Date\tHit Sentence\n02-Mar-2026 10:00AM\tétrange 😡\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little.clone(), big] {
            let (columns, rows) = all(&bytes).unwrap();
            assert!(columns.ends_with("Date\tHit Sentence"), "{columns:?}");
            assert_eq!(rows, ["02-Mar-2026 10:00AM\tétrange 😡"]);
        }
        let cut = &little[..little.len() - 3];
        assert_eq!(
            all(cut).unwrap().1,
            ["02-Mar-2026 10:00AM\tétrange \u{fffd}\u{fffd}"]
        );
    }

    #[test]
    fn what_is_no_table_and_what_has_no_end_is_told() {
        for bytes in [
            &b""[..],
            b"a,b\n1,2\n",
            b"{\"id\":1}\n",
            b"\xff\xfe",
            b"\xff",
        ] {
            assert!(matches!(all(bytes), Err(RowsError::NoColumns)), "{bytes:?}");
        }
        let endless = format!(
            "date,text\n2026-03-02,goed\n2026-03-02,\"{}",
            "a,\n".repeat(600_000)
        );
        let error = all(endless.as_bytes()).unwrap_err();
        assert!(matches!(error, RowsError::TooLong { line: 3 }), "{error}");
        // Rows of another length and bytes that are no text are the decoder's to reject.
        let (_, rows) = all(b"date,text\n1,2,3\n2026-03-02,\xff\n").unwrap();
        assert_eq!(rows, ["1,2,3", "2026-03-02,\u{fffd}"]);
    }
}
