"""The `rerank` endpoint: `{"query", "documents"}` to one score per document, in the documents' order.

A request may name `words` of its query, as spans of code points. A model that can tell then adds `support`: for each
document how much of each word it holds, from -1 to 1, null for a word that the model did not read. One that reads query
and document as one sequence cannot tell, and leaves it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wirescope_serving.encoder import TokenSequence
from wirescope_serving.endpoint import Endpoint, Job
from wirescope_serving.payload import hold_to, read_spans, read_text, read_texts


class CrossEncoder(Endpoint):
    """Reads query and document as one sequence. Scores are probabilities."""

    outputs = ("score",)
    max_request_characters = 2_000_000

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(model_dir, facts)
        self.encoder.truncate()

    def read(self, request: Mapping[str, Any]) -> Job:
        query = read_text(request, "query", self.limits)
        documents = read_texts(request, "documents", self.limits)
        # The query is read anew for each document.
        hold_to(self.max_request_characters, len(documents) * len(query) + sum(map(len, documents)))
        pairs = self.encoder.tokenizer.encode_batch([(query, document) for document in documents])
        return Job([TokenSequence.of(pair) for pair in pairs], None)

    def write(self, job: Job, rows: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
        return {"scores": [float(1 / (1 + np.exp(-logit))) for (logit,) in rows]}


@dataclass(frozen=True)
class Words:
    """The rows of the query's token vectors that each asked word has; none where the word lies beyond what was read."""

    rows: Sequence[Sequence[int]]

    @classmethod
    def of(cls, spans: Sequence[tuple[int, int]], offsets: Sequence[tuple[int, int]]) -> "Words":
        return cls(
            [
                [row for row, (start, end) in enumerate(offsets) if start < end and start < last and end > first]
                for first, last in spans
            ]
        )


class LateInteraction(Endpoint):
    """MaxSim of token vectors (Khattab and Zaharia, ColBERT, 2020) mixed with the cosine of sentence vectors."""

    outputs = ("embedding", "token_vectors")
    max_request_characters = 2_000_000

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(model_dir, facts)
        self._max_sim_share: float = facts["preprocessing"]["maxSimShare"]
        self.encoder.truncate()

    def read(self, request: Mapping[str, Any]) -> Job:
        query = read_text(request, "query", self.limits)
        documents = read_texts(request, "documents", self.limits)
        hold_to(self.max_request_characters, len(query) + sum(map(len, documents)))
        spans = read_spans(request, "words", len(query), self.limits)
        encodings = self.encoder.tokenizer.encode_batch([query, *documents])
        words = None if spans is None else Words.of(spans, encodings[0].offsets)
        return Job([TokenSequence.of(encoding) for encoding in encodings], words)

    def write(self, job: Job, rows: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
        (query_vector, query_tokens), *document_rows = rows
        nearest = [nearest_tokens(query_tokens, document_tokens) for _, document_tokens in document_rows]
        scores = [
            float(self._max_sim_share * best.mean() + (1 - self._max_sim_share) * (query_vector @ document_vector))
            for best, (document_vector, _) in zip(nearest, document_rows, strict=True)
        ]
        if job.context is None:
            return {"scores": scores}
        return {"scores": scores, "support": [support(best, job.context) for best in nearest]}


def nearest_tokens(query_tokens: np.ndarray, document_tokens: np.ndarray) -> np.ndarray:
    """For each token of the query the best cosine with a token of the document. Rows are unit vectors."""
    return (query_tokens @ document_tokens.T).max(axis=1)


def support(nearest: np.ndarray, words: Words) -> list[float | None]:
    """For each word the mean over its tokens; None for a word that was not read."""
    return [float(nearest[list(rows)].mean()) if rows else None for rows in words.rows]
