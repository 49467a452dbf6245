"""The corpora behind the student: who publishes them, how they are read, which part serves what.

All of them lie in one folder, which the caller names; none is part of this repository. README.md
beside this file says where each comes from.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from .spans import Sentence, fold, sentence_of

FOUR_CLASSES = {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "MISC": "MISC"}
WNUT_CLASSES = {
    "person": "PER",
    "corporation": "ORG",
    "group": "ORG",
    "location": "LOC",
    "creative-work": "MISC",
    "product": "MISC",
}
BROAD_TWITTER_TRAINING = ("a", "b", "e", "f", "h")
BROAD_TWITTER_REPORT = "g"  # mainstream news
BROAD_TWITTER_LABELS = ("PER", "ORG", "LOC")  # the corpus has no MISC
WIKIGOLD_REPORT_SHARE = 3  # the last third in file order is kept for the report
WIKINEWS_YEARS = (2019, 2020)
WIKINEWS_TUNING_ARTICLES = 25


def read_conll(path: Path, folding: dict[str, str]) -> list[Sentence]:
    """Reads one token and its tag a line (tab or space between them), a blank line after each sentence."""
    sentences = []
    tokens: list[str] = []
    tags: list[str] = []
    for line in [*path.read_text(encoding="utf-8", errors="replace").split("\n"), ""]:
        columns = line.split("\t") if "\t" in line else line.split()
        if len(columns) < 2 or not columns[0].strip() or columns[0] == "-DOCSTART-":
            if tokens:
                sentences.append(sentence_of(tokens, fold(tags, folding)))
            tokens, tags = [], []
            continue
        tokens.append(columns[0].strip())
        tags.append(columns[-1].strip())
    return sentences


def broad_twitter(folder: Path, section: str) -> list[Sentence]:
    """One section of the Broad Twitter Corpus: PER, ORG and LOC."""
    return read_conll(folder / f"btc-{section}.conll", FOUR_CLASSES)


def wnut(folder: Path, part: str) -> list[Sentence]:
    """WNUT 2017, `train` or `dev`."""
    return read_conll(folder / f"wnut17-{part}.conll", WNUT_CLASSES)


def wikigold(folder: Path) -> tuple[list[Sentence], list[Sentence]]:
    """Wikigold, its first two thirds for training and the last third for the report."""
    sentences = read_conll(folder / "wikigold.conll", FOUR_CLASSES)
    kept = len(sentences) // WIKIGOLD_REPORT_SHARE
    return sentences[:-kept], sentences[-kept:]


def wikinews_articles(folder: Path) -> list[list[str]]:
    """Each Wikinews article as its headline and its sentences, in the order of the files."""
    articles = []
    for year in WIKINEWS_YEARS:
        with (folder / f"wikinews_{year}.csv").open(encoding="utf-8", newline="") as lines:
            articles.extend([row["title"], *sentences_in(row["text"])] for row in csv.DictReader(lines))
    return articles


_SENTENCE_END = re.compile(r"""(?<=[.!?])["'”’)]*\s+(?=["'“‘(]*[A-Z0-9])""")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|Lt|Col|Sgt|No|vs|Jr|Sr|Prof)|\b[A-Z])\.$")


def sentences_in(text: str) -> Iterator[str]:
    """Splits prose into sentences at full stops, not after initials and titles."""
    for paragraph in re.split(r"\n+", text):
        held = ""
        for piece in _SENTENCE_END.split(paragraph):
            held = f"{held} {piece}".strip()
            if held and not _ABBREVIATION.search(held):
                yield held
                held = ""
        if held:
            yield held


def words_of(sentence: str) -> list[str]:
    """Words and punctuation marks as separate tokens, as CoNLL's newswire has them."""
    return re.findall(r"[A-Z](?:\.[A-Z])+\.?|\w+(?:[-'’]\w+)*|[^\w\s]", re.sub(r"['’]s\b", " 's", sentence))
