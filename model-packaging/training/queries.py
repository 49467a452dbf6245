"""Newsroom queries written by hand for the report, in queries.jsonl beside this file."""

import json
from pathlib import Path

from .spans import Sentence, Span

QUERIES = Path(__file__).with_name("queries.jsonl")


def read_queries(path: Path = QUERIES) -> list[Sentence]:
    """The hand-written newsroom queries with their gold spans."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Sentence(row["text"], tuple(Span(*span) for span in row["spans"])) for row in rows]
