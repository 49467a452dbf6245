"""AWS/ApiGateway metrics of HTTP APIs: calls, client and server errors, latency."""

import time

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "api metrics"


def apply(_settings: Settings) -> None:
    from ministack import app
    from ministack.services import cloudwatch

    fit = Fit(NAME)
    fit.needs(app, "_handle_execute_api_request", "_parse_execute_api_url", "_resolve_stage_and_path")
    fit.needs(cloudwatch, "record_metric")
    handle = app._handle_execute_api_request

    def record(api_id: str, stage: str, status: int, milliseconds: float) -> None:
        measured = {"Count": 1, "4xx": 400 <= status < 500, "5xx": status >= 500}
        # An alarm may look at the API as a whole or at one stage.
        for dimensions in ({"ApiId": api_id}, {"ApiId": api_id, "Stage": stage}):
            for name, value in measured.items():
                cloudwatch.record_metric("AWS/ApiGateway", name, value, "Count", dimensions)
            cloudwatch.record_metric("AWS/ApiGateway", "Latency", milliseconds, "Milliseconds", dimensions)

    async def handle_measured(host, path, method, *arguments, **options):
        started = time.monotonic()
        answer = await handle(host, path, method, *arguments, **options)
        address = app._parse_execute_api_url(host, path)
        if answer is not None and address is not None and method != "OPTIONS":
            api_id, tentative_stage, execute_path = address
            stage, _ = app._resolve_stage_and_path(api_id, tentative_stage, execute_path)
            record(api_id, stage, answer[0], (time.monotonic() - started) * 1000)
        return answer

    app._handle_execute_api_request = handle_measured
