"""The `rerank` endpoint: `{"query", "documents"}` to one score per document, in the documents' order."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wirescope_serving.encoder import TokenSequence
from wirescope_serving.endpoint import Endpoint, Job
from wirescope_serving.payload import read_text, read_texts


class CrossEncoder(Endpoint):
    """Reads query and document as one sequence. Scores are probabilities."""

    outputs = ("score",)

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(model_dir, facts)
        self.encoder.truncate()

    def read(self, request: Mapping[str, Any]) -> Job:
        query = read_text(request, "query", self.limits)
        documents = read_texts(request, "documents", self.limits)
        pairs = self.encoder.tokenizer.encode_batch([(query, document) for document in documents])
        return Job([TokenSequence.of(pair) for pair in pairs], None)

    def write(self, job: Job, rows: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
        return {"scores": [float(1 / (1 + np.exp(-logit))) for (logit,) in rows]}


class LateInteraction(Endpoint):
    """MaxSim of token vectors (Khattab and Zaharia, ColBERT, 2020) mixed with the cosine of sentence vectors."""

    outputs = ("embedding", "token_vectors")

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(model_dir, facts)
        self._max_sim_share: float = facts["preprocessing"]["maxSimShare"]
        self.encoder.truncate()

    def read(self, request: Mapping[str, Any]) -> Job:
        query = read_text(request, "query", self.limits)
        documents = read_texts(request, "documents", self.limits)
        encodings = self.encoder.tokenizer.encode_batch([query, *documents])
        return Job([TokenSequence.of(encoding) for encoding in encodings], None)

    def write(self, job: Job, rows: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
        (query_vector, query_tokens), *document_rows = rows
        return {
            "scores": [
                float(
                    self._max_sim_share * max_sim(query_tokens, document_tokens)
                    + (1 - self._max_sim_share) * (query_vector @ document_vector)
                )
                for document_vector, document_tokens in document_rows
            ]
        }


def max_sim(query_tokens: np.ndarray, document_tokens: np.ndarray) -> float:
    """Mean over the query's tokens of the best cosine with a token of the document. Rows are unit vectors."""
    return float((query_tokens @ document_tokens.T).max(axis=1).mean())
