"""Has the teacher label the Wikinews articles, and find what the Broad Twitter Corpus leaves out.

    python -m training.label --data DIR --teacher JARS

Writes DIR/wikinews-labelled.jsonl and DIR/broad-twitter-doubts.jsonl.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from . import corpora
from .spans import UNKNOWN, Sentence, Span, overlaps
from .teacher import label

SHORTEST_SENTENCE_TOKENS = 3
LONGEST_SENTENCE_TOKENS = 80


def with_doubts(sentence: Sentence, taught: Sentence) -> Sentence:
    """Adds the teacher's MISC spans as UNKNOWN: the corpus has no MISC, so their absence says nothing."""
    doubts = [
        Span(span.start, span.end, UNKNOWN)
        for span in taught.spans
        if span.label == "MISC" and not any(overlaps(span, known) for known in sentence.spans)
    ]
    return Sentence(sentence.text, tuple(sorted([*sentence.spans, *doubts])))


def write(path: Path, rows: Iterable[tuple[str, Sentence]]) -> None:
    """One sentence a line: its group (article or section), text and spans."""
    with path.open("w", encoding="utf-8") as lines:
        for group, sentence in rows:
            spans = [[s.start, s.end, s.label] for s in sentence.spans]
            lines.write(json.dumps({"group": group, "text": sentence.text, "spans": spans}, ensure_ascii=False) + "\n")


def read(path: Path) -> list[tuple[str, Sentence]]:
    """What `write` wrote."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(row["group"], Sentence(row["text"], tuple(Span(*s) for s in row["spans"]))) for row in rows]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--teacher", type=Path, required=True, help="the folder of jars from teacher/pom.xml")
    given = arguments.parse_args()

    tokenised = [
        (str(number), words)
        for number, article in enumerate(corpora.wikinews_articles(given.data))
        for sentence in article
        if SHORTEST_SENTENCE_TOKENS <= len(words := corpora.words_of(sentence)) <= LONGEST_SENTENCE_TOKENS
    ]
    taught = label([words for _, words in tokenised], given.teacher)
    groups = [group for group, _ in tokenised]
    write(given.data / "wikinews-labelled.jsonl", zip(groups, taught, strict=True))
    print(f"{len(taught)} Wikinews sentences, {sum(len(s.spans) for s in taught)} spans")

    tweets = [(s, t) for s in corpora.BROAD_TWITTER_TRAINING for t in corpora.broad_twitter(given.data, s)]
    answers = label([tweet.text.split(" ") for _, tweet in tweets], given.teacher)
    doubted = [(section, with_doubts(t, a)) for (section, t), a in zip(tweets, answers, strict=True)]
    write(given.data / "broad-twitter-doubts.jsonl", doubted)
    print(f"{len(doubted)} tweets, {sum(s.label == UNKNOWN for _, t in doubted for s in t.spans)} doubtful spans")


if __name__ == "__main__":
    main()
