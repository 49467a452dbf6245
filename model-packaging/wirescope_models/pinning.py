"""Pins a hub model: resolves a branch to its commit, downloads the files once and writes down what they were."""

import json
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import ModelPackage, Source
from wirescope_models.weights import download_from_hub, sha256_of


def pin_package(package: ModelPackage, revision: str) -> str:
    """Rewrites the package's model.json and returns a sentence about it. Raises PackagingFailed."""
    if package.source.kind != "hub":
        raise PackagingFailed(f"{package.name} does not come from the model hub; its version is its pin.")
    facts = json.loads((package.folder / "model.json").read_text("utf-8"))
    commit, present = _repository_at(package.source.package, revision)
    for file in facts["source"]["files"]:
        file["file"] = _present(package, [file["file"], *file.pop("alternatives", [])], present)
    facts["source"]["revision"] = commit
    pinned = Source.of(facts)
    with tempfile.TemporaryDirectory() as folder:
        download_from_hub(pinned, Path(folder))
        for file in facts["source"]["files"]:
            file["sha256"] = sha256_of(Path(folder) / file["file"])
    (package.folder / "model.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return f"{package.name} is pinned to {pinned.package} at {commit}; review model.json and commit it."


def _present(package: ModelPackage, candidates: Sequence[str], present: Collection[str]) -> str:
    for candidate in candidates:
        if candidate in present:
            return candidate
    raise PackagingFailed(f"{package.source.package} holds none of {', '.join(candidates)}.")


def _repository_at(repository: str, revision: str) -> tuple[str, set[str]]:
    """The commit that a revision means, and the names of its files. Raises PackagingFailed."""
    from huggingface_hub import HfApi

    try:
        found = HfApi().model_info(repository, revision=revision, timeout=10)
    except Exception as cause:  # huggingface_hub raises whatever its HTTP client of the day raises
        raise PackagingFailed(
            f"The model hub did not answer for {repository}, so it cannot be pinned from this machine."
        ) from cause
    if found.sha is None:
        raise PackagingFailed(f"The model hub gave no commit for {repository} at {revision}.")
    return found.sha, {sibling.rfilename for sibling in found.siblings or []}
