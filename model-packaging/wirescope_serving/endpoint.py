"""What the endpoints have in common: requests are read one by one, and run together."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from wirescope_serving.encoder import Encoder, TokenSequence
from wirescope_serving.payload import Limits


@dataclass(frozen=True)
class Job:
    """One request that was read: rows for the graph, and what its endpoint needs to make the answer of theirs."""

    sequences: Sequence[TokenSequence]
    context: Any

    @property
    def tokens(self) -> int:
        return sum(len(sequence) for sequence in self.sequences)


class Endpoint(ABC):
    """An unpacked archive that answers. `read` and `run` may be called from several threads at once."""

    outputs: ClassVar[Sequence[str]]
    """The graph's outputs that an answer is made of."""
    max_request_characters: ClassVar[int]
    """Of all that is tokenised for one request: what would take longer than a caller waits is not begun."""
    encoder_type: ClassVar[type[Encoder]] = Encoder
    """What reads and runs the graph; a measure puts another one in its place."""

    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None:
        self.limits = Limits.of(facts)
        self.encoder = self.encoder_type(model_dir, facts)

    @property
    def shares_runs(self) -> bool:
        """Whether requests that run together are answered sooner than one after the other."""
        return self.encoder.shares_runs

    @abstractmethod
    def read(self, request: Mapping[str, Any]) -> Job:
        """Raises RequestRefused."""

    @abstractmethod
    def write(self, job: Job, rows: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
        """The answer, of the rows that the graph gave for the job's sequences."""

    def run(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """The jobs' answers in their order. Rows of like length share a run, whichever request they came with."""
        rows = iter(self.encoder.run([sequence for job in jobs for sequence in job.sequences], self.outputs))
        return [self.write(job, [next(rows) for _ in job.sequences]) for job in jobs]

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Raises RequestRefused."""
        return self.run([self.read(request)])[0]
