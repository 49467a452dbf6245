"""A JSONPath in Parameters that finds nothing fails the state, as in AWS, instead of becoming null."""

import json

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "state machine paths"


def apply(_settings: Settings) -> None:
    from ministack.services import stepfunctions

    Fit(NAME).needs(stepfunctions, "_resolve_params_obj", "_parse_jsonpath_tokens", "_ExecutionError")
    resolve = stepfunctions._resolve_params_obj

    def require(path: str, field: str, data) -> None:
        tokens = stepfunctions._parse_jsonpath_tokens(path) or []
        if not all(kind == "field" for kind, _ in tokens):
            return
        found = data
        for _, name in tokens:
            if not isinstance(found, dict) or name not in found:
                raise stepfunctions._ExecutionError(
                    "States.Runtime",
                    f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input "
                    f"'{json.dumps(data)[:200]}'",
                )
            found = found[name]

    def resolve_parameters(template, data, ctx=None):
        for field, path in template.items() if isinstance(template, dict) else ():
            if field.endswith(".$") and isinstance(path, str) and path.startswith("$."):
                require(path, field, data)
        return resolve(template, data, ctx)

    stepfunctions._resolve_params_obj = resolve_parameters
