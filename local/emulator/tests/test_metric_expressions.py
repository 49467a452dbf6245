"""Metric math, without an emulator."""

import pytest

from local.emulator.metric_expressions import ExpressionNotUnderstood, evaluate

PERIODS = [0, 60, 120]
SERIES = {"failed": {0: 1.0, 60: 2.0}, "total": {0: 4.0, 60: 0.0, 120: 8.0}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("100 * failed / total", {0: 25}),
        ("IF(total > 0, 100 * failed / total, 0)", {0: 25, 60: 0}),
        ("FILL(failed, 0) + total", {0: 5, 60: 2, 120: 8}),
        ("FILL(failed, REPEAT)", {0: 1, 60: 2, 120: 2}),
        ("SUM([failed, total])", {0: 5, 60: 2, 120: 8}),
        ("MAX(METRICS())", {0: 4, 60: 2, 120: 8}),
        ("SUM(total)", {0: 12, 60: 12, 120: 12}),
        ("DIFF(failed)", {60: 1}),
        ("RATE(total)", {60: -4 / 60, 120: 8 / 60}),
        ("failed >= 1 && total > 0", {0: 1, 60: 0}),
        ("failed > 1 || total > 5", {0: 0, 60: 1}),
        ("-ABS(failed - 3) ^ 2", {0: -4, 60: -1}),
    ],
)
def test_an_expression_gives_the_points_cloudwatch_gives(expression: str, expected: dict[int, float]):
    assert evaluate(expression, SERIES, PERIODS, 60) == pytest.approx(expected)


@pytest.mark.parametrize(
    "expression", ["failed +", "missing * 2", "SEARCH('x', 'Sum')", "__import__('os')", "failed.real", "'text'"]
)
def test_what_is_not_metric_math_is_refused_by_name(expression: str):
    with pytest.raises(ExpressionNotUnderstood):
        evaluate(expression, SERIES, PERIODS, 60)
