"""Alarms are evaluated every few seconds as CloudWatch does: by dimensions, M of N periods, missing data, and metric math."""

import logging
import threading
import time
from typing import Any

from local.emulator.fit import Fit
from local.emulator.metric_expressions import ExpressionNotUnderstood
from local.emulator.metric_series import answer_queries, period_of, returned_id, series_of
from local.emulator.settings import Settings

NAME = "alarm evaluation"

# PutMetricData evaluates every alarm, and each Lambda that ends puts some: in between, the timer sees to it.
LEAST_PAUSE_SECONDS = 1.0

logger = logging.getLogger("wirescope.emulator")

_BREACHES = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def next_state(alarm: dict[str, Any], series: dict[int, float], period_seconds: int, now: float) -> tuple[str, str]:
    """(state, reason) of a metric alarm from the series it looks at.

    The running period counts as soon as it has data, so that an alarm is seen within seconds and not a period later.
    """
    wanted = int(alarm.get("EvaluationPeriods") or 1)
    running = int(now // period_seconds) * period_seconds
    periods = [running - period_seconds * back for back in range(wanted + 1)]
    periods = periods[:wanted] if periods[0] in series else periods[1:]
    threshold = float(alarm.get("Threshold", 0))
    breaches = _BREACHES[alarm["ComparisonOperator"]]
    missing = alarm.get("TreatMissingData", "missing")
    if_missing = {"breaching": True, "notBreaching": False}.get(missing)
    flags = [breaches(series[at], threshold) if at in series else if_missing for at in periods]
    if all(flag is None for flag in flags):
        kept = alarm["StateValue"] if missing == "ignore" else "INSUFFICIENT_DATA"
        return kept, "Insufficient Data: no data points were received."
    is_alarm = sum(bool(flag) for flag in flags) >= int(alarm.get("DatapointsToAlarm") or wanted)
    values = [round(series[at], 3) for at in periods if at in series]
    return "ALARM" if is_alarm else "OK", f"Threshold Crossed: {values} {alarm['ComparisonOperator']} {threshold}"


def observed(alarm: dict[str, Any], now: float) -> tuple[dict[int, float], int]:
    """The series an alarm looks at, and its period in seconds. Raises ExpressionNotUnderstood."""
    queries = alarm.get("Metrics")
    period_seconds = period_of(queries) if queries else int(alarm.get("Period") or 60)
    start = (now // period_seconds - int(alarm.get("EvaluationPeriods") or 1) - 1) * period_seconds
    if queries:
        return dict(answer_queries(queries, start, now + 1)[returned_id(queries)]), period_seconds
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    return series_of(alarm, period_seconds, statistic, start, now + 1), period_seconds


def apply(settings: Settings) -> None:
    from ministack.services import cloudwatch

    Fit(NAME).needs(
        cloudwatch,
        "_evaluate_alarm",
        "_evaluate_all_alarms",
        "_record_history",
        "_dispatch_alarm_actions",
        "_evaluate_parent_alarms",
        "_metrics",
    )
    changing = threading.Lock()
    evaluate_all = cloudwatch._evaluate_all_alarms
    evaluated_at = 0.0

    def evaluate_all_now_and_then() -> None:
        nonlocal evaluated_at
        if time.monotonic() - evaluated_at >= min(LEAST_PAUSE_SECONDS, settings.alarm_seconds):
            evaluated_at = time.monotonic()
            evaluate_all()

    def evaluate_alarm(alarm: dict[str, Any]) -> None:
        if alarm.get("ComparisonOperator") not in _BREACHES:
            return
        now = time.time()
        try:
            series, period_seconds = observed(alarm, now)
        except ExpressionNotUnderstood as failure:
            logger.warning("The alarm %s cannot be evaluated: %s", alarm["AlarmName"], failure)
            return
        state, reason = next_state(alarm, series, period_seconds, now)
        with changing:
            before = alarm["StateValue"]
            if state == before:
                return
            alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(now))
        cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    def evaluate_for_ever() -> None:
        while True:
            time.sleep(settings.alarm_seconds)
            try:
                evaluate_all()
            except Exception:
                logger.exception("Alarms were not evaluated")

    cloudwatch._evaluate_alarm = evaluate_alarm
    cloudwatch._evaluate_all_alarms = evaluate_all_now_and_then
    threading.Thread(target=evaluate_for_ever, daemon=True, name="wirescope-alarms").start()
