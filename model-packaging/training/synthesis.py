"""Training text made of other training text: queries, cuttings and sentences with exchanged names.

An editor's query is a few lower-case words without grammar, which no corpus holds.
"""

import random
import re
from collections.abc import Sequence

from .names import Names
from .spans import LABELS, UNKNOWN, Sentence, Span
from .words import words

SLOT = re.compile(r"\{(PER|ORG|LOC|MISC|topic)\}")
PATTERNS = words("queries")
TOPICS = words("topics")
SHORTEST_CUTTING_WORDS = 2
LONGEST_CUTTING_WORDS = 8


def query(names: Names, chance: random.Random) -> Sentence:
    """A pattern with its slots filled, in lower case."""
    text = ""
    spans = []
    rest = 0
    pattern = chance.choice(PATTERNS)
    for slot in SLOT.finditer(pattern):
        text += pattern[rest : slot.start()]
        label = slot[1]
        filling = chance.choice(TOPICS) if label == "topic" else names.draw(label, chance)
        filling = " ".join(filling.split())
        if label in LABELS:
            spans.append(Span(len(text), len(text) + len(filling), label))
        text += filling
        rest = slot.end()
    return Sentence(text + pattern[rest:], tuple(spans)).lowered


def cutting(sentence: Sentence, chance: random.Random) -> Sentence:
    """A few consecutive words of a sentence; a span on the edge is kept whole."""
    words = [(found.start(), found.end()) for found in re.finditer(r"\S+", sentence.text)]
    length = chance.randint(SHORTEST_CUTTING_WORDS, LONGEST_CUTTING_WORDS)
    first = chance.randrange(max(1, len(words) - length + 1))
    start, end = words[first][0], words[min(first + length, len(words)) - 1][1]
    for span in sentence.spans:
        if span.start < start < span.end:
            start = span.start
        if span.start < end < span.end:
            end = span.end
    kept = [Span(s.start - start, s.end - start, s.label) for s in sentence.spans if start <= s.start and s.end <= end]
    return Sentence(sentence.text[start:end], tuple(kept))


def with_other_names(sentence: Sentence, names: Names, chance: random.Random) -> Sentence:
    """The sentence with each name replaced by another of its label."""
    text = ""
    spans: list[Span] = []
    rest = 0
    for span in sentence.spans:
        text += sentence.text[rest : span.start]
        rest = span.end
        name = sentence.text[span.start : span.end]
        # a MISC span may be an adjective or a title, which do not stand in for one another
        if span.label not in (UNKNOWN, "MISC"):
            name = names.draw(span.label, chance)
        spans.append(Span(len(text), len(text) + len(name), span.label))
        text += name
    return Sentence(text + sentence.text[rest:], tuple(spans))


def mixture(
    corpora: Sequence[tuple[Sequence[Sentence], float]], names: Names, *, queries: float, chance: random.Random
) -> Sentence:
    """One training text: a synthetic query with the probability `queries`, else one drawn from a corpus by weight.

    Of the corpus texts a fifth are cut short and a quarter get other names.
    """
    if chance.random() < queries:
        return query(names, chance)
    sentences = chance.choices([s for s, _ in corpora], [weight for _, weight in corpora])[0]
    sentence = chance.choice(sentences)
    if chance.random() < 0.25:
        sentence = with_other_names(sentence, names, chance)
    return cutting(sentence, chance) if chance.random() < 0.2 else sentence
