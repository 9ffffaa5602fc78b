"""Tunes one encoder on half of the labelled texts.

    python tune.py DATA_FOLDER HALF OUT.pt [--dutch LABELS.tsv]
        [--start FROM.pt] [--epochs 1] [--rate 7e-5] [--english 1.0] [--times 3]

Learns from the texts whose hash is in HALF (0 or 1): English posts, all negative
ones and as many of the others as CAPS says; with --dutch also Dutch posts annotated
for this project, `hash TAB language TAB source TAB label ...`, texts of
nl_unlabelled.tsv. --start goes on from tuned weights, --english learns from that
part of the English texts only, --times repeats the Dutch ones in an epoch.
Prints figures on the English files that are kept for measuring.
"""

import argparse
import pathlib
import random
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import encoder
import texts

# Texts of a label, of both halves together. Neutral and positive have far more.
CAPS = {"semeval": 14_000, "sxsw": 1_500}
BATCH = 32
RATE = 7e-5
HEAD_RATE = 1e-3
WARM_UP = 0.1
DECAY = 0.01
DROPOUT = 0.1
LABEL_SMOOTHING = 0.05
# The lower layers stay as they are: that takes a third off the time, and both encoders
# share them.
FROZEN_LAYERS = 6
# How often an annotated Dutch post comes in an epoch; there are few.
DUTCH_TIMES = 3


class Model(nn.Module):
    """The encoder and a linear head on the mean of its states."""

    def __init__(self, body: encoder.Encoder):
        super().__init__()
        self.body = body
        self.body.norm.requires_grad_(False)
        self.body.layers[:FROZEN_LAYERS].requires_grad_(False)
        self.head = nn.Linear(encoder.WIDTH, 3)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, tokens, lengths, dropout=0.0):
        means = encoder.pool(self.body.run(self.body.embed(tokens), lengths), lengths)
        return self.head(functional.dropout(means, dropout, self.training)), means


