"""A Lambda that throws under waitForTaskToken fails its task at once, instead of leaving it to the timeout."""

from contextvars import ContextVar

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "state machine tokens"


def apply(_settings: Settings) -> None:
    from ministack.services import stepfunctions

    Fit(NAME).needs(stepfunctions, "_invoke_with_callback", "_call_lambda", "_task_tokens", "_ExecutionError")
    invoke, call = stepfunctions._invoke_with_callback, stepfunctions._call_lambda
    waiting_token: ContextVar[str | None] = ContextVar("waiting_token", default=None)

    def invoke_with_callback(resource, input_data, token, state_definition):
        reset = waiting_token.set(token)
        try:
            return invoke(resource, input_data, token, state_definition)
        finally:
            waiting_token.reset(reset)

    def call_lambda(function_reference, event):
        try:
            return call(function_reference, event)
        except stepfunctions._ExecutionError as failure:
            waiting = stepfunctions._task_tokens.get(waiting_token.get())
            if waiting and not waiting["event"].is_set():
                waiting["error"] = {"Error": failure.error, "Cause": failure.cause}
                waiting["event"].set()
            raise

    stepfunctions._invoke_with_callback, stepfunctions._call_lambda = invoke_with_callback, call_lambda
