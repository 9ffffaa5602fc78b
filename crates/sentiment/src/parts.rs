//! The parts of a model, and how they are written to a file and read again.
//!
//! Layout, all numbers little-endian: `OPHEFMDL`, format (u32), length of the
//! body (u64), CRC-32 of the body (u32), then the body: the name (u8 length,
//! UTF-8), two languages (Dutch, English), the topics of both. A table is its number of
//! bits (u8), scale (f32) and rows; a row is one i8 a class. A convolution is its
//! number of words (u32), each a hash (u32) and a vector (i8), then the numbers of
//! [`ConvPart`] in their order. Rates are a number of
//! sources (u8), each a name (u8 length, UTF-8), a family (u8) and four counts (u32).

use crate::conv::{ConvPart, EMBEDDING, FILTERS, WINDOW};
use crate::features::DENSE;
use crate::lexicon::LexiconEntry;
use crate::model::ModelError;
use crate::rates::{Family, SourceRates};
use crate::{ASPECTS, CLASSES, LEXICONS, TOPICS};

/// First bytes of every model file.
const MAGIC: &[u8; 8] = b"OPHEFMDL";
/// The layout this version writes and reads.
pub(crate) const FORMAT: u32 = 2;
/// Magic, format, length of the body, checksum of the body.
const HEADER_BYTES: usize = 8 + 4 + 8 + 4;
/// Most bits of a table: 2^20 rows are 3 MiB.
const BITS_MAX: u8 = 20;

/// Everything a model consists of, as training leaves it.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelParts {
    /// `name@version`, at most 255 bytes.
    pub name: String,
    /// Sentiment in Dutch and in English.
    pub languages: [SentimentPart; 2],
    /// Kinds and aspects in Dutch and in English.
    pub topics: [TopicPart; 2],
}

/// Sentiment in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct SentimentPart {
    /// log2 of the number of rows.
    pub bits: u8,
    /// Logit of one step of a row.
    pub scale: f32,
    /// Weights of each bucket for negative, neutral, positive.
    pub rows: Vec<[i8; CLASSES]>,
    /// Weights of the dense features.
    pub dense: [[f32; CLASSES]; DENSE],
    /// Logits of a post without features.
    pub bias: [f32; CLASSES],
    /// The lexicons, sorted by hash, no hash twice.
    pub lexicon: Vec<LexiconEntry>,
    /// What is added to the logits of the hashed features.
    pub conv: ConvPart,
    /// How often texts of each source are called negative, at most 255 sources.
    pub rates: Vec<SourceRates>,
}

/// Kinds (the first nine outputs) and aspects (the other twelve).
#[derive(Debug, Clone, PartialEq)]
pub struct TopicPart {
    /// log2 of the number of rows.
    pub bits: u8,
    /// Logit of one step of a row.
    pub scale: f32,
    /// Weights of each bucket for each kind and aspect.
    pub rows: Vec<[i8; TOPICS]>,
    /// Logits of a post without features.
    pub bias: [f32; TOPICS],
    /// What a word that names an aspect adds to the aspect's logit.
    pub cues: [f32; ASPECTS],
}

impl ModelParts {
    /// The model file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        write_name(&mut body, &self.name);
        for language in &self.languages {
            language.write(&mut body);
        }
        for topics in &self.topics {
            topics.write(&mut body);
        }
        let mut file = Vec::with_capacity(HEADER_BYTES + body.len());
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&FORMAT.to_le_bytes());
        file.extend_from_slice(&(body.len() as u64).to_le_bytes());
        file.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        file.extend_from_slice(&body);
        file
    }

    /// The parts in a model file.
    ///
    /// # Errors
    /// [`ModelError`] says what is wrong with the bytes and what to do.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut body = Reader(check(bytes)?);
        let parts = Self {
            name: body.name()?,
            languages: [
                SentimentPart::read(&mut body)?,
                SentimentPart::read(&mut body)?,
            ],
            topics: [TopicPart::read(&mut body)?, TopicPart::read(&mut body)?],
        };
        if body.0.is_empty() {
            Ok(parts)
        } else {
            Err(ModelError::Damaged("it has more bytes than parts"))
        }
    }
}

