"""AWS/Lambda metrics for every invocation; MiniStack records only those that come through the Invoke API."""

import time

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "function metrics"


def apply(_settings: Settings) -> None:
    from ministack.services import lambda_svc

    Fit(NAME).needs(lambda_svc, "_emit_lambda_metrics", "_execute_function_dispatch")
    emit, dispatch = lambda_svc._emit_lambda_metrics, lambda_svc._execute_function_dispatch

    def emit_throttles(function_name, duration_ms, error, throttle):
        # A throttled invocation never reaches the dispatcher; every other one is measured there.
        if throttle:
            emit(function_name, duration_ms=duration_ms, error=error, throttle=throttle)

    def dispatch_measured(function, configuration, event, request_id, started):
        result = dispatch(function, configuration, event, request_id, started)
        milliseconds = (time.time() - started) * 1000
        emit(configuration["FunctionName"], duration_ms=milliseconds, error=bool(result.get("error")), throttle=False)
        return result

    lambda_svc._emit_lambda_metrics, lambda_svc._execute_function_dispatch = emit_throttles, dispatch_measured
