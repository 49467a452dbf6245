"""Filter patterns of CloudWatch Logs, without an emulator."""

import json

import pytest

from local.emulator.log_patterns import matches

LINE = json.dumps({"level": "ERROR", "status": 503, "error": {"name": "ModelError"}, "retried": False})


@pytest.mark.parametrize(
    ("pattern", "is_match"),
    [
        ("", True),
        ("ERROR", True),
        ("ERROR -ModelError", False),
        ("?WARN ?ERROR", True),
        ("?WARN ?FATAL", False),
        ('"ERROR", "status"', True),
        ('{ $.level = "ERROR" }', True),
        ('{ $.level = "ERR*" && $.status >= 500 }', True),
        ('{ ($.level = "WARN") || ($.status > 502) }', True),
        ('{ $.error.name != "ModelError" }', False),
        ("{ $.status = 503 }", True),
        ("{ $.retried = false }", True),
        ("{ $.missing = 1 }", False),
        ("{ $.missing NOT EXISTS }", True),
        ("{ nonsense }", False),
    ],
)
def test_a_line_matches_as_in_cloudwatch(pattern: str, is_match: bool):
    assert matches(pattern, LINE) is is_match


def test_a_json_condition_never_matches_plain_text():
    assert not matches('{ $.level = "ERROR" }', "ERROR: level")
