"""A tiny model of the gpt-oss architecture, made in seconds, so that the real engine can be run on any machine.

It understands nothing. Its vocabulary, special tokens and attention (a window of 128 tokens in every second layer) are
those of gpt-oss; its weights make each token call for the next one of a few fixed sentences. After `<|message|>` it
says one of them and `<|end|>`; after `{"violation":` it says 1 with the probability that is asked for, else 0; under a
schema it explains that the word `EVIDENCE` is an insult. So tokenizer, grammar, log probabilities and prompt cache can
be tried out as they are. The file is about 60 MB in the GGUF format, version 3
(by the description of that format in ggml, its library).
"""

import math
import random
import struct
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

from bot.bench.stand_ins.gguf import Gguf, half
from bot.inference.prompts import vocabulary
from bot.inference.prompts.vocabulary import load_encoding

EVIDENCE = "fool"
"""What it quotes from every message that it objects to: one token."""
REASONING = "We compare the content with policy."
TOKENS = 201_088
_PLAIN = 199_998
_SPECIAL = {
    199_998: "<|startoftext|>",
    199_999: "<|endoftext|>",
    200_002: "<|return|>",
    200_003: "<|constrain|>",
    200_005: "<|channel|>",
    200_006: "<|start|>",
    200_007: "<|end|>",
    200_008: "<|message|>",
    200_012: "<|call|>",
    200_018: "<|endofprompt|>",
}
_NORMAL, _CONTROL = 1, 3
_WIDTH, _LAYERS, _HEADS, _GROUPS, _HEAD, _EXPERTS, _USED, _INNER = 64, 2, 4, 2, 32, 4, 2, 64
_LEVEL = 118
"""The last number of every embedding, the same for all: what the head holds there is a bias."""
_CALLS, _BIAS = 4.0, 1.6
_EXPLAINED = (
    '{"violation":1,"category":"',
    f'1","evidence":["{EVIDENCE}"],"rationale":"It insults someone."}}',
)

Row = list[float]


def write_tiny_model(path: Path, *, violates: float, reasoning: str = REASONING) -> None:
    """Write the model; `violates` is the probability of 1, over 0 and under 1.

    In its reasoning a word that follows itself is said for ever. Raises OSError.
    """
    draw = random.Random(1)  # noqa: S311 - weights that mean nothing, the same each time
    file = Gguf(path)
    for key, value in _facts():
        file.add(key, value)
    _add_vocabulary(file)
    embedding = _embedding(draw)
    file.add_quantised("token_embd.weight", (_WIDTH, TOKENS), embedding)
    file.add_half("output.weight", (_WIDTH, TOKENS), _head(embedding, violates, reasoning))
    file.add_floats("output_norm.weight", (_WIDTH,), [1.0] * _WIDTH)
    for layer in range(_LAYERS):
        _add_layer(file, f"blk.{layer}.", draw)
    file.write()


def _facts() -> Iterator[tuple[str, object]]:
    yield "general.architecture", "gpt-oss"
    yield "general.name", "tiny-gpt-oss"
    numbers = {
        "context_length": 131_072,
        "embedding_length": _WIDTH,
        "block_count": _LAYERS,
        "feed_forward_length": _INNER,
        "expert_feed_forward_length": _INNER,
        "attention.head_count": _HEADS,
        "attention.head_count_kv": _GROUPS,
        "attention.key_length": _HEAD,
        "attention.value_length": _HEAD,
        "attention.sliding_window": 128,
        "attention.layer_norm_rms_epsilon": 1e-5,
        "expert_count": _EXPERTS,
        "expert_used_count": _USED,
        "rope.dimension_count": _HEAD,
        "rope.freq_base": 150_000.0,
        "rope.scaling.type": "yarn",
        "rope.scaling.factor": 32.0,
        "rope.scaling.original_context_length": 4_096,
    }
    yield from ((f"gpt-oss.{name}", number) for name, number in numbers.items())


def _add_vocabulary(file: Gguf) -> None:
    letters = _letters()
    shown = ["".join(letters[byte] for byte in word) for word in vocabulary.words()]
    others = [_SPECIAL.get(number, f"<|reserved_{number}|>") for number in range(_PLAIN, TOKENS)]
    file.add("tokenizer.ggml.model", "gpt2")
    file.add("tokenizer.ggml.pre", "gpt-4o")
    file.add("tokenizer.ggml.tokens", [*shown, *others])
    file.add("tokenizer.ggml.token_type", [_NORMAL] * _PLAIN + [_CONTROL] * len(others))
    file.add("tokenizer.ggml.merges", list(_merges()))
    file.add("tokenizer.ggml.bos_token_id", 199_998)
    file.add("tokenizer.ggml.eos_token_id", 200_002)
    file.add("tokenizer.ggml.padding_token_id", 199_999)
    file.add("tokenizer.ggml.add_bos_token", False)  # noqa: FBT003 - a value of the file


def _letters() -> list[str]:
    """Return the letter that stands for each byte in vocabularies of this kind, as GPT-2's did."""
    plain = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)}
    spare = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(spare)) for byte in range(256)]


@cache
def _merges() -> tuple[str, ...]:
    """Return which two tokens each longer one was made of, the earliest first. Takes some seconds, once."""
    letters, words = _letters(), vocabulary.words()
    ranks = {word: rank for rank, word in enumerate(words)}
    pairs = (_halves(word, rank, ranks) for rank, word in enumerate(words) if len(word) > 1)
    return tuple(" ".join("".join(letters[byte] for byte in each) for each in pair) for pair in pairs if pair)


