"""Measures the three candidates on text that none was tuned on, and times a query.

    python -m training.evaluate --data DIR --teacher JARS --student FOLDER --out figures.json

FOLDER is the student's unpacked archive: what is measured is what is served.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wirescope_serving.entities import EntityTagger

from . import corpora
from .names import gather
from .queries import read_queries
from .rivals import Tag, spacy_tagger, teacher_tagger
from .spans import LABELS, Sentence, Span, score
from .train import training_corpora

STUDENT_BATCH = 32
TIMED_ROUNDS = 3


@dataclass(frozen=True)
class ReportSet:
    """Sentences with gold spans; only spans of `labels` are annotated in it, so only they count."""

    sentences: Sequence[Sentence]
    labels: Sequence[str]


def report_sets(folder: Path) -> dict[str, ReportSet]:
    """Never trained or tuned on: mainstream news tweets, the last third of Wikigold, the queries."""
    news = corpora.broad_twitter(folder, corpora.BROAD_TWITTER_REPORT)
    wikipedia = corpora.wikigold(folder)[1]
    return {
        "news-tweets": ReportSet(news, corpora.BROAD_TWITTER_LABELS),
        "news-tweets-lower": ReportSet([s.lowered for s in news], corpora.BROAD_TWITTER_LABELS),
        "wikigold": ReportSet(wikipedia, LABELS),
        "wikigold-lower": ReportSet([s.lowered for s in wikipedia], LABELS),
        "queries-lower": ReportSet(read_queries(), LABELS),
    }


def student_tagger(folder: Path) -> tuple[Tag, Callable[[str], object]]:
    """The student as its endpoint answers."""
    endpoint = EntityTagger(folder, json.loads((folder / "model.json").read_text("utf-8")))

    def tag(sentences: Sequence[Sentence]) -> list[list[Span]]:
        found = []
        for first in range(0, len(sentences), STUDENT_BATCH):
            texts = [sentence.text for sentence in sentences[first : first + STUDENT_BATCH]]
            for entities in endpoint.answer({"texts": texts})["entities"]:
                found.append([Span(e["start"], e["end"], e["label"]) for e in entities])
        return found

    return tag, lambda text: endpoint.answer({"texts": [text]})


def median_milliseconds(taggers: dict[str, Callable[[str], object]], texts: Sequence[str]) -> dict[str, float]:
    """The median time of one query by each tagger, taken in turn so that a busy machine is unfair to none."""
    times: dict[str, list[float]] = {name: [] for name in taggers}
    for _ in range(TIMED_ROUNDS + 1):
        for text in texts:
            for name, answer in taggers.items():
                started = time.perf_counter()
                answer(text)
                times[name].append(1000 * (time.perf_counter() - started))
    return {name: round(statistics.median(taken[len(texts) :]), 2) for name, taken in times.items()}


def new_names_recall(queries: ReportSet, found: Sequence[Sequence[Span]], known: set[str]) -> dict[str, float | int]:
    """Recall over those spans of the queries whose names no training text and no name list holds."""
    asked = [
        (row, span)
        for row, sentence in enumerate(queries.sentences)
        for span in sentence.spans
        if sentence.text[span.start : span.end] not in known
    ]
    hits = sum(span in found[row] for row, span in asked)
    return {"spans": len(asked), "recall": round(100 * hits / len(asked), 1)}


def false_alarms(queries: ReportSet, found: Sequence[Sequence[Span]]) -> dict[str, int]:
    """How many of the queries without a name are said to hold one."""
    nameless = [row for row, sentence in enumerate(queries.sentences) if not sentence.spans]
    return {"queries": len(nameless), "alarms": sum(bool(found[row]) for row in nameless)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "teacher", "student", "out"):
        arguments.add_argument(f"--{name}", type=Path, required=True)
    given = arguments.parse_args()

    spacy_tag, spacy_answer = spacy_tagger()
    student_tag, student_answer = student_tagger(given.student)
    taggers = {"spacy-small": spacy_tag, "stanford-crf": teacher_tagger(given.teacher), "student": student_tag}
    sets = report_sets(given.data)
    names = gather([s for sentences in training_corpora(given.data)[0].values() for s in sentences], 0)
    known = {n.lower() for pool in (*names.seen.values(), names.cities, names.countries) for n in pool}
    figures: dict[str, dict] = {name: {} for name in taggers}
    for name, report in sets.items():
        for candidate, tag in taggers.items():
            found = tag(report.sentences)
            gold = [sentence.spans for sentence in report.sentences]
            total = score(gold, found, report.labels)
            by_label = {label: round(100 * score(gold, found, [label]).f1, 1) for label in report.labels}
            figures[candidate][name] = {
                "f1": round(100 * total.f1, 1),
                "precision": round(100 * total.precision, 1),
                "recall": round(100 * total.recall, 1),
                "f1ByLabel": by_label,
            }
            if name.startswith("queries"):
                figures[candidate]["queries-new-names"] = new_names_recall(report, found, known)
                figures[candidate]["queries-without-names"] = false_alarms(report, found)
            print(name, candidate, figures[candidate][name], flush=True)
    texts = [sentence.text for sentence in sets["queries-lower"].sentences]
    milliseconds = median_milliseconds({"spacy-small": spacy_answer, "student": student_answer}, texts)
    counts = {name: [len(s.sentences), sum(len(x.spans) for x in s.sentences)] for name, s in sets.items()}
    result = {"sentencesAndSpans": counts, "candidates": figures, "queryMillisecondsP50": milliseconds}
    given.out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print({name: figures[name].get("queries-new-names") for name in figures}, milliseconds)


if __name__ == "__main__":
    main()
