"""An archive's folder, its facts, and its code."""

import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wirescope_serving.endpoint import Endpoint


class ArchiveDoesNotLoad(Exception):
    """The folder holds no model, or more than one."""


@dataclass(frozen=True)
class LoadedArchive:
    """`endpoint` and `refusal` are the archive's own classes, not those that lie beside this module."""

    folder: Path
    facts: Mapping[str, Any]
    endpoint: "Endpoint"
    refusal: type[Exception]

    def read_object(self, body: bytes) -> Mapping[str, Any]:
        """The request's JSON object. Raises the archive's `refusal`."""
        return importlib.import_module("wirescope_serving.payload").read_object(body, self.endpoint.limits)


def find_model_folder(unpacked: Path) -> Path:
    """The folder that holds the archive's model.json. Raises ArchiveDoesNotLoad."""
    found = sorted(unpacked.glob("**/model.json"))
    if len(found) != 1:
        raise ArchiveDoesNotLoad(f"{unpacked} must hold one model.json, but holds {len(found)}.")
    return found[0].parent


def load_archive(unpacked: Path) -> LoadedArchive:
    """Loads the graph and the tokenizer. One archive a process: its code comes first on the path.

    Raises ArchiveDoesNotLoad.
    """
    folder = find_model_folder(unpacked)
    facts = json.loads((folder / "model.json").read_text("utf-8"))
    sys.path.insert(0, str(folder))
    handler = importlib.import_module("handler").Handler
    refusal = importlib.import_module("wirescope_serving.refusal").RequestRefused
    return LoadedArchive(folder, facts, handler.endpoint(folder, facts), refusal)
