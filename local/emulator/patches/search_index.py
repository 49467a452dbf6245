"""AWS::OpenSearchServerless::Index creates the index for real, through the search server's own signed API."""

import json
import urllib.error
import urllib.request
from typing import Any

from local.emulator.fit import Fit
from local.emulator.resource_types import Attributes, Properties, name_of, register
from local.emulator.settings import REGION, Settings

NAME = "search index"
SERVER_TIMEOUT_SECONDS = 60

_FIELD_KEYS = {
    "Type": "type",
    "Dimension": "dimension",
    "Index": "index",
    "Value": "value",
    "Analyzer": "analyzer",
    "Normalizer": "normalizer",
    "Format": "format",
    "CopyTo": "copy_to",
    "IgnoreAbove": "ignore_above",
}
_METHOD_KEYS = {"Name": "name", "Engine": "engine", "SpaceType": "space_type"}
_PARAMETER_KEYS = {"EfConstruction": "ef_construction", "M": "m"}
_INDEX_SETTING_KEYS = {"Knn": "knn", "KnnAlgoParamEfSearch": "knn.algo_param.ef_search", "RefreshInterval": "refresh_interval"}


class IndexRefused(RuntimeError):
    """The search server did not take an index; the message is its reason."""


def mappings_of(mappings: Properties | None) -> dict[str, Any]:
    """CloudFormation's Mappings in OpenSearch's names; an unknown property is refused rather than dropped."""
    return {"properties": {name: _field(name, field) for name, field in ((mappings or {}).get("Properties") or {}).items()}}


def settings_of(settings: Properties | None) -> dict[str, Any]:
    """CloudFormation's Settings in OpenSearch's names."""
    index = (settings or {}).get("Index") or {}
    return {"index": {_named(_INDEX_SETTING_KEYS, key, "Settings.Index"): _plain(value) for key, value in index.items()}}


def _field(name: str, field: Properties) -> dict[str, Any]:
    translated: dict[str, Any] = {}
    for key, value in field.items():
        if key == "Properties":
            translated["properties"] = {inner: _field(inner, definition) for inner, definition in value.items()}
        elif key == "Method":
            translated["method"] = _method(name, value)
        else:
            translated[_named(_FIELD_KEYS, key, name)] = _plain(value)
    return translated


def _method(name: str, method: Properties) -> dict[str, Any]:
    translated = {_named(_METHOD_KEYS, key, name): value for key, value in method.items() if key != "Parameters"}
    parameters = method.get("Parameters") or {}
    return {**translated, "parameters": {_named(_PARAMETER_KEYS, key, name): _plain(value) for key, value in parameters.items()}}


def _named(names: dict[str, str], key: str, where: str) -> str:
    if key not in names:
        raise IndexRefused(f"{where}: the property {key} is not one this emulator can give to an index ({', '.join(names)}).")
    return names[key]


def _plain(value: Any) -> Any:
    """A template may carry numbers and booleans as text; OpenSearch wants them as they are."""
    if isinstance(value, str):
        if value in ("true", "false"):
            return value == "true"
        if value.isdigit():
            return int(value)
    return value


def call(endpoint: str, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, str]:
    """One signed request, (status, body). Raises IndexRefused where the server cannot be reached."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    payload = b"" if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "x-amz-content-sha256": _sha256(payload)}
    signed = AWSRequest(method=method, url=f"{endpoint}{path}", data=payload, headers=headers)
    SigV4Auth(Credentials("test", "test"), "aoss", REGION).add_auth(signed)
    request = urllib.request.Request(signed.url, data=payload or None, method=method, headers=dict(signed.headers.items()))
    try:
        with urllib.request.urlopen(request, timeout=SERVER_TIMEOUT_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode(errors="replace")
    except OSError as failure:
        raise IndexRefused(f"The search server at {endpoint} did not answer: {failure}.") from failure


def _sha256(payload: bytes) -> str:
    import hashlib

    return hashlib.sha256(payload).hexdigest()


def put_index(endpoint: str, name: str, properties: Properties) -> None:
    """Create the index, or bring the mapping of an existing one up to date. Raises IndexRefused with the server's reason."""
    mappings = mappings_of(properties.get("Mappings"))
    status, answer = call(
        endpoint, "PUT", f"/{name}", {"settings": settings_of(properties.get("Settings")), "mappings": mappings}
    )
    if status == 400 and "resource_already_exists_exception" in answer:
        status, answer = call(endpoint, "PUT", f"/{name}/_mapping", mappings)
    if status >= 300:
        raise IndexRefused(f"The index {name} was refused ({status}): {_reason(answer)}")


def _reason(answer: str) -> str:
    try:
        error = json.loads(answer)["error"]
    except (ValueError, KeyError, TypeError):
        return answer[:500]
    return str(error.get("reason", error)) if isinstance(error, dict) else str(error)


def apply(settings: Settings) -> None:
    from ministack.services.cloudformation import provisioners, stacks

    fit = Fit(NAME)
    fit.needs(provisioners, "_RESOURCE_HANDLERS", "_physical_name")
    fit.needs(stacks, "_runs_on_worker_thread")

    def put(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        name = name_of(properties, "IndexName", stack, logical_id)
        if settings.search_url:
            put_index(properties["CollectionEndpoint"].rstrip("/"), name, properties)
        return f"{properties['CollectionEndpoint']}|{name}", {"Uuid": name}

    def delete(physical_id: str, properties: Properties) -> None:
        if settings.search_url:
            endpoint, name = physical_id.rsplit("|", 1)
            status, answer = call(endpoint.rstrip("/"), "DELETE", f"/{name}", None)
            if status >= 300 and status != 404:
                raise IndexRefused(f"The index {name} was not deleted ({status}): {_reason(answer)}")

    register("AWS::OpenSearchServerless::Index", put, delete, waits_for_others=True)
