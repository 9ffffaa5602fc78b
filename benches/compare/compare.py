"""Prints a table of systems: macro-recall, F1 of negative, texts a second.

compare.py DATA PREDICT WORK, as run.sh calls it. Everything runs on one thread.
Speed is that of scoring alone, of the fastest round: reading, writing and training are
left out.
"""

import csv
import subprocess
import sys
import time
from pathlib import Path

LABELS = ["neg", "neu", "pos"]


def rows(path):
    """Labels and texts of a file of the data folder."""
    with open(path, encoding="utf-8", errors="replace") as lines:
        fields = [line.rstrip("\n").split("\t", 2) for line in lines]
    return [f[0] for f in fields], [f[2].replace("\r", " ") for f in fields]


def phenomena(path):
    """The cases of the phenomena suite with one accepted label."""
    with open(path, encoding="utf-8") as lines:
        table = csv.reader(
            (line for line in lines if not line.startswith("#")),
            delimiter="\t",
            quoting=csv.QUOTE_NONE,
        )
        next(table)
        cases = [(row[2], row[1]) for row in table if row[2] in LABELS]
    return [label for label, _ in cases], [text for _, text in cases]


def measures(gold, told):
    """Macro-recall and F1 of negative, in percent."""
    recalls = []
    for label in LABELS:
        of_label = [t for g, t in zip(gold, told) if g == label]
        if of_label:
            recalls.append(of_label.count(label) / len(of_label))
    right = sum(g == t == "neg" for g, t in zip(gold, told))
    found = gold.count("neg") + told.count("neg")
    return 100 * sum(recalls) / len(recalls), 100 * 2 * right / max(found, 1)


def by_words(scores):
    """The mean score of a text's words, as pattern reads it: ±0.1 is neutral."""

    def label(text):
        words = [w.strip(".,!?;:()\"'").lower() for w in text.split()]
        found = [scores[w] for w in words if w in scores]
        mean = sum(found) / len(found) if found else 0.0
        return "pos" if mean > 0.1 else "neg" if mean < -0.1 else "neu"

    return label


def lexicon(path):
    """Word to score."""
    scores = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, score = line.rstrip("\n").split("\t")[:2]
            scores[word] = float(score)
    return by_words(scores)


def vader():
    """VADER with its authors' thresholds."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()

    def label(text):
        compound = analyzer.polarity_scores(text)["compound"]
        return "pos" if compound >= 0.05 else "neg" if compound <= -0.05 else "neu"

    return label


def fast_text(data, work):
    """fastText, trained on the English tweets that the model learns from, too."""
    try:
        import fasttext
    except ImportError:
        print("fastText isn't installed here and is left out", file=sys.stderr)
        return None
    path = work / "train.txt"
    with open(path, "w", encoding="utf-8") as out:
        for label, text in zip(*rows(data / "sentiment/en_semeval1316_train.tsv")):
            out.write(f"__label__{label} {text.lower()}\n")
    model = fasttext.train_supervised(
        str(path), wordNgrams=2, minn=2, maxn=5, dim=50, epoch=8, lr=0.3, thread=1, verbose=0
    )
    # The binding's own predict() copies through numpy, which the newest one refuses.
    return lambda text: model.f.predict(text.lower() + "\n", 1, 0.0, "strict")[0][1][9:]


def run(label, texts):
    """Labels, and texts a second in the fastest of three rounds."""
    fastest = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        told = [label(text) for text in texts]
        fastest = min(fastest, time.perf_counter() - begin)
    return told, len(texts) / fastest


def ophef(predict, texts, work):
    """Labels, and texts a second, of the built-in model."""
    path = work / "texts.txt"
    path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    done = subprocess.run([predict, str(path)], capture_output=True, text=True, check=True)
    told = done.stdout.split()
    assert len(told) == len(texts), "a label for each text"
    return told, len(texts) / float(done.stderr)


def main():
    data, predict, work = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    suite = Path(__file__).resolve().parents[2] / "crates/sentiment/tests/phenomena"
    lexicons = data / "lexicons"
    dutch = {
        "pattern, average": lexicon(lexicons / "nl_pattern.tsv"),
        "lupje, average": lexicon(lexicons / "nl_lupje.tsv"),
    }
    english = {"VADER": vader(), "fastText": fast_text(data, work)}
    posts = "nl_tweets_annotated_train.tsv"
    # The model has learned from the Dutch posts: its own figure on them would be
    # worth nothing, so there it is left out; `train --evaluate` has the honest one.
    tests = [
        ("English tweets", rows(data / "sentiment/en_tweeteval_val.tsv"), english, True),
        ("English airline mentions", rows(data / "sentiment/en_airline_dev.tsv"), english, True),
        ("English phenomena", phenomena(suite / "en.tsv"), english, True),
        ("Dutch posts", rows(data / "sentiment" / posts), dutch, False),
        ("Dutch phenomena", phenomena(suite / "nl.tsv"), dutch, True),
    ]
    print("| test | texts | system | macro-recall | F1 negative | texts a second |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, (gold, texts), systems, held_out in tests:
        results = [(s, run(label, texts)) for s, label in systems.items() if label]
        if held_out:
            results.append(("**Ophef**", ophef(predict, texts, work)))
        for system, (told, speed) in results:
            recall, f1 = measures(gold, told)
            print(f"| {name} | {len(texts)} | {system} | {recall:.1f} | {f1:.1f} | {speed:,.0f} |")


main()
