"""The `name` of a Node error becomes the errorType, so that Step Functions can Retry and Catch by it."""

import threading

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "lambda error name"
UNNAMED = "Runtime.HandlerError"

_REPLACEMENTS = (
    ("error: String(err.message || err), trace", "error: String(err.message || err), errorType: err.name, trace"),
    ("error: e.message, trace", "error: e.message, errorType: e.name, trace"),
)


def apply(_settings: Settings) -> None:
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    fit = Fit(NAME)
    fit.needs(lambda_runtime, "_NODEJS_WORKER_SCRIPT", "Worker")
    fit.needs(lambda_runtime.Worker, "invoke")
    fit.needs(lambda_svc, "_execute_function_warm")
    for old, new in _REPLACEMENTS:
        fit.holds(lambda_runtime._NODEJS_WORKER_SCRIPT.count(old) == 1, f"the Node worker line {old!r}")
        lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(old, new)

    # One invocation stays on one thread from _execute_function_warm down to Worker.invoke.
    last = threading.local()
    invoke, execute_warm = lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm

    def invoke_worker(worker, *arguments, **options):
        answer = invoke(worker, *arguments, **options)
        last.error_name, last.trace = answer.get("errorType"), answer.get("trace")
        return answer

    def execute(*arguments, **options):
        last.error_name = last.trace = None
        result = execute_warm(*arguments, **options)
        body = result.get("body")
        if last.error_name and isinstance(body, dict) and body.get("errorType") == UNNAMED:
            body.update(errorType=last.error_name, trace=(last.trace or "").splitlines())
        return result

    lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm = invoke_worker, execute
