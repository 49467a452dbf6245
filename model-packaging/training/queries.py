"""Newsroom queries written by hand with their spans: queries.jsonl for the report, queries-tuning.jsonl for tuning."""

import json
from pathlib import Path

from .spans import Sentence, Span

REPORT_QUERIES = Path(__file__).with_name("queries.jsonl")
TUNING_QUERIES = Path(__file__).with_name("queries-tuning.jsonl")


def read_queries(path: Path = REPORT_QUERIES) -> list[Sentence]:
    """Lower-case queries with their gold spans."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Sentence(row["text"], tuple(Span(*span) for span in row["spans"])) for row in rows]
