"""Which graph a processor is served."""

from pathlib import Path

import pytest

from local.models.processor import has_vnni


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx2 avx512_vnni amx_int8", True), ("fpu avx2 avx_vnni", True), ("fpu avx2 avx512f", False), ("", False)],
)
def test_vnni_is_read_from_the_processors_flags(tmp_path: Path, flags: str, expected: bool):
    described = tmp_path / "cpuinfo"
    described.write_text(f"processor\t: 0\nmodel name\t: avx_vnni in name only\nflags\t\t: {flags}\nvmx flags\t: avx_vnni\n")
    assert has_vnni(described) is expected


def test_a_system_that_does_not_tell_is_served_float32(tmp_path: Path):
    assert has_vnni(tmp_path / "nothing") is False
