"""The Dockerfiles, which nothing here can build: linted, pinned, unprivileged, and complete."""

import importlib.metadata
import importlib.util
import subprocess
import sysconfig
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

IMAGES = Path(__file__).resolve().parents[1] / "images"
LIVE_SERVICE = IMAGES.parents[1] / "lambdas" / "live" / "Dockerfile"
SERVING_REQUIREMENTS = IMAGES.parent / "wirescope_serving" / "requirements.txt"
ROOTS = {"torchserve": ["torchserve"], "onnx-server": ["fastapi", "uvicorn", "httptools", "uvloop"]}
DIGEST = "sha256:" + "0" * 64


def load_build():
    spec = importlib.util.spec_from_file_location("build_images", IMAGES / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_build()
every_image = pytest.mark.parametrize("name", build.image_names())


def instructions(name: str) -> list[str]:
    lines = (IMAGES / name / "Dockerfile").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_there_is_an_image_for_each_server_of_text_models():
    assert build.image_names() == sorted(ROOTS)


DOCKERFILES = [*(IMAGES / name / "Dockerfile" for name in build.image_names()), LIVE_SERVICE]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_hadolint_has_nothing_to_say(dockerfile: Path):
    linter = Path(sysconfig.get_path("scripts")) / "hadolint"
    finished = subprocess.run([linter, dockerfile], capture_output=True, text=True, timeout=60)
    assert (finished.returncode, finished.stdout) == (0, "")


@every_image
def test_every_base_is_held_to_a_digest_that_has_no_default(name: str):
    lines = instructions(name)
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    known = {base["image"] for base in build.read_bases().values()}
    assert bases and all(base.partition("@")[0] in known and base.endswith("_DIGEST}") for base in bases)
    assert not [line for line in lines if line.startswith("ARG ") and "=" in line]


def test_every_base_has_its_digest():
    assert all(build.DIGEST.fullmatch(str(base["digest"])) for base in build.read_bases().values())


@every_image
def test_the_server_does_not_run_as_root(name: str):
    lines = instructions(name)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001:10001"]
    assert lines.index(f"USER {users[0]}") < next(n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT"))


@every_image
def test_what_a_dockerfile_copies_is_there(name: str):
    copied = [line.split()[1] for line in instructions(name) if line.startswith("COPY ") and "--from" not in line]
    assert copied and all((IMAGES.parent / path).exists() for path in copied)


@every_image
def test_an_image_installs_all_that_is_imported_in_the_versions_that_are_tested(name: str):
    archive_needs = [Requirement(line).name for line in SERVING_REQUIREMENTS.read_text().split()]
    lines = (IMAGES / name / "requirements.txt").read_text("utf-8").splitlines()
    installed = {canonicalize_name(pin): version for pin, _, version in (each.partition("==") for each in lines[1:])}
    assert installed == closure([*archive_needs, *ROOTS[name]])


def closure(names: list[str]) -> dict[str, str]:
    """These packages and all that they need, each with the version installed here."""
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found[name] = importlib.metadata.version(name)
        needs = [Requirement(line) for line in importlib.metadata.requires(name) or []]
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


@every_image
def test_an_image_whose_bases_are_not_resolved_is_not_built(name: str):
    unresolved = {base: {**facts, "digest": None} for base, facts in build.read_bases().items()}
    with pytest.raises(build.ImageNotBuilt, match="has no digest yet"):
        build.build_command(name, "repository:tag", unresolved)


@every_image
def test_the_build_passes_each_bases_digest(name: str):
    command = build.build_command(name, "repository:tag", build.resolved(build.read_bases(), lambda _: DIGEST))
    given = {part.partition("=")[0] for part in command if part.endswith(DIGEST)}
    asked = {line.split()[1] for line in instructions(name) if line.startswith("ARG ")}
    assert given == asked
