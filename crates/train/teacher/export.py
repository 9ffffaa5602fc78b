"""Writes what the tuned encoders say, by text hash, for `train`.

    python export.py DATA_FOLDER A.pt B.pt OUT_FOLDER PART

A learned from half 0 and B from half 1 (`tune.py`). PART is one of

* `dutch`: every labelled and unlabelled Dutch text: `dutch.bin`;
* `english`: every semeval and sxsw text, told by the encoder that hasn't learned
  from it: `english.bin`;
* `kept`: the English files that are kept for measuring, mean of both: `kept.bin`;
* `words`: entries of the lexicons and frequent words and pairs of words as texts of
  their own: `words.tsv`, `words.bin`, and static vectors `vectors-nl.tsv`,
  `vectors-en.tsv`.

A `.bin` record is the hash of the text (u64) and numbers (f32), little-endian; how
many numbers is in README.md.
"""

import copy
import pathlib
import re
import struct
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

import encoder
import texts
import tune

# Near the best of 16 to 256 on two cores.
BATCH = 64
# Whole batches at once: threads within an operation wait for each other on a busy machine.
CORES = 2
# Longest wait for an encoder that is still being tuned.
WAIT_SECONDS = 3600
WORDS_MAX = 25_000
PAIRS_MAX = 8_000
VECTORS_MAX = 25_000
VECTOR_WIDTH = 32
# Pulls vectors of frequent words to zero, after S. Arora, Y. Liang, T. Ma (2017).
SMOOTH = 1e-3
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LEXICONS = {"nl": ("nl_pattern", "nl_lupje", "nl_vu_opener"), "en": ("en_vader", "en_pattern")}


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


