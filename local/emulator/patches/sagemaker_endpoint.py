"""SageMaker models, endpoint configurations and endpoints from a template.

Models and configurations are kept in a registry; an endpoint is created by telling the model server which variants it has
(`PUT /endpoints/{name}`), so that what serves locally is what the deployed template names.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from local.emulator.fit import Fit
from local.emulator.resource_types import Attributes, Properties, arn, name_of, register
from local.emulator.settings import Settings
from local.emulator.start_up import after_start

NAME = "sagemaker endpoint"
SERVER_TIMEOUT_SECONDS = 120

# ARN -> properties of models and configurations; endpoint ARN -> what the model server was told.
# It is saved with CloudFormation's state.
registry: dict[str, Properties] = {}


class EndpointRefused(RuntimeError):
    """The model server did not take an endpoint; the message is its own sentence."""


class ModelServerSilent(EndpointRefused):
    """The model server cannot be reached."""


def put_named(kind: str, property_name: str) -> Callable[[str, Properties, str], tuple[str, Attributes]]:
    def put(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        name = name_of(properties, property_name, stack, logical_id)
        reference = _arn(kind, name)
        registry[reference] = {**properties, property_name: name}
        return reference, {property_name: name}

    return put


def endpoint_request(endpoint_name: str, config_name: str) -> dict[str, Any]:
    """What the model server is told of an endpoint. Raises EndpointRefused where the template names what is not deployed."""
    config = _find("endpoint-config", config_name)
    return {
        "endpointName": endpoint_name,
        "variants": [_variant(variant) for variant in config.get("ProductionVariants", [])],
        "asyncInference": config.get("AsyncInferenceConfig"),
    }


def _variant(variant: Properties) -> dict[str, Any]:
    model = _find("model", variant["ModelName"])
    container = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[0]
    source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
    return {
        "variantName": variant["VariantName"],
        "image": container.get("Image"),
        "modelDataUrl": container.get("ModelDataUrl") or source.get("S3Uri"),
        "environment": {key: str(value) for key, value in (container.get("Environment") or {}).items()},
    }


def _find(kind: str, name: str) -> Properties:
    found = registry.get(name if name.startswith("arn:") else _arn(kind, name))
    if found is None:
        raise EndpointRefused(f"No SageMaker {kind} {name!r} is deployed.")
    return found


def _arn(kind: str, name: str) -> str:
    return arn("sagemaker", f"{kind}/{name.lower()}")


def call_model_server(method: str, url: str, body: dict[str, Any] | None) -> None:
    """Raises EndpointRefused with the server's sentence, and ModelServerSilent where none came."""
    request = urllib.request.Request(
        url, data=None if body is None else json.dumps(body).encode(), method=method, headers={"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SERVER_TIMEOUT_SECONDS):
            return
    except urllib.error.HTTPError as answer:
        if method == "DELETE" and answer.code == 404:
            return
        raise EndpointRefused(_sentence(answer.read(), answer.code)) from None
    except OSError as failure:
        raise ModelServerSilent(f"The model server at {url} did not answer: {failure}.") from failure


def _sentence(body: bytes, status: int) -> str:
    text = body.decode(errors="replace").strip()
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        text = str(next((parsed[key] for key in ("message", "Message", "error", "detail") if parsed.get(key)), text))
    return text or f"The model server answered {status} without a reason."


def apply(settings: Settings) -> None:
    from ministack.services import cloudformation
    from ministack.services.cloudformation import provisioners, stacks

    fit = Fit(NAME)
    fit.needs(stacks, "_runs_on_worker_thread")
    fit.needs(provisioners, "_RESOURCE_HANDLERS", "_physical_name")
    fit.needs(cloudformation, "_PERSISTED_STORES", "_restore_state")

    def url(endpoint_name: str) -> str:
        return f"{settings.model_server_url}/endpoints/{urllib.parse.quote(endpoint_name)}"

    def put_endpoint(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        name = name_of(properties, "EndpointName", stack, logical_id)
        request = endpoint_request(name, properties["EndpointConfigName"])
        if settings.model_server_url:
            call_model_server("PUT", url(name), request)
        registry[_arn("endpoint", name)] = request
        return _arn("endpoint", name), {"EndpointName": name}

    def delete_endpoint(physical_id: str, _properties: Properties) -> None:
        request = registry.pop(physical_id, None)
        if request and settings.model_server_url:
            call_model_server("DELETE", url(request["endpointName"]), None)

    def forget(physical_id: str, _properties: Properties) -> None:
        registry.pop(physical_id, None)

    def tell_again(request: dict[str, Any]) -> None:
        deadline = time.monotonic() + SERVER_TIMEOUT_SECONDS
        while True:
            try:
                return call_model_server("PUT", url(request["endpointName"]), request)
            except ModelServerSilent:
                # Both start side by side; the server may need longer.
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def restore(data):
        restore_stacks(data)
        if settings.model_server_url:
            # The model server starts empty: it is told again what the restored stacks have deployed.
            for request in [found for found in registry.values() if "endpointName" in found]:
                after_start(lambda request=request: tell_again(request))

    restore_stacks, cloudformation._restore_state = cloudformation._restore_state, restore
    register("AWS::SageMaker::Model", put_named("model", "ModelName"), forget)
    register("AWS::SageMaker::EndpointConfig", put_named("endpoint-config", "EndpointConfigName"), forget)
    # The model server fetches the archives from this emulator's own S3 before it answers.
    register("AWS::SageMaker::Endpoint", put_endpoint, delete_endpoint, waits_for_others=True)
    cloudformation._PERSISTED_STORES = (*cloudformation._PERSISTED_STORES, (lambda: registry, "sagemaker_registry"))
