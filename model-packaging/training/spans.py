"""Entity spans over text: reading them out of tagged tokens, and exact-span F1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

LABELS = ("PER", "ORG", "LOC", "MISC")
UNKNOWN = "UNKNOWN"  # a place where the annotation cannot tell: neither an entity nor its absence is learnt
BIO_LABELS = ("O", *(f"{position}-{label}" for label in LABELS for position in "BI"))


@dataclass(frozen=True, order=True)
class Span:
    """Characters [start, end) of a text, named `label`."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Sentence:
    """A text and its spans, in order, none overlapping."""

    text: str
    spans: tuple[Span, ...] = field(default=())

    @property
    def lowered(self) -> "Sentence":
        """The same in lower case. A character whose lower case is longer stays, so that offsets hold."""
        return Sentence("".join(c.lower() if len(c.lower()) == 1 else c for c in self.text), self.spans)


def sentence_of(tokens: Sequence[str], tags: Sequence[str]) -> Sentence:
    """Joins tokens by single spaces and reads spans from their tags, BIO or IOB1.

    `B-` opens a span; `I-` continues one of the same label and else opens one. A tag without a
    label part (`O`) closes.
    """
    spans: list[Span] = []
    text = ""
    previous = ""
    for token, tag in zip(tokens, tags, strict=True):
        if text:
            text += " "
        start = len(text)
        text += token
        position, _, label = tag.partition("-")
        if label and position == "I" and label == previous:
            spans[-1] = Span(spans[-1].start, len(text), label)
        elif label:
            spans.append(Span(start, len(text), label))
        previous = label
    return Sentence(text, tuple(spans))


def fold(tags: Iterable[str], folding: dict[str, str]) -> list[str]:
    """Renames the label of each tag by `folding`; a label that it lacks becomes `O`."""
    folded = []
    for tag in tags:
        position, _, label = tag.partition("-")
        folded.append(f"{position}-{folding[label]}" if label in folding else "O")
    return folded


def overlaps(one: Span, other: Span) -> bool:
    """Whether two spans share a character."""
    return one.start < other.end and other.start < one.end


@dataclass(frozen=True)
class Score:
    """Counts of exact matches: same start, same end, same label."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
        )

    @property
    def precision(self) -> float:
        """In [0, 1]; 0 where nothing was predicted."""
        return self.true_positives / max(1, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """In [0, 1]; 0 where there was nothing to find."""
        return self.true_positives / max(1, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """Micro F1 in [0, 1]."""
        return 2 * self.true_positives / max(1, 2 * self.true_positives + self.false_positives + self.false_negatives)


def score(gold: Iterable[Sequence[Span]], predicted: Iterable[Sequence[Span]], labels: Iterable[str] = LABELS) -> Score:
    """Sums exact matches over sentences, counting only spans of `labels`."""
    counted = set(labels)
    total = Score()
    for expected, found in zip(gold, predicted, strict=True):
        wanted = {span for span in expected if span.label in counted}
        given = {span for span in found if span.label in counted}
        total += Score(len(wanted & given), len(given - wanted), len(wanted - given))
    return total