impl SentimentPart {
    fn write(&self, out: &mut Vec<u8>) {
        write_table(out, self.bits, self.scale, &self.rows);
        for row in self.dense.iter().chain([&self.bias]) {
            write_floats(out, row);
        }
        let entries = u32::try_from(self.lexicon.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&entries.to_le_bytes());
        for entry in &self.lexicon {
            out.extend_from_slice(&entry.hash.to_le_bytes());
            out.extend_from_slice(&entry.valences.map(i8::cast_unsigned));
        }
        self.conv.write(out);
        write_rates(out, &self.rates);
    }

    fn read(body: &mut Reader<'_>) -> Result<Self, ModelError> {
        let (bits, scale, rows) = read_table(body)?;
        let mut dense = [[0.0; CLASSES]; DENSE];
        for row in &mut dense {
            *row = body.floats()?;
        }
        let bias = body.floats()?;
        let entries = body.word()?;
        let mut lexicon = Vec::new();
        for _ in 0..entries {
            let hash = body.word()?;
            let valences: [u8; LEXICONS] = body.array()?;
            let valences = valences.map(u8::cast_signed);
            // −128 has no opposite, which a negation would ask for.
            if valences
                .iter()
                .any(|valence| !(-100..=100).contains(valence))
            {
                return Err(ModelError::Damaged("its lexicon has an impossible valence"));
            }
            lexicon.push(LexiconEntry { hash, valences });
        }
        if lexicon.first().is_some_and(|first| first.hash == 0)
            || lexicon.windows(2).any(|two| two[0].hash >= two[1].hash)
        {
            return Err(ModelError::Damaged("its lexicon is out of order"));
        }
        Ok(Self {
            bits,
            scale,
            rows,
            dense,
            bias,
            lexicon,
            conv: ConvPart::read(body)?,
            rates: read_rates(body)?,
        })
    }
}

impl ConvPart {
    fn write(&self, out: &mut Vec<u8>) {
        let words = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&words.to_le_bytes());
        for (hash, vector) in &self.words {
            out.extend_from_slice(&hash.to_le_bytes());
            out.extend_from_slice(&vector.map(i8::cast_unsigned));
        }
        write_floats(out, &[self.scale]);
        out.extend_from_slice(&self.negation.map(i8::cast_unsigned));
        for row in self.weights.iter().flatten() {
            write_floats(out, row);
        }
        write_floats(out, &self.bias);
        for row in &self.output {
            write_floats(out, row);
        }
        write_floats(out, &self.output_bias);
    }

    fn read(body: &mut Reader<'_>) -> Result<Self, ModelError> {
        let count = body.word()?;
        let mut words = Vec::new();
        for _ in 0..count {
            words.push((body.word()?, body.array()?.map(u8::cast_signed)));
        }
        if words.first().is_some_and(|first| first.0 == 0)
            || words.iter().any(|(hash, _)| hash & 1 == 1)
            || words.windows(2).any(|two| two[0].0 >= two[1].0)
        {
            return Err(ModelError::Damaged("its words are out of order"));
        }
        let [scale] = body.floats()?;
        let negation = body.array()?.map(u8::cast_signed);
        let mut weights = [[[0.0; FILTERS]; EMBEDDING]; WINDOW];
        for row in weights.iter_mut().flatten() {
            *row = body.floats()?;
        }
        let bias = body.floats()?;
        let mut output = [[0.0; FILTERS]; CLASSES];
        for row in &mut output {
            *row = body.floats()?;
        }
        Ok(Self {
            words,
            scale,
            negation,
            weights,
            bias,
            output,
            output_bias: body.floats()?,
        })
    }
}

impl TopicPart {
    fn write(&self, out: &mut Vec<u8>) {
        write_table(out, self.bits, self.scale, &self.rows);
        write_floats(out, &self.bias);
        write_floats(out, &self.cues);
    }

    fn read(body: &mut Reader<'_>) -> Result<Self, ModelError> {
        let (bits, scale, rows) = read_table(body)?;
        Ok(Self {
            bits,
            scale,
            rows,
            bias: body.floats()?,
            cues: body.floats()?,
        })
    }
}

/// A name of at most 255 bytes.
fn write_name(out: &mut Vec<u8>, name: &str) {
    let name = name.as_bytes();
    out.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(&name[..name.len().min(255)]);
}

fn write_rates(out: &mut Vec<u8>, rates: &[SourceRates]) {
    out.push(u8::try_from(rates.len()).unwrap_or(u8::MAX));
    for source in rates.iter().take(255) {
        write_name(out, &source.source);
        let family = Family::ALL.iter().position(|known| *known == source.family);
        out.push(family.and_then(|at| u8::try_from(at).ok()).unwrap_or(0));
        for count in source.positives.iter().chain(&source.negatives) {
            out.extend_from_slice(&count.to_le_bytes());
        }
    }
}

