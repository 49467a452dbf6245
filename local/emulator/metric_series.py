"""Reading MiniStack's stored metrics as series, and answering MetricDataQueries with expressions over them."""

from typing import Any

from local.emulator.metric_expressions import ExpressionNotUnderstood, Series, evaluate, names_in

DEFAULT_PERIOD_SECONDS = 60
# Points are kept in the order in which they came, which is that of their times but for so much.
OUT_OF_ORDER_SECONDS = 900


def series_of(metric: dict[str, Any], period_seconds: int, statistic: str, start: float, end: float) -> dict[int, float]:
    """One metric by exact dimensions; `metric` has Namespace, MetricName and Dimensions."""
    from ministack.services import cloudwatch

    key = cloudwatch._dims_key(cloudwatch._dims_from_list(metric.get("Dimensions") or []))
    points = cloudwatch._metrics.get((metric.get("Namespace"), metric.get("MetricName"), key)) or []
    buckets: dict[int, list[dict[str, Any]]] = {}
    # From the newest on: an alarm looks at minutes of what may be weeks.
    for point in reversed(list(points)):
        if point["Timestamp"] < start - OUT_OF_ORDER_SECONDS:
            break
        if start <= point["Timestamp"] < end:
            buckets.setdefault(int(point["Timestamp"] // period_seconds) * period_seconds, []).append(point)
    values = {at: cloudwatch._stat_value(cloudwatch._calc_stats(found), statistic, found) for at, found in buckets.items()}
    return {at: value for at, value in values.items() if value is not None}


def period_of(queries: list[dict[str, Any]]) -> int:
    """The longest period among the queries, which is the one their expressions are evaluated at."""
    return max((int((q.get("MetricStat") or q).get("Period") or 0) for q in queries), default=0) or DEFAULT_PERIOD_SECONDS


def answer_queries(queries: list[dict[str, Any]], start: float, end: float) -> dict[str, Series]:
    """Id -> series of every query. Raises ExpressionNotUnderstood for unknown math and for expressions that go in a circle."""
    period_seconds = period_of(queries)
    periods = list(range(int(start // period_seconds) * period_seconds, int(end), period_seconds))
    answered: dict[str, Series] = {}
    for query in queries:
        if stat := query.get("MetricStat"):
            own_period = int(stat.get("Period") or DEFAULT_PERIOD_SECONDS)
            answered[query["Id"]] = series_of(stat["Metric"], own_period, stat.get("Stat", "Average"), start, end)
    waiting = {query["Id"]: query["Expression"] for query in queries if query.get("Expression")}
    while waiting:
        ready = [name for name, expression in waiting.items() if not names_in(expression) & (waiting.keys() - {name})]
        if not ready:
            raise ExpressionNotUnderstood(f"The expressions {', '.join(sorted(waiting))} refer to each other.")
        for name in ready:
            answered[name] = evaluate(waiting.pop(name), answered, periods, period_seconds)
    return answered


def returned_id(queries: list[dict[str, Any]]) -> str:
    """The Id of the one query whose data an alarm looks at."""
    returning = [q["Id"] for q in queries if str(q.get("ReturnData", True)).lower() != "false"]
    return returning[0] if returning else queries[-1]["Id"]
