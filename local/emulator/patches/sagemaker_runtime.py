"""InvokeEndpoint and InvokeEndpointAsync go to the model server; each synchronous call leaves the AWS/SageMaker metrics."""

import asyncio
import json
import time
import urllib.error
import urllib.request

from local.emulator.fit import Fit
from local.emulator.patches import sagemaker_endpoint
from local.emulator.settings import Settings

NAME = "sagemaker runtime"
SERVICE = "sagemaker-runtime"
# SageMaker's own limit on a real-time invocation.
INVOCATION_TIMEOUT_SECONDS = 60


def is_invocation(path: str) -> bool:
    return path.startswith("/endpoints/") and path.endswith(("/invocations", "/async-invocations"))


def apply(settings: Settings) -> None:
    from ministack import app
    from ministack.services import cloudwatch

    fit = Fit(NAME)
    fit.needs(app, "detect_service", "SERVICE_HANDLERS", "_dispatch_service_request")
    fit.needs(cloudwatch, "record_metric")
    detect = app.detect_service

    def detect_service(method, path, headers, query_params):
        return SERVICE if is_invocation(path) else detect(method, path, headers, query_params)

    def forward(path: str, headers: dict, body: bytes):
        endpoint_name = path.split("/")[2]
        if not settings.model_server_url:
            return refuse(f"Endpoint {endpoint_name} cannot answer: the emulator was started without MODEL_SERVER_URL.")
        kept = {k: v for k, v in headers.items() if k.lower().startswith(("x-amzn-sagemaker-", "content-type", "accept"))}
        request = urllib.request.Request(settings.model_server_url + path, data=body, method="POST", headers=kept)
        started = time.monotonic()
        try:
            answer = urllib.request.urlopen(request, timeout=INVOCATION_TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error_answer:
            answer = error_answer
        except OSError as failure:
            measure(endpoint_name, 500, time.monotonic() - started)
            return refuse(f"Endpoint {endpoint_name} did not answer: {failure}.")
        with answer:
            content = answer.read()
            if path.endswith("/invocations"):
                measure(endpoint_name, answer.status, time.monotonic() - started)
            answered = {k.lower(): v for k, v in answer.headers.items()}
            return answer.status, {k: v for k, v in answered.items() if k == "content-type" or k.startswith("x-amzn-")}, content

    def refuse(message: str):
        body = json.dumps({"__type": "ServiceUnavailable", "Message": message, "message": message}).encode()
        return 503, {"content-type": "application/json", "x-amzn-errortype": "ServiceUnavailable"}, body

    def measure(endpoint_name: str, status: int, seconds: float) -> None:
        known = sagemaker_endpoint.registry.get(sagemaker_endpoint._arn("endpoint", endpoint_name)) or {}
        variants = known.get("variants") or [{"variantName": "AllTraffic"}]
        dimensions = {"EndpointName": endpoint_name, "VariantName": variants[0]["variantName"]}
        cloudwatch.record_metric("AWS/SageMaker", "Invocations", 1, "Count", dimensions)
        cloudwatch.record_metric("AWS/SageMaker", "Invocation4XXErrors", 400 <= status < 500, "Count", dimensions)
        cloudwatch.record_metric("AWS/SageMaker", "Invocation5XXErrors", status >= 500, "Count", dimensions)
        cloudwatch.record_metric("AWS/SageMaker", "ModelLatency", seconds * 1e6, "Microseconds", dimensions)

    async def handle(_method, path, headers, body, _query_params):
        return await asyncio.to_thread(forward, path, headers, body)

    app.detect_service = detect_service
    app.SERVICE_HANDLERS[SERVICE] = handle
