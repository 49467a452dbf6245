"""MiniStack's Node worker parses its endpoint by a deprecated call, and Node's warning of it opens every function's log."""

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "lambda worker url"

_DEPRECATED = "const parsed = url.parse(endpoint);"


def apply(_settings: Settings) -> None:
    from ministack.core import lambda_runtime

    fit = Fit(NAME)
    fit.needs(lambda_runtime, "_NODEJS_WORKER_SCRIPT")
    fit.holds(lambda_runtime._NODEJS_WORKER_SCRIPT.count(_DEPRECATED) == 1, f"the Node worker line {_DEPRECATED!r}")
    lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(
        _DEPRECATED, "const parsed = new url.URL(endpoint);"
    )
