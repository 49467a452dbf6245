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

from wirescope_serving.encoder import TokenSequence
from wirescope_serving.endpoint import Endpoint, Job
from wirescope_serving.payload import hold_to, read_texts

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


@dataclass(frozen=True)
class TaggedText:
    """A text, its tokens, and the windows in which the graph reads them."""

    text: str
    encoding: Encoding
    windows: Sequence[TokenWindow]


class EntityTagger(Endpoint):
    """Answers `entities`: for each text a list of `{text, label, start, end, score}`, in reading order."""

    outputs = ("logits",)
    max_request_characters = 100_000
    max_request_tokens = 32_768
    """More than 100,000 characters of English are; a few seconds of one core."""

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(model_dir, facts)
        self._labels: list[str] = facts["labels"]
        self._context_tokens: int = facts["limits"]["contextTokens"]
        tokenizer = self.encoder.tokenizer
        self._special_ids = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")

    def read(self, request: Mapping[str, Any]) -> Job:
        texts = read_texts(request, "texts", self.limits)
        hold_to(self.max_request_characters, sum(map(len, texts)))
        encodings = self.encoder.tokenizer.encode_batch(texts, add_special_tokens=False)
        window_tokens = self.encoder.max_tokens - len(self._special_ids)
        # An encoding makes its lists anew whenever it is asked for one.
        ids_of = [encoding.ids for encoding in encodings]
        hold_to(self.max_request_tokens, sum(map(len, ids_of)), "tokens")
        tagged = [
            TaggedText(text, encoding, token_windows(len(ids), window_tokens, self._context_tokens))
            for text, encoding, ids in zip(texts, encodings, ids_of, strict=True)
        ]
        sequences = [
            self._sequence(ids[window.start : window.end])
            for ids, text in zip(ids_of, tagged, strict=True)
            for window in text.windows
        ]
        return Job(sequences, tagged)

    def write(self, job: Job, rows: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
        windows = iter(rows)
        return {"entities": [self._entities_of(text, [next(windows)[0] for _ in text.windows]) for text in job.context]}

    def _sequence(self, window_ids: Sequence[int]) -> TokenSequence:
        first_id, last_id = self._special_ids
        ids = [first_id, *window_ids, last_id]
        return TokenSequence(ids, [0] * len(ids))

    def _entities_of(self, tagged: TaggedText, logits: Sequence[np.ndarray]) -> list[dict[str, Any]]:
        probabilities = np.zeros((len(tagged.encoding.ids), len(self._labels)), np.float32)
        for window, own in zip(tagged.windows, logits, strict=True):
            offset = 1 - window.start
            kept = own[window.kept.start + offset : window.kept.stop + offset]
            probabilities[window.kept.start : window.kept.stop] = _softmax(kept)
        return [
            {
                "text": tagged.text[entity.start : entity.end],
                "label": entity.label,
                "start": entity.start,
                "end": entity.end,
                "score": entity.score,
            }
            for entity in merge_words(words_of(tagged.encoding, probabilities, self._labels))
        ]


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
    # Asked for once: the encoding makes these lists anew each time.
    word_ids, offsets = encoding.word_ids, encoding.offsets
    for index, word_id in enumerate(word_ids):
        pieces.append(index)
        if index + 1 < len(word_ids) and word_ids[index + 1] == word_id:
            continue
        by_type = probabilities[pieces].mean(axis=0) @ membership
        best = int(by_type.argmax())
        first_tag = labels[int((probabilities[pieces[0]] * membership[:, best]).argmax())]
        words.append(
            Word(
                start=offsets[pieces[0]][0],
                end=offsets[pieces[-1]][1],
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