class Teachers:
    """Both tuned encoders.

    Their lower layers are those of the untuned one, so they run once for both, and
    may run while tuning is still going on: each file is waited for when it is needed.
    """

    def __init__(self, files: list[str]):
        self.tokenizer, self.body = encoder.load()
        # Half-precision weights once, instead of at every batch.
        self.body.layers.bfloat16()
        self.files = files
        self.models = {}

    def model(self, which: int) -> tune.Model:
        if which not in self.models:
            path = pathlib.Path(self.files[which])
            for _ in range(WAIT_SECONDS):
                if path.exists() and time.time() - path.stat().st_mtime > 5:
                    break
                time.sleep(1)
            model = tune.Model(copy.deepcopy(self.body))
            model.load_state_dict(torch.load(path), strict=False)
            self.models[which] = model
        return self.models[which]

    def lower(self, told: list[str]) -> list[tuple]:
        """Batches of places, states after the frozen layers, and lengths."""
        tokens = [self.tokenizer.tokens(text) for text in told]

        @torch.inference_mode()
        def run(batch: tuple) -> tuple:
            places, padded, lengths = batch
            states = self.body.embed(padded).bfloat16()
            return places, self.body.run(states, lengths, 0, tune.FROZEN_LAYERS), lengths

        with ThreadPoolExecutor(CORES) as threads:
            batches = list(threads.map(run, texts.batches(tokens, self.tokenizer.pad, BATCH)))
        print(f"{len(told)} texts: lower layers done", flush=True)
        return batches

    def upper(self, batches: list[tuple], which: int) -> tuple[np.ndarray, np.ndarray]:
        """Logits and means of the last states, by place."""
        model = self.model(which)
        size = sum(len(places) for places, _, _ in batches)
        logits = np.zeros((size, 3), np.float32)
        means = np.zeros((size, encoder.WIDTH), np.float32)

        @torch.inference_mode()
        def run(batch: tuple) -> None:
            places, states, lengths = batch
            mean = encoder.pool(model.body.run(states, lengths, tune.FROZEN_LAYERS), lengths)
            means[places] = mean.numpy()
            logits[places] = model.head(mean).numpy()

        with ThreadPoolExecutor(CORES) as threads:
            list(threads.map(run, batches))
        return logits, means

    def all(self, told: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Records of 2 x 384 and 2 x 3 numbers, and the mean probabilities."""
        batches = self.lower(told)
        (a_logits, a), (b_logits, b) = self.upper(batches, 0), self.upper(batches, 1)
        probabilities = (softmax(a_logits) + softmax(b_logits)) / 2
        return np.hstack([a, b, a_logits, b_logits]), probabilities


def write(path: pathlib.Path, names: list[int], numbers: np.ndarray) -> None:
    """First under another name, so that a reader never sees half of it."""
    part = path.with_suffix(".part")
    with open(part, "wb") as out:
        for name, row in zip(names, numbers.astype("<f4")):
            out.write(struct.pack("<Q", name) + row.tobytes())
    ready(part, path)


def ready(part: pathlib.Path, path: pathlib.Path) -> None:
    part.rename(path)
    with open(path.with_name("READY"), "a", encoding="utf-8") as out:
        out.write(path.name + "\n")
    print(path.name, flush=True)


def dutch(folder: str, teachers: Teachers, out: pathlib.Path) -> None:
    rows = texts.read(folder, texts.UNLABELLED)
    for source in texts.dutch(folder).values():
        rows |= source
    names = sorted(rows)
    numbers, _ = teachers.all([rows[name][0] for name in names])
    write(out / "dutch.bin", names, numbers)


def english(folder: str, teachers: Teachers, out: pathlib.Path) -> None:
    rows = {}
    for file in texts.ENGLISH.values():
        rows = texts.read(folder, file) | rows
    told_by = [sorted(name for name in rows if texts.half(name) != which) for which in (0, 1)]
    names = [name for part in told_by for name in part]
    batches = [teachers.lower([rows[name][0] for name in part]) for part in told_by]
    logits = [teachers.upper(part, which)[0] for which, part in enumerate(batches)]
    told = softmax(np.vstack(logits))
    labels = np.array([rows[name][1] for name in names])
    print(f"out of half: macro-recall {texts.macro_recall(told, labels):.1f}")
    write(out / "english.bin", names, told)


def kept(folder: str, teachers: Teachers, out: pathlib.Path) -> None:
    all_names, all_told = [], []
    for source, file in texts.ENGLISH_KEPT.items():
        rows = texts.read(folder, file)
        names = sorted(rows)
        labels = np.array([rows[name][1] for name in names])
        numbers, told = teachers.all([rows[name][0] for name in names])
        both = (softmax(numbers[:, -6:-3]), softmax(numbers[:, -3:]))
        for who, says in zip(("A", "B", "mean"), (*both, told)):
            print(
                f"{source} {who}: macro-recall {texts.macro_recall(says, labels):.1f},"
                f" F1 negative {texts.negative_f1(says, labels):.1f},"
                f" AUC negative {texts.negative_auc(says, labels):.3f}"
            )
        all_names += names
        all_told.append(told)
    write(out / "kept.bin", all_names, np.vstack(all_told))


def language_texts(folder: str, language: str) -> list[str]:
    files = list(texts.ENGLISH.values())
    if language == "nl":
        files = [*texts.DUTCH.values(), texts.UNLABELLED]
    return [text for file in files for text, _ in texts.read(folder, file).values()]


def frequent(folder: str, language: str) -> tuple[list[tuple[str, int]], list[str]]:
    words, pairs = Counter(), Counter()
    for text in language_texts(folder, language):
        found = [word.lower() for word in WORD.findall(re.sub(r"https?:\S+|@\w+", " ", text))]
        words.update(found)
        pairs.update(zip(found, found[1:]))
    most = [" ".join(pair) for pair, _ in pairs.most_common(PAIRS_MAX)]
    return words.most_common(WORDS_MAX), most


def lexicon(folder: str, language: str) -> list[str]:
    entries = []
    for name in LEXICONS[language]:
        lines = pathlib.Path(folder, "lexicons", name + ".tsv").read_text("utf-8").splitlines()
        entries += [line.split("\t")[0].replace("_", " ").lower() for line in lines]
    return entries


def vectors(means: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Principal components of both encoders' means, weighted by rarity, after
    S. Tulkens and T. van Dongen (Model2Vec, 2024); root mean square 1."""
    centred = means - means.mean(0)
    values, directions = np.linalg.eigh(np.cov(centred.T))
    reduced = centred @ directions[:, values.argsort()[::-1][:VECTOR_WIDTH]]
    share = counts / counts.sum()
    reduced *= (SMOOTH / (SMOOTH + share))[:, None]
    return reduced / np.sqrt((reduced**2).mean())


def words(folder: str, teachers: Teachers, out: pathlib.Path) -> None:
    names, numbers, lines = [], [], []
    for language in ("nl", "en"):
        counted, pairs = frequent(folder, language)
        single = [word for word, _ in counted]
        told = list(dict.fromkeys([*single, *lexicon(folder, language), *pairs]))
        rows, probabilities = teachers.all(told)
        for text, says in zip(told, probabilities):
            lines.append("\t".join([language, text, *(f"{one:.4f}" for one in says)]))
        if language == "nl":
            names = [texts.fnv(text.encode()) for text in told]
            numbers = rows
        most = min(VECTORS_MAX, len(single))
        counts = np.array([count for _, count in counted[:most]], dtype=float)
        static = vectors(rows[:most, : 2 * encoder.WIDTH], counts)
        path = out / f"vectors-{language}.tsv"
        part = path.with_suffix(".part")
        with open(part, "w", encoding="utf-8") as file:
            for word, vector in zip(single, static):
                file.write(word + "\t" + " ".join(f"{one:.4f}" for one in vector) + "\n")
        ready(part, path)
    part = out / "words.part"
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ready(part, out / "words.tsv")
    write(out / "words.bin", names, numbers)


def main() -> None:
    folder, a, b, out, part = sys.argv[1:]
    torch.set_num_threads(1)
    parts = {"dutch": dutch, "english": english, "kept": kept, "words": words}
    parts[part](folder, Teachers([a, b]), pathlib.Path(out))


if __name__ == "__main__":
    main()
