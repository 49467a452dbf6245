"""The `entities` endpoint: `{"texts": [...]}` to the named entities of each text.

Labels are `O` and the four types of CoNLL-2003, either bare (`PER`) or as B- and I- tags. A word's type is the one
with the most probability over all of its word pieces; words of one type that follow each other are one entity,
unless the later one's tag begins a new one (B-).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Encoding

from wirescope_serving.encoder import Encoder, TokenSequence
from wirescope_serving.payload import Limits, read_texts

OUTSIDE = "O"


@dataclass(frozen=True)
class TokenWindow:
    """Tokens `start` to `end` of a text as the graph reads them; those of `kept` get their labels from here."""

    start: int
    end: int
    kept: range


@dataclass(frozen=True)
class Word:
    """A whole word: code point offsets in the text, its entity type, that type's probability."""

    start: int
    end: int
    label: str
    score: float
    begins_entity: bool


class EntityTagger:
    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        self._limits = Limits.of(facts)
        self._labels: list[str] = facts["labels"]
        self._context_tokens: int = facts["limits"]["contextTokens"]
        self._encoder = Encoder(model_dir, facts)
        tokenizer = self._encoder.tokenizer
        self._special_ids = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """`entities`: for each text a list of `{text, label, start, end, score}`, in reading order."""
        texts = read_texts(request, "texts", self._limits)
        encodings = self._encoder.tokenizer.encode_batch(texts, add_special_tokens=False)
        probabilities = self._token_probabilities(encodings)
        return {
            "entities": [
                [
                    {
                        "text": text[entity.start : entity.end],
                        "label": entity.label,
                        "start": entity.start,
                        "end": entity.end,
                        "score": entity.score,
                    }
                    for entity in merge_words(words_of(encoding, rows, self._labels))
                ]
                for text, encoding, rows in zip(texts, encodings, probabilities, strict=True)
            ]
        }

    def _token_probabilities(self, encodings: Sequence[Encoding]) -> list[np.ndarray]:
        """For each text float [tokens, labels]; overlong texts are read in overlapping windows."""
        first_id, last_id = self._special_ids
        placed = [
            (text, window)
            for text, encoding in enumerate(encodings)
            for window in token_windows(len(encoding.ids), self._encoder.max_tokens - 2, self._context_tokens)
        ]
        sequences = []
        for text, window in placed:
            ids = [first_id, *encodings[text].ids[window.start : window.end], last_id]
            sequences.append(TokenSequence(ids, [0] * len(ids)))
        results = [np.zeros((len(encoding.ids), len(self._labels)), np.float32) for encoding in encodings]
        for (text, window), (logits,) in zip(placed, self._encoder.run(sequences, ["logits"]), strict=True):
            kept = slice(window.kept.start, window.kept.stop)
            offset = 1 - window.start
            results[text][kept] = _softmax(logits[window.kept.start + offset : window.kept.stop + offset])
        return results


def token_windows(token_count: int, window_tokens: int, context_tokens: int) -> list[TokenWindow]:
    """Windows that keep every token exactly once, each kept token with context on both sides where there is any."""
    windows: list[TokenWindow] = []
    kept_until = 0
    while kept_until < token_count:
        start = max(0, kept_until - context_tokens)
        end = min(token_count, start + window_tokens)
        next_kept = end if end == token_count else end - context_tokens
        windows.append(TokenWindow(start, end, range(kept_until, next_kept)))
        kept_until = next_kept
    return windows


def words_of(encoding: Encoding, probabilities: np.ndarray, labels: Sequence[str]) -> list[Word]:
    """Joins a text's word pieces to words and labels each."""
    types = list(dict.fromkeys(_entity_type(label) for label in labels))
    membership = np.array([[_entity_type(label) == entity_type for entity_type in types] for label in labels], float)
    words: list[Word] = []
    pieces: list[int] = []
    word_ids = encoding.word_ids
    for index, word_id in enumerate(word_ids):
        pieces.append(index)
        if index + 1 < len(word_ids) and word_ids[index + 1] == word_id:
            continue
        by_type = probabilities[pieces].mean(axis=0) @ membership
        best = int(by_type.argmax())
        first_tag = labels[int((probabilities[pieces[0]] * membership[:, best]).argmax())]
        words.append(
            Word(
                start=encoding.offsets[pieces[0]][0],
                end=encoding.offsets[pieces[-1]][1],
                label=types[best],
                score=float(min(1.0, by_type[best])),
                begins_entity=first_tag.startswith("B-"),
            )
        )
        pieces = []
    return words


def merge_words(words: Iterable[Word]) -> list[Word]:
    """Joins neighbouring words of one type to entities; an entity's score is the mean over its words."""
    groups: list[list[Word]] = []
    previous: Word | None = None
    for word in words:
        if word.label != OUTSIDE:
            if previous is not None and previous.label == word.label and not word.begins_entity:
                groups[-1].append(word)
            else:
                groups.append([word])
        previous = word
    return [
        Word(
            start=group[0].start,
            end=group[-1].end,
            label=group[0].label,
            score=sum(word.score for word in group) / len(group),
            begins_entity=True,
        )
        for group in groups
    ]


def _entity_type(label: str) -> str:
    return label.removeprefix("B-").removeprefix("I-")


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
