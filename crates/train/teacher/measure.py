"""How well a regression on embeddings does on the Dutch sources.

    python measure.py DATA_FOLDER RECORDS.bin WIDTH [OTHER.bin OTHER_WIDTH]

Macro-recall by five-fold cross-validation of one regression for all sources, and
with the source left out of learning altogether. Of records of 774 numbers also what
the heads say alone, and the mean of both. With two files only the texts that both
have count, so that the figures can be compared.
"""

import sys

import numpy as np
import torch
from torch.nn import functional

import texts

# What each source counts as, as in the training program (`data.rs`).
WEIGHTS = {
    "posts": 2500,
    "political": 1500,
    "written": 3000,
    "restaurants": 1500,
    "clothing": 1500,
    "music": 1500,
    "delivery": 2000,
    "headlines": 1500,
    "books": 500,
    "subtitles": 500,
}
FOLDS = 5
# Numbers of one encoder's mean.
WIDTH = 384
# Pull of the weights to zero. Not searched: the figures compare embeddings.
PULL = 0.01


def records(path: str, width: int) -> dict[int, np.ndarray]:
    data = np.fromfile(path, np.dtype([("name", "<u8"), ("numbers", "<f4", width)]))
    return dict(zip(data["name"].tolist(), data["numbers"]))


def learn(inputs: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weights of a multinomial regression by L-BFGS; the last row is the bias."""
    table = torch.zeros(inputs.shape[1] + 1, 3, requires_grad=True)
    optimizer = torch.optim.LBFGS([table], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        told = inputs @ table[:-1] + table[-1]
        losses = functional.cross_entropy(told, labels, reduction="none")
        total = (losses * weights).mean() + PULL * (table[:-1] ** 2).sum() / 2
        total.backward()
        return total

    optimizer.step(loss)
    return table.detach()


def weigh(sources: np.ndarray, labels: np.ndarray) -> torch.Tensor:
    """Each source counts as WEIGHTS says, each of its labels alike; mean 1."""
    weights = np.zeros(len(labels))
    for source in np.unique(sources):
        here = sources == source
        counts = np.bincount(labels[here], minlength=3)
        weights[here] = WEIGHTS[source] / (counts > 0).sum() / counts[labels[here]]
    return torch.tensor(weights / weights.mean(), dtype=torch.float32)


def main() -> None:
    torch.set_num_threads(1)
    folder, rest = sys.argv[1], sys.argv[2:]
    files = [records(path, int(width)) for path, width in zip(rest[::2], rest[1::2])]
    rows = [
        (name, source, label)
        for source, known in texts.dutch(folder).items()
        for name, (_, label) in known.items()
        if all(name in file for file in files)
    ]
    names = np.array([row[0] for row in rows], np.uint64)
    sources = np.array([row[1] for row in rows])
    labels = np.array([row[2] for row in rows])
    folds = (names >> np.uint64(7)) % np.uint64(FOLDS)
    for path, file in zip(rest[::2], files):
        inputs = np.stack([file[name] for name in names.tolist()])
        inputs = torch.from_numpy((inputs - inputs.mean(0)) / inputs.std(0))

        def tell(seen: np.ndarray, other: np.ndarray) -> np.ndarray:
            weights = weigh(sources[seen], labels[seen])
            table = learn(inputs[seen], torch.from_numpy(labels[seen]), weights)
            return (inputs[other] @ table[:-1] + table[-1]).softmax(1).numpy()

        told = np.zeros((len(rows), 3), np.float32)
        for fold in range(FOLDS):
            told[folds == fold] = tell(folds != fold, folds == fold)
        heads = file[int(names[0])].size == 2 * WIDTH + 6
        print(f"{path}\nsource texts: macro-recall F1-negative AUC-negative of each")
        for source in WEIGHTS:
            here = sources == source
            if not here.any():
                continue
            ways = {"seen": told[here], "unseen": tell(~here, here)}
            if heads:
                logits = np.stack([file[name][2 * WIDTH :] for name in names[here].tolist()])
                ways["heads"] = np.exp((logits[:, :3] + logits[:, 3:]) / 2)
                ways["heads"] /= ways["heads"].sum(1, keepdims=True)
                ways["seen+heads"] = (ways["seen"] + ways["heads"]) / 2
                ways["unseen+heads"] = (ways["unseen"] + ways["heads"]) / 2
            figures = [
                f"{way} {texts.macro_recall(says, labels[here]):.1f}"
                f" {texts.negative_f1(says, labels[here]):.1f}"
                f" {texts.negative_auc(says, labels[here]):.3f}"
                for way, says in ways.items()
            ]
            print(f"{source} {here.sum()}:", ", ".join(figures), flush=True)


if __name__ == "__main__":
    main()
