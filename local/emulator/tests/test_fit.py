"""A patch that no longer fits says so in one sentence, before the emulator starts."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from local.emulator.fit import PINNED_VERSION, Fit, PatchDoesNotFit
from local.emulator.settings import read_settings
from local.emulator.tests.conftest import REPOSITORY


def test_a_missing_private_name_names_patch_name_and_pinned_version():
    module = types.ModuleType("ministack.services.sqs")
    with pytest.raises(
        PatchDoesNotFit, match=rf"The patch 'queue move' needs ministack\.services\.sqs\._queues.*{PINNED_VERSION}"
    ):
        Fit("queue move").needs(module, "_queues")


def test_the_requirements_pin_the_version_the_patches_were_written_for():
    requirements = (REPOSITORY / "local" / "requirements.txt").read_text().splitlines()
    assert f"ministack=={PINNED_VERSION}" in requirements


def test_a_setting_that_is_no_number_is_refused_by_name():
    with pytest.raises(ValueError, match="GATEWAY_PORT must be a number above zero, not 'abc'"):
        read_settings({"GATEWAY_PORT": "abc"})


def test_another_node_on_the_path_is_refused_with_what_to_do(tmp_path: Path):
    other = tmp_path / "node"
    other.write_text("#!/bin/sh\necho v20.1.0\n")
    other.chmod(0o755)
    command = [sys.executable, "-m", "local.emulator.launcher"]
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    refused = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert f"The first node on PATH, {other}, is v20.1.0. Lambdas need Node 24" in refused.stderr
