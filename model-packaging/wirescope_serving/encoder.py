"""A tokenizer and an ONNX graph: texts in, arrays out, in the texts' order."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

MAX_TOKENS_PER_RUN = 1024
"""Padded tokens of one graph run. On a CPU tokens per second are flat over batch sizes, so a larger run buys no
speed and costs memory: 4 texts of 256 tokens need 12 MB of attention scores a layer."""

MIXES_ROWS = "wirescope.mixes_rows"
"""In an ONNX graph's metadata where it finds the range of its activations over all rows of a run."""

PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")

RUN_COST_TOKENS = 4
"""What a run costs beside its tokens, in tokens: below it padding a row is cheaper than another run."""


@dataclass(frozen=True)
class TokenSequence:
    """One input row of the graph; the three lists are equally long."""

    ids: Sequence[int]
    type_ids: Sequence[int]

    @classmethod
    def of(cls, encoding: Encoding) -> "TokenSequence":
        return cls(encoding.ids, encoding.type_ids)

    def __len__(self) -> int:
        return len(self.ids)


def buckets(lengths: Sequence[int], max_tokens: int = MAX_TOKENS_PER_RUN) -> list[list[int]]:
    """Groups row numbers by similar length, so that a short text is not padded to a long one's length.

    Every group's row count times its longest row is at most `max_tokens`, except that a row always fits alone. Of all
    groupings of the sorted rows this is the one with the fewest processed tokens, a run counted as RUN_COST_TOKENS.
    """
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], index))
    costs, starts = [0], [0]
    for end in range(1, len(order) + 1):
        longest = lengths[order[end - 1]]
        first = min(end - 1, max(0, end - max_tokens // max(longest, 1)))
        options = [(costs[start] + RUN_COST_TOKENS + (end - start) * longest, start) for start in range(first, end)]
        cost, start = min(options)
        costs.append(cost)
        starts.append(start)
    groups, end = [], len(order)
    while end > 0:
        groups.append(order[starts[end] : end])
        end = starts[end]
    return groups[::-1]


def alone(lengths: Sequence[int]) -> list[list[int]]:
    """A group for each row."""
    return [[row] for row in range(len(lengths))]


class Graph(Protocol):
    """A loaded model: named arrays in, the named outputs' arrays out."""

    inputs: Set[str]
    mixes_rows: bool
    """A row's numbers depend on those of the rows it shares a run with."""

    def run(self, outputs: Sequence[str], feed: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]: ...


class OnnxGraph:
    """One thread a run: servers scale by runs. A GPU is used where the runtime has one."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        present = onnxruntime.get_available_providers()
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=[provider for provider in PROVIDERS if provider in present]
        )
        self.inputs = {graph_input.name for graph_input in self._session.get_inputs()}
        self.mixes_rows = MIXES_ROWS in self._session.get_modelmeta().custom_metadata_map

    def run(self, outputs: Sequence[str], feed: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        return self._session.run(list(outputs), dict(feed))


class TorchScriptGraph:
    """A scripted encoder, which gives its outputs in the order that the archive's code names them in; it needs PyTorch,
    which our images leave out."""

    mixes_rows = False

    def __init__(self, file: Path) -> None:
        import torch

        torch.set_num_threads(1)
        self._torch = torch
        self._module = torch.jit.load(str(file)).eval()
        self._order = ["input_ids", "attention_mask", *(["token_type_ids"] if self._module.reads_pairs else [])]
        self.inputs = frozenset(self._order)

    def run(self, outputs: Sequence[str], feed: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        with self._torch.inference_mode():
            arrays = [array.numpy() for array in self._module(*(self._torch.from_numpy(feed[i]) for i in self._order))]
        if len(arrays) != len(outputs):
            raise ValueError(f"The scripted encoder has {len(arrays)} outputs, but {len(outputs)} are asked for.")
        return arrays


def load_graph(model_dir: Path) -> Graph:
    """The archive's model.onnx, or its model.pt where it was built as TorchScript."""
    scripted = model_dir / "model.pt"
    return TorchScriptGraph(scripted) if scripted.exists() else OnnxGraph(model_dir / "model.onnx")


def open_tokenizer(file: Path) -> Tokenizer:
    """For what people write: nothing is padded or cut, and `[SEP]` in a text is three pieces, not the token."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True
    return tokenizer


class Encoder:
    """The tokenizer and the graph of an unpacked archive."""

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        self.max_tokens: int = facts["limits"]["maxTokens"]
        self.tokenizer = open_tokenizer(model_dir / facts["preprocessing"]["tokenizer"])
        self.graph = load_graph(model_dir)

    def truncate(self, max_tokens: int | None = None) -> None:
        """Lets the tokenizer cut every text at `max_tokens`, special tokens included."""
        self.tokenizer.enable_truncation(max_tokens or self.max_tokens)

    @property
    def shares_runs(self) -> bool:
        """Whether rows may share a run: each is answered as it is alone, whatever it came with."""
        return not self.graph.mixes_rows

    def groups(self, lengths: Sequence[int]) -> list[list[int]]:
        """Which rows of such lengths in tokens share a run."""
        return buckets(lengths) if self.shares_runs else alone(lengths)

    def run(self, sequences: Sequence[TokenSequence], outputs: Sequence[str]) -> list[list[np.ndarray]]:
        """For each sequence the named outputs' rows; per-token outputs are cut to the sequence's own length."""
        results: list[list[np.ndarray]] = [[] for _ in sequences]
        for group in self.groups([len(sequence) for sequence in sequences]):
            arrays = self.graph.run(list(outputs), self._feed([sequences[row] for row in group]))
            width = max(len(sequences[row]) for row in group)
            for position, row in enumerate(group):
                for array in arrays:
                    value = array[position]
                    is_per_token = value.ndim == 2 and value.shape[0] == width
                    results[row].append(value[: len(sequences[row])] if is_per_token else value)
        return results

    def _feed(self, sequences: Sequence[TokenSequence]) -> dict[str, np.ndarray]:
        shape = (len(sequences), max(len(sequence) for sequence in sequences))
        feed = {name: np.zeros(shape, np.int64) for name in self.graph.inputs}
        for row, sequence in enumerate(sequences):
            feed["input_ids"][row, : len(sequence)] = sequence.ids
            feed["attention_mask"][row, : len(sequence)] = 1
            if "token_type_ids" in feed:
                feed["token_type_ids"][row, : len(sequence)] = sequence.type_ids
        return feed
