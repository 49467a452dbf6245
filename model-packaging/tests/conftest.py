import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from wirescope_models.cli import STATE_DIR
from wirescope_models.packages import read_packages
from wirescope_models.packaging import build_package

os.environ["HF_HUB_OFFLINE"] = "1"  # no test reaches further than this machine


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Unpacks the archive that ships, built first where set-up has not done so, and returns the model's folder."""
    folders: dict[str, Path] = {}

    def unpack(name: str) -> Path:
        if name not in folders:
            (package,) = read_packages([name])
            built = build_package(package, STATE_DIR / "models", STATE_DIR / "weights")
            folder = tmp_path_factory.mktemp(name)
            with tarfile.open(built.path) as archive:
                archive.extractall(folder, filter="data")
            folders[name] = folder / name if (folder / name).is_dir() else folder
        return folders[name]

    return unpack


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    return STATE_DIR / "weights"
