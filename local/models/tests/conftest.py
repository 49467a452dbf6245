import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.models.tests.object_store import object_store
from local.models.tests.running_server import RunningServer

ROOT = Path(__file__).resolve().parents[3]
BUILT_ARCHIVES = ROOT / ".wirescope" / "models"
BUCKET = "archives"


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archives that set-up built, as objects `<package>.tar.gz`."""
    folder = tmp_path_factory.mktemp("s3") / BUCKET
    folder.mkdir()
    for package in ("shots-transnetv2", "embed-minilm", "rerank-late-interaction"):
        built = sorted((BUILT_ARCHIVES / package).glob("*/model.tar.gz"))
        if not built:
            pytest.fail(f"{package} is not built; run `python -m wirescope_models package` in model-packaging first.")
        shutil.copy(built[-1], folder / f"{package}.tar.gz")
    return folder


@pytest.fixture(scope="session")
def s3(bucket: Path) -> Iterator[str]:
    with object_store(bucket.parent) as url:
        yield url


@pytest.fixture(scope="session")
def server(s3: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The real server with the real TorchServe, all three endpoints deployed."""
    running = RunningServer(tmp_path_factory.mktemp("state"), s3)
    try:
        running.start()
        running.deploy("shots", "shots-transnetv2", "tensorflow-inference:2.20")
        running.deploy("embed", "embed-minilm", "pytorch-inference:2.6")
        running.deploy("rerank", "rerank-late-interaction", "pytorch-inference:2.6")
        yield running
    finally:
        running.stop()
