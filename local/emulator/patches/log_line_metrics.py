"""What Lambdas log becomes metrics: lines in the embedded metric format, and metric filters of the log group."""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

from local.emulator.fit import Fit
from local.emulator.log_patterns import matches, value_at
from local.emulator.settings import Settings

NAME = "log line metrics"

logger = logging.getLogger("wirescope.emulator")


def embedded_metrics(line: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(namespace, metric data as PutMetricData takes it) for each directive of an embedded-metric-format line; else nothing."""
    start = line.find("{")
    if start < 0 or '"_aws"' not in line:
        return
    try:
        document = json.loads(line[start:])
    except ValueError:
        return
    metadata = document.get("_aws") if isinstance(document, dict) else None
    if not isinstance(metadata, dict):
        return
    for directive in metadata.get("CloudWatchMetrics") or []:
        seconds = metadata.get("Timestamp", time.time() * 1000) / 1000
        yield directive["Namespace"], list(_data_of(directive, document, seconds))


def _data_of(directive: dict[str, Any], document: dict[str, Any], seconds: float) -> Iterator[dict[str, Any]]:
    for names in directive.get("Dimensions") or [[]]:
        dimensions = [{"Name": name, "Value": str(document[name])} for name in names if name in document]
        for metric in directive.get("Metrics") or []:
            value = document.get(metric["Name"])
            if value is not None:
                yield {
                    "MetricName": metric["Name"],
                    "Unit": metric.get("Unit", "None"),
                    "Dimensions": dimensions,
                    "Timestamp": seconds,
                    "Values": value if isinstance(value, list) else [value],
                }


def filtered_value(transformation: dict[str, Any], line: str, is_match: bool) -> float | None:
    """What one line adds to the metric of a metric filter, or None."""
    text = transformation.get("metricValue", "1") if is_match else transformation.get("defaultValue")
    if isinstance(text, str) and text.startswith("$."):
        text = value_at(json.loads(line), text[2:])
    return None if text is None else float(text)


def apply(_settings: Settings) -> None:
    from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

    fit = Fit(NAME)
    fit.needs(lambda_svc, "_emit_lambda_logs")
    fit.needs(cloudwatch, "_put_metric_data", "record_metric")
    fit.needs(cloudwatch_logs, "_metric_filters")
    emit = lambda_svc._emit_lambda_logs

    def emit_logs(function, request_id, log_text, *arguments, **options):
        emit(function, request_id, log_text, *arguments, **options)
        configuration = function.get("config") or function
        group = (configuration.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{configuration.get('FunctionName')}"
        filters = [known for (group_name, _), known in list(cloudwatch_logs._metric_filters.items()) if group_name == group]
        for line in (log_text or "").splitlines():
            try:
                measure(line, filters)
            except (KeyError, TypeError, ValueError) as failure:
                logger.warning("A log line of %s was not measured: %r", group, failure)

    def measure(line: str, filters: list[dict[str, Any]]) -> None:
        for namespace, metric_data in embedded_metrics(line):
            cloudwatch._put_metric_data({}, {"Namespace": namespace, "MetricData": metric_data}, False, True)
        for known in filters:
            is_match = matches(known.get("filterPattern") or "", line)
            for transformation in known["metricTransformations"]:
                value = filtered_value(transformation, line, is_match)
                if value is not None:
                    unit = transformation.get("unit", "None")
                    cloudwatch.record_metric(transformation["metricNamespace"], transformation["metricName"], value, unit)

    lambda_svc._emit_lambda_logs = emit_logs
