"""AWS/States metrics of state machine executions."""

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "execution metrics"

_METRIC_OF_STATUS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def apply(_settings: Settings) -> None:
    from ministack.services import cloudwatch, stepfunctions

    fit = Fit(NAME)
    fit.needs(stepfunctions, "_emit_execution_status_event")
    fit.needs(cloudwatch, "record_metric")
    emit = stepfunctions._emit_execution_status_event

    def emit_status(execution, *arguments, **options):
        metric = _METRIC_OF_STATUS.get(execution["status"])
        if metric:
            cloudwatch.record_metric("AWS/States", metric, 1, "Count", {"StateMachineArn": execution["stateMachineArn"]})
        return emit(execution, *arguments, **options)

    stepfunctions._emit_execution_status_event = emit_status
