"""A Lambda whose process dies without an answer ends with `Runtime.ExitError`, as Lambda names it.

Stock it is the handler's own error, so that Step Functions could not tell a crash from a failure.
"""

import signal

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "lambda worker death"
ERROR_TYPE = "Runtime.ExitError"

# What MiniStack says when the process has closed its pipes.
_DEAD = ("Worker process died", "Worker returned no response", "[Errno 32] Broken pipe")


def apply(_settings: Settings) -> None:
    from ministack.core import lambda_runtime

    fit = Fit(NAME)
    fit.needs(lambda_runtime, "Worker")
    fit.needs(lambda_runtime.Worker, "invoke", "_spawn")
    invoke, spawn = lambda_runtime.Worker.invoke, lambda_runtime.Worker._spawn

    def spawn_worker(worker):
        spawn(worker)
        worker.last_process = worker._proc

    def invoke_worker(worker, event, request_id, **options):
        answer = invoke(worker, event, request_id, **options)
        if answer.get("status") == "error" and answer.get("error") in _DEAD:
            cause = ending(worker.last_process.poll())
            answer.update(errorType=ERROR_TYPE, error=f"RequestId: {request_id} Error: Runtime exited with error: {cause}")
        return answer

    lambda_runtime.Worker.invoke, lambda_runtime.Worker._spawn = invoke_worker, spawn_worker


def ending(code: int | None) -> str:
    """How a process ended, in Lambda's words; `code` as subprocess gives it."""
    if code is not None and code < 0:
        return f"signal: {signal.strsignal(-code).lower()}"
    return f"exit status {code}"
