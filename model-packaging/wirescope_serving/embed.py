"""The `embed` endpoint: `{"texts": [...]}` to one unit vector per text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wirescope_serving.encoder import TokenSequence
from wirescope_serving.endpoint import Endpoint, Job
from wirescope_serving.payload import hold_to, read_texts


class Embedder(Endpoint):
    """Answers `vectors`: float32 [texts, dimension], in the texts' order; `truncated`: which texts were cut."""

    outputs = ("embedding",)
    max_request_characters = 1_000_000

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(model_dir, facts)
        self.encoder.truncate()

    def read(self, request: Mapping[str, Any]) -> Job:
        texts = read_texts(request, "texts", self.limits)
        hold_to(self.max_request_characters, sum(map(len, texts)))
        encodings = self.encoder.tokenizer.encode_batch(texts)
        truncated = [index for index, encoding in enumerate(encodings) if encoding.overflowing]
        return Job([TokenSequence.of(encoding) for encoding in encodings], truncated)

    def write(self, job: Job, rows: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
        return {"vectors": [vector.tolist() for (vector,) in rows], "truncated": job.context}
