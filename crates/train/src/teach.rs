//! Targets for the student: what regressions on embeddings say of each text.

use std::path::Path;

use anyhow::{Context, Result, bail};
use sentiment::{CLASSES, Family};

use crate::corpus::{Corpus, Targets};
use crate::data::{Origin, SOURCES};
use crate::teacher::{Embeddings, Lesson, Teacher};

/// Regressions of the cross-fitting: each tells of the texts it hasn't seen.
const PARTS: u64 = 4;

/// What the teacher gave for `--teacher`.
#[derive(Debug)]
pub(crate) struct Lectures {
    dutch: Embeddings,
    /// Targets of English texts and of words, which no regression here makes.
    told: Targets,
}

impl Lectures {
    /// Reads `dutch.bin`, `english.bin` and `words.tsv` of a folder.
    ///
    /// # Errors
    /// Names the file that is missing or not as documented.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut told = Targets::new();
        let path = folder.join("english.bin");
        let english = std::fs::read(&path).with_context(|| missing(&path))?;
        for record in english.chunks_exact(8 + 4 * CLASSES) {
            let (hash, numbers) = crate::teacher::parse(record);
            told.insert(hash, std::array::from_fn(|class| numbers[class]));
        }
        let path = folder.join("words.tsv");
        let words = std::fs::read_to_string(&path).with_context(|| missing(&path))?;
        for (at, line) in words.lines().enumerate() {
            let (hash, probabilities) =
                word(line).with_context(|| format!("{}: line {}", path.display(), at + 1))?;
            told.insert(hash, probabilities);
        }
        let dutch = Embeddings::read(&folder.join("dutch.bin"))?;
        Ok(Self { dutch, told })
    }

    /// Targets for all texts that may be learned from, and for words.
    pub(crate) fn of_all(&self, dutch: &Corpus) -> Targets {
        self.targets(dutch, &dutch.in_training())
    }

    /// The same, with a regression that has seen none but the `chosen` Dutch texts.
    pub(crate) fn targets(&self, dutch: &Corpus, chosen: &[usize]) -> Targets {
        let mut targets = self.told.clone();
        targets.extend(regress(dutch, chosen, &self.dutch));
        targets
    }

    /// What is told of English texts and of words.
    pub(crate) const fn told(&self) -> &Targets {
        &self.told
    }
}

fn missing(path: &Path) -> String {
    format!(
        "can't read {}; crates/train/teacher says how it is made",
        path.display()
    )
}

/// A line of language, text, negative, neutral, positive.
fn word(line: &str) -> Result<(u64, [f32; CLASSES])> {
    let fields: Vec<&str> = line.split('\t').collect();
    let &[lang, text, negative, neutral, positive] = fields.as_slice() else {
        bail!("{} fields instead of 5", fields.len());
    };
    let probabilities = [negative.parse()?, neutral.parse()?, positive.parse()?];
    Ok((crate::words::name(lang, text), probabilities))
}

