"""The texts of the data folder, named by the hash that the training program uses."""

import pathlib
import re
from collections import Counter

import numpy as np

NEGATIVE, NEUTRAL, POSITIVE = range(3)
LABELS = {"neg": NEGATIVE, "neu": NEUTRAL, "pos": POSITIVE}
# Fields before the text: `label, language` unless named here.
FIELDS = {"nl_mentions_train.tsv": 6, "nl_unlabelled.tsv": 1}
DUTCH = {
    "posts": "nl_tweets_annotated_train.tsv",
    "political": "nl_poltweets_train.tsv",
    "written": "nl_mentions_train.tsv",
    "restaurants": "nl_absa16_rest_train.tsv",
    "clothing": "nl_bolcom_clothing_train.tsv",
    "music": "nl_bolcom_music_train.tsv",
    "delivery": "nl_thuisbezorgd_train.tsv",
    "headlines": "nl_ecosent_train.tsv",
    "books": "nl_bolcom_books_train.tsv",
    "subtitles": "nl_xed_train.tsv",
}
# As many texts of a label as the training program takes.
CAPS = {"delivery": 2500, "headlines": 2500, "subtitles": 1000}
UNLABELLED = "nl_unlabelled.tsv"
ENGLISH = {"semeval": "en_semeval1316_train.tsv", "sxsw": "en_brands_sxsw_all.tsv"}
# For measuring only.
ENGLISH_KEPT = {"tweeteval-val": "en_tweeteval_val.tsv", "airline-dev": "en_airline_dev.tsv"}


def fnv(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def half(name: int) -> int:
    """Which of the two encoders learns from a text; the other tells about it."""
    return (name >> 20) & 1


def read(folder: str, file: str) -> dict[int, tuple[str, int | None]]:
    """Text and label by hash; the first of equal texts counts."""
    before = FIELDS.get(file, 2)
    rows = {}
    path = pathlib.Path(folder, "sentiment", file)
    with open(path, encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in lines:
            # As the training program's `lines()`: a carriage return ends with the line.
            fields = re.sub(r"\r?\n$", "", line).split("\t", before)
            if len(fields) <= before or fields[0] == "sentiment":
                continue
            text = fields[-1]
            rows.setdefault(fnv(text.encode()), (text, LABELS.get(fields[0])))
    return rows


def capped(rows: dict, cap: int) -> dict:
    """At most `cap` of each label, in the order of their hashes."""
    left = Counter({label: cap for label in LABELS.values()})
    kept = {}
    for name in sorted(rows):
        left[rows[name][1]] -= 1
        if left[rows[name][1]] >= 0:
            kept[name] = rows[name]
    return kept


def dutch(folder: str) -> dict[str, dict]:
    """The labelled Dutch sources, each text in the first that has it."""
    seen, sources = set(), {}
    for source, file in DUTCH.items():
        rows = capped(read(folder, file), CAPS.get(source, 10**9))
        sources[source] = {name: row for name, row in rows.items() if name not in seen}
        seen.update(rows)
    return sources


def batches(tokens: list[list[int]], pad: int, size: int, order=None):
    """Places in `tokens` with their padded token numbers and lengths, near-equal
    lengths together."""
    import torch

    order = sorted(range(len(tokens)), key=lambda at: len(tokens[at])) if order is None else order
    for begin in range(0, len(order), size):
        places = order[begin : begin + size]
        longest = max(len(tokens[at]) for at in places)
        padded = np.full((len(places), longest), pad, dtype=np.int64)
        for row, at in enumerate(places):
            padded[row, : len(tokens[at])] = tokens[at]
        lengths = torch.tensor([len(tokens[at]) for at in places])
        yield places, torch.from_numpy(padded), lengths


def macro_recall(told: np.ndarray, labels: np.ndarray) -> float:
    """Mean recall of the labels that occur, in percent."""
    best = told.argmax(1)
    return 100 * float(np.mean([(best[labels == one] == one).mean() for one in np.unique(labels)]))


def negative_f1(told: np.ndarray, labels: np.ndarray) -> float:
    """F1 of negative, in percent."""
    best = told.argmax(1) == NEGATIVE
    right = (best & (labels == NEGATIVE)).sum()
    return 200 * float(right / max(1, best.sum() + (labels == NEGATIVE).sum()))


def negative_auc(told: np.ndarray, labels: np.ndarray) -> float:
    """Chance that a negative text ranks above another."""
    ranks = told[:, NEGATIVE].argsort().argsort() + 1.0
    negative = labels == NEGATIVE
    count = negative.sum()
    return float((ranks[negative].sum() - count * (count + 1) / 2) / (count * (~negative).sum()))
