"""A patch that no longer fits says so in one sentence, before the emulator starts."""

import types

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
