//! Targets for the student: what regressions on embeddings say of each text.

use std::path::Path;

use anyhow::{Result, bail};
use sentiment::CLASSES;

use crate::corpus::{Corpus, Targets};
use crate::teacher::{Embeddings, Lesson, Teacher};

/// Regressions of the cross-fitting: each tells of the texts it hasn't seen.
const PARTS: u64 = 4;
/// How much an English text counts in the Dutch teacher beside a Dutch one: the
/// embeddings are of one space, and English has far more real posts.
const OTHER_LANGUAGE: f32 = 0.5;

/// Targets for the chosen texts of `corpus` and for its unlabelled ones. `other`
/// is the other language, all of whose texts in training are lessons too.
pub(crate) fn targets(
    corpus: &Corpus,
    chosen: &[usize],
    other: Option<&Corpus>,
    embeddings: &Embeddings,
) -> Targets {
    let known = with_embedding(corpus, chosen, embeddings);
    let part = |at: usize| (corpus.rows[at].hash >> 20) % PARTS;
    let mut targets = Targets::new();
    let mut unlabelled = vec![[0.0_f32; CLASSES]; corpus.unlabelled.len()];
    for held_out in 0..PARTS {
        let seen: Vec<usize> = known
            .iter()
            .copied()
            .filter(|&at| part(at) != held_out)
            .collect();
        let mut lessons = lessons(corpus, &seen, embeddings, 1.0);
        if let Some(other) = other {
            let seen = with_embedding(other, &other.in_training(), embeddings);
            lessons.extend(self::lessons(other, &seen, embeddings, OTHER_LANGUAGE));
        }
        let teacher = Teacher::learn(&lessons);
        for &at in known.iter().filter(|&&at| part(at) == held_out) {
            let hash = corpus.rows[at].hash;
            if let Some(numbers) = embeddings.get(hash) {
                targets.insert(hash, teacher.tell(numbers));
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
            targets.entry(*hash).or_insert(mean);
        }
    }
    targets
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

fn lessons<'a>(
    corpus: &Corpus,
    seen: &[usize],
    embeddings: &'a Embeddings,
    share: f32,
) -> Vec<Lesson<'a>> {
    let weights = corpus.weights(seen);
    let lesson = |(&at, weight): (&usize, f32)| {
        let row = &corpus.rows[at];
        Some(Lesson {
            numbers: embeddings.get(row.hash)?,
            label: row.label,
            weight: weight * share,
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
