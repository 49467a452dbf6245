"""A small randomly initialised transformer and, apart from the product's code, what it must compute."""

from math import erf

import numpy as np

WIDTH, HEADS, LAYERS, INNER, POSITIONS = 24, 4, 2, 48, 512

Weights = dict[str, np.ndarray]


def distilbert_weights(vocabulary: int, labels: int, seed: int = 7) -> Weights:
    """A DistilBertForTokenClassification's state dict, under its own names."""
    draw = _Draw(seed)
    weights = {
        "distilbert.embeddings.word_embeddings.weight": draw.matrix(vocabulary, WIDTH),
        "distilbert.embeddings.position_embeddings.weight": draw.matrix(POSITIONS, WIDTH),
        **draw.norm("distilbert.embeddings.LayerNorm"),
    }
    for layer in range(LAYERS):
        key = f"distilbert.transformer.layer.{layer}."
        for part in ("q_lin", "k_lin", "v_lin", "out_lin"):
            weights |= draw.linear(f"{key}attention.{part}", WIDTH, WIDTH)
        weights |= draw.norm(f"{key}sa_layer_norm")
        weights |= draw.linear(f"{key}ffn.lin1", INNER, WIDTH) | draw.linear(f"{key}ffn.lin2", WIDTH, INNER)
        weights |= draw.norm(f"{key}output_layer_norm")
    return weights | draw.linear("classifier", labels, WIDTH)


def bert_weights(vocabulary: int, seed: int = 8) -> Weights:
    """A BertForSequenceClassification's state dict with one label, as cross-encoders are published."""
    draw = _Draw(seed)
    weights = {
        "bert.embeddings.word_embeddings.weight": draw.matrix(vocabulary, WIDTH),
        "bert.embeddings.position_embeddings.weight": draw.matrix(POSITIONS, WIDTH),
        "bert.embeddings.token_type_embeddings.weight": draw.matrix(2, WIDTH),
        **draw.norm("bert.embeddings.LayerNorm"),
    }
    for layer in range(LAYERS):
        key = f"bert.encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            weights |= draw.linear(f"{key}attention.self.{part}", WIDTH, WIDTH)
        weights |= draw.linear(f"{key}attention.output.dense", WIDTH, WIDTH)
        weights |= draw.norm(f"{key}attention.output.LayerNorm")
        weights |= draw.linear(f"{key}intermediate.dense", INNER, WIDTH)
        weights |= draw.linear(f"{key}output.dense", WIDTH, INNER) | draw.norm(f"{key}output.LayerNorm")
    return weights | draw.linear("bert.pooler.dense", WIDTH, WIDTH) | draw.linear("classifier", 1, WIDTH)


def distilbert_logits(weights: Weights, ids: list[int]) -> np.ndarray:
    """float64 [tokens, labels] of one text without padding."""
    values = _double(weights)
    hidden = values["distilbert.embeddings.word_embeddings.weight"][ids]
    hidden = hidden + values["distilbert.embeddings.position_embeddings.weight"][: len(ids)]
    hidden = _norm(values, "distilbert.embeddings.LayerNorm", hidden)
    for layer in range(LAYERS):
        key = f"distilbert.transformer.layer.{layer}."
        query, keys, value = (_linear(values, f"{key}attention.{part}_lin", hidden) for part in "qkv")
        mixed = _linear(values, f"{key}attention.out_lin", _attention(query, keys, value))
        hidden = _norm(values, f"{key}sa_layer_norm", mixed + hidden)
        inner = _gelu(_linear(values, f"{key}ffn.lin1", hidden))
        hidden = _norm(values, f"{key}output_layer_norm", _linear(values, f"{key}ffn.lin2", inner) + hidden)
    return _linear(values, "classifier", hidden)


def cross_encoder_probability(weights: Weights, ids: list[int], type_ids: list[int]) -> float:
    values = _double(weights)
    hidden = values["bert.embeddings.word_embeddings.weight"][ids]
    hidden = hidden + values["bert.embeddings.position_embeddings.weight"][: len(ids)]
    hidden = hidden + values["bert.embeddings.token_type_embeddings.weight"][type_ids]
    hidden = _norm(values, "bert.embeddings.LayerNorm", hidden)
    for layer in range(LAYERS):
        key = f"bert.encoder.layer.{layer}."
        query, keys, value = (_linear(values, f"{key}attention.self.{p}", hidden) for p in ("query", "key", "value"))
        mixed = _linear(values, f"{key}attention.output.dense", _attention(query, keys, value))
        hidden = _norm(values, f"{key}attention.output.LayerNorm", mixed + hidden)
        inner = _gelu(_linear(values, f"{key}intermediate.dense", hidden))
        hidden = _norm(values, f"{key}output.LayerNorm", _linear(values, f"{key}output.dense", inner) + hidden)
    pooled = np.tanh(_linear(values, "bert.pooler.dense", hidden[:1]))
    return float(1 / (1 + np.exp(-_linear(values, "classifier", pooled)[0, 0])))


class _Draw:
    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def matrix(self, *shape: int) -> np.ndarray:
        return self._random.normal(0, 0.4, shape).astype(np.float32)

    def linear(self, key: str, outputs: int, inputs: int) -> Weights:
        return {f"{key}.weight": self.matrix(outputs, inputs), f"{key}.bias": self.matrix(outputs)}

    def norm(self, key: str) -> Weights:
        return {f"{key}.weight": 1 + self.matrix(WIDTH), f"{key}.bias": self.matrix(WIDTH)}


def _double(weights: Weights) -> Weights:
    return {key: value.astype(np.float64) for key, value in weights.items()}


def _linear(values: Weights, key: str, hidden: np.ndarray) -> np.ndarray:
    return hidden @ values[f"{key}.weight"].T + values[f"{key}.bias"]


def _norm(values: Weights, key: str, hidden: np.ndarray) -> np.ndarray:
    centred = hidden - hidden.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * values[f"{key}.weight"] + values[f"{key}.bias"]


def _attention(query: np.ndarray, keys: np.ndarray, value: np.ndarray) -> np.ndarray:
    size = WIDTH // HEADS
    mixed = []
    for head in range(HEADS):
        own = slice(head * size, (head + 1) * size)
        scores = np.exp(query[:, own] @ keys[:, own].T / np.sqrt(size))
        mixed.append(scores / scores.sum(-1, keepdims=True) @ value[:, own])
    return np.concatenate(mixed, -1)


def _gelu(values: np.ndarray) -> np.ndarray:
    return values * 0.5 * (1 + np.vectorize(erf)(values / np.sqrt(2)))