fn read_rates(body: &mut Reader<'_>) -> Result<Vec<SourceRates>, ModelError> {
    let read = |body: &mut Reader<'_>| {
        let source = body.name()?;
        let family = Family::ALL.get(usize::from(body.byte()?));
        let rates = SourceRates {
            source,
            family: *family.ok_or(ModelError::Damaged("it names an unknown family of sources"))?,
            positives: [body.word()?, body.word()?],
            negatives: [body.word()?, body.word()?],
        };
        let counted = |[called, all]: [u32; 2]| called <= all;
        if counted(rates.positives) && counted(rates.negatives) {
            Ok(rates)
        } else {
            Err(ModelError::Damaged("its rates are above one"))
        }
    };
    (0..body.byte()?).map(|_| read(body)).collect()
}

fn write_table<const N: usize>(out: &mut Vec<u8>, bits: u8, scale: f32, rows: &[[i8; N]]) {
    out.push(bits);
    write_floats(out, &[scale]);
    for row in rows {
        out.extend_from_slice(&row.map(i8::cast_unsigned));
    }
}

fn write_floats(out: &mut Vec<u8>, floats: &[f32]) {
    for float in floats {
        out.extend_from_slice(&float.to_le_bytes());
    }
}

type Table<const N: usize> = (u8, f32, Vec<[i8; N]>);

fn read_table<const N: usize>(body: &mut Reader<'_>) -> Result<Table<N>, ModelError> {
    let bits = body.byte()?;
    if !(1..=BITS_MAX).contains(&bits) {
        return Err(ModelError::Damaged("a table has an impossible size"));
    }
    let [scale] = body.floats()?;
    let cells = body.take(N << bits)?;
    let rows = cells.chunks_exact(N).map(|cells| {
        let mut row = [0_i8; N];
        for (weight, cell) in row.iter_mut().zip(cells) {
            *weight = cell.cast_signed();
        }
        row
    });
    Ok((bits, scale, rows.collect()))
}

/// What is left of the body. Every read is checked, though the checksum was
/// right: a file may also be made wrong.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(ModelError::Damaged("a part of it is missing"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn byte(&mut self) -> Result<u8, ModelError> {
        Ok(self.array::<1>()?[0])
    }

    fn name(&mut self) -> Result<String, ModelError> {
        let length = usize::from(self.byte()?);
        let name = std::str::from_utf8(self.take(length)?);
        name.map(str::to_owned)
            .map_err(|_| ModelError::Damaged("a name is not UTF-8"))
    }

    fn word(&mut self) -> Result<u32, ModelError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Finite numbers only: one NaN would spread to every score.
    fn floats<const N: usize>(&mut self) -> Result<[f32; N], ModelError> {
        let mut floats = [0.0; N];
        for float in &mut floats {
            *float = self.array().map(f32::from_le_bytes)?;
            if !float.is_finite() {
                return Err(ModelError::Damaged("a number in it is not finite"));
            }
        }
        Ok(floats)
    }
}

/// The body of a file whose header, length and checksum are right.
fn check(bytes: &[u8]) -> Result<&[u8], ModelError> {
    let truncated = |expected: u64| ModelError::Truncated {
        expected,
        found: bytes.len() as u64,
    };
    if bytes.is_empty() || !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) {
        return Err(ModelError::Foreign);
    }
    let Some((header, body)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Err(truncated(HEADER_BYTES as u64));
    };
    let mut header = Reader(&header[MAGIC.len()..]);
    let found = header.word()?;
    if found > FORMAT {
        return Err(ModelError::TooNew { found });
    }
    if found < FORMAT {
        return Err(ModelError::TooOld { found });
    }
    let length = header.array().map(u64::from_le_bytes)?;
    let checksum = header.word()?;
    if (body.len() as u64) < length {
        return Err(truncated(length.saturating_add(HEADER_BYTES as u64)));
    }
    if body.len() as u64 != length {
        return Err(ModelError::Damaged("its header contradicts its length"));
    }
    if crc32fast::hash(body) != checksum {
        return Err(ModelError::Damaged("its checksum is wrong"));
    }
    Ok(body)
}