/// Targets for the chosen texts of `corpus` and for its unlabelled ones.
fn regress(corpus: &Corpus, chosen: &[usize], embeddings: &Embeddings) -> Targets {
    let known = with_embedding(corpus, chosen, embeddings);
    // The encoders were tuned on posts annotated for this project: what they make of
    // those is too good to learn from.
    let is_lesson = |at: &usize| {
        !matches!(
            SOURCES[corpus.rows[*at].source].origin,
            Origin::Labels { .. }
        )
    };
    let part = |at: usize| (corpus.rows[at].hash >> 20) % PARTS;
    let mut targets = Targets::new();
    let mut unlabelled = vec![[0.0_f32; CLASSES]; corpus.unlabelled.len()];
    for held_out in 0..PARTS {
        let seen: Vec<usize> = known
            .iter()
            .copied()
            .filter(|&at| part(at) != held_out)
            .filter(is_lesson)
            .collect();
        let teacher = Teacher::learn(&lessons(corpus, &seen, embeddings));
        for &at in known.iter().filter(|&&at| part(at) == held_out) {
            let hash = corpus.rows[at].hash;
            if let Some(numbers) = embeddings.get(hash) {
                let told = teacher.tell(numbers);
                let social = SOURCES[corpus.rows[at].source].family == Some(Family::Social);
                let heads = embeddings.heads(hash).filter(|_| social);
                targets.insert(hash, with_heads(told, heads));
            }
        }
        for ((hash, _), sum) in corpus.unlabelled.iter().zip(&mut unlabelled) {
            if let Some(numbers) = embeddings.get(*hash) {
                add_mean(sum, teacher.tell(numbers));
            }
        }
    }
    for ((hash, _), mean) in corpus.unlabelled.iter().zip(unlabelled) {
        if embeddings.get(*hash).is_some() {
            let told = with_heads(mean, embeddings.heads(*hash));
            targets.entry(*hash).or_insert(told);
        }
    }
    targets
}

/// Posts are told best by the mean of the regression and the encoders, which were
/// tuned on posts; of reviews and headlines the encoders alone know little.
fn with_heads(told: [f32; CLASSES], heads: Option<[f32; CLASSES]>) -> [f32; CLASSES] {
    let heads = heads.unwrap_or(told);
    std::array::from_fn(|class| f32::midpoint(told[class], heads[class]))
}

fn add_mean(sum: &mut [f32; CLASSES], told: [f32; CLASSES]) {
    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    let parts = PARTS as f32;
    for (sum, told) in sum.iter_mut().zip(told) {
        *sum += told / parts;
    }
}

fn with_embedding(corpus: &Corpus, chosen: &[usize], embeddings: &Embeddings) -> Vec<usize> {
    let known = |at: &usize| embeddings.get(corpus.rows[*at].hash).is_some();
    chosen.iter().copied().filter(known).collect()
}

fn lessons<'a>(corpus: &Corpus, seen: &[usize], embeddings: &'a Embeddings) -> Vec<Lesson<'a>> {
    let weights = corpus.weights(seen);
    let lesson = |(&at, weight): (&usize, f32)| {
        let row = &corpus.rows[at];
        Some(Lesson {
            numbers: embeddings.get(row.hash)?,
            label: row.label,
            weight,
        })
    };
    seen.iter().zip(weights).filter_map(lesson).collect()
}

/// Bytes of a record of the targets file: the hash of the text (u64,
/// little-endian), then negative, neutral and positive in 255ths.
const RECORD: usize = 8 + CLASSES;

/// The targets file: sorted by hash, so that equal targets give equal bytes. It
/// holds no text.
pub(crate) fn to_bytes(targets: &Targets) -> Vec<u8> {
    let mut sorted: Vec<_> = targets.iter().collect();
    sorted.sort_by_key(|(hash, _)| **hash);
    let mut bytes = Vec::with_capacity(RECORD * sorted.len());
    for (hash, told) in sorted {
        bytes.extend_from_slice(&hash.to_le_bytes());
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a probability times 255"
        )]
        bytes.extend(told.iter().map(|told| (told * 255.0).round() as u8));
    }
    bytes
}

/// Reads what [`to_bytes`] wrote.
///
/// # Errors
/// Names the file if its length isn't that of whole records.
pub(crate) fn from_bytes(bytes: &[u8], path: &Path) -> Result<Targets> {
    if !bytes.len().is_multiple_of(RECORD) {
        bail!("{} is damaged: half a record", path.display());
    }
    let record = |record: &[u8]| {
        let mut hash = [0; 8];
        hash.copy_from_slice(&record[..8]);
        let told = [record[8], record[9], record[10]].map(f32::from);
        let sum = told.iter().sum::<f32>().max(1.0);
        (u64::from_le_bytes(hash), told.map(|told| told / sum))
    };
    Ok(bytes.chunks_exact(RECORD).map(record).collect())
}
