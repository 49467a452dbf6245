"""Metric math: expressions in GetMetricData, and alarms on expressions from a template."""

import json
from contextvars import ContextVar

from local.emulator.fit import Fit
from local.emulator.metric_expressions import ExpressionNotUnderstood
from local.emulator.metric_series import answer_queries, returned_id
from local.emulator.resource_types import Properties, wrap_handlers
from local.emulator.settings import Settings

NAME = "metric math"
ALARM_TYPE = "AWS::CloudWatch::Alarm"


def apply(_settings: Settings) -> None:
    from ministack.services import cloudwatch

    fit = Fit(NAME)
    fit.handlers(ALARM_TYPE)
    fit.needs(
        cloudwatch, "_alarms", "_metrics", "_get_metric_data", "_cbor_metric_data_result", "_parse_ts", "_ts_iso", "_dims_key",
        "_dims_from_list", "_stat_value", "_calc_stats",
    )  # fmt: skip
    get_metric_data, cbor_result = cloudwatch._get_metric_data, cloudwatch._cbor_metric_data_result
    answered_math: ContextVar[dict | None] = ContextVar("answered_math", default=None)

    def completed(result: dict) -> dict:
        series = (answered_math.get() or {}).get(result["Id"])
        if result.get("StatusCode") != "InternalError" or series is None:
            return result
        times = sorted(series)
        kept = {key: value for key, value in result.items() if key != "Messages"}
        return {**kept, "StatusCode": "Complete", "Timestamps": times, "Values": [series[at] for at in times]}

    def get_data(params, data, is_cbor, is_json=False):
        queries = (data or {}).get("MetricDataQueries", [])
        if not any(query.get("Expression") for query in queries):
            return get_metric_data(params, data, is_cbor, is_json)
        try:
            start, end = cloudwatch._parse_ts(data["StartTime"]), cloudwatch._parse_ts(data["EndTime"])
            answered_math.set(answer_queries(queries, start, end))
        except ExpressionNotUnderstood as failure:
            return cloudwatch._error("ValidationError", str(failure), 400, use_json=is_json, use_cbor=is_cbor)
        status, headers, body = get_metric_data(params, data, is_cbor, is_json)
        if is_json and status == 200:
            answer = json.loads(body)
            body = json.dumps({**answer, "MetricDataResults": [completed(r) for r in answer["MetricDataResults"]]}).encode()
        return status, headers, body

    def cbor_metric_data_result(result):
        return cbor_result(completed(result))

    def flattened(properties: Properties) -> Properties:
        # MiniStack refuses Metrics: the alarm is stored on a stand-in metric, and its Metrics are put back for the evaluator.
        if "Metrics" not in properties:
            return properties
        queries = properties["Metrics"]
        stand_in = {"Namespace": "MetricMath", "MetricName": returned_id(queries), "Statistic": "Average"}
        return {**{key: value for key, value in properties.items() if key != "Metrics"}, **stand_in}

    def remember(name: str, properties: Properties) -> None:
        if "Metrics" in properties:
            cloudwatch._alarms[name]["Metrics"] = properties["Metrics"]

    def create(old, logical_id, properties, stack):
        created = old(logical_id, flattened(properties), stack)
        remember(created[0], properties)
        return created

    def update(old, physical_id, old_properties, new_properties, *rest):
        updated = old(physical_id, flattened(old_properties), flattened(new_properties), *rest)
        remember(updated[0], new_properties)
        return updated

    cloudwatch._get_metric_data, cloudwatch._cbor_metric_data_result = get_data, cbor_metric_data_result
    wrap_handlers(ALARM_TYPE, create=create, update=update)
