"""The `embed` endpoint: `{"texts": [...]}` to one unit vector per text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wirescope_serving.encoder import Encoder, TokenSequence
from wirescope_serving.payload import Limits, read_texts


class Embedder:
    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        self._limits = Limits.of(facts)
        self._encoder = Encoder(model_dir, facts)
        self._encoder.truncate()

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """`vectors`: float32 [texts, dimension], in the texts' order; `truncated`: which texts were cut."""
        texts = read_texts(request, "texts", self._limits)
        encodings = self._encoder.tokenizer.encode_batch(texts)
        rows = self._encoder.run([TokenSequence.of(encoding) for encoding in encodings], ["embedding"])
        return {
            "vectors": [vector.tolist() for (vector,) in rows],
            "truncated": [index for index, encoding in enumerate(encodings) if encoding.overflowing],
        }
