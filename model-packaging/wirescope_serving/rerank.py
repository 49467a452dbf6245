"""The `rerank` endpoint: `{"query", "documents"}` to one score per document, in the documents' order."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from wirescope_serving.encoder import Encoder, TokenSequence
from wirescope_serving.payload import Limits, read_text, read_texts


class CrossEncoder:
    """Reads query and document as one sequence. Scores are probabilities."""

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        self._limits = Limits.of(facts)
        self._encoder = Encoder(model_dir, facts)
        self._encoder.truncate()

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        query = read_text(request, "query", self._limits)
        documents = read_texts(request, "documents", self._limits)
        pairs = self._encoder.tokenizer.encode_batch([(query, document) for document in documents])
        rows = self._encoder.run([TokenSequence.of(pair) for pair in pairs], ["score"])
        return {"scores": [float(1 / (1 + np.exp(-logit))) for (logit,) in rows]}


class LateInteraction:
    """MaxSim of token vectors (Khattab and Zaharia, ColBERT, 2020) mixed with the cosine of sentence vectors."""

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        self._limits = Limits.of(facts)
        self._max_sim_share: float = facts["preprocessing"]["maxSimShare"]
        self._encoder = Encoder(model_dir, facts)
        self._encoder.truncate()

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        query = read_text(request, "query", self._limits)
        documents = read_texts(request, "documents", self._limits)
        encodings = self._encoder.tokenizer.encode_batch([query, *documents])
        rows = self._encoder.run([TokenSequence.of(encoding) for encoding in encodings], ["embedding", "token_vectors"])
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
