"""Pinning a hub model, and building from what was pinned: by huggingface_hub itself, from a hub on loopback."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import small_bert
from hub_archive import WORDS, random_weights
from local_hub import local_hub
from safetensors.numpy import save

from wirescope_models.packages import read_packages

NAME = "entities-distilbert"
COMMIT = "c" * 40
STEPS = """
import sys
from pathlib import Path
from wirescope_models.builders import build_contents
from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import read_packages
from wirescope_models.pinning import pin_package
from wirescope_models.weights import fetch_weights

step, models, weights = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
(package,) = read_packages(["entities-distilbert"], models)
try:
    if step == "pin":
        print(pin_package(package, "main"))
    else:
        print(sorted(build_contents(package, fetch_weights(package.source, weights))))
except PackagingFailed as failure:
    sys.exit(str(failure))
"""


@pytest.fixture
def published() -> dict[str, bytes]:
    (package,) = read_packages([NAME])
    return {"model.safetensors": save(random_weights(package)), "vocab.txt": "\n".join([*WORDS, ""]).encode()}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of packages with this one alone, for a model as small as the tests' own."""
    (package,) = read_packages([NAME])
    folder = tmp_path / "models"
    shutil.copytree(package.folder, folder / NAME)
    file = folder / NAME / "model.json"
    facts = json.loads(file.read_text("utf-8"))
    facts["preprocessing"]["attentionHeads"] = small_bert.HEADS
    file.write_text(json.dumps(facts), "utf-8")
    return folder


def run(step: str, hub: str, models: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own: huggingface_hub reads its address once."""
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    environment |= {"HF_ENDPOINT": hub, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(models.parent / "hub-home")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", STEPS, step, models, models.parent / "weights"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_pin_writes_down_the_commit_and_what_each_file_was_and_the_package_is_built_from_that(published, models):

    with local_hub(read_packages([NAME])[0].source.package, COMMIT, published) as hub:
        pinned = run("pin", hub, models)
        assert (pinned.returncode, pinned.stderr) == (0, "") and COMMIT in pinned.stdout
        source = read_packages([NAME], models)[0].facts["source"]
        assert source["revision"] == COMMIT
        assert source["files"] == [
            {"file": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in published.items()
        ]
        built = run("build", hub, models)
        assert built.returncode == 0, built.stderr
        assert f"{NAME}/model.onnx" in built.stdout


def test_a_file_that_changed_at_the_hub_since_it_was_pinned_is_not_built_from(published, models):
    repository = read_packages([NAME])[0].source.package
    with local_hub(repository, COMMIT, published) as hub:
        assert run("pin", hub, models).returncode == 0
    changed = {**published, "vocab.txt": published["vocab.txt"] + b"more\n"}
    with local_hub(repository, COMMIT, changed) as hub:
        refused = run("build", hub, models)
    assert refused.returncode == 1
    assert "vocab.txt" in refused.stderr and "has SHA-256" in refused.stderr


def test_a_repository_without_the_weights_is_not_pinned(published, models):
    before = (models / NAME / "model.json").read_text("utf-8")
    with local_hub(read_packages([NAME])[0].source.package, COMMIT, {"vocab.txt": published["vocab.txt"]}) as hub:
        refused = run("pin", hub, models)
    assert refused.returncode == 1
    assert "holds none of model.safetensors, pytorch_model.bin" in refused.stderr
    assert (models / NAME / "model.json").read_text("utf-8") == before
