"""The student in torch: frozen MiniLM weights, low-rank deltas on every matrix, and a classifier on top."""

from collections.abc import Mapping

import numpy as np
import torch
from torch.nn import functional

from .spans import BIO_LABELS

HEADS = 12
LAYER_NORM_EPSILON = 1e-12
DROPOUT = 0.1
MATRICES = (
    *("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
    *("intermediate.dense", "output.dense"),
)
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")


class Student(torch.nn.Module):
    """A BERT encoder whose trainable part is an adapter.

    For a matrix W [out, in] the layer computes x·Wᵀ + (x·Aᵀ)·Bᵀ with A [rank, in] and B [out, rank]; for a
    bias or a LayerNorm vector, base + delta. B and the deltas start at zero: the first forward is the base's.
    """

    def __init__(self, base: Mapping[str, np.ndarray], rank: int) -> None:
        super().__init__()
        self.base = {key: torch.from_numpy(value) for key, value in base.items() if value.dtype == np.float32}
        self.layers = 1 + max(int(key.split(".")[2]) for key in self.base if key.startswith("encoder.layer."))
        width = self.base["embeddings.LayerNorm.weight"].shape[0]
        self.adapter: dict[str, torch.Tensor] = {}
        for layer in range(self.layers):
            for part in MATRICES:
                self._add_low_rank(f"encoder.layer.{layer}.{part}.weight", rank)
                self._add_delta(f"encoder.layer.{layer}.{part}.bias")
            for part in NORMS:
                self._add_delta(f"encoder.layer.{layer}.{part}.weight")
                self._add_delta(f"encoder.layer.{layer}.{part}.bias")
        self._add("classifier.weight", torch.randn(len(BIO_LABELS), width) * 0.02)
        self._add("classifier.bias", torch.zeros(len(BIO_LABELS)))

    def _add(self, name: str, value: torch.Tensor) -> None:
        parameter = torch.nn.Parameter(value)
        self.register_parameter(name.replace(".", "_"), parameter)
        self.adapter[name] = parameter

    def _add_low_rank(self, key: str, rank: int) -> None:
        rows, columns = self.base[key].shape
        self._add(f"{key}.a", torch.randn(rank, columns) / columns**0.5)
        self._add(f"{key}.b", torch.zeros(rows, rank))

    def _add_delta(self, key: str) -> None:
        self._add(f"{key}.delta", torch.zeros_like(self.base[key]))

    def _vector(self, key: str) -> torch.Tensor:
        return self.base[key] + self.adapter[f"{key}.delta"]

    def _linear(self, x: torch.Tensor, part: str) -> torch.Tensor:
        weight = f"{part}.weight"
        straight = functional.linear(x, self.base[weight], self._vector(f"{part}.bias"))
        return straight + (x @ self.adapter[f"{weight}.a"].T) @ self.adapter[f"{weight}.b"].T

    def _norm(self, x: torch.Tensor, part: str) -> torch.Tensor:
        scale, shift = self._vector(f"{part}.weight"), self._vector(f"{part}.bias")
        return functional.layer_norm(x, scale.shape, scale, shift, LAYER_NORM_EPSILON)

    def _drop(self, x: torch.Tensor) -> torch.Tensor:
        return functional.dropout(x, DROPOUT, self.training)

    def _embed(self, ids: torch.Tensor) -> torch.Tensor:
        part = "embeddings."
        x = self.base[part + "word_embeddings.weight"][ids]
        x = x + self.base[part + "token_type_embeddings.weight"][0]
        x = x + self.base[part + "position_embeddings.weight"][: ids.shape[1]]
        scale, shift = self.base[part + "LayerNorm.weight"], self.base[part + "LayerNorm.bias"]
        return self._drop(functional.layer_norm(x, scale.shape, scale, shift, LAYER_NORM_EPSILON))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits [B, S, L] of token ids [B, S]; `mask` [B, S] is true for a token, false for padding."""
        x = self._embed(ids)
        attended = mask[:, None, None, :]

        def split(value: torch.Tensor) -> torch.Tensor:
            return value.unflatten(-1, (HEADS, -1)).transpose(1, 2)

        for layer in range(self.layers):
            part = f"encoder.layer.{layer}."
            query, key, value = (split(self._linear(x, f"{part}attention.self.{n}")) for n in ("query", "key", "value"))
            context = functional.scaled_dot_product_attention(query, key, value, attn_mask=attended)
            context = self._linear(context.transpose(1, 2).flatten(2), part + "attention.output.dense")
            x = self._norm(self._drop(context) + x, part + "attention.output.LayerNorm")
            inner = functional.gelu(self._linear(x, part + "intermediate.dense"))
            x = self._norm(self._drop(self._linear(inner, part + "output.dense")) + x, part + "output.LayerNorm")
        return functional.linear(self._drop(x), self.adapter["classifier.weight"], self.adapter["classifier.bias"])

    def adapter_arrays(self) -> dict[str, np.ndarray]:
        """The trained part as float16, under the names that wirescope_models.adapter reads."""
        return {name: value.detach().numpy().astype(np.float16) for name, value in self.adapter.items()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Takes over an adapter of the same rank, as `adapter_arrays` gave it."""
        with torch.no_grad():
            for name, value in self.adapter.items():
                value.copy_(torch.from_numpy(arrays[name].astype(np.float32)))