@torch.inference_mode()
def tell(model: Model, tokens: list[list[int]], pad: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits and means of the states, in the order of `tokens`."""
    model.eval()
    logits = np.zeros((len(tokens), 3), np.float32)
    means = np.zeros((len(tokens), encoder.WIDTH), np.float32)
    with torch.autocast("cpu", torch.bfloat16):
        for places, padded, lengths in texts.batches(tokens, pad, 64):
            told, mean = model(padded, lengths)
            logits[places] = told.float().numpy()
            means[places] = mean.float().numpy()
    return logits, means


def learned(folder: str, half: int, part: float) -> list[tuple[str, int]]:
    """English texts of a half with their labels."""
    rows = []
    for source, cap in CAPS.items():
        known = texts.capped(texts.read(folder, texts.ENGLISH[source]), int(cap * part))
        rows += [row for name, row in known.items() if texts.half(name) == half]
    return rows


def annotated(folder: str, file: str, half: int) -> list[tuple[str, int]]:
    """Annotated Dutch posts of a half; never one of a source that is measured."""
    known = texts.read(folder, texts.UNLABELLED)
    measured = set().union(*texts.dutch(folder).values())
    rows = []
    for line in open(file, encoding="utf-8"):
        fields = line.rstrip("\n").split("\t")
        if len(fields) < 4 or fields[1] != "nl" or fields[3] not in texts.LABELS:
            continue
        name = int(fields[0], 16)
        if name in known and name not in measured and texts.half(name) == half:
            rows.append((known[name][0], texts.LABELS[fields[3]]))
    return rows


def measure(model: Model, tokenizer: encoder.Tokenizer, folder: str, most: int) -> None:
    for source, file in texts.ENGLISH_KEPT.items():
        rows = texts.read(folder, file)
        names = sorted(rows)[:most]
        labels = np.array([rows[name][1] for name in names])
        told, _ = tell(model, [tokenizer.tokens(rows[name][0]) for name in names], tokenizer.pad)
        print(
            f"{source} {len(names)}: macro-recall {texts.macro_recall(told, labels):.1f},"
            f" F1 negative {texts.negative_f1(told, labels):.1f}",
            flush=True,
        )


def tune(model, tokenizer, rows, weights, epochs, rate, seed):
    """AdamW with warm-up and linear decay; batches of near-equal length. Yields after
    each epoch."""
    tokens = [tokenizer.tokens(text) for text, _ in rows]
    labels = torch.tensor([label for _, label in rows])
    weights = torch.tensor(weights, dtype=torch.float32)
    decayed = [p for p in model.body.parameters() if p.requires_grad and p.dim() > 1]
    others = [p for p in model.body.parameters() if p.requires_grad and p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": decayed, "lr": rate, "weight_decay": DECAY},
            {"params": others, "lr": rate, "weight_decay": 0.0},
            {"params": model.head.parameters(), "lr": HEAD_RATE * rate / RATE, "weight_decay": 0.0},
        ],
        fused=True,
    )
    steps = epochs * ((len(rows) + BATCH - 1) // BATCH)

    def share(at: int) -> float:
        return min((at + 1) / (WARM_UP * steps), (steps - at) / ((1 - WARM_UP) * steps))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
    shuffler = random.Random(seed)
    torch.manual_seed(seed)
    started, done, loss_mean = time.time(), 0, 1.1
    for epoch in range(epochs):
        # Chunks of 40 batches are sorted by length, and their batches shuffled.
        order = list(range(len(rows)))
        shuffler.shuffle(order)
        groups = []
        for begin in range(0, len(order), 40 * BATCH):
            chunk = sorted(order[begin : begin + 40 * BATCH], key=lambda one: len(tokens[one]))
            groups += [chunk[at : at + BATCH] for at in range(0, len(chunk), BATCH)]
        shuffler.shuffle(groups)
        model.train()
        for group in groups:
            places, padded, lengths = next(texts.batches(tokens, tokenizer.pad, BATCH, group))
            with torch.autocast("cpu", torch.bfloat16):
                logits, _ = model(padded, lengths, DROPOUT)
            losses = functional.cross_entropy(
                logits.float(), labels[places], reduction="none", label_smoothing=LABEL_SMOOTHING
            )
            loss = (losses * weights[places]).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            loss_mean += 0.02 * (loss.item() - loss_mean)
            if done % 50 == 0:
                speed = done * BATCH / (time.time() - started)
                print(f"step {done}/{steps} loss {loss_mean:.3f} {speed:.0f} texts/s", flush=True)
        yield epoch


def balanced(rows: list[tuple[str, int]]) -> list[float]:
    """Weights with which each label counts alike; mean 1."""
    counts = np.bincount([label for _, label in rows], minlength=3)
    return [len(rows) / 3 / counts[label] for _, label in rows]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("half", type=int)
    parser.add_argument("out")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--start")
    parser.add_argument("--english", type=float, default=1.0)
    parser.add_argument("--times", type=int, default=DUTCH_TIMES)
    parser.add_argument("--dutch")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer, body = encoder.load()
    torch.manual_seed(1 + options.half)
    model = Model(body)
    if options.start:
        model.load_state_dict(torch.load(options.start), strict=False)
    rows = learned(options.folder, options.half, options.english)
    weights = balanced(rows)
    print(f"half {options.half}: {len(rows)} English texts")
    if options.dutch:
        more = annotated(options.folder, options.dutch, options.half)
        print(f"half {options.half}: {len(more)} Dutch texts")
        rows += options.times * more
        weights += options.times * balanced(more)
    seed = 1 + options.half
    for _ in tune(model, tokenizer, rows, weights, options.epochs, options.rate, seed):
        # The table of words isn't tuned, so it needn't be kept.
        kept = {k: v for k, v in model.state_dict().items() if k != "body.words.weight"}
        # Another name first: an export that waits for the file must not see half of it.
        torch.save(kept, options.out + ".part")
        pathlib.Path(options.out + ".part").rename(options.out)
        measure(model, tokenizer, options.folder, 2_000)


if __name__ == "__main__":
    main()
