"""Pins a hub model: resolves a branch to its commit, downloads the files once and writes down what they were."""

import json
import tempfile
from pathlib import Path

from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import ModelPackage, Source
from wirescope_models.weights import download_from_hub, sha256_of


def pin_package(package: ModelPackage, revision: str) -> str:
    """Rewrites the package's model.json and returns a sentence about it. Raises PackagingFailed."""
    if package.source.kind != "hub":
        raise PackagingFailed(f"{package.name} does not come from the model hub; its version is its pin.")
    source = package.source
    commit = _commit_of(source.package, revision)
    pinned = Source(source.kind, source.package, commit, source.files)
    facts = json.loads((package.folder / "model.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        download_from_hub(pinned, Path(folder))
        for file in facts["source"]["files"]:
            file["sha256"] = sha256_of(Path(folder) / file["file"])
    facts["source"]["revision"] = commit
    (package.folder / "model.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return f"{package.name} is pinned to {source.package} at {commit}; review model.json and commit it."


def _commit_of(repository: str, revision: str) -> str:
    from huggingface_hub import HfApi

    try:
        commit = HfApi().model_info(repository, revision=revision, timeout=10).sha
    except Exception as cause:  # huggingface_hub raises whatever its HTTP client of the day raises
        raise PackagingFailed(
            f"The model hub did not answer for {repository}, so it cannot be pinned from this machine."
        ) from cause
    if commit is None:
        raise PackagingFailed(f"The model hub gave no commit for {repository} at {revision}.")
    return commit
