"""The text endpoints as eager PyTorch would serve them, in the shape of a model archive.

With `padTo` every text is padded and cut to that many tokens, as TorchServe's published Hugging Face example does
(examples/Huggingface_Transformers: max_length 150, pad_to_max_length); without it each text has its own length.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertForTokenClassification, BertModel
from wirescope_serving import torchserve_handler
from wirescope_serving.embed import Embedder
from wirescope_serving.encoder import TokenSequence
from wirescope_serving.entities import EntityTagger

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

LAYERS, WIDTH, INNER, HEADS, VOCABULARY = 6, 384, 1536, 12, 30522
"""all-MiniLM-L6-v2's config.json."""


class EagerEncoder:
    """What wirescope_serving.encoder.Encoder is, over Hugging Face's own modules."""

    shares_runs = True

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        self.max_tokens: int = facts["limits"]["maxTokens"]
        self._pad_to: int | None = facts["padTo"]
        self.tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        labels = len(facts.get("labels", []))
        config = BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=INNER,
            num_labels=max(labels, 1),
        )
        weights = load_file(model_dir / "weights.safetensors")
        if labels:
            self._model = BertForTokenClassification(config)
            weights = {n if n.startswith("classifier") else f"bert.{n}": value for n, value in weights.items()}
        else:
            self._model = BertModel(config, add_pooling_layer=False)
        missing = self._model.load_state_dict(weights, strict=False).missing_keys
        if missing:
            raise ValueError(f"The weights lack {missing}.")
        self._model.eval()

    def truncate(self) -> None:
        self.tokenizer.enable_truncation(self.max_tokens)

    @torch.inference_mode()
    def run(self, sequences: Sequence[TokenSequence], outputs: Sequence[str]) -> list[list[np.ndarray]]:
        return [[self._row(sequence.ids, output) for output in outputs] for sequence in sequences]

    def _row(self, ids: Sequence[int], output: str) -> np.ndarray:
        width = self._pad_to or len(ids)
        input_ids = torch.zeros((1, width), dtype=torch.long)
        input_ids[0, : len(ids)] = torch.tensor(ids)
        mask = torch.zeros((1, width), dtype=torch.long)
        mask[0, : len(ids)] = 1
        answer = self._model(input_ids=input_ids, attention_mask=mask)
        if output == "logits":
            return answer.logits[0, : len(ids)].numpy()
        weight = mask.unsqueeze(-1).float()
        mean = (answer.last_hidden_state * weight).sum(1) / weight.sum(1)
        return torch.nn.functional.normalize(mean, dim=1)[0].numpy()


class EagerEmbedder(Embedder):
    encoder_type = EagerEncoder


class EagerEntityTagger(EntityTagger):
    encoder_type = EagerEncoder


class Handler(torchserve_handler.JsonHandler):
    @staticmethod
    def endpoint(model_dir: Path, facts: Mapping[str, Any]) -> Embedder | EntityTagger:
        return (EagerEntityTagger if facts["endpoint"] == "entities" else EagerEmbedder)(model_dir, facts)
