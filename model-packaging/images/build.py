"""`python images/build.py NAME TAG`: builds one image from model-packaging/ with its bases held to their digests.

A base whose digest bases.json does not have yet is refused; `--resolve` asks its registry and writes it down.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

IMAGES_DIR = Path(__file__).resolve().parent
BASES_FILE = IMAGES_DIR / "bases.json"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
RESOLVE_SECONDS = 60

Bases = dict[str, dict[str, str | None]]


class ImageNotBuilt(Exception):
    """The message is one sentence that says what to do."""


def image_names() -> list[str]:
    return sorted(path.parent.name for path in IMAGES_DIR.glob("*/Dockerfile"))


def read_bases() -> Bases:
    return json.loads(BASES_FILE.read_text("utf-8"))


def bases_of(dockerfile: str) -> list[str]:
    """The bases that a Dockerfile asks digests of, by its ARG lines."""
    return [name.lower() for name in re.findall(r"^ARG (\w+)_DIGEST$", dockerfile, re.MULTILINE)]


def build_command(name: str, tag: str, bases: Mapping[str, Mapping[str, str | None]]) -> list[str]:
    """The docker command, to run in model-packaging/. Raises ImageNotBuilt for a base without a digest."""
    dockerfile = IMAGES_DIR / name / "Dockerfile"
    command = ["docker", "build", "--platform", "linux/amd64", "--file", str(dockerfile), "--tag", tag]
    for base in bases_of(dockerfile.read_text("utf-8")):
        digest = bases[base]["digest"]
        if digest is None or not DIGEST.fullmatch(digest):
            raise ImageNotBuilt(
                f"{bases[base]['image']} has no digest yet: where its registry is reachable run "
                "`python images/build.py --resolve`, look at the change to bases.json and commit it."
            )
        command += ["--build-arg", f"{base.upper()}_DIGEST={digest}"]
    return [*command, "."]


def registry_digest(image: str) -> str:
    """What the image's tag points at now. Raises ImageNotBuilt."""
    command = ["docker", "buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=RESOLVE_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as cause:
        raise ImageNotBuilt(f"{image} could not be looked up; docker and its registry must be reachable.") from cause
    digest = answer.stdout.strip()
    if not DIGEST.fullmatch(digest):
        raise ImageNotBuilt(f"The registry answered {digest!r} for {image}, which is no digest.")
    return digest


def resolved(bases: Bases, digest_of: Callable[[str], str]) -> Bases:
    return {name: {**base, "digest": digest_of(str(base["image"]))} for name, base in bases.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=image_names())
    parser.add_argument("tag", nargs="?", help="repository and tag of the image to be")
    parser.add_argument("--resolve", action="store_true", help="write the bases' present digests into bases.json")
    options = parser.parse_args(arguments)
    try:
        if options.resolve:
            found = resolved(read_bases(), registry_digest)
            BASES_FILE.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
            return 0
        if options.name is None or options.tag is None:
            parser.error("name the image and its tag")
        command = build_command(options.name, options.tag, read_bases())
        return subprocess.run(command, cwd=IMAGES_DIR.parent).returncode
    except ImageNotBuilt as failure:
        print(failure, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
