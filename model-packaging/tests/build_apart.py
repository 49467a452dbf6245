"""A package's archive as another process builds it: what differs between processes must not reach the bytes."""

import subprocess
import sys
from pathlib import Path

from wirescope_models.packages import read_packages

PACKAGING = Path(__file__).resolve().parents[1]


def built_apart(name: str, format: str, out: Path, weights_dir: Path) -> bytes:
    """The archive's bytes; strings are hashed by another seed than in this process."""
    (package,) = read_packages([name])
    options = ["--only", name, "--formats", format, "--out", str(out), "--weights", str(weights_dir)]
    subprocess.run(
        [sys.executable, "-m", "wirescope_models", "package", *options], cwd=PACKAGING, check=True, capture_output=True
    )
    (archive,) = out.rglob("model.tar.gz")
    assert archive.is_relative_to(out / name / package.version)
    return archive.read_bytes()
