"""Between spans of characters and labels of word pieces."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from .spans import BIO_LABELS, UNKNOWN, Sentence, Span

MAX_TOKENS = 96
IGNORED = -100
"""The class index that torch's cross-entropy leaves out."""


def tokenizer_at(path: Path) -> Tokenizer:
    """The base model's own tokenizer (uncased word pieces), cutting at MAX_TOKENS, without padding."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def classes_of(encoding: Encoding, sentence: Sentence) -> list[int]:
    """The class of each piece; IGNORED for special tokens and inside UNKNOWN spans."""
    classes = []
    for (start, end), special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True):
        span = next((s for s in sentence.spans if s.start <= start and end <= s.end), None)
        if special or (span and span.label == UNKNOWN):
            classes.append(IGNORED)
        elif span is None:
            classes.append(0)
        else:
            classes.append(BIO_LABELS.index(f"{'B' if start == span.start else 'I'}-{span.label}"))
    return classes


def decode(offsets: Sequence[tuple[int, int]], word_ids: Sequence[int | None], classes: Sequence[int]) -> list[Span]:
    """Spans from one class per piece. A word has the class of its first piece; an `I-` that continues
    nothing opens a span."""
    spans: list[Span] = []
    previous_word: int | None = None
    open_label = ""
    for (start, end), word, number in zip(offsets, word_ids, classes, strict=True):
        if word is None:
            continue
        if word == previous_word:
            if open_label:
                spans[-1] = Span(spans[-1].start, end, open_label)
            continue
        previous_word = word
        position, _, label = BIO_LABELS[number].partition("-")
        if label and position == "I" and label == open_label:
            spans[-1] = Span(spans[-1].start, end, label)
        elif label:
            spans.append(Span(start, end, label))
        open_label = label
    return spans
