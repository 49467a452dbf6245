"""What an operator sets, by environment variables that SageMaker's and our own containers carry."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "WIRESCOPE_SERVER_"


class InvalidSettings(ValueError):
    """A setting is not a number within its range."""


@dataclass(frozen=True)
class Settings:
    """`threads` answer at once; `max_waiting` more requests may wait, each `timeout_seconds` at most."""

    model_dir: Path
    threads: int
    max_waiting: int
    timeout_seconds: float

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises InvalidSettings."""
        cores = len(os.sched_getaffinity(0))
        return cls(
            model_dir=Path(environment.get(f"{PREFIX}MODEL_DIR", "/opt/ml/model")),
            threads=_whole(environment, "THREADS", cores, 1, 256),
            max_waiting=_whole(environment, "MAX_WAITING", 100, 0, 10_000),
            timeout_seconds=_whole(environment, "TIMEOUT_SECONDS", 60, 1, 3600),
        )


def _whole(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    written = environment.get(f"{PREFIX}{name}", str(default))
    if not written.isdecimal() or not least <= int(written) <= most:
        raise InvalidSettings(f"{PREFIX}{name} must be a whole number from {least} to {most}, not {written!r}.")
    return int(written)
