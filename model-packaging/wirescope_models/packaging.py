"""Builds packages into `OUT/<package>/<version>/model.tar.gz`, skipping what is already built from the same inputs."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from wirescope_models import weights
from wirescope_models.packages import ModelPackage

CODE_DIR = Path(__file__).resolve().parent
SERVING_DIR = CODE_DIR.parent / "wirescope_serving"


@dataclass(frozen=True)
class BuiltArchive:
    """`is_new` is False where an earlier build was kept."""

    package: ModelPackage
    path: Path
    sha256: str
    size_bytes: int
    is_new: bool


def build_package(
    package: ModelPackage, out_dir: Path, weights_dir: Path, *, format: str | None = None
) -> BuiltArchive:
    """Builds one archive, of the format that ships or of another that formats.py knows. Raises PackagingFailed."""
    format = format or package.format
    folder = out_dir / package.name / package.version
    archive_path = (folder if format == package.format else folder / format) / "model.tar.gz"
    record_path = archive_path.with_name("built.json")
    fingerprint = _fingerprint(package, format)
    kept = _kept_build(record_path, archive_path, fingerprint)
    if kept is not None:
        return BuiltArchive(package, archive_path, kept["sha256"], kept["sizeBytes"], is_new=False)

    from wirescope_models import archive, formats  # onnx and numpy take half a second that a kept build does not need

    files = weights.fetch_weights(package.source, weights_dir)
    archive.write_archive(archive_path, formats.contents_in(format, package, files))
    built = BuiltArchive(
        package, archive_path, weights.sha256_of(archive_path), archive_path.stat().st_size, is_new=True
    )
    record = {"fingerprint": fingerprint, "sha256": built.sha256, "sizeBytes": built.size_bytes}
    record_path.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    return built


def _kept_build(record_path: Path, archive_path: Path, fingerprint: str) -> dict | None:
    try:
        record = json.loads(record_path.read_text("utf-8"))
        is_same = record["fingerprint"] == fingerprint and archive_path.stat().st_size == record["sizeBytes"]
    except (OSError, ValueError, KeyError):
        return None
    return record if is_same else None


def _fingerprint(package: ModelPackage, format: str) -> str:
    """SHA-256 over everything a build reads: the package's folder, the code, the pinned libraries."""
    inputs = [path for path in package.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    inputs += [*CODE_DIR.glob("*.py"), *SERVING_DIR.glob("*.py"), SERVING_DIR / "requirements.txt"]
    inputs.append(CODE_DIR.parent / "requirements.txt")
    digest = hashlib.sha256(format.encode())
    for path in sorted(inputs):
        digest.update(f"{path.relative_to(CODE_DIR.parent)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