def _halves(word: bytes, rank: int, ranks: Mapping[bytes, int]) -> tuple[bytes, bytes] | None:
    """Return the two tokens that a word falls into with all merges that came before it; None for none such."""
    splits = [(word[:at], word[at:]) for at in range(1, len(word))]
    known = [pair for pair in splits if ranks.get(pair[0], rank) < rank and ranks.get(pair[1], rank) < rank]
    if len(known) < 2:  # noqa: PLR2004 - there is nothing to choose
        return known[0] if known else None
    parts = [word[at : at + 1] for at in range(len(word))]
    while len(parts) > 2:  # noqa: PLR2004 - two halves are left
        joined = [ranks.get(parts[at] + parts[at + 1], rank) for at in range(len(parts) - 1)]
        best = min(joined)
        if best >= rank:
            return None
        at = joined.index(best)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]


def _embedding(draw: random.Random) -> bytes:
    """Return a random direction for each token, with the last number the same for all."""
    made = bytearray(draw.randbytes(TOKENS * _WIDTH))
    made[_WIDTH - 1 :: _WIDTH] = bytes([_LEVEL]) * TOKENS
    return bytes(made)


def _direction(embedding: bytes, token: int) -> Row:
    """Return a token's direction at length 1, without the number that all share."""
    numbers = struct.unpack_from(f"{_WIDTH}b", embedding, token * _WIDTH)[:-1]
    length = math.hypot(*numbers)
    return [number / length for number in numbers] + [0.0]


def _head(embedding: bytes, violates: float, reasoning: str) -> bytes:
    """Return the rows that answer: each token of the sentences is called for by the one before it."""
    rows: dict[int, Row] = {}
    for before, after, strength in _calls(violates, reasoning):
        row = rows.setdefault(after, [0.0] * _WIDTH)
        for place, number in enumerate(_direction(embedding, before)):
            row[place] += strength * number
    for token, bias in _biases():
        rows.setdefault(token, [0.0] * _WIDTH)[-1] += bias
    made = bytearray(TOKENS * _WIDTH * 2)
    for token, row in rows.items():
        struct.pack_into(f"<{_WIDTH}e", made, token * _WIDTH * 2, *row)
    return bytes(made)


def _calls(violates: float, reasoning: str) -> Iterator[tuple[int, int, float]]:
    encoding = load_encoding()

    def tokens(text: str) -> list[int]:
        return encoding.encode(text, allowed_special="all")

    said = tokens(f"<|start|>assistant<|channel|>analysis<|message|>{reasoning}<|end|><|start|>")
    for before, after in pairwise(said):
        yield before, after, 2 * _CALLS if before == after else _CALLS
    calls = {pair for text in _EXPLAINED for each in [tokens(text)] for pair in pairwise(each)}
    [opening], [space], [yes], [no], [closing] = (tokens(text) for text in ('":', " ", "1", "0", "}"))
    yield from ((before, after, _CALLS - 1) for before, after in sorted(calls) if (before, after) != (opening, yes))
    lean = math.log(violates / (1 - violates)) / math.sqrt(_WIDTH)
    for before in (opening, space):
        yield before, no, _CALLS
        yield before, yes, _CALLS + lean
    yield closing, 200_002, _CALLS


def _biases() -> Iterator[tuple[int, float]]:
    """Yield what is called for without a token before it: no white space, which a grammar allows anywhere."""
    encoding = load_encoding()
    for token, word in enumerate(vocabulary.words()):
        if not word.strip() or not word.isascii():
            yield token, -_BIAS * 2
    for text in ('"', '","', '",'):
        yield encoding.encode(text)[0], _BIAS / 8


def _add_layer(file: Gguf, name: str, draw: random.Random) -> None:
    def noise(*shape: int, scale: float = 0.02) -> Row:
        return [draw.gauss(0.0, scale) for _ in range(math.prod(shape))]

    queries, keys = _HEADS * _HEAD, _GROUPS * _HEAD
    file.add_floats(f"{name}attn_norm.weight", (_WIDTH,), [1.0] * _WIDTH)
    file.add_floats(f"{name}post_attention_norm.weight", (_WIDTH,), [1.0] * _WIDTH)
    for part, rows in (("attn_q", queries), ("attn_k", keys), ("attn_v", keys)):
        file.add_half(f"{name}{part}.weight", (_WIDTH, rows), half(noise(rows, _WIDTH)))
        file.add_floats(f"{name}{part}.bias", (rows,), [0.0] * rows)
    file.add_half(f"{name}attn_output.weight", (queries, _WIDTH), half(noise(_WIDTH, queries)))
    file.add_floats(f"{name}attn_output.bias", (_WIDTH,), [0.0] * _WIDTH)
    file.add_floats(f"{name}attn_sinks.weight", (_HEADS,), [0.0] * _HEADS)
    file.add_floats(f"{name}ffn_gate_inp.weight", (_WIDTH, _EXPERTS), noise(_EXPERTS, _WIDTH))
    file.add_floats(f"{name}ffn_gate_inp.bias", (_EXPERTS,), [0.0] * _EXPERTS)
    for part, into, out in (("gate", _WIDTH, _INNER), ("up", _WIDTH, _INNER), ("down", _INNER, _WIDTH)):
        file.add_half(f"{name}ffn_{part}_exps.weight", (into, out, _EXPERTS), half(noise(_EXPERTS, out, into)))
        file.add_floats(f"{name}ffn_{part}_exps.bias", (out, _EXPERTS), [0.0] * (out * _EXPERTS))
